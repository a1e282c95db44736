//! The textbook delta rule for fully connected networks: plain arrays, explicit loops, no tape.
//!
//! Everything here is written by hand from the four equations of backpropagation, so that it can
//! bear witness: a network built on a tape must give the same numbers. If you want to *train* a
//! network, use the tape; if you want to *see* backpropagation as the book has it, or to check
//! somebody else's, read on.
//!
//! For the layer `l` with weights `W`, biases `b` and activation `f`, and for one example,
//!
//! | | formula | here |
//! |---|---|---|
//! | forward | `z_j = sum_i W[j,i] a_i + b_j`, `a_j = f(z_j)` | [`Network::forward`] |
//! | output error | `delta_j = dE/da_j f'(z_j)` | [`Network::output_error`] |
//! | error of the layer before | `delta_i = (sum_j W[j,i] delta_j) f'(z_i)` | [`Network::backpropagate_from`] |
//! | gradients | `dE/dW[j,i] = delta_j a_i`, `dE/db_j = delta_j` | [`Network::backpropagate_from`] |
//!
//! where `delta_j` *means* `dE/dz_j`: it is what a tape calls the adjoint of `z_j`.
//!
//! ```
//! use nn::delta::{Activation::Sigmoid, Cost, Layer, Network};
//!
//! // Mazur's 2-2-2 network.
//! let mut network = Network::new(vec![
//!     Layer::new(2, 2, vec![0.15, 0.20, 0.25, 0.30], vec![0.35; 2], Sigmoid)?,
//!     Layer::new(2, 2, vec![0.40, 0.45, 0.50, 0.55], vec![0.60; 2], Sigmoid)?,
//! ])?;
//! let (x, y) = (vec![vec![0.05, 0.10]], vec![vec![0.01, 0.99]]);
//!
//! let forward = network.forward(&x)?;
//! assert_eq!(format!("{:.10?}", forward.output()[0]), "[0.7513650696, 0.7729284653]");
//! assert_eq!(format!("{:.10}", Cost::SumOfSquares.value(forward.output(), &y)?), "0.2983711088");
//!
//! let back = network.backpropagate(Cost::SumOfSquares, &forward, &y)?;
//! assert_eq!(format!("{:.10?}", back.delta[1][0]), "[0.1384985616, -0.0380982365]");
//! assert_eq!(format!("{:.10?}", back.delta[0][0]), "[0.0087713547, 0.0099542547]");
//! assert_eq!(format!("{:.10}", back.gradient.weight[1][0]), "0.0821670406"); // dE/dw5
//!
//! network.update_weights(&back.gradient, 0.5)?; // Mazur leaves the biases alone
//! assert_eq!(format!("{:.10}", network.cost(Cost::SumOfSquares, &x, &y)?), "0.2910277737");
//! # Ok::<(), nn::delta::DeltaError>(())
//! ```
//!
//! # Two output errors
//!
//! The commonest confusion of all is that some books start with `delta = a - y` and others with
//! `delta = (a - y) a (1 - a)`. Both are `dE/da f'(z)`, of two costs. One network, one example:
//!
//! ```
//! use nn::delta::{Activation::Sigmoid, Cost, Layer, Network};
//!
//! let network = Network::new(vec![Layer::new(2, 1, vec![2.0, -3.0], vec![-3.0], Sigmoid)?])?;
//! let forward = network.forward(&[vec![-1.0, -2.0]])?;
//! let (a, y) = (forward.output()[0][0], 1.0); // a = 0.731
//! let delta = |cost| Ok::<f64, nn::delta::DeltaError>(network.output_error(cost, &forward, &[vec![y]])?[0][0]);
//!
//! assert_eq!(delta(Cost::BinaryCrossEntropy)?, a - y); // -0.269
//! assert!((delta(Cost::SumOfSquares)? - (a - y) * a * (1.0 - a)).abs() < 1e-15); // -0.053
//! # Ok::<(), nn::delta::DeltaError>(())
//! ```
//!
//! The derivative of the logarithms is `(a - y) / (a (1 - a))`, whose denominator is just the
//! sigmoid's slope, and cancels it; [`Cost::error_by_difference`] has the algebra, also for
//! softmax, and what rounding makes of it.
//!
//! # Map
//!
//! [`Activation`] and [`Cost`] hold the formulas, [`Network`] the loops. [`theta`] is the same in
//! the notation with one matrix per layer, bias column first, and has the regularised cost.
//! [`notation`] translates between the lectures. Arrays are `Vec<f64>`; a batch is one row per
//! example; layers, examples and units are counted from 0 in the code, and from 1 in messages and
//! in names like `z[1][2]` ([`unit_name`]).
//! A wrong shape is a [`DeltaError`] that says where, and gives both shapes.
#![allow(clippy::needless_range_loop, reason = "the book's indices")]

mod activation;
mod cost;
mod descent;
mod error;
mod layer;
#[cfg(test)]
mod lectures;
mod network;
pub mod theta;

pub mod notation {
    #![doc = include_str!("delta/notation.md")]
}

pub use activation::Activation;
pub use cost::Cost;
pub use descent::Gradient;
pub use error::DeltaError;
pub use layer::Layer;
pub use network::{Backward, Forward, Network};

/// The lecture's name of a unit, counted from 1 where the code counts from 0.
///
/// ```
/// assert_eq!(nn::delta::unit_name("delta", 0, 1), "delta[1][2]"); // layer 1, unit 2
/// ```
pub fn unit_name(symbol: &str, layer: usize, unit: usize) -> String {
    format!("{symbol}[{}][{}]", layer + 1, unit + 1)
}

/// The derivatives of `f` by central differences, `(f(x + epsilon e_k) - f(x - epsilon e_k)) / (2 epsilon)`.
///
/// The lectures take `epsilon = 1e-4`, which leaves an error of about `1e-9` in a derivative near 1.
/// With [`theta::unroll`] and [`theta::roll`] it checks the gradient of a network.
///
/// ```
/// let gradient = nn::delta::central_difference(|x| x[0] * x[0] * x[1], &[3.0, 2.0], 1e-4);
/// assert!((gradient[0] - 12.0).abs() < 1e-9 && (gradient[1] - 9.0).abs() < 1e-9);
/// ```
pub fn central_difference(f: impl Fn(&[f64]) -> f64, at: &[f64], epsilon: f64) -> Vec<f64> {
    let mut x = at.to_vec();
    let mut gradient = vec![0.0; x.len()];
    for k in 0..x.len() {
        x[k] = at[k] + epsilon;
        let above = f(&x);
        x[k] = at[k] - epsilon;
        let below = f(&x);
        x[k] = at[k];
        gradient[k] = (above - below) / (2.0 * epsilon);
    }
    gradient
}
