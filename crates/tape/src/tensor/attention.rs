//! Attention.

use super::{Tensor, known, mismatch, operations, record_structural};
use crate::element::Element;
use crate::structural::Softmax;
use smallvec::smallvec;

/// Which keys a query of [`attention`](Tensor::attention) looks at.
#[derive(Clone, Copy, Debug, Default)]
pub enum Mask<T: Element = f64> {
    /// All of them.
    #[default]
    None,
    /// Query `i` at keys 0 to `i`, counted from the first of both.
    Causal,
    /// Where the mask is above 0. Its shape goes together with `[.., queries, keys]`.
    Keep(Tensor<T>),
    /// All, with numbers added to the scores: -inf hides a key.
    Add(Tensor<T>),
}

impl<T: Element> Tensor<T> {
    operations! {
        /// Scaled dot-product attention of these queries, `softmax(Q K^T / √d) V`. As PyTorch's
        /// `scaled_dot_product_attention`; Vaswani et al., 2017.
        ///
        /// Shapes: queries `[.., n, d]`, keys `[.., m, d]` and values `[.., m, v]` give
        /// `[.., n, v]`. A query that sees no key gets zeros.
        ///
        /// # Panics
        /// If the shapes do not fit.
        ///
        /// ```
        /// use tape::{Mask, Tape};
        /// let tape = Tape::new();
        /// let x = tape.tensor("x", [[1.0, 0.0], [0.0, 2.0]]);
        /// let y = x.attention(x, x, Mask::Causal);
        /// assert_eq!(y.to_vec()[..2], [1.0, 0.0]); // the first sees itself alone
        /// ```
        attention try_attention(
            self,
            keys: impl Into<Tensor<T>>,
            values: impl Into<Tensor<T>>,
            mask: Mask<T>,
        ) -> Tensor<T> {
            let (keys, values) = (keys.into(), values.into());
            known("attention", &[self, keys, values])?;
            let shapes = [self.shape(), keys.shape(), values.shape()];
            let fits = match shapes.each_ref().map(|shape| shape.as_matrix()) {
                [Some((_, d)), Some((m, of_keys)), Some((of_values, _))]
                    if d == of_keys && m == of_values => Ok(d),
                _ => {
                    let [q, k, v] = &shapes;
                    Err(mismatch(format!(
                        "queries {q}, keys {k} and values {v} do not fit: [.., n, d], [.., m, d] and [.., m, v] do"
                    )))
                }
            };
            let d = self.told("attention", fits)?;
            let scaled = self / (d as f64).sqrt();
            let scores = scaled.try_matmul(keys.t())?;
            let shape = scores.shape();
            if let Mask::Keep(mask) = mask {
                known("attention", &[mask])?;
            }
            let goes = |mask: Tensor<T>| match shape.broadcast(&mask.shape()) {
                Ok(common) if common == shape => Ok(()),
                _ => Err(mismatch(format!(
                    "a mask of shape {} for scores of shape {shape}", mask.shape()
                ))),
            };
            let scores = match mask {
                Mask::None | Mask::Causal => scores,
                Mask::Keep(mask) => {
                    self.told("attention", goes(mask))?;
                    mask.select(scores, f64::NEG_INFINITY)
                }
                Mask::Add(mask) => {
                    self.told("attention", goes(mask))?;
                    scores + mask
                }
            };
            let softmax = Softmax {
                axes: smallvec![shape.rank() - 1],
                masked: true,
                causal: matches!(mask, Mask::Causal),
            };
            record_structural(softmax, &[scores])?.try_matmul(values)
        }
    }
}

impl crate::shape::Shape {
    /// The lengths of the last two axes.
    fn as_matrix(&self) -> Option<(usize, usize)> {
        match self[..] {
            [.., rows, columns] => Some((rows, columns)),
            _ => None,
        }
    }
}
