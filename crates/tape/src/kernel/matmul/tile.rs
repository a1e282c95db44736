//! The loops that run inside a product, compiled once for each instruction set.

use super::vector::{Plain, Vector};
use super::{FEW_TERMS, Operand, Product};

/// A tile of C, the rows of A and the columns of B that make it, and `depth`, the terms of a sum.
pub(super) struct Tile<T> {
    pub(super) a: *const T,
    pub(super) a_row: isize,
    pub(super) a_step: isize,
    pub(super) b: *const T,
    pub(super) b_step: isize,
    pub(super) depth: usize,
    pub(super) c: *mut T,
    pub(super) c_row: usize,
    /// Columns in the last vector; the others are full.
    pub(super) last: usize,
    /// Whether to add to what is in C.
    pub(super) add: bool,
}

/// Vectors whose loops are compiled with their instructions switched on.
///
/// # Safety
/// Methods demand a processor with the instructions, and valid pointers.
pub(super) trait Kernels: Vector {
    /// Rows of the largest tile; its columns are [`TILE_VECTORS`] vectors. As large as registers
    /// allow: every number of A is used in that many vectors, every vector of B in that many rows.
    const ROWS: usize;

    /// `ROWS` rows of C by `VECTORS` vectors.
    unsafe fn tile<const ROWS: usize, const VECTORS: usize>(tile: &Tile<Self::Element>);

    /// Copies `columns` columns, each with its elements side by side, `column` elements apart, into
    /// rows that are `width` apart; what remains of the last vector is not to be read.
    unsafe fn pack_transposed(
        from: *const Self::Element,
        column: isize,
        depth: usize,
        columns: usize,
        to: *mut Self::Element,
        width: usize,
    );

    /// A row of C from a row of A and columns of B whose elements are side by side; `b_step` is
    /// from column to column and `c` has `columns` elements.
    unsafe fn row_by_columns(tile: &Tile<Self::Element>, columns: usize);

    /// The same where the elements of a row of B are side by side; `b_step` is from row to row.
    unsafe fn row_by_rows(tile: &Tile<Self::Element>, columns: usize);

    /// A product of at most [`FEW_TERMS`], row by row: they are fewer than the preparations for a tile.
    unsafe fn small(product: &Product<Self::Element>);

    /// A column of C from rows of A, `a_row` apart, and a column of B, all of whose elements are
    /// side by side; `c` has `rows` elements.
    unsafe fn dots(tile: &Tile<Self::Element>, rows: usize);
}

/// Vectors in a row of the largest tile. 8 x 3 vectors leave 8 of 32 registers for A and B, and ask
/// for 11 loads in 24 multiplications: two units that multiply never wait for two that load.
pub(super) const TILE_VECTORS: usize = 3;

/// Terms from which C is fetched while its sums are formed.
const FETCH_C: usize = 64;

#[inline(always)]
unsafe fn tile<V: Vector, const ROWS: usize, const VECTORS: usize>(tile: &Tile<V::Element>) {
    // SAFETY: the caller's pointers are valid for the tile. Pointers that walk past the end after
    // the last term are not followed.
    unsafe {
        let last = V::mask(tile.last);
        let mut sums = [[V::splat(V::Element::default()); VECTORS]; ROWS];
        let mut rows = [tile.a; ROWS];
        for (row, start) in rows.iter_mut().enumerate() {
            *start = tile.a.wrapping_offset(row as isize * tile.a_row);
            if tile.depth >= FETCH_C {
                for vector in 0..VECTORS {
                    V::prefetch(tile.c.wrapping_add(row * tile.c_row + vector * V::LANES));
                }
            }
        }
        let (mut b, mut a_at) = (tile.b, 0);
        for _ in 0..tile.depth {
            let mut columns = [V::load_part(b.add((VECTORS - 1) * V::LANES), last); VECTORS];
            for (vector, column) in columns.iter_mut().enumerate().take(VECTORS - 1) {
                *column = V::load(b.add(vector * V::LANES));
            }
            for (row, sums) in sums.iter_mut().enumerate() {
                let a = V::splat(*rows[row].wrapping_offset(a_at));
                for (sum, &column) in sums.iter_mut().zip(&columns) {
                    *sum = a.mul_add(column, *sum);
                }
            }
            b = b.wrapping_offset(tile.b_step);
            a_at += tile.a_step;
        }
        for (row, sums) in sums.iter().enumerate() {
            let c = tile.c.add(row * tile.c_row);
            for (vector, &sum) in sums.iter().enumerate().take(VECTORS - 1) {
                let c = c.add(vector * V::LANES);
                (if tile.add { V::load(c).add(sum) } else { sum }).store(c);
            }
            let c = c.add((VECTORS - 1) * V::LANES);
            let sum = sums[VECTORS - 1];
            (if tile.add {
                V::load_part(c, last).add(sum)
            } else {
                sum
            })
            .store_part(c, last);
        }
    }
}

/// Rows become columns. Lane `l` of vector `r` goes to lane `r` of vector `l`: the bits of `r` and
/// `l` change places one by one.
#[inline(always)]
unsafe fn transpose<V: Vector>(vectors: &mut [V; 16]) {
    // SAFETY: the caller has the instructions. Spans are below the lanes.
    unsafe {
        exchange_pairs::<V, 1>(vectors);
        exchange_pairs::<V, 2>(vectors);
        if V::LANES > 4 {
            exchange_pairs::<V, 4>(vectors);
        }
        if V::LANES > 8 {
            exchange_pairs::<V, 8>(vectors);
        }
    }
}

#[inline(always)]
unsafe fn exchange_pairs<V: Vector, const SPAN: usize>(vectors: &mut [V; 16]) {
    for pair in 0..16 {
        if pair < V::LANES && pair & SPAN == 0 {
            // SAFETY: the caller has the instructions.
            (vectors[pair], vectors[pair + SPAN]) =
                unsafe { V::exchange::<SPAN>(vectors[pair], vectors[pair + SPAN]) };
        }
    }
}

/// Bytes to fetch ahead in columns of B: each is a stream, and they are more than a processor sees.
const AHEAD: usize = 512;

/// `LANES` columns of B as rows: the vector at `t` holds element `t` of each. Where there are only
/// `count` columns, the last one stands for those that are missing. They have `terms` elements.
#[inline(always)]
unsafe fn columns_as_rows<V: Vector>(
    from: *const V::Element,
    column: isize,
    terms: usize,
    count: usize,
) -> [V; 16] {
    // SAFETY: only columns that exist are read, and only the terms they have.
    unsafe {
        let mut block = [V::splat(V::Element::default()); 16];
        let mask = V::mask(terms.min(V::LANES));
        for (lane, vector) in block.iter_mut().enumerate().take(V::LANES) {
            let from = from.offset(lane.min(count - 1) as isize * column);
            V::prefetch(from.wrapping_add(AHEAD / size_of::<V::Element>()));
            *vector = if terms >= V::LANES {
                V::load(from)
            } else {
                V::load_part(from, mask)
            };
        }
        transpose(&mut block);
        block
    }
}

#[inline(always)]
unsafe fn pack_transposed<V: Vector>(
    from: *const V::Element,
    column: isize,
    depth: usize,
    columns: usize,
    to: *mut V::Element,
    width: usize,
) {
    for first in (0..columns).step_by(V::LANES) {
        let count = V::LANES.min(columns - first);
        for term in (0..depth).step_by(V::LANES) {
            let terms = depth - term;
            // SAFETY: the caller's pointers are valid for these columns and terms, and `to` for
            // whole vectors.
            unsafe {
                let from = from.offset(first as isize * column).add(term);
                let to = to.add(term * width + first);
                if terms >= V::LANES && count == V::LANES {
                    let block = columns_as_rows::<V>(from, column, V::LANES, V::LANES);
                    for (t, vector) in block.iter().enumerate().take(V::LANES) {
                        vector.store(to.add(t * width));
                    }
                } else {
                    let block = columns_as_rows::<V>(from, column, terms, count);
                    for (t, vector) in block.iter().enumerate().take(V::LANES) {
                        if t < terms {
                            vector.store(to.add(t * width));
                        }
                    }
                }
            }
        }
    }
}

/// Vectors of columns side by side in [`row_by_columns`]: the sum of one waits for its last term,
/// which two hide.
const CHAINS: usize = 2;

#[inline(always)]
unsafe fn row_by_columns<V: Vector>(tile: &Tile<V::Element>, columns: usize) {
    let mut first = 0;
    // SAFETY: the caller's pointers are valid for `depth` terms and `columns` columns.
    unsafe {
        while columns - first >= CHAINS * V::LANES {
            add_columns::<V, CHAINS>(tile, first, V::LANES);
            first += CHAINS * V::LANES;
        }
        while first < columns {
            add_columns::<V, 1>(tile, first, V::LANES.min(columns - first));
            first += V::LANES;
        }
    }
}

/// `CHAINS` vectors of C, of which the last has `count` columns.
#[inline(always)]
unsafe fn add_columns<V: Vector, const CHAINS: usize>(
    tile: &Tile<V::Element>,
    first: usize,
    count: usize,
) {
    // SAFETY: the caller's pointers are valid for `depth` terms and these columns.
    unsafe {
        let mut sums = [V::splat(V::Element::default()); CHAINS];
        let (mut a, mut term) = (tile.a, 0);
        let b = tile.b.offset(first as isize * tile.b_step);
        while tile.depth - term >= V::LANES {
            for (chain, sum) in sums.iter_mut().enumerate() {
                let b = b
                    .offset((chain * V::LANES) as isize * tile.b_step)
                    .add(term);
                let block = columns_as_rows::<V>(b, tile.b_step, V::LANES, count);
                for (t, &vector) in block.iter().enumerate().take(V::LANES) {
                    let a = V::splat(*a.wrapping_offset(t as isize * tile.a_step));
                    *sum = a.mul_add(vector, *sum);
                }
            }
            a = a.wrapping_offset(V::LANES as isize * tile.a_step);
            term += V::LANES;
        }
        let terms = tile.depth - term;
        for (chain, sum) in sums.iter_mut().enumerate() {
            let first = first + chain * V::LANES;
            if terms > 0 {
                let b = b
                    .offset((chain * V::LANES) as isize * tile.b_step)
                    .add(term);
                let block = columns_as_rows::<V>(b, tile.b_step, terms, count);
                for (t, &vector) in block.iter().enumerate().take(V::LANES) {
                    if t < terms {
                        let a = V::splat(*a.wrapping_offset(t as isize * tile.a_step));
                        *sum = a.mul_add(vector, *sum);
                    }
                }
            }
            let (c, mask) = (tile.c.add(first), V::mask(count));
            let sum = if tile.add {
                V::load_part(c, mask).add(*sum)
            } else {
                *sum
            };
            sum.store_part(c, mask);
        }
    }
}

#[inline(always)]
unsafe fn small<V: Vector>(product: &Product<V::Element>) {
    let mut p = *product;
    let mut room = [V::Element::default(); FEW_TERMS];
    // SAFETY: the caller's pointers are valid for these rows, columns and terms; of B there are no
    // more elements than terms.
    unsafe {
        if p.b.column != 1 && p.columns > 1 {
            for term in 0..p.depth {
                for column in 0..p.columns {
                    let place = term * p.columns + column;
                    room[place] = *p.b.below(term).right_of(column).at;
                }
            }
            p.b = Operand {
                at: room.as_ptr(),
                row: p.columns as isize,
                column: 1,
            };
        }
        for column in (0..p.columns).step_by(V::LANES) {
            let mask = V::mask(V::LANES.min(p.columns - column));
            let b = p.b.right_of(column);
            for row in 0..p.rows {
                let (mut a, mut b) = (p.a.below(row).at, b.at);
                let mut sum = V::splat(V::Element::default());
                for _ in 0..p.depth {
                    sum = V::splat(*a).mul_add(V::load_part(b, mask), sum);
                    a = a.wrapping_offset(p.a.column);
                    b = b.wrapping_offset(p.b.row);
                }
                let c = p.c.add(row * p.c_row + column);
                let sum = match p.add {
                    true => V::load_part(c, mask).add(sum),
                    false => sum,
                };
                sum.store_part(c, mask);
            }
        }
    }
}

/// Columns whose sums stay in the first cache while rows of B stream past in [`row_by_rows`].
const STRIP: usize = 1024;
/// As many where there are few: clearing all of them would take longer than summing these.
const SHORT_STRIP: usize = 64;

#[inline(always)]
unsafe fn row_by_rows<V: Vector, const STRIP: usize>(tile: &Tile<V::Element>, columns: usize) {
    for first in (0..columns).step_by(STRIP) {
        let columns = STRIP.min(columns - first);
        let mut sums = [V::Element::default(); STRIP];
        // SAFETY: the caller's pointers are valid for `depth` rows of `columns` columns.
        unsafe {
            let b = tile.b.add(first);
            let mut term = 0;
            while term < tile.depth {
                let a = tile.a.wrapping_offset(term as isize * tile.a_step);
                let b = b.wrapping_offset(term as isize * tile.b_step);
                if tile.depth - term >= 8 {
                    add_rows::<V, 8>(tile, a, b, &mut sums, columns);
                    term += 8;
                } else {
                    add_rows::<V, 1>(tile, a, b, &mut sums, columns);
                    term += 1;
                }
            }
            let c = std::slice::from_raw_parts_mut(tile.c.add(first), columns);
            for (at, sums) in sums[..columns].chunks(V::LANES).enumerate() {
                let mask = V::mask(sums.len());
                let c = c.as_mut_ptr().add(at * V::LANES);
                let sum = V::load_part(sums.as_ptr(), mask);
                let sum = if tile.add {
                    V::load_part(c, mask).add(sum)
                } else {
                    sum
                };
                sum.store_part(c, mask);
            }
        }
    }
}

/// `ROWS` numbers of A times as many rows of B: a sum is loaded and stored once for all of them.
#[inline(always)]
unsafe fn add_rows<V: Vector, const ROWS: usize>(
    tile: &Tile<V::Element>,
    a: *const V::Element,
    b: *const V::Element,
    sums: &mut [V::Element],
    columns: usize,
) {
    // SAFETY: the caller's pointers are valid for `ROWS` rows of `columns` columns.
    unsafe {
        let mut factors = [V::splat(V::Element::default()); ROWS];
        let mut rows = [b; ROWS];
        for row in 0..ROWS {
            factors[row] = V::splat(*a.wrapping_offset(row as isize * tile.a_step));
            rows[row] = b.wrapping_offset(row as isize * tile.b_step);
        }
        let sums = sums.as_mut_ptr();
        let full = columns - columns % V::LANES;
        for column in (0..full).step_by(V::LANES) {
            let mut sum = V::load(sums.add(column));
            for row in 0..ROWS {
                sum = factors[row].mul_add(V::load(rows[row].add(column)), sum);
            }
            sum.store(sums.add(column));
        }
        if full < columns {
            let mask = V::mask(columns - full);
            let mut sum = V::load_part(sums.add(full), mask);
            for row in 0..ROWS {
                sum = factors[row].mul_add(V::load_part(rows[row].add(full), mask), sum);
            }
            sum.store_part(sums.add(full), mask);
        }
    }
}

/// Vectors of at least 4 lanes that hold the sums of a dot product: see [`sums_of_a_dot`].
const DOT_VECTORS: usize = 8;

/// How many sums a dot product is spread over, whatever the vectors: 128 bytes of them, two
/// vectors of the widest. It decides the bits.
pub(super) const fn sums_of_a_dot<T>() -> usize {
    128 / size_of::<T>()
}

/// `ROWS` elements of C: term `p` goes to sum `p % sums_of_a_dot()`; then the upper half of the sums
/// is added to the lower, until one is left.
#[inline(always)]
unsafe fn dots<V: Vector, const ROWS: usize>(tile: &Tile<V::Element>, first: usize) {
    let width = const { sums_of_a_dot::<V::Element>() };
    // SAFETY: the caller's pointers are valid for these rows; `part` holds as many sums as there
    // are lanes in `width / LANES` vectors.
    unsafe {
        let a = tile.a.offset(first as isize * tile.a_row);
        let mut sums = [[V::splat(V::Element::default()); DOT_VECTORS]; ROWS];
        let mut term = 0;
        while tile.depth - term >= width {
            for vector in 0..width / V::LANES {
                let at = term + vector * V::LANES;
                let b = V::load(tile.b.add(at));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let a = V::load(a.offset(row as isize * tile.a_row).add(at));
                    sums[vector] = a.mul_add(b, sums[vector]);
                }
            }
            term += width;
        }
        for vector in 0..width / V::LANES {
            let at = term + vector * V::LANES;
            if at < tile.depth {
                let mask = V::mask(V::LANES.min(tile.depth - at));
                let b = V::load_part(tile.b.add(at), mask);
                for (row, sums) in sums.iter_mut().enumerate() {
                    let a = V::load_part(a.offset(row as isize * tile.a_row).add(at), mask);
                    sums[vector] = a.mul_add(b, sums[vector]);
                }
            }
        }
        for (row, sums) in sums.iter().enumerate() {
            let mut parts = [V::Element::default(); 32];
            for (vector, sum) in sums.iter().enumerate().take(width / V::LANES) {
                sum.store(parts.as_mut_ptr().add(vector * V::LANES));
            }
            let mut half = width / 2;
            while half > 0 {
                for part in 0..half {
                    parts[part] = parts[part] + parts[part + half];
                }
                half /= 2;
            }
            let c = tile.c.add(first + row);
            *c = if tile.add { *c + parts[0] } else { parts[0] };
        }
    }
}

/// The loops above, with the instructions of `$vector` switched on. `$turning` are the vectors that
/// turn columns into rows: 16 x 16 numbers do not fit in registers while they are shuffled, 8 x 8 do
/// (a row by columns: 10 and 15 GFLOP/s).
macro_rules! kernels {
    ($vector:ty, $turning:ty, $rows:literal $(, $features:literal)?) => {
        impl Kernels for $vector {
            const ROWS: usize = $rows;

            $(#[target_feature(enable = $features)])?
            unsafe fn tile<const ROWS: usize, const VECTORS: usize>(t: &Tile<Self::Element>) {
                // SAFETY: as the caller promised.
                unsafe { tile::<$vector, ROWS, VECTORS>(t) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn pack_transposed(
                from: *const Self::Element,
                column: isize,
                depth: usize,
                columns: usize,
                to: *mut Self::Element,
                width: usize,
            ) {
                // SAFETY: as the caller promised.
                unsafe { pack_transposed::<$turning>(from, column, depth, columns, to, width) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn row_by_columns(tile: &Tile<Self::Element>, columns: usize) {
                // SAFETY: as the caller promised.
                unsafe { row_by_columns::<$turning>(tile, columns) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn small(product: &Product<Self::Element>) {
                // SAFETY: as the caller promised.
                unsafe { small::<$vector>(product) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn dots(tile: &Tile<Self::Element>, rows: usize) {
                // SAFETY: as the caller promised.
                unsafe {
                    let mut row = 0;
                    while rows - row >= 4 {
                        dots::<$vector, 4>(tile, row);
                        row += 4;
                    }
                    while row < rows {
                        dots::<$vector, 1>(tile, row);
                        row += 1;
                    }
                }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn row_by_rows(tile: &Tile<Self::Element>, columns: usize) {
                // SAFETY: as the caller promised.
                unsafe {
                    match columns {
                        ..=SHORT_STRIP => row_by_rows::<$vector, SHORT_STRIP>(tile, columns),
                        _ => row_by_rows::<$vector, STRIP>(tile, columns),
                    }
                }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::*;
    use std::arch::x86_64::*;
    kernels!(__m512, __m256, 8, "avx512f,avx2,fma");
    kernels!(__m512d, __m256d, 8, "avx512f,avx2,fma");
    kernels!(__m256, __m256, 4, "avx2,fma");
    kernels!(__m256d, __m256d, 4, "avx2,fma");
}
kernels!(Plain<f32>, Plain<f32>, 4);
kernels!(Plain<f64>, Plain<f64>, 4);
