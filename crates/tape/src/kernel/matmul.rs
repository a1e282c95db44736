//! The product of two matrices.
//!
//! An element of C is defined by this loop, whatever the sizes, strides, threads and vector width:
//!
//! ```text
//! for each 256 terms:  sum = 0;  for p in them: sum = a[i,p] * b[p,j] + sum;  c[i,j] += sum
//! ```
//!
//! with one rounding in `x * y + z` where the processor has such an instruction. So a row of a batch
//! has the bits that it has alone, and tests compare with the loop itself. Blocks of 256 also keep
//! rounding errors of long sums small. One exception, since it is four times faster: if C is a
//! column and the rows of A lie in memory one number after the other, each element is a dot product
//! over sums side by side, as many on every processor ([`tile::sums_of_a_dot`]).
//!
//! How it becomes fast: C is cut into tiles that fit in registers ([`tile`]). The columns of B
//! that a tile reads are copied next to each other first, unless they are read too rarely to pay
//! for it; if B is transposed, they are turned on the way. A stays where it is or is copied row by
//! row: a tile reads single numbers of it, so any strides do.

mod tile;
pub(super) mod vector;

use super::View;
use crate::element::{Element, ElementType};
use crate::threads;
use std::cell::Cell;
use tile::{Kernels, TILE_VECTORS, Tile};

/// `x * y + z`, with one rounding if that is an instruction of the target (elsewhere it would be
/// a call of a library, fifty times slower).
macro_rules! mul_add {
    ($x:expr, $y:expr, $z:expr) => {
        if cfg!(any(target_feature = "fma", target_arch = "aarch64")) {
            $x.mul_add($y, $z)
        } else {
            $x * $y + $z
        }
    };
}
use mul_add;

/// A matrix to read: element `(i, j)` is `data[start + i * row_stride + j * column_stride]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matrix<'a, T> {
    pub(crate) data: &'a [T],
    pub(crate) start: usize,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) row_stride: isize,
    pub(crate) column_stride: isize,
}

impl<'a, T: Element> Matrix<'a, T> {
    /// The matrix of the last two axes.
    #[inline]
    pub(super) fn of(view: View<'a, T>) -> Matrix<'a, T> {
        let batch = view.lengths.len() - 2;
        Matrix {
            data: view.data,
            start: view.start,
            rows: view.lengths[batch],
            columns: view.lengths[batch + 1],
            row_stride: view.strides[batch],
            column_stride: view.strides[batch + 1],
        }
    }

    /// Panics unless every element of `count` such matrices, `step` apart, is in `data`.
    #[inline(always)]
    fn check(&self, step: isize, count: usize) {
        let axes = [
            (self.rows, self.row_stride),
            (self.columns, self.column_stride),
            (count, step),
        ];
        if axes.iter().any(|&(length, _)| length == 0) {
            return;
        }
        // Forward and of sizes that cannot overflow, as nearly all are: a product of a few elements
        // would take as long to check as to compute.
        let sizes = axes.iter().fold(self.start, |all, &(length, stride)| {
            all | length | stride as usize
        });
        if sizes >> 30 == 0 {
            let far = |&(length, stride): &(usize, isize)| (length - 1) * stride as usize;
            let last = self.start + axes.iter().map(far).sum::<usize>();
            if last < self.data.len() {
                return;
            }
        }
        let reach = || {
            let start = isize::try_from(self.start).ok()?;
            let (mut first, mut last) = (start, start);
            for (length, stride) in axes {
                let far = isize::try_from(length - 1).ok()?.checked_mul(stride)?;
                first = first.checked_add(far.min(0))?;
                last = last.checked_add(far.max(0))?;
            }
            (first >= 0 && last < self.data.len() as isize).then_some(())
        };
        if reach().is_none() {
            self.reaches_out(step, count);
        }
    }

    #[cold]
    fn reaches_out(&self, step: isize, count: usize) -> ! {
        panic!(
            "a matrix of {} x {} from element {}, strides {} and {}, {count} times {step} apart, reaches \
             out of {} elements",
            self.rows,
            self.columns,
            self.start,
            self.row_stride,
            self.column_stride,
            self.data.len()
        );
    }

    fn operand(&self) -> Operand<T> {
        Operand {
            at: self.data.as_ptr().wrapping_add(self.start),
            row: self.row_stride,
            column: self.column_stride,
        }
    }
}

/// C = A B, or C += A B; C is row-major without gaps.
#[inline]
pub(crate) fn matmul<T: Element>(
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
    accumulate: bool,
    out: &mut [T],
) {
    if let Some(product) = checked((a, 0), (b, 0), 1, accumulate, out) {
        // SAFETY: it is checked.
        unsafe { product.run_in_parts(threads_for(product.terms())) }
    }
}

/// `count` products: the matrices of each are `a_step` and `b_step` elements after those of the
/// one before (0: the same), and the results follow each other.
pub(crate) fn matmul_batched<T: Element>(
    a: Matrix<'_, T>,
    a_step: isize,
    b: Matrix<'_, T>,
    b_step: isize,
    count: usize,
    accumulate: bool,
    out: &mut [T],
) {
    let Some(product) = checked((a, a_step), (b, b_step), count, accumulate, out) else {
        return;
    };
    let (rows, columns) = (product.rows, product.columns);

    // A batch of rows with one B is one matrix with more rows.
    if count > 1 && b_step == 0 && (rows == 1 || a_step == rows as isize * a.row_stride) {
        let row = if rows == 1 { a_step } else { a.row_stride };
        let a = Operand { row, ..product.a };
        let all = Product {
            a,
            rows: rows * count,
            ..product
        };
        // SAFETY: checked above: the same elements, the same C.
        return unsafe { all.run_in_parts(threads_for(all.terms())) };
    }

    let threads = threads_for(product.terms().saturating_mul(count));
    if threads == 1 && count == 1 {
        // SAFETY: checked above.
        return unsafe { product.run() };
    }
    let parts = threads.min(count);
    threads::for_each_part(parts, |part| {
        let product = &product;
        for index in count * part / parts..count * (part + 1) / parts {
            let product = Product {
                a: product.a.after(index as isize * a_step),
                b: product.b.after(index as isize * b_step),
                c: product.c.wrapping_add(index * rows * columns),
                ..*product
            };
            // SAFETY: checked above; C's of a batch do not overlap.
            unsafe { product.run_in_parts(threads / parts) };
        }
    });
}

/// The first of `count` products, once it is known that all elements are there; none if `out` is done.
#[inline(always)]
fn checked<T: Element>(
    (a, a_step): (Matrix<'_, T>, isize),
    (b, b_step): (Matrix<'_, T>, isize),
    count: usize,
    accumulate: bool,
    out: &mut [T],
) -> Option<Product<T>> {
    let (rows, depth, columns) = (a.rows, a.columns, b.columns);
    assert_eq!(depth, b.rows, "columns of A and rows of B");
    assert_eq!(
        Some(out.len()),
        rows.checked_mul(columns)
            .and_then(|size| size.checked_mul(count)),
        "the size of C"
    );
    if out.is_empty() {
        return None;
    }
    if depth == 0 {
        if !accumulate {
            out.fill(T::default());
        }
        return None;
    }
    a.check(a_step, count);
    b.check(b_step, count);
    Some(Product {
        a: a.operand(),
        b: b.operand(),
        c: out.as_mut_ptr(),
        c_row: columns,
        rows,
        depth,
        columns,
        add: accumulate,
    })
}

/// Terms (`m * n * k`) worth a thread: below, starting one takes longer than it saves.
const TERMS_PER_THREAD: usize = 1 << 20;

pub(super) fn threads_for(terms: usize) -> usize {
    match terms / TERMS_PER_THREAD {
        0 | 1 => 1,
        most => threads::threads().min(most),
    }
}

/// A matrix without its bounds.
#[derive(Clone, Copy)]
#[repr(C)]
struct Operand<T> {
    at: *const T,
    row: isize,
    column: isize,
}

impl<T: Copy> Operand<T> {
    fn after(self, elements: isize) -> Operand<T> {
        let at = self.at.wrapping_offset(elements);
        Operand { at, ..self }
    }

    fn below(self, row: usize) -> Operand<T> {
        self.after(row as isize * self.row)
    }

    fn right_of(self, column: usize) -> Operand<T> {
        self.after(column as isize * self.column)
    }

    fn transposed(self) -> Operand<T> {
        Operand {
            at: self.at,
            row: self.column,
            column: self.row,
        }
    }
}

/// One product, none of whose lengths is 0. `c_row` is from row to row of C.
#[derive(Clone, Copy)]
#[repr(C)] // So that one of an element type may be seen as one of the type that this is.
struct Product<T> {
    a: Operand<T>,
    b: Operand<T>,
    c: *mut T,
    c_row: usize,
    rows: usize,
    depth: usize,
    columns: usize,
    add: bool,
}

// SAFETY: threads read A and B and write parts of C that do not overlap: see `run_in_parts`.
unsafe impl<T: Element> Send for Product<T> {}
// SAFETY: the same.
unsafe impl<T: Element> Sync for Product<T> {}

impl<T: Element> Product<T> {
    fn terms(&self) -> usize {
        self.rows
            .saturating_mul(self.depth)
            .saturating_mul(self.columns)
    }

    /// # Safety
    /// Every element must be in bounds, and C ours alone.
    #[inline]
    unsafe fn run_in_parts(self, parts: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            match parts {
                0 | 1 => self.run(),
                _ => self.run_on_threads(parts),
            }
        }
    }

    /// # Safety
    /// As above.
    unsafe fn run_on_threads(self, parts: usize) {
        // In whole tiles: 8 rows, or 96 columns.
        let by_rows = self.rows * 12 >= self.columns;
        let (length, unit) = if by_rows {
            (self.rows, 8)
        } else {
            (self.columns, 96)
        };
        let size = length.div_ceil(parts).next_multiple_of(unit);
        threads::for_each_part(length.div_ceil(size), |part| {
            let product = self;
            let first = part * size;
            let size = size.min(length - first);
            let product = if by_rows {
                Product {
                    a: product.a.below(first),
                    c: product.c.wrapping_add(first * product.c_row),
                    rows: size,
                    ..product
                }
            } else {
                Product {
                    b: product.b.right_of(first),
                    c: product.c.wrapping_add(first),
                    columns: size,
                    ..product
                }
            };
            // SAFETY: the caller's promise; parts have rows or columns of C of their own.
            unsafe { product.run() }
        });
    }

    /// # Safety
    /// As above.
    #[inline]
    unsafe fn run(self) {
        // SAFETY: the caller's promise; an element type is the type that it says.
        unsafe {
            match T::TYPE {
                ElementType::F32 => run_f32(&*(&raw const self).cast()),
                ElementType::F64 => run_f64(&*(&raw const self).cast()),
            }
        }
    }
}

macro_rules! run {
    ($run:ident, $element:ty, $avx512:ident, $avx2:ident) => {
        /// With the widest vectors that the processor has.
        unsafe fn $run(product: &Product<$element>) {
            // SAFETY: the caller's promise, and the features are there.
            unsafe {
                #[cfg(target_arch = "x86_64")]
                {
                    use std::arch::x86_64::*;
                    if is_x86_feature_detected!("avx512f") {
                        return product.run_with::<$avx512>();
                    }
                    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                        return product.run_with::<$avx2>();
                    }
                }
                product.run_with::<vector::Plain<$element>>()
            }
        }
    };
}
run!(run_f32, f32, __m512, __m256);
run!(run_f64, f64, __m512d, __m256d);

/// Terms that are summed before they are added to C. Part of the definition of the result.
const DEPTH: usize = 256;
/// Up to so many terms in all, which is no more than the terms of one sum, a product is made row by
/// row.
const FEW_TERMS: usize = 128;
/// Rows of A that are copied at once: with `DEPTH` terms they take 192 KiB of the second cache in
/// `f32`. From 96 to 1024 the speed at 1024 changes by 3 %.
const ROWS: usize = 192;
/// Vectors of columns of B that are copied at once. Half as many cost 4 %, twice as many gain nothing.
const VECTORS: usize = 96;

impl<T: Element> Product<T> {
    /// # Safety
    /// The processor must have the instructions; for the rest as above.
    unsafe fn run_with<K: Kernels<Element = T>>(&self) {
        // A part of a wider C is no column: it must have the bits that it has in the whole.
        // SAFETY: the caller's promise.
        unsafe {
            match (self.columns, self.c_row) {
                (1, 1) if self.a.column == 1 => self.dots::<K>(),
                (1, 1) => self.turned().run_blocks::<K>(),
                (1, _) => {
                    let b = Operand {
                        column: 1,
                        ..self.b
                    };
                    Product { b, ..*self }.run_blocks::<K>();
                }
                _ => self.run_blocks::<K>(),
            }
        }
    }

    /// The product of a column as that of a row.
    fn turned(&self) -> Product<T> {
        Product {
            a: self.b.transposed(),
            b: self.a.transposed(),
            rows: 1,
            columns: self.rows,
            ..*self
        }
    }

    /// # Safety
    /// As above.
    unsafe fn run_blocks<K: Kernels<Element = T>>(&self) {
        if self.terms() <= FEW_TERMS {
            // SAFETY: the caller's promise.
            return unsafe { K::small(self) };
        }
        let single_row = self.rows == 1 && (self.b.row == 1 || self.b.column == 1);
        for term in (0..self.depth).step_by(DEPTH) {
            let block = Product {
                a: self.a.right_of(term),
                b: self.b.below(term),
                depth: DEPTH.min(self.depth - term),
                add: self.add || term > 0,
                ..*self
            };
            // SAFETY: the caller's promise, for some of the terms.
            unsafe {
                if single_row {
                    block.single_row::<K>();
                } else {
                    block.tiles::<K>();
                }
            }
        }
    }

    /// # Safety
    /// As above; C is one column, and neighbours in a row of A are neighbours in memory.
    unsafe fn dots<K: Kernels<Element = T>>(&self) {
        let mut scratch = None;
        let mut b = self.b.at;
        // SAFETY: the caller's promise, and there is room for a column of B.
        unsafe {
            if self.b.row != 1 && self.depth > 1 {
                let copy: *mut T = room(&mut scratch.insert(SCRATCH.take()).b, self.depth);
                for term in 0..self.depth {
                    *copy.add(term) = *self.b.below(term).at;
                }
                b = copy;
            }
            let tile = Tile {
                a: self.a.at,
                a_row: self.a.row,
                a_step: 1,
                b,
                b_step: 1,
                depth: self.depth,
                c: self.c,
                c_row: 1,
                last: 0,
                add: self.add,
            };
            K::dots(&tile, self.rows);
        }
        if let Some(scratch) = scratch {
            SCRATCH.set(scratch);
        }
    }

    /// One row, by rows or columns of B whose elements are side by side.
    ///
    /// # Safety
    /// As above; `rows` is 1, and a stride of B is 1.
    unsafe fn single_row<K: Kernels<Element = T>>(&self) {
        let tile = Tile {
            a: self.a.at,
            a_row: 0,
            a_step: self.a.column,
            b: self.b.at,
            b_step: if self.b.column == 1 {
                self.b.row
            } else {
                self.b.column
            },
            depth: self.depth,
            c: self.c,
            c_row: 0,
            last: 0,
            add: self.add,
        };
        // SAFETY: the caller's promise.
        unsafe {
            if self.b.column == 1 {
                K::row_by_rows(&tile, self.columns);
            } else {
                K::row_by_columns(&tile, self.columns);
            }
        }
    }

    /// # Safety
    /// As above; `depth` is at most `DEPTH`.
    unsafe fn tiles<K: Kernels<Element = T>>(&self) {
        let width = TILE_VECTORS * K::LANES;
        let copy_b = self.b.column != 1
            || (self.rows > 4 * K::ROWS && self.depth * self.columns * size_of::<T>() > COPY_B);
        let copy_a = self.columns > 2 * width && self.rows * self.depth * size_of::<T>() > COPY_A;
        if !(copy_a || copy_b) {
            // SAFETY: the caller's promise.
            return unsafe { self.tiles_of::<K>(self.a, self.b, false) };
        }
        let mut scratch = SCRATCH.take();
        for column in (0..self.columns).step_by(VECTORS * K::LANES) {
            let columns = (VECTORS * K::LANES).min(self.columns - column);
            let b = self.b.right_of(column);
            // SAFETY: the caller's promise, for some of the rows and columns.
            unsafe {
                let b = if copy_b {
                    copy_columns::<K>(b, self.depth, columns, &mut scratch.b)
                } else {
                    b
                };
                for row in (0..self.rows).step_by(ROWS) {
                    let rows = ROWS.min(self.rows - row);
                    let a = self.a.below(row);
                    let c = self.c.add(row * self.c_row + column);
                    let block = Product {
                        c,
                        rows,
                        columns,
                        ..*self
                    };
                    let a = if copy_a {
                        copy_rows::<K>(a, rows, self.depth, &mut scratch.a)
                    } else {
                        a
                    };
                    block.tiles_of::<K>(a, b, copy_b);
                }
            }
        }
        SCRATCH.set(scratch);
    }

    /// # Safety
    /// As above, `a` and `b` in the place of A and B; `in_panels` says that `b` is a copy.
    #[inline(always)]
    unsafe fn tiles_of<K: Kernels<Element = T>>(
        &self,
        a: Operand<T>,
        b: Operand<T>,
        in_panels: bool,
    ) {
        for (column, vectors) in panels(self.columns, K::LANES) {
            let columns = (vectors * K::LANES).min(self.columns - column);
            let (b_start, b_step) = if in_panels {
                (column * self.depth, (vectors * K::LANES) as isize)
            } else {
                (column, b.row)
            };
            let mut row = 0;
            while row < self.rows {
                let rows = match self.rows - row {
                    8.. if K::ROWS >= 8 => 8,
                    4.. => 4,
                    2.. => 2,
                    _ => 1,
                };
                let tile = Tile {
                    a: a.below(row).at,
                    a_row: a.row,
                    a_step: a.column,
                    b: b.at.wrapping_add(b_start),
                    b_step,
                    depth: self.depth,
                    c: self.c.wrapping_add(row * self.c_row + column),
                    c_row: self.c_row,
                    last: columns - (vectors - 1) * K::LANES,
                    add: self.add,
                };
                // SAFETY: the caller's promise: this tile is a part of C.
                unsafe {
                    match (rows, vectors) {
                        (8, 3) => K::tile::<8, 3>(&tile),
                        (8, 2) => K::tile::<8, 2>(&tile),
                        (8, _) => K::tile::<8, 1>(&tile),
                        (4, 3) => K::tile::<4, 3>(&tile),
                        (4, 2) => K::tile::<4, 2>(&tile),
                        (4, _) => K::tile::<4, 1>(&tile),
                        (2, 3) => K::tile::<2, 3>(&tile),
                        (2, 2) => K::tile::<2, 2>(&tile),
                        (2, _) => K::tile::<2, 1>(&tile),
                        (_, 3) => K::tile::<1, 3>(&tile),
                        (_, 2) => K::tile::<1, 2>(&tile),
                        (_, _) => K::tile::<1, 1>(&tile),
                    }
                }
                row += rows;
            }
        }
    }
}

/// Columns are cut into panels, as wide as tiles: the first column of each and its vectors.
#[inline(always)]
pub(super) fn panels(columns: usize, lanes: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut vector = 0;
    std::iter::from_fn(move || {
        let first = vector;
        let size = match columns.div_ceil(lanes) - first {
            0 => return None,
            // Two of two keep the processor busier than one of three and one of one.
            4 => 2,
            left => left.min(TILE_VECTORS),
        };
        vector += size;
        Some((first * lanes, size))
    })
}

/// Bytes of A and B from which copies pay: what is smaller stays in the first caches as it lies.
const COPY_A: usize = 64 << 10;
const COPY_B: usize = 32 << 10;

/// Copies columns of B into panels as wide as the tiles that will read them: the columns of a
/// panel side by side, its rows one after the other.
///
/// # Safety
/// Every element must be in bounds.
unsafe fn copy_columns<K: Kernels>(
    b: Operand<K::Element>,
    depth: usize,
    columns: usize,
    scratch: &mut Vec<Line>,
) -> Operand<K::Element> {
    let to = room::<K::Element>(scratch, depth * columns.next_multiple_of(K::LANES));
    // SAFETY: the caller's promise; panels are as large as the room that was made.
    unsafe {
        if b.row == 1 {
            for (column, vectors) in panels(columns, K::LANES) {
                let (from, to) = (b.right_of(column).at, to.add(column * depth));
                let width = vectors * K::LANES;
                let filled = width.min(columns - column);
                K::pack_transposed(from, b.column, depth, filled, to, width);
            }
        } else {
            // Row by row, as memory is read best: panel by panel, every 192 bytes are in another
            // page.
            for term in 0..depth {
                let b = b.below(term);
                for (column, vectors) in panels(columns, K::LANES) {
                    let width = vectors * K::LANES;
                    let (from, to) = (b.right_of(column), to.add(column * depth + term * width));
                    let filled = width.min(columns - column);
                    if b.column == 1 {
                        to.copy_from_nonoverlapping(from.at, filled);
                    } else {
                        for column in 0..filled {
                            *to.add(column) = *from.right_of(column).at;
                        }
                    }
                }
            }
        }
    }
    Operand {
        at: to,
        row: 0,
        column: 1,
    }
}

/// Copies rows of A next to each other.
///
/// # Safety
/// Every element must be in bounds.
unsafe fn copy_rows<K: Kernels>(
    a: Operand<K::Element>,
    rows: usize,
    depth: usize,
    scratch: &mut Vec<Line>,
) -> Operand<K::Element> {
    // What turns columns into rows writes whole vectors.
    // Rows a line apart beyond that: at a power of two, the rows of a tile would share a few sets
    // of the first cache.
    let width = depth.next_multiple_of(K::LANES) + K::LANES;
    let to = room::<K::Element>(scratch, rows * width);
    // SAFETY: the caller's promise, and there is room.
    unsafe {
        if a.column == 1 {
            for row in 0..rows {
                to.add(row * width)
                    .copy_from_nonoverlapping(a.below(row).at, depth);
            }
        } else if a.row == 1 {
            K::pack_transposed(a.at, a.column, rows, depth, to, width);
        } else {
            for row in 0..rows {
                for term in 0..depth {
                    *to.add(row * width + term) = *a.below(row).right_of(term).at;
                }
            }
        }
    }
    Operand {
        at: to,
        row: width as isize,
        column: 1,
    }
}

/// A cache line, so that copies start at one.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line {
    _bytes: [u8; 64],
}

/// Memory for copies, kept from product to product.
#[derive(Default)]
struct Scratch {
    a: Vec<Line>,
    b: Vec<Line>,
}

thread_local! {
    static SCRATCH: Cell<Scratch> = Cell::default();
}

/// Memory for `count` elements.
fn room<T>(scratch: &mut Vec<Line>, count: usize) -> *mut T {
    let lines = (count * size_of::<T>()).div_ceil(size_of::<Line>());
    if scratch.len() < lines {
        scratch.resize(lines, Line { _bytes: [0; 64] });
    }
    scratch.as_mut_ptr().cast()
}

#[cfg(test)]
mod tests;
