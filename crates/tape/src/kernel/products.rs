//! Many matrix products, as few calls as possible.

use super::{Matrix, View, matmul, matmul_batched};
use crate::element::Element;
use smallvec::SmallVec;

/// The products of two stacks of matrices: what is left of them when small ones are made large.
struct Products<'a, T> {
    a: Matrix<'a, T>,
    b: Matrix<'a, T>,
    batch: SmallVec<[BatchAxis; 4]>,
}

/// One axis of a stack: its length, and how far one step along it is in each array.
#[derive(Clone, Copy)]
struct BatchAxis {
    length: usize,
    a: isize,
    b: isize,
    /// 0 where the products are summed.
    out: usize,
    summed: bool,
}

impl<'a, T: Element> Products<'a, T> {
    fn new(a: View<'a, T>, b: View<'a, T>, summed: &[usize]) -> Products<'a, T> {
        let rank = a.lengths.len().max(b.lengths.len());
        // Length and step along an axis of the batch; a missing or single one repeats.
        let along =
            |view: &View<'_, T>, axis: usize| match (axis + view.lengths.len()).checked_sub(rank) {
                Some(own) if view.lengths[own] != 1 => (view.lengths[own], view.strides[own]),
                _ => (1, 0),
            };
        let mut products = Products {
            a: Matrix::of(a),
            b: Matrix::of(b),
            batch: SmallVec::new(),
        };
        let mut out = products.a.rows * products.b.columns;
        for axis in (0..rank - 2).rev() {
            let ((a_length, a), (b_length, b)) = (along(&a, axis), along(&b, axis));
            let length = if a_length == 1 { b_length } else { a_length };
            let summed = summed.contains(&axis);
            let found = BatchAxis {
                length,
                a,
                b,
                out: if summed { 0 } else { out },
                summed,
            };
            if !summed {
                out *= length;
            }
            if length != 1 && !products.joined(found) {
                products.batch.push(found);
            }
        }
        // From the inner to the outer until here; visited from the outer to the inner.
        products.batch.reverse();
        products
    }

    /// Makes an axis a part of each product, where its steps continue those of the matrices.
    fn joined(&mut self, axis: BatchAxis) -> bool {
        let Products { a, b, batch } = self;
        if axis.length == 0 {
            return false;
        }
        if axis.summed {
            if a.columns == 1 {
                (a.column_stride, b.row_stride) = (axis.a, axis.b);
            }
            let inner = a.columns as isize;
            let joins = axis.a == inner * a.column_stride && axis.b == inner * b.row_stride;
            if joins {
                a.columns *= axis.length;
                b.rows *= axis.length;
            }
            return joins;
        }
        // Rows continue only if no batch axis lies between them and this one in the result.
        if batch.iter().any(|inner| !inner.summed) || axis.b != 0 {
            return false;
        }
        if a.rows == 1 {
            a.row_stride = axis.a;
        }
        let joins = axis.a == a.rows as isize * a.row_stride;
        if joins {
            a.rows *= axis.length;
        }
        joins
    }
}

/// Computes the products of two stacks of matrices into `out`, in row-major order. The matrices are
/// those of the last two axes; the axes before them are broadcast, and the products summed over the
/// axes `summed` of the common batch.
pub(crate) fn products<T: Element>(
    a: View<'_, T>,
    b: View<'_, T>,
    summed: &[usize],
    out: &mut [T],
) {
    if let ([_, _], [_, _]) = (a.lengths, b.lengths) {
        return matmul(Matrix::of(a), Matrix::of(b), false, out);
    }
    let Products { a, b, mut batch } = Products::new(a, b, summed);
    if batch.is_empty() {
        return matmul_batched(a, 0, b, 0, 1, false, out);
    }
    let empty_sum = a.columns == 0 || batch.iter().any(|axis| axis.summed && axis.length == 0);
    if out.is_empty() || empty_sum {
        out.fill(T::default());
        return;
    }
    // Results that follow each other are one call.
    let inner = match batch.last() {
        Some(&axis) if !axis.summed => {
            batch.pop();
            axis
        }
        _ => BatchAxis {
            length: 1,
            a: 0,
            b: 0,
            out: 0,
            summed: false,
        },
    };
    let size = a.rows * b.columns * inner.length;
    let mut at: SmallVec<[usize; 4]> = SmallVec::from_elem(0, batch.len());
    loop {
        let (mut here, mut a, mut b, mut first) = (0, a, b, true);
        for (axis, &index) in batch.iter().zip(&at) {
            here += index * axis.out;
            a.start = a.start.wrapping_add_signed(index as isize * axis.a);
            b.start = b.start.wrapping_add_signed(index as isize * axis.b);
            first &= !axis.summed || index == 0;
        }
        let out = &mut out[here..here + size];
        matmul_batched(a, inner.a, b, inner.b, inner.length, !first, out);
        // The next index, the last axis first.
        let mut axis = batch.len();
        loop {
            if axis == 0 {
                return;
            }
            axis -= 1;
            at[axis] += 1;
            if at[axis] < batch[axis].length {
                break;
            }
            at[axis] = 0;
        }
    }
}

/// Terms that are added one after the other, eight sums side by side.
const RUN: usize = 256;

/// The dot product of two vectors of the same length, pairwise and in double precision.
pub(crate) fn dot<T: Element>(a: View<'_, T>, b: View<'_, T>) -> f64 {
    let sum = match (a.as_slice(), b.as_slice()) {
        (Some(a), Some(b)) => halves(0, a.len(), &|from, to| run(&a[from..to], &b[from..to])),
        _ => {
            let at = |view: &View<'_, T>, i: usize| {
                let place = view.start.wrapping_add_signed(i as isize * view.strides[0]);
                view.data[place].to_f64()
            };
            halves(0, a.lengths[0], &|from, to| {
                (from..to).map(|i| at(&a, i) * at(&b, i)).sum()
            })
        }
    };
    // The sum of nothing is 0.0, not -0.0.
    sum + 0.0
}

/// A sum over `from..to`, made of the sums of its halves.
fn halves(from: usize, to: usize, sum: &impl Fn(usize, usize) -> f64) -> f64 {
    if to - from <= RUN {
        return sum(from, to);
    }
    let runs = (to - from).div_ceil(RUN);
    let middle = from + runs.div_ceil(2) * RUN;
    halves(from, middle, sum) + halves(middle, to, sum)
}

/// The dot product of two slices, eight sums side by side.
pub(super) fn run<T: Element>(a: &[T], b: &[T]) -> f64 {
    let mut sums = [0.0; 8];
    let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a
        .remainder()
        .iter()
        .zip(b.remainder())
        .map(|(a, b)| a.to_f64() * b.to_f64())
        .sum();
    for (a, b) in a.zip(b) {
        for i in 0..8 {
            sums[i] += a[i].to_f64() * b[i].to_f64();
        }
    }
    let [s0, s1, s2, s3, s4, s5, s6, s7] = sums;
    ((s0 + s4) + (s1 + s5)) + ((s2 + s6) + (s3 + s7)) + rest
}
