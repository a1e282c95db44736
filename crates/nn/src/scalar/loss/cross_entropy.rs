use super::{pairs, rows, total};
use crate::scalar::activation::largest;
use tape::Real;

/// The cross-entropy of a distribution over classes, `-sum y ln p`.
///
/// `outputs` (`p`, behind a softmax) and `targets` (`y`: 1 for the true class and 0 for the others,
/// or any distribution): rows of equal lengths. Behind a softmax the output error is `p - y`.
///
/// It is the lectures' formula, and nothing is clipped: `0 ln 0` is 0, and a true class with `p = 0`
/// costs infinity. Behind a softmax the tails are lost. Where the true class is nearly certain, both
/// `ln p` and `p - 1` have lost their digits, and from a lead of 37 in `z` on they are 0; where it is
/// behind by 710, `1/p` overflows, and the gradient with it. Use [`cross_entropy_from_logits`] for
/// training.
///
/// Source: the definition; Stanford CS231n, *Linear classification*.
///
/// ```
/// use nn::scalar::loss;
///
/// let l: f64 = loss::cross_entropy_from_probabilities(&[[0.7, 0.2, 0.1]], &[[1.0, 0.0, 0.0]]);
/// assert_eq!(format!("{l:.8}"), "0.35667494"); // -ln .7
/// assert_eq!(loss::cross_entropy_from_probabilities(&[[0.0, 1.0]], &[[0.0, 1.0]]), 0.0);
/// ```
///
/// # Panics
/// If the rows do not match.
#[must_use]
#[track_caller]
pub fn cross_entropy_from_probabilities<R: Real, O: AsRef<[R]>, T: AsRef<[f64]>>(
    outputs: &[O],
    targets: &[T],
) -> R {
    let mut terms = Vec::new();
    for (p, y) in pairs("cross_entropy_from_probabilities", outputs, targets) {
        terms.push(R::from(y).xlogy(p));
    }
    -total(&terms)
}

/// The cross-entropy of logits, `-sum y ln p` with `p = softmax(z)`.
///
/// `outputs` (`z`, of a layer without activation) and `targets` (a distribution per row): rows of
/// equal lengths. The output error is `p - y` (`s p - y` where the targets of a row sum to `s`).
///
/// `-ln p_c = softplus(u)` with `u = ln sum e^z_j - z_c`, the sum over all classes but `c`. Its
/// derivatives are `-sigmoid(u)` by `z_c` and `sigmoid(u) e^z_j / sum e^z_k` by another: nothing is
/// subtracted from 1, so that a nearly certain class keeps the digits of its value and of its error,
/// and nothing overflows. Second derivatives are exact to rounding in the largest of their row.
/// Classes with target 0 have no term; each of the others looks at all classes once.
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
///
/// let f = |z: &[tape::Var]| loss::cross_entropy_from_logits(&[z], &[[1.0, 0.0]]);
/// let gradient = tape::gradient(f, &[40.0, 0.0]);
/// assert_eq!(format!("{:.3e} {:.3e}", gradient[0], gradient[1]), "-4.248e-18 4.248e-18");
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
        let largest = largest(z);
        let mut others = Vec::with_capacity(z.len());
        for &z in z {
            others.push(z - largest); // cut off: the loss does not depend on it
        }
        for (c, &y) in y.iter().enumerate() {
            if y != 0.0 {
                let own = others.remove(c);
                terms.push((tape::logsumexp(&others) - own).softplus() * y);
                others.insert(c, own);
            }
        }
    }
    total(&terms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation::Softmax;
    use approx::assert_relative_eq;
    use tape::{Var, gradient, hessian, value_and_gradient};

    #[test]
    fn from_logits_and_behind_a_softmax_are_the_same() {
        let z = [0.3, -1.2, 2.0];
        for y in [[0.0, 1.0, 0.0], [0.2, 0.5, 0.3], [0.5, 0.3, 0.4]] {
            let behind = |z: &[Var]| cross_entropy_from_probabilities(&[Softmax.apply(z)], &[y]);
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
        let alone = value_and_gradient(|z| cross_entropy_from_logits(&[z], &[[1.0]]), &[3.0]);
        assert_eq!(alone, (0.0, vec![0.0]));
    }

    /// The softmax of `z`, and what each probability leaves to the others, found without `1 - p`.
    fn shares(z: &[f64]) -> Vec<(f64, f64)> {
        let share = |of: &dyn Fn(usize) -> bool| -> f64 {
            let e = |j: usize| (z[j] - z.iter().copied().fold(f64::MIN, f64::max)).exp();
            let sum =
                |of: &dyn Fn(usize) -> bool| (0..z.len()).filter(|&j| of(j)).map(e).sum::<f64>();
            sum(of) / sum(&|_| true)
        };
        (0..z.len())
            .map(|c| (share(&|j| j == c), share(&|j| j != c)))
            .collect()
    }

    #[test]
    fn tails_are_finite_and_keep_their_digits_in_every_class_and_order() {
        let rows: [&[f64]; 8] = [
            &[40.0, 0.0],
            &[0.0, 40.0],
            &[1000.0, -1000.0],
            &[1e6 + 38.0, 1e6],
            &[40.0, 0.0, 0.5],
            &[-40.0, 0.0, 0.5],
            &[0.0, 300.0, -20.0],
            &[-1000.0, 1000.0, 1000.0],
        ];
        for z in rows {
            let p = shares(z);
            for c in 0..z.len() {
                let mut y = vec![0.0; z.len()];
                y[c] = 1.0;
                let f = |z: &[Var]| cross_entropy_from_logits(&[z], &[&y]);
                let (value, gradient) = value_and_gradient(f, z);
                // -ln p = -ln(1 - rest), or in the other tail z_max - z_c + ln(1/p_max)
                let expected = if p[c].1 < 0.5 {
                    -(-p[c].1).ln_1p()
                } else {
                    let m = (0..z.len()).max_by(|&a, &b| z[a].total_cmp(&z[b])).unwrap();
                    z[m] - z[c] - p[m].0.ln()
                };
                assert_relative_eq!(value, expected, max_relative = 1e-13, epsilon = 0.0);
                let second = hessian(f, z);
                for j in 0..z.len() {
                    let error = if j == c { -p[c].1 } else { p[j].0 };
                    assert_relative_eq!(gradient[j], error, max_relative = 1e-13, epsilon = 0.0);
                    let curvature = p[j].0 * p[j].1;
                    for k in 0..z.len() {
                        let exact = if j == k { curvature } else { -p[j].0 * p[k].0 };
                        assert_relative_eq!(
                            second[j][k],
                            exact,
                            max_relative = 1e-13,
                            epsilon = 1e-13 * curvature
                        );
                    }
                }
            }
        }
    }
}
