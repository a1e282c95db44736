//! Positions along an axis, as data: which rows of a table, which class of each example.

use crate::array::Array;
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::shape::{List, Shape};
use smallvec::SmallVec;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// An array of positions along an axis, for [`index_select`](crate::Tensor::index_select),
/// [`gather`](crate::Tensor::gather) and their kin.
///
/// Made from numbers, nested arrays, slices, vectors and ranges of `usize`. A clone shares the
/// numbers: make it once, and a loop that uses it allocates nothing for it.
///
/// ```
/// use tape::{Indices, Tape};
/// let tokens = Indices::from([[2, 0], [1, 2]]);
/// let tape = Tape::new();
/// let table = tape.tensor("table", [[0.0, 0.5], [1.0, 1.5], [2.0, 2.5]]);
/// let x = table.embedding(&tokens);
/// assert_eq!(x.shape(), [2, 2, 2]);
/// assert_eq!(x.to_vec(), [2.0, 2.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5]);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Indices {
    shape: Shape,
    positions: Arc<[usize]>,
    /// Kept, so that every use is checked in one comparison.
    largest: Option<usize>,
}

impl Indices {
    /// Positions in row-major order, and their shape.
    ///
    /// # Errors
    /// If the number of positions is not the shape's.
    pub fn new(shape: &[usize], positions: impl Into<Arc<[usize]>>) -> Result<Indices, Error> {
        let (shape, positions) = (Shape::new(shape)?, positions.into());
        if shape.count() != positions.len() {
            return Err(Error::new(
                ErrorKind::Shape,
                format!(
                    "indices of shape {shape} are {}, but {} were given",
                    shape.count(),
                    positions.len()
                ),
            ));
        }
        Ok(Indices::trusted(shape, positions))
    }

    pub(crate) fn trusted(shape: Shape, positions: impl Into<Arc<[usize]>>) -> Indices {
        let positions = positions.into();
        debug_assert_eq!(shape.count(), positions.len());
        Indices {
            shape,
            largest: positions.iter().copied().max(),
            positions,
        }
    }

    /// The lengths along each axis.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The positions in row-major order.
    #[must_use]
    pub fn as_slice(&self) -> &[usize] {
        &self.positions
    }

    /// The number of positions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.positions.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    /// The only position.
    ///
    /// # Panics
    /// If there are more, or none.
    #[must_use]
    #[track_caller]
    pub fn item(&self) -> usize {
        match *self.positions {
            [position] => position,
            _ => panic!(
                "item: indices of shape {} are {}, not one; read them with `as_slice`",
                self.shape,
                self.positions.len()
            ),
        }
    }

    /// One row of zeros with a one per position, as data: shape `[..]` gives `[.., classes]`.
    ///
    /// ```
    /// let labels = tape::Indices::from([2, 0]);
    /// assert_eq!(labels.one_hot::<f64>(3).unwrap().as_slice(), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    /// ```
    ///
    /// # Errors
    /// If a position is not below `classes`.
    pub fn one_hot<T: Element>(&self, classes: usize) -> Result<Array<T>, Error> {
        self.within("classes", classes)?;
        let mut lengths: SmallVec<[usize; 4]> = self.shape.iter().copied().collect();
        lengths.push(classes);
        let shape = Shape::new(&lengths)?;
        let mut data = vec![T::default(); shape.count()];
        for (row, &position) in self.positions.iter().enumerate() {
            data[row * classes + position] = T::from_f64(1.0);
        }
        Ok(Array::trusted(shape, data))
    }

    /// The list of positions, which clones share.
    pub(crate) fn list(&self) -> &Arc<[usize]> {
        &self.positions
    }

    /// Puts another list, as long, in the place of that.
    pub(crate) fn set_list(&mut self, positions: &Arc<[usize]>) {
        *self = Indices::trusted(self.shape.clone(), Arc::clone(positions));
    }

    /// The same positions as a vector.
    pub(crate) fn flat(&self) -> Indices {
        Indices {
            shape: Shape::vector(self.len()),
            ..self.clone()
        }
    }

    /// As [`within`](Indices::within), for an axis of a shape.
    pub(crate) fn within_axis(&self, axis: usize, shape: &Shape) -> Result<(), Error> {
        match self.largest {
            Some(largest) if largest >= shape[axis] => {
                self.within(&format!("axis {axis}"), shape[axis])
            }
            _ => Ok(()),
        }
    }

    /// An error that names the first position which is not below `length`, if there is one.
    pub(crate) fn within(&self, what: &str, length: usize) -> Result<(), Error> {
        if self.largest.is_none_or(|largest| largest < length) {
            return Ok(());
        }
        let place = self
            .positions
            .iter()
            .position(|&position| position >= length)
            .expect("the largest is one");
        let index = self.positions[place];
        let at = match self.shape.rank() {
            0 => String::new(),
            _ => format!(" at {}", List(&coordinates(&self.shape, place))),
        };
        Err(Error::new(
            ErrorKind::Index,
            format!("index {index}{at} is out of range for {what} of length {length}"),
        ))
    }
}

/// The coordinates of an element that is known by its place in row-major order.
fn coordinates(lengths: &[usize], place: usize) -> SmallVec<[usize; 4]> {
    let mut coordinates: SmallVec<[usize; 4]> = lengths.into();
    let mut rest = place;
    for coordinate in coordinates.iter_mut().rev() {
        (rest, *coordinate) = (rest / *coordinate, rest % *coordinate);
    }
    coordinates
}

impl fmt::Debug for Indices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Indices({}, {:?})", self.shape, self.positions)
    }
}

/// The same positions; they are shared.
impl From<&Indices> for Indices {
    fn from(indices: &Indices) -> Indices {
        indices.clone()
    }
}

/// One position, of rank 0.
impl From<usize> for Indices {
    fn from(position: usize) -> Indices {
        Indices::trusted(Shape::scalar(), [position])
    }
}

/// Consecutive positions.
impl From<Range<usize>> for Indices {
    fn from(range: Range<usize>) -> Indices {
        Indices::from(range.collect::<Vec<usize>>())
    }
}

macro_rules! vector_from {
    ($([$($generic:tt)*] $Type:ty),*) => { $(
        /// A vector of positions.
        impl<$($generic)*> From<$Type> for Indices {
            fn from(positions: $Type) -> Indices {
                let shape = Shape::vector(positions.len());
                Indices::trusted(shape, positions)
            }
        }
    )* };
}

vector_from!([] Vec<usize>, [] &[usize], [const A: usize] [usize; A]);

/// A vector of positions, copied.
impl From<&Vec<usize>> for Indices {
    fn from(positions: &Vec<usize>) -> Indices {
        Indices::from(positions.as_slice())
    }
}

/// A vector of positions, copied.
impl<const A: usize> From<&[usize; A]> for Indices {
    fn from(positions: &[usize; A]) -> Indices {
        Indices::from(positions.as_slice())
    }
}

/// A matrix of positions: `A` rows of `B`.
impl<const A: usize, const B: usize> From<[[usize; B]; A]> for Indices {
    fn from(rows: [[usize; B]; A]) -> Indices {
        Indices::trusted(Shape::trusted([A, B]), rows.as_flattened())
    }
}

/// Positions of rank 3.
impl<const A: usize, const B: usize, const C: usize> From<[[[usize; C]; B]; A]> for Indices {
    fn from(blocks: [[[usize; C]; B]; A]) -> Indices {
        let positions = blocks.as_flattened().as_flattened();
        Indices::trusted(Shape::trusted([A, B, C]), positions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_know_their_shape_and_name_the_one_out_of_range() {
        let indices = Indices::from([[1, 0, 2], [0, 7, 9]]);
        assert_eq!(*indices.shape(), [2, 3]);
        assert!(indices.within("axis 0", 10).is_ok());
        let error = indices.within("axis 0", 5).unwrap_err();
        assert_eq!(
            error.to_string(),
            "index 7 at [1,1] is out of range for axis 0 of length 5"
        );
        assert!(Indices::from([0; 0]).within("axis 0", 0).is_ok());
        assert!(Indices::from(0).within("axis 0", 0).is_err());
        assert!(Indices::new(&[2, 2], vec![1, 2, 3]).is_err());
        assert_eq!(Indices::from(2..4), Indices::from(&[2, 3]));
    }
}
