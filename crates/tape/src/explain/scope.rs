//! The named stretches of a ledger.

use super::{Explanation, Node, Source};
use crate::derive::Handle;
use crate::recording::{Recorded, Recording};
use std::ops::Range;

/// A named stretch of the tape: what [`Tape::scope`](crate::Tape::scope) recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The name that it was given.
    pub name: String,
    /// The numbers of its nodes on the tape, those of inner scopes included. Numbers that the
    /// ledger leaves out (plain numbers, what was recorded behind the last output) may be among
    /// them.
    pub nodes: Range<u32>,
    /// How many scopes it is inside of.
    pub depth: usize,
    /// The place of the scope around it in [`Explanation::scopes`].
    pub parent: Option<usize>,
    /// The line of code that entered it, if lines were on.
    pub source: Option<Source>,
}

impl Explanation {
    /// The scopes that have a node in the ledger, each behind those around it: their first nodes'
    /// numbers do not fall, and two of them share no node unless one is inside the other.
    #[must_use]
    pub fn scopes(&self) -> &[Scope] {
        &self.scopes
    }

    /// The names of a scope and of those around it, joined by dots, the outermost first.
    ///
    /// # Panics
    /// If there are not as many scopes.
    #[must_use]
    #[track_caller]
    pub fn scope_path(&self, place: usize) -> String {
        let mut path = self.scopes[place].name.clone();
        let mut outer = self.scopes[place].parent;
        while let Some(scope) = outer.map(|place| &self.scopes[place]) {
            path = format!("{}.{path}", scope.name);
            outer = scope.parent;
        }
        path
    }

    /// The place of the innermost scope that a node belongs to; `None` if it is in none, or the
    /// handle has no node here.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let x = tape.var("x", 0.5);
    /// let y = tape.scope("layer", || x.tanh());
    /// let explanation = y.explain();
    /// assert_eq!((explanation.scope_of(x), explanation.scope_of(y)), (None, Some(0)));
    /// ```
    #[must_use]
    pub fn scope_of(&self, handle: impl Handle) -> Option<usize> {
        self.innermost(self.node(handle)?)
    }

    /// The place of the innermost scope that a node belongs to.
    pub(crate) fn innermost(&self, node: &Node) -> Option<usize> {
        let id = node.id;
        let begun = self.scopes.partition_point(|scope| scope.nodes.start <= id);
        let mut place = begun.checked_sub(1)?;
        while id >= self.scopes[place].nodes.end {
            place = self.scopes[place].parent?;
        }
        Some(place)
    }
}

impl Explanation {
    /// The line that entered the outermost scope around a node, if that is in another file than the
    /// line of the node itself: where the user's code called the library that recorded it. (A closure
    /// has a line of its own, whoever calls it; and so has a function without `#[track_caller]`.)
    #[must_use]
    pub fn entered_from(&self, node: &Node) -> Option<&Source> {
        let mut place = self.innermost(node)?;
        while let Some(outer) = self.scopes[place].parent {
            place = outer;
        }
        let own = &node.source.as_ref()?.place.file;
        let source = self.scopes[place].source.as_ref();
        source.filter(|source| source.place.file != *own)
    }

    /// The line of a node, and where the scope around it was entered.
    pub(crate) fn source_text(&self, node: &Node) -> Option<String> {
        let source = node.source.as_ref()?;
        Some(match self.entered_from(node) {
            Some(from) => format!("{source} from {from}"),
            None => source.to_string(),
        })
    }
}

/// The scopes of a recording that have a node in the ledger.
pub(super) fn scopes(nodes: &[Node], recording: &Recording) -> Vec<Scope> {
    let place_of = |id: u32| nodes.partition_point(|node| node.id < id);
    recording.with(|recorded, store| {
        let all = store.scopes.iter(recorded.len() as u32);
        let mut scopes: Vec<Scope> = Vec::new();
        // Where each went. (Around one that stays is none that goes.)
        let mut places = Vec::with_capacity(store.scopes.len());
        for scope in all {
            let Recorded { nodes: range, .. } = scope;
            let is_empty = place_of(range.start) == place_of(range.end);
            places.push(scopes.len());
            if is_empty {
                continue;
            }
            let parent = scope.parent.map(|parent| places[parent as usize]);
            scopes.push(Scope {
                name: scope.name.to_string(),
                nodes: range,
                depth: parent.map_or(0, |parent| scopes[parent].depth + 1),
                parent,
                source: scope.line.map(Source::of_line),
            });
        }
        scopes
    })
}
