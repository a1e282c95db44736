//! Reductions over axes.

use super::{Tensor, operations, record_structural};
use crate::element::Element;
use crate::error::Error;
use crate::shape::{Axes, Shape};
use crate::structural::Sum;
use crate::var::Var;
use smallvec::SmallVec;

/// Which axes a reduction goes over, and whether they stay with length 1.
///
/// Made from an axis or several, negative ones counted from the last; [`axes`] and
/// [`keep`](Over::keep) say more.
///
/// ```
/// # use tape::{Tape, axes};
/// let tape = Tape::new();
/// let x = tape.tensor("x", [[1.0, 2.0], [3.0, 4.0]]);
/// assert_eq!(x.sum_over(0).to_vec(), [4.0, 6.0]);
/// assert_eq!(x.sum_over([0, 1]).to_vec(), [10.0]);
/// assert_eq!(x.sum_over(axes([-1]).keep()).shape(), [2, 1]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Over {
    /// `None`: all axes.
    axes: Option<SmallVec<[i64; 4]>>,
    keep: bool,
}

/// These axes, in a call of a reduction.
#[must_use]
pub fn axes(axes: impl Into<Over>) -> Over {
    axes.into()
}

impl Over {
    /// All axes.
    #[must_use]
    pub fn all() -> Over {
        Over {
            axes: None,
            keep: false,
        }
    }

    /// The axes stay, with length 1, so that the result goes together with the operand.
    #[must_use]
    pub fn keep(self) -> Over {
        Over { keep: true, ..self }
    }

    /// The axes of a shape that are meant, ascending, and whether they stay.
    pub(crate) fn of(&self, shape: &Shape) -> Result<(Axes, bool), Error> {
        let axes = match &self.axes {
            Some(axes) => shape.axes(axes)?,
            None => (0..shape.rank()).collect(),
        };
        Ok((axes, self.keep))
    }
}

macro_rules! over_from {
    ($($Integer:ty),*) => { $(
        impl From<$Integer> for Over {
            fn from(axis: $Integer) -> Over {
                Over::from([axis])
            }
        }
        impl<const N: usize> From<[$Integer; N]> for Over {
            fn from(axes: [$Integer; N]) -> Over {
                Over::from(&axes[..])
            }
        }
        impl From<&[$Integer]> for Over {
            fn from(axes: &[$Integer]) -> Over {
                // What does not fit an i64 is no axis of anything.
                let axis = |&axis: &$Integer| i64::try_from(axis).unwrap_or(i64::MAX);
                Over { axes: Some(axes.iter().map(axis).collect()), keep: false }
            }
        }
    )* };
}

over_from!(i32, i64, usize);

impl<T: Element> Tensor<T> {
    operations! {
        /// The sum over axes, pairwise in a fixed order.
        ///
        /// Derivative: 1 by each element; the adjoint is repeated along the axes.
        ///
        /// # Panics
        /// If an axis is out of range or named twice.
        sum_over try_sum_over(self, over: impl Into<Over>) -> Tensor<T> {
            let (axes, keep) = self.told("sum_over", over.into().of(&self.shape()))?;
            record_structural(Sum { axes, keep }, &[self])
        }

        /// The mean over axes; NaN of nothing.
        ///
        /// Derivative: `1/n` by each element.
        ///
        /// # Panics
        /// If an axis is out of range or named twice.
        mean_over try_mean_over(self, over: impl Into<Over>) -> Tensor<T> {
            let shape = self.shape();
            let (axes, keep) = self.told("mean_over", over.into().of(&shape))?;
            let count: usize = axes.iter().map(|&axis| shape[axis]).product();
            Ok(record_structural(Sum { axes, keep }, &[self])? / count as f64)
        }
    }

    /// The sum of all elements, pairwise in a fixed order and in double precision; in long sums of
    /// `f32` four elements are added as they are first.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let x = tape.tensor("x", [1.0, 2.0, 3.0]);
    /// let loss = x.square().sum();
    /// assert_eq!(loss.value(), 14.0);
    /// assert_eq!(loss.backward()[x], [2.0, 4.0, 6.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn sum(self) -> Var {
        if self.is_number() {
            return self.var();
        }
        self.sum_over(Over::all()).var()
    }

    /// The mean of all elements; NaN of nothing.
    #[must_use]
    #[track_caller]
    pub fn mean(self) -> Var {
        let count = self.shape().count();
        self.sum() / count as f64
    }

    /// With `axes` (ascending) moved to the end and made one: a row for each place along the others.
    #[track_caller]
    pub(crate) fn rows_last(self, axes: &[usize]) -> Tensor<T> {
        let shape = self.shape();
        let length = axes.iter().map(|&axis| shape[axis]).product();
        let mut lengths = shape.reduced(axes, false).to_vec();
        lengths.push(length);
        self.permute(&rows_last(shape.rank(), axes))
            .reshape_to(Shape::trusted(lengths))
    }

    /// The way back from [`rows_last`](Tensor::rows_last) to `shape`.
    #[track_caller]
    pub(crate) fn rows_back(self, shape: &Shape, axes: &[usize]) -> Tensor<T> {
        let order = rows_last(shape.rank(), axes);
        let mut back = vec![0; order.len()];
        for (place, &axis) in order.iter().enumerate() {
            back[axis as usize] = place as i64;
        }
        let moved = order.iter().map(|&axis| shape[axis as usize]);
        self.reshape_to(Shape::trusted(moved)).permute(&back)
    }

    /// Sums what expanding from `shape` repeated: the transpose of broadcasting.
    #[track_caller]
    pub(crate) fn sum_to(self, shape: &Shape) -> Tensor<T> {
        let own = self.shape();
        if own == *shape {
            return self;
        }
        let new = own.rank() - shape.rank();
        let repeated = |&axis: &usize| axis >= new && shape[axis - new] == 1 && own[axis] != 1;
        let stretched: Axes = (new..own.rank()).filter(repeated).collect();
        let mut sum = self;
        if !stretched.is_empty() {
            sum = super::done(record_structural(
                Sum {
                    axes: stretched,
                    keep: true,
                },
                &[sum],
            ));
        }
        if new > 0 {
            let axes = (0..new).collect();
            sum = super::done(record_structural(Sum { axes, keep: false }, &[sum]));
        }
        sum
    }

    /// The transpose of a sum over `axes`: repeats along them, up to `shape`.
    #[track_caller]
    pub(crate) fn spread(self, shape: &Shape, axes: &[usize], kept: bool) -> Tensor<T> {
        let with_axes = match kept || axes.len() == shape.rank() {
            true => self,
            false => self.reshape_to(shape.reduced(axes, true)),
        };
        with_axes.expand_to(shape.clone())
    }
}

/// The axes in order, but some of them behind the others.
fn rows_last(rank: usize, axes: &[usize]) -> Vec<i64> {
    let others = (0..rank).filter(|axis| !axes.contains(axis));
    others
        .chain(axes.iter().copied())
        .map(|axis| axis as i64)
        .collect()
}
