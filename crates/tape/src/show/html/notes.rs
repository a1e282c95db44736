//! What the page marks in the drawing: nodes at fault for a NaN, at a kink, or where digits are lost.

use super::super::json_parts::Text;
use super::super::story::precision::lost;
use super::joined;
use crate::explain::{Explanation, Node};

/// How near to a kink a node is marked.
const NEAR: f64 = 1e-9;
/// How many marks a page has.
const MOST: usize = 60;
/// In a recording with more numbers digits are not counted: it takes as long as the page itself.
const COUNTED: usize = 20_000;

/// The marks as JSON, each with the place of its node, its kind and what is told.
pub(super) fn notes(explanation: &Explanation) -> String {
    let mut notes: Vec<(u32, &str, String)> = Vec::new();
    let blame = explanation.blame();
    let blamed = blame.marks().into_iter();
    notes.extend(blamed.map(|(node, text)| (node, "blame", text)));
    let kinks = explanation.kinks(NEAR);
    let found = kinks.found.iter();
    notes.extend(found.map(|kink| (kink.at.node, "kink", kink.text(explanation.numbers))));
    let numbers = |node: &Node| {
        node.array
            .as_ref()
            .map_or(1, |array| array.value.len().max(1))
    };
    if explanation.nodes().iter().map(numbers).sum::<usize>() <= COUNTED {
        let precision = explanation.precision();
        // Of nodes that an output depends on, like the rest.
        let cancellations = precision.cancellations.iter();
        let cancellations = cancellations.filter(|here| explanation.at(here.at.node).has_adjoint());
        notes.extend(cancellations.map(|here| (here.at.node, "digits", lost(here))));
    }
    joined(notes.iter().take(MOST).map(|(node, kind, text)| {
        let place = explanation.place_of(*node);
        format!("[{place},\"{kind}\",{}]", Text(text.trim_end()))
    }))
}
