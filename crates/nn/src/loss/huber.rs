use super::alike;
use tape::{Element, Tensor, Var};

/// Huber's loss, the mean over all elements of `d^2 / 2` for `abs(d) <= delta` and
/// `delta (abs(d) - delta/2)` beyond, with `d = a - t`: squares that outliers do not rule.
///
/// Shapes: alike. Derivative: `d` held between `-delta` and `delta`, over the number of elements.
/// It is `c (d - c/2)` with `c` that derivative, in which neither case is written.
///
/// Source: Huber 1964; the definition of PyTorch's `HuberLoss`.
///
/// ```
/// # use nn::loss;
/// let tape = tape::Tape::new();
/// let a = tape.tensor("a", [0.5, 3.0]);
/// let loss = loss::huber(a, a.zeros_like(), 1.0);
/// assert_eq!(loss.value(), (0.125 + 2.5) / 2.0);
/// assert_eq!(loss.backward()[a], [0.25, 0.5]);
/// ```
///
/// # Panics
/// If the shapes differ, or `delta` is not above 0.
#[must_use]
#[track_caller]
pub fn huber<T: Element>(prediction: Tensor<T>, target: impl Into<Tensor<T>>, delta: f64) -> Var {
    huber_each(prediction, target, delta).mean()
}

/// Huber's loss of each element. See [`huber`].
///
/// # Panics
/// If the shapes differ, or `delta` is not above 0.
#[must_use]
#[track_caller]
pub fn huber_each<T: Element>(
    prediction: Tensor<T>,
    target: impl Into<Tensor<T>>,
    delta: f64,
) -> Tensor<T> {
    let target = target.into();
    alike("huber", prediction, target);
    assert!(delta > 0.0, "huber: delta is {delta}, but must be above 0");
    let d = prediction - target;
    let c = d.clamp(-delta, delta);
    c * (d - c * 0.5)
}
