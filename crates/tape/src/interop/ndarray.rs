//! Arrays of the crate `ndarray`: any number of axes, any strides.

use super::misfit;
use crate::array::Array;
use crate::element::Element;
use crate::error::Error;
use ndarray::{ArrayBase, ArrayD, ArrayViewD, Data, Dimension};

/// A copy of the elements in logical order, whatever the strides; also of views and of shared arrays.
///
/// ```
/// let tape = tape::Tape::new();
/// let x = tape.tensor("x", ndarray::array![[1.0, 2.0], [3.0, 4.0]].t());
/// assert_eq!(x.to_vec(), [1.0, 3.0, 2.0, 4.0]);
/// ```
///
/// # Panics
/// If there are more than 64 axes.
impl<T: Element, S: Data<Elem = T>, D: Dimension> From<ArrayBase<S, D>> for Array<T> {
    fn from(array: ArrayBase<S, D>) -> Array<T> {
        Array::from(&array)
    }
}

/// A copy of the elements in logical order.
///
/// # Panics
/// If there are more than 64 axes.
impl<T: Element, S: Data<Elem = T>, D: Dimension> From<&ArrayBase<S, D>> for Array<T> {
    fn from(array: &ArrayBase<S, D>) -> Array<T> {
        let elements: Vec<T> = match array.as_slice() {
            Some(elements) => elements.to_vec(),
            None => array.iter().copied().collect(),
        };
        Array::new(array.shape(), elements)
    }
}

/// The same elements, not copied.
impl<T: Element> From<Array<T>> for ArrayD<T> {
    fn from(array: Array<T>) -> ArrayD<T> {
        let shape = array.shape().to_vec();
        ArrayD::from_shape_vec(shape, array.into_vec()).expect("an element for each place")
    }
}

/// A look at the elements.
impl<'a, T: Element> From<&'a Array<T>> for ArrayViewD<'a, T> {
    fn from(array: &'a Array<T>) -> ArrayViewD<'a, T> {
        ArrayViewD::from_shape(&array.shape()[..], array.as_slice())
            .expect("an element for each place")
    }
}

macro_rules! of_rank {
    ($($Dim:ident $axes:literal;)*) => { $(
        /// The same elements, not copied; an error if the number of axes is another.
        impl<T: Element> TryFrom<Array<T>> for ndarray::Array<T, ndarray::$Dim> {
            type Error = Error;
            fn try_from(array: Array<T>) -> Result<Self, Error> {
                if array.shape().rank() != $axes {
                    return Err(misfit(&array, concat!("an ndarray of ", $axes, " axes")));
                }
                let dynamic = ArrayD::from(array);
                Ok(dynamic.into_dimensionality().expect("the axes were counted"))
            }
        }
    )* };
}

of_rank! { Ix0 0; Ix1 1; Ix2 2; Ix3 3; Ix4 4; Ix5 5; Ix6 6; }
