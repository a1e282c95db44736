//! Factorisations of one matrix. They are `nalgebra`'s, in double precision whatever the
//! elements, on one thread: the same bits on every run. No other file knows who factors.
//!
//! Matrices are row-major and without gaps.

use super::{View, copy};
use crate::element::Element;
use nalgebra::linalg::{Cholesky, FullPivLU, LU, PermutationSequence};
use nalgebra::{DMatrix, Dyn};

/// An operand's elements in row-major order and double precision.
pub(crate) fn doubles<T: Element>(view: View<'_, T>) -> Vec<f64> {
    let wide = |elements: &[T]| elements.iter().map(|x| x.to_f64()).collect();
    if let Some(elements) = view.as_slice() {
        return wide(elements);
    }
    let mut elements = vec![T::default(); view.count()];
    copy(view, &mut elements);
    wide(&elements)
}

/// Writes a matrix back in row-major order.
fn write(from: &DMatrix<f64>, to: &mut [f64]) {
    for (row, to) in from
        .row_iter()
        .zip(to.chunks_exact_mut(from.ncols().max(1)))
    {
        to.iter_mut().zip(row.iter()).for_each(|(to, &x)| *to = x);
    }
}

/// The order in which exchanges leave the numbers from 0.
fn order(exchanges: &PermutationSequence<Dyn>, n: usize) -> Vec<usize> {
    let mut order = DMatrix::from_fn(n, 1, |i, _| i);
    exchanges.permute_rows(&mut order);
    order.iter().copied().collect()
}

/// Overwrites `A` with `L` below the diagonal and `U` on and above it, where row `i` of `L U` is
/// row `order[i]` of `A`: partial pivoting. Answers the order.
pub(crate) fn lu(a: &mut [f64], n: usize) -> Vec<usize> {
    if n == 0 {
        return Vec::new();
    }
    let lu = LU::new(DMatrix::from_row_slice(n, n, a));
    write(lu.lu_internal(), a);
    order(lu.p(), n)
}

/// As [`lu`], with the largest of all remaining elements as the next pivot: element `(i, j)` of
/// `L U` is element `(rows[i], columns[j])` of `A`. Answers rows and columns. What has no pivot
/// left is zero.
pub(crate) fn lu_complete(a: &mut [f64], n: usize) -> (Vec<usize>, Vec<usize>) {
    if n == 0 {
        return (Vec::new(), Vec::new());
    }
    let lu = FullPivLU::new(DMatrix::from_row_slice(n, n, a));
    write(lu.lu_internal(), a);
    (order(lu.p(), n), order(lu.q(), n))
}

/// Overwrites symmetric `A` with the lower triangular `L`, where `A = L L^T`.
/// The error is the first pivot that is not positive.
pub(crate) fn cholesky(a: &mut [f64], n: usize) -> Result<(), usize> {
    let whole = DMatrix::from_row_slice(n, n, a);
    if n == 0 {
        return Ok(());
    }
    let factor = |size: usize| Cholesky::new(whole.view((0, 0), (size, size)).into_owned());
    if let Some(factor) = factor(n) {
        write(&factor.l(), a);
        return Ok(());
    }
    // The largest leading part that has a factor ends before the pivot.
    let (mut good, mut bad) = (0, n);
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        match factor(middle) {
            Some(_) => good = middle,
            None => bad = middle,
        }
    }
    Err(good)
}

/// Which half of a matrix is solved with, and how.
#[derive(Clone, Copy)]
pub(crate) struct Half {
    pub(crate) lower: bool,
    pub(crate) unit: bool,
    pub(crate) transposed: bool,
}

/// Overwrites `x`, `n` rows of `k` right-hand sides, with the solution of `A x = b`, where `A` is
/// the half of a matrix.
pub(crate) fn solve_half(a: &[f64], n: usize, half: Half, x: &mut [f64], k: usize) {
    let mut matrix = match half.transposed {
        false => DMatrix::from_row_slice(n, n, a),
        true => DMatrix::from_column_slice(n, n, a),
    };
    if half.unit {
        matrix.fill_diagonal(1.0);
    }
    let mut right = DMatrix::from_row_slice(n, k, x);
    if half.lower != half.transposed {
        matrix.solve_lower_triangular_unchecked_mut(&mut right);
    } else {
        matrix.solve_upper_triangular_unchecked_mut(&mut right);
    }
    write(&right, x);
}

/// The sign of a permutation.
pub(crate) fn sign(order: &[usize]) -> f64 {
    let mut seen = vec![false; order.len()];
    let mut sign = 1.0;
    for start in 0..order.len() {
        let mut at = order[start];
        // Each cycle is as many exchanges as it has elements, less one.
        while !seen[start] && at != start {
            seen[at] = true;
            sign = -sign;
            at = order[at];
        }
    }
    sign
}

/// A product that neither overflows nor underflows on the way: a fraction in [1/2, 1), or what is
/// no number to scale, and a power of two.
pub(crate) fn scaled_product(factors: impl IntoIterator<Item = f64>) -> (f64, i64) {
    let (mut fraction, mut power) = (1.0, 0);
    for factor in factors {
        let (f, p) = libm::frexp(factor);
        let (f, q) = libm::frexp(fraction * f);
        fraction = f;
        power += i64::from(p) + i64::from(q);
    }
    (fraction, power)
}

/// A fraction times a power of two, rounded once.
pub(crate) fn scale(fraction: f64, power: i64) -> f64 {
    libm::ldexp(fraction, power.clamp(-4000, 4000) as i32)
}
