//! Matrices and columns of the crate `faer`.

use super::{from_elements, misfit};
use crate::array::Array;
use crate::element::Element;
use crate::error::Error;
use faer::{Col, ColRef, Mat, MatRef};

/// A copy, whatever the strides.
///
/// ```
/// let tape = tape::Tape::new();
/// let m = faer::Mat::from_fn(2, 3, |i, j| (10 * i + j) as f64);
/// assert_eq!(tape.tensor("m", m.transpose()).to_vec(), [0.0, 10.0, 1.0, 11.0, 2.0, 12.0]);
/// ```
impl<T: Element> From<MatRef<'_, T>> for Array<T> {
    fn from(matrix: MatRef<'_, T>) -> Array<T> {
        from_elements(matrix.nrows(), matrix.ncols(), |i, j| matrix[(i, j)])
    }
}

/// A copy, whatever the stride.
impl<T: Element> From<ColRef<'_, T>> for Array<T> {
    fn from(column: ColRef<'_, T>) -> Array<T> {
        (0..column.nrows()).map(|i| column[i]).collect()
    }
}

macro_rules! owned {
    ($($Owned:ident)*) => { $(
        /// A copy.
        impl<T: Element> From<$Owned<T>> for Array<T> {
            fn from(owned: $Owned<T>) -> Array<T> {
                Array::from(owned.as_ref())
            }
        }

        /// A copy.
        impl<T: Element> From<&$Owned<T>> for Array<T> {
            fn from(owned: &$Owned<T>) -> Array<T> {
                Array::from(owned.as_ref())
            }
        }
    )* };
}

owned! { Mat Col }

/// A copy, of an array with two axes.
impl<T: Element> TryFrom<Array<T>> for Mat<T> {
    type Error = Error;
    fn try_from(array: Array<T>) -> Result<Mat<T>, Error> {
        match **array.shape() {
            [rows, columns] => Ok(Mat::from_fn(rows, columns, |i, j| {
                array.as_slice()[i * columns + j]
            })),
            _ => Err(misfit(&array, "a matrix: two axes are needed")),
        }
    }
}

/// A copy, of an array with one axis.
impl<T: Element> TryFrom<Array<T>> for Col<T> {
    type Error = Error;
    fn try_from(array: Array<T>) -> Result<Col<T>, Error> {
        match **array.shape() {
            [rows] => Ok(Col::from_fn(rows, |i| array.as_slice()[i])),
            _ => Err(misfit(&array, "a column: one axis is needed")),
        }
    }
}
