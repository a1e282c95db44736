//! A ledger recorded anew, with its gradient as nodes behind it.

use crate::derive::gradient_of;
use crate::element::{Element, ElementType, by_element};
use crate::explain::{ArrayPart, Explanation, Node};
use crate::graph::Operand;
use crate::guard::Guards;
use crate::op::{Lift, Op};
use crate::program::Session;
use crate::recording::Settings;
use crate::structural::StructuralOp;
use crate::tensor::{Tensor, done, record_structural};
use crate::var::Var;

/// A ledger on a tape of its own, and its adjoints.
pub(super) struct Replay {
    pub(super) session: Session,
    /// By place in the ledger.
    pub(super) values: Vec<Var>,
    /// The same, where there is one. None of them where an output is an array, or a hook changed one.
    pub(super) adjoints: Vec<Option<Var>>,
}

impl Replay {
    pub(super) fn of(explanation: &Explanation) -> Replay {
        let settings = Settings {
            lines: false,
            guards: Guards::Off,
            ..Settings::BARE
        };
        let session = Session::open("a ledger being weighed", settings);
        let nodes = explanation.nodes();
        let mut vars: Vec<Var> = Vec::with_capacity(nodes.len());
        for node in nodes {
            let var = replayed(explanation, &session, &vars, node);
            vars.push(var);
        }
        let outputs = explanation.outputs().iter();
        let outputs = outputs.filter_map(|output| output.node);
        let outputs = outputs.map(|id| vars[explanation.place_of(id)]);
        let mut adjoints = vec![None; vars.len()];
        // The seeds of arrays, and what hooks did, are not recorded again.
        let known = !nodes.iter().any(Node::is_hooked)
            && !explanation
                .outputs()
                .iter()
                .any(|output| output.seed.is_nan());
        if let Some(total) = outputs.reduce(|a, b| a + b).filter(|_| known) {
            let places: Vec<usize> = (0..vars.len())
                .filter(|&place| nodes[place].has_adjoint())
                .collect();
            let handles: Vec<Var> = places.iter().map(|&place| vars[place]).collect();
            // The seed is a node, so that the products with it are, and nothing is folded unseen.
            let seed = match explanation.outputs() {
                [output] => output.seed,
                _ => 1.0,
            };
            let seed = session.0.constant(seed);
            for (&place, adjoint) in places.iter().zip(gradient_of(total, seed, &handles)) {
                adjoints[place] = Some(adjoint);
            }
        }
        Replay {
            values: vars,
            adjoints,
            session,
        }
    }
}

/// A node recorded anew.
fn replayed(explanation: &Explanation, session: &Session, vars: &[Var], node: &Node) -> Var {
    let operand = |operand: &Operand| match *operand {
        Operand::Node(id) => vars[explanation.place_of(id)],
        // As nodes: what a rule makes of plain numbers is not recorded, and so not weighed.
        Operand::Literal(number) => session.0.constant(number),
    };
    let operands: Vec<Var> = node.operands.iter().map(operand).collect();
    match (&node.structural, &node.array) {
        (Some(op), _) => {
            let element = element_of(explanation, node, op);
            by_element!(element, T => structural::<T>(op, &operands))
        }
        (None, Some(array)) => {
            by_element!(array.element, T => elementwise::<T>(session, node, array, &operands))
        }
        (None, None) => number(session, node, &operands),
    }
}

fn number(session: &Session, node: &Node, operands: &[Var]) -> Var {
    match node.op {
        Op::Input => session.inputs(&[node.value])[0],
        Op::Const => session.0.constant(node.value),
        Op::Detach => operands[0].detach(),
        Op::Call => <Var as Lift>::call(node.row.function(), operands),
        op => {
            let applied = op.apply(operands, node.attribute.as_f64());
            applied.expect("a row has its operands")
        }
    }
}

fn elementwise<T: Element>(
    session: &Session,
    node: &Node,
    array: &ArrayPart,
    operands: &[Var],
) -> Var {
    let operands: Vec<Tensor<T>> = operands.iter().map(|&var| Tensor::of(var)).collect();
    let result = match node.op {
        Op::Input | Op::Const => {
            let elements = array.value.cast::<T>();
            session
                .0
                .array_leaf(node.op, array.shape(), elements.as_slice())
        }
        Op::Detach => operands[0].detach(),
        Op::Call => <Tensor<T> as Lift>::call(node.row.function(), &operands),
        op => {
            let applied = op.apply(&operands, node.attribute.as_f64());
            applied.expect("a row has its operands")
        }
    };
    result.var()
}

fn structural<T: Element>(op: &StructuralOp, operands: &[Var]) -> Var {
    let operands: Vec<Tensor<T>> = operands.iter().map(|&var| Tensor::of(var)).collect();
    match op {
        StructuralOp::Cast(_) => match T::TYPE {
            ElementType::F64 => operands[0].cast::<f32>().var(),
            ElementType::F32 => operands[0].cast::<f64>().var(),
        },
        op => match op.composed(&operands) {
            Some(composed) => composed.var(),
            None => done(record_structural(op.clone(), &operands)).var(),
        },
    }
}

/// What an operation computes with: of a cast what its operand is made of.
fn element_of(explanation: &Explanation, node: &Node, op: &StructuralOp) -> ElementType {
    match op {
        StructuralOp::Cast(cast) => return cast.from,
        StructuralOp::Call(call) => return call.element(),
        _ => {}
    }
    let of_operand = node.operands.iter().find_map(|operand| match *operand {
        Operand::Node(id) => explanation.at(id).array.as_ref(),
        Operand::Literal(_) => None,
    });
    let array = node.array.as_ref().or(of_operand);
    array.map_or(ElementType::F64, |array| array.element)
}
