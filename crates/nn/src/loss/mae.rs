use super::alike;
use tape::{Element, Tensor, Var};

/// The mean absolute error, `mean of abs(a - t)` over all elements; NaN of none.
///
/// Shapes: alike. Derivative: `sign(a - t) / elements`, 0 where they are equal.
///
/// Source: the definition of PyTorch's `L1Loss`.
///
/// ```
/// # use nn::loss;
/// let tape = tape::Tape::new();
/// let a = tape.tensor("a", [1.0, 2.0, 5.0, 0.0]);
/// let loss = loss::mae(a, tape.constant([1.0, 4.0, 1.0, 2.0]));
/// assert_eq!(loss.value(), 2.0);
/// assert_eq!(loss.backward()[a], [0.0, -0.25, 0.25, -0.25]);
/// ```
///
/// # Panics
/// If the shapes differ.
#[must_use]
#[track_caller]
pub fn mae<T: Element>(prediction: Tensor<T>, target: impl Into<Tensor<T>>) -> Var {
    mae_each(prediction, target).mean()
}

/// The absolute error of each element. See [`mae`].
///
/// # Panics
/// If the shapes differ.
#[must_use]
#[track_caller]
pub fn mae_each<T: Element>(prediction: Tensor<T>, target: impl Into<Tensor<T>>) -> Tensor<T> {
    let target = target.into();
    alike("mae", prediction, target);
    (prediction - target).abs()
}
