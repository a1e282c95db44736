//! Single elements by their positions along an axis, and back.

use super::rounding::row_places;
use super::{Corner, Errors, Pulled, Rounded, Structural, recorded};
use crate::array::Array;
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::indices::Indices;
use crate::kernel::{self, Along, View};
use crate::shape::Shape;
use crate::tensor::{Tensor, row_major};
use std::sync::Arc;

/// `y[i, j, ..] = x[i, indices[i, j, ..], ..]`, here along axis 1. Its transpose is [`ScatterAdd`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Gather {
    pub(crate) axis: usize,
    pub(crate) indices: Indices,
    /// If the elements' own order decided on the indices: that order.
    pub(crate) order: Option<Order>,
}

/// In which order elements were put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Ascending,
    Descending,
}

impl Structural for Gather {
    const NAME: &'static str = "gather";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        let (from, shape) = (operands[0], self.indices.shape());
        let alike = |axis| axis == self.axis || shape[axis] == from[axis];
        if shape.rank() != from.rank() || !(0..from.rank()).all(alike) {
            return Err(Error::new(
                ErrorKind::Shape,
                format!(
                    "indices of shape {shape} for {from}: they must be equally long along all axes but {}",
                    self.axis
                ),
            ));
        }
        self.indices.within_axis(self.axis, from)?;
        Ok(shape.clone())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        let along = Along {
            axis: self.axis,
            positions: self.indices.as_slice(),
        };
        kernel::gather(operands[0], along, lengths, out);
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let back = ScatterAdd {
            axis: self.axis,
            indices: self.indices.clone(),
            length: node.operands[0].shape()[self.axis],
        };
        recorded(back, &[node.upstream])
    }

    fn positions(&self) -> Option<&Arc<[usize]>> {
        Some(self.indices.list())
    }

    fn set_positions(&mut self, positions: &Arc<[usize]>) {
        self.indices.set_list(positions);
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} added up at the positions it was gathered from"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.moved(self))
    }

    /// Ties with what comes next in the order, also with what comes behind the last one taken.
    fn corners(&self, operands: &[&Array]) -> Vec<Corner> {
        let Some(order) = self.order else {
            return Vec::new();
        };
        let (shape, x) = (operands[0].shape(), operands[0].as_slice());
        let taken = row_places(self.indices.shape(), &[self.axis]);
        let mut is_left = vec![true; x.len()];
        let mut corners = Vec::new();
        for (lane, taken) in row_places(shape, &[self.axis]).iter().zip(taken) {
            let ranks = taken
                .iter()
                .map(|&rank| lane[self.indices.as_slice()[rank]]);
            let ranks: Vec<usize> = ranks.collect();
            ranks.iter().for_each(|&place| is_left[place] = false);
            let left = lane.iter().copied().filter(|&place| is_left[place]);
            let best = left.reduce(|a, b| if x[b] > x[a] { b } else { a });
            let next = ranks.iter().copied().skip(1).chain(best);
            corners.extend(ranks.iter().zip(next).map(|(&place, next)| Corner {
                slot: 0,
                place,
                at: x[next],
                slopes: match order {
                    Order::Descending => [0.0, 1.0, 1.0],
                    Order::Ascending => [1.0, 1.0, 0.0],
                },
            }));
        }
        corners
    }
}

/// Zeros, `length` of them along `axis`, to which the operand's elements are added at the
/// positions of `indices`. Its transpose is [`Gather`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ScatterAdd {
    pub(crate) axis: usize,
    pub(crate) indices: Indices,
    pub(crate) length: usize,
}

impl Structural for ScatterAdd {
    const NAME: &'static str = "scatter_add";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        if operands[0] != self.indices.shape() {
            return Err(Error::new(
                ErrorKind::Shape,
                format!(
                    "indices of shape {} for {}: one per element is needed",
                    self.indices.shape(),
                    operands[0]
                ),
            ));
        }
        let mut lengths = operands[0].to_vec();
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
        kernel::scatter_add(operands[0], along, &row_major(lengths), out);
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let gather = Gather {
            axis: self.axis,
            indices: self.indices.clone(),
            order: None,
        };
        recorded(gather, &[node.upstream])
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
