//! Networks of single numbers, at the scale of a lesson: every weight, weighted input and output
//! is a node that can be named, read and differentiated.
//!
//! A [`Neuron`] weighs its inputs, a [`Layer`] is neurons and an activation, an [`Mlp`] is layers.
//! All three are generic over the number type, and that is the whole trick:
//!
//! | | parameters are | good for |
//! |---|---|---|
//! | `Mlp` (that is `Mlp<f64>`) | plain numbers | owning a network, predicting, saving |
//! | `Mlp<Var>` | nodes of a tape | seeing it, differentiating it |
//! | `Mlp<Dual>` and others | any [`Real`](tape::Real) | forward mode |
//!
//! The same lines compute all of them. You own the numbers; each step you put them on a tape with
//! [`Mlp::record`], compute a loss there, and move the numbers. A recorded network is as
//! short-lived as its nodes: after `tape.reset()` it is stale, and using it panics.
//!
//! # See
//!
//! ```
//! use nn::scalar::{Layer, Mlp, Neuron, loss};
//! use nn::Activation::Sigmoid;
//! use tape::Tape;
//!
//! // Mazur's 2-2-2 network: neurons are given as bias, then weights.
//! let net = Mlp::new([
//!     Layer::new(Sigmoid, [Neuron::new(0.35, [0.15, 0.20]), Neuron::new(0.35, [0.25, 0.30])]),
//!     Layer::new(Sigmoid, [Neuron::new(0.60, [0.40, 0.45]), Neuron::new(0.60, [0.50, 0.55])]),
//! ]);
//! let tape = Tape::new();
//! let recorded = net.record(&tape).named(); // w[1][1,2], b[2][1], ...
//! let forward = recorded.forward(&[[0.05, 0.10]]).named(); // z[1][1], a[1][1], ...
//! let e = loss::sum_of_squares(forward.outputs(), &[[0.01, 0.99]]).named("E");
//! let g = e.backward();
//!
//! let z = forward.z[0][0][1]; // layer 1, example 1, unit 2, each counted from 0
//! assert_eq!(z.name().as_deref(), Some("z[1][2]"));
//! assert_eq!(format!("{:.10}", g[z]), "0.0099542547"); // what the textbook calls delta
//! assert_eq!(format!("{:.10}", g[recorded.layers[1].neurons[0].weights[0]]), "0.0821670406");
//! ```
//!
//! # Train
//!
//! The eight lines on the [front page](crate). Names cost an allocation each and source lines a
//! little, so leave both out of a loop: no `named()`, and [`Tape::without_lines`](tape::Tape::without_lines).
//!
//! # Everything else that a tape can do
//!
//! A network over any number type is a function like any other, so the drivers of [`tape`] apply
//! to it. Here are the exact second derivatives of a loss by all its parameters:
//!
//! ```
//! use nn::scalar::{Layer, Mlp, Neuron, loss};
//! use nn::Activation::Identity;
//!
//! let net = Mlp::new([Layer::new(Identity, [Neuron::new(0.5, [2.0])])]);
//! let f = |p: &[tape::Var]| loss::one_neuron(net.with(p).forward(&[[3.0]]).outputs(), &[[1.0]]);
//! // (b + 3 w - 1)^2, with b before w
//! assert_eq!(tape::gradient(f, &net.parameters()), [11.0, 33.0]);
//! assert_eq!(tape::hessian(f, &net.parameters()), [[2.0, 6.0], [6.0, 18.0]]);
//! ```
//!
//! [`Program::record`](tape::Program::record) of such a function, with `net.with(p)` inside,
//! records once and replays at new parameters.

mod activation;
mod forward;
pub mod gates;
mod layer;
pub mod loss;
mod mlp;
mod neuron;
mod parameters;
mod witness;

pub use forward::Forward;
pub use layer::Layer;
pub use mlp::Mlp;
pub use neuron::Neuron;
pub use witness::{Comparison, Witness, witness};

/// The lecture's name of a weight, to unit `j` from unit `i`, and counted from 1.
fn weight_name(layer: usize, j: usize, i: usize) -> String {
    format!("w[{}][{},{}]", layer + 1, j + 1, i + 1)
}

/// Adds the example, from 1, to the name of a node that exists once per example: `a[1][2](3)`.
fn of_example(name: String, example: usize, examples: usize) -> String {
    if examples > 1 {
        format!("{name}({})", example + 1)
    } else {
        name
    }
}
