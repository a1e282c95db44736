use super::alike;
use tape::{Element, Tensor, Var};

/// Half the sum of squares, `1/2 sum (a - t)^2`, over all examples.
///
/// Shapes: alike. The output error is `(a - t) f'(z)`.
///
/// Source: Mazur, *A Step by Step Backpropagation Example*; Welch Labs, *Neural Networks
/// Demystified*.
///
/// ```
/// # use nn::loss;
/// let tape = tape::Tape::new();
/// let a = tape.constant([[1.0], [3.0]]);
/// assert_eq!(loss::sum_of_squares(a, a.zeros_like()).value(), 5.0); // (1 + 9) / 2
/// ```
///
/// # Panics
/// If the shapes differ.
#[must_use]
#[track_caller]
pub fn sum_of_squares<T: Element>(prediction: Tensor<T>, target: impl Into<Tensor<T>>) -> Var {
    let target = target.into();
    alike("sum_of_squares", prediction, target);
    (prediction - target).square().sum() / 2.0
}
