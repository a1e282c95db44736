//! An array's elements: all of them, the only one, a row at a time, the place of the largest.

use super::{Array, done};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use std::slice;
use std::vec;

impl<T: Element> Array<T> {
    /// The elements in row-major order.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.data
    }

    /// The elements in row-major order, to be changed.
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.data
    }

    /// The elements in row-major order, copied.
    #[must_use]
    pub fn to_vec(&self) -> Vec<T> {
        self.data.clone()
    }

    /// The elements in row-major order, without a copy.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.data
    }

    /// The elements in row-major order, one after the other.
    pub fn iter(&self) -> slice::Iter<'_, T> {
        self.data.iter()
    }

    /// The only element, whatever the rank.
    ///
    /// ```
    /// use tape::Array;
    /// assert_eq!(Array::from([[7.0]]).item(), 7.0);
    /// ```
    ///
    /// # Panics
    /// If there are more elements, or none.
    #[must_use]
    #[track_caller]
    pub fn item(&self) -> T {
        done(self.try_item())
    }

    /// As [`item`](Array::item), with the error as a value.
    ///
    /// # Errors
    /// If there are more elements, or none.
    pub fn try_item(&self) -> Result<T, Error> {
        if let [item] = *self.data {
            return Ok(item);
        }
        let message = format!(
            "item: an array of shape {} has {} elements, not one; index it, or read `as_slice`",
            self.shape,
            self.data.len()
        );
        Err(Error::new(ErrorKind::Shape, message))
    }

    /// The parts along the first axis, each a slice: the rows of a matrix, the elements of a vector.
    ///
    /// ```
    /// use tape::Array;
    /// let a = Array::from([[1.0, 2.0], [3.0, 4.0]]);
    /// let sums: Vec<f64> = a.rows().map(|row| row.iter().sum()).collect();
    /// assert_eq!(sums, [3.0, 7.0]);
    /// ```
    ///
    /// # Panics
    /// If the array is a number, of rank 0.
    #[must_use]
    #[track_caller]
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = &[T]> + ExactSizeIterator {
        let Some((&count, lengths)) = self.shape.split_first() else {
            panic!("rows of a number: it has no axes; read `item`");
        };
        let length = lengths.iter().product::<usize>();
        (0..count).map(move |i| &self.data[i * length..][..length])
    }

    /// The position of the largest element in [`as_slice`](Array::as_slice), the first of equals.
    /// As in NumPy, a NaN counts as the largest, so that it does not go unnoticed.
    ///
    /// ```
    /// use tape::Array;
    /// assert_eq!(Array::from([1.0, 3.0, 2.0, 3.0]).argmax(), 1);
    /// ```
    ///
    /// # Panics
    /// If the array is empty.
    #[must_use]
    #[track_caller]
    pub fn argmax(&self) -> usize {
        assert!(
            !self.is_empty(),
            "argmax: an array of shape {} has no elements",
            self.shape
        );
        let is_nan = |x: &T| x.to_f64().is_nan();
        let largest = |best, i| {
            if self.data[i] > self.data[best] {
                i
            } else {
                best
            }
        };
        let nan = self.data.iter().position(is_nan);
        nan.unwrap_or_else(|| (1..self.len()).fold(0, largest))
    }
}

impl<'a, T: Element> IntoIterator for &'a Array<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;
    fn into_iter(self) -> slice::Iter<'a, T> {
        self.iter()
    }
}

impl<T: Element> IntoIterator for Array<T> {
    type Item = T;
    type IntoIter = vec::IntoIter<T>;
    fn into_iter(self) -> vec::IntoIter<T> {
        self.data.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_from_either_end_and_may_be_empty() {
        let a = Array::from([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]);
        let back: Vec<&[f64]> = a.rows().rev().collect();
        assert_eq!(back, [[5.0, 6.0, 7.0, 8.0], [1.0, 2.0, 3.0, 4.0]]);
        assert_eq!(<Array>::zeros(&[3, 0]).rows().len(), 3);
        assert_eq!(<Array>::zeros(&[3, 0]).rows().count(), 3);
        assert_eq!(<Array>::zeros(&[0, 3]).rows().count(), 0);
    }

    #[test]
    #[should_panic(expected = "it has no axes")]
    fn a_number_has_no_rows() {
        let _ = Array::from(1.0).rows();
    }

    #[test]
    fn argmax_is_the_first_of_equals_or_the_first_nan() {
        let cases: [(&[f32], usize); 4] = [
            (&[f32::NEG_INFINITY, f32::NEG_INFINITY], 0),
            (&[0.0, -0.0, 1.0, 1.0], 2),
            (&[1.0, f32::NAN, 5.0, f32::NAN], 1),
            (&[f32::NAN, 5.0], 0),
        ];
        for (numbers, expected) in cases {
            assert_eq!(Array::from(numbers).argmax(), expected, "{numbers:?}");
        }
    }

    #[test]
    fn item_is_the_only_element() {
        assert_eq!(Array::from([[[2.0]]]).item(), 2.0);
        for shape in [[2, 1], [0, 1]] {
            let error = <Array>::zeros(&shape).try_item().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Shape);
        }
    }
}
