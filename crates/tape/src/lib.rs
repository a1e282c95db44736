//! A tape of scalar operations that can be read, replayed and differentiated.

#![deny(unsafe_op_in_unsafe_fn)]

pub mod check;
mod custom;
mod derive;
mod drivers;
mod dual;
mod error;
pub mod explain;
#[cfg(feature = "num-traits")]
pub mod float;
pub mod forward;
mod gradients;
mod graph;
mod guard;
mod math;
pub mod number;
pub mod op;
mod program;
mod pull;
mod recording;
mod run;
mod series;
mod show;
mod tape;
mod var;

pub use check::{Check, CheckReport, Verdict};
pub use custom::CustomOp;
pub use drivers::{
    Outputs, derivatives, gradient, hessian, hvp, jacobian, jvp, value_and_gradient, vjp,
};
pub use dual::Dual;
pub use error::{Error, ErrorKind};
pub use explain::Explanation;
pub use gradients::Gradients;
pub use graph::{Operand, Operands};
pub use guard::Test;
pub use op::{Op, Real, logsumexp, norm, product, sum};
pub use program::{Place, Program};
pub use tape::Tape;
pub use var::{Var, VarId};

/// The dot product of two equally long slices, one node on a tape.
///
/// ```
/// assert_eq!(tape::dot(&[1.0, 2.0], &[3.0, 4.0]), 11.0);
/// ```
///
/// # Panics
/// If the slices differ in length.
#[must_use]
#[track_caller]
pub fn dot<R: Real>(x: &[R], y: &[R]) -> R {
    assert_eq!(x.len(), y.len(), "dot: {} numbers against {}", x.len(), y.len());
    let operands: smallvec::SmallVec<[R; 16]> = x.iter().chain(y).copied().collect();
    op::dot_of_halves(&operands)
}
