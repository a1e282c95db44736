//! Where in the user's code each node was recorded.

use super::{Node, find};
use crate::graph::Line;
use crate::graph::{Operand, Operands};
use crate::program::Place;
use crate::recording::Recording;
use std::collections::HashMap;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

/// The line of code that recorded a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The place.
    pub place: Arc<Place>,
    /// Whether the operation itself happened inside a library (`iter().sum()`, say), so that
    /// the place is that of its newest operand. Printed with a `~`.
    pub of_operand: bool,
}

impl Source {
    /// A line itself.
    pub(super) fn of_line(line: Line) -> Source {
        Source {
            place: Arc::new(line.into()),
            of_operand: false,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.of_operand { "~" } else { "" };
        write!(f, "{mark}{}:{}", self.place.file, self.place.line)
    }
}

/// Writes down the source of each node.
pub(super) fn place(nodes: &mut [Node], recording: &Recording) {
    let mut known: HashMap<*const Location<'_>, Arc<Place>> = HashMap::new();
    for index in 0..nodes.len() {
        let Some(line) = recording.line(nodes[index].id) else {
            continue;
        };
        let place = known
            .entry(std::ptr::from_ref(line))
            .or_insert_with(|| Arc::new(line.into()));
        let own = Source {
            place: Arc::clone(place),
            of_operand: false,
        };
        let newest = |operands: &Operands| {
            let newest = operands.iter().filter_map(|operand| match *operand {
                Operand::Node(operand) => Some(operand),
                Operand::Literal(_) => None,
            });
            Some(Source {
                of_operand: true,
                ..find(nodes, newest.max()?)?.source.clone()?
            })
        };
        let operands = Some(&nodes[index].operands).filter(|_| in_a_library(line));
        nodes[index].source = Some(operands.and_then(newest).unwrap_or(own));
    }
}

/// Whether a line is of the standard library or of this crate: a closure there called the operation.
fn in_a_library(line: Line) -> bool {
    let this_crate = file!().trim_end_matches("explain/source.rs");
    let file = line.file();
    file.starts_with(this_crate)
        || ["/rustc/", "library/core", "library/std"]
            .iter()
            .any(|part| file.contains(part))
}
