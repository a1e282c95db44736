//! The same elements, looked at in another shape.

use super::{Tensor, done, operations, record_structural};
use crate::element::Element;
use crate::error::Error;
use crate::recording::Recording;
use crate::shape::{Axes, Shape};
use crate::structural::{Expand, Permute, Reshape};

impl<T: Element> Tensor<T> {
    operations! {
        /// The elements in row-major order in another shape; one length may be -1 and follows from the rest.
        ///
        /// # Panics
        /// If the number of elements differs, or more than one length is -1.
        reshape try_reshape(self, lengths: &[i64]) -> Tensor<T> {
            let shape = self.told("reshape", self.shape().infer(lengths))?;
            record_structural(Reshape { shape }, &[self])
        }

        /// The axes in another order: axis `i` of the result is axis `axes[i]` of this.
        ///
        /// # Panics
        /// If the axes are not each named once.
        permute try_permute(self, axes: &[i64]) -> Tensor<T> {
            let axes = self.told("permute", self.shape().axes_in_order(axes))?;
            record_structural(Permute { axes }, &[self])
        }

        /// Two axes exchanged.
        ///
        /// # Panics
        /// If an axis is out of range.
        transpose try_transpose(self, first: i64, second: i64) -> Tensor<T> {
            let shape = self.shape();
            let axis = |axis| self.told("transpose", shape.axis(axis));
            let (first, second) = (axis(first)?, axis(second)?);
            let mut axes: Axes = (0..shape.rank()).collect();
            axes.swap(first, second);
            record_structural(Permute { axes }, &[self])
        }

        /// Repeats axes of length 1, and adds axes in front, as broadcasting does.
        ///
        /// # Panics
        /// If an axis of another length would have to change.
        expand try_expand(self, lengths: &[usize]) -> Tensor<T> {
            let shape = self.told("expand", Shape::new(lengths))?;
            record_structural(Expand { shape }, &[self])
        }
    }

    /// The transpose: the last two axes exchanged. No element is copied.
    ///
    /// # Panics
    /// If there are fewer than two axes.
    #[must_use]
    #[track_caller]
    pub fn t(self) -> Tensor<T> {
        self.transpose(-2, -1)
    }

    #[track_caller]
    pub(crate) fn reshape_to(self, shape: Shape) -> Tensor<T> {
        if self.shape() == shape {
            return self;
        }
        done(record_structural(Reshape { shape }, &[self]))
    }

    #[track_caller]
    pub(crate) fn expand_to(self, shape: Shape) -> Tensor<T> {
        if self.shape() == shape {
            return self;
        }
        done(record_structural(Expand { shape }, &[self]))
    }

    /// A check's result, with the story of this operand added to an error.
    #[track_caller]
    pub(crate) fn told<V>(self, name: &str, result: Result<V, Error>) -> Result<V, Error> {
        match result {
            Ok(value) => Ok(value),
            Err(error) if self.var().is_constant() => Err(error),
            Err(error) => {
                let recording = Recording::expect_owner(self.var(), name);
                Err(super::record::told(error, name, &recording, &[self]))
            }
        }
    }
}
