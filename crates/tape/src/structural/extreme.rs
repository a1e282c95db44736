//! The largest element along axes.

use super::{Pulled, Structural, recorded};
use crate::element::Element;
use crate::error::Error;
use crate::kernel::{self, View, moments};
use crate::op::Lift;
use crate::shape::{Axes, Shape};
use crate::tensor::Tensor;

/// The largest element along some axes, none of which is empty.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Amax {
    /// In ascending order.
    pub(crate) axes: Axes,
    /// Whether the axes stay, with length 1.
    pub(crate) keep: bool,
}

impl Structural for Amax {
    const NAME: &'static str = "amax";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[0].reduced(&self.axes, self.keep))
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        kernel::fold_rows(operands[0], &self.axes, out, |_, row| {
            kernel::largest(row).to_f64()
        });
    }

    fn number<T: Element>(&self, operands: &[View<'_, T>]) -> Option<f64> {
        Some(kernel::fold_all(operands[0], |row| {
            kernel::largest(row).to_f64()
        }))
    }

    /// Which element is the largest does not change nearby: its share is data.
    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let x = node.operands[0];
        let axes = self.axes.clone();
        let share = recorded(MaxShares { axes }, &[x.detach()]);
        node.upstream
            .spread(&x.shape(), &self.axes, self.keep)
            .chain(share)
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} where {0} = {y}, evenly split at a tie"
    }
}

/// The share that each element has in the largest along some axes. Its derivative is 0.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MaxShares {
    pub(crate) axes: Axes,
}

impl Structural for MaxShares {
    const NAME: &'static str = "max_shares";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[0].clone())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        kernel::map_rows([operands[0]], &self.axes, out, |_, [row], out| {
            moments::shares_of_the_largest(row, out);
        });
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        node.upstream.chain(Tensor::from(0.0))
    }

    fn says(&self, _: usize) -> &'static str {
        "0"
    }
}
