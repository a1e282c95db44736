//! The first value that is not finite.

use super::{Origin, OriginKind};
use crate::explain::{Explanation, Node};
use crate::graph::Operand;
use crate::op::Op;
use crate::story::{Mention, elements, index_of, is_finite, needed};

/// A node at which the forward pass went wrong anew: in which places of its value.
struct Candidate<'a> {
    node: &'a Node,
    kind: OriginKind,
    places: Vec<usize>,
    reaches_output: bool,
}

/// The origin to blame, and the other nodes that are one.
pub(super) fn origin(explanation: &Explanation) -> (Option<Origin>, Vec<Mention>) {
    let (needed, spoilers) = (needed(explanation), spoilers(explanation));
    let nodes = explanation.nodes().iter().enumerate();
    let candidates: Vec<Candidate<'_>> = nodes
        .filter(|&(place, _)| needed[place])
        .filter_map(|(place, node)| {
            let (kind, places) = wrong_here(explanation, node)?;
            Some(Candidate {
                node,
                kind,
                places,
                reaches_output: spoilers[place],
            })
        })
        .collect();
    let blamed = candidates
        .iter()
        .position(|candidate| candidate.reaches_output);
    let Some(blamed) = candidates.get(blamed.unwrap_or(0)) else {
        return (None, Vec::new());
    };
    let others = candidates.iter().map(|other| other.node);
    let others = others.filter(|other| other.id != blamed.node.id);
    let others = others
        .map(|other| Mention::of(explanation, other))
        .collect();
    (Some(blamed.tell(explanation)), others)
}

impl Candidate<'_> {
    fn tell(&self, explanation: &Explanation) -> Origin {
        let (node, place) = (self.node, self.places[0]);
        let value = elements(node)[place];
        let [mistake, cure] = match self.kind {
            OriginKind::Operation => explanation.mistake(node, place, value),
            OriginKind::Input => {
                ["the input is so itself", "give it a finite value"].map(String::from)
            }
            OriginKind::Data => [
                "the data are so themselves",
                "look for missing values where they come from",
            ]
            .map(String::from),
            OriginKind::Literal => {
                ["a literal is so itself", "write a finite number"].map(String::from)
            }
        };
        Origin {
            at: Mention::of(explanation, node),
            kind: self.kind,
            index: node
                .array
                .as_ref()
                .map(|array| index_of(array.shape(), place)),
            value,
            count: self.places.len(),
            operands: explanation.seen(node, place),
            mistake,
            cure,
            reaches_output: self.reaches_output,
        }
    }
}

/// The places in which a node's value is not finite, and no operand's is there.
fn wrong_here(explanation: &Explanation, node: &Node) -> Option<(OriginKind, Vec<usize>)> {
    let values = elements(node);
    let mut wrong: Vec<usize> = (0..values.len())
        .filter(|&place| !values[place].is_finite())
        .collect();
    let mut kind = match node.op {
        Op::Input => OriginKind::Input,
        Op::Const => OriginKind::Data,
        _ => OriginKind::Operation,
    };
    for &operand in &node.operands {
        let operand = match operand {
            Operand::Node(id) => explanation.at(id),
            Operand::Literal(number) => {
                if !number.is_finite() {
                    kind = OriginKind::Literal;
                }
                continue;
            }
        };
        match (&operand.array, node.op) {
            (None, _) if operand.value.is_finite() => {}
            (None, _) => wrong.clear(),
            (Some(array), Op::Structural) if is_finite(&array.value) => {}
            (Some(_), Op::Structural) => wrong.clear(),
            (Some(array), _) => {
                let before = array.value.as_slice();
                wrong.retain(|&place| before[place % before.len().max(1)].is_finite());
            }
        }
    }
    (!wrong.is_empty()).then_some((kind, wrong))
}

/// Of each node: whether a path of values that are not finite leads from it to an output.
fn spoilers(explanation: &Explanation) -> Vec<bool> {
    let nodes = explanation.nodes();
    let is_bad = |place: usize| elements(&nodes[place]).iter().any(|x| !x.is_finite());
    let mut spoils = vec![false; nodes.len()];
    for output in explanation.outputs() {
        if let Some(id) = output.node {
            let place = explanation.place_of(id);
            spoils[place] = is_bad(place);
        }
    }
    for place in (0..nodes.len()).rev() {
        if spoils[place] {
            for operand in &nodes[place].operands {
                if let Operand::Node(id) = *operand {
                    let operand = explanation.place_of(id);
                    spoils[operand] = spoils[operand] || is_bad(operand);
                }
            }
        }
    }
    spoils
}
