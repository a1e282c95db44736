//! Cross-entropy from logits, with classes given as numbers.

use super::rounding::distribution as rounding;
use super::{Errors, Pulled, Rounded, Softmax, SoftmaxPull, Structural, recorded};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::kernel::{self, View, distribution};
use crate::op::Lift;
use crate::shape::{Axes, Shape};
use crate::tensor::Tensor;
use std::sync::Arc;

/// `ln Σ e^x - x[class]` for each row of the last axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CrossEntropy {
    pub(crate) classes: Arc<[usize]>,
}

fn last(shape: &[usize]) -> Axes {
    Axes::from_slice(&[shape.len() - 1])
}

impl Structural for CrossEntropy {
    const NAME: &'static str = "cross_entropy";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        let logits = operands[0];
        let error = |kind, message| Err(Error::new(kind, message));
        let Some((&classes, rows)) = logits.split_last() else {
            let message = "logits have an axis of classes, a number has none".to_string();
            return error(ErrorKind::Shape, message);
        };
        let count: usize = rows.iter().product();
        if self.classes.len() != count {
            let given = self.classes.len();
            let message = format!(
                "logits {logits} have {count} rows along their last axis; {given} classes are given"
            );
            return error(ErrorKind::Length, message);
        }
        match self.classes.iter().position(|&class| class >= classes) {
            Some(row) => error(
                ErrorKind::Index,
                format!(
                    "class {} of row {row} is out of range: logits {logits} have classes 0 to {}",
                    self.classes[row],
                    classes as i128 - 1
                ),
            ),
            None => Ok(logits.reduced(&[rows.len()], false)),
        }
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        let x = operands[0];
        kernel::fold_rows(x, &last(x.lengths), out, |number, row| {
            distribution::cross_entropy(row, self.classes[number])
        });
    }

    fn number<T: Element>(&self, operands: &[View<'_, T>]) -> Option<f64> {
        let rule = |row: &[T]| distribution::cross_entropy(row, self.classes[0]);
        Some(kernel::fold_all(operands[0], rule))
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let x = node.operands[0];
        let shape = x.shape();
        let g = node.upstream.spread(&shape, &last(&shape), false);
        let classes = Arc::clone(&self.classes);
        recorded(CrossEntropyPull { classes }, &[x, g])
    }

    fn positions(&self) -> Option<&Arc<[usize]>> {
        Some(&self.classes)
    }

    fn set_positions(&mut self, positions: &Arc<[usize]>) {
        self.classes = Arc::clone(positions);
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} (softmax({0}) - one at the class)"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        let axes = last(at.operands[0].shape());
        Some(at.folded(self, &axes, |number, row| {
            rounding::cross_entropy(row, self.classes[number])
        }))
    }
}

/// `g (softmax(x) - one at the class)`, element by element.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CrossEntropyPull {
    classes: Arc<[usize]>,
}

impl Structural for CrossEntropyPull {
    const NAME: &'static str = "cross_entropy_pull";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[0].clone())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        let pairs = [operands[0], operands[1]];
        kernel::map_rows(pairs, &last(lengths), out, |number, [row, g], out| {
            distribution::cross_entropy_pull(row, g, self.classes[number], out);
        });
    }

    fn term<T: Element>(&self, node: &Pulled<T>, slot: usize) -> Tensor<T> {
        let (x, g, h) = (node.operands[0], node.operands[1], node.upstream);
        let axes = last(&x.shape());
        if slot == 1 {
            let classes = Arc::clone(&self.classes);
            return recorded(CrossEntropyPull { classes }, &[x, h]);
        }
        let softmax = Softmax {
            axes: axes.clone(),
            masked: false,
            causal: false,
        };
        let p = recorded(softmax, &[x]);
        recorded(SoftmaxPull { axes }, &[p, g.chain(h)])
    }

    fn positions(&self) -> Option<&Arc<[usize]>> {
        Some(&self.classes)
    }

    fn set_positions(&mut self, positions: &Arc<[usize]>) {
        self.classes = Arc::clone(positions);
    }

    fn says(&self, slot: usize) -> &'static str {
        if slot == 1 {
            "{g} (softmax({0}) - one at the class)"
        } else {
            "p ({1} {g} - sum(p {1} {g}))"
        }
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        let axes = last(at.operands[0].shape());
        Some(at.by_rows(&axes, |number, rows, out| {
            rounding::cross_entropy_pull(rows, self.classes[number], out);
        }))
    }
}
