//! Plain arrays of numbers: what tensors are made from and read back into.

mod convert;
mod create;

use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::shape::Shape;

/// An owned array of numbers in row-major order.
#[derive(Clone, PartialEq, Debug)]
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

    /// The elements in row-major order.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.data
    }

    /// The elements in row-major order, without a copy.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.data
    }

    /// The only element.
    ///
    /// # Panics
    /// If there are more, or none.
    #[must_use]
    #[track_caller]
    pub fn item(&self) -> T {
        or_panic(self.try_item())
    }

    /// As [`item`](Array::item), with the error as a value.
    ///
    /// # Errors
    /// If there are more elements than one, or none.
    pub fn try_item(&self) -> Result<T, Error> {
        match *self.data {
            [item] => Ok(item),
            _ => Err(Error::new(
                ErrorKind::Shape,
                format!(
                    "item: an array of shape {} has {} elements, not one; index it, or use `as_slice`",
                    self.shape,
                    self.data.len()
                ),
            )),
        }
    }
}

/// What a call answers, or a panic with the error's message at the user's line.
#[track_caller]
pub(crate) fn or_panic<V>(result: Result<V, Error>) -> V {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}
