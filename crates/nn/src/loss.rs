//! What a network is punished for: one number from its outputs and the targets.
//!
//! Every loss is a function of a prediction and a target, in the tape's operations alone. Below, `a`
//! is a predicted number and `t` its target, `p` a probability, `x` a logit (an output before its
//! sigmoid or softmax), `n` the number of examples, along the first axis.
//!
//! The costs as the lectures write them:
//!
//! | loss | formula | targets |
//! |---|---|---|
//! | [`quadratic`] | `1/(2n) sum (a - t)^2` | the prediction's shape |
//! | [`sum_of_squares`] | `1/2 sum (a - t)^2` | the prediction's shape |
//! | [`one_neuron`] | `sum (a - t)^2` | the prediction's shape |
//! | [`logistic`] | `-1/n sum [t ln p + (1 - t) ln(1 - p)]` | the prediction's shape |
//! | [`penalty`] | `lambda/(2n) sum w^2`, to add to `logistic` | |
//!
//! The losses of deep-learning libraries, which take the mean over all elements, or over all rows:
//!
//! | loss | each element | targets |
//! |---|---|---|
//! | [`mse`] | `(a - t)^2` | the prediction's shape |
//! | [`mae`] | `abs(a - t)` | the prediction's shape |
//! | [`huber`] | `(a - t)^2 / 2` near 0, `delta (abs(a - t) - delta/2)` beyond `delta` | the prediction's shape |
//! | [`smooth_l1`] | `huber / beta` | the prediction's shape |
//! | [`bce`] | `-t ln p - (1 - t) ln(1 - p)` | the prediction's shape |
//! | [`bce_with_logits`], [`BceWithLogits`] | the same with `p = sigmoid(x)` | the prediction's shape |
//! | [`hinge`] | `max(0, 1 - t a)` | +1 and -1 |
//!
//! | loss | each row | targets |
//! |---|---|---|
//! | [`cross_entropy`], [`CrossEntropy`] | `ln sum e^x - x[class]` | a class per row |
//! | [`cross_entropy_with`], [`CrossEntropy`] | `-sum t ln softmax(x)` | a distribution per row |
//! | [`nll`], [`Nll`] | `-x[class]`, for `x = ln p` | a class per row |
//! | [`kl_divergence`] | `sum t ln(t / p)` | a distribution per row |
//! | [`multi_hinge`], [`MultiHinge`] | `1/C sum max(0, margin + x_j - x[class])` | a class per row |
//!
//! One that ends in `_each` answers the elements, or the rows, instead of their mean: PyTorch's
//! `reduction = "none"`; `.sum()` of it is `"sum"`. Where options weigh the rows, the [`Reduction`]
//! is an option too.
//!
//! ```
//! use nn::loss;
//! use tape::Tape;
//!
//! // The first of three classes is true. Three lectures, one prediction:
//! let tape = Tape::new();
//! let (h, y) = (tape.constant([[0.7, 0.2, 0.1]]), tape.constant([[1.0, 0.0, 0.0]]));
//! assert_eq!(format!("{:.8}", loss::logistic(h, y).value()), "0.68517901"); // -ln .7 -ln .8 -ln .9
//! assert_eq!(format!("{:.8}", loss::bce(h, y).value()), "0.22839300"); // a third of it
//! assert_eq!(format!("{:.8}", loss::nll(h.ln(), &[0]).value()), "0.35667494"); // -ln .7
//! ```
//!
//! # Panics
//!
//! A loss does not broadcast: a prediction of shape `[5,1]` against a target of shape `[5]`, from
//! which other libraries silently make 25 differences, is a panic at your line with both shapes. So
//! is a class that a row has not, with the row and the class.
//!
//! Of no rows a sum is 0 and a mean NaN.
//!
//! [`scalar::loss`](crate::scalar::loss) has the costs of the lectures on networks of single numbers,
//! under the same names and with the same numbers; its hinge loss and its divergence are sums over
//! examples where these are means.

mod bce;
mod bce_with_logits;
mod cross_entropy;
mod hinge;
mod huber;
mod kl_divergence;
mod logistic;
mod mae;
mod mse;
mod multi_hinge;
mod nll;
mod one_neuron;
mod quadratic;
mod reduction;
mod smooth_l1;
mod sum_of_squares;

pub use bce::{bce, bce_each};
pub use bce_with_logits::{BceWithLogits, bce_with_logits, bce_with_logits_each};
pub use cross_entropy::{CrossEntropy, cross_entropy, cross_entropy_with};
pub use hinge::{hinge, hinge_each};
pub use huber::{huber, huber_each};
pub use kl_divergence::{kl_divergence, kl_divergence_each};
pub use logistic::{logistic, penalty};
pub use mae::{mae, mae_each};
pub use mse::{mse, mse_each};
pub use multi_hinge::{MultiHinge, multi_hinge};
pub use nll::{Nll, nll};
pub use one_neuron::one_neuron;
pub use quadratic::quadratic;
pub use reduction::Reduction;
pub use smooth_l1::{smooth_l1, smooth_l1_each};
pub use sum_of_squares::sum_of_squares;

use tape::{Element, Tensor};

/// That a prediction and a target have one shape.
#[track_caller]
fn alike<T: Element>(loss: &str, prediction: Tensor<T>, target: Tensor<T>) {
    let (own, other) = (prediction.shape(), target.shape());
    assert!(
        own == other,
        "{loss}: a prediction of shape {own} against a target of shape {other}; a loss does not \
         broadcast: `reshape` one of them"
    );
}

/// The number of examples: the length along the first axis; a number is one.
#[track_caller]
fn examples<T: Element>(prediction: Tensor<T>) -> f64 {
    prediction.shape().first().copied().unwrap_or(1) as f64
}
