use super::{pairs, total};
use tape::Real;

/// Half the sum of squares, `1/2 sum (a - y)^2`.
///
/// `outputs` and `targets`: rows of equal lengths. The output error is `(a - y) f'(z)`.
///
/// Source: Mazur, *A Step by Step Backpropagation Example*; Welch Labs, *Neural Networks
/// Demystified*.
///
/// ```
/// use nn::scalar::loss;
///
/// assert_eq!(loss::sum_of_squares(&[[1.0], [3.0]], &[[0.0], [0.0]]), 5.0); // (1 + 9) / 2
/// ```
///
/// # Panics
/// If the rows do not match.
#[must_use]
#[track_caller]
pub fn sum_of_squares<R: Real, O: AsRef<[R]>, T: AsRef<[f64]>>(outputs: &[O], targets: &[T]) -> R {
    let mut terms = Vec::new();
    for (a, y) in pairs("sum_of_squares", outputs, targets) {
        terms.push((a - y).square());
    }
    total(&terms) / 2.0
}
