//! How far off each node of a recording is: running error analysis, to first order.

use crate::array::Array;
use crate::graph::{Operand, Row};
use crate::op::{Op, Rounding, chain_product};
use crate::recording::{Node, Recording};
use crate::run::local_partials;
use crate::shape::Shape;
use crate::structural::{Errors, Rounded, StructuralOp};
use crate::tensor::{Arrays, PASSIVE, Source};
use smallvec::SmallVec;

/// What a user's operation may add, in units of the last place. Its inside is not looked at.
const CALL_ULPS: f64 = 4.0;

/// How far off a number is: as far as it is known, with its sign, and a bound on the rest.
type Off = [f64; 2];

/// How far off a node is.
pub(super) enum NodeErrors {
    Number(Off),
    Array(Box<Errors>),
    /// An operation of which no bound is known made it, or something that it depends on.
    Unknown,
}

/// The errors of all nodes of a recording, and the operations of which no bound is known.
pub(super) fn errors(recording: &Recording) -> (Vec<NodeErrors>, Vec<String>) {
    recording.with(|nodes, store| {
        let mut errors: Vec<NodeErrors> = Vec::with_capacity(nodes.len());
        let mut unknown: Vec<String> = Vec::new();
        for node in nodes {
            let operands = node.row.operands(&store.lists);
            let is_unknown = |operand: &Operand| match *operand {
                Operand::Node(id) => matches!(errors[id as usize], NodeErrors::Unknown),
                Operand::Literal(_) => false,
            };
            errors.push(if operands.iter().any(is_unknown) {
                NodeErrors::Unknown
            } else if node.row.op == Op::Structural {
                let op = &store.arrays.ops[StructuralOp::place(&node.row)];
                let operands: SmallVec<[u32; 4]> = node.row.list(&store.lists).into();
                let found = of_structural(op, node, &operands, nodes, &store.arrays, &errors);
                let name = op.called();
                if found.is_none() && !unknown.iter().any(|other| other == name) {
                    unknown.push(name.to_string());
                }
                found.map_or(NodeErrors::Unknown, |found| {
                    NodeErrors::Array(Box::new(found))
                })
            } else if node.row.shape & !PASSIVE != 0 {
                let found = of_array(node, &operands, nodes, &store.arrays, &errors);
                NodeErrors::Array(Box::new(found))
            } else {
                let value = |id: u32| nodes[id as usize].value;
                NodeErrors::Number(of_number(node, &operands, value, &errors))
            });
        }
        (errors, unknown)
    })
}

impl NodeErrors {
    /// Of a number.
    pub(super) fn number(&self) -> Off {
        match self {
            NodeErrors::Number(off) => *off,
            NodeErrors::Array(errors) => [errors.off.as_slice()[0], errors.within.as_slice()[0]],
            NodeErrors::Unknown => unreachable!("who depends on it is unknown, too"),
        }
    }
}

/// How far a number written in a derivative rule is from the constant that it stands for. (The
/// literals of the user's program are nodes of the replay, and exact.) One of few bits is what it is.
fn constant_error(number: f64) -> f64 {
    match number == 0.0 || number.to_bits().trailing_zeros() >= 30 {
        true => 0.0,
        false => 0.5 * f64::EPSILON * number.abs(),
    }
}

fn of_number(
    node: &Node,
    operands: &[Operand],
    value: impl Fn(u32) -> f64,
    errors: &[NodeErrors],
) -> Off {
    let operands = operands.iter().map(|operand| match *operand {
        Operand::Node(id) => (value(id), errors[id as usize].number()),
        Operand::Literal(number) => (number, [0.0, constant_error(number)]),
    });
    let (at, e): (SmallVec<[f64; 4]>, SmallVec<[Off; 4]>) = operands.unzip();
    of_row(&node.row, &at, &e, node.value)
}

/// How far off `value` is, which a row answers at operands that are off.
fn of_row(row: &Row, at: &[f64], errors: &[Off], value: f64) -> Off {
    let own = match row.op {
        Op::Input | Op::Const | Op::Detach => Rounding::NONE,
        Op::Call => Rounding::ulps(CALL_ULPS, value),
        op => op.rounding(at, row.attribute().as_f64(), value),
    };
    let (mut off, mut within) = match own {
        Rounding::Off(off) => (off, 0.0),
        Rounding::Within(within) => (0.0, within),
    };
    let locals = match row.op {
        Op::Input | Op::Const => SmallVec::new(),
        Op::Detach => SmallVec::from_slice(&[1.0]),
        _ => local_partials(row, at, value, |_| true),
    };
    for (&[e, t], &local) in errors.iter().zip(&locals) {
        off += chain_product(e, local);
        within += chain_product(t, local.abs());
    }
    [off, within]
}

/// An elementwise operation. What the kernel answers, in whatever type, is compared with what the
/// row answers for numbers, whose rounding is known.
fn of_array(
    node: &Node,
    operands: &[Operand],
    nodes: &[Node],
    arrays: &Arrays,
    errors: &[NodeErrors],
) -> Errors {
    let row = &node.row;
    let y = arrays.plain(&Source::of(node));
    let mut found = Errors::none(y.shape());
    if let (Op::Detach, [Operand::Node(id)]) = (row.op, operands)
        && let NodeErrors::Array(errors) = &errors[*id as usize]
    {
        return Errors {
            sizes: None,
            ..(**errors).clone()
        };
    }
    if matches!(row.op, Op::Input | Op::Const) {
        return found;
    }
    let values: SmallVec<[Array; 4]> = operands
        .iter()
        .map(|operand| match *operand {
            Operand::Node(id) => value(&nodes[id as usize], arrays),
            Operand::Literal(number) => Array::full(&[], number),
        })
        .collect();
    let place_in = |array: &Array, place: usize| match array.len() {
        1 => array.as_slice()[0],
        _ => array.as_slice()[place],
    };
    let attribute = row.attribute().as_f64();
    for (place, &y) in y.iter().enumerate() {
        let at: SmallVec<[f64; 4]> = values.iter().map(|x| place_in(x, place)).collect();
        let e = operands.iter().map(|operand| match *operand {
            Operand::Literal(number) => [0.0, constant_error(number)],
            Operand::Node(id) => match &errors[id as usize] {
                NodeErrors::Array(errors) => [
                    place_in(&errors.off, place),
                    place_in(&errors.within, place),
                ],
                number => number.number(),
            },
        });
        let e: SmallVec<[Off; 4]> = e.collect();
        let exact = match row.op {
            Op::Call => row.function().value(&at),
            op => op.apply(&at, attribute).expect("a row has its operands"),
        };
        let [off, within] = of_row(row, &at, &e, exact);
        found.off.as_mut_slice()[place] = off + known(y - exact);
        found.within.as_mut_slice()[place] = within;
    }
    found
}

/// An operation that moves, mixes or reduces elements. It knows how it rounds in double precision;
/// what it answers in its own type is compared with that.
fn of_structural(
    op: &StructuralOp,
    node: &Node,
    operands: &[u32],
    nodes: &[Node],
    arrays: &Arrays,
    errors: &[NodeErrors],
) -> Option<Errors> {
    let values = operands
        .iter()
        .map(|&id| value(&nodes[id as usize], arrays));
    let values: SmallVec<[Array; 4]> = values.collect();
    let values: SmallVec<[&Array; 4]> = values.iter().collect();
    let of_operand = |&id: &u32| match &errors[id as usize] {
        NodeErrors::Array(errors) => (**errors).clone(),
        number => {
            let [off, within] = number.number();
            Errors {
                off: Array::full(&[], off),
                within: Array::full(&[], within),
                sizes: None,
            }
        }
    };
    let operand_errors: SmallVec<[Errors; 4]> = operands.iter().map(of_operand).collect();
    let mut found = op.errors(&Rounded {
        operands: &values,
        errors: &operand_errors,
    })?;
    let (y, exact) = (value(node, arrays), op.applied(&values));
    for ((off, &y), &exact) in found.off.as_mut_slice().iter_mut().zip(&y).zip(&exact) {
        *off += known(y - exact);
    }
    Some(found)
}

/// A difference; there is none of what is not finite.
fn known(difference: f64) -> f64 {
    if difference.is_finite() {
        difference
    } else {
        0.0
    }
}

/// A node's value in double precision, of a number an array without axes.
pub(super) fn value(node: &Node, arrays: &Arrays) -> Array {
    match node.row.shape & !PASSIVE {
        0 => Array::full(&Shape::scalar(), node.value),
        _ => arrays.plain(&Source::of(node)),
    }
}
