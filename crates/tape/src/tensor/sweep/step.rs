//! What a sweep through arrays does, as data: what it did once can be done again, at other values,
//! without asking the rules anew (`plan.rs`).

use super::super::store::Source;
use crate::graph::Operand;
use crate::structural::Cuts;

/// One thing that a sweep does. Arrays lie where they lay.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Sweeps these nodes, which are numbers made of numbers, or have no adjoint.
    Numbers { start: u32, end: u32 },
    /// Computes the term of operand `slot` of an elementwise node.
    Term {
        child: u32,
        slot: u32,
        upstream: Source,
        into: Source,
    },
    /// Reads the adjoint of a number into the node that a rule knows it by.
    Upstream { node: u32, of: u32 },
    /// A rule recorded the nodes up to this one.
    Recorded { end: u32 },
    /// Adds a term that is a number.
    Give { operand: u32, term: Operand },
    /// Adds an array to an adjoint in place.
    Add { into: Source, from: Source },
    /// Adds two terms into a new array.
    Sum { into: Source, terms: [Source; 2] },
    /// Copies an array.
    Copy { into: Source, from: Source },
    /// Fills an array with zeros.
    Zeros { into: Source },
    /// Writes or adds an array into a part of one; of a number, the adjoint of node `of`.
    Part {
        into: Source,
        cuts: Cuts,
        from: Source,
        of: Option<u32>,
        add: bool,
    },
}
