//! Products along axes.

use super::rounding::rows;
use super::{Errors, Pulled, Rounded, Structural, recorded};
use crate::element::Element;
use crate::error::Error;
use crate::kernel::{self, View, moments};
use crate::op::{Lift, Op};
use crate::recording::Recording;
use crate::shape::{Axes, Shape};
use crate::tensor::Tensor;

/// The product along some axes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Prod {
    /// In ascending order.
    pub(crate) axes: Axes,
    /// Whether the axes stay, with length 1.
    pub(crate) keep: bool,
}

impl Structural for Prod {
    const NAME: &'static str = "prod";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[0].reduced(&self.axes, self.keep))
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        kernel::fold_rows(operands[0], &self.axes, out, |_, row| product(row));
    }

    fn number<T: Element>(&self, operands: &[View<'_, T>]) -> Option<f64> {
        Some(kernel::fold_all(operands[0], product))
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let x = node.operands[0];
        let axes = self.axes.clone();
        node.upstream
            .spread(&x.shape(), &self.axes, self.keep)
            .chain(recorded(Others { axes }, &[x]))
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} times the product of the others"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.folded(self, &self.axes, |_, row| rows::product(row)))
    }
}

fn product<T: Element>(row: &[T]) -> f64 {
    row.iter().map(|x| x.to_f64()).product()
}

/// In the place of each element the product of all others along some axes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Others {
    pub(crate) axes: Axes,
}

impl Structural for Others {
    const NAME: &'static str = "product_of_the_others";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[0].clone())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        kernel::map_rows([operands[0]], &self.axes, out, |_, [row], out| {
            moments::products_of_the_others(row, out);
        });
    }

    /// By element `j` it is `Σ over i ≠ j of g_i Π over k ≠ i, j of x_k`. The products are again
    /// those of the others, in a square array whose row `i` is `x` with a 1 in place `i`: no
    /// division, so that zeros are right at every order.
    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let x = node.operands[0];
        let shape = x.shape();
        let rows = x.rows_last(&self.axes);
        let g = node.upstream.rows_last(&self.axes);
        let mut square = rows.shape().to_vec();
        let at = square.len() - 1;
        let n = square[at];
        let column = |lengths: &[usize], last| {
            let lengths = lengths.iter().copied().chain([last]);
            Shape::trusted(lengths.collect::<Vec<_>>())
        };
        let g = g.reshape_to(column(&square, 1));
        square.insert(at, 1);
        let repeated = rows.reshape_to(Shape::trusted(square.iter().copied()));
        square[at] = n;
        let repeated = repeated.expand_to(Shape::trusted(square.iter().copied()));
        let recording = Recording::expect_owner(x.var(), Self::NAME);
        let mut eye = vec![T::default(); n * n];
        eye.iter_mut()
            .step_by(n + 1)
            .for_each(|one| *one = T::from_f64(1.0));
        let eye = recording.array_leaf(Op::Const, &Shape::trusted([n, n]), &eye);
        let axes = Axes::from_slice(&[at + 1]);
        let others = recorded(Others { axes }, &[eye.select(1.0, repeated)]);
        eye.select(0.0, g.chain(others))
            .sum_over(at)
            .rows_back(&shape, &self.axes)
    }

    fn says(&self, _: usize) -> &'static str {
        "sum of {g} times the products of the others but one"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.by_rows(&self.axes, |_, rows, out| {
            rows::others(&rows[0], out);
        }))
    }
}
