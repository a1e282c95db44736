use super::alike;
use tape::{Element, Tensor, Var};

/// Binary cross-entropy of probabilities, the mean over all elements of
/// `-t ln p - (1 - t) ln(1 - p)`; NaN of none.
///
/// Shapes: alike; `p` and `t` from 0 to 1. Behind a sigmoid the output error is
/// `(p - t) / elements`.
///
/// It is the lectures' formula, and nothing is clipped (PyTorch stops at 100): certain and right
/// (`t = 0`, `p = 0`) costs 0, certain and wrong (`t = 1`, `p = 0`) costs infinity, and what is no
/// probability is NaN. Behind a sigmoid `1 - p` has lost its digits where `p` is close to 1, and is
/// 0 from a logit of 37 on; train with [`bce_with_logits`](super::bce_with_logits()).
///
/// Source: Nielsen, *Neural Networks and Deep Learning*, chapter 3; PyTorch's `BCELoss` where that
/// does not clip.
///
/// ```
/// # use nn::loss;
/// let tape = tape::Tape::new();
/// let bce = |p: f64, t: f64| loss::bce(tape.constant([p]), tape.constant([t])).value();
/// assert_eq!(bce(0.5, 1.0), 2f64.ln());
/// assert_eq!(bce(0.0, 0.0), 0.0);
/// assert_eq!(bce(0.0, 1.0), f64::INFINITY);
/// ```
///
/// # Panics
/// If the shapes differ.
#[must_use]
#[track_caller]
pub fn bce<T: Element>(prediction: Tensor<T>, target: impl Into<Tensor<T>>) -> Var {
    bce_each(prediction, target).mean()
}

/// The binary cross-entropy of each probability. See [`bce`].
///
/// # Panics
/// If the shapes differ.
#[must_use]
#[track_caller]
pub fn bce_each<T: Element>(prediction: Tensor<T>, target: impl Into<Tensor<T>>) -> Tensor<T> {
    term("bce", prediction, target.into())
}

/// The formula, for whoever asks under its name.
#[track_caller]
pub(super) fn term<T: Element>(loss: &str, p: Tensor<T>, t: Tensor<T>) -> Tensor<T> {
    alike(loss, p, t);
    -(t.xlogy(p) + (1.0 - t).xlogy(1.0 - p))
}
