//! The dot product of two vectors: a number.

use super::{Errors, Pulled, Rounded, Structural};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::kernel::{self, View};
use crate::op::Lift;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The sum of the products of the elements, pairwise and in double precision.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Dot;

impl Structural for Dot {
    const NAME: &'static str = "dot";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        let (a, b) = (operands[0], operands[1]);
        let why = match (a.rank(), b.rank()) {
            (1, 1) if a == b => return Ok(Shape::scalar()),
            (1, 1) => "vectors of different lengths".to_string(),
            _ => format!("two vectors are multiplied, not {a} and {b}; `matmul` takes matrices"),
        };
        Err(Error::new(ErrorKind::Shape, why))
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        out[0] = T::from_f64(kernel::dot(operands[0], operands[1]));
    }

    fn number<T: Element>(&self, operands: &[View<'_, T>]) -> Option<f64> {
        Some(kernel::dot(operands[0], operands[1]))
    }

    fn term<T: Element>(&self, node: &Pulled<T>, slot: usize) -> Tensor<T> {
        node.upstream.chain(node.operands[1 - slot])
    }

    fn says(&self, slot: usize) -> &'static str {
        if slot == 0 { "{g} {1}" } else { "{g} {0}" }
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.multiplied(self))
    }
}
