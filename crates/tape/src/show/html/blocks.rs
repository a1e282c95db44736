//! Which nodes the page draws folded together: scopes, and in long recordings named results,
//! repeated stretches, and in the end equal ones.
//!
//! A block is a stretch of the recording, so that blocks stand behind each other as nodes do, and
//! folding one never makes a circle.

use super::super::{title, visible};
use crate::explain::{Explanation, Node};
use crate::op::Op;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::ops::Range;

/// How many things one block shows.
pub(super) const CROWD: usize = 96;
/// The longest stretch that is recognised when it repeats.
const LONGEST_PERIOD: usize = 256;
/// Fewer things than these are not folded.
const SHORT: usize = 3;
/// How many things an equal part has.
const PART: usize = 48;

/// A node or a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// Its place in the explanation.
    Node(usize),
    /// Its place in the list of blocks.
    Block(usize),
}

/// Things that are drawn as one, or side by side within a frame.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) name: String,
    pub(super) items: Vec<Item>,
    /// The places of the nodes that it holds.
    pub(super) nodes: Range<usize>,
    /// What tells blocks apart that do different things.
    kind: u64,
}

/// The blocks of a recording; the first holds all.
pub(super) fn blocks(explanation: &Explanation) -> Vec<Block> {
    let mut tree = Tree {
        nodes: explanation.nodes(),
        blocks: scopes(explanation),
    };
    let mut place = 0;
    while place < tree.blocks.len() {
        tree.thin(place);
        place += 1;
    }
    tree.blocks
}

/// A block for the whole, and one for each scope, in their order.
fn scopes(explanation: &Explanation) -> Vec<Block> {
    let all = explanation.nodes().len();
    let block = |name: &str, nodes: Range<usize>| Block {
        name: title(name),
        items: Vec::new(),
        nodes,
        kind: 0,
    };
    let mut blocks = vec![block("", 0..all)];
    blocks.extend(explanation.scopes().iter().map(|scope| {
        let [start, end] = [scope.nodes.start, scope.nodes.end].map(|id| explanation.place_of(id));
        block(&scope.name, start..end)
    }));
    let (mut inside, mut next) = (vec![0], 1);
    for place in 0..all {
        while blocks[inside[inside.len() - 1]].nodes.end <= place {
            inside.pop();
        }
        while next < blocks.len() && blocks[next].nodes.start == place {
            blocks[inside[inside.len() - 1]]
                .items
                .push(Item::Block(next));
            inside.push(next);
            next += 1;
        }
        blocks[inside[inside.len() - 1]]
            .items
            .push(Item::Node(place));
    }
    blocks
}

struct Tree<'a> {
    nodes: &'a [Node],
    blocks: Vec<Block>,
}

impl Tree<'_> {
    /// Folds what a block holds until it is no crowd.
    fn thin(&mut self, place: usize) {
        let mut items = std::mem::take(&mut self.blocks[place].items);
        while items.len() > CROWD {
            let ends = self
                .results(&items)
                .or_else(|| self.repeats(&items))
                .unwrap_or_else(|| parts(items.len()));
            let mut folded = self.folded(&items, ends);
            if folded.len() == items.len() {
                folded = self.folded(&items, parts(items.len()));
            }
            items = folded;
        }
        self.blocks[place].items = items;
    }

    /// The items with each stretch folded, but for those that are short.
    fn folded(&mut self, items: &[Item], ends: Vec<usize>) -> Vec<Item> {
        let mut folded = Vec::new();
        let mut start = 0;
        for end in ends {
            match &items[start..end] {
                short if short.len() < SHORT => folded.extend(short),
                long => folded.push(self.fold(long.to_vec())),
            }
            start = end;
        }
        folded
    }

    fn fold(&mut self, items: Vec<Item>) -> Item {
        let mut hasher = DefaultHasher::new();
        items
            .iter()
            .for_each(|&item| self.kind(item).hash(&mut hasher));
        let (first, last) = (self.first(items[0]), self.last(items[items.len() - 1]));
        let label = |place: usize| visible(&self.nodes[place].label);
        self.blocks.push(Block {
            name: match self.nodes[last].name {
                Some(_) if self.nodes[last].op != Op::Input => label(last),
                _ => format!("{} … {}", label(first), label(last)),
            },
            items,
            nodes: first..last + 1,
            kind: hasher.finish(),
        });
        Item::Block(self.blocks.len() - 1)
    }

    /// Where named results end what led to them, if that folds much.
    fn results(&self, items: &[Item]) -> Option<Vec<usize>> {
        let named =
            |item: &Item| matches!(item, Item::Node(place) if self.nodes[*place].name.is_some());
        let leaf = |item: &Item| matches!(item, Item::Node(place) if matches!(self.nodes[*place].op, Op::Input | Op::Const));
        let is_end = |place: usize| {
            let next = items.get(place + 1);
            next.is_none() || named(&items[place]) || leaf(&items[place]) != next.is_some_and(leaf)
        };
        let ends: Vec<usize> = (0..items.len())
            .filter(|&place| is_end(place))
            .map(|place| place + 1)
            .collect();
        // Few long stretches would be no help.
        (items.len() / PART..=items.len() / 2)
            .contains(&ends.len())
            .then_some(ends)
    }

    /// Where a stretch ends that is repeated.
    fn repeats(&self, items: &[Item]) -> Option<Vec<usize>> {
        let kinds: Vec<u64> = items.iter().map(|&item| self.kind(item)).collect();
        let count = kinds.len();
        let alike = |period: usize| {
            let same = kinds.iter().zip(&kinds[period..]).filter(|(a, b)| a == b);
            same.count() * 20 >= (count - period) * 19
        };
        if alike(1) {
            return None;
        }
        let period = (2..=LONGEST_PERIOD.min(count / 3)).find(|&period| alike(period))?;
        // The pattern may begin behind something else.
        let begins = |&start: &usize| {
            (start..start + period).all(|place| kinds.get(place) == kinds.get(place + period))
        };
        let start = (0..count - 2 * period).find(begins)?;
        let first = if start == 0 { period } else { start };
        Some((first..count).step_by(period).chain([count]).collect())
    }

    fn kind(&self, item: Item) -> u64 {
        let node = match item {
            Item::Block(block) => return self.blocks[block].kind,
            Item::Node(place) => &self.nodes[place],
        };
        let mut hasher = DefaultHasher::new();
        (node.op, node.op_name, node.operands.len()).hash(&mut hasher);
        node.attribute.as_f64().to_bits().hash(&mut hasher);
        hasher.finish()
    }

    fn first(&self, item: Item) -> usize {
        match item {
            Item::Node(place) => place,
            Item::Block(block) => self.blocks[block].nodes.start,
        }
    }

    fn last(&self, item: Item) -> usize {
        match item {
            Item::Node(place) => place,
            Item::Block(block) => self.blocks[block].nodes.end - 1,
        }
    }
}

/// Ends of equal parts.
fn parts(count: usize) -> Vec<usize> {
    (PART..count).step_by(PART).chain([count]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tape;

    /// Every node stands in exactly one block, in its order, and none is a crowd.
    fn check(explanation: &Explanation) -> Vec<Block> {
        let blocks = blocks(explanation);
        let mut stack = vec![Item::Block(0)];
        let mut met = Vec::new();
        while let Some(item) = stack.pop() {
            match item {
                Item::Node(place) => met.push(place),
                Item::Block(block) => {
                    assert!(blocks[block].items.len() <= CROWD);
                    stack.extend(blocks[block].items.iter().rev());
                }
            }
        }
        assert!(met.into_iter().eq(0..explanation.nodes().len()));
        blocks
    }

    #[test]
    fn a_small_recording_has_one_block() {
        let tape = Tape::new();
        let x = tape.var("x", 1.0);
        assert_eq!(check(&(x * x + 1.0).explain()).len(), 1);
        assert_eq!(check(&tape.explain(&[])).len(), 1);
    }

    #[test]
    fn scopes_are_blocks_within_blocks() {
        let tape = Tape::new();
        let x = tape.var("x", 1.0);
        let y = tape.scope("net", || {
            let h = tape.scope("0: layer", || x * 2.0);
            tape.scope("1: layer", || h.sin() + 1.0)
        });
        let blocks = check(&(y * y).explain());
        let names: Vec<&str> = blocks.iter().map(|block| &block.name[..]).collect();
        assert_eq!(names, ["", "net", "0: layer", "1: layer"]);
        assert_eq!(
            blocks[0].items,
            [Item::Node(0), Item::Block(1), Item::Node(4)]
        );
        assert_eq!(blocks[1].items, [Item::Block(2), Item::Block(3)]);
    }

    #[test]
    fn named_results_fold_what_led_to_them() {
        let tape = Tape::new();
        let mut h = tape.var("h", 0.5);
        for step in 0..40 {
            h = (h * 0.9 + 0.1).sin().named(format!("h{step}"));
        }
        let blocks = check(&h.explain());
        assert_eq!(blocks[1].name, "h0");
        assert_eq!(blocks[1].items.len(), 3);
    }

    #[test]
    fn what_repeats_is_folded_alike() {
        let tape = Tape::new();
        let mut h = tape.var("h", 0.5);
        for _ in 0..60 {
            h = (h * h + 0.1).sin().exp().tanh();
        }
        let blocks = check(&h.explain());
        let of_five = blocks.iter().filter(|block| block.items.len() == 5);
        assert!(of_five.count() >= 58);
    }

    #[test]
    fn a_hundred_thousand_nodes_fold_into_a_handful() {
        let tape = Tape::without_lines();
        let mut h = tape.var("h", 0.5);
        for step in 0..100_000_u32 {
            h = match step.wrapping_mul(2_654_435_761) >> 30 {
                0 => h.sin(),
                1 => h * 0.5,
                2 => h + 0.1,
                _ => h.cos(),
            };
        }
        check(&h.explain());
    }
}
