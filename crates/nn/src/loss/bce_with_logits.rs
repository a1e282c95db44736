use super::{Reduction, alike};
use tape::{Array, Element, Tensor, Var};

/// Binary cross-entropy of logits, the mean over all elements of
/// `t softplus(-x) + (1 - t) softplus(x)`; NaN of none.
///
/// Shapes: alike. Derivative: `(sigmoid(x) - t) / elements`. Value and derivative have their digits
/// at logits of ±1000. [`BceWithLogits`] weighs the positive examples.
///
/// Source: the definition of PyTorch's `BCEWithLogitsLoss`.
///
/// ```
/// # use nn::loss;
/// let tape = tape::Tape::new();
/// let x = tape.tensor("x", [-1000.0, 1000.0]);
/// let loss = loss::bce_with_logits(x, tape.constant([1.0, 1.0]));
/// assert_eq!(loss.value(), 500.0);
/// assert_eq!(loss.backward()[x], [-0.5, 0.0]);
/// ```
///
/// # Panics
/// If the shapes differ.
#[must_use]
#[track_caller]
pub fn bce_with_logits<T: Element>(logits: Tensor<T>, target: impl Into<Tensor<T>>) -> Var {
    bce_with_logits_each(logits, target).mean()
}

/// The binary cross-entropy of each logit. See [`bce_with_logits`].
///
/// # Panics
/// If the shapes differ.
#[must_use]
#[track_caller]
pub fn bce_with_logits_each<T: Element>(
    logits: Tensor<T>,
    target: impl Into<Tensor<T>>,
) -> Tensor<T> {
    let target = target.into();
    alike("bce_with_logits", logits, target);
    logits.bce_with_logits_each(target)
}

/// Binary cross-entropy of logits with options: `w t softplus(-x) + (1 - t) softplus(x)`.
///
/// The weight `w` of positive examples is for data in which they are rare: with one positive example
/// in ten, a weight of 9 makes both kinds count alike. The mean still divides by the number of
/// elements.
///
/// Source: PyTorch's `BCEWithLogitsLoss` and its `pos_weight`.
///
/// ```
/// use nn::loss::BceWithLogits;
///
/// let tape = tape::Tape::new();
/// let (x, t) = (tape.constant([[0.0, 0.0]]), tape.constant([[1.0, 0.0]]));
/// let loss = BceWithLogits::new().positive_weight(9.0).of(x, t);
/// assert_eq!(loss.value(), 5.0 * 2f64.ln());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BceWithLogits {
    positive: Option<Array>,
    reduction: Reduction,
}

impl BceWithLogits {
    /// Without weights, and the mean.
    #[must_use]
    pub fn new() -> BceWithLogits {
        BceWithLogits::default()
    }

    /// The weight of positive examples: a number, or one for each label along the last axis.
    #[must_use]
    pub fn positive_weight(self, weight: impl Into<Array>) -> BceWithLogits {
        BceWithLogits {
            positive: Some(weight.into()),
            ..self
        }
    }

    /// The mean or the sum.
    #[must_use]
    pub fn reduction(self, reduction: Reduction) -> BceWithLogits {
        BceWithLogits { reduction, ..self }
    }

    /// The loss.
    ///
    /// # Panics
    /// If the shapes differ, or there is not a weight for each label.
    #[must_use]
    #[track_caller]
    pub fn of<T: Element>(&self, logits: Tensor<T>, target: impl Into<Tensor<T>>) -> Var {
        self.reduction.of(self.each(logits, target))
    }

    /// The loss of each element.
    ///
    /// # Panics
    /// As [`of`](BceWithLogits::of).
    #[must_use]
    #[track_caller]
    pub fn each<T: Element>(&self, logits: Tensor<T>, target: impl Into<Tensor<T>>) -> Tensor<T> {
        let target = target.into();
        let Some(positive) = &self.positive else {
            return bce_with_logits_each(logits, target);
        };
        alike("bce_with_logits", logits, target);
        let last = logits.shape().last().copied();
        assert!(
            positive.rank() == 0 || positive.rank() == 1 && Some(positive.len()) == last,
            "bce_with_logits: weights of shape {} for logits of shape {}; give a number, or a \
             weight for each position along the last axis",
            positive.shape(),
            logits.shape()
        );
        let weight = match positive.rank() {
            0 => Tensor::from(positive.item()),
            _ => logits.constant(positive.cast()),
        };
        let hit = (target * weight).chain_mul((-logits).softplus());
        hit + (1.0 - target).chain_mul(logits.softplus())
    }
}
