//! Pooling: the largest element or the mean of each window over the last two axes.

use super::extreme::Best;
use super::{Corner, Errors, Pulled, Rounded, Structural, recorded};
use crate::array::Array;
use crate::element::Element;
use crate::error::Error;
use crate::kernel::{self, View, Windows};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Windows over the last two axes: where they lie, and how many elements there are on either side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pooling {
    pub(crate) axes: [Windows; 2],
    pub(crate) input: [usize; 2],
    pub(crate) output: [usize; 2],
    /// Whether padding counts as elements of a mean.
    pub(crate) count_padding: bool,
}

impl Pooling {
    /// How many elements a mean is of, at most.
    fn most(&self) -> usize {
        self.axes[0].most(self.input[0]) * self.axes[1].most(self.input[1])
    }
}

/// The shape with its last two lengths replaced.
fn planes(shape: &Shape, lengths: [usize; 2]) -> Result<Shape, Error> {
    Shape::new(&[&shape[..shape.rank() - 2], &lengths].concat())
}

/// From each window of the second operand, the element where the first operand is largest. Which
/// one that is does not depend smoothly on the first operand, which is always cut off: the
/// largest element of `x` itself is picked from `x` by `x.detach()`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MaxPool(pub(crate) Pooling);

/// Its transpose: elements of the second operand go where they would be picked by the first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MaxUnpool(pub(crate) Pooling);

impl Structural for MaxPool {
    const NAME: &'static str = "max_pool";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        planes(operands[0], self.0.output)
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        kernel::pick(&self.0.axes, operands[0], operands[1], lengths, out);
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        recorded(MaxUnpool(self.0), &[node.operands[0], node.upstream])
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} where the largest of each window is, 0 elsewhere"
    }

    /// One for each window: the first of its largest elements has all of the derivative.
    fn corners(&self, operands: &[&Array]) -> Vec<Corner> {
        let ([rows, columns], Pooling { axes, input, .. }) = (self.0.output, &self.0);
        let elements = operands[0].as_slice();
        let plane = (input[0] * input[1]).max(1);
        let mut corners = Vec::new();
        for start in (0..elements.len()).step_by(plane) {
            for o in 0..rows * columns {
                let mut best = Best::default();
                for place in kernel::places(axes, [o / columns, o % columns], *input) {
                    best.see(start + place, elements[start + place]);
                }
                corners.extend(best.corner(1, |_| 1.0));
            }
        }
        corners
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.picked(self))
    }
}

impl Structural for MaxUnpool {
    const NAME: &'static str = "max_unpool";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        planes(operands[0], self.0.input)
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        kernel::put_back(&self.0.axes, operands[0], operands[1], out);
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        recorded(MaxPool(self.0), &[node.operands[0], node.upstream])
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} where the largest of each window was"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.picked(self))
    }
}

/// The mean of each window.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AvgPool(pub(crate) Pooling);

/// Its transpose: each element in equal parts to its window.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AvgUnpool(pub(crate) Pooling);

impl Structural for AvgPool {
    const NAME: &'static str = "avg_pool";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        planes(operands[0], self.0.output)
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        let Pooling {
            axes,
            count_padding,
            ..
        } = &self.0;
        kernel::average(axes, *count_padding, operands[0], lengths, out);
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        recorded(AvgUnpool(self.0), &[node.upstream])
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} in equal parts to each window"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.averaged(self, self.0.most()))
    }
}

impl Structural for AvgUnpool {
    const NAME: &'static str = "avg_unpool";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        planes(operands[0], self.0.input)
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        let Pooling {
            axes,
            count_padding,
            ..
        } = &self.0;
        kernel::spread_average(axes, *count_padding, operands[0], lengths, out);
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        recorded(AvgPool(self.0), &[node.upstream])
    }

    fn says(&self, _: usize) -> &'static str {
        "the mean of {g} over each window"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.averaged(self, self.0.most()))
    }
}
