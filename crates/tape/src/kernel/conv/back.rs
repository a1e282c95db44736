//! The transpose of a convolution by its input, by [`Strips`].
//!
//! The planes of an image are a product of weights and adjoints, a row for each channel and column of
//! the kernel; then they are added where they come from, `kw` times the image instead of `kh kw` times.

use super::strips::Strips;
use super::unit::{Product, Unit};
use super::{Convolution, TERMS, blocks, in_parts, odd_lines};
use crate::element::Element;
use crate::kernel::with_buffer;
use std::ops::Range;

/// What is the same for all blocks of a convolution back.
struct Back<'a, T> {
    own: &'a Convolution,
    unit: Unit<T>,
    strips: Strips,
    /// Weights in the order of the planes, for each remainder of rows.
    turned: Vec<Turned<T>>,
    /// Rows of planes and output channels in a block.
    rows: usize,
    outputs: usize,
    /// From a row of results to the next.
    pitch: usize,
    y: &'a [T],
}

/// The weights that meet rows of one remainder: a row for each channel and column of the kernel.
struct Turned<T> {
    weights: Vec<T>,
    /// How many rows of the kernel have this remainder.
    count: usize,
    /// Where the adjoints of a block lie that the weights of a row meet.
    taps: Vec<usize>,
}

/// `x[n,c,p+i,q+j] = sum over o, i, j of w[o,c,i,j] y[n,o,p,q]`, in parts, one for a thread.
pub(super) fn convolve_back<T: Element>(
    own: &Convolution,
    y: &[T],
    w: &[T],
    out: &mut [T],
    parts: usize,
) {
    let strips = Strips::new(own);
    let [height, width] = own.sliding.output;
    let inputs = own.channels_of(TERMS);
    let planes = inputs * own.sliding.kernel[1];
    let rows = own.rows_of_block(planes, strips.height(height));
    let least = strips.rows.len() / strips.sorts.len();
    let mut back = Back {
        own,
        unit: Unit::new(),
        turned: Vec::new(),
        strips,
        rows,
        outputs: (TERMS / least).clamp(1, own.outputs),
        pitch: odd_lines::<T>(rows * width),
        y,
    };
    back.turned = (0..back.strips.sorts.len())
        .map(|sort| back.turned(sort, w))
        .collect();
    let [high, wide] = own.sliding.input;
    let size = own.inputs * high * wide;
    let room = [back.outputs * back.padded(), planes * back.pitch];
    in_parts(out, own.groups * size, parts, |first, out| {
        out.fill(T::default());
        with_buffer(room[0] + room[1], |buffer| {
            let (adjoints, planes) = buffer.split_at_mut(room[0]);
            for (number, out) in out.chunks_exact_mut(size).enumerate() {
                let (image, group) = (first + number / own.groups, number % own.groups);
                for rows in blocks(back.strips.height(height), rows) {
                    for inputs in blocks(own.inputs, inputs) {
                        for sort in 0..back.turned.len() {
                            let block = (sort, rows.clone());
                            back.planes(
                                image,
                                group,
                                block.clone(),
                                inputs.clone(),
                                adjoints,
                                planes,
                            );
                            let planes = (&*planes, back.pitch);
                            back.strips.add_back(
                                &back.unit,
                                own,
                                planes,
                                inputs.clone(),
                                block,
                                out,
                            );
                        }
                    }
                }
            }
        });
    });
}

impl<T: Element> Back<'_, T> {
    /// Elements of an adjoint with rows of zeros before and after.
    fn padded(&self) -> usize {
        self.strips.height(self.rows) * self.own.sliding.output[1]
    }

    fn turned(&self, sort: usize, w: &[T]) -> Turned<T> {
        let (own, reach) = (self.own, self.strips.reach);
        let ([kernel, across], width) = (own.sliding.kernel, own.sliding.output[1]);
        let rows = || (0..kernel).filter(|&i| self.strips.rows[i].sort == sort);
        let count = rows().count();
        let mut weights = Vec::with_capacity(w.len() / kernel * count);
        for group in w.chunks_exact(own.outputs * own.terms()) {
            for channel in 0..own.inputs {
                for j in 0..across {
                    for output in group.chunks_exact(own.terms()) {
                        let channel = &output[channel * kernel * across..];
                        weights.extend(rows().map(|i| channel[i * across + j]));
                    }
                }
            }
        }
        let mut taps = Vec::with_capacity(self.outputs * count);
        for output in 0..self.outputs {
            let later = rows().map(|i| self.strips.rows[i].later);
            taps.extend(later.map(|later| output * self.padded() + (reach - later) * width));
        }
        Turned {
            weights,
            count,
            taps,
        }
    }

    /// The planes of some channels, of some rows with one remainder.
    fn planes(
        &self,
        image: usize,
        group: usize,
        (sort, rows): (usize, Range<usize>),
        inputs: Range<usize>,
        adjoints: &mut [T],
        planes: &mut [T],
    ) {
        let own = self.own;
        let (width, size) = (own.sliding.output[1], own.sliding.outputs());
        let across = own.sliding.kernel[1];
        let turned = &self.turned[sort];
        let row = own.outputs * turned.count;
        for outputs in blocks(own.outputs, self.outputs) {
            let first = (image * own.groups + group) * own.outputs + outputs.start;
            let y = self.y[first * size..].chunks_exact(size);
            for (y, adjoint) in y
                .zip(adjoints.chunks_exact_mut(self.padded()))
                .take(outputs.len())
            {
                self.pad(y, rows.start, adjoint);
            }
            let start = (group * own.inputs + inputs.start) * across * row;
            self.unit.product(Product {
                rows: inputs.len() * across,
                columns: rows.len() * width,
                a: &turned.weights[start + outputs.start * turned.count..],
                a_row: row,
                b: adjoints,
                taps: &turned.taps[..outputs.len() * turned.count],
                c: planes,
                c_row: self.pitch,
                add: outputs.start > 0,
                bias: None,
            });
        }
    }

    /// The rows of an adjoint from `reach` before the given one on, zeros where there are none.
    fn pad(&self, y: &[T], row: usize, adjoint: &mut [T]) {
        let (width, reach) = (self.own.sliding.output[1], self.strips.reach);
        let before = reach.saturating_sub(row) * width;
        let from = row.saturating_sub(reach) * width;
        let count = (y.len().saturating_sub(from)).min(adjoint.len() - before);
        adjoint[..before].fill(T::default());
        if count > 0 {
            adjoint[before..before + count].copy_from_slice(&y[from..from + count]);
        }
        adjoint[before + count..].fill(T::default());
    }
}
