//! Axes in another order.

use super::{Errors, Look, Pulled, Rounded, Structural, recorded};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::kernel::View;
use crate::shape::{Axes, List, Shape};
use crate::tensor::{Layout, Tensor};

/// Axis `i` of the result is axis `axes[i]` of the operand. Its transpose is the inverse order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Permute {
    pub(crate) axes: Axes,
}

impl Structural for Permute {
    const NAME: &'static str = "permute";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        let from = operands[0];
        if self.axes.len() != from.rank() {
            return Err(Error::new(
                ErrorKind::Axis,
                format!("{} names not every axis of shape {from}", List(&self.axes)),
            ));
        }
        Ok(Shape::trusted(self.axes.iter().map(|&axis| from[axis])))
    }

    fn look(&self, operand: &Layout, _: &Shape) -> Option<Look> {
        let strides = self
            .axes
            .iter()
            .map(|&axis| operand.strides[axis])
            .collect();
        Some(Look { strides, offset: 0 })
    }

    fn value<T: Element>(&self, _: &[View<'_, T>], _: &[usize], _: &mut [T]) {
        unreachable!("permuting is a look at the operand")
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let mut inverse = self.axes.clone();
        for (to, &from) in self.axes.iter().enumerate() {
            inverse[from] = to;
        }
        recorded(Permute { axes: inverse }, &[node.upstream])
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} with its axes put back"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.moved(self))
    }
}
