//! Operations on whole arrays, written as steps: rows of the table of operations, an element each.

use super::functions::Functions;
use super::joined;
use super::places::{groups, moved, products};
use crate::op::{Attribute, Op};
use crate::shape::{Axes, Shape};
use crate::structural::StructuralOp;
use std::fmt;

/// One cell from others; without a kind a copy.
pub(super) struct Step {
    kind: Option<usize>,
    cell: usize,
    pub(super) operands: Vec<usize>,
}

/// As the page reads it.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Some(kind) => write!(f, "[{kind}")?,
            None => f.write_str("[-1")?,
        }
        write!(f, ",{},{}]", self.cell, joined(self.operands.iter()))
    }
}

/// An operand: its elements are cells behind each other.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) first: usize,
    pub(super) shape: Shape,
}

impl Part {
    fn at(&self, places: &[usize]) -> Vec<usize> {
        places.iter().map(|place| self.first + place).collect()
    }
}

/// The steps of one node, in their order.
pub(super) struct Steps<'a> {
    pub(super) functions: &'a mut Functions,
    pub(super) list: Vec<Step>,
    /// Its first cell.
    pub(super) first: usize,
    /// The next cell that is no node's.
    pub(super) aside: usize,
}

impl Steps<'_> {
    /// Writes an operation down; `None` if that is not said here.
    pub(super) fn lower(&mut self, op: &StructuralOp, operands: &[Part]) -> Option<()> {
        let x = operands.first()?;
        match op {
            StructuralOp::Reshape(_)
            | StructuralOp::Permute(_)
            | StructuralOp::Expand(_)
            | StructuralOp::Slice(_)
            | StructuralOp::Concat(_)
            | StructuralOp::Stack(_)
            | StructuralOp::Gather(_)
            | StructuralOp::IndexSelect(_) => self.copies(op, operands),
            StructuralOp::Sum(sum) => self.reduction(Op::Sum, x, &sum.axes),
            StructuralOp::LogSumExp(op) => self.reduction(Op::Logsumexp, x, &op.axes),
            StructuralOp::CrossEntropy(op) => self.cross_entropy(x, &op.classes),
            StructuralOp::LogSoftmax(op) => self.softmax(x, &op.axes, true),
            StructuralOp::Softmax(op) if !op.causal => self.softmax(x, &op.axes, false),
            StructuralOp::MatMul(_) | StructuralOp::Linear(_) | StructuralOp::Dot(_) => {
                self.products(op, operands);
            }
            _ => return None,
        }
        Some(())
    }

    fn copies(&mut self, op: &StructuralOp, operands: &[Part]) {
        // Elements are counted through all operands.
        let cells: Vec<usize> = operands
            .iter()
            .flat_map(|part| part.first..part.first + part.shape.count())
            .collect();
        for (place, from) in moved(op, &shapes(operands)).into_iter().enumerate() {
            self.list.push(Step {
                kind: None,
                cell: self.first + place,
                operands: vec![cells[from]],
            });
        }
    }

    fn reduction(&mut self, op: Op, x: &Part, axes: &Axes) {
        for (place, group) in groups(&x.shape, axes).iter().enumerate() {
            self.element(place, op, x.at(group));
        }
    }

    /// `ln Σ e^x - x[class]`
    fn cross_entropy(&mut self, x: &Part, classes: &[usize]) {
        let last = Axes::from_slice(&[x.shape.rank() - 1]);
        for (row, group) in groups(&x.shape, &last).iter().enumerate() {
            let whole = self.between(Op::Logsumexp, x.at(group));
            self.element(row, Op::Sub, vec![whole, x.first + group[classes[row]]]);
        }
    }

    /// `x - ln Σ e^x`, or its exponential.
    fn softmax(&mut self, x: &Part, axes: &Axes, is_log: bool) {
        for group in groups(&x.shape, axes) {
            let whole = self.between(Op::Logsumexp, x.at(&group));
            for place in group {
                let both = vec![x.first + place, whole];
                if is_log {
                    self.element(place, Op::Sub, both);
                } else {
                    let log = self.between(Op::Sub, both);
                    self.element(place, Op::Exp, vec![log]);
                }
            }
        }
    }

    fn products(&mut self, op: &StructuralOp, operands: &[Part]) {
        for (place, pairs) in products(op, &shapes(operands)).iter().enumerate() {
            let factors = |slot: usize| {
                pairs
                    .iter()
                    .map(move |pair| operands[slot].first + pair[slot])
            };
            let both = factors(0).chain(factors(1)).collect();
            match operands.get(2) {
                None => self.element(place, Op::Dot, both),
                // A layer's bias is of the last axis.
                Some(bias) => {
                    let product = self.between(Op::Dot, both);
                    let bias = bias.first + place % bias.shape.count();
                    self.element(place, Op::Add, vec![product, bias]);
                }
            }
        }
    }

    /// An element of the result.
    fn element(&mut self, place: usize, op: Op, operands: Vec<usize>) {
        self.step(self.first + place, op, operands);
    }

    /// A cell of no node.
    fn between(&mut self, op: Op, operands: Vec<usize>) -> usize {
        self.aside += 1;
        self.step(self.aside - 1, op, operands);
        self.aside - 1
    }

    fn step(&mut self, cell: usize, op: Op, operands: Vec<usize>) {
        self.list.push(Step {
            kind: Some(self.functions.of(op, Attribute::None, operands.len())),
            cell,
            operands,
        });
    }
}

fn shapes(operands: &[Part]) -> Vec<Shape> {
    operands.iter().map(|part| part.shape.clone()).collect()
}
