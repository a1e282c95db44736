//! The windows of an image as columns of a matrix, and back.

use super::{Errors, Pulled, Rounded, Structural, recorded};
use crate::element::Element;
use crate::error::Error;
use crate::kernel::{Sliding, View};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Images `[N,C,H,W]` to `[N, C kh kw, P Q]`: what the kernel lies over, a column per place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Unfold(pub(crate) Sliding);

/// Its transpose: columns are added where they came from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fold(pub(crate) Sliding);

impl Structural for Unfold {
    const NAME: &'static str = "unfold";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        let rows = operands[0][1].saturating_mul(self.0.window());
        Shape::new(&[operands[0][0], rows, self.0.outputs()])
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        if out.is_empty() {
            return;
        }
        let (channels, columns) = (operands[0].lengths[1], lengths[2]);
        for (image, out) in out.chunks_exact_mut(lengths[1] * columns).enumerate() {
            let columns = image * columns..(image + 1) * columns;
            self.0.unroll(&operands[0], 0..channels, columns, out);
        }
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        recorded(Fold(self.0), &[node.upstream])
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} added where the columns came from"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.moved(self))
    }
}

impl Structural for Fold {
    const NAME: &'static str = "fold";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        let [height, width] = self.0.input;
        let channels = operands[0][1] / self.0.window();
        Shape::new(&[operands[0][0], channels, height, width])
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        out.fill(T::default());
        let from = operands[0];
        if out.is_empty() || from.count() == 0 {
            return;
        }
        crate::kernel::with_ordered(from, |from| {
            let (channels, columns) = (lengths[1], self.0.outputs());
            let images = from.chunks_exact(channels * self.0.window() * columns);
            for (image, from) in images.enumerate() {
                let columns = image * columns..(image + 1) * columns;
                self.0.roll_back(from, 0..channels, columns, channels, out);
            }
        });
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        recorded(Unfold(self.0), &[node.upstream])
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} under each place of the kernel, in columns"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.summed(self))
    }
}
