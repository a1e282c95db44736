//! What formulas call each node.

use super::Node;
use crate::op::Op;
use std::collections::HashMap;

/// What is known about a name that a user gave.
#[derive(Default)]
struct Given {
    /// Whether a node bears it already.
    taken: bool,
    /// The last suffix tried.
    suffix: u32,
}

/// Gives each node a label of its own: its name, if that is free, else one made up.
pub(super) fn label(nodes: &mut [Node]) {
    let mut given: HashMap<String, Given> = HashMap::new();
    for name in nodes.iter().filter_map(|node| node.name.as_deref()) {
        given.entry(name.to_string()).or_default();
    }
    let mut inputs = 0;
    for node in nodes {
        let name = node.name.as_deref().filter(|name| !name.is_empty());
        node.label = match (name, node.op) {
            (Some(name), _) => name.to_string(),
            (None, Op::Input) => format!("x{inputs}"),
            (None, _) => format!("v{}", node.id),
        };
        inputs += usize::from(node.op == Op::Input);
        let Some(wish) = given.get_mut(&node.label) else {
            continue;
        };
        if name.is_some() && !wish.taken {
            wish.taken = true;
            continue;
        }
        let mut suffix = wish.suffix.max(1);
        let free = loop {
            suffix += 1;
            let label = format!("{}_{suffix}", node.label);
            if !given.contains_key(&label) {
                break label;
            }
        };
        given
            .entry(std::mem::replace(&mut node.label, free.clone()))
            .or_default()
            .suffix = suffix;
        given.insert(
            free,
            Given {
                taken: true,
                suffix: 1,
            },
        );
    }
}
