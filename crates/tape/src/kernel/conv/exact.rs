//! Where a number that is not finite meets padding: 0 times infinity is no number, but the zeros
//! around an image are no factors, they only say that there is nothing.
//!
//! What is fast multiplies by them all the same. If that can have shown, the work is done again, one
//! element of the kernel after the other: alone, with the outputs under which it is inside, each
//! is a convolution without padding.

use super::Convolution;
use crate::element::Element;
use crate::kernel::sliding::Sliding;
use crate::kernel::{View, with_buffer};
use std::ops::Range;

/// Whether some number is NaN or infinite.
pub(super) fn is_any_odd<T: Element>(numbers: &[T]) -> bool {
    // Of many at a time, so that there is no branch for each.
    let zero = T::default();
    let is_odd = |x: T| x * zero != zero;
    numbers
        .chunks(1024)
        .any(|some| some.iter().fold(false, |odd, &x| odd | is_odd(x)))
}

/// Whether padding may have spoiled `out`: a factor that is not finite spoils what it meets, and both
/// are there. The shorter of the two is looked at.
pub(super) fn may_be_spoiled<T: Element>(factor: &[T], out: &[T]) -> bool {
    is_any_odd(if factor.len() < out.len() {
        factor
    } else {
        out
    })
}

/// One element of a kernel, and the outputs under which it is inside of the image.
struct Alone {
    own: Convolution,
    /// Rows and columns of outputs.
    rows: Range<usize>,
    columns: Range<usize>,
    /// What the first of them meets.
    first: [usize; 2],
}

impl Convolution {
    /// Whether a window reaches beyond the image.
    pub(super) fn is_padded(&self) -> bool {
        let own = &self.sliding;
        (0..2).any(|axis| {
            let last = (own.output[axis] - 1) * own.stride[axis]
                + (own.kernel[axis] - 1) * own.dilation[axis];
            own.before[axis] > 0 || last >= own.before[axis] + own.input[axis]
        })
    }

    fn alone(&self, [i, j]: [usize; 2]) -> Option<Alone> {
        let own = &self.sliding;
        let shift = [i * own.dilation[0], j * own.dilation[1]];
        let [rows, columns] = [0, 1].map(|axis| own.inside(axis, shift[axis], 0..own.output[axis]));
        if rows.is_empty() || columns.is_empty() {
            return None;
        }
        let output = [rows.len(), columns.len()];
        let start = [rows.start, columns.start];
        let first =
            [0, 1].map(|axis| start[axis] * own.stride[axis] + shift[axis] - own.before[axis]);
        let sliding = Sliding {
            input: [0, 1].map(|axis| (output[axis] - 1) * own.stride[axis] + 1),
            kernel: [1, 1],
            output,
            stride: own.stride,
            before: [0, 0],
            dilation: [1, 1],
        };
        Some(Alone {
            own: Convolution { sliding, ..*self },
            rows,
            columns,
            first,
        })
    }
}

impl Alone {
    /// What it meets of the images.
    fn with_met<T, V>(&self, x: View<'_, T>, work: impl FnOnce(View<'_, T>) -> V) -> V {
        let [rows, columns] = self.first.map(|first| first as isize);
        let start = x.start as isize + rows * x.strides[2] + columns * x.strides[3];
        let [height, width] = self.own.sliding.input;
        work(View {
            start: start as usize,
            lengths: &[x.lengths[0], x.lengths[1], height, width],
            ..x
        })
    }

    /// The lines of its outputs in those of all, and where they are in those of its own.
    fn lines(&self, all: &Convolution) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        let [height, width] = all.sliding.output;
        let planes = all.images * all.groups * all.outputs;
        let (rows, columns) = (self.rows.clone(), self.columns.clone());
        let lines = (0..planes).flat_map(move |plane| rows.clone().map(move |row| (plane, row)));
        lines.enumerate().map(move |(line, (plane, row))| {
            let start = (plane * height + row) * width;
            let own = line * columns.len()..(line + 1) * columns.len();
            (start + columns.start..start + columns.end, own)
        })
    }
}

/// Visits the elements of a kernel.
fn elements(own: &Convolution) -> impl Iterator<Item = (usize, Option<Alone>)> {
    let (own, [_, width]) = (*own, own.sliding.kernel);
    (0..own.sliding.window()).map(move |at| (at, own.alone([at / width, at % width])))
}

/// A convolution in which nothing meets padding.
pub(super) fn convolve<T: Element>(
    own: &Convolution,
    x: View<'_, T>,
    w: &[T],
    bias: Option<&[T]>,
    out: &mut [T],
) {
    let (kernels, window) = (own.groups * own.outputs * own.inputs, own.sliding.window());
    out.fill(T::default());
    with_buffer(kernels + out.len(), |buffer| {
        let (weights, part) = buffer.split_at_mut(kernels);
        for (at, alone) in elements(own) {
            let Some(alone) = alone else { continue };
            for (weight, kernel) in weights.iter_mut().zip(w.chunks_exact(window)) {
                *weight = kernel[at];
            }
            let part = &mut part[..out.len() / own.sliding.outputs() * alone.own.sliding.outputs()];
            alone.with_met(x, |x| {
                let lengths = [own.groups * own.outputs, own.inputs, 1, 1];
                let w = View {
                    data: &*weights,
                    start: 0,
                    lengths: &lengths,
                    strides: &[own.inputs as isize, 1, 1, 1],
                };
                super::convolve(&alone.own, x, w, None, part);
            });
            for (all, own) in alone.lines(own) {
                for (out, &term) in out[all].iter_mut().zip(&part[own]) {
                    *out = *out + term;
                }
            }
        }
    });
    let channels = out.chunks_exact_mut(own.sliding.outputs());
    for (out, &bias) in channels.zip(bias.unwrap_or_default().iter().cycle()) {
        out.iter_mut().for_each(|out| *out = *out + bias);
    }
}

/// A correlation in which nothing meets padding.
pub(super) fn correlate<T: Element>(own: &Convolution, y: &[T], x: View<'_, T>, out: &mut [T]) {
    let (kernels, window) = (own.groups * own.outputs * own.inputs, own.sliding.window());
    with_buffer(kernels + y.len(), |buffer| {
        let (weights, part) = buffer.split_at_mut(kernels);
        for (at, alone) in elements(own) {
            weights.fill(T::default());
            if let Some(alone) = alone {
                let count = y.len() / own.sliding.outputs() * alone.own.sliding.outputs();
                let part = &mut part[..count];
                for (all, own) in alone.lines(own) {
                    part[own].copy_from_slice(&y[all]);
                }
                let [height, width] = alone.own.sliding.output;
                let channels = own.groups * own.outputs;
                let lengths = [own.images, channels, height, width];
                let strides = [channels * height * width, height * width, width, 1];
                let y = View {
                    data: &*part,
                    start: 0,
                    lengths: &lengths,
                    strides: &strides.map(|stride| stride as isize),
                };
                alone.with_met(x, |x| super::correlate(&alone.own, y, x, weights));
            }
            for (kernel, &weight) in out.chunks_exact_mut(window).zip(&*weights) {
                kernel[at] = weight;
            }
        }
    });
}
