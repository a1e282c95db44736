use super::{pairs, total};
use tape::Real;

/// Binary cross-entropy of probabilities, `-sum [y ln p + (1 - y) ln(1 - p)]`.
///
/// `outputs` (`p`, from 0 to 1) and `targets` (`y`, 0 to 1): rows of equal lengths. Behind a sigmoid
/// the output error is `p - y`.
///
/// It is the lectures' formula, and nothing is clipped: certain and right (`y = 0`, `p = 0`) costs
/// 0, certain and wrong (`y = 1`, `p = 0`) costs infinity. Behind a sigmoid `1 - p` has lost its
/// digits where `p` is close to 1, and is 0 from `z = 37` on; use
/// [`binary_cross_entropy_from_logits`] for training.
///
/// Source: Nielsen, *Neural Networks and Deep Learning*, chapter 3, without his `1/n`, which
/// [`logistic`](super::logistic()) has.
///
/// ```
/// use nn::scalar::loss;
///
/// assert_eq!(loss::binary_cross_entropy(&[[0.5]], &[[1.0]]), 2f64.ln());
/// assert_eq!(loss::binary_cross_entropy(&[[0.0]], &[[0.0]]), 0.0);
/// assert_eq!(loss::binary_cross_entropy(&[[0.0]], &[[1.0]]), f64::INFINITY);
/// ```
///
/// # Panics
/// If the rows do not match.
#[must_use]
#[track_caller]
pub fn binary_cross_entropy<R: Real, O: AsRef<[R]>, T: AsRef<[f64]>>(
    outputs: &[O],
    targets: &[T],
) -> R {
    sum("binary_cross_entropy", outputs, targets)
}

/// The sum, under the name of the loss that asks.
#[track_caller]
pub(super) fn sum<R: Real, O: AsRef<[R]>, T: AsRef<[f64]>>(
    loss: &'static str,
    outputs: &[O],
    targets: &[T],
) -> R {
    let mut terms = Vec::new();
    for (p, y) in pairs(loss, outputs, targets) {
        let right = R::from(y).xlogy(p);
        let wrong = R::from(1.0 - y).xlogy(-p + 1.0);
        terms.push(right + wrong);
    }
    -total(&terms)
}

/// Binary cross-entropy of logits, `-sum [y ln p + (1 - y) ln(1 - p)]` with `p = sigmoid(z)`.
///
/// `outputs` (`z`, of a layer without activation) and `targets` (0 to 1): rows of equal lengths. The
/// output error is `p - y`. `ln p` and `ln(1 - p)` are the log-sigmoids of `z` and `-z`, which are
/// finite and keep their digits everywhere; a term whose factor is 0 is left out.
///
/// Source: the definition of PyTorch's `BCEWithLogitsLoss` with `reduction = "sum"`.
///
/// ```
/// use nn::scalar::loss;
///
/// assert_eq!(loss::binary_cross_entropy_from_logits(&[[0.0]], &[[1.0]]), 2f64.ln());
/// assert_eq!(loss::binary_cross_entropy_from_logits(&[[-1000.0]], &[[1.0]]), 1000.0);
/// assert_eq!(loss::binary_cross_entropy_from_logits(&[[40.0]], &[[1.0]]), 4.248354255291589e-18);
/// ```
///
/// # Panics
/// If the rows do not match.
#[must_use]
#[track_caller]
pub fn binary_cross_entropy_from_logits<R: Real, O: AsRef<[R]>, T: AsRef<[f64]>>(
    outputs: &[O],
    targets: &[T],
) -> R {
    let mut terms = Vec::new();
    for (z, y) in pairs("binary_cross_entropy_from_logits", outputs, targets) {
        if y != 0.0 {
            terms.push(z.log_sigmoid() * y);
        }
        if y != 1.0 {
            terms.push((-z).log_sigmoid() * (1.0 - y));
        }
    }
    -total(&terms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use tape::{gradient, hessian, value_and_gradient};

    #[test]
    fn from_logits_and_behind_a_sigmoid_are_the_same() {
        for y in [0.0, 0.3, 1.0] {
            for z in [-3.0, -0.2, 0.0, 1.0, 5.0] {
                let behind = |z: &[tape::Var]| binary_cross_entropy(&[[z[0].sigmoid()]], &[[y]]);
                let from = |z: &[tape::Var]| binary_cross_entropy_from_logits(&[[z[0]]], &[[y]]);
                let (a, b) = (
                    value_and_gradient(behind, &[z]),
                    value_and_gradient(from, &[z]),
                );
                assert_relative_eq!(a.0, b.0, max_relative = 1e-12);
                assert_relative_eq!(a.1[0], b.1[0], max_relative = 1e-12, epsilon = 1e-15);
            }
        }
    }

    #[test]
    fn tails_are_finite_and_keep_their_digits() {
        let slope = |z: f64, y: f64| {
            gradient(
                |z| binary_cross_entropy_from_logits(&[[z[0]]], &[[y]]),
                &[z],
            )[0]
        };
        assert_eq!(slope(1000.0, 0.0), 1.0);
        assert_eq!(slope(-1000.0, 1.0), -1.0);
        assert_relative_eq!(slope(40.0, 1.0), -4.248354255291589e-18, epsilon = 0.0);
        assert_eq!(slope(f64::NEG_INFINITY, 0.0), 0.0);
        for (z, y) in [
            (40.0, 0.0),
            (40.0, 0.3),
            (40.0, 1.0),
            (-40.0, 0.0),
            (-40.0, 1.0),
        ] {
            let f = |z: &[tape::Var]| binary_cross_entropy_from_logits(&[[z[0]]], &[[y]]);
            let curvature = hessian(f, &[z])[0][0];
            assert_relative_eq!(curvature, 4.248354255291589e-18, epsilon = 0.0); // p (1 - p)
        }
    }
}
