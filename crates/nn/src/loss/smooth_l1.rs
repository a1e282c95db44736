use super::{alike, huber_each, mae_each};
use tape::{Element, Tensor, Var};

/// The smooth absolute error, the mean over all elements of `d^2 / (2 beta)` for `abs(d) <= beta`
/// and `abs(d) - beta/2` beyond, with `d = a - t`.
///
/// Shapes: alike. It is [`huber`](super::huber()) over `beta`: where Huber's loss keeps the curvature
/// at 0 and changes the slope far away, this keeps the slope. With a `beta` of 0 it is
/// [`mae`](super::mae()).
///
/// Source: Girshick, *Fast R-CNN*, 2015; the definition of PyTorch's `SmoothL1Loss`.
///
/// ```
/// # use nn::loss;
/// let tape = tape::Tape::new();
/// let a = tape.tensor("a", [0.5, 3.0]);
/// let loss = loss::smooth_l1(a, a.zeros_like(), 2.0);
/// assert_eq!(loss.value(), (0.0625 + 2.0) / 2.0);
/// assert_eq!(loss.backward()[a], [0.125, 0.5]);
/// ```
///
/// # Panics
/// If the shapes differ, or `beta` is below 0.
#[must_use]
#[track_caller]
pub fn smooth_l1<T: Element>(
    prediction: Tensor<T>,
    target: impl Into<Tensor<T>>,
    beta: f64,
) -> Var {
    smooth_l1_each(prediction, target, beta).mean()
}

/// The smooth absolute error of each element. See [`smooth_l1`].
///
/// # Panics
/// If the shapes differ, or `beta` is below 0.
#[must_use]
#[track_caller]
pub fn smooth_l1_each<T: Element>(
    prediction: Tensor<T>,
    target: impl Into<Tensor<T>>,
    beta: f64,
) -> Tensor<T> {
    let target = target.into();
    alike("smooth_l1", prediction, target);
    assert!(
        beta >= 0.0,
        "smooth_l1: beta is {beta}, but must not be below 0"
    );
    if beta == 0.0 {
        return mae_each(prediction, target);
    }
    huber_each(prediction, target, beta) / beta
}
