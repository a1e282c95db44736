//! The same elements in another shape.

use super::{Errors, Look, Pulled, Rounded, Structural};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::kernel::{self, View};
use crate::shape::Shape;
use crate::tensor::{Layout, Tensor, restrided};

/// The elements in row-major order, in another shape. Its transpose is the way back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reshape {
    pub(crate) shape: Shape,
}

impl Structural for Reshape {
    const NAME: &'static str = "reshape";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        let from = operands[0];
        if from.count() != self.shape.count() {
            return Err(Error::new(
                ErrorKind::Shape,
                format!(
                    "shape {from} of {} elements does not become {} of {}",
                    from.count(),
                    self.shape,
                    self.shape.count()
                ),
            ));
        }
        Ok(self.shape.clone())
    }

    fn look(&self, operand: &Layout, shape: &Shape) -> Option<Look> {
        let strides = restrided(&operand.shape, &operand.strides, shape)?;
        Some(Look { strides, offset: 0 })
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        kernel::copy(operands[0], out);
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        node.upstream.reshape_to(node.operands[0].shape())
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} in the operand's shape"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.moved(self))
    }
}
