use super::{pairs, total};
use tape::Real;

/// The squared error without a factor, `sum (a - y)^2`, as for a chain of single neurons.
///
/// `outputs` and `targets`: rows of equal lengths. The output error is `2 (a - y) f'(z)`.
///
/// Source: 3Blue1Brown, *Backpropagation calculus*; micrograd's examples.
///
/// ```
/// use nn::scalar::loss;
///
/// assert_eq!(loss::one_neuron(&[[0.75]], &[[0.25]]), 0.25);
/// ```
///
/// # Panics
/// If the rows do not match.
#[must_use]
#[track_caller]
pub fn one_neuron<R: Real, O: AsRef<[R]>, T: AsRef<[f64]>>(outputs: &[O], targets: &[T]) -> R {
    let mut terms = Vec::new();
    for (a, y) in pairs("one_neuron", outputs, targets) {
        terms.push((a - y).square());
    }
    total(&terms)
}
