//! The named stretches of a recording.

use crate::graph::Line;
use std::ops::Range;

/// The scopes of a recording, in the order in which they began. A node belongs to those that were
/// open when it was recorded: a scope is a range of nodes, and what is entered inside another ends
/// inside it. Names lie one behind the other in one text, so that a loop that enters the same
/// scopes again and again allocates nothing.
#[derive(Default)]
pub(crate) struct Scopes {
    list: Vec<Entry>,
    names: String,
    /// The innermost that is open. All others that are open are around it.
    inner: Option<u32>,
    /// The number of the next.
    next: u64,
}

struct Entry {
    name: Range<usize>,
    nodes: Range<u32>,
    parent: Option<u32>,
    number: u64,
    /// Where it was entered, if the recording keeps lines.
    line: Option<Line>,
}

/// A scope as it was recorded.
pub(crate) struct Recorded<'a> {
    pub(crate) name: &'a str,
    pub(crate) nodes: Range<u32>,
    /// The place of the scope around it.
    pub(crate) parent: Option<u32>,
    pub(crate) line: Option<Line>,
}

/// The end of a scope that is open.
const OPEN: u32 = u32::MAX;

/// A scope, to be left again: where it stands, and a number that no other has had.
#[derive(Clone, Copy)]
pub(crate) struct ScopeId {
    place: u32,
    number: u64,
}

impl Scopes {
    /// Opens a scope of what is recorded from `node` on.
    pub(super) fn enter(&mut self, name: &str, node: u32, line: Option<Line>) -> ScopeId {
        let place = u32::try_from(self.list.len()).expect("fewer scopes than 2^32");
        let number = self.next;
        self.next += 1;
        let start = self.names.len();
        self.names.push_str(name);
        self.list.push(Entry {
            name: start..self.names.len(),
            nodes: node..OPEN,
            parent: self.inner.replace(place),
            number,
            line,
        });
        ScopeId { place, number }
    }

    /// Ends a scope before `node`, and those that were entered inside it and are still open. One
    /// that has ended, or was forgotten, is left alone.
    pub(super) fn leave(&mut self, scope: ScopeId, node: u32) {
        let is_open = self
            .list
            .get(scope.place as usize)
            .is_some_and(|entry| entry.number == scope.number && entry.nodes.end == OPEN);
        while let Some(inner) = self.inner.filter(|&inner| is_open && inner >= scope.place) {
            let entry = &mut self.list[inner as usize];
            entry.nodes.end = node;
            self.inner = entry.parent;
        }
    }

    /// Forgets all, the open ones too.
    pub(super) fn clear(&mut self) {
        self.truncate(0);
    }

    /// Forgets those behind the first `count`, the open ones too.
    pub(super) fn truncate(&mut self, count: usize) {
        while let Some(inner) = self.inner.filter(|&inner| inner as usize >= count) {
            self.inner = self.list[inner as usize].parent;
        }
        if let Some(first) = self.list.get(count) {
            self.names.truncate(first.name.start);
            self.list.truncate(count);
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// Each, of the first `length` nodes.
    pub(crate) fn iter(&self, length: u32) -> impl Iterator<Item = Recorded<'_>> {
        self.list.iter().map(move |scope| Recorded {
            name: &self.names[scope.name.clone()],
            nodes: scope.nodes.start..scope.nodes.end.min(length),
            parent: scope.parent,
            line: scope.line,
        })
    }
}
