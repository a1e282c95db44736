//! The functions that are differentiated against the clock, one file each.

mod chain;
mod circuit;
mod network;
mod rosenbrock;

pub(crate) use chain::Chain;
pub(crate) use circuit::Circuit;
pub(crate) use network::Network;
pub(crate) use rosenbrock::Rosenbrock;

use crate::contestant::Function;

/// A function with the point it is timed at and the size by which its time is divided.
pub(crate) trait Workload: Function + Sync {
    /// Short name for the command line.
    fn name(&self) -> String;

    /// One line for the table: what is computed.
    fn title(&self) -> String;

    /// The point of evaluation.
    fn inputs(&self) -> &[f64];

    /// Elementary operations (+ - * / neg exp sin tanh) in the expression as `call` writes it,
    /// inputs and constants not counted. One number for all contestants, whatever each of
    /// them records.
    fn operations(&self) -> usize;
}
