//! The making of an explanation: one sweep, with an observer that keeps every term.

use super::{
    ArrayHookTerm, ArrayPart, ArrayTerm, Explanation, HookTerm, Node, Output, Source, Start, Term,
    find,
};
use super::{label::label, scope::scopes, source::place};
use crate::array::Array;
use crate::element::Elements;
use crate::graph::{Line, Operand, Row};
use crate::hooks::Stops;
use crate::op::Op;
use crate::program::ProgramGuard;
use crate::pull::{Nodes, Observer, Term as Swept, is_untouched, pull, untouched};
use crate::recording::Recording;
use crate::show::Numbers;
use crate::structural::StructuralOp;
use crate::tensor::{
    ArrayAdjoints, ArrayObserver, ArraySeed, ArrayTerm as SweptArray, Arrays, PASSIVE,
    Source as Place, plain_adjoint,
};
use crate::var::Var;

/// Explains outputs that are constants or belong to `recording`.
#[track_caller]
pub(super) fn explain(
    recording: Option<&Recording>,
    start: Start<'_>,
    stops: Option<Stops<'_, '_>>,
) -> Explanation {
    let starts = start.outputs();
    let node_of = |var: &Var| {
        let index = recording.and_then(|recording| recording.index(*var));
        assert!(
            index.is_some() || var.is_constant(),
            "explain: an output of value {} does not belong to this tape, or the tape was reset since",
            var.value
        );
        index
    };
    let outputs: Vec<Option<u32>> = starts.iter().map(|(var, _)| node_of(var)).collect();
    let nodes = match recording {
        Some(recording) => {
            let mut nodes = read(recording, start, &outputs, stops);
            place(&mut nodes, recording);
            label(&mut nodes);
            nodes
        }
        None => Vec::new(),
    };
    let scopes = recording.map_or_else(Vec::new, |recording| scopes(&nodes, recording));
    let inputs: Vec<usize> = (0..nodes.len())
        .filter(|&place| nodes[place].op == Op::Input)
        .collect();
    let base = recording.map_or(0, Recording::base);
    let numbers = inputs
        .iter()
        .map(|&place| &nodes[place])
        .filter(|node| node.array.is_none());
    let jacobian = if let [_] = starts[..] {
        vec![numbers.map(|node| node.adjoint.unwrap_or(0.0)).collect()]
    } else {
        let handles: Vec<Var> = numbers
            .map(|node| Var {
                value: node.value,
                id: base + u64::from(node.id),
            })
            .collect();
        starts
            .iter()
            .map(|(output, _)| output.backward().of(&handles))
            .collect()
    };
    Explanation {
        jacobian,
        outputs: outputs
            .iter()
            .zip(starts)
            .map(|(&node, (var, seed))| {
                let found = node.and_then(|id| find(&nodes, id));
                Output {
                    node: found.map(|node| node.id),
                    value: found.map_or(var.value, |node| node.value),
                    seed,
                }
            })
            .collect(),
        guards: recording.map_or_else(Vec::new, guards),
        nodes,
        inputs,
        scopes,
        base,
        numbers: Numbers::Readable,
        marked: false,
    }
}

/// Keeps every term of a sweep.
struct Seen<'s, 'a> {
    stops: Option<Stops<'s, 'a>>,
    /// What hooks changed, each with its node.
    hooks: Vec<(u32, HookTerm)>,
    array_hooks: Vec<(u32, ArrayHookTerm)>,
    /// Those of numbers.
    terms: Vec<Swept<f64>>,
    /// Those of arrays, each with the node that receives it.
    arrays: Vec<(u32, ArrayTerm)>,
}

impl Observer<f64> for Seen<'_, '_> {
    fn term(&mut self, term: Swept<f64>) {
        self.terms.push(term);
    }
}

impl ArrayObserver for Seen<'_, '_> {
    const TERMS: bool = true;
    const LOCALS: bool = true;

    fn array_term(&mut self, term: SweptArray<'_>) {
        let SweptArray {
            child,
            slot,
            operand,
            source,
            local,
            arrays,
        } = term;
        if source.layout == 0 {
            let contribution = f64::from_bits(source.slot) + 0.0;
            self.terms.push(Swept {
                child,
                slot,
                operand,
                upstream: contribution,
                local: 1.0,
                contribution,
            });
            return;
        }
        let contribution = arrays.plain(&source);
        let local = local.map(|local| match local.layout {
            0 => Array::full(contribution.shape(), f64::from_bits(local.slot)),
            _ => arrays.plain(&local),
        });
        let term = ArrayTerm {
            child: Some(child),
            slot,
            local,
            contribution,
        };
        self.arrays.push((operand, term));
    }

    fn stop(&mut self, left: usize) -> usize {
        self.stops.as_mut().map_or(0, |stops| stops.stop(left))
    }

    fn stopped(&mut self, recording: &Recording, index: usize, adjoint: &mut f64) {
        let Some(stops) = &mut self.stops else { return };
        let id = index as u32;
        let source = |line: Line| {
            let lines = recording.line(id).is_some();
            lines.then(|| Source::of_line(line))
        };
        let is_array = recording.node(id).row.shape & !PASSIVE != 0;
        if !is_array || is_untouched(*adjoint) {
            let before = *adjoint;
            if let Some(line) = stops.call(recording, adjoint)
                && before.to_bits() != adjoint.to_bits()
            {
                let (after, source) = (*adjoint, source(line));
                self.hooks.push((
                    id,
                    HookTerm {
                        before,
                        after,
                        source,
                    },
                ));
            }
            return;
        }
        let before = plain_adjoint(recording, *adjoint);
        let Some(line) = stops.call(recording, adjoint) else {
            return;
        };
        let term = ArrayHookTerm {
            before,
            after: plain_adjoint(recording, *adjoint),
            source: source(line),
        };
        if term.changed() > 0 {
            self.array_hooks.push((id, term));
        }
    }
}

/// What a sweep found, by node.
struct Found {
    adjoints: Vec<f64>,
    arrays: ArrayAdjoints,
    terms: Vec<Vec<Term>>,
    array_terms: Vec<Vec<ArrayTerm>>,
    hooks: Vec<(u32, HookTerm)>,
    array_hooks: Vec<(u32, ArrayHookTerm)>,
}

/// Sweeps, and reads the nodes up to the last output and the inputs behind it.
#[track_caller]
fn read(
    recording: &Recording,
    start: Start<'_>,
    outputs: &[Option<u32>],
    stops: Option<Stops<'_, '_>>,
) -> Vec<Node> {
    let found = sweep(recording, start, outputs, stops);
    let mut nodes = recording.with(|recorded, store| {
        let swept = found.adjoints.len();
        let is_literal = |index: u32| is_number(&recorded[index as usize].row);
        let literal = |operand: &mut Operand| match *operand {
            Operand::Node(node) if is_literal(node) => {
                *operand = Operand::Literal(recorded[node as usize].value)
            }
            Operand::Node(_) | Operand::Literal(_) => {}
        };
        let mut nodes = Vec::with_capacity(swept);
        for (index, &recorded) in recorded.iter().enumerate() {
            let (row, id) = (recorded.row, index as u32);
            if is_number(&row) || (index >= swept && row.op != Op::Input) {
                continue;
            }
            let mut operands = row.operands(&store.lists);
            operands.iter_mut().for_each(literal);
            let op =
                (row.op == Op::Structural).then(|| &store.arrays.ops[StructuralOp::place(&row)]);
            let rule = |op: &StructuralOp| (0..operands.len()).map(|slot| op.says(slot)).collect();
            let rules = op.map_or_else(Vec::new, rule);
            let is_array = row.shape & !PASSIVE != 0;
            let adjoint = found.adjoints.get(index).copied();
            nodes.push(Node {
                id,
                name: store.names.get(&id).map(ToString::to_string),
                label: String::new(),
                op: row.op,
                op_name: op.map_or_else(|| row.op_name(), StructuralOp::name),
                operands,
                attribute: row.attribute(),
                rules,
                value: if is_array { f64::NAN } else { recorded.value },
                adjoint: adjoint.filter(|&adjoint| !is_array && !is_untouched(adjoint)),
                terms: Vec::new(),
                hooks: Vec::new(),
                array: is_array
                    .then(|| array(&store.arrays, &row, Place::of(&recorded), id, &found)),
                source: None,
                row,
                structural: op.cloned().map(Box::new),
            });
        }
        nodes
    });
    let Found {
        mut arrays,
        mut terms,
        mut array_terms,
        hooks,
        array_hooks,
        ..
    } = found;
    for node in &mut nodes {
        if let Some(terms) = terms.get_mut(node.id as usize) {
            node.terms = std::mem::take(terms);
        }
        if let (Some(array), Some(terms)) = (&mut node.array, array_terms.get_mut(node.id as usize))
        {
            array.terms = std::mem::take(terms);
        }
    }
    let place_of = |nodes: &[Node], id: u32| nodes.partition_point(|node| node.id < id);
    for (id, hook) in hooks {
        let place = place_of(&nodes, id);
        nodes[place].hooks.push(hook);
    }
    for (id, hook) in array_hooks {
        let place = place_of(&nodes, id);
        if let Some(array) = &mut nodes[place].array {
            array.hooks.push(hook);
        }
    }
    arrays.give();
    nodes
}

/// The guards of a recording, plain numbers among their operands written out.
fn guards(recording: &Recording) -> Vec<ProgramGuard> {
    recording.with(|nodes, store| {
        let written = |operand: Operand| match operand {
            Operand::Node(node) if is_number(&nodes[node as usize].row) => {
                Operand::Literal(nodes[node as usize].value)
            }
            other => other,
        };
        let guards = store.guards.iter().map(|guard| ProgramGuard {
            left: written(guard.left),
            right: written(guard.right),
            ..guard.into()
        });
        guards.collect()
    })
}

/// Whether a row is a plain number.
fn is_number(row: &Row) -> bool {
    row.op == Op::Const && row.shape & !PASSIVE == 0
}

/// The array of a node, without its terms.
fn array(arrays: &Arrays, row: &Row, value: Place, id: u32, found: &Found) -> Box<ArrayPart> {
    Box::new(ArrayPart {
        element: arrays.layouts.get(value.layout).element,
        is_data: row.shape & PASSIVE != 0,
        value: arrays.plain(&value),
        adjoint: found.arrays.array(id),
        terms: Vec::new(),
        hooks: Vec::new(),
    })
}

/// Sweeps from the outputs, and sorts the terms by the node that received them.
#[track_caller]
fn sweep(
    recording: &Recording,
    start: Start<'_>,
    outputs: &[Option<u32>],
    stops: Option<Stops<'_, '_>>,
) -> Found {
    let last = outputs.iter().flatten().max();
    let swept = last.map_or(0, |&last| last as usize + 1);
    let mut adjoints = vec![untouched(); swept];
    let hooked = stops.is_some();
    let mut seen = Seen {
        stops,
        hooks: Vec::new(),
        array_hooks: Vec::new(),
        terms: Vec::new(),
        arrays: Vec::new(),
    };
    let mut arrays = ArrayAdjoints::default();
    let seeds = seeds(recording, start, outputs);
    for &(output, seed) in &seeds {
        adjoints[output as usize] += seed + 0.0;
    }
    let array_seed = match (start, outputs) {
        (Start::Array(_, elements), &[Some(index)]) => Some(ArraySeed { index, elements }),
        _ => None,
    };
    if (hooked || recording.has_arrays()) && swept > 0 {
        arrays.sweep(recording, &mut adjoints, array_seed, &mut seen);
    } else {
        recording.with(|nodes, store| {
            let lists = &store.lists;
            pull(&Nodes { nodes, lists }, &mut adjoints, &mut seen);
        });
    }

    let mut counts = vec![0; swept];
    seeds
        .iter()
        .for_each(|&(seed, _)| counts[seed as usize] += 1);
    seen.terms
        .iter()
        .for_each(|term| counts[term.operand as usize] += 1);
    let mut terms: Vec<Vec<Term>> = counts.into_iter().map(Vec::with_capacity).collect();
    for (output, seed) in seeds {
        terms[output as usize].push(Term::seed(seed + 0.0));
    }
    for Swept {
        child,
        slot,
        operand,
        upstream,
        local,
        contribution,
    } in seen.terms
    {
        terms[operand as usize].push(Term {
            child: Some(child),
            slot,
            upstream,
            local,
            contribution,
        });
    }
    let mut array_terms = Vec::new();
    if array_seed.is_some() || !seen.arrays.is_empty() {
        array_terms.resize_with(swept, Vec::new);
    }
    if let Some(ArraySeed { index, elements }) = array_seed
        && arrays.find(index).is_some()
    {
        array_terms[index as usize].push(ArrayTerm {
            child: None,
            slot: 0,
            local: None,
            contribution: cotangent(recording, index, elements),
        });
    }
    for (operand, term) in seen.arrays {
        array_terms[operand as usize].push(term);
    }
    Found {
        adjoints,
        arrays,
        terms,
        array_terms,
        hooks: seen.hooks,
        array_hooks: seen.array_hooks,
    }
}

/// The outputs that are numbers, and no plain ones, with their seeds.
fn seeds(recording: &Recording, start: Start<'_>, outputs: &[Option<u32>]) -> Vec<(u32, f64)> {
    let Start::Numbers(starts) = start else {
        return Vec::new();
    };
    recording.with(|nodes, _| {
        let seeds = outputs.iter().zip(starts);
        let seeds = seeds.filter_map(|(&output, &(_, seed))| Some((output?, seed)));
        seeds
            .filter(|&(output, _)| !is_number(&nodes[output as usize].row))
            .collect()
    })
}

/// The seed of an array, as plain data.
fn cotangent(recording: &Recording, index: u32, elements: Elements<'_>) -> Array {
    let elements = match elements {
        Elements::F64(elements) => elements.to_vec(),
        Elements::F32(elements) => elements.iter().map(|&x| f64::from(x)).collect(),
    };
    Array::trusted(recording.shape(index), elements)
}
