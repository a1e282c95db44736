//! Cross-entropies from logits. From probabilities they lose their digits in the tails.

use super::{Tensor, known, operations, record_structural};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::op::Lift;
use crate::structural::CrossEntropy;
use crate::var::Var;

impl<T: Element> Tensor<T> {
    operations! {
        /// The mean cross-entropy of logits with the right classes, `mean of ln Σ e^x - x[class]`;
        /// NaN of no rows. What PyTorch's `cross_entropy` is.
        ///
        /// Shapes: logits `[.., classes]`, one class for each row in row-major order.
        /// Derivative: `(softmax(x) - one at the class) / rows`. It is finite, and has its digits,
        /// at logits of ±1000.
        ///
        /// # Panics
        /// If there are not as many classes as rows, or a class is out of range.
        ///
        /// ```
        /// let tape = tape::Tape::new();
        /// let logits = tape.tensor("logits", [[0.1f64, 0.6, 0.3].map(f64::ln)]);
        /// let loss = logits.cross_entropy(&[1]);
        /// assert!((loss.value() - 0.5108256237659907).abs() < 1e-15);
        /// for (slope, expected) in loss.backward()[logits].iter().zip([0.1, -0.4, 0.3]) {
        ///     assert!((slope - expected).abs() < 1e-15);
        /// }
        /// ```
        cross_entropy try_cross_entropy(self, classes: &[usize]) -> Var {
            Ok(self.try_cross_entropy_each(classes)?.mean())
        }

        /// The cross-entropy of each row of logits with its class. See
        /// [`cross_entropy`](Tensor::cross_entropy).
        ///
        /// Shapes: logits `[.., classes]` give `[..]`.
        ///
        /// # Panics
        /// If there are not as many classes as rows, or a class is out of range.
        cross_entropy_each try_cross_entropy_each(self, classes: &[usize]) -> Tensor<T> {
            record_structural(CrossEntropy { classes: classes.into() }, &[self])
        }

        /// The mean cross-entropy of logits with distributions, `mean of -Σ t ln softmax(x)`: for
        /// soft or smoothed labels. A target of 0 contributes 0.
        ///
        /// Shapes: logits and targets `[.., classes]`.
        /// Derivative by the logits, for targets that sum to 1: `(softmax(x) - t) / rows`.
        ///
        /// # Panics
        /// If the shapes differ.
        cross_entropy_with try_cross_entropy_with(self, targets: impl Into<Tensor<T>>) -> Var {
            Ok(self.try_cross_entropy_with_each(targets)?.mean())
        }

        /// The cross-entropy of each row of logits with its distribution. See
        /// [`cross_entropy_with`](Tensor::cross_entropy_with).
        ///
        /// # Panics
        /// If the shapes differ.
        cross_entropy_with_each try_cross_entropy_with_each(self, targets: impl Into<Tensor<T>>) -> Tensor<T> {
            let targets = targets.into();
            self.told("cross_entropy_with", self.same_shape(targets, "targets"))?;
            let logs = self.try_log_softmax(-1)?;
            Ok(-targets.chain(logs).try_sum_over(-1)?)
        }

        /// The mean binary cross-entropy of logits, `mean of t softplus(-x) + (1 - t) softplus(x)`;
        /// NaN of nothing. What PyTorch's `binary_cross_entropy_with_logits` is.
        ///
        /// Derivative by the logits: `(sigmoid(x) - t) / n`, with its digits in the tails.
        ///
        /// # Panics
        /// If the shapes differ.
        bce_with_logits try_bce_with_logits(self, targets: impl Into<Tensor<T>>) -> Var {
            Ok(self.try_bce_with_logits_each(targets)?.mean())
        }

        /// The binary cross-entropy of each logit with its target. See
        /// [`bce_with_logits`](Tensor::bce_with_logits).
        ///
        /// # Panics
        /// If the shapes differ.
        bce_with_logits_each try_bce_with_logits_each(self, targets: impl Into<Tensor<T>>) -> Tensor<T> {
            let targets = targets.into();
            self.told("bce_with_logits", self.same_shape(targets, "targets"))?;
            Ok(targets.chain((-self).softplus()) + (1.0 - targets).chain(self.softplus()))
        }
    }

    /// A loss refuses what broadcasting would stretch: `[5,1]` against `[5]` is a mistake.
    #[track_caller]
    fn same_shape(self, other: Tensor<T>, name: &str) -> Result<(), Error> {
        known(name, &[self, other])?;
        let (own, shape) = (self.shape(), other.shape());
        match own == shape {
            true => Ok(()),
            false => Err(Error::new(
                ErrorKind::Shape,
                format!("{name} of shape {shape} for logits of shape {own}; they must be alike"),
            )),
        }
    }
}
