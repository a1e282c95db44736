//! Arrays from numbers, nested arrays, slices and vectors.

use super::Array;
use crate::element::Element;
use crate::shape::Shape;
use std::fmt::Debug;
use std::ops::{Range, RangeInclusive};

/// The number 0, of rank 0.
impl<T: Element> Default for Array<T> {
    fn default() -> Array<T> {
        Array::from(T::from_f64(0.0))
    }
}

/// A number is an array of rank 0.
impl<T: Element> From<T> for Array<T> {
    fn from(number: T) -> Array<T> {
        Array::trusted(Shape::scalar(), vec![number])
    }
}

/// A vector.
impl<T: Element> From<Vec<T>> for Array<T> {
    fn from(data: Vec<T>) -> Array<T> {
        Array::trusted(Shape::vector(data.len()), data)
    }
}

/// A vector, copied.
impl<T: Element> From<&[T]> for Array<T> {
    fn from(data: &[T]) -> Array<T> {
        Array::from(data.to_vec())
    }
}

/// A vector, copied.
impl<T: Element> From<&Vec<T>> for Array<T> {
    fn from(data: &Vec<T>) -> Array<T> {
        Array::from(data.clone())
    }
}

/// A vector, copied.
impl<T: Element, const A: usize> From<&[T; A]> for Array<T> {
    fn from(data: &[T; A]) -> Array<T> {
        Array::from(data.to_vec())
    }
}

/// A vector.
///
/// ```
/// use tape::Array;
/// let squares: Array = (0..4).map(|i| f64::from(i * i)).collect();
/// assert_eq!(squares, Array::from([0.0, 1.0, 4.0, 9.0]));
/// ```
impl<T: Element> FromIterator<T> for Array<T> {
    fn from_iter<I: IntoIterator<Item = T>>(numbers: I) -> Array<T> {
        Array::from(Vec::from_iter(numbers))
    }
}

/// The whole numbers of a range. For `f32`, [`cast`](Array::cast) it.
///
/// ```
/// use tape::Array;
/// assert_eq!(Array::from(0..3), Array::from([0.0, 1.0, 2.0]));
/// ```
///
/// # Panics
/// If a number is above `i64::MAX`.
impl<I> From<Range<I>> for Array<f64>
where
    Range<I>: Iterator<Item = I>,
    I: TryInto<i64, Error: Debug>,
{
    #[track_caller]
    fn from(range: Range<I>) -> Array<f64> {
        whole_numbers(range)
    }
}

/// The whole numbers of a range, the last included. For `f32`, [`cast`](Array::cast) it.
///
/// # Panics
/// If a number is above `i64::MAX`.
impl<I> From<RangeInclusive<I>> for Array<f64>
where
    RangeInclusive<I>: Iterator<Item = I>,
    I: TryInto<i64, Error: Debug>,
{
    #[track_caller]
    fn from(range: RangeInclusive<I>) -> Array<f64> {
        whole_numbers(range)
    }
}

#[track_caller]
fn whole_numbers<I: TryInto<i64, Error: Debug>>(range: impl Iterator<Item = I>) -> Array<f64> {
    let mut numbers = Vec::with_capacity(range.size_hint().0);
    for number in range {
        let number = number.try_into();
        numbers.push(number.expect("a number of the range is above i64::MAX") as f64);
    }
    Array::from(numbers)
}

/// A copy.
impl<T: Element> From<&Array<T>> for Array<T> {
    fn from(array: &Array<T>) -> Array<T> {
        array.clone()
    }
}

/// A vector.
impl<T: Element, const A: usize> From<[T; A]> for Array<T> {
    fn from(numbers: [T; A]) -> Array<T> {
        Array::trusted(Shape::trusted([A]), numbers.to_vec())
    }
}

/// A matrix: `A` rows of `B` numbers.
impl<T: Element, const A: usize, const B: usize> From<[[T; B]; A]> for Array<T> {
    fn from(rows: [[T; B]; A]) -> Array<T> {
        Array::trusted(Shape::trusted([A, B]), rows.as_flattened().to_vec())
    }
}

/// An array of rank 3.
impl<T: Element, const A: usize, const B: usize, const C: usize> From<[[[T; C]; B]; A]>
    for Array<T>
{
    fn from(blocks: [[[T; C]; B]; A]) -> Array<T> {
        let data = blocks.as_flattened().as_flattened().to_vec();
        Array::trusted(Shape::trusted([A, B, C]), data)
    }
}

/// An array of rank 4.
impl<T: Element, const A: usize, const B: usize, const C: usize, const D: usize>
    From<[[[[T; D]; C]; B]; A]> for Array<T>
{
    fn from(blocks: [[[[T; D]; C]; B]; A]) -> Array<T> {
        let data = blocks.as_flattened().as_flattened().as_flattened();
        Array::trusted(Shape::trusted([A, B, C, D]), data.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How functions take arrays.
    fn shape_of<T: Element>(array: impl Into<Array<T>>) -> Vec<usize> {
        array.into().shape().to_vec()
    }

    #[test]
    fn what_is_nested_becomes_an_array_of_its_rank() {
        assert_eq!(shape_of(1.0), []);
        assert_eq!(shape_of([1.0, 2.0]), [2]);
        assert_eq!(shape_of([[1.0, 2.0]; 3]), [3, 2]);
        assert_eq!(shape_of([[[1.0_f32; 4]; 3]; 2]), [2, 3, 4]);
        assert_eq!(shape_of([[[[1.0; 4]; 1]; 3]; 2]), [2, 3, 1, 4]);
        assert_eq!(shape_of(Array::from([[0.0; 3]; 0])), [0, 3]);
        let a = Array::from([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]);
        assert_eq!(a[[1, 0, 1]], 6.0);
    }

    #[test]
    fn what_is_borrowed_is_copied() {
        let numbers = vec![1.0_f32, 2.0];
        let array = Array::from(&numbers);
        assert_eq!(Array::from(numbers.as_slice()), array);
        assert_eq!(Array::from(&[1.0, 2.0]), array);
        assert_eq!(shape_of(&array), [2]);
        assert_eq!(Array::from(numbers), array);
    }

    #[test]
    fn ranges_of_any_integer_are_numbers() {
        let n = 4_usize;
        let a = Array::from(0..n);
        assert_eq!(a.as_slice()[3].sqrt(), 3f64.sqrt()); // known to be f64
        assert_eq!(Array::from(-1..=2_i64), Array::from([-1.0, 0.0, 1.0, 2.0]));
        assert!(Array::from(3..3).is_empty());
        assert_eq!(shape_of(0..3), [3]);
    }

    #[test]
    fn without_a_word_an_array_is_the_number_zero() {
        assert_eq!(<Array>::default(), Array::from(0.0));
    }
}
