//! The transpose of a convolution by its kernels, by [`Strips`].

use super::strips::Strips;
use super::unit::{Correlation, Unit};
use super::{Convolution, blocks, in_parts};
use crate::element::Element;
use crate::kernel::{View, with_buffer};

/// Weights whose sums are formed over the same planes, about.
const WEIGHTS: usize = 96;
/// Columns that are summed, side by side in the lanes of a vector, before they are added to the result.
const COLUMNS: usize = 1 << 12;
/// Elements of the planes of one block, at most: 256 KiB in single precision, of the second cache.
const PLANES: usize = 1 << 16;

/// `w[o,c,i,j] = sum over n, p, q of y[n,o,p,q] x[n,c,p+i,q+j]`
pub(super) fn correlate<T: Element>(own: &Convolution, y: &[T], x: View<'_, T>, out: &mut [T]) {
    let (unit, strips) = (Unit::<T>::new(), Strips::new(own));
    let ([height, width], window) = (own.sliding.output, own.sliding.window());
    let channels = own.channels_of(WEIGHTS);
    let planes = channels * own.sliding.kernel[1];
    let most = PLANES / (planes * strips.sorts.len());
    let rows = (most.min(COLUMNS) / width).clamp(1, height);
    let part = planes * strips.pitch::<T>(&own.sliding, rows);
    let images = match rows < height {
        true => 1,
        false => (PLANES / part)
            .min(COLUMNS / (height * width))
            .clamp(1, own.images),
    };
    // Neighbours in memory one after the other, whatever the order of the weights.
    let taps = strips.taps::<T>(own, channels, rows);
    let mut order: Vec<usize> = (0..taps.len()).collect();
    order.sort_by_key(|&weight| taps[weight]);
    let size = own.sliding.outputs();
    in_parts(out, own.terms(), own.products(), |first, out| {
        out.fill(T::default());
        with_buffer(images * part, |planes| {
            for (group, outputs) in own.outputs_by_group(first, out.len() / own.terms()) {
                let out = &mut out[(outputs.start - first) * own.terms()..];
                for channels in blocks(own.inputs, channels) {
                    let count = channels.len() * window;
                    let weights = order.iter().copied().filter(|&weight| weight < count);
                    let outs: Vec<usize> = weights.collect();
                    let taps: Vec<usize> = outs.iter().map(|&weight| taps[weight]).collect();
                    for some in blocks(own.images, images) {
                        for block in blocks(height, rows) {
                            for (image, planes) in some.clone().zip(planes.chunks_exact_mut(part)) {
                                let (from, inputs) = ((&x, image), own.channels(group, &channels));
                                strips.fill(&unit, own, from, inputs, block.clone(), rows, planes);
                            }
                            let all = own.groups * own.outputs;
                            unit.correlate(Correlation {
                                rows: outputs.len(),
                                columns: block.len() * width,
                                parts: some.len(),
                                y: &y[(some.start * all + outputs.start) * size
                                    + block.start * width..],
                                y_row: size,
                                y_part: all * size,
                                b: planes,
                                b_part: part,
                                taps: &taps,
                                outs: &outs,
                                out: &mut out[channels.start * window..],
                                out_row: own.terms(),
                            });
                        }
                    }
                }
            }
        });
    });
}
