//! Reverse-mode automatic differentiation you can read, with a neural-net layer on top.
//!
//! Record a computation, sweep it backward, and every number in it can tell you where it came
//! from:
//!
//! ```
//! use chainrule::prelude::*;
//!
//! let tape = Tape::new();
//! let x = tape.var("x", -2.0);
//! let y = tape.var("y", 5.0);
//! let z = tape.var("z", -4.0);
//! let q = (x + y).named("q");
//! let f = (q * z).named("f");
//!
//! let g = f.backward();
//! assert_eq!((g[x], g[y], g[z], g[q]), (-4.0, -4.0, 3.0, -4.0));
//! println!("{}", f.explain()); // the ledger: every node, its value, its adjoint, its terms
//! ```
//!
//! Three doors:
//!
//! - **Differentiate** your own function, generic over [`Real`](tape::Real):
//!   [`gradient`](tape::gradient), [`hessian`](tape::hessian), [`hvp`](tape::hvp),
//!   [`derivatives`](tape::derivatives) of any order, or [`Program::record`](tape::Program::record)
//!   once and replay many times.
//! - **Build a network** from graph operations, and see every gradient: [`nn`].
//! - **Teach and learn**: [`explain`](tape::Var::explain) a node, a tape, a sweep; `chainrule tour`
//!   in a terminal.
//!
//! This crate is a facade: the engine is [`tape`], the networks are [`nn`].

pub use {nn, tape};

/// What most programs need: `use chainrule::prelude::*;`.
pub mod prelude {
    pub use tape::{
        Array, Check, CustomOp, Dual, Gradients, Indices, Mask, Over, Plan, Program, Real, Tape,
        Tensor, Var, axes, derivatives, dot, gradient, hessian, hvp, jacobian, jvp, logsumexp,
        product, sum, value_and_gradient, vjp,
    };
}

/// The programs of the README compile and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
