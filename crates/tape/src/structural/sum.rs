//! Sums over axes.

use super::{Errors, Pulled, Rounded, Structural};
use crate::element::Element;
use crate::error::Error;
use crate::kernel::{self, View};
use crate::shape::{Axes, Shape};
use crate::tensor::Tensor;

/// The sum over some axes. Its transpose is [`Expand`](super::Expand).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sum {
    /// In ascending order.
    pub(crate) axes: Axes,
    /// Whether the axes stay, with length 1.
    pub(crate) keep: bool,
}

impl Structural for Sum {
    const NAME: &'static str = "sum";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[0].reduced(&self.axes, self.keep))
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        kernel::sum_axes(operands[0], &self.axes, out);
    }

    fn number<T: Element>(&self, operands: &[View<'_, T>]) -> Option<f64> {
        Some(kernel::sum_all(operands[0]))
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        node.upstream
            .spread(&node.operands[0].shape(), &self.axes, self.keep)
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} repeated along the summed axes"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.summed(self))
    }
}
