use super::{pairs, rows, total};
use crate::scalar::activation::log_softmax;
use tape::Real;

/// The cross-entropy of a distribution over classes, `-sum y ln p`.
///
/// `outputs` (`p`, behind a softmax) and `targets` (`y`: 1 for the true class and 0 for the others,
/// or any distribution): rows of equal lengths. Behind a softmax the output error is `p - y`.
///
/// Nothing is clipped: `0 ln 0` is 0, and a true class with `p = 0` costs infinity. Where a softmax
/// comes before it, [`cross_entropy_from_logits`] is finite and keeps the digits.
///
/// Source: the definition; Stanford CS231n, *Linear classification*.
///
/// ```
/// use nn::scalar::loss;
///
/// let l: f64 = loss::cross_entropy(&[[0.7, 0.2, 0.1]], &[[1.0, 0.0, 0.0]]);
/// assert_eq!(format!("{l:.8}"), "0.35667494"); // -ln .7
/// assert_eq!(loss::cross_entropy(&[[0.0, 1.0]], &[[0.0, 1.0]]), 0.0);
/// ```
///
/// # Panics
/// If the rows do not match.
#[must_use]
#[track_caller]
pub fn cross_entropy<R: Real, O: AsRef<[R]>, T: AsRef<[f64]>>(outputs: &[O], targets: &[T]) -> R {
    let mut terms = Vec::new();
    for (p, y) in pairs("cross_entropy", outputs, targets) {
        terms.push(R::from(y).xlogy(p));
    }
    -total(&terms)
}

/// The cross-entropy of logits, `-sum y ln p` with `p = softmax(z)`.
///
/// `outputs` (`z`, of a layer without activation) and `targets` (a distribution per row): rows of
/// equal lengths. The output error is `p - y` (`s p - y` where the targets of a row sum to `s`).
/// `ln p_j = z_j - m - ln sum_k e^(z_k - m)` with `m = max z`, so that nothing overflows and a
/// nearly certain class keeps its digits. Classes with target 0 have no term.
///
/// Source: the definition of PyTorch's `CrossEntropyLoss` with `reduction = "sum"`.
///
/// ```
/// use nn::scalar::loss;
///
/// let z = [0.1, 0.6, 0.3].map(f64::ln);
/// let y = [[0.0, 1.0, 0.0]];
/// let gradient = tape::gradient(|z| loss::cross_entropy_from_logits(&[z], &y), &z);
/// assert_eq!(format!("{gradient:.4?}"), "[0.1000, -0.4000, 0.3000]"); // p - y
/// assert_eq!(loss::cross_entropy_from_logits(&[[1000.0, -1000.0]], &[[0.0, 1.0]]), 2000.0);
/// ```
///
/// # Panics
/// If the rows do not match.
#[must_use]
#[track_caller]
pub fn cross_entropy_from_logits<R: Real, O: AsRef<[R]>, T: AsRef<[f64]>>(
    outputs: &[O],
    targets: &[T],
) -> R {
    let mut terms = Vec::new();
    for (z, y) in rows("cross_entropy_from_logits", outputs, targets) {
        for (ln_p, &y) in log_softmax(z).into_iter().zip(y) {
            if y != 0.0 {
                terms.push(ln_p * y);
            }
        }
    }
    -total(&terms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation::Softmax;
    use approx::assert_relative_eq;
    use tape::{Var, gradient, value_and_gradient};

    #[test]
    fn from_logits_and_behind_a_softmax_are_the_same() {
        let z = [0.3, -1.2, 2.0];
        for y in [[0.0, 1.0, 0.0], [0.2, 0.5, 0.3], [0.5, 0.3, 0.4]] {
            let behind = |z: &[Var]| cross_entropy(&[Softmax.apply(z)], &[y]);
            let from = |z: &[Var]| cross_entropy_from_logits(&[z], &[y]);
            let (a, b) = (value_and_gradient(behind, &z), value_and_gradient(from, &z));
            assert_relative_eq!(a.0, b.0, max_relative = 1e-14);
            for (a, b) in a.1.iter().zip(b.1) {
                assert_relative_eq!(*a, b, max_relative = 1e-13);
            }
        }
    }

    #[test]
    fn an_impossible_class_costs_nothing_unless_it_is_true() {
        let z = [f64::NEG_INFINITY, 0.0];
        let loss = |y: [f64; 2]| cross_entropy_from_logits::<f64, _, _>(&[z], &[y]);
        assert_eq!(loss([0.0, 1.0]), 0.0);
        assert_eq!(loss([1.0, 0.0]), f64::INFINITY);
        let slopes = gradient(|z| cross_entropy_from_logits(&[z], &[[0.0, 1.0]]), &z);
        assert_eq!(slopes, [0.0, 0.0]);
    }
}
