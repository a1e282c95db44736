//! A layer's affine map.

use super::{Tensor, operations};
use crate::element::Element;
use crate::shape::Shape;

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
            let (shape, of_weight) = (self.shape(), weight.shape());
            let fits = match (shape.split_last(), &of_weight[..]) {
                (Some((&last, rows)), &[out, inputs]) if last == inputs => Ok((rows, out)),
                _ => Err(super::mismatch(format!(
                    "an input of shape {shape} for weights of shape {of_weight}; [.., in] goes with [out, in]"
                ))),
            };
            let (rows, out) = self.told("linear", fits)?;
            if let Some(bias) = bias {
                self.told("linear", bias.expect_shape("bias", &[out]))?;
            }
            let count = rows.iter().product();
            let matrix = self.reshape_to(Shape::trusted([count, of_weight[1]]));
            let product = matrix.try_matmul(weight.t())?;
            let lengths = rows.iter().copied().chain([out]);
            let product = product.reshape_to(Shape::trusted(lengths));
            Ok(bias.map_or(product, |bias| product + bias))
        }
    }
}
