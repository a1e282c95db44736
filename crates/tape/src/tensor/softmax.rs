//! Softmax and log-sum-exp over axes.

use super::{Over, Tensor, operations, record_structural};
use crate::element::Element;
use crate::structural::{LogSoftmax, LogSumExp, Softmax};
use crate::var::Var;
use smallvec::smallvec;

impl<T: Element> Tensor<T> {
    operations! {
        /// `ln Σ e^x` over axes by subtracting the largest: no exponential overflows, and a small
        /// rest is kept. Of nothing, or of all -inf, it is -inf with gradient 0.
        ///
        /// Derivative: the [`softmax`](Tensor::softmax).
        ///
        /// # Panics
        /// If an axis is out of range or named twice.
        logsumexp_over try_logsumexp_over(self, over: impl Into<Over>) -> Tensor<T> {
            let (axes, keep) = self.told("logsumexp_over", over.into().of(&self.shape()))?;
            record_structural(LogSumExp { axes, keep }, &[self])
        }

        /// `e^x / Σ e^x` along an axis: positive, and 1 in all.
        ///
        /// Infinite logits give the limit: `[inf, 0]` is `[1, 0]`, and -inf is a probability of 0.
        /// All -inf gives NaN, as in PyTorch: there is no distribution.
        ///
        /// Term: `p (g - Σ p g)`.
        ///
        /// # Panics
        /// If the axis is out of range.
        ///
        /// ```
        /// let tape = tape::Tape::new();
        /// let x = tape.tensor("x", [1000.0, 1000.0]);
        /// assert_eq!(x.softmax(0).to_vec(), [0.5, 0.5]);
        /// ```
        softmax try_softmax(self, axis: i64) -> Tensor<T> {
            let axis = self.told("softmax", self.shape().axis(axis))?;
            record_structural(Softmax { axes: smallvec![axis], masked: false, causal: false }, &[self])
        }

        /// `ln softmax` along an axis, `x - ln Σ e^x`: finite where the softmax itself is 0 or 1.
        ///
        /// Term: `g - softmax(x) Σ g`.
        ///
        /// # Panics
        /// If the axis is out of range.
        log_softmax try_log_softmax(self, axis: i64) -> Tensor<T> {
            let axis = self.told("log_softmax", self.shape().axis(axis))?;
            record_structural(LogSoftmax { axes: smallvec![axis] }, &[self])
        }
    }

    /// `ln Σ e^x` over all elements. See [`logsumexp_over`](Tensor::logsumexp_over).
    #[must_use]
    #[track_caller]
    pub fn logsumexp(self) -> Var {
        if self.is_number() {
            return self.var();
        }
        self.logsumexp_over(Over::all()).var()
    }
}
