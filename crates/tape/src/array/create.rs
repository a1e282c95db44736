//! Arrays from a shape and numbers.

use super::{Array, or_panic};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::shape::Shape;

impl<T: Element> Array<T> {
    /// The array of this shape with these elements, in row-major order.
    ///
    /// # Panics
    /// If the number of elements is not the shape's.
    #[must_use]
    #[track_caller]
    pub fn new(shape: &[usize], data: impl Into<Vec<T>>) -> Array<T> {
        or_panic(Array::try_new(shape, data))
    }

    /// As [`new`](Array::new), with the error as a value.
    ///
    /// # Errors
    /// If the number of elements is not the shape's.
    pub fn try_new(shape: &[usize], data: impl Into<Vec<T>>) -> Result<Array<T>, Error> {
        let (shape, data) = (Shape::new(shape)?, data.into());
        if shape.count() != data.len() {
            return Err(Error::new(
                ErrorKind::Shape,
                format!(
                    "an array of shape {shape} has {} elements, but {} were given",
                    shape.count(),
                    data.len()
                ),
            ));
        }
        Ok(Array { shape, data })
    }

    /// An array of zeros.
    #[must_use]
    #[track_caller]
    pub fn zeros(shape: &[usize]) -> Array<T> {
        Array::full(shape, T::default())
    }

    /// An array of ones.
    #[must_use]
    #[track_caller]
    pub fn ones(shape: &[usize]) -> Array<T> {
        Array::full(shape, T::from_f64(1.0))
    }

    /// An array of one number, repeated.
    #[must_use]
    #[track_caller]
    pub fn full(shape: &[usize], number: T) -> Array<T> {
        let shape = or_panic(Shape::new(shape));
        let data = vec![number; shape.count()];
        Array { shape, data }
    }
}
