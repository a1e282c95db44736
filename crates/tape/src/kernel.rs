//! The loops over arrays. They know elements and strides; they know no tape.

mod coefficients;
mod copy;
pub(crate) mod distribution;
mod elementary;
#[cfg(feature = "linalg")]
pub(crate) mod factor;
mod fast;
mod float;
mod lanes;
mod map;
mod matmul;
pub(crate) mod moments;
mod moves;
mod nary;
mod rows;
mod slices;
mod sum;
mod walk;

use crate::element::{Element, ElementType};
pub(crate) use copy::{add_into, copy};
pub(crate) use float::Float;
pub(crate) use map::{
    attributed, attributed_pull, binary, binary_pull, ternary, ternary_pull, unary, unary_pull,
};
pub(crate) use matmul::{Matrix, matmul};
pub(crate) use moves::{Along, Place, cumulate, gather, place, scatter_add, select, select_add};
pub(crate) use nary::{each, nary, nary_pull};
pub(crate) use rows::{fold_all, fold_rows, map_rows};
pub(crate) use slices::largest;
pub(crate) use sum::{sum_all, sum_axes};

/// An array to read: element `(i, j, ..)` is `data[start + i * strides[0] + j * strides[1] + ..]`.
/// A stride of 0 repeats, a negative one runs backward.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a, T> {
    pub(crate) data: &'a [T],
    pub(crate) start: usize,
    pub(crate) lengths: &'a [usize],
    pub(crate) strides: &'a [isize],
}

impl<'a, T: Element> View<'a, T> {
    /// The number of elements.
    pub(crate) fn count(&self) -> usize {
        self.lengths.iter().product()
    }

    /// The elements as a slice, if they lie in row-major order without gaps.
    #[inline]
    pub(crate) fn as_slice(&self) -> Option<&'a [T]> {
        let (mut count, mut gaps) = (1, false);
        for (&length, &stride) in self.lengths.iter().zip(self.strides).rev() {
            gaps |= length != 1 && stride != count as isize;
            count *= length;
        }
        match count {
            0 => Some(&[]),
            _ if gaps => None,
            _ => Some(&self.data[self.start..self.start + count]),
        }
    }
}

/// Elements as doubles, if that is what they are.
pub(crate) fn doubles<T: Element>(elements: &[T]) -> Option<&[f64]> {
    (T::TYPE == ElementType::F64).then(|| {
        // SAFETY: `Element` is sealed, and the element type of this `TYPE` is f64.
        unsafe { std::slice::from_raw_parts(elements.as_ptr().cast(), elements.len()) }
    })
}

impl<'a, T: Element> View<'a, T> {
    /// The matrices of the last two axes, in row-major order of the axes before them.
    pub(crate) fn matrices(self) -> impl Iterator<Item = Matrix<'a, T>> {
        let split = self.lengths.len() - 2;
        let count: usize = self.lengths[..split].iter().product();
        (0..count).map(move |number| {
            let mut rest = number;
            let mut start = self.start;
            for axis in (0..split).rev() {
                let along = rest % self.lengths[axis];
                rest /= self.lengths[axis];
                start = start.wrapping_add_signed(along as isize * self.strides[axis]);
            }
            Matrix {
                data: self.data,
                start,
                rows: self.lengths[split],
                columns: self.lengths[split + 1],
                row_stride: self.strides[split],
                column_stride: self.strides[split + 1],
            }
        })
    }
}
