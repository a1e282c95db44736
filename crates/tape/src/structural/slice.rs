//! A regular part of an array, and its transpose.

use super::{Errors, Look, Pulled, Rounded, Structural, recorded};
use crate::element::Element;
use crate::error::Error;
use crate::kernel::{self, View};
use crate::shape::Shape;
use crate::tensor::{Layout, Strides, Tensor, row_major};
use smallvec::SmallVec;

/// Which positions along an axis of the whole belong to a part: `start + step * i`, where `i` is
/// the part's index along its axis `axis`. A step of 0: the one position `start`.
///
/// Two cuts may share an axis of the part, as those of a diagonal do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cut {
    pub(crate) start: usize,
    pub(crate) step: isize,
    pub(crate) axis: usize,
}

impl Cut {
    /// All of an axis, as the part's axis `axis`.
    pub(crate) fn whole(axis: usize) -> Cut {
        Cut {
            start: 0,
            step: 1,
            axis,
        }
    }

    /// One position of an axis, which the part does not have.
    pub(crate) fn one(start: usize) -> Cut {
        Cut {
            start,
            step: 0,
            axis: 0,
        }
    }
}

/// A cut per axis of the whole.
pub(crate) type Cuts = SmallVec<[Cut; 4]>;

/// A node of its own for an operand, equal to it: a rule that differentiates by its operands must not
/// follow how one of them depends on another.
pub(crate) fn anew<T: Element>(operand: Tensor<T>) -> Tensor<T> {
    let shape = operand.shape();
    if shape.rank() == 0 {
        return Tensor::of(operand.var() * 1.0);
    }
    let cuts = (0..shape.rank()).map(Cut::whole).collect();
    recorded(Slice { cuts, shape }, &[operand])
}

/// Where a part lies in an array of these strides.
pub(crate) fn part(cuts: &[Cut], strides: &[isize], part: &[usize]) -> Look {
    let mut look = Look {
        strides: Strides::from_elem(0, part.len()),
        offset: 0,
    };
    for (cut, &stride) in cuts.iter().zip(strides) {
        look.offset += cut.start as isize * stride;
        if cut.step != 0 {
            look.strides[cut.axis] += cut.step * stride;
        }
    }
    if part.contains(&0) {
        look.offset = 0;
    }
    look
}

/// A regular part of an array: ranges with steps, single positions, a diagonal. Its transpose is
/// [`Pad`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slice {
    pub(crate) cuts: Cuts,
    /// The shape of the part. Its positions lie inside of the operand.
    pub(crate) shape: Shape,
}

impl Structural for Slice {
    const NAME: &'static str = "slice";

    fn shape(&self, _: &[&Shape]) -> Result<Shape, Error> {
        Ok(self.shape.clone())
    }

    fn look(&self, operand: &Layout, shape: &Shape) -> Option<Look> {
        Some(part(&self.cuts, &operand.strides, shape))
    }

    fn value<T: Element>(&self, _: &[View<'_, T>], _: &[usize], _: &mut [T]) {
        unreachable!("slicing is a look at the operand")
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let pad = Pad {
            cuts: self.cuts.clone(),
            shape: node.operands[0].shape(),
            fill: 0.0,
        };
        recorded(pad, &[node.upstream])
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} put back among zeros"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.moved(self))
    }
}

/// An array as the part of a larger one that holds one number elsewhere. Its transpose is [`Slice`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pad {
    pub(crate) cuts: Cuts,
    /// The shape of the whole.
    pub(crate) shape: Shape,
    pub(crate) fill: f64,
}

impl Structural for Pad {
    const NAME: &'static str = "pad";

    fn shape(&self, _: &[&Shape]) -> Result<Shape, Error> {
        Ok(self.shape.clone())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        let x = operands[0];
        out.fill(T::from_f64(self.fill));
        let look = part(&self.cuts, &row_major(lengths), x.lengths);
        let to = kernel::Place {
            start: look.offset as usize,
            strides: &look.strides,
        };
        kernel::place(x, out, to);
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let slice = Slice {
            cuts: self.cuts.clone(),
            shape: node.operands[0].shape(),
        };
        recorded(slice, &[node.upstream])
    }

    fn says(&self, _: usize) -> &'static str {
        "the part of {g} where the operand lies"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        let pad = Pad {
            fill: 0.0,
            ..self.clone()
        };
        Some(at.moved(&pad))
    }
}
