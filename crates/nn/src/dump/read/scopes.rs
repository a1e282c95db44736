//! The scopes of a run, as an explanation lists them.

use super::{Place, Result};
use serde_json::{Map, Value};
use std::ops::Range;

/// How many letters of a name are kept, and how long a path is at which inner scopes are not told
/// apart: a file of nested scopes takes no more memory than a multiple of its size.
const LONGEST: usize = 100;
const DEEPEST: usize = 400;

/// The named stretches of a run, each behind those around it.
pub(super) struct Scopes(Vec<Scope>);

struct Scope {
    /// Its name, behind those of the scopes around it.
    path: String,
    nodes: Range<u64>,
    parent: Option<usize>,
}

impl Scopes {
    /// The list `scopes` of a document; none if there is no such list.
    pub(super) fn of(document: &Map<String, Value>) -> Result<Scopes> {
        let place = Place::Key(&Place::Root, "scopes");
        let list = match document.get("scopes") {
            None | Some(Value::Null) => return Ok(Scopes(Vec::new())),
            Some(Value::Array(list)) => list,
            other => return Err(place.wants("a list of scopes", other)),
        };
        let mut scopes: Vec<Scope> = Vec::with_capacity(list.len());
        for (number, value) in list.iter().enumerate() {
            let place = Place::Item(&place, number);
            let name = match value.get("name") {
                Some(Value::String(name)) => name.chars().take(LONGEST).collect(),
                other => return Err(Place::Key(&place, "name").wants("a text", other)),
            };
            let ids = match value
                .get("nodes")
                .and_then(Value::as_array)
                .map(|ids| &ids[..])
            {
                Some([first, end]) => first.as_u64().zip(end.as_u64()),
                _ => None,
            };
            let Some((first, end)) = ids else {
                let wanted = "its first node and the one behind its last";
                return Err(Place::Key(&place, "nodes").wants(wanted, value.get("nodes")));
            };
            let parent = match value.get("parent") {
                None | Some(Value::Null) => None,
                parent => match parent.and_then(Value::as_u64) {
                    Some(before) if before < number as u64 => Some(before as usize),
                    _ => {
                        let wanted = "the place of a scope before this one, or null";
                        return Err(Place::Key(&place, "parent").wants(wanted, parent));
                    }
                },
            };
            let path = match parent {
                Some(parent) if scopes[parent].path.len() > DEEPEST => scopes[parent].path.clone(),
                Some(parent) => format!("{}.{name}", scopes[parent].path),
                None => name,
            };
            scopes.push(Scope {
                path,
                nodes: first..end,
                parent,
            });
        }
        Ok(Scopes(scopes))
    }

    /// The path of the innermost scope of a node.
    pub(super) fn path(&self, node: u64) -> Option<&str> {
        let begun = self.0.partition_point(|scope| scope.nodes.start <= node);
        let mut place = begun.checked_sub(1)?;
        while node >= self.0[place].nodes.end {
            place = self.0[place].parent?;
        }
        Some(&self.0[place].path)
    }
}
