//! Several arrays side by side.

use super::slice::{Cut, Cuts, Slice};
use super::{Errors, Pulled, Rounded, Structural, recorded};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::kernel::{self, View};
use crate::shape::Shape;
use crate::tensor::{Strides, Tensor, row_major};

/// Arrays one behind the other along an axis that they have. Its transpose is a
/// [`Slice`] per operand.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Concat {
    pub(crate) axis: usize,
}

impl Structural for Concat {
    const NAME: &'static str = "concat";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        let first = operands[0];
        let mut lengths = first.to_vec();
        for (number, other) in operands.iter().enumerate().skip(1) {
            let fits = other.rank() == first.rank()
                && (0..first.rank()).all(|axis| axis == self.axis || other[axis] == first[axis]);
            if !fits {
                return Err(Error::new(
                    ErrorKind::Shape,
                    format!(
                        "operand {number} of shape {other} does not continue {first} along axis {}: \
                         all other axes must be equally long",
                        self.axis
                    ),
                ));
            }
            lengths[self.axis] = lengths[self.axis].saturating_add(other[self.axis]);
        }
        Shape::new(&lengths)
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        let strides = row_major(lengths);
        let mut start = 0;
        for &operand in operands {
            let to = kernel::Place {
                start,
                strides: &strides,
            };
            kernel::place(operand, out, to);
            start += operand.lengths[self.axis] * strides[self.axis] as usize;
        }
    }

    fn term<T: Element>(&self, node: &Pulled<T>, slot: usize) -> Tensor<T> {
        let before = &node.operands[..slot];
        let shape = node.operands[slot].shape();
        let mut cuts: Cuts = (0..shape.rank()).map(Cut::whole).collect();
        cuts[self.axis].start = before.iter().map(|other| other.shape()[self.axis]).sum();
        recorded(Slice { cuts, shape }, &[node.upstream])
    }

    fn says(&self, _: usize) -> &'static str {
        "the part of {g} where the operand lies"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.moved(self))
    }
}

/// Arrays of one shape along an axis of their own. Its transpose is a [`Slice`] per operand.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stack {
    pub(crate) axis: usize,
}

impl Structural for Stack {
    const NAME: &'static str = "stack";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        let first = operands[0];
        for (number, &other) in operands.iter().enumerate() {
            if other != first {
                return Err(Error::new(
                    ErrorKind::Shape,
                    format!(
                        "operand {number} has shape {other}, the first {first}: \
                         only equal shapes stack (`concat` joins along an axis that is there)"
                    ),
                ));
            }
        }
        let mut lengths = first.to_vec();
        lengths.insert(self.axis, operands.len());
        Shape::new(&lengths)
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        let mut strides: Strides = row_major(lengths);
        let step = strides.remove(self.axis) as usize;
        for (number, &operand) in operands.iter().enumerate() {
            let to = kernel::Place {
                start: number * step,
                strides: &strides,
            };
            kernel::place(operand, out, to);
        }
    }

    fn term<T: Element>(&self, node: &Pulled<T>, slot: usize) -> Tensor<T> {
        let shape = node.operands[slot].shape();
        let mut cuts: Cuts = (0..shape.rank()).map(Cut::whole).collect();
        cuts.insert(self.axis, Cut::one(slot));
        recorded(Slice { cuts, shape }, &[node.upstream])
    }

    fn says(&self, _: usize) -> &'static str {
        "the part of {g} where the operand lies"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.moved(self))
    }
}
