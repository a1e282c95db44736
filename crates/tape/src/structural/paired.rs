//! The elements on which the last two axes agree, and their way back.

use super::{Look, Pulled, Structural};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::kernel::{View, copy};
use crate::shape::Shape;
use crate::tensor::{Layout, Tensor, done, record_structural};

/// `[.., n, n]` to its diagonal `[.., n]`. Its transpose is [`Unpaired`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Paired;

/// `[.., n]` to `[.., n, n]` with zeros beside the diagonal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Unpaired;

impl Structural for Paired {
    const NAME: &'static str = "paired_axes";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        match &operands[0][..] {
            [batch @ .., n, m] if n == m => Shape::new(&[batch, &[*n]].concat()),
            _ => Err(Error::new(
                ErrorKind::Shape,
                format!("the last two axes of {} differ", operands[0]),
            )),
        }
    }

    fn look(&self, operand: &Layout, _: &Shape) -> Option<Look> {
        let mut strides = operand.strides.clone();
        let along = strides.pop()?;
        *strides.last_mut()? += along;
        Some(Look { strides, offset: 0 })
    }

    fn value<T: Element>(&self, _: &[View<'_, T>], _: &[usize], _: &mut [T]) {
        unreachable!("a diagonal is a look at the operand")
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        done(record_structural(Unpaired, &[node.upstream]))
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} on the diagonal"
    }
}

impl Structural for Unpaired {
    const NAME: &'static str = "unpaired_axes";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        let own = operands[0];
        Shape::new(&[own, &own[own.rank() - 1..]].concat())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        out.fill(T::default());
        if out.is_empty() {
            return;
        }
        let n = lengths[lengths.len() - 1];
        let planes = out.len() / (n * n);
        // The elements are put in front, and then moved to their places from the last on.
        copy(operands[0], &mut out[..planes * n]);
        for from in (0..planes * n).rev() {
            let to = from / n * n * n + from % n * (n + 1);
            let element = std::mem::take(&mut out[from]);
            out[to] = element;
        }
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        done(record_structural(Paired, &[node.upstream]))
    }

    fn says(&self, _: usize) -> &'static str {
        "the diagonal of {g}"
    }
}
