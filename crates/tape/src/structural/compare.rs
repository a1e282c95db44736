//! Questions to pairs of elements, answered with 1 or 0.

use super::{Errors, Pulled, Rounded, Structural};
use crate::element::Element;
use crate::error::Error;
use crate::kernel::{self, View};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// A question to two numbers, as IEEE 754 answers it: NaN is unequal to everything, itself too.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Compare {
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    Equal,
    NotEqual,
    /// Whether both are different from 0.
    And,
    /// Whether one is different from 0.
    Or,
}

impl Compare {
    pub(crate) fn holds(self, x: f64, y: f64) -> bool {
        match self {
            Compare::Greater => x > y,
            Compare::GreaterEqual => x >= y,
            Compare::Less => x < y,
            Compare::LessEqual => x <= y,
            Compare::Equal => x == y,
            Compare::NotEqual => x != y,
            Compare::And => x != 0.0 && y != 0.0,
            Compare::Or => x != 0.0 || y != 0.0,
        }
    }
}

impl Structural for Compare {
    const NAME: &'static str = "compare";
    const DATA: bool = true;

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        debug_assert_eq!(operands[0], operands[1], "they are broadcast before");
        Ok(operands[0].clone())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        kernel::each(operands, out, |values| {
            f64::from(self.holds(values[0], values[1]))
        });
    }

    /// Asked for by a gradient graph alone: the sweep knows that the answers are data.
    fn term<T: Element>(&self, node: &Pulled<T>, slot: usize) -> Tensor<T> {
        node.operands[slot].zeros_like()
    }

    fn says(&self, _: usize) -> &'static str {
        "0"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.exact(self))
    }
}
