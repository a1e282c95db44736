//! Convolution and its two transposes.
//!
//! With `x` the images `[N,C,H,W]`, `w` the kernels `[O,C,kh,kw]` and `y` the result `[N,O,P,Q]`,
//! one sum over everything is behind all three:
//! `sum y[n,o,p,q] w[o,c,i,j] x[n,c,p+i,q+j]`; each function leaves out one factor.
//!
//! Mostly an image is laid out as [`strips`], in which what one weight meets under neighbouring outputs
//! lies side by side, and the sums of several channels are formed in registers at once ([`tiles`]).
//! Where an image has few outputs, and for the transposes of a convolution to many channels, outputs
//! of all images are columns of a matrix ([`columns`]).
//!
//! The zeros around an image are no factors: what is not finite meets nothing there ([`exact`]).

mod back;
mod columns;
mod correlate;
mod exact;
mod forth;
mod strips;
mod tiles;
mod unit;

use super::matmul::threads_for;
use super::sliding::Sliding;
use super::{View, copy, with_buffer};
use crate::element::Element;
use crate::threads::for_each_part;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Terms that are summed before they are added to a result, about.
const TERMS: usize = 256;
/// Elements of the planes of one block, about: 64 KiB in single precision, of the second cache.
const PLANES: usize = 1 << 14;
/// The fewest columns of a block, if there are as many: half a dozen vectors.
const FEWEST: usize = 96;
/// An image of fewer outputs is a part of a matrix.
const FEW_OUTPUTS: usize = 8;
/// So many output channels that writing out a matrix of columns costs little beside its product.
const MANY_CHANNELS: usize = 96;

/// The sizes of a convolution.
#[derive(Clone, Copy)]
pub(crate) struct Convolution {
    pub(crate) sliding: Sliding,
    pub(crate) images: usize,
    pub(crate) groups: usize,
    /// Channels of a group, of the input and of the output.
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
}

impl Convolution {
    /// Terms in the sum of one output.
    fn terms(&self) -> usize {
        self.inputs * self.sliding.window()
    }

    /// How many threads there is work for.
    fn parts(&self) -> usize {
        let image = self.terms().saturating_mul(self.sliding.outputs());
        threads_for(image.saturating_mul(self.images * self.groups * self.outputs))
    }

    /// Some input channels of a group, counted over all groups.
    fn channels(&self, group: usize, some: &Range<usize>) -> Range<usize> {
        group * self.inputs + some.start..group * self.inputs + some.end
    }

    /// Some output channels, counted over all groups, group by group.
    fn outputs_by_group(
        &self,
        first: usize,
        count: usize,
    ) -> impl Iterator<Item = (usize, Range<usize>)> + use<> {
        let (outputs, end) = (self.outputs, first + count);
        (first / outputs..end.div_ceil(outputs)).map(move |group| {
            let own = group * outputs..(group + 1) * outputs;
            (group, own.start.max(first)..own.end.min(end))
        })
    }

    /// Channels whose weights are about `terms` terms.
    fn channels_of(&self, terms: usize) -> usize {
        (terms / self.sliding.window()).clamp(1, self.inputs)
    }

    /// How many rows that many planes of a block have.
    fn rows_of_block(&self, planes: usize, most: usize) -> usize {
        let width = self.sliding.output[1];
        (PLANES / (planes * width))
            .max(FEWEST.div_ceil(width))
            .min(most)
    }

    /// How many rows of one remainder by the stride an output reaches over, less one.
    fn reach(&self) -> usize {
        (self.sliding.kernel[0] - 1) * self.sliding.dilation[0] / self.sliding.stride[0]
    }

    /// Whether strips are smaller than a matrix of columns.
    fn is_for_strips(&self) -> bool {
        let [rows, kernel] = [self.sliding.output[0], self.sliding.kernel[0]];
        self.sliding.outputs() >= FEW_OUTPUTS && self.height() <= rows.saturating_mul(3 * kernel)
    }

    /// Whether they are faster for the transposes too: many channels pay for a matrix of columns, and
    /// back from few rows most of a strip is zeros.
    fn is_for_strips_back(&self) -> bool {
        let is_dense = self.height() <= self.sliding.output[0].saturating_mul(3);
        self.is_for_strips() && self.outputs < MANY_CHANNELS && is_dense
    }

    /// Rows of a plane, of all remainders.
    fn height(&self) -> usize {
        let sorts = self.sliding.kernel[0].min(self.sliding.stride[0]);
        sorts.saturating_mul(self.sliding.output[0] + self.reach())
    }

    /// A line is as good as a column of rows of one element, whose strips are no more than the line.
    fn upright(&self) -> Option<Convolution> {
        let own = &self.sliding;
        let [rows, ..] = [own.input, own.kernel, own.output].map(|lengths| lengths[0]);
        let turned = |[height, width]: [usize; 2]| [width, height];
        let is_line = (rows, own.kernel[0], own.output[0], own.before[0]) == (1, 1, 1, 0);
        let sliding = Sliding {
            input: turned(own.input),
            kernel: turned(own.kernel),
            output: turned(own.output),
            stride: turned(own.stride),
            before: turned(own.before),
            dilation: turned(own.dilation),
        };
        is_line.then_some(Convolution { sliding, ..*self })
    }

    /// Does work on lines as on columns, which `x` follows.
    fn with_upright<T, V>(
        &self,
        x: View<'_, T>,
        work: impl FnOnce(&Convolution, View<'_, T>) -> V,
    ) -> V {
        let &[image, channel, row, column] = x.strides else {
            unreachable!("images have four axes")
        };
        match self.upright() {
            Some(own) => work(
                &own,
                View {
                    strides: &[image, channel, column, row],
                    ..x
                },
            ),
            None => work(self, x),
        }
    }
}

/// The elements in row-major order.
pub(crate) fn with_ordered<T: Element, V>(view: View<'_, T>, work: impl FnOnce(&[T]) -> V) -> V {
    match view.as_slice() {
        Some(elements) => work(elements),
        None => with_buffer(view.count(), |elements| {
            copy(view, elements);
            work(elements)
        }),
    }
}

/// `y[n,o,p,q] = bias[o] + sum over c, i, j of w[o,c,i,j] x[n,c,p+i,q+j]`
pub(crate) fn convolve<T: Element>(
    own: &Convolution,
    x: View<'_, T>,
    w: View<'_, T>,
    bias: Option<View<'_, T>>,
    out: &mut [T],
) {
    if out.is_empty() {
        return;
    }
    let work = |w: &[T], bias: Option<&[T]>, out: &mut [T]| {
        own.with_upright(x, |own, x| {
            if own.terms() > 0 && own.is_for_strips() {
                return forth::convolve(own, x, w, bias, out, own.parts());
            }
            match own.terms() {
                0 => out.fill(T::default()),
                _ => columns::convolve(own, x, w, out),
            }
            let channels = out.chunks_exact_mut(own.sliding.outputs());
            for (out, &bias) in channels.zip(bias.unwrap_or_default().iter().cycle()) {
                out.iter_mut().for_each(|out| *out = *out + bias);
            }
        });
        if own.terms() > 0 && own.is_padded() && exact::may_be_spoiled(w, out) {
            exact::convolve(own, x, w, bias, out);
        }
    };
    with_ordered(w, |w| match bias {
        Some(bias) => with_ordered(bias, |bias| work(w, Some(bias), out)),
        None => work(w, None, out),
    });
}

/// `x[n,c,p+i,q+j] = sum over o, i, j of w[o,c,i,j] y[n,o,p,q]`: the transpose by the input.
pub(crate) fn convolve_back<T: Element>(
    own: &Convolution,
    y: View<'_, T>,
    w: View<'_, T>,
    out: &mut [T],
) {
    if out.is_empty() || y.count() == 0 {
        return out.fill(T::default());
    }
    with_ordered(w, |w| {
        with_ordered(y, |y| {
            let own = own.upright().unwrap_or(*own);
            if own.is_for_strips_back() {
                back::convolve_back(&own, y, w, out, own.parts());
                // In the strips are rows of zeros around an adjoint, in the columns are none.
                if !exact::may_be_spoiled(w, out) {
                    return;
                }
            }
            columns::convolve_back(&own, y, w, out);
        });
    });
}

/// `w[o,c,i,j] = sum over n, p, q of y[n,o,p,q] x[n,c,p+i,q+j]`: the transpose by the kernels.
pub(crate) fn correlate<T: Element>(
    own: &Convolution,
    y: View<'_, T>,
    x: View<'_, T>,
    out: &mut [T],
) {
    if out.is_empty() || y.count() == 0 {
        return out.fill(T::default());
    }
    with_ordered(y, |y| {
        own.with_upright(x, |own, x| {
            if own.is_for_strips() && own.outputs < MANY_CHANNELS {
                correlate::correlate(own, y, x, out, own.parts());
            } else {
                columns::correlate(own, y, x, out);
            }
        });
        if own.is_padded() && exact::may_be_spoiled(y, out) {
            exact::correlate(own, y, x, out);
        }
    });
}

/// A range in parts of the same length; the last may be shorter.
fn blocks(length: usize, step: usize) -> impl Iterator<Item = Range<usize>> {
    let end = move |start: usize| length.min(start + step);
    (0..length)
        .step_by(step)
        .map(move |start| start..end(start))
}

/// Elements of rows of at least `count`: an odd number of cache lines, or rows would compete for the
/// same places in the cache.
fn odd_lines<T>(count: usize) -> usize {
    let line = 64 / size_of::<T>();
    (count.div_ceil(line) | 1) * line
}

/// Divides a result of pieces of one size among threads: `work` gets the number of its first piece and
/// its pieces.
fn in_parts<T: Element>(
    out: &mut [T],
    size: usize,
    parts: usize,
    work: impl Fn(usize, &mut [T]) + Sync + Send,
) {
    let pieces = out.len() / size;
    let parts = parts.min(pieces);
    if parts <= 1 {
        return work(0, out);
    }
    let each = pieces.div_ceil(parts);
    let parts: Vec<Mutex<&mut [T]>> = out.chunks_mut(each * size).map(Mutex::new).collect();
    for_each_part(parts.len(), |part| {
        let mut out = parts[part].lock().unwrap_or_else(PoisonError::into_inner);
        work(part * each, &mut out);
    });
}

#[cfg(test)]
mod tests;
