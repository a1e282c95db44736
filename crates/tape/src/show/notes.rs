//! What drawings mark: nodes at fault for a NaN, at a kink, or where digits are lost.

use super::story::precision::lost;
use crate::explain::{Explanation, Node};

/// How near to a kink a node is marked.
const NEAR: f64 = 1e-9;
/// How many marks a drawing has.
const MOST: usize = 60;
/// In a recording with more numbers digits are not counted: it takes as long as the page itself.
const COUNTED: usize = 20_000;

/// Something to tell of a node.
pub(super) struct Note {
    pub(super) node: u32,
    pub(super) kind: Kind,
    pub(super) text: String,
}

/// What is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It made a NaN or an infinity.
    Blame,
    /// It is at a kink.
    Kink,
    /// Digits are lost there.
    Digits,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Blame => "blame",
            Kind::Kink => "kink",
            Kind::Digits => "digits",
        }
    }

    /// What stands beside the node.
    pub(super) fn mark(self) -> char {
        match self {
            Kind::Blame => '!',
            Kind::Kink => '∠',
            Kind::Digits => '≈',
        }
    }
}

/// What there is to tell of a ledger.
pub(super) fn notes(explanation: &Explanation) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut note = |node: u32, kind: Kind, text: String| {
        let text = text.trim_end().to_string();
        notes.push(Note { node, kind, text });
    };
    for (node, text) in explanation.blame().marks() {
        note(node, Kind::Blame, text);
    }
    for kink in &explanation.kinks(NEAR).found {
        note(kink.at.node, Kind::Kink, kink.text(explanation.numbers));
    }
    let numbers = |node: &Node| {
        let array = node.array.as_ref();
        array.map_or(1, |array| array.value.len().max(1))
    };
    if explanation.nodes().iter().map(numbers).sum::<usize>() <= COUNTED {
        let precision = explanation.precision();
        // Of nodes that an output depends on, like the rest.
        let cancellations = precision.cancellations.iter();
        for here in cancellations.filter(|here| explanation.at(here.at.node).has_adjoint()) {
            note(here.at.node, Kind::Digits, lost(here));
        }
    }
    notes.truncate(MOST);
    notes
}
