//! Which node of one run is which of the other.

use super::{Parting, SnapshotNode, scope};
use crate::graph::Operand;
use crate::show::{Numbers, visible};
use smallvec::SmallVec;
use std::collections::{HashMap, HashSet};

/// A node that is in both runs: its place in either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) places: [usize; 2],
    /// Whether it computes the same from the same.
    pub(super) alike: bool,
}

/// Which nodes are in both, and which in one only, each list in recording order.
pub(super) struct Matched {
    pub(super) pairs: Vec<Pair>,
    pub(super) alone: [Vec<usize>; 2],
}

/// What a node is recognised by.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Mark<'a> {
    /// A name that both runs have.
    Name(&'a str),
    /// An operation, and the kinds of its operands.
    Made(&'a str, SmallVec<[u32; 4]>),
}

/// The kind of an operand that is a plain number, whatever the number.
const NUMBER: u32 = u32::MAX;
/// The kind of a node of which nothing is known but a name that the other run has not.
const UNKNOWN: u32 = u32::MAX - 1;

/// Nodes by name or, without one, by what they compute from what.
///
/// Either run's nodes are put into kinds, and no two nodes of a run are of one kind: that of a
/// name, if both runs have it; else that of the operation and the operands' kinds, numbered where
/// there are several.
pub(super) fn matched<'a>(runs: [&'a [SnapshotNode<'a>]; 2]) -> Matched {
    let names = |run: &'a [SnapshotNode<'a>]| -> HashSet<&'a str> {
        let named = run.iter().filter(|node| node.is_named);
        named.map(|node| &*node.label).collect()
    };
    let [first, second] = runs.map(names);
    let shared: HashSet<&str> = first.intersection(&second).copied().collect();
    let mut known = HashMap::new();
    let kinds = runs.map(|run| kinds(run, &shared, &mut known));
    let place_in_second: HashMap<u32, usize> = (kinds[1].iter().copied().zip(0..))
        .filter(|&(kind, _)| kind != UNKNOWN)
        .collect();

    let mut matched = Matched {
        pairs: Vec::new(),
        alone: [Vec::new(), Vec::new()],
    };
    let mut is_paired = vec![false; runs[1].len()];
    for (place, kind) in kinds[0].iter().enumerate() {
        let Some(&other) = place_in_second.get(kind) else {
            matched.alone[0].push(place);
            continue;
        };
        is_paired[other] = true;
        let places = [place, other];
        let alike = is_alike(places, runs, &kinds);
        matched.pairs.push(Pair { places, alike });
    }
    matched.alone[1] = (0..runs[1].len())
        .filter(|&place| !is_paired[place])
        .collect();
    matched
}

fn kinds<'a>(
    run: &'a [SnapshotNode<'a>],
    shared: &HashSet<&str>,
    known: &mut HashMap<(Mark<'a>, u32), u32>,
) -> Vec<u32> {
    let mut kinds: Vec<u32> = Vec::with_capacity(run.len());
    // How many nodes have had this mark.
    let mut counts: HashMap<Mark<'a>, u32> = HashMap::new();
    for node in run {
        let kind_of = |operand: &Operand| match *operand {
            Operand::Node(place) => kinds[place as usize],
            Operand::Literal(_) => NUMBER,
        };
        let mark = match &node.op {
            _ if node.is_named && shared.contains(&*node.label) => Mark::Name(&node.label),
            Some(op) => Mark::Made(op, node.operands.iter().map(kind_of).collect()),
            None => {
                kinds.push(UNKNOWN);
                continue;
            }
        };
        let count = counts.entry(mark.clone()).or_default();
        let next = known.len() as u32;
        kinds.push(*known.entry((mark, *count)).or_insert(next));
        *count += 1;
    }
    kinds
}

/// Whether two nodes compute the same from the same, as far as is known.
fn is_alike(places: [usize; 2], runs: [&[SnapshotNode<'_>]; 2], kinds: &[Vec<u32>; 2]) -> bool {
    let [first, second] = [0, 1].map(|side| &runs[side][places[side]]);
    let (Some(op), Some(other)) = (&first.op, &second.op) else {
        return true;
    };
    let same_number = |a: f64, b: f64| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
    let same_attribute = match (first.attribute, second.attribute) {
        (None, None) => true,
        (Some(a), Some(b)) => same_number(a, b),
        (None, Some(_)) | (Some(_), None) => false,
    };
    let mut operands = first.operands.iter().zip(&second.operands);
    op == other
        && same_attribute
        && first.operands.len() == second.operands.len()
        && operands.all(|pair| match pair {
            (&Operand::Node(a), &Operand::Node(b)) => kinds[0][a as usize] == kinds[1][b as usize],
            (&Operand::Literal(a), &Operand::Literal(b)) => same_number(a, b),
            (Operand::Node(_), Operand::Literal(_)) | (Operand::Literal(_), Operand::Node(_)) => {
                false
            }
        })
}

/// Where the graphs differ first, if both have one.
pub(super) fn parting(runs: [&[SnapshotNode<'_>]; 2], matched: &Matched) -> Option<Parting> {
    let has_graph = |run: &[SnapshotNode<'_>]| run.iter().any(|node| node.op.is_some());
    if !runs.into_iter().all(has_graph) {
        return None;
    }
    let alone = [0, 1].map(|side| matched.alone[side].first().copied());
    let before =
        |pair: &Pair| (0..2).all(|side| alone[side].is_some_and(|a| a < pair.places[side]));
    // Where both have a node that the other has not, these are what parts them. A node more in one
    // of them shows better in what a node of both is made of.
    let unlike = matched.pairs.iter().find(|pair| !pair.alike);
    let places = match unlike.filter(|pair| !before(pair)) {
        Some(pair) => pair.places.map(Some),
        None => alone,
    };
    places.iter().any(Option::is_some).then(|| Parting {
        labels: [0, 1].map(|side| Some(runs[side][places[side]?].label.to_string())),
        reads: [0, 1].map(|side| reads(runs[side], places[side]?)),
        scope: scope([0, 1].map(|side| Some(&runs[side][places[side]?]))),
    })
}

/// What a node computes, as far as it is known: `tanh(z)`, `pow(x, 2)`.
pub(super) fn reads(run: &[SnapshotNode<'_>], place: usize) -> Option<String> {
    let node = &run[place];
    let shown = |operand: &Operand| match *operand {
        Operand::Node(place) => visible(&run[place as usize].label),
        Operand::Literal(number) => Numbers::Exact.show(number),
    };
    let operands: Vec<String> = node.operands.iter().map(shown).collect();
    let attribute = node.attribute.map(|number| Numbers::Exact.show(number));
    let inside: Vec<String> = operands.into_iter().chain(attribute).collect();
    let op = node.op.as_deref()?;
    Some(match inside.is_empty() {
        true => op.to_string(),
        false => format!("{op}({})", inside.join(", ")),
    })
}
