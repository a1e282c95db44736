//! Stories over a ledger: where the first NaN came from, which kinks are near, which paths carry
//! the gradient, and how many digits are left.
//!
//! | you ask | look at |
//! |---|---|
//! | who made the first NaN or infinity, forward and backward | [`Explanation::blame`] |
//! | where the function is not differentiable, and which side was taken | [`Explanation::kinks`] |
//! | which paths the gradient comes by, and what share each has | [`Explanation::paths`] |
//! | how many decimal digits of each number survive rounding | [`Explanation::precision`] |
//!
//! Each reads the ledger when it is asked and costs nothing before. The answers are plain data that
//! outlives the ledger, with the numbers of the nodes that they tell of (to mark them in a drawing);
//! printed, they are what a person reads.

mod blame;
mod kinks;
mod paths;
mod precision;

pub(crate) use blame::bracketed;
pub use blame::{Blame, Hidden, Origin, OriginKind, Seen, Spoiled, SpoiledKind};
pub use kinks::{Kink, KinkPlace, Kinks, Side};
pub use paths::{Path, PathStep, Paths};
pub use precision::{ArrayDigits, Cancellation, Digits, NodeDigits, Precision};

pub use crate::show::Story;

use crate::array::Array;
use crate::explain::{Explanation, Node, Source};
use crate::graph::Operand;
use crate::shape::Shape;

/// A node that a story tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Its number on the tape.
    pub node: u32,
    /// Its label in the ledger.
    pub label: String,
    /// What it computes: `x + y`.
    pub expression: String,
    /// The line of code that recorded it, if lines were on.
    pub source: Option<Source>,
}

impl Mention {
    fn of(explanation: &Explanation, node: &Node) -> Mention {
        Mention {
            node: node.id,
            label: node.label.clone(),
            expression: explanation.expression(node),
            source: node.source.clone(),
        }
    }
}

/// The value of an operand, in one place of an array or of a number.
fn element(explanation: &Explanation, operand: Operand, place: usize) -> f64 {
    let node = match operand {
        Operand::Literal(number) => return number,
        Operand::Node(id) => explanation.at(id),
    };
    match &node.array {
        None => node.value,
        Some(array) => match array.value.as_slice() {
            [number] => *number,
            elements => elements[place],
        },
    }
}

/// The index along each axis of a place in row-major order.
fn index_of(shape: &Shape, mut place: usize) -> Vec<usize> {
    let mut index = vec![0; shape.rank()];
    for axis in (0..shape.rank()).rev() {
        index[axis] = place % shape[axis];
        place /= shape[axis];
    }
    index
}

/// The value of a node as a list, of a number one long.
fn elements(node: &Node) -> &[f64] {
    match &node.array {
        Some(array) => array.value.as_slice(),
        None => std::slice::from_ref(&node.value),
    }
}

fn is_finite(array: &Array) -> bool {
    array.iter().all(|x| x.is_finite())
}

/// Of each node: whether an output depends on it, cut off or not.
fn needed(explanation: &Explanation) -> Vec<bool> {
    let nodes = explanation.nodes();
    let mut needed = vec![false; nodes.len()];
    for output in explanation.outputs() {
        if let Some(id) = output.node {
            needed[explanation.place_of(id)] = true;
        }
    }
    for place in (0..nodes.len()).rev() {
        if needed[place] {
            for operand in &nodes[place].operands {
                if let Operand::Node(id) = *operand {
                    needed[explanation.place_of(id)] = true;
                }
            }
        }
    }
    needed
}
