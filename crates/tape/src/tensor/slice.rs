//! Parts of a tensor, looked at without a copy; padding; parts in another order.

use super::{Over, Span, Tensor, Whole, done, known, operations, record_structural};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::shape::{Axes, Shape};
use crate::structural::{Cut, Cuts, Pad, Slice};
use crate::var::Var;

impl<T: Element> Tensor<T> {
    operations! {
        /// A range of positions along an axis, as a look at the same memory.
        ///
        /// The range is any of Rust's, or a pair; negative ends count from the end of the axis: see
        /// [`Span`]. One that reaches outside is an error, not cut to fit.
        ///
        /// Shape: the axis has the range's length. Term: the adjoint put back among zeros.
        ///
        /// ```
        /// let tape = tape::Tape::new();
        /// let x = tape.tensor("x", [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        /// assert_eq!(x.slice(1, 1..).to_vec(), [2.0, 3.0, 5.0, 6.0]);
        /// let y = x.slice(-1, ..-1);
        /// assert_eq!(y.to_vec(), [1.0, 2.0, 4.0, 5.0]);
        /// assert_eq!(y.square().sum().backward()[x], [2.0, 4.0, 0.0, 8.0, 10.0, 0.0]);
        /// ```
        ///
        /// # Panics
        /// If the axis is out of range, or the range reaches outside or ends before it starts.
        slice try_slice(self, axis: i64, range: impl Into<Span>) -> Tensor<T> {
            self.sliced("slice", axis, range.into(), 1)
        }

        /// Every `step`-th position of a range along an axis; a negative step begins with the
        /// range's last position and runs backward. No copy.
        ///
        /// As Rust's `(range).step_by(step)` and `(range).rev().step_by(-step)`: the range says
        /// which positions may be taken, in ascending order for either direction (in NumPy's
        /// `x[4:1:-1]` the ends change places).
        ///
        /// Term: the adjoint put back among zeros.
        ///
        /// ```
        /// let tape = tape::Tape::new();
        /// let x = tape.tensor("x", [0.0, 1.0, 2.0, 3.0, 4.0]);
        /// assert_eq!(x.slice_step(0, .., 2).to_vec(), [0.0, 2.0, 4.0]);
        /// assert_eq!(x.slice_step(0, 1.., -2).to_vec(), [4.0, 2.0]);
        /// ```
        ///
        /// # Panics
        /// As [`slice`](Tensor::slice), and if the step is 0.
        slice_step try_slice_step(self, axis: i64, range: impl Into<Span>, step: i64) -> Tensor<T> {
            self.sliced("slice_step", axis, range.into(), step)
        }

        /// One position along an axis, which the result does not have. No copy.
        ///
        /// Term: the adjoint put back among zeros.
        ///
        /// # Panics
        /// If the axis or the position is out of range.
        select_index try_select_index(self, axis: i64, index: impl Whole) -> Tensor<T> {
            let shape = self.shape();
            let axis = self.told("select_index", shape.axis(axis))?;
            let position = self.told("select_index", position(&shape, axis, index.whole()))?;
            let mut cuts = whole(&shape);
            cuts[axis] = Cut::one(position);
            cuts[axis + 1..].iter_mut().for_each(|cut| cut.axis -= 1);
            let shape = shape.reduced(&[axis], false);
            record_structural(Slice { cuts, shape }, &[self])
        }

        /// One position along the first axis: a row of a matrix. Negative ones count from the end.
        /// No copy.
        ///
        /// # Panics
        /// If there is no such row.
        row try_row(self, index: impl Whole) -> Tensor<T> {
            self.try_select_index(0, index)
        }

        /// The array amid a larger one that holds `value` elsewhere: so many positions before and
        /// behind along each axis.
        ///
        /// Term: the slice of the adjoint where the operand lies.
        ///
        /// ```
        /// let tape = tape::Tape::new();
        /// let x = tape.tensor("x", [[1.0, 2.0]]);
        /// let y = x.pad(&[(0, 1), (1, 0)], 9.0);
        /// assert_eq!(y.shape(), [2, 3]);
        /// assert_eq!(y.to_vec(), [9.0, 1.0, 2.0, 9.0, 9.0, 9.0]);
        /// ```
        ///
        /// # Panics
        /// If there is not a pair for each axis.
        pad try_pad(self, around: &[(usize, usize)], value: f64) -> Tensor<T> {
            let shape = self.shape();
            let padded = self.told("pad", padded(&shape, around))?;
            let mut cuts = whole(&shape);
            for (cut, &(before, _)) in cuts.iter_mut().zip(around) {
                cut.start = before;
            }
            record_structural(Pad { cuts, shape: padded, fill: value }, &[self])
        }

        /// The positions along some axes in the opposite order. No copy.
        ///
        /// Term: the adjoint, flipped.
        ///
        /// # Panics
        /// If an axis is out of range or named twice.
        flip try_flip(self, over: impl Into<Over>) -> Tensor<T> {
            let shape = self.shape();
            let (axes, _) = self.told("flip", over.into().of(&shape))?;
            let mut cuts = whole(&shape);
            for axis in axes {
                if shape[axis] > 1 {
                    cuts[axis] = Cut { start: shape[axis] - 1, step: -1, axis };
                }
            }
            record_structural(Slice { cuts, shape }, &[self])
        }

        /// The positions along an axis moved on by `shift`; what leaves at the end comes in at the
        /// start. A negative shift moves toward the start. As NumPy's `roll`.
        ///
        /// Composed of two slices, joined.
        ///
        /// # Panics
        /// If the axis is out of range.
        roll try_roll(self, shift: i64, axis: i64) -> Tensor<T> {
            let found = self.told("roll", self.shape().axis(axis))?;
            let length = self.shape()[found] as i64;
            let split = if length == 0 { 0 } else { (-(shift % length)).rem_euclid(length) };
            let (head, tail) = (self.try_slice(axis, ..split)?, self.try_slice(axis, split..)?);
            Tensor::try_concat(&[tail, head], axis)
        }

        /// Consecutive parts of these lengths along an axis. No copy.
        ///
        /// Term of each part: its adjoint put back among zeros.
        ///
        /// # Panics
        /// If the lengths do not add up to the axis's, or the axis is out of range.
        split try_split(self, lengths: &[usize], axis: i64) -> Vec<Tensor<T>> {
            let shape = self.shape();
            let found = self.told("split", shape.axis(axis))?;
            let total = lengths.iter().try_fold(0usize, |sum, &length| sum.checked_add(length));
            if total != Some(shape[found]) {
                let error = Error::new(ErrorKind::Shape, format!(
                    "parts of {} do not add up to the length {} of axis {found}",
                    crate::shape::List(lengths), shape[found]
                ));
                return self.told("split", Err(error));
            }
            let mut parts = Vec::with_capacity(lengths.len());
            let mut start = 0;
            for length in lengths {
                parts.push(self.try_slice(axis, start..start + length)?);
                start += length;
            }
            Ok(parts)
        }

        /// So many equal, consecutive parts along an axis. No copy.
        ///
        /// # Panics
        /// If the axis does not divide into them, or is out of range.
        chunk try_chunk(self, parts: usize, axis: i64) -> Vec<Tensor<T>> {
            let shape = self.shape();
            let found = self.told("chunk", shape.axis(axis))?;
            let length = shape[found];
            // An axis without elements divides into any number of parts, but each is a node.
            let nodes = u32::try_from(parts).is_ok();
            if parts == 0 || !length.is_multiple_of(parts) || !nodes {
                let error = Error::new(ErrorKind::Shape, format!(
                    "axis {found} of length {length} does not divide into {parts} equal parts; `split` takes a length for each"
                ));
                return self.told("chunk", Err(error));
            }
            self.try_split(&vec![length / parts; parts], axis)
        }
    }

    /// One element, by its index along each axis; negative ones count from the end.
    ///
    /// Term: the adjoint at the element's place, zeros elsewhere.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let x = tape.tensor("x", [[1.0, 2.0], [3.0, 4.0]]);
    /// let y = x.at([0, -1]);
    /// assert_eq!(y.value(), 2.0);
    /// assert_eq!(y.backward()[x], [0.0, 1.0, 0.0, 0.0]);
    /// ```
    ///
    /// # Panics
    /// If there is no such element.
    #[must_use]
    #[track_caller]
    pub fn at<const N: usize>(self, index: [impl Whole; N]) -> Var {
        done(self.try_at(index))
    }

    /// As [`at`](Tensor::at), with the error as a value.
    ///
    /// # Errors
    /// Where `at` panics.
    #[track_caller]
    pub fn try_at<const N: usize>(self, index: [impl Whole; N]) -> Result<Var, Error> {
        known("at", &[self])?;
        let shape = self.shape();
        if N != shape.rank() {
            let error = Error::new(
                ErrorKind::Index,
                format!("{N} positions for shape {shape}: one per axis is needed"),
            );
            return self.told("at", Err(error));
        }
        let mut cuts = Cuts::new();
        for (axis, &index) in index.iter().enumerate() {
            let position = self.told("at", position(&shape, axis, index.whole()))?;
            cuts.push(Cut::one(position));
        }
        if N == 0 {
            return Ok(self.var());
        }
        let shape = Shape::scalar();
        Ok(record_structural(Slice { cuts, shape }, &[self])?.var())
    }

    #[track_caller]
    fn sliced(self, name: &str, axis: i64, range: Span, step: i64) -> Result<Tensor<T>, Error> {
        let shape = self.shape();
        let axis = self.told(name, shape.axis(axis))?;
        let range = self.told(name, range.of(axis, shape[axis]))?;
        if step == 0 {
            let error = Error::new(
                ErrorKind::Option,
                "a step of 0 does not move; `expand` repeats a position",
            );
            return self.told(name, Err(error));
        }
        let by = usize::try_from(step.unsigned_abs()).unwrap_or(usize::MAX);
        let count = range.len().div_ceil(by);
        let start = match range.is_empty() {
            true => 0,
            false if step > 0 => range.start,
            false => range.end - 1,
        };
        let mut cuts = whole(&shape);
        // With at most one position the step says nothing, and may be too large to multiply.
        let step = if count > 1 { step as isize } else { 1 };
        cuts[axis] = Cut { start, step, axis };
        let mut lengths: Axes = shape.iter().copied().collect();
        lengths[axis] = count;
        let shape = Shape::trusted(lengths);
        record_structural(Slice { cuts, shape }, &[self])
    }
}

/// All of every axis.
pub(super) fn whole(shape: &Shape) -> Cuts {
    (0..shape.rank()).map(Cut::whole).collect()
}

/// The position along an axis that a number means.
fn position(shape: &Shape, axis: usize, index: i64) -> Result<usize, Error> {
    let length = shape[axis];
    let from_front = if index < 0 {
        index.checked_add_unsigned(length as u64)
    } else {
        Some(index)
    };
    match from_front.and_then(|index| usize::try_from(index).ok()) {
        Some(found) if found < length => Ok(found),
        _ => Err(Error::new(
            ErrorKind::Index,
            format!("index {index} is out of range for axis {axis} of length {length}"),
        )),
    }
}

/// The shape of an array with so many positions before and behind along each axis.
fn padded(shape: &Shape, around: &[(usize, usize)]) -> Result<Shape, Error> {
    if around.len() != shape.rank() {
        return Err(Error::new(
            ErrorKind::Shape,
            format!(
                "{} pairs (before, behind) for shape {shape}: one per axis is needed",
                around.len()
            ),
        ));
    }
    let lengths: Axes = shape
        .iter()
        .zip(around)
        .map(|(length, &(before, behind))| length.saturating_add(before).saturating_add(behind))
        .collect();
    Shape::new(&lengths)
}
