//! Variance and standard deviation along axes.

use super::rounding::moments as rounding;
use super::{Errors, Pulled, Rounded, Structural};
use crate::element::Element;
use crate::error::Error;
use crate::kernel::{self, View, moments};
use crate::op::Lift;
use crate::shape::{Axes, Shape};
use crate::tensor::{Over, Tensor};

/// What is usually wrong where a variance is no number.
const TOO_FEW: &str = "a variance of too few elements: with a correction of 1 it takes two; use a \
                       correction of 0, or more elements";

/// The variance along some axes, in two passes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Variance {
    /// In ascending order.
    pub(crate) axes: Axes,
    /// Whether the axes stay, with length 1.
    pub(crate) keep: bool,
    /// What the number of elements is lowered by before dividing.
    pub(crate) correction: f64,
}

impl Structural for Variance {
    const NAME: &'static str = "variance";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[0].reduced(&self.axes, self.keep))
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        kernel::fold_rows(operands[0], &self.axes, out, |_, row| {
            moments::variance(row, self.correction)
        });
    }

    fn number<T: Element>(&self, operands: &[View<'_, T>]) -> Option<f64> {
        let variance = |row: &[T]| moments::variance(row, self.correction);
        Some(kernel::fold_all(operands[0], variance))
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let x = node.operands[0];
        let (deviation, freedom) = deviations(x, &self.axes, self.correction);
        node.upstream
            .spread(&x.shape(), &self.axes, self.keep)
            .chain(deviation * (2.0 / freedom))
    }

    fn cure(&self) -> Option<&'static str> {
        Some(TOO_FEW)
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} . 2 ({0} - mean) / (n - correction)"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.folded(self, &self.axes, |_, row| {
            rounding::variance(row, self.correction)
        }))
    }
}

/// The root of the variance, which neither overflows nor vanishes. Its gradient at 0 is 0.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Std {
    /// In ascending order.
    pub(crate) axes: Axes,
    /// Whether the axes stay, with length 1.
    pub(crate) keep: bool,
    /// What the number of elements is lowered by before dividing.
    pub(crate) correction: f64,
}

impl Structural for Std {
    const NAME: &'static str = "std";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[0].reduced(&self.axes, self.keep))
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        kernel::fold_rows(operands[0], &self.axes, out, |_, row| {
            moments::std(row, self.correction)
        });
    }

    fn number<T: Element>(&self, operands: &[View<'_, T>]) -> Option<f64> {
        let std = |row: &[T]| moments::std(row, self.correction);
        Some(kernel::fold_all(operands[0], std))
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let x = node.operands[0];
        let shape = x.shape();
        let (deviation, freedom) = deviations(x, &self.axes, self.correction);
        let std = node.result.spread(&shape, &self.axes, self.keep);
        node.upstream
            .spread(&shape, &self.axes, self.keep)
            .chain(deviation.quotient_or_zero(std) / freedom)
    }

    fn cure(&self) -> Option<&'static str> {
        Some(TOO_FEW)
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} . ({0} - mean) / ({y} (n - correction))"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.folded(self, &self.axes, |_, row| {
            rounding::std(row, self.correction)
        }))
    }
}

/// `x - mean`, and what a sum of its squares is divided by.
///
/// What is left is centred once more: a mean has no digit finer than its own last one, which far
/// from 0 is coarse beside the deviations.
fn deviations<T: Element>(x: Tensor<T>, axes: &[usize], correction: f64) -> (Tensor<T>, f64) {
    let shape = x.shape();
    let count = axes.iter().map(|&axis| shape[axis]).product();
    let over = Over::from(axes).keep();
    let rough = x - x.mean_over(over.clone());
    let deviation = rough - rough.mean_over(over);
    (deviation, moments::freedom(count, correction))
}
