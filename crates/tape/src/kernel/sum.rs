//! Sums over axes: four elements at a time, then pairwise and in `f64`.
//!
//! The order of additions depends on the reduced axes alone, so that any part of a result has
//! the bits of the whole. Where four numbers of `f32` overflow, the sum is taken again in `f64`.

use super::View;
use super::buffer::with_buffer;
use super::lanes::{Loop, Vectors};
use super::slices::{FOUR, RUN, half, sum_of, sums_of_rows};
use super::walk::Reader;
use crate::element::{Element, ElementType};
use smallvec::SmallVec;

/// Rows that are added one after the other before sums of rows are paired.
const ROWS: usize = 32;
/// Columns that are summed at a time: their sums stay in the first-level cache. Fewer, and rows
/// are read in pieces too short for the processor to see them coming (256: 93 us where 1024 take 63).
const COLUMNS: usize = 1024;
/// As many where columns do not lie side by side and are brought together.
const GATHERED: usize = 64;

/// Columns that are too few for vectors.
const FEW: usize = 16;

/// The sum of all elements; of none 0.
pub(crate) fn sum_all<T: Element>(x: View<'_, T>) -> f64 {
    sum_view(x)
}

/// `out` = the sums over `axes` (ascending), row-major over the other axes.
pub(crate) fn sum_axes<T: Element>(x: View<'_, T>, axes: &[usize], out: &mut [T]) {
    if let (&[rows, columns], &[row_step, column_step], [0]) = (x.lengths, x.strides, axes)
        && (1..=ROWS).contains(&rows)
        && columns <= FEW
        && out.len() == columns
        && row_step >= 0
        && column_step >= 0
    {
        let steps = [row_step as usize, column_step as usize];
        return sum_few_columns(&x.data[x.start..], rows, steps, out);
    }
    let kept = Axes::of(x, |axis| !axes.contains(&axis));
    let reduced = Axes::of(x, |axis| axes.contains(&axis));
    assert_eq!(
        kept.count(),
        out.len(),
        "a sum for each place on the kept axes"
    );
    if reduced.count() == 0 {
        out.fill(T::default());
    } else if out.is_empty() {
    } else if kept.is_finer_than(&reduced) {
        sum_columns(x, kept, &reduced, out);
    } else if reduced.count() <= RUN && reduced.view(x.data, 0).as_slice().is_some() {
        let starts = Positions::new(&kept, x.start);
        let mut out = out.iter_mut();
        sums_of_rows(x.data, starts, reduced.count(), |start, sum| {
            if let Some(out) = out.next() {
                *out = T::from_f64(finite_or_again(sum, || reduced.view(x.data, start)));
            }
        });
    } else {
        for (out, start) in out.iter_mut().zip(Positions::new(&kept, x.start)) {
            // Sum by sum: the terms of each lie closer together than the sums do.
            *out = T::from_f64(sum_view(reduced.view(x.data, start)));
        }
    }
}

fn sum_view<T: Element>(x: View<'_, T>) -> f64 {
    let sum = match x.as_slice() {
        Some(slice) => sum_of(slice, |x| x),
        None => {
            let count = x.count();
            with_buffer(count.min(RUN), |buffer| {
                sum_read(&mut Reader::new(x), count, buffer)
            })
        }
    };
    finite_or_again(sum, || x)
}

/// The sum, or where it may have overflowed on the way the sum in `f64`.
#[inline(always)]
fn finite_or_again<'a, T: Element>(sum: f64, x: impl FnOnce() -> View<'a, T>) -> f64 {
    if sum.is_finite() || T::TYPE == ElementType::F64 {
        return sum;
    }
    sum_again(x())
}

#[cold]
#[inline(never)]
fn sum_again<T: Element>(x: View<'_, T>) -> f64 {
    let mut reader = Reader::new(x);
    (0..x.count()).map(|_| reader.next_element().to_f64()).sum()
}

/// The sum of the next `count` elements, in the order of [`sum_of`].
fn sum_read<T: Element>(reader: &mut Reader<'_, T>, count: usize, buffer: &mut [T]) -> f64 {
    if count <= RUN {
        return sum_of(reader.next(count, buffer), |x| x);
    }
    let first = half(count);
    sum_read(reader, first, buffer) + sum_read(reader, count - first, buffer)
}

/// Many sums at once: the last kept axis runs along the columns of a matrix whose rows are added.
fn sum_columns<T: Element>(x: View<'_, T>, mut kept: Axes, reduced: &Axes, out: &mut [T]) {
    let (Some(width), Some(stride)) = (kept.lengths.pop(), kept.strides.pop()) else {
        unreachable!("columns lie on a kept axis");
    };
    let count = reduced.count();
    let columns = if stride == 1 { COLUMNS } else { GATHERED }.min(width);
    // Sums of rows wait to be paired, one more for each halving.
    let waiting = count.div_ceil(ROWS).next_power_of_two().ilog2() as usize;
    with_buffer(columns * (1 + waiting), |sums| {
        for (out, start) in out.chunks_mut(width).zip(Positions::new(&kept, x.start)) {
            for (number, out) in out.chunks_mut(columns).enumerate() {
                let start = start + (number * columns) as isize * stride;
                let mut rows = Rows {
                    data: x.data,
                    positions: Positions::new(reduced, start as usize),
                    stride,
                    vectors: Vectors::widest(),
                };
                let (sums, waiting) = sums.split_at_mut(out.len());
                sums.fill(0.0);
                rows.add_next(count, sums, waiting);
                for (column, (out, &sum)) in out.iter_mut().zip(&*sums).enumerate() {
                    let start = start + column as isize * stride;
                    *out = T::from_f64(finite_or_again(sum, || reduced.view(x.data, start)));
                }
            }
        }
    });
}

/// Few short columns, one after the other, in the same order of additions; steps are from row to
/// row and from column to column.
fn sum_few_columns<T: Element>(data: &[T], rows: usize, steps: [usize; 2], out: &mut [T]) {
    let [row_step, column_step] = steps;
    let (fours, rest) = (rows / FOUR, rows % FOUR);
    let (lengths, strides) = (&[rows], &[row_step as isize]);
    for (column, out) in out.iter_mut().enumerate() {
        let start = column * column_step;
        let (mut at, mut sum) = (start, 0.0);
        for _ in 0..fours {
            let four = [0, 1, 2, 3].map(|row| data[at + row * row_step]);
            sum += ((four[0] + four[1]) + (four[2] + four[3])).to_f64();
            at += FOUR * row_step;
        }
        for _ in 0..rest {
            sum += data[at].to_f64();
            at += row_step;
        }
        *out = T::from_f64(finite_or_again(sum, || View {
            data,
            start,
            lengths,
            strides,
        }));
    }
}

/// The rows that [`sum_columns`] adds, in order.
struct Rows<'a, T> {
    data: &'a [T],
    positions: Positions<'a>,
    /// From a column to the next.
    stride: isize,
    vectors: Vectors,
}

impl<T: Element> Rows<'_, T> {
    /// Adds the next `count` rows to `sums`, by halves.
    fn add_next(&mut self, count: usize, sums: &mut [f64], waiting: &mut [f64]) {
        if count > ROWS {
            let (other, waiting) = waiting.split_at_mut(sums.len());
            other.fill(0.0);
            self.add_next(count / 2, sums, waiting);
            self.add_next(count - count / 2, other, waiting);
            self.vectors.run(AddRow { sums, row: other });
        } else if self.stride == 1 {
            let (data, width) = (self.data, sums.len());
            let row = |start: isize| &data[start as usize..][..width];
            for _ in 0..count / FOUR {
                let four = std::array::from_fn(|_| row(self.next()));
                self.vectors.run(AddFour { sums, four });
            }
            for _ in 0..count % FOUR {
                let row = row(self.next());
                self.vectors.run(AddRow { sums, row });
            }
        } else {
            let mut buffers = [[T::default(); GATHERED]; FOUR];
            for _ in 0..count / FOUR {
                buffers
                    .iter_mut()
                    .for_each(|buffer| self.gather(buffer, sums.len()));
                let four = buffers.each_ref().map(|buffer| &buffer[..]);
                self.vectors.run(AddFour { sums, four });
            }
            for _ in 0..count % FOUR {
                self.gather(&mut buffers[0], sums.len());
                let row = &buffers[0];
                self.vectors.run(AddRow { sums, row });
            }
        }
    }

    /// Where the next row starts.
    fn next(&mut self) -> isize {
        self.positions.next().expect("as many rows as are counted")
    }

    /// Brings the columns of the next row together.
    fn gather(&mut self, into: &mut [T], width: usize) {
        let mut place = self.next();
        for into in &mut into[..width] {
            *into = self.data[place as usize];
            place += self.stride;
        }
    }
}

/// `sums += a + b + c + d`.
struct AddFour<'a, T> {
    sums: &'a mut [f64],
    four: [&'a [T]; FOUR],
}

impl<T: Element> Loop for AddFour<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let [a, b, c, d] = self.four.map(|row| &row[..self.sums.len()]);
        for (i, sum) in self.sums.iter_mut().enumerate() {
            *sum += ((a[i] + b[i]) + (c[i] + d[i])).to_f64();
        }
    }
}

/// `sums += row`.
struct AddRow<'a, T> {
    sums: &'a mut [f64],
    row: &'a [T],
}

impl<T: Element> Loop for AddRow<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for (sum, x) in self.sums.iter_mut().zip(self.row) {
            *sum += x.to_f64();
        }
    }
}

/// Some of a view's axes.
struct Axes {
    lengths: SmallVec<[usize; 4]>,
    strides: SmallVec<[isize; 4]>,
}

impl Axes {
    fn of<T: Element>(x: View<'_, T>, wanted: impl Fn(usize) -> bool) -> Axes {
        let mut axes = Axes {
            lengths: SmallVec::new(),
            strides: SmallVec::new(),
        };
        for axis in (0..x.lengths.len()).filter(|&axis| wanted(axis)) {
            axes.lengths.push(x.lengths[axis]);
            axes.strides.push(x.strides[axis]);
        }
        axes
    }

    fn count(&self) -> usize {
        self.lengths.iter().product()
    }

    /// Whether sums lie closer together than their terms, or have so few terms that it is better to
    /// make many at once. The lengths of the kept axes have no say: a part of a sum would then be
    /// added in another order than the whole.
    fn is_finer_than(&self, reduced: &Axes) -> bool {
        match (self.strides.last(), reduced.strides.last()) {
            (Some(kept), Some(stride)) => kept.abs() < stride.abs() || reduced.count() <= ROWS,
            _ => false,
        }
    }

    fn view<'a, T>(&'a self, data: &'a [T], start: isize) -> View<'a, T> {
        View {
            data,
            start: start as usize,
            lengths: &self.lengths,
            strides: &self.strides,
        }
    }
}

/// The places on some axes in row-major order, as positions in the data.
struct Positions<'a> {
    axes: &'a Axes,
    index: SmallVec<[usize; 4]>,
    next: Option<isize>,
}

impl<'a> Positions<'a> {
    /// From the place of index 0 on every axis; no axis is empty.
    fn new(axes: &'a Axes, start: usize) -> Self {
        Positions {
            axes,
            index: SmallVec::from_elem(0, axes.lengths.len()),
            next: Some(start as isize),
        }
    }
}

impl Iterator for Positions<'_> {
    type Item = isize;

    fn next(&mut self) -> Option<isize> {
        let position = self.next?;
        let mut next = position;
        for axis in (0..self.index.len()).rev() {
            let (length, stride) = (self.axes.lengths[axis], self.axes.strides[axis]);
            next += stride;
            self.index[axis] += 1;
            if self.index[axis] < length {
                self.next = Some(next);
                return Some(position);
            }
            next -= length as isize * stride;
            self.index[axis] = 0;
        }
        self.next = None;
        Some(position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::walk::tests::{LAYOUTS, by_definition, view};

    /// The sums by definition: element by element, in row-major order.
    fn naive(x: View<'_, f64>, axes: &[usize]) -> Vec<f64> {
        let kept = |axis: &usize| !axes.contains(axis);
        let count = (0..x.lengths.len())
            .filter(kept)
            .map(|a| x.lengths[a])
            .product();
        let mut sums = vec![0.0; count];
        for (number, value) in by_definition(x).into_iter().enumerate() {
            let (mut rest, mut place, mut size) = (number, 0, 1);
            for axis in (0..x.lengths.len()).rev() {
                if kept(&axis) {
                    place += rest % x.lengths[axis] * size;
                    size *= x.lengths[axis];
                }
                rest /= x.lengths[axis];
            }
            sums[place] += value;
        }
        sums
    }

    #[test]
    fn sums_are_those_by_definition_over_every_choice_of_axes() {
        // Whole numbers: every order of additions is exact.
        let data: Vec<f64> = (0..10_000).map(|i| f64::from(i * 7919 % 10_007)).collect();
        for &(start, lengths, strides) in LAYOUTS {
            let x = view(&data, start, lengths, strides);
            assert_eq!(sum_all(x), by_definition(x).iter().sum::<f64>() + 0.0);
            for choice in 0..1u32 << lengths.len() {
                let axes: Vec<usize> = (0..lengths.len())
                    .filter(|axis| choice >> axis & 1 == 1)
                    .collect();
                let want = naive(x, &axes);
                let mut out = vec![f64::NAN; want.len()];
                sum_axes(x, &axes, &mut out);
                assert_eq!(out, want, "{lengths:?} {strides:?} over {axes:?}");
            }
        }
    }

    #[test]
    fn a_part_of_a_sum_has_the_bits_of_the_whole() {
        let data: Vec<f64> = (0..90_000).map(|i| (f64::from(i) * 0.37).sin()).collect();
        for (axis, strides) in [(0, [300, 1]), (1, [300, 1]), (0, [1, 300]), (1, [1, 300])] {
            let mut whole = vec![0.0; 300];
            sum_axes(view(&data, 0, &[300, 300], &strides), &[axis], &mut whole);
            let (first, count) = (37, 101);
            let mut lengths = [300, 300];
            lengths[1 - axis] = count;
            let start = first * strides[1 - axis] as usize;
            let mut part = vec![0.0; count];
            sum_axes(view(&data, start, &lengths, &strides), &[axis], &mut part);
            assert_eq!(part, whole[first..first + count]);
        }
    }

    #[test]
    fn long_sums_keep_their_digits() {
        let tenths = vec![0.1; 1 << 20];
        let want = 0.1 * f64::from(1 << 20);
        for (lengths, axis) in [([1 << 20, 1], 0), ([1, 1 << 20], 1)] {
            let strides = [lengths[1] as isize, 1];
            let mut out = [0.0];
            sum_axes(view(&tenths, 0, &lengths, &strides), &[axis], &mut out);
            assert!((out[0] - want).abs() <= 1e-15 * want, "{}", out[0]);
        }
        let singles = vec![0.1f32; 1 << 20];
        let sum = sum_all(view(&singles, 0, &[1 << 20], &[1]));
        assert_eq!(sum, f64::from(0.1f32) * f64::from(1 << 20));
    }

    #[test]
    fn sums_of_single_precision_neither_overflow_on_the_way_nor_lose_digits() {
        let huge: Vec<f32> = (0..8192).map(|i| [3e38, -3e38][i / 4 % 2]).collect();
        let x = view(&huge, 0, &[64, 128], &[128, 1]);
        assert_eq!(sum_all(x), 0.0);
        assert_eq!(
            sum_all(View {
                lengths: &[32, 4],
                ..x
            }),
            32.0 * 4.0 * f64::from(3e38f32)
        );
        for (axis, count) in [(0, 128), (1, 64)] {
            let mut out = vec![f32::NAN; count];
            let zeros = view(&huge, 0, &[64, 128], [&[1, 64], &[128, 1]][axis]);
            sum_axes(zeros, &[axis], &mut out);
            assert!(out.iter().all(|&sum| sum == 0.0), "{out:?}");
        }
        let waves: Vec<f32> = (0..1 << 20)
            .map(|i| (i as f32 * 0.37).sin() + 2.0)
            .collect();
        let want: f64 = waves.iter().map(|&x| f64::from(x)).sum();
        let sum = sum_all(view(&waves, 0, &[1 << 20], &[1]));
        assert!((sum / want - 1.0).abs() < 1e-9, "{sum} {want}");
    }

    #[test]
    fn rows_that_are_slices_are_summed_as_slices() {
        for length in [33, 64, 70, 1024, RUN, RUN + 1] {
            let count = 3 * length;
            let mut data: Vec<f32> = (0..count).map(|i| (i * 37 % 101) as f32 * 0.1).collect();
            data[0] = f32::MAX;
            data[length - 1] = f32::MAX;
            let (lengths, strides) = ([3, length], [length as isize, 1]);
            let x = View {
                data: &data,
                start: 0,
                lengths: &lengths,
                strides: &strides,
            };
            let mut out = [0.0_f32; 3];
            sum_axes(x, &[1], &mut out);
            for (row, &out) in data.chunks_exact(length).zip(&out) {
                assert_eq!(out, sum_of(row, |x| x) as f32, "{length}");
            }
        }
        // Four numbers that overflow together, and a sum that does not.
        let data = [[f32::MAX; 64], [-f32::MAX; 64]].concat();
        let data: Vec<f32> = (0..128).map(|i| data[i / 2 + i % 2 * 64]).collect();
        let x = View {
            data: &data,
            start: 0,
            lengths: &[2, 64],
            strides: &[64, 1],
        };
        let mut out = [1.0_f32; 2];
        sum_axes(x, &[1], &mut out);
        assert_eq!(out, [0.0; 2]);
    }
}
