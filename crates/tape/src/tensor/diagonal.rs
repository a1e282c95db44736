//! Diagonals and triangles of matrices.

use super::{Tensor, operations, record_structural};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::shape::{Axes, Shape};
use crate::structural::{Cut, Cuts, Pad, Slice, TriangularPart};

impl<T: Element> Tensor<T> {
    operations! {
        /// A diagonal of the last two axes: the main one with offset 0, those to its right with
        /// positive, those below it with negative offsets. No copy.
        ///
        /// Shapes: `[.., m, n]` gives `[.., k]`; where there is no such diagonal, `k = 0`.
        /// Term: the adjoint put back on the diagonal of zeros.
        ///
        /// # Panics
        /// If there are fewer than two axes.
        diagonal try_diagonal(self, offset: i64) -> Tensor<T> {
            let shape = self.shape();
            let (m, n) = self.told("diagonal", matrix(&shape))?;
            let distance = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
            let (below, right) = if offset < 0 { (distance, 0) } else { (0, distance) };
            let length = m.saturating_sub(below).min(n.saturating_sub(right));
            let batch = shape.rank() - 2;
            let mut cuts = super::slice::whole(&shape);
            let start = |start| if length == 0 { 0 } else { start };
            cuts[batch] = Cut { start: start(below), step: 1, axis: batch };
            cuts[batch + 1] = Cut { start: start(right), step: 1, axis: batch };
            let lengths = shape[..batch].iter().copied().chain([length]);
            let shape = Shape::trusted(lengths);
            record_structural(Slice { cuts, shape }, &[self])
        }

        /// The last axis as the main diagonal of matrices, zeros elsewhere.
        ///
        /// Shapes: `[.., n]` gives `[.., n, n]`. Term: the diagonal of the adjoint.
        ///
        /// # Panics
        /// If this is a number.
        diag try_diag(self) -> Tensor<T> {
            let shape = self.shape();
            let last = self.told("diag", shape.axis(-1))?;
            let mut cuts: Cuts = super::slice::whole(&shape);
            cuts.push(Cut { start: 0, step: 1, axis: last });
            let lengths: Axes = shape.iter().copied().chain([shape[last]]).collect();
            let shape = self.told("diag", Shape::new(&lengths))?;
            record_structural(Pad { cuts, shape, fill: 0.0 }, &[self])
        }

        /// The sum of the main diagonal of the last two axes.
        ///
        /// Shapes: `[.., m, n]` gives `[..]`. Term: the adjoint on the diagonal, zeros elsewhere.
        ///
        /// # Panics
        /// If there are fewer than two axes.
        trace try_trace(self) -> Tensor<T> {
            self.told("trace", matrix(&self.shape()))?;
            self.try_diagonal(0)?.try_sum_over(-1)
        }

        /// The elements of the last two axes on and below a diagonal, zeros above it. `diagonal`
        /// counts from the main one, 0, to the right. As NumPy's `tril`: what is left out is 0,
        /// also where it was NaN.
        ///
        /// Term: the same of the adjoint.
        ///
        /// # Panics
        /// If there are fewer than two axes.
        tril try_tril(self, diagonal: i64) -> Tensor<T> {
            self.told("tril", matrix(&self.shape()))?;
            record_structural(TriangularPart { lower: true, diagonal }, &[self])
        }

        /// The elements of the last two axes on and above a diagonal, zeros below it. `diagonal`
        /// counts from the main one, 0, to the right. As NumPy's `triu`.
        ///
        /// Term: the same of the adjoint.
        ///
        /// # Panics
        /// If there are fewer than two axes.
        triu try_triu(self, diagonal: i64) -> Tensor<T> {
            self.told("triu", matrix(&self.shape()))?;
            record_structural(TriangularPart { lower: false, diagonal }, &[self])
        }
    }
}

/// The lengths of the last two axes.
fn matrix(shape: &Shape) -> Result<(usize, usize), Error> {
    match **shape {
        [.., m, n] => Ok((m, n)),
        _ => Err(Error::new(
            ErrorKind::Shape,
            format!("shape {shape} is no matrix: two axes are needed"),
        )),
    }
}
