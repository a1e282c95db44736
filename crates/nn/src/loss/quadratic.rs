use super::{alike, examples};
use tape::{Element, Tensor, Var};

/// The quadratic cost, `1/(2n) sum (a - t)^2` with `n` examples along the first axis.
///
/// Shapes: both `[n, ..]`. The output error of an example is `(a - t) f'(z) / n`.
/// [`mse`](super::mse()) divides by the number of outputs as well, and has no 1/2.
///
/// Source: Nielsen, *Neural Networks and Deep Learning*, chapter 1.
///
/// ```
/// # use nn::loss;
/// let tape = tape::Tape::new();
/// let a = tape.tensor("a", [[1.0], [3.0]]);
/// let cost = loss::quadratic(a, tape.constant([[0.0], [0.0]]));
/// assert_eq!(cost.value(), 2.5); // (1 + 9) / 4
/// assert_eq!(cost.backward()[a], [0.5, 1.5]);
/// ```
///
/// # Panics
/// If the shapes differ.
#[must_use]
#[track_caller]
pub fn quadratic<T: Element>(prediction: Tensor<T>, target: impl Into<Tensor<T>>) -> Var {
    let target = target.into();
    alike("quadratic", prediction, target);
    (prediction - target).square().sum() / (2.0 * examples(prediction))
}
