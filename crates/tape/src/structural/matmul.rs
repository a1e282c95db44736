//! Matrix products.

use super::{Pulled, Structural};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::kernel::{self, View};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The product of the last two axes, for each index of the axes before them, which both
/// operands have alike.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MatMul;

impl Structural for MatMul {
    const NAME: &'static str = "matmul";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        let (a, b) = (operands[0], operands[1]);
        let rank = a.rank();
        let fits = rank >= 2
            && b.rank() == rank
            && a[..rank - 2] == b[..rank - 2]
            && a[rank - 1] == b[rank - 2];
        if !fits {
            return Err(Error::new(
                ErrorKind::Shape,
                format!(
                    "{a} times {b}: the last axis of one must be as long as the first of the other"
                ),
            ));
        }
        let mut lengths = a.to_vec();
        lengths[rank - 1] = b[rank - 1];
        Shape::new(&lengths)
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        let rank = lengths.len();
        let (m, n) = (lengths[rank - 2], lengths[rank - 1]);
        if m * n == 0 {
            return;
        }
        let [a, b] = [&operands[0], &operands[1]].map(|view| view.matrices());
        for ((a, b), out) in a.zip(b).zip(out.chunks_exact_mut(m * n)) {
            kernel::matmul(a, b, false, out);
        }
    }

    fn term<T: Element>(&self, node: &Pulled<T>, slot: usize) -> Tensor<T> {
        match slot {
            0 => node.upstream.matmul(node.operands[1].t()),
            _ => node.operands[0].t().matmul(node.upstream),
        }
    }

    fn says(&self, slot: usize) -> &'static str {
        if slot == 0 {
            "{g} . {1}^T"
        } else {
            "{0}^T . {g}"
        }
    }
}
