use super::{rows, total};
use tape::Real;

/// The hinge loss of a maximum-margin classifier, `sum max(0, 1 - y a)`.
///
/// `outputs` (scores) and `targets` (+1 or -1): rows of equal lengths. A score beyond the margin,
/// `y a > 1`, costs nothing. The output error is `-y f'(z)` inside the margin, else 0; at the kink 0.
///
/// Source: Cortes, Vapnik 1995; micrograd's demo, which takes the mean.
///
/// ```
/// use nn::scalar::loss;
///
/// assert_eq!(loss::hinge(&[[0.5, 2.0]], &[[1.0, -1.0]]), 3.5); // 0.5 and 3
/// assert_eq!(loss::hinge(&[[0.5, 2.0]], &[[1.0, 1.0]]), 0.5);
/// ```
///
/// # Panics
/// If the rows do not match, or a target is neither +1 nor -1.
#[must_use]
#[track_caller]
pub fn hinge<R: Real, O: AsRef<[R]>, T: AsRef<[f64]>>(outputs: &[O], targets: &[T]) -> R {
    let mut terms = Vec::new();
    for (e, (a, y)) in rows("hinge", outputs, targets).enumerate() {
        for (j, (&a, &y)) in a.iter().zip(y).enumerate() {
            assert!(
                y.abs() == 1.0,
                "hinge: the target of output {} in example {} is {y}, but must be +1 or -1 \
                 (classes 0 and 1 become 2 y - 1)",
                j + 1,
                e + 1,
            );
            terms.push((a * -y + 1.0).relu());
        }
    }
    total(&terms)
}
