//! Shapes and axes: how arrays are counted, and the one broadcasting rule.

use crate::error::{Error, ErrorKind};
use smallvec::SmallVec;
use std::fmt;
use std::ops::Deref;

/// The lengths of an array along each of its axes. A number has the shape `[]`.
///
/// ```
/// use tape::Shape;
/// let shape = Shape::new(&[2, 3]).unwrap();
/// assert_eq!((shape.rank(), shape.count(), shape.to_string()), (2, 6, "[2,3]".to_string()));
/// ```
#[derive(PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Shape(SmallVec<[usize; 4]>);

/// The most axes that an array may have, as in NumPy.
pub(crate) const MOST_AXES: usize = 64;

/// Axes of an array, without allocation up to four.
pub(crate) type Axes = SmallVec<[usize; 4]>;

impl Clone for Shape {
    #[inline]
    fn clone(&self) -> Shape {
        // The list's own clone goes through an iterator: 16 000 of the 108 000 instructions of a
        // small network's step.
        Shape(SmallVec::from_slice(&self.0))
    }
}

impl Shape {
    /// The shape of these lengths.
    ///
    /// # Errors
    /// If an array of that shape would have more elements than fit in memory, or more than 64 axes.
    pub fn new(lengths: &[usize]) -> Result<Shape, Error> {
        if lengths.len() > MOST_AXES {
            return Err(Error::new(
                ErrorKind::Shape,
                format!(
                    "a shape of {} axes: {MOST_AXES} are the most",
                    lengths.len()
                ),
            ));
        }
        // Zeros count as ones: an empty array must not hide lengths that overflow elsewhere.
        let count = lengths
            .iter()
            .try_fold(1usize, |count, &length| count.checked_mul(length.max(1)));
        match count {
            Some(count) if count <= isize::MAX as usize / 8 => {
                Ok(Shape(SmallVec::from_slice(lengths)))
            }
            _ => Err(Error::new(
                ErrorKind::Shape,
                format!(
                    "a shape of {} has more elements than fit in memory",
                    List(lengths)
                ),
            )),
        }
    }

    /// The shape of a number.
    #[must_use]
    pub fn scalar() -> Shape {
        Shape(SmallVec::new())
    }

    /// The shape of a vector.
    pub(crate) fn vector(length: usize) -> Shape {
        Shape(SmallVec::from_slice(&[length]))
    }

    /// A shape whose elements are known to fit in memory: a part or a rearrangement of one that exists.
    pub(crate) fn trusted(lengths: impl IntoIterator<Item = usize>) -> Shape {
        Shape(lengths.into_iter().collect())
    }

    /// The number of axes.
    #[must_use]
    #[inline]
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// The number of elements.
    #[must_use]
    #[inline]
    pub fn count(&self) -> usize {
        self.0.iter().product()
    }

    /// The axis that a number means: negative ones count from the last.
    pub(crate) fn axis(&self, axis: i64) -> Result<usize, Error> {
        let rank = self.rank();
        let from_front = if axis < 0 {
            axis.checked_add(rank as i64)
        } else {
            Some(axis)
        };
        match from_front.and_then(|axis| usize::try_from(axis).ok()) {
            Some(found) if found < rank => Ok(found),
            _ if rank == 0 => Err(Error::new(
                ErrorKind::Axis,
                format!("axis {axis} of a number: it has no axes"),
            )),
            _ => Err(Error::new(
                ErrorKind::Axis,
                format!(
                    "axis {axis} is out of range for shape {self}: its axes are 0 to {}, or -{rank} to -1 from the end",
                    rank - 1
                ),
            )),
        }
    }

    /// The axes that numbers mean, in ascending order; a repeated one is an error.
    pub(crate) fn axes(&self, axes: &[i64]) -> Result<Axes, Error> {
        let mut found = self.axes_in_order(axes)?;
        found.sort_unstable();
        Ok(found)
    }

    /// The axes that numbers mean, in the order given; a repeated one is an error.
    pub(crate) fn axes_in_order(&self, axes: &[i64]) -> Result<Axes, Error> {
        let mut found = Axes::new();
        for &axis in axes {
            let axis = self.axis(axis)?;
            if found.contains(&axis) {
                return Err(Error::new(
                    ErrorKind::Axis,
                    format!(
                        "axis {axis} is named twice in {} (shape {self})",
                        List(axes)
                    ),
                ));
            }
            found.push(axis);
        }
        Ok(found)
    }

    /// This shape after reducing `axes` (ascending): left out, or kept with length 1.
    pub(crate) fn reduced(&self, axes: &[usize], keep: bool) -> Shape {
        let mut lengths = SmallVec::new();
        for (axis, &length) in self.0.iter().enumerate() {
            match (axes.contains(&axis), keep) {
                (false, _) => lengths.push(length),
                (true, true) => lengths.push(1),
                (true, false) => {}
            }
        }
        Shape(lengths)
    }

    /// The shape that `lengths` mean for an array of this shape: as many elements, and -1, at most
    /// once, for what the others leave.
    pub(crate) fn infer(&self, lengths: &[i64]) -> Result<Shape, Error> {
        let error = |why: String| {
            let message = format!("reshape {self} to {}: {why}", List(lengths));
            Err(Error::new(ErrorKind::Shape, message))
        };
        let mut found: SmallVec<[usize; 4]> = SmallVec::with_capacity(lengths.len());
        let mut unknown = None;
        for (axis, &length) in lengths.iter().enumerate() {
            match (usize::try_from(length), unknown) {
                (Ok(length), _) => found.push(length),
                (Err(_), None) if length == -1 => {
                    unknown = Some(axis);
                    found.push(1);
                }
                (Err(_), Some(_)) if length == -1 => {
                    return error("only one length can be -1".to_string());
                }
                (Err(_), _) => {
                    return error(format!(
                        "a length is 0 or more, or -1 for what is left, not {length}"
                    ));
                }
            }
        }
        let mut shape = Shape::new(&found)?;
        let (count, others) = (self.count(), shape.count());
        match unknown {
            None if others == count => Ok(shape),
            None => error(format!("{count} elements cannot become {others}")),
            Some(_) if others == 0 => error("beside a 0, -1 could be any length".to_string()),
            Some(_) if !count.is_multiple_of(others) => error(format!(
                "{count} elements do not divide into parts of {others}"
            )),
            Some(axis) => {
                shape.0[axis] = count / others;
                Ok(shape)
            }
        }
    }

    /// The shape of an elementwise operation on two arrays.
    ///
    /// Of the same rank: each axis equal, or 1 on one side. Of lower rank: equal to the trailing
    /// axes of the other exactly, or a number. What would stretch both is an error, because it
    /// is so often a mistake (`[5,1]` with `[5]` is `[5,5]` elsewhere).
    pub(crate) fn broadcast(&self, other: &Shape) -> Result<Shape, Error> {
        if self == other || other.rank() == 0 {
            return Ok(self.clone());
        }
        if self.rank() == 0 {
            return Ok(other.clone());
        }
        if self.rank() != other.rank() {
            let (short, long) = if self.rank() < other.rank() {
                (self, other)
            } else {
                (other, self)
            };
            if long.ends_with(short) {
                return Ok(long.clone());
            }
            let ones = short.iter().filter(|&&length| length == 1).count();
            let hint = if ones > 0 || long.contains(&short[0]) {
                format!("; `unsqueeze` the {short} to say which axes its own stand for")
            } else {
                String::new()
            };
            return Err(Error::new(
                ErrorKind::Shape,
                format!(
                    "shapes {self} and {other} do not go together: one of lower rank must equal the trailing axes of the other{hint}"
                ),
            ));
        }
        let mut lengths: SmallVec<[usize; 4]> = SmallVec::with_capacity(self.rank());
        for (axis, (&a, &b)) in self.iter().zip(other.iter()).enumerate() {
            lengths.push(match (a, b) {
                (a, b) if a == b => a,
                (1, b) => b,
                (a, 1) => a,
                _ => {
                    return Err(Error::new(
                        ErrorKind::Shape,
                        format!(
                            "shapes {self} and {other} do not go together: axis {axis} is {a} in one and {b} in the other"
                        ),
                    ));
                }
            });
        }
        Shape::new(&lengths)
    }
}

impl Deref for Shape {
    type Target = [usize];
    #[inline]
    fn deref(&self) -> &[usize] {
        &self.0
    }
}

impl PartialEq<[usize]> for Shape {
    fn eq(&self, other: &[usize]) -> bool {
        **self == *other
    }
}

impl<const N: usize> PartialEq<[usize; N]> for Shape {
    fn eq(&self, other: &[usize; N]) -> bool {
        **self == *other
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", List(&self.0))
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", List(&self.0))
    }
}

/// Numbers in brackets: `[2,3]`.
pub(crate) struct List<'a, T>(pub(crate) &'a [T]);

impl<T: fmt::Display> fmt::Display for List<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (i, item) in self.0.iter().enumerate() {
            write!(f, "{}{item}", if i == 0 { "" } else { "," })?;
        }
        f.write_str("]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(lengths: &[usize]) -> Shape {
        Shape::new(lengths).unwrap()
    }

    #[test]
    fn shapes_go_together_as_numpy_has_it_but_never_stretch_both_ranks() {
        let ok = |a: &[usize], b: &[usize], c: &[usize]| {
            assert_eq!(shape(a).broadcast(&shape(b)).unwrap(), *c);
            assert_eq!(shape(b).broadcast(&shape(a)).unwrap(), *c);
        };
        ok(&[2, 3], &[2, 3], &[2, 3]);
        ok(&[2, 1], &[1, 3], &[2, 3]);
        ok(&[], &[4], &[4]);
        ok(&[3], &[2, 3], &[2, 3]);
        ok(&[0, 3], &[1, 3], &[0, 3]);
        for (a, b) in [
            (vec![5, 1], vec![5]),
            (vec![2, 3], vec![1]),
            (vec![2], vec![3]),
        ] {
            let error = shape(&a).broadcast(&shape(&b)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Shape);
        }
        let error = shape(&[5, 1]).broadcast(&shape(&[5])).unwrap_err();
        assert!(error.to_string().contains("unsqueeze"), "{error}");
    }

    #[test]
    fn axes_count_from_either_end_and_never_twice() {
        let s = shape(&[2, 3, 4]);
        assert_eq!(s.axes(&[-1, 0]).unwrap().as_slice(), [0, 2]);
        for bad in [3, -4, i64::MIN, i64::MAX] {
            assert_eq!(s.axis(bad).unwrap_err().kind(), ErrorKind::Axis);
        }
        assert!(s.axes(&[1, -2]).is_err());
        assert!(Shape::scalar().axis(0).is_err());
    }

    #[test]
    fn minus_one_is_the_length_that_the_others_leave() {
        let ok = |from: &[usize], lengths: &[i64], to: &[usize]| {
            assert_eq!(shape(from).infer(lengths).unwrap(), *to);
        };
        ok(&[2, 3], &[6], &[6]);
        ok(&[2, 3], &[3, -1], &[3, 2]);
        ok(&[2, 3], &[-1, 1, 6, 1], &[1, 1, 6, 1]);
        ok(&[], &[-1], &[1]);
        ok(&[1, 1], &[], &[]);
        ok(&[0, 3], &[5, -1], &[5, 0]);
        ok(&[0, 3], &[7, 0], &[7, 0]);
        for (from, lengths, why) in [
            (&[2, 3][..], &[4][..], "6 elements cannot become 4"),
            (&[2, 3], &[], "6 elements cannot become 1"),
            (&[2, 3], &[4, -1], "do not divide into parts of 4"),
            (&[2, 3], &[-1, -1], "only one length can be -1"),
            (&[2, 3], &[-2, -3], "not -2"),
            (&[0, 3], &[0, -1], "could be any length"),
            (&[2], &[i64::MAX, i64::MAX], "fit in memory"),
            (&[0], &[0, i64::MAX, i64::MAX], "fit in memory"),
            (&[0], &[-1, i64::MAX, 2], "fit in memory"),
        ] {
            let error = shape(from).infer(lengths).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Shape);
            assert!(error.to_string().contains(why), "{error}");
        }
    }

    #[test]
    fn a_shape_that_overflows_is_an_error_even_beside_a_zero() {
        assert!(Shape::new(&[usize::MAX, 2]).is_err());
        assert!(Shape::new(&[0, usize::MAX, usize::MAX]).is_err());
        assert_eq!(shape(&[0, 3]).count(), 0);
    }
}
