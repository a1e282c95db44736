//! Matrix products.

use super::{Tensor, operations, record_structural};
use crate::element::Element;
use crate::structural::MatMul;

impl<T: Element> Tensor<T> {
    operations! {
        /// The matrix product of the last two axes; the axes before them are broadcast.
        ///
        /// A vector on the left is a row, on the right a column, and its axis is gone from the
        /// result, as in NumPy. Transposed operands are not copied.
        ///
        /// Shapes: `[.., m, k]` and `[.., k, n]` give `[.., m, n]`.
        /// Terms: `g . B^T` and `A^T . g`.
        ///
        /// # Panics
        /// If the inner lengths differ.
        matmul try_matmul(self, other: impl Into<Tensor<T>>) -> Tensor<T> {
            record_structural(MatMul, &[self, other.into()])
        }
    }
}
