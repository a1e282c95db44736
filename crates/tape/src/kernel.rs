//! The loops over arrays. They know elements and strides; they know no tape.

mod buffer;
mod coefficients;
mod conv;
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
mod own_loop;
mod pairs;
mod pool;
mod products;
pub(crate) mod recurrent;
mod rows;
mod slices;
mod sliding;
mod sum;
mod walk;

use crate::element::Element;
pub(crate) use buffer::with_buffer;
pub(crate) use conv::{Convolution, convolve, convolve_back, correlate, with_ordered};
pub(crate) use copy::{add_into, cast, copy};
pub(crate) use float::Float;
pub(crate) use map::{
    attributed, attributed_pull, binary, binary_pull, ternary, ternary_pull, unary, unary_pull,
};
pub(crate) use matmul::{Matrix, matmul, matmul_batched};
pub(crate) use moves::{
    Along, Place, cumulate, gather, place, place_add, scatter_add, select, select_add,
};
pub(crate) use nary::{each, nary, nary_pull};
pub use own_loop::{Loop, vectorised};
pub(crate) use pool::{Windows, average, pick, places, put_back, spread_average};
pub(crate) use products::{dot, products};
pub(crate) use rows::{fold_all, fold_rows, map_rows};
pub(crate) use slices::{additions, largest};
pub(crate) use sliding::Sliding;
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

    /// The elements of a list of `count` without gaps, if it is one: the quick look at a short array.
    #[inline(always)]
    fn as_list(&self, count: usize) -> Option<&'a [T]> {
        let is_list = matches!((self.lengths, self.strides), (&[length], &[1]) if length == count);
        match is_list {
            true => self.data.get(self.start..self.start + count),
            false => None,
        }
    }

    /// The elements as a slice, if they lie in row-major order without gaps.
    #[inline]
    pub(crate) fn as_slice(&self) -> Option<&'a [T]> {
        if let (&[count], &[1]) = (self.lengths, self.strides)
            && count > 0
        {
            return Some(&self.data[self.start..self.start + count]);
        }
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
