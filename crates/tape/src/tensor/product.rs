//! Products of vectors and matrices.

use super::{Tensor, done, known, misfit, operations, record_structural};
use crate::element::Element;
use crate::error::ErrorKind;
use crate::op::rule;
use crate::shape::{Axes, List, Shape};
use crate::structural::{Dot, MatMul};
use crate::var::Var;

impl<T: Element> Tensor<T> {
    operations! {
        /// The matrix product of the last two axes; the axes before them are broadcast.
        ///
        /// A vector on the left is a row, on the right a column, and its axis is gone from the
        /// result, as in NumPy. Transposed operands are not copied, and a stack of matrices times
        /// one matrix is one large product.
        ///
        /// Shapes: `[.., m, k]` and `[.., k, n]` give `[.., m, n]`; `[k]` and `[k]` give a number.
        /// Terms: `g . B^T` and `A^T . g`, summed where an operand was repeated. They are products
        /// of matrices like the value: where an adjoint is 0 and an operand infinite, the sum is
        /// NaN, while elementwise operations let an exact zero win.
        ///
        /// ```
        /// let tape = tape::Tape::new();
        /// let a = tape.tensor("A", [[1.0, 2.0], [3.0, 4.0]]);
        /// let x = tape.tensor("x", [5.0, 6.0]);
        /// let y = a.matmul(x);
        /// assert_eq!(y.to_vec(), [17.0, 39.0]);
        /// let g = y.sum().backward();
        /// assert_eq!(g[a], [5.0, 6.0, 5.0, 6.0]);
        /// assert_eq!(g[x], [4.0, 6.0]);
        /// ```
        ///
        /// # Panics
        /// If the inner lengths differ, the batches do not go together, or an operand is a number.
        matmul try_matmul(self, other: impl Into<Tensor<T>>) -> Tensor<T> {
            let other = other.into();
            let operands = [self, other];
            known("matmul", &operands)?;
            let (a, b) = (self.shape(), other.shape());
            let (row, column) = (a.rank() == 1, b.rank() == 1);
            if a.rank() == 0 || b.rank() == 0 {
                let why = "a number has no axes to multiply along; `*` scales an array";
                return misfit("matmul", &operands, ErrorKind::Shape, why);
            }
            if row && column {
                return record_structural(Dot, &operands);
            }
            if !row && !column {
                return record_structural(MatMul::plain(), &operands);
            }
            let inner = if row { b[b.rank() - 2] } else { a[a.rank() - 1] };
            let vector = if row { a[0] } else { b[0] };
            if inner != vector {
                let why = format!("a vector of {vector} along an axis of {inner}");
                return misfit("matmul", &operands, ErrorKind::Shape, why);
            }
            let operands = match row {
                true => [self.reshape_to(Shape::trusted([1, vector])), other],
                false => [self, other.reshape_to(Shape::trusted([vector, 1]))],
            };
            let product = record_structural(MatMul::plain(), &operands)?;
            let mut lengths = product.shape().to_vec();
            lengths.remove(lengths.len() - if row { 2 } else { 1 });
            Ok(product.reshape_to(Shape::trusted(lengths)))
        }

        /// The dot product of two vectors: a number, summed pairwise and in double precision.
        ///
        /// Shapes: `[n]` and `[n]` give `[]`. Terms: `g y` and `g x`.
        ///
        /// # Panics
        /// If the operands are not vectors of the same length.
        dot try_dot(self, other: impl Into<Tensor<T>>) -> Var {
            Ok(record_structural(Dot, &[self, other.into()])?.var())
        }

        /// All products of an element of one vector with an element of another.
        ///
        /// Shapes: `[m]` and `[n]` give `[m, n]`, element `(i, j)` being `x_i y_j`.
        ///
        /// # Panics
        /// If the operands are not vectors.
        outer try_outer(self, other: impl Into<Tensor<T>>) -> Tensor<T> {
            let other = other.into();
            known("outer", &[self, other])?;
            let (x, y) = (self.shape(), other.shape());
            if x.rank() != 1 || y.rank() != 1 {
                let why = "two vectors are multiplied; `reshape(&[-1])` makes a vector of any array";
                return misfit("outer", &[self, other], ErrorKind::Shape, why);
            }
            let column = self.reshape_to(Shape::trusted([x[0], 1]));
            let row = other.reshape_to(Shape::trusted([1, y[0]]));
            column.try_binary::<rule::Mul>(row)
        }

        /// The bilinear map `y_o = x1^T . W_o . x2`, as PyTorch's `bilinear`, for each index of the batch.
        ///
        /// Shapes: this `[.., i]`, weight `[o, i, j]`, other `[.., j]` give `[.., o]`.
        ///
        /// # Panics
        /// If the batches of the two vectors differ, or the weight does not fit them.
        bilinear try_bilinear(self, weight: impl Into<Tensor<T>>, other: impl Into<Tensor<T>>) -> Tensor<T> {
            let (weight, other) = (weight.into(), other.into());
            let operands = [self, weight, other];
            known("bilinear", &operands)?;
            let (x, w, y) = (self.shape(), weight.shape(), other.shape());
            let ([batch @ .., i], [other_batch @ .., j], [o, w_i, w_j]) = (&x[..], &y[..], &w[..]) else {
                let why = "vectors `[.., i]` and `[.., j]` with a weight `[o, i, j]` are multiplied";
                return misfit("bilinear", &operands, ErrorKind::Shape, why);
            };
            if batch != other_batch || (i, j) != (w_i, w_j) {
                let why = if batch == other_batch {
                    format!("the weight takes vectors of {w_i} and {w_j}, not of {i} and {j}")
                } else {
                    format!("the batches {} and {} differ", List(batch), List(other_batch))
                };
                return misfit("bilinear", &operands, ErrorKind::Shape, why);
            }
            let count = batch.iter().product();
            let rows = self.reshape_to(Shape::trusted([count, *i]));
            let columns = other.reshape_to(Shape::trusted([count, *j, 1]));
            // [o, count, j], then each row of it times its own column.
            let half = record_structural(MatMul::plain(), &[rows, weight])?;
            let all = record_structural(MatMul::plain(), &[half.permute(&[1, 0, 2]), columns])?;
            Ok(all.reshape_to(Shape::new(&[batch, &[*o]].concat())?))
        }
    }

    /// The matrix products, summed over the axes `summed` of the batch.
    #[track_caller]
    pub(crate) fn products(self, other: Tensor<T>, summed: Axes) -> Tensor<T> {
        done(record_structural(MatMul { summed }, &[self, other]))
    }
}
