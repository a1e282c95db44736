//! Arrays to and from other crates, and their traits for [`Var`](crate::Var); each behind a
//! feature named after the crate.
//!
//! What converts into an [`Array`](crate::Array) is accepted by
//! [`Tape::tensor`](crate::Tape::tensor) and [`Tape::constant`](crate::Tape::constant) as it is.
//! Conversions copy the elements, in row-major order.

#[cfg(feature = "faer")]
mod faer;
#[cfg(feature = "nalgebra")]
mod nalgebra;
#[cfg(feature = "ndarray")]
mod ndarray;
#[cfg(feature = "nalgebra")]
mod real_field;

use crate::array::Array;
use crate::element::Element;

use crate::error::{Error, ErrorKind};

/// The array of a matrix that answers for its elements.
#[cfg(any(feature = "nalgebra", feature = "faer"))]
fn from_elements<T: Element>(
    rows: usize,
    columns: usize,
    element: impl Fn(usize, usize) -> T,
) -> Array<T> {
    let elements = (0..rows)
        .flat_map(|i| (0..columns).map(move |j| (i, j)))
        .map(|(i, j)| element(i, j))
        .collect::<Vec<T>>();
    Array::new(&[rows, columns], elements)
}

/// The error for an array that does not fit the type it should become.
fn misfit<T: Element>(array: &Array<T>, what: &str) -> Error {
    Error::new(
        ErrorKind::Shape,
        format!("an array of shape {} is not {what}", array.shape()),
    )
}
