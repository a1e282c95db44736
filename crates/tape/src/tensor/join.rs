//! Tensors side by side.

use super::{Tensor, done, known, record_structural};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::shape::Shape;
use crate::structural::{Concat, Stack};

impl<T: Element> Tensor<T> {
    /// Tensors one behind the other along an axis that they have; all other axes are equally long.
    ///
    /// Shapes: `[a, n]` and `[b, n]` give `[a + b, n]` along axis 0. Term of each: its part of
    /// the adjoint.
    ///
    /// ```
    /// # use tape::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let (x, y) = (tape.tensor("x", [[1.0], [2.0]]), tape.tensor("y", [[3.0], [4.0]]));
    /// assert_eq!(Tensor::concat(&[x, y], 0).to_vec(), [1.0, 2.0, 3.0, 4.0]);
    /// assert_eq!(Tensor::concat(&[x, y], 1).to_vec(), [1.0, 3.0, 2.0, 4.0]);
    /// ```
    ///
    /// # Panics
    /// If there is no tensor, the axis is out of range, or another axis differs.
    #[must_use]
    #[track_caller]
    pub fn concat(tensors: &[Tensor<T>], axis: i64) -> Tensor<T> {
        done(Tensor::try_concat(tensors, axis))
    }

    /// As [`concat`](Tensor::concat), with the error as a value.
    ///
    /// # Errors
    /// Where `concat` panics.
    #[track_caller]
    pub fn try_concat(tensors: &[Tensor<T>], axis: i64) -> Result<Tensor<T>, Error> {
        let Some(first) = tensors.first() else {
            return Err(nothing("concat"));
        };
        known("concat", tensors)?;
        let axis = first.told("concat", first.shape().axis(axis))?;
        record_structural(Concat { axis }, tensors)
    }

    /// Tensors of one shape along a new axis of their number. Numbers stack to a vector.
    ///
    /// Shapes: `k` of `[m, n]` give `[k, m, n]` with axis 0, `[m, n, k]` with axis -1. Term of
    /// each: its part of the adjoint.
    ///
    /// ```
    /// # use tape::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let (a, b) = (tape.var("a", 3.0), tape.var("b", 4.0));
    /// let v: Tensor = Tensor::stack(&[a.into(), b.into()], 0);
    /// let g = v.square().sum().backward();
    /// assert_eq!((g[a], g[b]), (6.0, 8.0));
    /// ```
    ///
    /// # Panics
    /// If there is no tensor, the shapes differ, or the axis is out of range of the result.
    #[must_use]
    #[track_caller]
    pub fn stack(tensors: &[Tensor<T>], axis: i64) -> Tensor<T> {
        done(Tensor::try_stack(tensors, axis))
    }

    /// As [`stack`](Tensor::stack), with the error as a value.
    ///
    /// # Errors
    /// Where `stack` panics.
    #[track_caller]
    pub fn try_stack(tensors: &[Tensor<T>], axis: i64) -> Result<Tensor<T>, Error> {
        let Some(first) = tensors.first() else {
            return Err(nothing("stack"));
        };
        known("stack", tensors)?;
        let axis = first.told("stack", new_axis(&first.shape(), axis))?;
        record_structural(Stack { axis }, tensors)
    }
}

/// Where a new axis stands in the result, which has one more.
pub(super) fn new_axis(shape: &Shape, axis: i64) -> Result<usize, Error> {
    let rank = shape.rank() as i64;
    match axis {
        _ if (0..=rank).contains(&axis) => Ok(axis as usize),
        _ if (-rank - 1..0).contains(&axis) => Ok((axis + rank + 1) as usize),
        _ => Err(Error::new(
            ErrorKind::Axis,
            format!(
                "a new axis {axis} of shape {shape} is out of range: its place is 0 to {rank}, or -{} to -1 from the end",
                rank + 1
            ),
        )),
    }
}

fn nothing(name: &str) -> Error {
    Error::new(
        ErrorKind::Shape,
        format!("{name} of no tensors: what shape they would have is not known"),
    )
}
