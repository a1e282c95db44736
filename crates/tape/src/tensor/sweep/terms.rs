//! The terms of array nodes, as recorded computations: for a sweep that forgets them, and for a
//! gradient that is a graph.

use super::super::Tensor;
use super::super::store::{Arrays, PASSIVE};
use crate::element::{Element, ElementType, by_element};
use crate::graph::Operand;
use crate::op::Op;
use crate::recording::{Node, Recording};
use crate::run::local_partials;
use crate::structural::{Pulled, StructuralOp};
use crate::var::Var;
use smallvec::SmallVec;

/// Records the terms of an array node as nodes to stay, and hands those of wanted operands to `give`.
#[track_caller]
pub(crate) fn recorded_terms(
    recording: &Recording,
    index: u32,
    node: Node,
    upstream: Var,
    wanted: &dyn Fn(u32) -> bool,
    give: &mut dyn FnMut(usize, u32, Var),
) {
    if node.row.op == Op::Structural {
        let wanted = |operand: u32, _: &Node| wanted(operand);
        return structural_terms(recording, index, node, upstream, &wanted, give);
    }
    let element = recording
        .with_nodes_and_arrays(|nodes, lists, arrays| element_of(nodes, lists, arrays, &node));
    by_element!(element, T => {
        recorded_partials::<T>(recording, index, node, upstream, wanted, give)
    });
}

/// Records upstream times local derivative for each wanted operand of an elementwise node.
#[track_caller]
fn recorded_partials<T: Element>(
    recording: &Recording,
    index: u32,
    node: Node,
    upstream: Var,
    wanted: &dyn Fn(u32) -> bool,
    give: &mut dyn FnMut(usize, u32, Var),
) {
    let operands = recording.with(|_, store| node.row.operands(&store.lists));
    let mut handles = SmallVec::<[Tensor<T>; 4]>::new();
    for operand in &operands {
        handles.push(match *operand {
            Operand::Node(operand) => Tensor::of_node(recording, operand),
            Operand::Literal(number) => Tensor::from(number),
        });
    }
    let flows = |slot: usize| matches!(operands[slot], Operand::Node(operand) if wanted(operand));
    let result = Tensor::of_node(recording, index);
    let locals = local_partials(&node.row, &handles, result, flows);
    for (slot, (operand, &local)) in operands.iter().zip(&locals).enumerate() {
        if let (Operand::Node(operand), true) = (*operand, flows(slot)) {
            let term = Tensor::<T>::of(upstream).chain_unless_one(local);
            give(slot, operand, term.var());
        }
    }
}
/// What a structural node's rule is given.
struct Rule {
    op: StructuralOp,
    /// That of the node; of a number made from arrays, of its first operand.
    element: ElementType,
    operands: SmallVec<[Receiver; 4]>,
}

/// An operand that may receive a term.
struct Receiver {
    index: u32,
    handle: Var,
    wanted: bool,
}

/// Hands the term of every wanted operand of a structural node to `give`: slot, operand, term.
#[track_caller]
pub(super) fn structural_terms(
    recording: &Recording,
    index: u32,
    node: Node,
    upstream: Var,
    wanted: &dyn Fn(u32, &Node) -> bool,
    give: &mut dyn FnMut(usize, u32, Var),
) {
    let base = recording.base();
    let rule = recording.with_nodes_and_arrays(|nodes, lists, arrays| {
        let mut operands = SmallVec::new();
        for &index in node.row.list(lists) {
            let operand = &nodes[index as usize];
            operands.push(Receiver {
                index,
                handle: Var {
                    value: operand.value,
                    id: base + u64::from(index),
                },
                wanted: wanted(index, operand),
            });
        }
        Rule {
            op: arrays.ops[StructuralOp::place(&node.row)].clone(),
            element: element_of(nodes, lists, arrays, &node),
            operands,
        }
    });
    if let StructuralOp::Cast(cast) = &rule.op {
        let operand = &rule.operands[0];
        if operand.wanted {
            let term = cast_back(upstream, (cast.from, rule.element));
            give(0, operand.index, term);
        }
        return;
    }
    let result = Var {
        value: node.value,
        id: base + u64::from(index),
    };
    by_element!(rule.element, T => typed_terms::<T>(recording, &rule, upstream, result, give));
}

/// The element type of an array node; of a number made from arrays, that of its first operand.
fn element_of(nodes: &[Node], lists: &[u32], arrays: &Arrays, node: &Node) -> ElementType {
    if node.row.op == Op::Structural
        && let StructuralOp::Call(call) = &arrays.ops[StructuralOp::place(&node.row)]
    {
        return call.element();
    }
    let typed = match node.row.shape & !PASSIVE {
        0 => &nodes[node.row.list(lists)[0] as usize],
        _ => node,
    };
    arrays.layouts.get(typed.row.shape & !PASSIVE).element
}

#[track_caller]
fn typed_terms<T: Element>(
    recording: &Recording,
    rule: &Rule,
    upstream: Var,
    result: Var,
    give: &mut dyn FnMut(usize, u32, Var),
) {
    let Rule { op, operands, .. } = rule;
    let mut handles = SmallVec::new();
    for operand in operands {
        handles.push(Tensor::of(operand.handle));
    }
    let pulled = Pulled {
        upstream: Tensor::<T>::of(upstream),
        operands: handles,
        result: Tensor::of(result),
    };
    let wanted = |slot: usize| operands[slot].wanted;
    op.terms(&pulled, &wanted, &mut |slot, term: Tensor<T>| {
        let operand = operands[slot].index;
        recording.assert_fits(op, term.var(), operand);
        give(slot, operand, term.var());
    });
}

/// The adjoint of a cast in the element type of its operand.
#[track_caller]
fn cast_back(upstream: Var, (from, to): (ElementType, ElementType)) -> Var {
    match (from, to) {
        (ElementType::F64, ElementType::F32) => Tensor::<f32>::of(upstream).cast::<f64>().var(),
        (ElementType::F32, ElementType::F64) => Tensor::<f64>::of(upstream).cast::<f32>().var(),
        (ElementType::F64, ElementType::F64) | (ElementType::F32, ElementType::F32) => upstream,
    }
}

impl Recording {
    /// A term of another shape than its operand would be broadcast, silently, when it is added.
    fn assert_fits(&self, op: &StructuralOp, term: Var, operand: u32) {
        let term = self.index(term);
        self.with_nodes_and_arrays(|nodes, _, arrays| {
            let ordered = |index: u32| {
                let layout = nodes[index as usize].row.shape & !PASSIVE;
                arrays.layouts.ordered(layout)
            };
            assert_eq!(
                term.map_or(0, ordered),
                ordered(operand),
                "a term of `{}` has another shape",
                op.name()
            );
        });
    }
}
