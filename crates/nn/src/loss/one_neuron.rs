use super::alike;
use tape::{Element, Tensor, Var};

/// The squared error without a factor, `sum (a - t)^2`, as for a chain of single neurons.
///
/// Shapes: alike. The output error is `2 (a - t) f'(z)`.
///
/// Source: 3Blue1Brown, *Backpropagation calculus*; micrograd's examples.
///
/// ```
/// # use nn::loss;
/// let tape = tape::Tape::new();
/// let a = tape.constant([0.75]);
/// assert_eq!(loss::one_neuron(a, tape.constant([0.25])).value(), 0.25);
/// ```
///
/// # Panics
/// If the shapes differ.
#[must_use]
#[track_caller]
pub fn one_neuron<T: Element>(prediction: Tensor<T>, target: impl Into<Tensor<T>>) -> Var {
    let target = target.into();
    alike("one_neuron", prediction, target);
    (prediction - target).square().sum()
}
