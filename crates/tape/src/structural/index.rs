//! Whole rows by their positions, and back.

use super::{Errors, Pulled, Rounded, Structural, recorded};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::indices::Indices;
use crate::kernel::{self, Along, View};
use crate::shape::{Axes, Shape};
use crate::tensor::{Tensor, row_major};
use std::sync::Arc;

/// `y[.., j.., ..] = x[.., indices[j..], ..]`: the axes of the indices stand where `axis` was.
/// Its transpose is [`IndexAdd`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct IndexSelect {
    pub(crate) axis: usize,
    pub(crate) indices: Indices,
}

impl IndexSelect {
    /// The lengths of the result, with `middle` for the axes of the indices.
    fn lengths(&self, from: &[usize], middle: &[usize]) -> Axes {
        let (before, after) = (&from[..self.axis], &from[self.axis + 1..]);
        [before, middle, after]
            .into_iter()
            .flatten()
            .copied()
            .collect()
    }
}

impl Structural for IndexSelect {
    const NAME: &'static str = "index_select";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        let from = operands[0];
        self.indices.within_axis(self.axis, from)?;
        Shape::new(&self.lengths(from, self.indices.shape()))
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        let along = Along {
            axis: self.axis,
            positions: self.indices.as_slice(),
        };
        // In the result the axes of the indices lie like one.
        let lengths = self.lengths(operands[0].lengths, &[self.indices.len()]);
        kernel::select(operands[0], along, &row_major(&lengths), out);
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let from = node.operands[0].shape();
        let flat = Shape::trusted(self.lengths(&from, &[self.indices.len()]));
        let back = IndexAdd {
            axis: self.axis,
            indices: self.indices.flat(),
            length: from[self.axis],
        };
        recorded(back, &[node.upstream.reshape_to(flat)])
    }

    fn positions(&self) -> Option<&Arc<[usize]>> {
        Some(self.indices.list())
    }

    fn set_positions(&mut self, positions: &Arc<[usize]>) {
        self.indices.set_list(positions);
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} added up at the positions it was selected from"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.moved(self))
    }
}

/// Zeros, `length` of them along `axis`, to which row `j` of the operand is added at position
/// `indices[j]`. Its transpose is [`IndexSelect`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct IndexAdd {
    pub(crate) axis: usize,
    /// A vector.
    pub(crate) indices: Indices,
    pub(crate) length: usize,
}

impl Structural for IndexAdd {
    const NAME: &'static str = "index_add";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        let mut lengths = operands[0].to_vec();
        if lengths[self.axis] != self.indices.len() {
            return Err(Error::new(
                ErrorKind::Shape,
                format!(
                    "{} indices for axis {} of length {}: one per position is needed",
                    self.indices.len(),
                    self.axis,
                    lengths[self.axis]
                ),
            ));
        }
        lengths[self.axis] = self.length;
        let shape = Shape::new(&lengths)?;
        self.indices.within_axis(self.axis, &shape)?;
        Ok(shape)
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        let along = Along {
            axis: self.axis,
            positions: self.indices.as_slice(),
        };
        out.fill(T::default());
        kernel::select_add(operands[0], along, &row_major(lengths), out);
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let select = IndexSelect {
            axis: self.axis,
            indices: self.indices.clone(),
        };
        recorded(select, &[node.upstream])
    }

    fn positions(&self) -> Option<&Arc<[usize]>> {
        Some(self.indices.list())
    }

    fn set_positions(&mut self, positions: &Arc<[usize]>) {
        self.indices.set_list(positions);
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} at the positions that were added to"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.summed(self))
    }
}
