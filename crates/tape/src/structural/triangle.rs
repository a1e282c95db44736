//! Matrices with zeros above or below a diagonal.

use super::{Errors, Pulled, Rounded, Structural, recorded};
use crate::element::Element;
use crate::error::Error;
use crate::kernel::{self, View};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The elements of matrices on and below a diagonal, or on and above it; zeros elsewhere. Its own
/// transpose.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TriangularPart {
    pub(crate) lower: bool,
    /// 0 is the main diagonal, positive ones lie to its right.
    pub(crate) diagonal: i64,
}

impl Structural for TriangularPart {
    const NAME: &'static str = "triangular_part";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[0].clone())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        kernel::copy(operands[0], out);
        let [.., m, n] = *lengths else {
            unreachable!("the method sees to two axes")
        };
        if m * n == 0 {
            return;
        }
        for (row, elements) in out.chunks_exact_mut(n).enumerate() {
            // The diagonal's column in this row, held to what the row has, or one past it.
            let column = ((row % m) as i64).saturating_add(self.diagonal);
            let zeros = if self.lower {
                column.saturating_add(1).clamp(0, n as i64) as usize..n
            } else {
                0..column.clamp(0, n as i64) as usize
            };
            elements[zeros].fill(T::default());
        }
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        recorded(self.clone(), &[node.upstream])
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} on the kept side of the diagonal"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.moved(self))
    }
}
