//! A convolution and its transposes where an image has few outputs: what the kernels meet is written
//! out as a matrix `[C kh kw, columns]` (im2col), with a column for each output of all images.

use super::{Convolution, blocks};
use crate::element::Element;
use crate::kernel::{Matrix, View, matmul, with_buffer};
use std::ops::Range;

/// Elements of the intermediate matrices of one block: half a megabyte in double precision.
const BLOCK: usize = 1 << 16;
/// The fewest columns of a block, however many channels there are.
const NARROWEST: usize = 64;

impl Convolution {
    fn columns(&self) -> usize {
        self.images * self.sliding.outputs()
    }

    /// The columns of a block: where it can be one image, it is.
    fn width(&self) -> usize {
        let (columns, image) = (self.columns(), self.sliding.outputs());
        let fit = (BLOCK / (self.terms() + self.outputs)).max(NARROWEST);
        if (NARROWEST..=2 * fit).contains(&image) {
            return image;
        }
        fit.min(columns).max(1)
    }

    /// Room for the matrix and for the group's part of the result, of the widest block.
    fn with_buffers<T: Element>(&self, work: impl FnOnce(&mut [T], &mut [T])) {
        let (matrix, side) = (self.terms() * self.width(), self.outputs * self.width());
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
    fn images(&self, block: &Range<usize>, mut visit: impl FnMut(usize, Range<usize>, usize)) {
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
        let size = self.sliding.outputs();
        for (output, side) in side.chunks_exact_mut(block.len()).enumerate() {
            self.images(block, |image, part, at| {
                let plane = (image * self.groups + group) * self.outputs + output;
                side[at..][..part.len()].copy_from_slice(&y[plane * size..][part]);
            });
        }
    }

    /// Writes such a matrix where it belongs.
    fn scatter<T: Element>(&self, side: &[T], group: usize, block: &Range<usize>, y: &mut [T]) {
        let size = self.sliding.outputs();
        for (output, side) in side.chunks_exact(block.len()).enumerate() {
            self.images(block, |image, part, at| {
                let plane = (image * self.groups + group) * self.outputs + output;
                let length = part.len();
                y[plane * size..][part].copy_from_slice(&side[at..][..length]);
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

/// `y[n,o,p,q] = sum over c, i, j of w[o,c,i,j] x[n,c,p+i,q+j]`
pub(super) fn convolve<T: Element>(own: &Convolution, x: View<'_, T>, w: &[T], out: &mut [T]) {
    own.with_buffers(|matrix, side| {
        for group in 0..own.groups {
            for block in blocks(own.columns(), own.width()) {
                let met = &mut matrix[..own.terms() * block.len()];
                let channels = own.channels(group, &(0..own.inputs));
                own.sliding.unroll(&x, channels, block.clone(), met);
                let side = &mut side[..own.outputs * block.len()];
                matmul(own.kernels(group, w), rows(met, own.terms()), false, side);
                own.scatter(side, group, &block, out);
            }
        }
    });
}

/// `x[n,c,p+i,q+j] = sum over o, i, j of w[o,c,i,j] y[n,o,p,q]`
pub(super) fn convolve_back<T: Element>(own: &Convolution, y: &[T], w: &[T], out: &mut [T]) {
    out.fill(T::default());
    let depth = own.groups * own.inputs;
    own.with_buffers(|matrix, side| {
        for group in 0..own.groups {
            let kernels = transposed(own.kernels(group, w));
            for block in blocks(own.columns(), own.width()) {
                let side = &mut side[..own.outputs * block.len()];
                own.gather(y, group, &block, side);
                let met = &mut matrix[..own.terms() * block.len()];
                matmul(kernels, rows(side, own.outputs), false, met);
                let channels = own.channels(group, &(0..own.inputs));
                own.sliding.roll_back(met, channels, block, depth, out);
            }
        }
    });
}

/// `w[o,c,i,j] = sum over n, p, q of y[n,o,p,q] x[n,c,p+i,q+j]`
pub(super) fn correlate<T: Element>(own: &Convolution, y: &[T], x: View<'_, T>, out: &mut [T]) {
    let size = own.outputs * own.terms();
    own.with_buffers(|matrix, side| {
        for (group, out) in out.chunks_exact_mut(size).enumerate() {
            for block in blocks(own.columns(), own.width()) {
                let side = &mut side[..own.outputs * block.len()];
                own.gather(y, group, &block, side);
                let met = &mut matrix[..own.terms() * block.len()];
                let channels = own.channels(group, &(0..own.inputs));
                own.sliding.unroll(&x, channels, block.clone(), met);
                let met = transposed(rows(met, own.terms()));
                matmul(rows(side, own.outputs), met, block.start > 0, out);
            }
        }
    });
}
