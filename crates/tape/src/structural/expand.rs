//! Repeating elements along axes: what broadcasting records.

use super::{Errors, Look, Pulled, Rounded, Structural};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::kernel::View;
use crate::shape::Shape;
use crate::tensor::{Layout, Strides, Tensor};

/// Repeats axes of length 1, and adds axes in front. Its transpose is [`Sum`](super::Sum).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expand {
    pub(crate) shape: Shape,
}

impl Structural for Expand {
    const NAME: &'static str = "expand";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        let from = operands[0];
        let fits = from.rank() <= self.shape.rank()
            && from
                .iter()
                .rev()
                .zip(self.shape.iter().rev())
                .all(|(&a, &b)| a == b || a == 1);
        if !fits {
            return Err(Error::new(
                ErrorKind::Shape,
                format!(
                    "shape {from} does not expand to {}: only axes of length 1 repeat",
                    self.shape
                ),
            ));
        }
        Ok(self.shape.clone())
    }

    fn look(&self, operand: &Layout, shape: &Shape) -> Option<Look> {
        let new = shape.rank() - operand.shape.rank();
        let mut strides = Strides::from_elem(0, new);
        for ((&from, &to), &stride) in operand
            .shape
            .iter()
            .zip(&shape[new..])
            .zip(&operand.strides)
        {
            strides.push(if from == to { stride } else { 0 });
        }
        Some(Look { strides, offset: 0 })
    }

    fn value<T: Element>(&self, _: &[View<'_, T>], _: &[usize], _: &mut [T]) {
        unreachable!("expanding is a look at the operand")
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        node.upstream.sum_to(&node.operands[0].shape())
    }

    fn says(&self, _: usize) -> &'static str {
        "sum of {g} over the repeated axes"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.moved(self))
    }
}
