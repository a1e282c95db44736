//! The making of an explanation: one sweep, with an observer that keeps every term.

use super::{Explanation, Node, Output, Term, find};
use super::{label::label, source::place};
use crate::graph::Operand;
use crate::op::Op;
use crate::pull::{Nodes, Observer, Term as Swept, is_untouched, pull, untouched};
use crate::recording::{Node as Recorded, Recording, Store};
use crate::show::Numbers;
use crate::var::Var;

/// Explains outputs that are constants or belong to `recording`.
#[track_caller]
pub(super) fn explain(recording: Option<&Recording>, vars: &[Var]) -> Explanation {
    let node_of = |var: &Var| {
        let index = recording.and_then(|recording| recording.index(*var));
        assert!(
            index.is_some() || var.is_constant(),
            "explain: an output of value {} does not belong to this tape, or the tape was reset since",
            var.value
        );
        index
    };
    let outputs: Vec<Option<u32>> = vars.iter().map(node_of).collect();
    let nodes = recording.map_or_else(Vec::new, |recording| {
        let mut nodes = recording.with(|nodes, store| read(nodes, store, &outputs));
        place(&mut nodes, recording);
        label(&mut nodes);
        nodes
    });
    let inputs: Vec<usize> = (0..nodes.len())
        .filter(|&place| nodes[place].op == Op::Input)
        .collect();
    let base = recording.map_or(0, Recording::base);
    let handles: Vec<Var> = inputs
        .iter()
        .map(|&place| Var {
            value: nodes[place].value,
            id: base + u64::from(nodes[place].id),
        })
        .collect();
    let jacobian = if let [_] = vars {
        vec![
            inputs
                .iter()
                .map(|&place| nodes[place].adjoint.unwrap_or(0.0))
                .collect(),
        ]
    } else {
        vars.iter()
            .map(|output| output.backward().of(&handles))
            .collect()
    };
    Explanation {
        jacobian,
        outputs: outputs
            .iter()
            .zip(vars)
            .map(|(&node, var)| Output {
                node: node.filter(|&id| find(&nodes, id).is_some()),
                value: var.value,
            })
            .collect(),
        nodes,
        inputs,
        base,
        numbers: Numbers::Readable,
    }
}

/// Keeps every term of a sweep.
struct Terms(Vec<Swept<f64>>);

impl Observer<f64> for Terms {
    fn term(&mut self, term: Swept<f64>) {
        self.0.push(term);
    }
}

/// Sweeps, and reads the nodes up to the last output and the inputs behind it.
fn read(recorded: &[Recorded], store: &Store, outputs: &[Option<u32>]) -> Vec<Node> {
    let is_literal = |index: u32| recorded[index as usize].row.op == Op::Const;
    let swept = outputs
        .iter()
        .flatten()
        .max()
        .map_or(0, |&last| last as usize + 1);
    let mut adjoints = vec![untouched(); swept];
    let mut counts = vec![0; swept];
    let seeds: Vec<u32> = outputs
        .iter()
        .copied()
        .flatten()
        .filter(|&output| !is_literal(output))
        .collect();
    for &seed in &seeds {
        adjoints[seed as usize] += 1.0;
        counts[seed as usize] += 1;
    }
    let mut seen = Terms(Vec::new());
    pull(
        &Nodes {
            nodes: recorded,
            lists: &store.lists,
        },
        &mut adjoints,
        &mut seen,
    );

    seen.0
        .iter()
        .for_each(|term| counts[term.operand as usize] += 1);
    let mut terms: Vec<Vec<Term>> = counts.into_iter().map(Vec::with_capacity).collect();
    seeds
        .iter()
        .for_each(|&seed| terms[seed as usize].push(Term::SEED));
    for Swept {
        child,
        slot,
        operand,
        upstream,
        local,
        contribution,
    } in seen.0
    {
        terms[operand as usize].push(Term {
            child: Some(child),
            slot,
            upstream,
            local,
            contribution,
        });
    }
    let mut nodes = Vec::with_capacity(swept);
    for (index, &Recorded { row, value }) in recorded.iter().enumerate() {
        if row.op == Op::Const || (index >= swept && row.op != Op::Input) {
            continue;
        }
        let literal = |operand: &mut Operand| match *operand {
            Operand::Node(node) if is_literal(node) => {
                *operand = Operand::Literal(recorded[node as usize].value)
            }
            Operand::Node(_) | Operand::Literal(_) => {}
        };
        let mut operands = row.operands(&store.lists);
        operands.iter_mut().for_each(literal);
        nodes.push(Node {
            id: index as u32,
            name: store.names.get(&(index as u32)).map(ToString::to_string),
            label: String::new(),
            op: row.op,
            op_name: row.op_name(),
            operands,
            attribute: row.attribute(),
            value,
            adjoint: adjoints
                .get(index)
                .copied()
                .filter(|&adjoint| !is_untouched(adjoint)),
            terms: terms.get_mut(index).map(std::mem::take).unwrap_or_default(),
            source: None,
        });
    }
    nodes
}
