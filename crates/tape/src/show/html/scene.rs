//! Where the page draws the things of each block: a layout of its own per block, which the page
//! stretches where a block within is opened.

use super::super::json_parts::Text;
use super::super::layout::{Graph, layout};
use super::super::svg::{CHARACTER, Picture};
use super::blocks::{Block, Item};
use super::joined;
use crate::explain::Explanation;
use crate::graph::Operand;

/// The height of a folded block.
const FOLDED: f64 = 44.0;

/// The blocks as JSON, the first of which holds all.
pub(super) fn scene(explanation: &Explanation, blocks: &[Block], pictures: &[Picture]) -> String {
    let nodes = explanation.nodes();
    let operands: Vec<Vec<usize>> = nodes
        .iter()
        .map(|node| {
            let places = node.operands.iter().filter_map(|operand| match operand {
                Operand::Node(id) => Some(explanation.place_of(*id)),
                Operand::Literal(_) => None,
            });
            places.collect()
        })
        .collect();
    // Which thing of the block at hand holds a node.
    let mut holder = vec![0; nodes.len()];
    let folded = |block: &Block| {
        // Before the name stands the sign that it unfolds.
        let words = [block.name.chars().count() + 2, count(block).len()];
        let gate = words.into_iter().max().unwrap_or(0) as f64 * CHARACTER + 20.0;
        [gate, pictures[block.nodes.end - 1].wire]
    };
    joined(blocks.iter().map(|block| {
        for (place, &item) in block.items.iter().enumerate() {
            match item {
                Item::Node(node) => holder[node] = place,
                Item::Block(inner) => holder[blocks[inner].nodes.clone()].fill(place),
            }
        }
        let within = |nodes: std::ops::Range<usize>, own: usize| {
            let used = operands[nodes].iter().flatten();
            let used = used.filter(|operand| block.nodes.contains(operand));
            used.map(|&operand| holder[operand])
                .filter(|&held| held != own)
                .collect::<Vec<_>>()
        };
        let graph = Graph {
            sizes: block.items.iter().map(|&item| match item {
                Item::Node(node) => pictures[node].size(),
                Item::Block(inner) => {
                    let [gate, wire] = folded(&blocks[inner]);
                    [gate + wire, FOLDED]
                }
            }).collect(),
            operands: block.items.iter().enumerate().map(|(place, &item)| match item {
                Item::Node(node) => within(node..node + 1, place),
                Item::Block(inner) => {
                    let mut used = within(blocks[inner].nodes.clone(), place);
                    used.sort_unstable();
                    used.dedup();
                    used
                }
            }).collect(),
        };
        let layout = layout(&graph);
        let items = block.items.iter().map(|&item| match item {
            Item::Node(node) => node.to_string(),
            Item::Block(inner) => format!("-{inner}"),
        });
        let at = layout.centres.iter().map(|[x, y]| format!("{x:.0},{y:.0}"));
        let routes = graph.operands.iter().zip(&layout.wires).enumerate().flat_map(
            |(place, (operands, wires))| {
                let wires = operands.iter().zip(wires).filter(|(_, passed)| !passed.is_empty());
                wires.map(move |(operand, passed)| {
                    let points = passed.iter().map(|[x, y]| format!("{x:.0},{y:.0}"));
                    format!("[{operand},{place},{}]", joined(points))
                })
            },
        );
        let [gate, wire] = match block.nodes.is_empty() {
            true => [0.0, 0.0],
            false => folded(block),
        };
        format!(
            "{{\"name\":{},\"count\":{},\"first\":{},\"end\":{},\"items\":[{}],\"at\":[{}],\"routes\":[{}],\"size\":[{:.0},{:.0}],\"folded\":[{gate:.0},{wire:.0},{FOLDED}]}}",
            Text(&block.name),
            Text(&count(block)),
            block.nodes.start,
            block.nodes.end,
            joined(items),
            joined(at),
            joined(routes),
            layout.width,
            layout.height,
        )
    }))
}

fn count(block: &Block) -> String {
    match block.nodes.len() {
        1 => "1 node".to_string(),
        many => format!("{many} nodes"),
    }
}
