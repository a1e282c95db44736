//! Recording an operation on arrays: find the tape, fit the shapes, compute, append a node.

mod elementwise;
mod leaf;
mod structural;

use super::Tensor;
use super::layout::LayoutId;
use super::store::{PASSIVE, Source};
use crate::element::{Element, ElementType};
use crate::error::{Error, ErrorKind};
use crate::graph::{Form, Row};
use crate::op::Op;
use crate::recording::{Node, Recording, common_owner, try_common_owner};
use crate::shape::Shape;
use crate::var::Var;
use smallvec::SmallVec;
use std::panic::Location;
use std::rc::Rc;

pub(super) use elementwise::record_elementwise;
pub(super) use leaf::record_detach;
pub(crate) use structural::record_structural;

/// An operand, looked up.
#[derive(Clone, Copy)]
pub(super) struct Operand {
    pub(super) index: u32,
    pub(super) source: Source,
    /// Whether it depends on an input.
    pub(super) active: bool,
}

/// Whether a node depends on an input.
pub(super) fn is_active(node: &Node) -> bool {
    node.row.shape & PASSIVE == 0 && node.row.op != Op::Const
}

impl Recording {
    /// The element type of a node that is an array.
    pub(crate) fn element(&self, index: u32) -> Option<ElementType> {
        let layout = self.source(index).layout;
        (layout != 0).then(|| self.with_arrays(|arrays| arrays.layouts.get(layout).element))
    }

    /// Where a node's value is.
    pub(super) fn source(&self, index: u32) -> Source {
        self.operand(index).source
    }

    /// What the row of a node says about its value as an array.
    pub(super) fn operand(&self, index: u32) -> Operand {
        let node = self.node(index);
        Operand {
            index,
            source: Source::of(&node),
            active: is_active(&node),
        }
    }

    /// Records a plain number as a node.
    #[track_caller]
    pub(crate) fn constant(&self, number: f64) -> Var {
        self.append_row(Op::Const, Form::Leaf, number.to_bits(), 0, number)
    }

    #[track_caller]
    pub(super) fn append_row(&self, op: Op, form: Form, slot: u64, shape: u16, value: f64) -> Var {
        let row = Row {
            slot,
            first: 0,
            op,
            form,
            shape,
        };
        self.record(row, value)
    }
}

/// The nodes of some tensors.
fn vars<T: Element>(tensors: &[Tensor<T>]) -> SmallVec<[Var; 4]> {
    let mut vars = SmallVec::new();
    for tensor in tensors {
        vars.push(tensor.var());
    }
    vars
}

/// The recording of some tensors, made current; `None` if all are plain numbers.
#[track_caller]
pub(super) fn owner<T: Element>(operands: &[Tensor<T>], doing: &str) -> Option<Rc<Recording>> {
    common_owner(&vars(operands), doing)
}

/// As [`owner`], with the story of a stale or foreign handle as an error.
#[track_caller]
pub(super) fn try_owner<T: Element>(
    operands: &[Tensor<T>],
    doing: &str,
) -> Result<Option<Rc<Recording>>, Error> {
    try_common_owner(&vars(operands), doing)
}

/// An error if one of the tensors is stale, or they are of several recordings: what they are is
/// asked for behind it.
#[inline]
#[track_caller]
pub(crate) fn known<T: Element>(name: &str, operands: &[Tensor<T>]) -> Result<(), Error> {
    let vars = operands.iter().map(|tensor| tensor.var());
    match Recording::if_current(vars, |_| ()) {
        Some(()) => Ok(()),
        None => try_owner(operands, name).map(|_| ()),
    }
}

/// A number as a node.
#[track_caller]
pub(super) fn on_tape<T: Element>(recording: &Recording, tensor: Tensor<T>) -> Tensor<T> {
    Tensor::of(node(recording, tensor.var()))
}

#[track_caller]
fn node(recording: &Recording, var: Var) -> Var {
    match var.is_constant() {
        true => recording.constant(var.peek()),
        false => var,
    }
}

/// Adds to an error what a user needs to find the mistake: operation, operands, line.
#[track_caller]
pub(super) fn told<T: Element>(
    error: Error,
    name: &str,
    recording: &Recording,
    operands: &[Tensor<T>],
) -> Error {
    told_of(error, name, recording, &vars(operands))
}

#[track_caller]
fn told_of(error: Error, name: &str, recording: &Recording, operands: &[Var]) -> Error {
    let operands: Vec<String> = operands
        .iter()
        .map(|&var| Tensor::<f64>::of(var).described_in(recording))
        .collect();
    Error::new(
        error.kind(),
        format!(
            "{name}({}): {error} ({})",
            operands.join(", "),
            Location::caller()
        ),
    )
}

/// An error about operands that do not fit each other, found before anything is recorded.
#[track_caller]
pub(crate) fn misfit<T: Element, V>(
    name: &str,
    operands: &[Tensor<T>],
    kind: ErrorKind,
    why: impl Into<String>,
) -> Result<V, Error> {
    let error = Error::new(kind, why);
    Err(match owner(operands, name) {
        Some(recording) => told(error, name, &recording, operands),
        None => Error::new(kind, format!("{name}: {error} ({})", Location::caller())),
    })
}

fn no_memory(shape: &Shape) -> Error {
    Error::new(
        ErrorKind::Shape,
        format!("there is no memory for a result of shape {shape}"),
    )
}

/// A row of a node that says of its value where it lies, and whether it is data.
fn row(op: Op, form: Form, slot: u64, layout: LayoutId, passive: u16) -> Row {
    Row {
        slot,
        first: 0,
        op,
        form,
        shape: layout | passive,
    }
}
