//! What a network is punished for: one number from its outputs and the targets.
//!
//! A batch is one row per example. Every sum runs over all examples `e` of `n` and all output units
//! `j`; `a` is an output, `y` its target, `p` a probability, `z` a logit (an output before its
//! sigmoid or softmax).
//!
//! | loss | formula | outputs | targets |
//! |---|---|---|---|
//! | [`quadratic`] | `1/(2n) sum (a - y)^2` | any | any |
//! | [`sum_of_squares`] | `1/2 sum (a - y)^2` | any | any |
//! | [`one_neuron`] | `sum (a - y)^2` | any | any |
//! | [`logistic`] | `-1/n sum [y ln p + (1 - y) ln(1 - p)]` | sigmoid | 0 to 1 |
//! | [`penalty`] | `lambda/(2n) sum w^2`, to add to `logistic` | | |
//! | [`binary_cross_entropy`] | `-sum [y ln p + (1 - y) ln(1 - p)]` | sigmoid | 0 to 1 |
//! | [`binary_cross_entropy_from_logits`] | the same, `p = sigmoid(z)` | identity | 0 to 1 |
//! | [`cross_entropy_from_probabilities`] | `-sum y ln p` | softmax | a distribution per row |
//! | [`cross_entropy_from_logits`] | the same, `p = softmax(z)` | identity | a distribution per row |
//! | [`kl_divergence`] | `sum y ln(y/p)` | softmax | a distribution per row |
//! | [`hinge`] | `sum max(0, 1 - y a)` | identity, tanh | -1 or +1 |
//!
//! Losses differ by constant factors from book to book. Only `quadratic` and `logistic` (with its
//! penalty) divide, by the number of examples; divide the others yourself for a mean. A factor in
//! the loss is a factor in every gradient, and so is the same as another learning rate.
//!
//! ```
//! use nn::scalar::loss;
//!
//! // The first of three classes is true. Two lectures, one prediction:
//! let (h, y) = ([[0.7, 0.2, 0.1]], [[1.0, 0.0, 0.0]]);
//! assert_eq!(format!("{:.8}", loss::logistic(&h, &y)), "0.68517901"); // -ln .7 - ln .8 - ln .9
//! assert_eq!(format!("{:.8}", loss::cross_entropy_from_probabilities(&h, &y)), "0.35667494"); // -ln .7
//! ```
//!
//! [`crate::loss`] has them on tensors, and the losses of deep-learning libraries beside them.
//!
//! Outputs may be numbers of any kind, targets are plain. With no examples a sum is 0 and a mean
//! is NaN. Rows that do not match panic at your line, with both lengths.

mod binary_cross_entropy;
mod cross_entropy;
mod hinge;
mod kl_divergence;
mod logistic;
mod one_neuron;
mod quadratic;
mod sum_of_squares;

pub use binary_cross_entropy::{binary_cross_entropy, binary_cross_entropy_from_logits};
pub use cross_entropy::{cross_entropy_from_logits, cross_entropy_from_probabilities};
pub use hinge::hinge;
pub use kl_divergence::kl_divergence;
pub use logistic::{logistic, penalty};
pub use one_neuron::one_neuron;
pub use quadratic::quadratic;
pub use sum_of_squares::sum_of_squares;

use crate::Cost;
use tape::Real;

/// The loss that the delta rule knows by this name, from the tape's operations.
///
/// ```
/// use nn::{Cost, scalar::loss};
///
/// assert_eq!(loss::cost(Cost::SumOfSquares, &[[3.0]], &[[1.0]]), 2.0);
/// ```
///
/// # Panics
/// As the losses do.
#[must_use]
#[track_caller]
pub fn cost<R: Real, O: AsRef<[R]>, T: AsRef<[f64]>>(
    cost: Cost,
    outputs: &[O],
    targets: &[T],
) -> R {
    match cost {
        Cost::Quadratic => quadratic(outputs, targets),
        Cost::SumOfSquares => sum_of_squares(outputs, targets),
        Cost::OneNeuron => one_neuron(outputs, targets),
        Cost::Logistic => logistic(outputs, targets),
        Cost::BinaryCrossEntropy => binary_cross_entropy(outputs, targets),
        Cost::CrossEntropy => cross_entropy_from_probabilities(outputs, targets),
        Cost::Hinge => hinge(outputs, targets),
    }
}

/// Every output with its target, in order.
///
/// # Panics
/// If the rows of the two do not match.
#[track_caller]
fn pairs<'a, R: Copy + 'a, O: AsRef<[R]>, T: AsRef<[f64]>>(
    loss: &'static str,
    outputs: &'a [O],
    targets: &'a [T],
) -> impl Iterator<Item = (R, f64)> {
    rows(loss, outputs, targets).flat_map(|(a, y)| a.iter().copied().zip(y.iter().copied()))
}

/// Every row of outputs with its row of targets.
///
/// # Panics
/// If they do not match.
#[track_caller]
fn rows<'a, R: 'a, O: AsRef<[R]>, T: AsRef<[f64]>>(
    loss: &'static str,
    outputs: &'a [O],
    targets: &'a [T],
) -> impl Iterator<Item = (&'a [R], &'a [f64])> {
    let (a, y) = (outputs.len(), targets.len());
    assert!(
        a == y,
        "{loss}: outputs of {a} examples against targets of {y}"
    );
    for (e, (a, y)) in outputs.iter().zip(targets).enumerate() {
        let (a, y) = (a.as_ref().len(), y.as_ref().len());
        assert!(
            a == y,
            "{loss}, example {}: {a} outputs against {y} targets",
            e + 1
        );
    }
    outputs
        .iter()
        .zip(targets)
        .map(|(a, y)| (a.as_ref(), y.as_ref()))
}

/// The sum of the terms, one node; a single term is its own sum.
#[track_caller]
fn total<R: Real>(terms: &[R]) -> R {
    match terms {
        [only] => *only,
        _ => tape::sum(terms),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use tape::Tape;

    /// Value and gradient of a loss, found on a tape.
    fn on_tape(cost: Cost, outputs: &[Vec<f64>], targets: &[Vec<f64>]) -> (f64, Vec<Vec<f64>>) {
        let tape = Tape::new();
        let a: Vec<_> = outputs.iter().map(|row| tape.leaves(row)).collect();
        let loss = super::cost(cost, &a, targets);
        let g = loss.backward();
        (loss.value(), a.iter().map(|row| g.of(row)).collect())
    }

    #[test]
    fn values_and_gradients_are_those_written_by_hand() {
        let outputs = [vec![0.25, 0.5], vec![0.75, 0.125], vec![0.9, 0.6]];
        let soft = [vec![1.0, 0.0], vec![0.25, 0.5], vec![0.0, 0.3]];
        let signs = [vec![1.0, -1.0], vec![-1.0, -1.0], vec![1.0, 1.0]];
        for cost in Cost::ALL {
            let targets = if cost == Cost::Hinge { &signs } else { &soft };
            let (value, gradient) = on_tape(cost, &outputs, targets);
            assert_relative_eq!(
                value,
                cost.value(&outputs, targets).unwrap(),
                max_relative = 1e-15
            );
            let by_hand = cost.gradient(&outputs, targets).unwrap();
            for (found, by_hand) in gradient.concat().iter().zip(by_hand.concat()) {
                assert_relative_eq!(*found, by_hand, max_relative = 1e-15);
            }
        }
    }

    #[test]
    fn edges_are_those_written_by_hand() {
        for (a, y) in [
            (0.0, 0.0),
            (1.0, 1.0),
            (0.0, 1.0),
            (1.0, 0.0),
            (f64::NAN, 1.0),
            (-1.0, 1.0),
        ] {
            for cost in Cost::ALL {
                if cost == Cost::Hinge && y == 0.0 {
                    continue;
                }
                let (outputs, targets) = ([vec![a]], [vec![y]]);
                let (value, gradient) = on_tape(cost, &outputs, &targets);
                let what = format!("{} of {a} against {y}", cost.name());
                let bits = |x: f64| {
                    if x.is_nan() {
                        f64::NAN.to_bits()
                    } else {
                        (x + 0.0).to_bits()
                    }
                };
                assert_eq!(
                    bits(value),
                    bits(cost.value(&outputs, &targets).unwrap()),
                    "{what}"
                );
                let by_hand = cost.gradient(&outputs, &targets).unwrap();
                assert_eq!(bits(gradient[0][0]), bits(by_hand[0][0]), "{what}");
            }
        }
    }

    #[test]
    fn no_examples() {
        let none: [[f64; 2]; 0] = [];
        for cost in Cost::ALL {
            let mean = cost == Cost::Quadratic || cost == Cost::Logistic;
            let value: f64 = super::cost(cost, &none, &none);
            assert!(if mean { value.is_nan() } else { value == 0.0 });
        }
    }

    #[test]
    fn rows_that_do_not_match_are_refused_with_both_lengths() {
        let message = |f: fn() -> f64| {
            *std::panic::catch_unwind(f)
                .unwrap_err()
                .downcast::<String>()
                .unwrap()
        };
        assert_eq!(
            message(|| quadratic(&[[1.0], [2.0]], &[[1.0]])),
            "quadratic: outputs of 2 examples against targets of 1"
        );
        assert_eq!(
            message(|| cross_entropy_from_logits(
                &[vec![1.0], vec![2.0]],
                &[vec![1.0], vec![0.0, 1.0]]
            )),
            "cross_entropy_from_logits, example 2: 1 outputs against 2 targets"
        );
        assert_eq!(
            message(|| hinge(&[[0.3, 0.5]], &[[1.0, 0.0]])),
            "hinge: the target of output 2 in example 1 is 0, but must be +1 or -1 (classes 0 and 1 become 2 y - 1)"
        );
    }
}
