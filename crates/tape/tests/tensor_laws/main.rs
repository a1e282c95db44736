//! The laws that every operation on tensors obeys, one line per operation and shape.
//!
//! `law!(name, [shapes of operands], |x| expression)` samples operands, and holds the operation
//! to: sweep = differences; gradient graph = sweep; second order = differences of the sweep;
//! operands that do not lie in order = operands that do; single precision = double, rounded;
//! constants get no adjoint; the sweep leaves the tape as it was; the ledger adds up. `linear!` adds the
//! inner-product identity `<f(x), u> = <x, f^T(u)>`, which needs no differences.

mod harness;
#[path = "../support/ledger.rs"]
mod ledger;

mod conv;
mod elementwise;
mod fused;
#[cfg(feature = "linalg")]
mod linalg;
mod modes;
mod movement;
mod product;
mod recurrent;
mod reduce;
