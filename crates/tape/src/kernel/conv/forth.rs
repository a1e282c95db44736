//! A convolution by [`Strips`]: no matrix of columns is written out.
//!
//! Sums go over the weights in their order, as many channels at a time as [`TERMS`] allows; then what
//! they come to is added to the result. So an output's bits depend on its own image alone.

use super::strips::Strips;
use super::unit::{Product, Unit};
use super::{Convolution, TERMS, blocks, in_parts};
use crate::element::Element;
use crate::kernel::{View, with_buffer};
use std::ops::Range;

/// What is the same for all blocks of a convolution.
struct Forth<'a, T> {
    own: &'a Convolution,
    unit: Unit<T>,
    strips: Strips,
    /// Where the weights of a block of channels meet the planes.
    taps: Vec<usize>,
    /// Channels in a block.
    channels: usize,
    x: View<'a, T>,
    w: &'a [T],
    bias: Option<&'a [T]>,
}

/// `y[n,o,p,q] = bias[o] + sum over c, i, j of w[o,c,i,j] x[n,c,p+i,q+j]`, in parts, one for a thread.
pub(super) fn convolve<T: Element>(
    own: &Convolution,
    x: View<'_, T>,
    w: &[T],
    bias: Option<&[T]>,
    out: &mut [T],
    parts: usize,
) {
    let strips = Strips::new(own);
    let channels = own.channels_of(TERMS);
    let planes = channels * own.sliding.kernel[1];
    let rows = own.rows_of_block(planes * strips.sorts.len(), own.sliding.output[0]);
    let strips = strips.of(rows);
    let room = planes * strips.pitch::<T>(own);
    let forth = Forth {
        own,
        unit: Unit::new(),
        taps: strips.taps::<T>(own, channels),
        strips,
        channels,
        x,
        w,
        bias,
    };
    let size = own.outputs * own.sliding.outputs();
    in_parts(out, own.groups * size, parts, |first, out| {
        with_buffer(room, |planes| {
            for (number, out) in out.chunks_exact_mut(size).enumerate() {
                let (image, group) = (first + number / own.groups, number % own.groups);
                for rows in blocks(own.sliding.output[0], rows) {
                    forth.block(image, group, rows, planes, out);
                }
            }
        });
    });
}

impl<T: Element> Forth<'_, T> {
    /// Some rows of all outputs of a group.
    fn block(
        &self,
        image: usize,
        group: usize,
        rows: Range<usize>,
        planes: &mut [T],
        out: &mut [T],
    ) {
        let own = self.own;
        let (width, window) = (own.sliding.output[1], own.sliding.window());
        let w = &self.w[group * own.outputs * own.terms()..];
        for channels in blocks(own.inputs, self.channels) {
            let inputs = own.channels(group, &channels);
            let from = (&self.x, image);
            self.strips
                .fill(&self.unit, own, from, inputs, rows.clone(), planes);
            let is_last = channels.end == own.inputs;
            let bias = self.bias.filter(|_| is_last);
            self.unit.product(Product {
                rows: own.outputs,
                columns: rows.len() * width,
                a: &w[channels.start * window..],
                a_row: own.terms(),
                b: planes,
                taps: &self.taps[..channels.len() * window],
                c: &mut out[rows.start * width..],
                c_row: own.sliding.outputs(),
                add: channels.start > 0,
                bias: bias.map(|bias| &bias[group * own.outputs..]),
            });
        }
    }
}
