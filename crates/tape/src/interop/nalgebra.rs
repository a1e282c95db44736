//! Matrices and vectors of the crate `nalgebra`. They are column-major; an array is row-major.

use super::{from_elements, misfit};
use crate::array::Array;
use crate::element::Element;
use crate::error::Error;
use nalgebra::{DMatrix, DVector, Dim, Matrix, RawStorage, SMatrix, Scalar};

/// A copy: of a vector (whose type says that it has one column) with one axis, of any other
/// matrix with two.
///
/// ```
/// let tape = tape::Tape::new();
/// let m = tape.tensor("m", nalgebra::Matrix2::new(1.0, 2.0, 3.0, 4.0));
/// let v = tape.tensor("v", nalgebra::Vector2::new(5.0, 6.0));
/// assert_eq!((m.to_vec(), v.shape().rank()), (vec![1.0, 2.0, 3.0, 4.0], 1));
/// ```
impl<T: Element + Scalar, R: Dim, C: Dim, S: RawStorage<T, R, C>> From<Matrix<T, R, C, S>>
    for Array<T>
{
    fn from(matrix: Matrix<T, R, C, S>) -> Array<T> {
        Array::from(&matrix)
    }
}

/// A copy.
impl<T: Element + Scalar, R: Dim, C: Dim, S: RawStorage<T, R, C>> From<&Matrix<T, R, C, S>>
    for Array<T>
{
    fn from(matrix: &Matrix<T, R, C, S>) -> Array<T> {
        let (rows, columns) = matrix.shape();
        let array = from_elements(rows, columns, |i, j| matrix[(i, j)]);
        match C::try_to_usize() {
            Some(1) => Array::from(array.into_vec()),
            _ => array,
        }
    }
}

/// A copy, of an array with two axes.
impl<T: Element + Scalar> TryFrom<Array<T>> for DMatrix<T> {
    type Error = Error;
    fn try_from(array: Array<T>) -> Result<DMatrix<T>, Error> {
        match **array.shape() {
            [rows, columns] => Ok(DMatrix::from_row_slice(rows, columns, array.as_slice())),
            _ => Err(misfit(&array, "a matrix: two axes are needed")),
        }
    }
}

/// A copy, of an array with one axis.
impl<T: Element + Scalar> TryFrom<Array<T>> for DVector<T> {
    type Error = Error;
    fn try_from(array: Array<T>) -> Result<DVector<T>, Error> {
        match array.shape().rank() {
            1 => Ok(DVector::from_vec(array.into_vec())),
            _ => Err(misfit(&array, "a vector: one axis is needed")),
        }
    }
}

/// A copy, of an array with these two lengths; or, for a vector, with this one.
impl<T: Element + Scalar, const R: usize, const C: usize> TryFrom<Array<T>> for SMatrix<T, R, C> {
    type Error = Error;
    fn try_from(array: Array<T>) -> Result<SMatrix<T, R, C>, Error> {
        let fits = match **array.shape() {
            [rows, columns] => (rows, columns) == (R, C),
            [rows] => (rows, 1) == (R, C),
            _ => false,
        };
        if !fits {
            return Err(misfit(&array, &format!("a matrix of {R} by {C}")));
        }
        Ok(SMatrix::from_row_slice(array.as_slice()))
    }
}
