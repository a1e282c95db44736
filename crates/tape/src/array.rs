//! Plain arrays of numbers: what tensors are made from and read back into.

mod convert;
mod create;
mod digits;
mod index;
mod matrix;
mod print;
mod read;
mod sequence;

use crate::element::Element;
use crate::error::{Error, done};
use crate::shape::Shape;

/// An array of numbers: a [`Shape`], and the elements in row-major order (the last axis runs fastest).
///
/// Plain data: no tape, no arithmetic. Tensors are made from arrays and read back into them. Where an
/// array is asked for as `impl Into<Array>`, a number, a nested array, a slice or a vector will do.
/// Two arrays are equal if their shapes and all elements are; a NaN equals nothing.
///
/// ```
/// use tape::Array;
///
/// let a = Array::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// assert_eq!(*a.shape(), [2, 3]);
/// assert_eq!(a[[1, 2]], 6.0);
/// assert_eq!(a.reshape(&[3, -1]), Array::new(&[3, 2], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
///
/// let weights: Array = Array::zeros(&[2, 3]); // `Array` is `Array<f64>`
/// let single = Array::<f32>::zeros(&[2, 3]);
/// assert_eq!(weights, single.cast());
/// ```
#[derive(Clone, PartialEq)]
pub struct Array<T: Element = f64> {
    shape: Shape,
    data: Vec<T>,
}

impl<T: Element> Array<T> {
    /// An array whose data is known to fit its shape.
    pub(crate) fn trusted(shape: Shape, data: Vec<T>) -> Array<T> {
        debug_assert_eq!(shape.count(), data.len());
        Array { shape, data }
    }

    /// The lengths along each axis.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The number of axes: 0 for a number, 1 for a vector, 2 for a matrix.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.shape.rank()
    }

    /// The number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether there are no elements: some axis has length 0. (A number is one element.)
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// The same elements in an array of another type, rounded to nearest where it has fewer digits.
    ///
    /// ```
    /// use tape::Array;
    /// assert_eq!(Array::from([0.1, 2.0]).cast::<f32>(), Array::from([0.1_f32, 2.0]));
    /// ```
    #[must_use]
    pub fn cast<U: Element>(&self) -> Array<U> {
        self.map(|x| U::from_f64(x.to_f64()))
    }

    /// An array of the same shape, each element what `f` makes of the one here.
    ///
    /// ```
    /// use tape::Array;
    /// assert_eq!(Array::from([1.0, 4.0]).map(f64::sqrt), Array::from([1.0, 2.0]));
    /// ```
    #[must_use]
    pub fn map<U: Element>(&self, f: impl FnMut(T) -> U) -> Array<U> {
        let data = self.data.iter().copied().map(f).collect();
        Array::trusted(self.shape.clone(), data)
    }

    /// The same elements in the same order under another shape. One length may be -1: it is what
    /// the others leave.
    ///
    /// ```
    /// use tape::Array;
    /// let a = Array::from(0..6).reshape(&[2, -1]);
    /// assert_eq!(a, Array::from([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]));
    /// ```
    ///
    /// # Panics
    /// If the new shape has another number of elements, a negative length other than -1, or -1
    /// twice or beside a length of 0.
    #[must_use]
    #[track_caller]
    pub fn reshape(self, shape: &[i64]) -> Array<T> {
        done(self.try_reshape(shape))
    }

    /// As [`reshape`](Array::reshape), with the error as a value.
    ///
    /// # Errors
    /// Where `reshape` panics.
    pub fn try_reshape(self, shape: &[i64]) -> Result<Array<T>, Error> {
        let shape = self.shape.infer(shape)?;
        Ok(Array::trusted(shape, self.data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_reshapes_and_says_why_it_cannot() {
        let a = Array::from(0..6);
        assert_eq!(*a.clone().reshape(&[2, 3]).shape(), [2, 3]);
        assert_eq!(*a.clone().reshape(&[1, -1, 1]).shape(), [1, 6, 1]);
        let error = a.try_reshape(&[4, -1]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "reshape [6] to [4,-1]: 6 elements do not divide into parts of 4"
        );
    }

    #[test]
    fn a_cast_rounds_and_comes_back() {
        let third = Array::from(1.0 / 3.0);
        assert_ne!(third.cast::<f32>().cast::<f64>(), third);
        assert_eq!(third.cast::<f32>().item(), 1.0_f32 / 3.0);
    }
}
