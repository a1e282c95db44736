use super::alike;
use tape::{Element, Tensor, Var};

/// The Kullback-Leibler divergence of the prediction `q` from the target `p`,
/// `D(p, q) = sum p ln(p / q)`, the mean over rows.
///
/// Shapes: both `[.., classes]`, a distribution in each row. It is the cross-entropy of `q` with `p`
/// less the entropy of `p`, and has the same gradient by `q`, `-p / q`: 0 where the two are equal, and
/// infinite where `p` allows what `q` excludes. `0 ln 0` is 0.
///
/// PyTorch's `kl_div(q.ln(), p, reduction = "batchmean")`, of which its documentation says that it
/// is the divergence in the mathematical sense.
///
/// Source: Kullback, Leibler 1951.
///
/// ```
/// # use nn::loss;
/// let tape = tape::Tape::new();
/// let (p, q) = (tape.constant([[0.2, 0.5, 0.3]]), tape.constant([[0.1, 0.6, 0.3]]));
/// let d = loss::kl_divergence(q, p);
/// assert_eq!(format!("{:.10}", d.value()), "0.0474686577"); // 1.0771216718 - 1.0296530141
/// ```
///
/// # Panics
/// If the shapes differ.
#[must_use]
#[track_caller]
pub fn kl_divergence<T: Element>(prediction: Tensor<T>, target: impl Into<Tensor<T>>) -> Var {
    kl_divergence_each(prediction, target).mean()
}

/// The divergence of each row. See [`kl_divergence`].
///
/// # Panics
/// If the shapes differ, or are those of numbers.
#[must_use]
#[track_caller]
pub fn kl_divergence_each<T: Element>(
    prediction: Tensor<T>,
    target: impl Into<Tensor<T>>,
) -> Tensor<T> {
    let target = target.into();
    alike("kl_divergence", prediction, target);
    (target.xlogy(target) - target.xlogy(prediction)).sum_over(-1)
}
