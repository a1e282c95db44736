//! The transpose of a convolution by its kernels, by [`Strips`].

use super::strips::Strips;
use super::unit::{Correlation, Unit};
use super::{Convolution, blocks, in_parts};
use crate::element::Element;
use crate::kernel::{View, with_buffer};
use std::ops::Range;

/// Weights whose sums are formed over the same planes, about.
const WEIGHTS: usize = 96;
/// Columns that are summed, side by side in the lanes of a vector, before they are added to the result.
const COLUMNS: usize = 1 << 12;
/// Elements of the planes of one block, at most: 256 KiB in single precision, of the second cache.
const PLANES: usize = 1 << 16;

/// What is the same for all weights.
struct Back<'a, T> {
    own: &'a Convolution,
    unit: Unit<T>,
    strips: Strips,
    /// Images and rows of outputs in a block.
    images: usize,
    rows: usize,
    /// Elements of the planes of an image.
    part: usize,
    y: &'a [T],
    x: View<'a, T>,
}

/// `w[o,c,i,j] = sum over n, p, q of y[n,o,p,q] x[n,c,p+i,q+j]`, in parts, one for a thread.
pub(super) fn correlate<T: Element>(
    own: &Convolution,
    y: &[T],
    x: View<'_, T>,
    out: &mut [T],
    parts: usize,
) {
    let strips = Strips::new(own);
    let [height, width] = own.sliding.output;
    let channels = own.channels_of(WEIGHTS);
    let planes = channels * own.sliding.kernel[1];
    let most = PLANES / (planes * strips.sorts.len());
    let rows = (most.min(COLUMNS) / width).clamp(1, height);
    let strips = strips.of(rows);
    let part = planes * strips.pitch::<T>(own);
    let most = match rows < height {
        true => 1,
        false => (PLANES / part).min(COLUMNS / own.sliding.outputs()),
    };
    let back = Back {
        own,
        unit: Unit::new(),
        strips,
        images: most.clamp(1, own.images),
        rows,
        part,
        y,
        x,
    };
    in_parts(out, own.terms(), parts, |first, out| {
        out.fill(T::default());
        with_buffer(back.images * part, |planes| {
            for (group, outputs) in own.outputs_by_group(first, out.len() / own.terms()) {
                let out = &mut out[(outputs.start - first) * own.terms()..];
                for channels in blocks(own.inputs, channels) {
                    let out = &mut out[channels.start * own.sliding.window()..];
                    back.weights(group, channels, outputs.clone(), planes, out);
                }
            }
        });
    });
}

impl<T: Element> Back<'_, T> {
    /// The weights of some input and output channels; `out` starts with the first of them.
    fn weights(
        &self,
        group: usize,
        channels: Range<usize>,
        outputs: Range<usize>,
        planes: &mut [T],
        out: &mut [T],
    ) {
        let own = self.own;
        let ([height, width], size) = (own.sliding.output, own.sliding.outputs());
        let all_outputs = own.groups * own.outputs;
        let inputs = own.channels(group, &channels);
        let taps = self.strips.taps::<T>(own, channels.len());
        // Neighbours in memory one after the other, whatever the order of the weights.
        let mut outs: Vec<usize> = (0..taps.len()).collect();
        outs.sort_unstable_by_key(|&weight| taps[weight]);
        let taps: Vec<usize> = outs.iter().map(|&weight| taps[weight]).collect();
        for images in blocks(own.images, self.images) {
            for rows in blocks(height, self.rows) {
                for (image, planes) in images.clone().zip(planes.chunks_exact_mut(self.part)) {
                    let (from, inputs) = ((&self.x, image), inputs.clone());
                    self.strips
                        .fill(&self.unit, own, from, inputs, rows.clone(), planes);
                }
                let first =
                    (images.start * all_outputs + outputs.start) * size + rows.start * width;
                self.unit.correlate(Correlation {
                    rows: outputs.len(),
                    columns: rows.len() * width,
                    parts: images.len(),
                    y: &self.y[first..],
                    y_row: size,
                    y_part: all_outputs * size,
                    b: planes,
                    b_part: self.part,
                    taps: &taps,
                    outs: &outs,
                    out: &mut *out,
                    out_row: own.terms(),
                });
            }
        }
    }
}
