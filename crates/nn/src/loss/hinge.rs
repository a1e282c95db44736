use super::alike;
use tape::{Element, Tensor, Var};

/// The hinge loss of a maximum-margin classifier, `mean of max(0, 1 - t a)` over all elements.
///
/// Shapes: alike; targets are +1 or -1. A score beyond the margin, `t a > 1`, costs nothing.
/// Derivative: `-t / elements` inside the margin, else 0, and 0 at the kink. For one class of many
/// see [`multi_hinge`](super::multi_hinge()).
///
/// Source: Cortes, Vapnik 1995; the mean as in micrograd's demo.
///
/// ```
/// # use nn::loss;
/// let tape = tape::Tape::new();
/// let a = tape.tensor("a", [0.5, 2.0]);
/// let loss = loss::hinge(a, tape.constant([1.0, -1.0]));
/// assert_eq!(loss.value(), 1.75); // (0.5 + 3) / 2
/// assert_eq!(loss.backward()[a], [-0.5, 0.5]);
/// ```
///
/// # Panics
/// If the shapes differ, or a target is neither +1 nor -1.
#[must_use]
#[track_caller]
pub fn hinge<T: Element>(prediction: Tensor<T>, target: impl Into<Tensor<T>>) -> Var {
    hinge_each(prediction, target).mean()
}

/// The hinge loss of each element. See [`hinge`].
///
/// # Panics
/// If the shapes differ, or a target is neither +1 nor -1.
#[must_use]
#[track_caller]
pub fn hinge_each<T: Element>(prediction: Tensor<T>, target: impl Into<Tensor<T>>) -> Tensor<T> {
    let target = target.into();
    alike("hinge", prediction, target);
    let is_sign = |t: &T| t.to_f64().abs() == 1.0;
    let other = target.with(|t| t.iter().position(|t| !is_sign(t)).map(|at| (at, t[at])));
    if let Some((at, t)) = other {
        panic!("hinge: target {at} is {t}, but must be +1 or -1 (classes 0 and 1 become 2 t - 1)");
    }
    (1.0 - target * prediction).relu()
}
