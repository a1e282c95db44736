//! Neural networks on chainrule's [`tape`], and the textbook delta rule that bears witness to them.
//!
//! This crate is for people who teach or study how a network learns, and for people who build
//! small networks and want to see every derivative. Nothing in it knows how to differentiate: a
//! network is made of the tape's operations, and the tape does the rest. The one exception is
//! [`delta`], backpropagation written by hand, which exists to check that.
//!
//! ```
//! use nn::{Init, Sgd, scalar::{Mlp, loss}};
//! use nn::Activation::{Sigmoid, Tanh};
//! use tape::Tape;
//!
//! // Exclusive or: two inputs, three hidden units, one output.
//! let x = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
//! let y = [[0.0], [1.0], [1.0], [0.0]];
//! let mut net = Mlp::random(2, &[(3, Tanh), (1, Sigmoid)], Init::Signed, &mut nn::seeded(7));
//!
//! let mut sgd = Sgd::new(1.0).momentum(0.5);
//! let tape = Tape::without_lines();
//! for _ in 0..1000 {
//!     tape.reset();
//!     let recorded = net.record(&tape); // the same network, its parameters on the tape
//!     let loss = loss::quadratic(recorded.forward(&x).outputs(), &y);
//!     let gradient = loss.backward().of(&recorded.parameters());
//!     sgd.step_list(net.parameters_mut(), &gradient);
//! }
//! let outputs = x.map(|x| format!("{:.2}", net.predict(&x)[0]));
//! assert_eq!(outputs, ["0.03", "0.96", "0.96", "0.03"]);
//! ```
//!
//! And the same network under examination: every error, weight gradient and bias gradient, once
//! from the tape and once by hand.
//!
//! ```
//! use nn::{Activation::Sigmoid, Cost, scalar::{Layer, Mlp, Neuron, witness}};
//!
//! let net = Mlp::new([Layer::new(Sigmoid, [Neuron::new(-3.0, [2.0, -3.0])])]);
//! let witness = witness(&net, &[[-1.0, -2.0]], &[[0.43]], Cost::SumOfSquares)?;
//! assert_eq!(witness.to_string(), "\
//! The tape and the delta rule, cost sum_of_squares, 1 example
//!
//! layer 1             delta rule   adjoint of             tape  difference
//! delta[1][1]       0.0591917092   z[1][1]        0.0591917092           0
//! dE/dw[1][1,1]    -0.0591917092   w[1][1,1]     -0.0591917092           0
//! dE/dw[1][1,2]    -0.1183834183   w[1][1,2]     -0.1183834183           0
//! dE/db[1][1]       0.0591917092   b[1][1]        0.0591917092           0
//!
//! inputs              delta rule   adjoint of             tape  difference
//! dE/dx[1]          0.1183834183   x[1]           0.1183834183           0
//! dE/dx[2]         -0.1775751275   x[2]          -0.1775751275           0
//!
//! largest difference, relative to the largest number of its layer: 0
//! ");
//! # Ok::<(), nn::delta::DeltaError>(())
//! ```
//!
//! # Map
//!
//! | you want | look at |
//! |---|---|
//! | a network of single numbers, each with a name, to see through | [`scalar`]: [`Neuron`](scalar::Neuron), [`Layer`](scalar::Layer), [`Mlp`](scalar::Mlp) |
//! | a loss on single numbers, and which lecture writes it how | [`scalar::loss`] |
//! | logic gates | [`scalar::gates`] |
//! | layers of tensors: linear, convolutions, pooling, normalisations, activations | [`layers`] |
//! | their shapes, parameters and multiply-adds in a table; to see each while it runs | [`summary()`], [`Pass::watched`] |
//! | whether gradients vanish or explode, and units are stuck, layer by layer | [`flow`](mod@flow) |
//! | proof that tape and textbook agree | [`audit()`] for layers of tensors, [`scalar::witness`] for networks of numbers |
//! | the textbook: four equations, plain arrays, and a page on notations | [`delta`] |
//! | to follow the gradient: descent, momentum, Adam | [`optimizer`]: [`Sgd`], [`RmsProp`], [`Adagrad`], [`Adam`], [`AdamW`] |
//! | a learning rate that changes with the step | [`Schedule`], [`Plateau`] |
//! | a loss on tensors: the lectures' costs, and those of deep learning | [`loss`] |
//! | to train a network: a loop, or one with validation, patience and checkpoints | [`train`]: [`Trainer`], [`predict`] |
//! | the same step of a small network, as fast as it can be | [`StepPlan`] |
//! | how good it is: accuracy, confusion, precision, R² | [`metrics`] |
//! | weights in files, PyTorch's too, and runs that go on | [`checkpoint`] |
//! | networks, their flow, curves, boundaries, confusion as SVG; event files for TensorBoard | [`picture`], [`tensorboard`] |
//! | the lowest point of a function, or of a loss on all data | [`minimize`](mod@minimize) |
//! | data: sets, batches, scaling, CSV, MNIST, text, moons and digits | [`data`] |
//! | a random start that can be repeated | [`Init`], [`seeded`] |

mod audit;
pub mod checkpoint;
pub mod data;
pub mod delta;
pub mod dump;
pub mod flow;
mod gradient;
mod hand;
mod init;
pub mod layers;
pub mod loss;
pub mod metrics;
pub mod minimize;
mod mismatch;
mod module;
pub mod optimizer;
mod parameter;
mod pass;
pub mod picture;
mod plan;
mod sampling;
pub mod scalar;
pub mod schedule;
mod session;
mod summary;
pub mod tensorboard;
pub mod train;
mod watch;

pub use audit::{Audit, Audited, Auditor, Culprit, audit};
pub use delta::{Activation, Cost};
pub use flow::{FlowReport, flow};
pub use gradient::Gradient;
pub use hand::{Back, Hand};
pub use init::{Init, seeded};
pub use minimize::minimize;
pub use mismatch::Mismatch;
pub use module::{Module, Named, Parameters, Parts};
pub use optimizer::{Adagrad, Adam, AdamW, Optimizer, RmsProp, Sgd};
pub use parameter::{Parameter, ParameterId, Role};
pub use pass::Pass;
pub use plan::{PlanError, StepPlan};
pub use sampling::sample;
pub use schedule::{Plateau, Schedule};
pub use session::Session;
pub use summary::{Summary, SummaryRow, summary};
pub use train::{Trainer, predict};
pub use watch::Seen;
