//! One element of an array, by its index.

use super::{Array, done};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::shape::List;
use std::ops::{Index, IndexMut};

impl<T: Element> Array<T> {
    /// The element at an index, one number per axis; `None` if there is none. `a[[i, j]]` is the
    /// same with a panic.
    ///
    /// ```
    /// use tape::Array;
    /// let a = Array::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!((a.get([1, 0]), a.get([2, 0])), (Some(3.0), None));
    /// ```
    #[must_use]
    pub fn get(&self, index: impl AsRef<[usize]>) -> Option<T> {
        self.offset(index.as_ref()).ok().map(|at| self.data[at])
    }

    /// Where an index is in the data.
    fn offset(&self, index: &[usize]) -> Result<usize, Error> {
        let Array { shape, .. } = self;
        if index.len() != shape.rank() {
            let message = format!(
                "index {} has length {}, but an array of shape {shape} has rank {}: one number per axis",
                List(index),
                index.len(),
                shape.rank()
            );
            return Err(Error::new(ErrorKind::Index, message));
        }
        let mut offset = 0;
        for (axis, (&at, &length)) in index.iter().zip(shape.iter()).enumerate() {
            if at >= length {
                let message = format!(
                    "index {} is outside of an array of shape {shape}: axis {axis} has length {length}",
                    List(index)
                );
                return Err(Error::new(ErrorKind::Index, message));
            }
            offset = offset * length + at;
        }
        Ok(offset)
    }
}

/// The element at `a[[i, j]]`, one number per axis. Also by a slice of numbers.
///
/// ```
/// use tape::Array;
/// let mut a = Array::from([[1.0, 2.0], [3.0, 4.0]]);
/// a[[0, 1]] += 10.0;
/// assert_eq!(a[[0, 1]], 12.0);
/// ```
///
/// # Panics
/// If the index is outside of the array, or has more or fewer numbers than the array has axes.
impl<T: Element, I: AsRef<[usize]>> Index<I> for Array<T> {
    type Output = T;
    #[track_caller]
    fn index(&self, index: I) -> &T {
        &self.data[done(self.offset(index.as_ref()))]
    }
}

/// As for reading.
impl<T: Element, I: AsRef<[usize]>> IndexMut<I> for Array<T> {
    #[track_caller]
    fn index_mut(&mut self, index: I) -> &mut T {
        let offset = done(self.offset(index.as_ref()));
        &mut self.data[offset]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_has_a_number_per_axis_below_its_length() {
        let mut a = Array::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        assert_eq!((a[[0, 2]], a[&[1, 0]], a[vec![1, 1]]), (3.0, 4.0, 5.0));
        let slice: &[usize] = &[1, 2];
        a[slice] = 7.0;
        assert_eq!(a.as_slice(), [1.0, 2.0, 3.0, 4.0, 5.0, 7.0]);
        assert_eq!(Array::from(2.0)[[]], 2.0);
        assert_eq!(
            a.offset(&[1, 3]).unwrap_err().to_string(),
            "index [1,3] is outside of an array of shape [2,3]: axis 1 has length 3"
        );
        assert_eq!(
            a.offset(&[1]).unwrap_err().to_string(),
            "index [1] has length 1, but an array of shape [2,3] has rank 2: one number per axis"
        );
    }

    #[test]
    #[should_panic(expected = "index [0,0] is outside of an array of shape [0,3]")]
    fn an_empty_array_has_no_element() {
        let _ = Array::<f32>::zeros(&[0, 3])[[0, 0]];
    }
}
