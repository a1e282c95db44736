//! The loops of [`tiles`](super::tiles) on slices: bounds are checked here, the widest vectors of the
//! processor chosen, and results cut into tiles.

use super::tiles::{Lines, Loops, MOST_SUMS, Sums, Tile};
use crate::element::{Element, ElementType};
use crate::kernel::matmul::panels;
use crate::kernel::matmul::vector::Plain;
use std::any::Any;

/// `c[row, column] = sum over t of a[row, t] b[taps[t] + column] + bias[row]`.
pub(super) struct Product<'a, T> {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) a: &'a [T],
    pub(super) a_row: usize,
    pub(super) b: &'a [T],
    pub(super) taps: &'a [usize],
    pub(super) c: &'a mut [T],
    pub(super) c_row: usize,
    /// Whether to add to what is in C.
    pub(super) add: bool,
    pub(super) bias: Option<&'a [T]>,
}

/// `out[row, outs[t]] += sum over parts and columns of y[row, column] b[taps[t] + column]`.
pub(super) struct Correlation<'a, T> {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) parts: usize,
    pub(super) y: &'a [T],
    pub(super) y_row: usize,
    pub(super) y_part: usize,
    pub(super) b: &'a [T],
    pub(super) b_part: usize,
    pub(super) taps: &'a [usize],
    pub(super) outs: &'a [usize],
    pub(super) out: &'a mut [T],
    pub(super) out_row: usize,
}

/// Where lines start and how far apart they are.
#[derive(Clone, Copy)]
pub(super) struct At {
    pub(super) start: usize,
    pub(super) step: isize,
}

impl At {
    /// Whether `lines` lines of `count` elements are within `length`.
    fn fits(self, lines: usize, count: usize, length: usize) -> bool {
        let first = self.start as i128;
        let last = first + (lines as i128 - 1) * self.step as i128;
        first.min(last) >= 0 && first.max(last) + count as i128 <= length as i128
    }
}

type TileOf<T> = unsafe fn(&Tile<'_, T>);
type SumsOf<T> = unsafe fn(&Sums<'_, T>, &mut [T; MOST_SUMS + 16]);
type LinesOf<T> = unsafe fn(&Lines<T>);

/// The loops for one kind of vectors.
#[derive(Clone, Copy)]
pub(super) struct Unit<T> {
    lanes: usize,
    /// Rows of the largest tile.
    rows: usize,
    /// Rows and taps of the largest block of sums.
    sums: [usize; 2],
    /// For 1, 2, 4, 8 rows, as many as registers hold; for 1, 2, 3 vectors.
    tiles: [[TileOf<T>; 3]; 4],
    /// For 1 row and 1 tap, many taps; for many rows and 1 tap, many taps.
    sums_of: [[SumsOf<T>; 2]; 2],
    /// That copy, and that add.
    lines: [LinesOf<T>; 2],
}

impl<T> Unit<T> {
    fn of<V, const MOST: usize, const ROWS: usize, const TAPS: usize>() -> Unit<T>
    where
        V: Loops<Element = T>,
    {
        Unit {
            lanes: V::LANES,
            rows: MOST,
            sums: [ROWS, TAPS],
            tiles: [
                [V::tile::<1, 1>, V::tile::<1, 2>, V::tile::<1, 3>],
                [V::tile::<2, 1>, V::tile::<2, 2>, V::tile::<2, 3>],
                [V::tile::<4, 1>, V::tile::<4, 2>, V::tile::<4, 3>],
                [V::tile::<MOST, 1>, V::tile::<MOST, 2>, V::tile::<MOST, 3>],
            ],
            sums_of: [
                [V::sums::<1, 1>, V::sums::<1, TAPS>],
                [V::sums::<ROWS, 1>, V::sums::<ROWS, TAPS>],
            ],
            lines: [V::lines::<false>, V::lines::<true>],
        }
    }
}

/// The widest vectors that the processor has, of each element type.
macro_rules! widest {
    ($element:ty, $avx512:ident, $avx2:ident) => {
        impl Unit<$element> {
            fn widest() -> Unit<$element> {
                #[cfg(target_arch = "x86_64")]
                {
                    use std::arch::x86_64::*;
                    if is_x86_feature_detected!("avx512f") {
                        return Unit::of::<$avx512, 8, 4, 6>();
                    }
                    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                        return Unit::of::<$avx2, 4, 2, 4>();
                    }
                }
                Unit::of::<Plain<$element>, 4, 2, 4>()
            }
        }
    };
}
widest!(f32, __m512, __m256);
widest!(f64, __m512d, __m256d);

impl<T: Element> Unit<T> {
    /// For the processor that there is.
    pub(super) fn new() -> Unit<T> {
        let (single, double);
        let unit: &dyn Any = match T::TYPE {
            ElementType::F32 => {
                single = Unit::<f32>::widest();
                &single
            }
            ElementType::F64 => {
                double = Unit::<f64>::widest();
                &double
            }
        };
        *unit
            .downcast_ref()
            .expect("an element type is what it says")
    }

    pub(super) fn product(&self, own: Product<'_, T>) {
        let Product { rows, columns, .. } = own;
        if rows == 0 || columns == 0 {
            return;
        }
        let farthest = own.taps.iter().max().map_or(0, |&tap| tap + columns);
        assert!(farthest <= own.b.len(), "what the weights meet");
        assert!(
            (rows - 1) * own.a_row + own.taps.len() <= own.a.len(),
            "weights"
        );
        assert!((rows - 1) * own.c_row + columns <= own.c.len(), "results");
        assert!(
            own.bias.is_none_or(|bias| bias.len() >= rows),
            "a bias for each row"
        );
        for (column, vectors) in panels(columns, self.lanes) {
            let mut row = 0;
            while row < rows {
                let size = (rows - row).min(self.rows).ilog2();
                let tile = Tile {
                    a: own.a[row * own.a_row..].as_ptr(),
                    a_row: own.a_row,
                    b: own.b[column..].as_ptr(),
                    taps: own.taps,
                    c: own.c[row * own.c_row + column..].as_mut_ptr(),
                    c_row: own.c_row,
                    last: (columns - column).min(vectors * self.lanes) - (vectors - 1) * self.lanes,
                    add: own.add,
                    bias: own
                        .bias
                        .map_or(std::ptr::null(), |bias| bias[row..].as_ptr()),
                };
                // SAFETY: the processor has the vectors, and the tile is within what was checked.
                unsafe { self.tiles[size as usize][vectors - 1](&tile) };
                row += 1 << size;
            }
        }
    }

    pub(super) fn correlate(&self, own: Correlation<'_, T>) {
        let Correlation {
            rows,
            columns,
            parts,
            ..
        } = own;
        if rows == 0 || columns == 0 || parts == 0 {
            return;
        }
        let farthest = own.taps.iter().max().map_or(0, |&tap| tap + columns);
        assert!(
            (parts - 1) * own.b_part + farthest <= own.b.len(),
            "what the weights meet"
        );
        let last = (parts - 1) * own.y_part + (rows - 1) * own.y_row + columns;
        assert!(last <= own.y.len(), "adjoints");
        let [most_rows, most_taps] = self.sums;
        let mut sums = [T::default(); MOST_SUMS + 16];
        let mut tap = 0;
        while tap < own.taps.len() {
            let many_taps = own.taps.len() - tap >= most_taps;
            let taps = if many_taps { most_taps } else { 1 };
            let mut row = 0;
            while row < rows {
                let many_rows = rows - row >= most_rows;
                let count = if many_rows { most_rows } else { 1 };
                let block = Sums {
                    y: own.y[row * own.y_row..].as_ptr(),
                    y_row: own.y_row,
                    y_part: own.y_part,
                    b: own.b.as_ptr(),
                    b_part: own.b_part,
                    taps: &own.taps[tap..tap + taps],
                    parts,
                    columns,
                };
                let sums_of = self.sums_of[usize::from(many_rows)][usize::from(many_taps)];
                // SAFETY: the processor has the vectors, and the block is within what was checked.
                unsafe { sums_of(&block, &mut sums) };
                for (n, &sum) in sums[..count * taps].iter().enumerate() {
                    let out =
                        &mut own.out[(row + n / taps) * own.out_row + own.outs[tap + n % taps]];
                    *out = *out + sum;
                }
                row += count;
            }
            tap += taps;
        }
    }

    /// Copies `lines` lines of `count` elements, or adds them to those that are there.
    pub(super) fn lines(
        &self,
        (from, from_at): (&[T], At),
        (to, to_at): (&mut [T], At),
        [lines, count]: [usize; 2],
        add: bool,
    ) {
        if lines == 0 || count == 0 {
            return;
        }
        assert!(from_at.fits(lines, count, from.len()), "lines to read");
        assert!(to_at.fits(lines, count, to.len()), "lines to write");
        let own = Lines {
            from: from.as_ptr().wrapping_add(from_at.start),
            from_step: from_at.step,
            to: to.as_mut_ptr().wrapping_add(to_at.start),
            to_step: to_at.step,
            lines,
            count,
        };
        // SAFETY: the processor has the vectors, and the lines are within what was checked.
        unsafe { self.lines[usize::from(add)](&own) };
    }
}
