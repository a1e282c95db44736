//! The sweep as a list of steps, read off the ledger's terms.

use super::{ArrayTerm, Explanation, Node, Term};
use crate::graph::Operand;
use crate::op::Op;

/// One step of the sweep: a node hands its adjoint on to its operands.
#[derive(Clone, Debug, PartialEq)]
pub struct Step<'a> {
    /// Its number, from 1.
    pub number: usize,
    /// The node.
    pub node: &'a Node,
    /// The node's adjoint, which is complete by now; NaN of an array.
    pub adjoint: f64,
    /// What each operand that is a number receives.
    pub receipts: Vec<Receipt<'a>>,
    /// What each operand that is an array receives.
    pub array_receipts: Vec<ArrayReceipt<'a>>,
}

/// What an operand receives in a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Receipt<'a> {
    /// The operand.
    pub operand: &'a Node,
    /// The term that is added.
    pub term: Term,
    /// The sum of the operand's terms before; `None` if this is the first.
    pub before: Option<f64>,
    /// The sum after.
    pub after: f64,
}

/// What an operand that is an array receives in a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ArrayReceipt<'a> {
    /// The operand.
    pub operand: &'a Node,
    /// The term that is added.
    pub term: &'a ArrayTerm,
    /// Which of the operand's terms it is, from 0.
    pub place: usize,
}

impl Explanation {
    /// The steps of the sweep, in its order: one for each node that has an adjoint and operands.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let x = tape.var("x", 3.0);
    /// let explanation = (x * x).explain();
    /// let step = explanation.steps().next().unwrap();
    /// assert_eq!((step.number, step.adjoint), (1, 1.0));
    /// let sums: Vec<_> = step.receipts.iter().map(|receipt| (receipt.before, receipt.after)).collect();
    /// assert_eq!(sums, [(None, 3.0), (Some(3.0), 6.0)]);
    /// ```
    pub fn steps(&self) -> impl Iterator<Item = Step<'_>> {
        // Of each node: how many of its terms are in, and their sum.
        let mut received: Vec<(usize, Option<f64>)> = vec![(0, None); self.nodes().len()];
        for (node, received) in self.nodes().iter().zip(&mut received) {
            let array_seeds = node.array.iter().flat_map(|array| &array.terms);
            received.0 += array_seeds.filter(|term| term.child.is_none()).count();
            for seed in node.terms.iter().filter(|term| term.child.is_none()) {
                *received = (received.0 + 1, Some(add(received.1, seed.contribution)));
            }
        }
        let active = self
            .nodes()
            .iter()
            .rev()
            .filter(|node| node.op != Op::Input && node.has_adjoint());
        active.zip(1..).map(move |(node, number)| {
            let mut receipts = Vec::with_capacity(node.operands.len());
            let mut array_receipts = Vec::new();
            for operand in &node.operands {
                let Operand::Node(operand) = *operand else {
                    continue;
                };
                let place = self.place_of(operand);
                let operand = &self.nodes()[place];
                let (count, before) = received[place];
                if let Some(array) = &operand.array {
                    let term = array.terms.get(count);
                    if let Some(term) = term.filter(|term| term.child == Some(node.id)) {
                        received[place].0 += 1;
                        array_receipts.push(ArrayReceipt {
                            operand,
                            term,
                            place: count,
                        });
                    }
                    continue;
                }
                // A detached operand receives nothing.
                let term = operand
                    .terms
                    .get(count)
                    .filter(|term| term.child == Some(node.id));
                let Some(&term) = term else { continue };
                let after = add(before, term.contribution);
                received[place] = (count + 1, Some(after));
                receipts.push(Receipt {
                    operand,
                    term,
                    before,
                    after,
                });
            }
            Step {
                number,
                node,
                adjoint: node.adjoint.unwrap_or(f64::NAN),
                receipts,
                array_receipts,
            }
        })
    }
}

fn add(before: Option<f64>, term: f64) -> f64 {
    before.map_or(term, |before| before + term)
}
