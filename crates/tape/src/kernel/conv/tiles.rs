//! The loops inside a convolution, compiled once for each instruction set.

use crate::kernel::matmul::vector::{Plain, Vector};

/// A tile of a result whose columns lie side by side, and so does what one weight meets under them:
/// `c[row, column] = sum over t of a[row, t] b[taps[t] + column]`.
pub(super) struct Tile<'a, T> {
    pub(super) a: *const T,
    pub(super) a_row: usize,
    pub(super) b: *const T,
    pub(super) taps: &'a [usize],
    pub(super) c: *mut T,
    pub(super) c_row: usize,
    /// Columns in the last vector; the others are full.
    pub(super) last: usize,
    /// Whether to add to what is in C.
    pub(super) add: bool,
    /// Null, or a number for each row, added last.
    pub(super) bias: *const T,
}

/// Sums over the columns of some parts: `sum over them of y[row, column] b[taps[t] + column]`.
pub(super) struct Sums<'a, T> {
    pub(super) y: *const T,
    pub(super) y_row: usize,
    /// From part to part.
    pub(super) y_part: usize,
    pub(super) b: *const T,
    pub(super) b_part: usize,
    pub(super) taps: &'a [usize],
    pub(super) parts: usize,
    pub(super) columns: usize,
}

/// Some lines of `count` elements side by side, `step` apart.
pub(super) struct Lines<T> {
    pub(super) from: *const T,
    pub(super) from_step: isize,
    pub(super) to: *mut T,
    pub(super) to_step: isize,
    pub(super) lines: usize,
    pub(super) count: usize,
}

/// At most so many sums at a time in [`Loops::sums`].
pub(super) const MOST_SUMS: usize = 24;

/// Vectors whose loops are compiled with their instructions switched on.
///
/// # Safety
/// Methods demand a processor with the instructions, and valid pointers.
pub(super) trait Loops: Vector {
    unsafe fn tile<const ROWS: usize, const VECTORS: usize>(tile: &Tile<'_, Self::Element>);

    /// `out[row * TAPS + t]` are the sums.
    unsafe fn sums<const ROWS: usize, const TAPS: usize>(
        sums: &Sums<'_, Self::Element>,
        out: &mut [Self::Element; MOST_SUMS + 16],
    );

    /// Copies lines, or adds them to those that are there.
    unsafe fn lines<const ADD: bool>(lines: &Lines<Self::Element>);
}

#[inline(always)]
unsafe fn tile<V: Vector, const ROWS: usize, const VECTORS: usize>(tile: &Tile<'_, V::Element>) {
    // SAFETY: the caller's pointers are valid for the tile.
    unsafe {
        let last = V::mask(tile.last);
        let mut sums = [[V::splat(V::Element::default()); VECTORS]; ROWS];
        let mut rows = [tile.a; ROWS];
        for (row, start) in rows.iter_mut().enumerate() {
            *start = tile.a.add(row * tile.a_row);
        }
        for (term, &tap) in tile.taps.iter().enumerate() {
            let b = tile.b.add(tap);
            let mut columns = [V::load_part(b.add((VECTORS - 1) * V::LANES), last); VECTORS];
            for (vector, column) in columns.iter_mut().enumerate().take(VECTORS - 1) {
                *column = V::load(b.add(vector * V::LANES));
            }
            for (row, sums) in sums.iter_mut().enumerate() {
                let a = V::splat(*rows[row].add(term));
                for (sum, &column) in sums.iter_mut().zip(&columns) {
                    *sum = a.mul_add(column, *sum);
                }
            }
        }
        for (row, sums) in sums.iter_mut().enumerate() {
            let c = tile.c.add(row * tile.c_row);
            let at_last = c.add((VECTORS - 1) * V::LANES);
            if tile.add {
                for (vector, sum) in sums.iter_mut().enumerate().take(VECTORS - 1) {
                    *sum = V::load(c.add(vector * V::LANES)).add(*sum);
                }
                sums[VECTORS - 1] = V::load_part(at_last, last).add(sums[VECTORS - 1]);
            }
            if !tile.bias.is_null() {
                let bias = V::splat(*tile.bias.add(row));
                for sum in sums.iter_mut() {
                    *sum = sum.add(bias);
                }
            }
            for (vector, &sum) in sums.iter().enumerate().take(VECTORS - 1) {
                sum.store(c.add(vector * V::LANES));
            }
            sums[VECTORS - 1].store_part(at_last, last);
        }
    }
}

#[inline(always)]
unsafe fn sums<V: Vector, const ROWS: usize, const TAPS: usize>(
    own: &Sums<'_, V::Element>,
    out: &mut [V::Element; MOST_SUMS + 16],
) {
    // SAFETY: the caller's pointers are valid for these rows, taps and columns; `out` has room for
    // all sums and what remains of the last vector.
    unsafe {
        let zero = V::splat(V::Element::default());
        let mut sums = [[zero; TAPS]; ROWS];
        let taps: [usize; TAPS] = std::array::from_fn(|t| own.taps[t]);
        for part in 0..own.parts {
            let (y, b) = (own.y.add(part * own.y_part), own.b.add(part * own.b_part));
            // One loop, masked throughout: beside a second one sums would not stay in registers.
            for column in (0..own.columns).step_by(V::LANES) {
                let mask = V::mask(V::LANES.min(own.columns - column));
                let (y, b) = (y.add(column), b.add(column));
                let mut ys = [zero; ROWS];
                for (row, value) in ys.iter_mut().enumerate() {
                    *value = V::load_part(y.add(row * own.y_row), mask);
                }
                for (t, &tap) in taps.iter().enumerate() {
                    let x = V::load_part(b.add(tap), mask);
                    for (row, sums) in sums.iter_mut().enumerate() {
                        sums[t] = ys[row].mul_add(x, sums[t]);
                    }
                }
            }
        }
        for first in (0..ROWS * TAPS).step_by(V::LANES) {
            let mut some = [zero; 16];
            for (n, some) in some.iter_mut().enumerate().take(V::LANES) {
                if first + n < ROWS * TAPS {
                    *some = sums[(first + n) / TAPS][(first + n) % TAPS];
                }
            }
            sum_of_lanes::<V>(&mut some).store(out.as_mut_ptr().add(first));
        }
    }
}

/// Lane `l` of the answer is the sum of the lanes of vector `l`, by halves.
#[inline(always)]
unsafe fn sum_of_lanes<V: Vector>(vectors: &mut [V; 16]) -> V {
    // SAFETY: the caller has the instructions. Spans are below the lanes.
    unsafe {
        if V::LANES > 8 {
            halve::<V, 8>(vectors);
        }
        if V::LANES > 4 {
            halve::<V, 4>(vectors);
        }
        halve::<V, 2>(vectors);
        halve::<V, 1>(vectors);
    }
    vectors[0]
}

/// Adds halves, quarters, .. of `SPAN` lanes; two vectors become one.
#[inline(always)]
unsafe fn halve<V: Vector, const SPAN: usize>(vectors: &mut [V; 16]) {
    for n in 0..SPAN {
        // SAFETY: the caller has the instructions.
        unsafe {
            let (low, high) = V::exchange::<SPAN>(vectors[n], vectors[n + SPAN]);
            vectors[n] = low.add(high);
        }
    }
}

/// Without partial stores, which hold up the loads of the next line.
#[inline(always)]
unsafe fn lines<V: Vector, const ADD: bool>(own: &Lines<V::Element>) {
    let full = own.count - own.count % V::LANES;
    for line in 0..own.lines as isize {
        // SAFETY: the caller's pointers are valid for these lines.
        unsafe {
            let from = own.from.offset(line * own.from_step);
            let to = own.to.offset(line * own.to_step);
            for at in (0..full).step_by(V::LANES) {
                let mut elements = V::load(from.add(at));
                if ADD {
                    elements = V::load(to.add(at)).add(elements);
                }
                elements.store(to.add(at));
            }
            for at in full..own.count {
                let element = *from.add(at);
                *to.add(at) = if ADD { *to.add(at) + element } else { element };
            }
        }
    }
}

/// The loops above, with the instructions of `$vector` switched on; lines are as short as images are
/// narrow, and go by `$narrow` ones.
macro_rules! loops {
    ($vector:ty, $narrow:ty $(, $features:literal)?) => {
        impl Loops for $vector {
            $(#[target_feature(enable = $features)])?
            unsafe fn tile<const ROWS: usize, const VECTORS: usize>(
                own: &Tile<'_, Self::Element>,
            ) {
                // SAFETY: as the caller promised.
                unsafe { tile::<$vector, ROWS, VECTORS>(own) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn sums<const ROWS: usize, const TAPS: usize>(
                own: &Sums<'_, Self::Element>,
                out: &mut [Self::Element; MOST_SUMS + 16],
            ) {
                // SAFETY: as the caller promised.
                unsafe { sums::<$vector, ROWS, TAPS>(own, out) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn lines<const ADD: bool>(own: &Lines<Self::Element>) {
                // SAFETY: as the caller promised.
                unsafe { lines::<$narrow, ADD>(own) }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::*;
    use std::arch::x86_64::*;
    loops!(__m512, __m256, "avx512f,avx2,fma");
    loops!(__m512d, __m256d, "avx512f,avx2,fma");
    loops!(__m256, __m256, "avx2,fma");
    loops!(__m256d, __m256d, "avx2,fma");
}
loops!(Plain<f32>, Plain<f32>);
loops!(Plain<f64>, Plain<f64>);
