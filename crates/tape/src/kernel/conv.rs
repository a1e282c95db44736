//! Convolution and its two transposes.
//!
//! With `x` the images `[N,C,H,W]`, `w` the kernels `[O,C,kh,kw]` and `y` the result `[N,O,P,Q]`,
//! one sum over everything is behind all three:
//! `sum y[n,o,p,q] w[o,c,i,j] x[n,c,p+i,q+j]`; each function leaves out one factor. Each is a
//! matrix product per block of outputs, between the kernels `[O, C kh kw]` and what the kernels
//! meet, written out as a matrix `[C kh kw, columns]`; where too few channels share a block to
//! pay for writing it out, plain loops.

use super::products::run as run_of;
use super::sliding::{Sliding, place};
use super::{Matrix, View, copy, matmul, with_buffer};
use crate::element::Element;
use std::ops::Range;

/// Elements of the intermediate matrices of one block: half a megabyte in double precision.
const BLOCK: usize = 1 << 16;
/// The fewest columns of a block, however many channels there are.
const NARROWEST: usize = 64;
/// With fewer output channels per group, or fewer products in all, plain loops are faster.
const FEW_CHANNELS: usize = 4;
const FEW_PRODUCTS: usize = 1 << 13;

/// The sizes of a convolution.
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

    fn columns(&self) -> usize {
        self.images * self.sliding.outputs()
    }

    fn is_small(&self) -> bool {
        let products = (self.terms() * self.outputs * self.groups).saturating_mul(self.columns());
        self.outputs < FEW_CHANNELS || products < FEW_PRODUCTS
    }

    /// The input channels of a group.
    fn channels(&self, group: usize) -> Range<usize> {
        group * self.inputs..(group + 1) * self.inputs
    }

    /// The columns in blocks; where a block can be one image, it is.
    fn blocks(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let (columns, image) = (self.columns(), self.sliding.outputs());
        let fit = (BLOCK / (self.terms() + self.outputs)).max(NARROWEST);
        let width = if (NARROWEST..=2 * fit).contains(&image) {
            image
        } else {
            fit.min(columns).max(1)
        };
        (0..columns)
            .step_by(width)
            .map(move |start| start..(start + width).min(columns))
    }

    /// Room for the matrix and for the group's part of the result, of the widest block.
    fn with_buffers<T: Element>(&self, work: impl FnOnce(&mut [T], &mut [T])) {
        let widest = self.blocks().next().map_or(0, |block| block.len());
        let (matrix, side) = (self.terms() * widest, self.outputs * widest);
        with_buffer(matrix + side, |buffer| {
            let (matrix, side) = buffer.split_at_mut(matrix);
            work(matrix, side);
        });
    }

    /// The kernels of a group as a matrix, one in a row.
    fn kernels<'a, T>(&self, group: usize, w: &'a [T]) -> Matrix<'a, T> {
        let size = self.outputs * self.terms();
        rows(&w[group * size..(group + 1) * size], self.outputs)
    }

    /// Where the columns of a block lie in an array `[N,O,P,Q]`, image by image: `visit` is told
    /// the image, the outputs in it, and where they start in the block.
    fn parts(&self, block: &Range<usize>, mut visit: impl FnMut(usize, Range<usize>, usize)) {
        let size = self.sliding.outputs();
        let mut column = block.start;
        while column < block.end {
            let (image, from) = (column / size, column % size);
            let length = (size - from).min(block.end - column);
            visit(image, from..from + length, column - block.start);
            column += length;
        }
    }

    /// A group's part of `[N,O,P,Q]` under a block, as a matrix with a channel in a row.
    fn gather<T: Element>(&self, y: &[T], group: usize, block: &Range<usize>, side: &mut [T]) {
        let (width, size) = (block.len(), self.sliding.outputs());
        for output in 0..self.outputs {
            self.parts(block, |image, part, at| {
                let plane = (image * self.groups + group) * self.outputs + output;
                side[output * width + at..][..part.len()].copy_from_slice(&y[plane * size..][part]);
            });
        }
    }

    /// Writes such a matrix where it belongs.
    fn scatter<T: Element>(&self, side: &[T], group: usize, block: &Range<usize>, y: &mut [T]) {
        let (width, size) = (block.len(), self.sliding.outputs());
        for output in 0..self.outputs {
            self.parts(block, |image, part, at| {
                let plane = (image * self.groups + group) * self.outputs + output;
                let length = part.len();
                y[plane * size..][part].copy_from_slice(&side[output * width + at..][..length]);
            });
        }
    }
}

/// A matrix in row-major order.
fn rows<T>(data: &[T], rows: usize) -> Matrix<'_, T> {
    let columns = data.len() / rows;
    Matrix {
        data,
        start: 0,
        rows,
        columns,
        row_stride: columns as isize,
        column_stride: 1,
    }
}

fn transposed<T>(matrix: Matrix<'_, T>) -> Matrix<'_, T> {
    Matrix {
        rows: matrix.columns,
        columns: matrix.rows,
        row_stride: matrix.column_stride,
        column_stride: matrix.row_stride,
        ..matrix
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

/// `y[n,o,p,q] = sum over c, i, j of w[o,c,i,j] x[n,c,p+i,q+j]`
pub(crate) fn convolve<T: Element>(
    own: &Convolution,
    x: View<'_, T>,
    w: View<'_, T>,
    out: &mut [T],
) {
    if out.is_empty() || own.terms() == 0 || own.is_small() {
        return convolve_directly(own, &x, &w, out);
    }
    let image = own.outputs * own.sliding.outputs();
    with_ordered(w, |w| {
        own.with_buffers(|matrix, side| {
            for group in 0..own.groups {
                for block in own.blocks() {
                    let met = &mut matrix[..own.terms() * block.len()];
                    own.sliding
                        .unroll(&x, own.channels(group), block.clone(), met);
                    let (kernels, met) = (own.kernels(group, w), rows(met, own.terms()));
                    if block.len() == own.sliding.outputs() {
                        let place = block.start / block.len() * own.groups + group;
                        matmul(kernels, met, false, &mut out[place * image..][..image]);
                        continue;
                    }
                    let side = &mut side[..own.outputs * block.len()];
                    matmul(kernels, met, false, side);
                    own.scatter(side, group, &block, out);
                }
            }
        });
    });
}

/// `x[n,c,p+i,q+j] = sum over o, i, j of w[o,c,i,j] y[n,o,p,q]`: the transpose by the input.
pub(crate) fn convolve_back<T: Element>(
    own: &Convolution,
    y: View<'_, T>,
    w: View<'_, T>,
    out: &mut [T],
) {
    out.fill(T::default());
    if out.is_empty() || y.count() == 0 || own.is_small() {
        return convolve_back_directly(own, &y, &w, out);
    }
    let depth = own.groups * own.inputs;
    with_ordered(w, |w| {
        with_ordered(y, |y| {
            own.with_buffers(|matrix, side| {
                for group in 0..own.groups {
                    let kernels = transposed(own.kernels(group, w));
                    for block in own.blocks() {
                        let side = &mut side[..own.outputs * block.len()];
                        own.gather(y, group, &block, side);
                        let met = &mut matrix[..own.terms() * block.len()];
                        matmul(kernels, rows(side, own.outputs), false, met);
                        let channels = own.channels(group);
                        own.sliding.roll_back(met, channels, block, depth, out);
                    }
                }
            });
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
    if out.is_empty() || y.count() == 0 || own.is_small() {
        return correlate_directly(own, &y, &x, out);
    }
    let size = own.outputs * own.terms();
    with_ordered(y, |y| {
        own.with_buffers(|matrix, side| {
            for (group, out) in out.chunks_exact_mut(size).enumerate() {
                for block in own.blocks() {
                    let side = &mut side[..own.outputs * block.len()];
                    own.gather(y, group, &block, side);
                    let met = &mut matrix[..own.terms() * block.len()];
                    own.sliding
                        .unroll(&x, own.channels(group), block.clone(), met);
                    let met = transposed(rows(met, own.terms()));
                    matmul(rows(side, own.outputs), met, block.start > 0, out);
                }
            }
        });
    });
}

/// Which kernel element joins which channels: `(output channel, input channel, in the kernel)`.
struct Join {
    output: usize,
    input: usize,
    weight: [usize; 4],
    element: [usize; 2],
}

impl Convolution {
    fn joins(&self) -> impl Iterator<Item = Join> + '_ {
        (0..self.groups * self.outputs).flat_map(move |output| {
            (0..self.inputs).flat_map(move |channel| {
                self.sliding.elements().map(move |(i, j)| Join {
                    output,
                    input: output / self.outputs * self.inputs + channel,
                    weight: [output, channel, i, j],
                    element: [i, j],
                })
            })
        })
    }

    /// The columns of one image.
    fn image(&self, image: usize) -> Range<usize> {
        let size = self.sliding.outputs();
        image * size..(image + 1) * size
    }
}

fn convolve_directly<T: Element>(
    own: &Convolution,
    x: &View<'_, T>,
    w: &View<'_, T>,
    out: &mut [T],
) {
    out.fill(T::default());
    let size = own.sliding.outputs();
    let step = own.sliding.stride[1] as isize * x.strides[3];
    for image in 0..own.images {
        for join in own.joins() {
            let weight = w.data[place(w, join.weight)].to_f64();
            let plane = (image * own.groups * own.outputs + join.output) * size;
            let out = &mut out[plane..plane + size];
            own.sliding.runs(own.image(image), join.element, |run| {
                let from = place(x, [image, join.input, run.row, run.column]);
                let out = &mut out[run.at..run.at + run.length];
                add_scaled(out.iter_mut(), weight, x, from, step);
            });
        }
    }
}

fn convolve_back_directly<T: Element>(
    own: &Convolution,
    y: &View<'_, T>,
    w: &View<'_, T>,
    out: &mut [T],
) {
    let [height, width] = own.sliding.input;
    let depth = own.groups * own.inputs;
    for image in 0..own.images {
        for join in own.joins() {
            let weight = w.data[place(w, join.weight)].to_f64();
            own.sliding.runs(own.image(image), join.element, |run| {
                let line = (image * depth + join.input) * height + run.row;
                let out = &mut out[line * width + run.column..];
                let from = output(own, y, image, join.output, run.at);
                let step = y.strides[3];
                match own.sliding.stride[1] {
                    1 => add_scaled(out[..run.length].iter_mut(), weight, y, from, step),
                    stride => {
                        let out = out.iter_mut().step_by(stride).take(run.length);
                        add_scaled(out, weight, y, from, step);
                    }
                }
            });
        }
    }
}

fn correlate_directly<T: Element>(
    own: &Convolution,
    y: &View<'_, T>,
    x: &View<'_, T>,
    out: &mut [T],
) {
    let step = own.sliding.stride[1] as isize * x.strides[3];
    for (join, out) in own.joins().zip(out) {
        let mut sum = 0.0;
        for image in 0..own.images {
            let mut images = 0.0;
            own.sliding.runs(own.image(image), join.element, |run| {
                let from = place(x, [image, join.input, run.row, run.column]);
                let with = output(own, y, image, join.output, run.at);
                let mut row = 0.0;
                if (step, y.strides[3]) == (1, 1) {
                    row = run_of(&y.data[with..][..run.length], &x.data[from..][..run.length]);
                } else {
                    for n in 0..run.length as isize {
                        let x = x.data[from.wrapping_add_signed(n * step)];
                        let y = y.data[with.wrapping_add_signed(n * y.strides[3])];
                        row += y.to_f64() * x.to_f64();
                    }
                }
                images += row;
            });
            sum += images;
        }
        *out = T::from_f64(sum);
    }
}

/// Adds the elements of an array from a place on, `step` apart, times a number.
fn add_scaled<'a, T: Element>(
    out: impl ExactSizeIterator<Item = &'a mut T>,
    weight: f64,
    x: &View<'_, T>,
    from: usize,
    step: isize,
) {
    let add = |out: &mut T, x: T| *out = T::from_f64(out.to_f64() + weight * x.to_f64());
    if step == 1 {
        let x = &x.data[from..][..out.len()];
        out.zip(x).for_each(|(out, &x)| add(out, x));
    } else {
        out.enumerate().for_each(|(n, out)| {
            add(out, x.data[from.wrapping_add_signed(n as isize * step)]);
        });
    }
}

/// Where output `at` of an image and channel lies.
fn output<T>(own: &Convolution, y: &View<'_, T>, image: usize, channel: usize, at: usize) -> usize {
    let width = own.sliding.output[1];
    place(y, [image, channel, at / width, at % width])
}
