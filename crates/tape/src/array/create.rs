//! Arrays from a shape and a rule.

use super::{Array, done};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::shape::Shape;

impl<T: Element> Array<T> {
    /// The array of this shape with these elements, in row-major order.
    ///
    /// ```
    /// use tape::Array;
    /// let a = Array::new(&[2, 2], [1.0, 2.0, 3.0, 4.0]);
    /// assert_eq!(a, Array::from([[1.0, 2.0], [3.0, 4.0]]));
    /// ```
    ///
    /// # Panics
    /// If there are more or fewer elements than the shape has.
    #[must_use]
    #[track_caller]
    pub fn new(shape: &[usize], data: impl Into<Vec<T>>) -> Array<T> {
        done(Array::try_new(shape, data))
    }

    /// As [`new`](Array::new), with the error as a value.
    ///
    /// # Errors
    /// If there are more or fewer elements than the shape has.
    pub fn try_new(shape: &[usize], data: impl Into<Vec<T>>) -> Result<Array<T>, Error> {
        let (shape, data) = (Shape::new(shape)?, data.into());
        if shape.count() == data.len() {
            return Ok(Array { shape, data });
        }
        let message = format!(
            "an array of shape {shape} has {} elements, but the data has {}; to have a length worked out, `Array::from` the data and `reshape` it with -1",
            shape.count(),
            data.len()
        );
        Err(Error::new(ErrorKind::Shape, message))
    }

    /// An array of zeros.
    ///
    /// # Panics
    /// If the shape has more elements than fit in memory.
    #[must_use]
    #[track_caller]
    pub fn zeros(shape: &[usize]) -> Array<T> {
        Array::full(shape, T::from_f64(0.0))
    }

    /// An array of ones.
    ///
    /// # Panics
    /// If the shape has more elements than fit in memory.
    #[must_use]
    #[track_caller]
    pub fn ones(shape: &[usize]) -> Array<T> {
        Array::full(shape, T::from_f64(1.0))
    }

    /// An array of one number, repeated.
    ///
    /// # Panics
    /// If the shape has more elements than fit in memory.
    #[must_use]
    #[track_caller]
    pub fn full(shape: &[usize], number: T) -> Array<T> {
        let shape = done(Shape::new(shape));
        let data = vec![number; shape.count()];
        Array { shape, data }
    }

    /// The array whose element at each index is what `f` says, asked in row-major order.
    ///
    /// ```
    /// use tape::Array;
    /// let table = Array::from_fn(&[2, 3], |i| (10 * i[0] + i[1]) as f64);
    /// assert_eq!(table, Array::from([[0.0, 1.0, 2.0], [10.0, 11.0, 12.0]]));
    /// ```
    ///
    /// # Panics
    /// If the shape has more elements than fit in memory.
    #[must_use]
    #[track_caller]
    pub fn from_fn(shape: &[usize], mut f: impl FnMut(&[usize]) -> T) -> Array<T> {
        let shape = done(Shape::new(shape));
        let mut index = vec![0; shape.rank()];
        let data = (0..shape.count()).map(|_| {
            let element = f(&index);
            // Counts up like an odometer.
            for (digit, &length) in index.iter_mut().zip(shape.iter()).rev() {
                *digit += 1;
                if *digit < length {
                    break;
                }
                *digit = 0;
            }
            element
        });
        let data = data.collect();
        Array { shape, data }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_elements_as_the_shape_has() {
        assert_eq!(Array::new(&[], [2.0]), Array::from(2.0));
        assert_eq!(Array::new(&[0, 3], vec![]), Array::<f64>::zeros(&[0, 3]));
        let error = Array::try_new(&[2, 3], [1.0]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "an array of shape [2,3] has 6 elements, but the data has 1; to have a length worked out, `Array::from` the data and `reshape` it with -1"
        );
        assert!(Array::<f32>::try_new(&[usize::MAX, 2], []).is_err());
    }

    #[test]
    #[should_panic(expected = "more elements than fit in memory")]
    fn a_shape_too_large_is_a_panic_and_no_allocation() {
        let _ = <Array>::zeros(&[usize::MAX, usize::MAX]);
    }

    #[test]
    fn a_function_sees_every_index_in_row_major_order() {
        let mut seen = Vec::new();
        let a = Array::from_fn(&[2, 1, 3], |index| {
            seen.push(index.to_vec());
            seen.len() as f64
        });
        assert_eq!(a, Array::new(&[2, 1, 3], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
        assert_eq!((&seen[1], &seen[5]), (&vec![0, 0, 1], &vec![1, 0, 2]));
        assert_eq!(Array::from_fn(&[], |index| index.len() as f32).item(), 0.0);
        assert!(Array::<f64>::from_fn(&[2, 0], |_| unreachable!()).is_empty());
    }
}
