use super::{pairs, total};
use tape::Real;

/// The quadratic cost, `1/(2n) sum (a - y)^2` with `n` examples.
///
/// `outputs` and `targets`: `n` rows of equal lengths. The output error of an example is
/// `(a - y) f'(z) / n`. Mean squared error elsewhere often divides by the number of outputs as
/// well, and has no 1/2.
///
/// Source: Nielsen, *Neural Networks and Deep Learning*, chapter 1.
///
/// ```
/// use nn::scalar::loss;
///
/// assert_eq!(loss::quadratic(&[[1.0], [3.0]], &[[0.0], [0.0]]), 2.5); // (1 + 9) / 4
/// ```
///
/// # Panics
/// If the rows do not match.
#[must_use]
#[track_caller]
pub fn quadratic<R: Real, O: AsRef<[R]>, T: AsRef<[f64]>>(outputs: &[O], targets: &[T]) -> R {
    let mut terms = Vec::new();
    for (a, y) in pairs("quadratic", outputs, targets) {
        terms.push((a - y).square());
    }
    total(&terms) / (2.0 * outputs.len() as f64)
}
