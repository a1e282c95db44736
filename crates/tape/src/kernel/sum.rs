//! Sums over axes, pairwise and in `f64`.
//!
//! The order of additions depends on the reduced axes alone, so that any part of a result has
//! the bits of the whole. `f32` is added in `f64`: a million terms lose nothing that shows.

use super::View;
use super::lanes::{Loop, Vectors};
use super::walk::Reader;
use crate::element::Element;
use smallvec::SmallVec;

/// Terms that are added before sums are paired.
const RUN: usize = 512;
/// Sums that run side by side within [`RUN`], so that additions do not wait for each other.
const LANES: usize = 16;
/// Rows that are added one after the other before sums of rows are paired.
const ROWS: usize = 32;
/// Columns that are summed at a time: their sums stay in the first-level cache.
const COLUMNS: usize = 256;

/// The sum of all elements; of none 0.
pub(crate) fn sum_all<T: Element>(x: View<'_, T>) -> f64 {
    sum_read(&mut Reader::new(x), x.count(), Vectors::widest())
}

/// `out` = the sums over `axes` (ascending), row-major over the other axes.
pub(crate) fn sum_axes<T: Element>(x: View<'_, T>, axes: &[usize], out: &mut [T]) {
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
    } else {
        sum_rows(x, &kept, &reduced, out);
    }
}

/// Sum by sum: the terms of each lie closer together than the sums do.
fn sum_rows<T: Element>(x: View<'_, T>, kept: &Axes, reduced: &Axes, out: &mut [T]) {
    let vectors = Vectors::widest();
    let count = reduced.count();
    for (out, start) in out.iter_mut().zip(Positions::new(kept, x.start)) {
        let mut reader = Reader::new(reduced.view(x.data, start));
        *out = T::from_f64(sum_read(&mut reader, count, vectors));
    }
}

/// The sum of the next `count` elements, by halves.
fn sum_read<T: Element>(reader: &mut Reader<'_, T>, count: usize, vectors: Vectors) -> f64 {
    if count <= RUN {
        let mut buffer = [T::default(); RUN];
        return vectors.run(SumRun(reader.next(count, &mut buffer)));
    }
    let first = (count / 2).next_multiple_of(RUN);
    sum_read(reader, first, vectors) + sum_read(reader, count - first, vectors)
}

/// The sum of a run of elements: [`LANES`] sums side by side, then by halves.
struct SumRun<'a, T>(&'a [T]);

impl<T: Element> Loop for SumRun<'_, T> {
    type Out = f64;
    #[inline(always)]
    fn run<const FMA: bool>(self) -> f64 {
        let mut sums = [0.0; LANES];
        let mut groups = self.0.chunks_exact(LANES);
        for group in &mut groups {
            for (sum, x) in sums.iter_mut().zip(group) {
                *sum += x.to_f64();
            }
        }
        for (sum, x) in sums.iter_mut().zip(groups.remainder()) {
            *sum += x.to_f64();
        }
        let mut width = LANES / 2;
        while width > 0 {
            for lane in 0..width {
                sums[lane] += sums[lane + width];
            }
            width /= 2;
        }
        sums[0]
    }
}

/// Many sums at once: the last kept axis runs along the columns of a matrix whose rows are added.
fn sum_columns<T: Element>(x: View<'_, T>, mut kept: Axes, reduced: &Axes, out: &mut [T]) {
    let (Some(width), Some(stride)) = (kept.lengths.pop(), kept.strides.pop()) else {
        unreachable!("columns lie on a kept axis");
    };
    let count = reduced.count();
    for (out, start) in out.chunks_mut(width).zip(Positions::new(&kept, x.start)) {
        for (number, out) in out.chunks_mut(COLUMNS).enumerate() {
            let start = start + (number * COLUMNS) as isize * stride;
            let mut rows = Rows {
                data: x.data,
                positions: Positions::new(reduced, start as usize),
                stride,
                vectors: Vectors::widest(),
            };
            let sums = &mut [0.0; COLUMNS][..out.len()];
            rows.add_next(count, sums);
            for (out, sum) in out.iter_mut().zip(sums) {
                *out = T::from_f64(*sum);
            }
        }
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
    fn add_next(&mut self, count: usize, sums: &mut [f64]) {
        if count > ROWS {
            let other = &mut [0.0; COLUMNS][..sums.len()];
            self.add_next(count / 2, sums);
            self.add_next(count - count / 2, other);
            self.vectors.run(AddRow { sums, row: other });
            return;
        }
        for start in self.positions.by_ref().take(count) {
            let mut buffer = [T::default(); COLUMNS];
            let (lengths, strides) = (&[sums.len()], &[self.stride]);
            let mut reader = Reader::new(View {
                data: self.data,
                start: start as usize,
                lengths,
                strides,
            });
            let row = reader.next(sums.len(), &mut buffer);
            self.vectors.run(AddRow { sums, row });
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
        let axes = || (0..x.lengths.len()).filter(|&axis| wanted(axis));
        Axes {
            lengths: axes().map(|axis| x.lengths[axis]).collect(),
            strides: axes().map(|axis| x.strides[axis]).collect(),
        }
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
}
