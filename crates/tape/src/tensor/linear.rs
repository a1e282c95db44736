//! A layer's affine map.

use super::{Tensor, operations, record_structural};
use crate::element::Element;
use crate::structural::Linear;

impl<T: Element> Tensor<T> {
    operations! {
        /// `x W^T + b`: a linear layer, with the weights as PyTorch keeps them, a row for each
        /// output.
        ///
        /// Shapes: `[.., in]`, `W [out, in]` and `b [out]` give `[.., out]`.
        /// Terms: `g . W` for `x`, `g^T . x` for `W`, the sum over rows of `g` for `b`.
        ///
        /// # Panics
        /// If the shapes do not fit.
        ///
        /// ```
        /// let tape = tape::Tape::new();
        /// let w = tape.tensor("W", [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
        /// let b = tape.tensor("b", [0.5, 0.0, 0.0]);
        /// let x = tape.constant([[1.0, -1.0]]);
        /// let y = x.linear(w, Some(b));
        /// assert_eq!((y.shape().to_vec(), y.to_vec()), (vec![1, 3], vec![-0.5, -1.0, -1.0]));
        /// ```
        linear try_linear(self, weight: Tensor<T>, bias: Option<Tensor<T>>) -> Tensor<T> {
            match bias {
                Some(bias) => record_structural(Linear, &[self, weight, bias]),
                None => record_structural(Linear, &[self, weight]),
            }
        }
    }
}
