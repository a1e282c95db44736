use super::alike;
use tape::{Element, Tensor, Var};

/// The mean squared error, `mean of (a - t)^2` over all elements; NaN of none.
///
/// Shapes: alike. Derivative: `2 (a - t) / elements`. Other books divide by the number of examples
/// and by 2: see [`quadratic`](super::quadratic()).
///
/// Source: the definition of PyTorch's `MSELoss`.
///
/// ```
/// # use nn::loss;
/// let tape = tape::Tape::new();
/// let a = tape.tensor("a", [[1.0, 2.0], [3.0, 4.0]]);
/// let loss = loss::mse(a, tape.constant([[1.0, 0.0], [3.0, 0.0]]));
/// assert_eq!(loss.value(), 5.0);
/// assert_eq!(loss.backward()[a], [0.0, 1.0, 0.0, 2.0]);
/// ```
///
/// # Panics
/// If the shapes differ.
#[must_use]
#[track_caller]
pub fn mse<T: Element>(prediction: Tensor<T>, target: impl Into<Tensor<T>>) -> Var {
    mse_each(prediction, target).mean()
}

/// The squared error of each element. See [`mse`].
///
/// # Panics
/// If the shapes differ.
#[must_use]
#[track_caller]
pub fn mse_each<T: Element>(prediction: Tensor<T>, target: impl Into<Tensor<T>>) -> Tensor<T> {
    let target = target.into();
    alike("mse", prediction, target);
    (prediction - target).square()
}
