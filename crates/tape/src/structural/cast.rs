//! Between element types.

use super::{Errors, Pulled, Rounded, Structural};
use crate::element::{Element, ElementType};
use crate::error::Error;
use crate::kernel::{self, View};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The same elements in another element type: the one operation whose operand and result differ
/// in it. So recording it (`tensor/cast.rs`) and handing its adjoint back (`tensor/sweep.rs`) are
/// not left to the methods here, which know one element type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cast {
    /// The operand's element type.
    pub(crate) from: ElementType,
}

impl Structural for Cast {
    const NAME: &'static str = "cast";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[0].clone())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        kernel::copy(operands[0], out);
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        node.upstream
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} in the operand's element type"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.moved(self))
    }
}
