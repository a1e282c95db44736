//! The largest element along axes.

use super::rounding::row_places;
use super::rounding::rows::{self, UNIT};
use super::{Corner, Errors, Pulled, Rounded, Structural, recorded};
use crate::array::Array;
use crate::element::Element;
use crate::error::Error;
use crate::kernel::{self, View, moments};
use crate::op::Lift;
use crate::shape::{Axes, Shape};
use crate::tensor::Tensor;

/// The largest element along some axes, none of which is empty.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Amax {
    /// In ascending order.
    pub(crate) axes: Axes,
    /// Whether the axes stay, with length 1.
    pub(crate) keep: bool,
}

impl Structural for Amax {
    const NAME: &'static str = "amax";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[0].reduced(&self.axes, self.keep))
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        kernel::fold_rows(operands[0], &self.axes, out, |_, row| {
            kernel::largest(row).to_f64()
        });
    }

    fn number<T: Element>(&self, operands: &[View<'_, T>]) -> Option<f64> {
        Some(kernel::fold_all(operands[0], |row| {
            kernel::largest(row).to_f64()
        }))
    }

    /// Which element is the largest does not change nearby: its share is data.
    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let x = node.operands[0];
        let axes = self.axes.clone();
        let share = recorded(MaxShares { axes }, &[x.detach()]);
        node.upstream
            .spread(&x.shape(), &self.axes, self.keep)
            .chain(share)
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} where {0} = {y}, evenly split at a tie"
    }

    fn corners(&self, operands: &[&Array]) -> Vec<Corner> {
        let (shape, elements) = (operands[0].shape(), operands[0].as_slice());
        let mut best = vec![Best::default(); shape.reduced(&self.axes, false).count()];
        for (best, places) in best.iter_mut().zip(row_places(shape, &self.axes)) {
            for place in places {
                best.see(place, elements[place]);
            }
        }
        let share = |ties: usize| 1.0 / ties as f64;
        best.iter()
            .filter_map(|best| best.corner(0, share))
            .collect()
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.folded(self, &self.axes, |_, row| rows::largest_of(row)))
    }
}

/// The largest two of some elements, as they come by.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Best {
    first: Option<(usize, f64)>,
    second: Option<(usize, f64)>,
    ties: usize,
}

impl Best {
    pub(super) fn see(&mut self, place: usize, x: f64) {
        let above = |other: Option<(usize, f64)>| other.is_none_or(|(_, other)| x > other);
        if above(self.first) {
            self.second = self.first;
            self.first = Some((place, x));
            self.ties = 1;
            return;
        }
        self.ties += usize::from(self.first.is_some_and(|(_, first)| x == first));
        if above(self.second) {
            self.second = Some((place, x));
        }
    }

    /// The tie of the largest with the next, if there is one.
    pub(super) fn corner(&self, slot: usize, share: impl Fn(usize) -> f64) -> Option<Corner> {
        Some(Corner {
            slot,
            place: self.first?.0,
            at: self.second?.1,
            slopes: [0.0, share(self.ties), 1.0],
        })
    }
}

/// The share that each element has in the largest along some axes. Its derivative is 0.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MaxShares {
    pub(crate) axes: Axes,
}

impl Structural for MaxShares {
    const NAME: &'static str = "max_shares";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[0].clone())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        kernel::map_rows([operands[0]], &self.axes, out, |_, [row], out| {
            moments::shares_of_the_largest(row, out);
        });
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        node.upstream.chain(Tensor::from(0.0))
    }

    fn says(&self, _: usize) -> &'static str {
        "0"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        // A whole part of 1, rounded once.
        Some(at.within(self, |share| UNIT * share))
    }
}
