//! Axes added, removed, merged, moved; arrays repeated.

use super::join::new_axis;
use super::{Tensor, operations, record_structural};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::shape::{Axes, Shape};
use crate::structural::{CumSum, Expand, Permute, Reshape};

impl<T: Element> Tensor<T> {
    operations! {
        /// All elements as a vector, in row-major order.
        ///
        /// # Panics
        /// If this is a plain number on no tape.
        flatten try_flatten(self) -> Tensor<T> {
            let shape = Shape::vector(self.shape().count());
            record_structural(Reshape { shape }, &[self])
        }

        /// The axes from `first` to `last`, both included, merged into one.
        ///
        /// Shapes: `[a, b, c]` gives `[a, b * c]` for axes 1 to -1.
        ///
        /// # Panics
        /// If an axis is out of range, or `last` stands before `first`.
        flatten_axes try_flatten_axes(self, first: i64, last: i64) -> Tensor<T> {
            let shape = self.shape();
            let first = self.told("flatten_axes", shape.axis(first))?;
            let last = self.told("flatten_axes", shape.axis(last))?;
            if last < first {
                let error = Error::new(ErrorKind::Axis, format!(
                    "axis {last} stands before axis {first} in shape {shape}"
                ));
                return self.told("flatten_axes", Err(error));
            }
            let merged = shape[first..=last].iter().product();
            let lengths = [&shape[..first], &[merged], &shape[last + 1..]];
            let shape = Shape::trusted(lengths.into_iter().flatten().copied());
            record_structural(Reshape { shape }, &[self])
        }

        /// The array without an axis of length 1. No copy.
        ///
        /// # Panics
        /// If the axis is out of range or its length is not 1.
        squeeze try_squeeze(self, axis: i64) -> Tensor<T> {
            let shape = self.shape();
            let axis = self.told("squeeze", shape.axis(axis))?;
            if shape[axis] != 1 {
                let error = Error::new(ErrorKind::Shape, format!(
                    "axis {axis} of shape {shape} has length {}, not 1; `squeeze_all` removes those that have",
                    shape[axis]
                ));
                return self.told("squeeze", Err(error));
            }
            let shape = shape.reduced(&[axis], false);
            record_structural(Reshape { shape }, &[self])
        }

        /// The array without its axes of length 1. No copy.
        ///
        /// # Panics
        /// If this is a plain number on no tape.
        squeeze_all try_squeeze_all(self) -> Tensor<T> {
            let shape = self.shape();
            let shape = Shape::trusted(shape.iter().copied().filter(|&length| length != 1));
            record_structural(Reshape { shape }, &[self])
        }

        /// The array with a new axis of length 1, at this place of the result. No copy.
        ///
        /// Shapes: `[m, n]` gives `[1, m, n]` for axis 0, `[m, n, 1]` for axis -1.
        ///
        /// # Panics
        /// If the axis is out of range of the result, or there are 64 axes.
        unsqueeze try_unsqueeze(self, axis: i64) -> Tensor<T> {
            let shape = self.shape();
            let axis = self.told("unsqueeze", new_axis(&shape, axis))?;
            let mut lengths: Axes = shape.iter().copied().collect();
            lengths.insert(axis, 1);
            let shape = self.told("unsqueeze", Shape::new(&lengths))?;
            record_structural(Reshape { shape }, &[self])
        }

        /// One axis moved to another place; the others keep their order. No copy.
        ///
        /// Shapes: `[a, b, c]` gives `[b, c, a]` from 0 to -1.
        ///
        /// # Panics
        /// If an axis is out of range.
        movedim try_movedim(self, from: i64, to: i64) -> Tensor<T> {
            let shape = self.shape();
            let from = self.told("movedim", shape.axis(from))?;
            let to = self.told("movedim", shape.axis(to))?;
            let mut axes: Axes = (0..shape.rank()).collect();
            axes.remove(from);
            axes.insert(to, from);
            record_structural(Permute { axes }, &[self])
        }

        /// The whole array repeated so many times along each axis, side by side. As NumPy's
        /// `tile`: where there are fewer numbers than axes they mean the last ones, where there are
        /// more, axes are added in front.
        ///
        /// Term: the sum of the adjoint over the repetitions.
        ///
        /// ```
        /// let tape = tape::Tape::new();
        /// let x = tape.tensor("x", [1.0, 2.0]);
        /// assert_eq!(x.tile(&[2]).to_vec(), [1.0, 2.0, 1.0, 2.0]);
        /// assert_eq!(x.tile(&[3, 1]).shape(), [3, 2]);
        /// ```
        ///
        /// # Panics
        /// If the result does not fit in memory.
        tile try_tile(self, times: &[usize]) -> Tensor<T> {
            let shape = self.shape();
            let rank = shape.rank().max(times.len());
            let ones = |known: usize| std::iter::repeat_n(1, rank - known);
            let own = ones(shape.rank()).chain(shape.iter().copied());
            let times = ones(times.len()).chain(times.iter().copied());
            // Each repeated axis gets one before it that is repeated, and is merged with it.
            let (mut apart, mut repeated, mut merged) = (Axes::new(), Axes::new(), Axes::new());
            for (length, times) in own.zip(times) {
                if times != 1 {
                    apart.push(1);
                    repeated.push(times);
                }
                apart.push(length);
                repeated.push(length);
                merged.push(length.saturating_mul(times));
            }
            let merged = self.told("tile", Shape::new(&merged))?;
            let apart = self.told("tile", Shape::new(&apart))?;
            let repeated = self.told("tile", Shape::new(&repeated))?;
            let apart = record_structural(Reshape { shape: apart }, &[self])?;
            let repeated = record_structural(Expand { shape: repeated }, &[apart])?;
            record_structural(Reshape { shape: merged }, &[repeated])
        }

        /// Each position along an axis repeated so many times in its place, as PyTorch's
        /// `repeat_interleave` and NumPy's `repeat`.
        ///
        /// Shapes: the axis is `times` as long. Term: the sum of the adjoint over the repetitions.
        ///
        /// # Panics
        /// If the axis is out of range, or the result does not fit in memory.
        repeat_interleave try_repeat_interleave(self, times: usize, axis: i64) -> Tensor<T> {
            let shape = self.shape();
            let axis = self.told("repeat_interleave", shape.axis(axis))?;
            let mut merged: Axes = shape.iter().copied().collect();
            let mut repeated = merged.clone();
            merged[axis] = merged[axis].saturating_mul(times);
            let merged = self.told("repeat_interleave", Shape::new(&merged))?;
            let mut apart = repeated.clone();
            apart.insert(axis + 1, 1);
            repeated.insert(axis + 1, times);
            let apart = self.told("repeat_interleave", Shape::new(&apart))?;
            let repeated = self.told("repeat_interleave", Shape::new(&repeated))?;
            let apart = record_structural(Reshape { shape: apart }, &[self])?;
            let repeated = record_structural(Expand { shape: repeated }, &[apart])?;
            record_structural(Reshape { shape: merged }, &[repeated])
        }

        /// Running sums along an axis: `y[k] = x[0] + .. + x[k]`, added in that order and carried in
        /// double precision.
        ///
        /// Term: the running sum of the adjoint from the end.
        ///
        /// ```
        /// let tape = tape::Tape::new();
        /// let x = tape.tensor("x", [1.0, 2.0, 3.0]);
        /// let y = x.cumsum(0);
        /// assert_eq!(y.to_vec(), [1.0, 3.0, 6.0]);
        /// assert_eq!(y.sum().backward()[x], [3.0, 2.0, 1.0]);
        /// ```
        ///
        /// # Panics
        /// If the axis is out of range.
        cumsum try_cumsum(self, axis: i64) -> Tensor<T> {
            let axis = self.told("cumsum", self.shape().axis(axis))?;
            record_structural(CumSum { axis, from_end: false }, &[self])
        }
    }
}
