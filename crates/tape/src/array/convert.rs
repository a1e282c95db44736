//! Arrays from numbers, nested arrays, slices and vectors.

use super::Array;
use crate::element::Element;
use crate::shape::Shape;

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
