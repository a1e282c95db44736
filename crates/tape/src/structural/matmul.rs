//! Matrix products.

use super::{Errors, Pulled, Rounded, Structural};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::kernel::{self, View};
use crate::shape::{Axes, List, Shape};
use crate::tensor::Tensor;

/// The product of the last two axes, for each index of the axes before them: the batch. Batches
/// are broadcast as in NumPy; over some of their axes the products are summed as they are made.
///
/// Broadcasting and summing belong to the operation because they make small products into large
/// ones: `[b,m,k]` times one `[k,n]` is `[b*m,k]` times `[k,n]`, and the term of the right
/// operand is one product along `b*m`, where a batch of products would have to be summed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MatMul {
    /// The batch axes that are summed: they stay, with length 1.
    pub(crate) summed: Axes,
}

impl MatMul {
    /// Nothing is summed but the inner axis.
    pub(crate) fn plain() -> MatMul {
        MatMul {
            summed: Axes::new(),
        }
    }
}

impl Structural for MatMul {
    const NAME: &'static str = "matmul";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        let (a, b) = (operands[0], operands[1]);
        let error = |why: String| Err(Error::new(ErrorKind::Shape, why));
        let ([rows @ .., m, inner], [columns @ .., other, n]) = (&a[..], &b[..]) else {
            return error(format!("{a} times {b}: matrices have two axes or more"));
        };
        if inner != other {
            let hint = if n == inner {
                "; `t()` of the right operand would fit"
            } else if m == other {
                "; `t()` of the left operand would fit"
            } else {
                ""
            };
            return error(format!(
                "the inner lengths differ: rows of {inner} against columns of {other}{hint}"
            ));
        }
        let rank = rows.len().max(columns.len());
        let mut lengths = Axes::new();
        for axis in 0..rank {
            let [a, b] = [rows, columns].map(|batch| batch_length(batch, axis, rank));
            lengths.push(match (a, b) {
                _ if a != b && a != 1 && b != 1 => {
                    let (rows, columns) = (List(rows), List(columns));
                    return error(format!(
                        "the batches {rows} and {columns} do not go together: {a} against {b}"
                    ));
                }
                _ if self.summed.contains(&axis) => 1,
                (1, length) | (length, _) => length,
            });
        }
        lengths.extend([*m, *n]);
        Shape::new(&lengths)
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        kernel::products(operands[0], operands[1], &self.summed, out);
    }

    fn term<T: Element>(&self, node: &Pulled<T>, slot: usize) -> Tensor<T> {
        let [a, b] = [node.operands[0], node.operands[1]];
        let (own, other) = (node.operands[slot].shape(), node.operands[1 - slot].shape());
        let g = node.upstream.shape();
        let rank = g.rank() - 2;
        let length = |shape: &Shape, axis| batch_length(&shape[..shape.rank() - 2], axis, rank);
        // Where this operand was repeated, its terms are summed.
        let repeated =
            |&axis: &usize| length(&own, axis) == 1 && (g[axis] != 1 || length(&other, axis) != 1);
        let repeated = (0..rank).filter(repeated).collect();
        let term = match slot {
            0 => node.upstream.products(b.t(), repeated),
            _ => a.t().products(node.upstream, repeated),
        };
        match own.rank() == rank + 2 {
            // Where the products were summed, every one of them has the same adjoint.
            true => term.expand_to(own),
            false => term.reshape_to(own),
        }
    }

    fn says(&self, slot: usize) -> &'static str {
        if slot == 0 {
            "{g} . {1}^T"
        } else {
            "{0}^T . {g}"
        }
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.multiplied(self))
    }
}

/// The length of a batch along an axis of one that it is broadcast to.
fn batch_length(batch: &[usize], axis: usize, rank: usize) -> usize {
    match (axis + batch.len()).checked_sub(rank) {
        Some(own) => batch[own],
        None => 1,
    }
}
