use super::{cross_entropy_from_probabilities, rows};
use tape::Real;

/// The Kullback-Leibler divergence of the outputs from the targets, `D(y, p) = sum y ln(y/p)`.
///
/// `outputs` (`p`, behind a softmax) and `targets` (`y`, a distribution per row): rows of equal
/// lengths. It is the cross-entropy less the entropy of the targets, `-sum y ln p + sum y ln y`, and
/// is computed so; its gradient is that of [`cross_entropy_from_probabilities`], since the entropy of
/// the targets is a constant, and loses the same tails behind a softmax. It is 0 where the two are
/// equal, and infinite where the targets allow what the outputs exclude.
///
/// Source: Kullback, Leibler 1951.
///
/// ```
/// use nn::scalar::loss;
///
/// let (p, q) = ([[0.2, 0.5, 0.3]], [[0.1, 0.6, 0.3]]);
/// let d: f64 = loss::kl_divergence(&q, &p);
/// assert_eq!(format!("{d:.10}"), "0.0474686577"); // 1.0771216718 - 1.0296530141
/// ```
///
/// # Panics
/// If the rows do not match.
#[must_use]
#[track_caller]
pub fn kl_divergence<R: Real, O: AsRef<[R]>, T: AsRef<[f64]>>(outputs: &[O], targets: &[T]) -> R {
    let mut entropy = 0.0;
    for (_, y) in rows::<R, _, _>("kl_divergence", outputs, targets) {
        for &y in y {
            entropy -= y.xlogy(y);
        }
    }
    cross_entropy_from_probabilities(outputs, targets) - entropy
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scalar::loss;
    use tape::{Var, gradient};

    #[test]
    fn its_gradient_is_that_of_the_cross_entropy() {
        let (p, q) = ([0.2, 0.5, 0.3], [0.1, 0.6, 0.3]);
        let divergence = gradient(|q: &[Var]| kl_divergence(&[q], &[p]), &q);
        assert_eq!(
            divergence,
            gradient(
                |q: &[Var]| loss::cross_entropy_from_probabilities(&[q], &[p]),
                &q
            )
        );
        assert_eq!(kl_divergence(&[p], &[p]), 0.0);
        assert_eq!(kl_divergence(&[[1.0, 0.0]], &[[0.5, 0.5]]), f64::INFINITY);
        assert_eq!(kl_divergence(&[[1.0, 0.0]], &[[1.0, 0.0]]), 0.0);
    }
}
