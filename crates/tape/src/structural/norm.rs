//! Norms along axes.

use super::rounding::{moments as rounding, row_places};
use super::{Corner, Errors, Pulled, Rounded, Structural};
use crate::array::Array;
use crate::element::Element;
use crate::error::Error;
use crate::kernel::{self, View, moments};
use crate::op::Lift;
use crate::shape::{Axes, Shape};
use crate::tensor::Tensor;

/// The p-norm along some axes, scaled: squares of 1e200 do not overflow. Its gradient at the
/// origin is 0.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Norm {
    /// In ascending order.
    pub(crate) axes: Axes,
    /// Whether the axes stay, with length 1.
    pub(crate) keep: bool,
    /// At least 1, and finite.
    pub(crate) p: f64,
}

impl Norm {
    fn of_row<T: Element>(&self, row: &[T]) -> f64 {
        if self.p == 2.0 {
            moments::norm(row)
        } else {
            moments::p_norm(row, self.p)
        }
    }
}

impl Structural for Norm {
    const NAME: &'static str = "norm";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[0].reduced(&self.axes, self.keep))
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        kernel::fold_rows(operands[0], &self.axes, out, |_, row| self.of_row(row));
    }

    fn number<T: Element>(&self, operands: &[View<'_, T>]) -> Option<f64> {
        Some(kernel::fold_all(operands[0], |row| self.of_row(row)))
    }

    /// `x/y` for the length; `sign(x) (|x|/y)^(p-1)` for the others.
    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let x = node.operands[0];
        let shape = x.shape();
        let y = node.result.spread(&shape, &self.axes, self.keep);
        let local = if self.p == 2.0 {
            x.quotient_or_zero(y)
        } else {
            let ratio = x.abs().quotient_or_zero(y);
            x.sign() * ratio.pow(self.p - 1.0)
        };
        node.upstream
            .spread(&shape, &self.axes, self.keep)
            .chain(local)
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} . sign({0}) (|{0}| / {y})^(p - 1)"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.folded(self, &self.axes, |_, row| rounding::norm(row, self.p)))
    }

    /// At the origin, as far as the largest element of a row is from it.
    fn corners(&self, operands: &[&Array]) -> Vec<Corner> {
        let x = operands[0].as_slice();
        let farthest = |row: Vec<usize>| {
            let of = |&a: &usize, &b: &usize| x[a].abs().total_cmp(&x[b].abs());
            row.into_iter().max_by(of)
        };
        let rows = row_places(operands[0].shape(), &self.axes).into_iter();
        rows.filter_map(farthest)
            .map(|place| Corner {
                slot: 0,
                place,
                at: 0.0,
                slopes: [
                    -1.0,
                    if x[place] == 0.0 {
                        0.0
                    } else {
                        x[place].signum()
                    },
                    1.0,
                ],
            })
            .collect()
    }
}
