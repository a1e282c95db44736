//! Running sums.

use super::{Errors, Pulled, Rounded, Structural, recorded};
use crate::element::Element;
use crate::error::Error;
use crate::kernel::{self, View};
use crate::shape::Shape;
use crate::tensor::{Tensor, row_major};

/// Each element plus all before it along an axis, or all behind it. Either is the other's transpose.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CumSum {
    pub(crate) axis: usize,
    pub(crate) from_end: bool,
}

impl Structural for CumSum {
    const NAME: &'static str = "cumsum";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[0].clone())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        let strides = row_major(lengths);
        kernel::cumulate(operands[0], self.axis, self.from_end, &strides, out);
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let back = CumSum {
            from_end: !self.from_end,
            ..*self
        };
        recorded(back, &[node.upstream])
    }

    fn says(&self, _: usize) -> &'static str {
        if self.from_end {
            "running sum of {g} from the start"
        } else {
            "running sum of {g} from the end"
        }
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.summed(self))
    }
}
