//! Matrices by what is in their rows.

use super::{Array, done};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::shape::Shape;

impl<T: Element> Array<T> {
    /// The identity matrix, `[n,n]`.
    ///
    /// # Panics
    /// If it has more elements than fit in memory.
    #[must_use]
    #[track_caller]
    pub fn eye(n: usize) -> Array<T> {
        let mut eye = Array::zeros(&[n, n]);
        let diagonal = eye.data.iter_mut().step_by(n + 1);
        diagonal.for_each(|x| *x = T::from_f64(1.0));
        eye
    }

    /// One row per class, `[classes.len(), count]`: 1 at the class, 0 elsewhere.
    ///
    /// ```
    /// use tape::Array;
    /// assert_eq!(Array::one_hot(&[2, 0], 3), Array::from([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]));
    /// ```
    ///
    /// # Panics
    /// If a class is not below `count`.
    #[must_use]
    #[track_caller]
    pub fn one_hot(classes: &[usize], count: usize) -> Array<T> {
        done(Array::try_one_hot(classes, count))
    }

    /// As [`one_hot`](Array::one_hot), with the error as a value.
    ///
    /// # Errors
    /// If a class is not below `count`.
    pub fn try_one_hot(classes: &[usize], count: usize) -> Result<Array<T>, Error> {
        let shape = Shape::new(&[classes.len(), count])?;
        if let Some(at) = classes.iter().position(|&class| class >= count) {
            let message = format!(
                "one_hot: class {} at position {at} is not among {count} classes, which are counted from 0",
                classes[at]
            );
            return Err(Error::new(ErrorKind::Index, message));
        }
        let mut data = vec![T::from_f64(0.0); shape.count()];
        for (row, class) in classes.iter().enumerate() {
            data[row * count + class] = T::from_f64(1.0);
        }
        Ok(Array { shape, data })
    }

    /// The matrix with these rows. (Rows in a nested array have one length anyway: `Array::from`.)
    ///
    /// ```
    /// use tape::Array;
    /// let rows = vec![vec![1.0, 2.0], vec![3.0, 4.0]];
    /// assert_eq!(Array::from_rows(&rows), Array::from([[1.0, 2.0], [3.0, 4.0]]));
    /// ```
    ///
    /// # Panics
    /// If the rows differ in length.
    #[must_use]
    #[track_caller]
    pub fn from_rows(rows: &[impl AsRef<[T]>]) -> Array<T> {
        done(Array::try_from_rows(rows))
    }

    /// As [`from_rows`](Array::from_rows), with the error as a value.
    ///
    /// # Errors
    /// If the rows differ in length.
    pub fn try_from_rows(rows: &[impl AsRef<[T]>]) -> Result<Array<T>, Error> {
        let width = rows.first().map_or(0, |row| row.as_ref().len());
        let mut data = Vec::with_capacity(rows.len() * width);
        for (i, row) in rows.iter().enumerate() {
            let row = row.as_ref();
            if row.len() != width {
                let message = format!(
                    "row {i} has length {}, but row 0 has length {width}: the rows of a matrix are equally long",
                    row.len()
                );
                return Err(Error::new(ErrorKind::Shape, message));
            }
            data.extend_from_slice(row);
        }
        Array::try_new(&[rows.len(), width], data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_has_ones_on_its_diagonal() {
        assert_eq!(Array::eye(2), Array::from([[1.0, 0.0], [0.0, 1.0]]));
        assert_eq!(Array::<f32>::eye(0).shape(), &Shape::trusted([0, 0]));
    }

    #[test]
    fn a_class_out_of_range_is_named() {
        let error = <Array>::try_one_hot(&[0, 3], 3).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Index);
        assert_eq!(
            error.to_string(),
            "one_hot: class 3 at position 1 is not among 3 classes, which are counted from 0"
        );
        assert_eq!(*<Array>::one_hot(&[], 3).shape(), [0, 3]);
    }

    #[test]
    fn a_ragged_row_is_named() {
        let error = Array::try_from_rows(&[vec![1.0, 2.0], vec![3.0]]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Shape);
        assert_eq!(
            error.to_string(),
            "row 1 has length 1, but row 0 has length 2: the rows of a matrix are equally long"
        );
        let none: [[f32; 0]; 0] = [];
        assert_eq!(*Array::from_rows(&none).shape(), [0, 0]);
    }
}
