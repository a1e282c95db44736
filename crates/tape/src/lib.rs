//! Reverse-mode automatic differentiation on a tape that can be read.
//!
//! This crate is the engine of chainrule. Use it to differentiate numeric Rust code exactly, to any
//! order, or to show how it is done; for neural networks see the crate `nn` on top of it. Numbers
//! and arrays share one tape. It has two small dependencies and needs no flags: vector units are
//! found at run time.
//!
//! ```
//! use tape::Tape;
//!
//! let tape = Tape::without_lines();
//! let (x, y, z) = (tape.var("x", -2.0), tape.var("y", 5.0), tape.var("z", -4.0));
//! let q = (x + y).named("q");
//! let f = (q * z).named("f");
//!
//! let g = f.backward();
//! assert_eq!((g[x], g[y], g[z], g[q]), (-4.0, -4.0, 3.0, -4.0));
//!
//! assert_eq!(f.explain().ledger(q), "\
//! q = x + y = 3
//!     from f: 1 * -4 = -4    df/dq = z = -4
//!     adjoint -4
//! ");
//! ```
//!
//! Arrays work like numbers, and with them:
//!
//! ```
//! use tape::Tape;
//!
//! let tape = Tape::new();
//! let w = tape.tensor("W", [[0.5, -0.4], [0.3, 0.1]]);
//! let t = tape.var("t", 2.0);
//! let x = tape.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]); // data: no derivative is asked for
//! let loss = ((x.matmul(w) / t).tanh() - 0.5).square().mean();
//!
//! let g = loss.backward();
//! assert_eq!(g[w].len(), 4);
//! assert!(g[t].abs() < 1.0);
//! ```
//!
//! # Map
//!
//! | you want | look at |
//! |---|---|
//! | to record an expression and sweep it backward | [`Tape`], [`Var`], [`Gradients`] |
//! | derivatives of your own function, in one call | [`gradient`], [`jacobian`], [`hessian`], [`hvp`], [`jvp`], [`vjp`], [`derivatives`] ([`drivers`] says when to use which) |
//! | the fastest gradient of a function of few inputs | [`forward`], [`Dual`] |
//! | a function that runs on all of these | [`Real`] |
//! | to record once and replay at many points or on many threads | [`Program`] |
//! | the gradient as an expression, to differentiate again | [`Var::gradient_of`], [`Program::gradient_program`] |
//! | to see where every number came from | [`Var::explain`], [`Explanation`] |
//! | names for stretches of a computation | [`Tape::scope`], [`Explanation::scopes`] |
//! | to know who made a NaN, which kinks are near, which paths matter, how many digits are left | [`story`] |
//! | to know whether a gradient is right | [`Check`] |
//! | arrays on the tape | [`Tensor`]: every operation of `Var` element by element, and those of arrays; [`Tape::tensor`], [`Tape::constant`] |
//! | the same step on arrays again and again, as fast as it can be | [`Plan`] |
//! | derivatives of your own function of arrays, in one call | [`arrays`] |
//! | an operation of your own | [`CustomOp`]; on arrays, [`TensorOp`] |
//! | to see or change adjoints during a sweep | [`Sweep`] |
//! | values that no derivative flows through | [`no_gradient`], [`Var::detach`], [`Tensor::detach`] |
//! | to solve equations, determinants, Cholesky factors | `Tensor::solve` and its kin, feature `linalg` |
//! | arrays of `ndarray`, `nalgebra`, `faer`; `nalgebra` on handles | the features of these names |
//! | arrays off the tape: data, gradients, results | [`Array`], [`Shape`], [`Indices`] |
//! | the table of operations | [`Op`], [`op::OpInfo`]: value, derivative, textbook formula, LaTeX |
//!
//! # How it is meant
//!
//! - A [`Var`] is a plain value with an id: `Copy`, no lifetime, numbers on either side of every
//!   operator. Misuse (a handle from before a reset, of another tape or thread) is a panic at your
//!   line that says what happened; it is never a wrong number.
//! - Where calculus has no answer there is a convention, the same in every mode: `max` at a tie
//!   splits evenly, `abs` and `relu` have derivative 0 at 0, the derivative of `sqrt` at 0 is
//!   infinite, NaN stays NaN, and in the chain rule's product an exact zero wins, so that the side
//!   that [`select`](Var::select) did not take contributes nothing, not even a NaN.
//! - Nothing recurses over a graph: ten million operations on a small stack are fine.

mod array;
mod buffers;
pub mod check;
pub mod compare;
mod custom;
mod derive;
pub mod drivers;
mod dual;
mod element;
mod error;
pub mod explain;
#[cfg(feature = "num-traits")]
pub mod float;
pub mod forward;
mod gradients;
mod graph;
mod guard;
mod hooks;
mod indices;
#[cfg(any(feature = "ndarray", feature = "nalgebra", feature = "faer"))]
mod interop;
mod kernel;
mod math;
pub mod number;
pub mod op;
mod plan;
mod program;
mod pull;
mod recording;
mod region;
mod run;
mod scope;
mod series;
mod shape;
mod show;
pub mod story;
mod structural;
mod tape;
mod tensor;
mod threads;
mod var;

pub use array::Array;
pub use check::{Check, CheckReport, Verdict};
pub use compare::Comparison;
pub use custom::CustomOp;
pub use derive::Handle;
pub use drivers::{
    Outputs, arrays, derivatives, gradient, hessian, hvp, jacobian, jvp, value_and_gradient, vjp,
};
pub use dual::Dual;
pub use element::{Element, ElementType};
pub use error::{Error, ErrorKind};
pub use explain::Explanation;
pub use gradients::Gradients;
pub use graph::{Operand, Operands};
pub use guard::Test;
pub use hooks::Sweep;
pub use indices::Indices;
pub use kernel::{Loop, vectorised};
pub use op::{Op, Real, logsumexp, norm, product, sum};
pub use plan::Plan;
pub use program::{Place, Program};
pub use region::no_gradient;
pub use scope::Entered;
pub use shape::Shape;
#[cfg(feature = "linalg")]
pub use structural::Triangle;
pub use tape::Tape;
pub use tensor::{
    BatchNorm, Conv, Mask, Over, PerAxis, Pool, RecurrentState, RecurrentUnit, Slide, Span, Tensor,
    TensorOp, Whole, axes,
};
pub use threads::{set_threads, threads};
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
    assert_eq!(
        x.len(),
        y.len(),
        "dot: {} numbers against {}",
        x.len(),
        y.len()
    );
    let operands: smallvec::SmallVec<[R; 16]> = x.iter().chain(y).copied().collect();
    op::dot_of_halves(&operands)
}
