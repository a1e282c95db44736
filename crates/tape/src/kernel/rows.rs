//! Loops over the rows of an array along some axes.
//!
//! A row is all elements that differ only in their place along those axes, in row-major order.
//! It is handed to its rule in double precision and in order, wherever its elements lie: rules
//! (`distribution`, `moments`) are written once, for slices, and single precision accumulates
//! in double.

use super::View;
use crate::element::Element;
use crate::kernel::doubles;
use smallvec::SmallVec;
use std::cell::Cell;
use std::ops::Range;

/// Places in memory, relative to the first, in row-major order; axes that lie evenly are one step.
struct Walk(SmallVec<[(usize, isize); 4]>);

impl Walk {
    fn new(axes: impl Iterator<Item = (usize, isize)>) -> Walk {
        let mut steps: SmallVec<[(usize, isize); 4]> = SmallVec::new();
        for (length, stride) in axes.filter(|&(length, _)| length != 1) {
            match steps.last_mut() {
                Some((outer, step)) if *step == stride * length as isize => {
                    *outer *= length;
                    *step = stride;
                }
                _ => steps.push((length, stride)),
            }
        }
        Walk(steps)
    }

    fn count(&self) -> usize {
        self.0.iter().map(|&(length, _)| length).product()
    }

    /// Where the place of this number is.
    fn offset(steps: &[(usize, isize)], number: usize) -> isize {
        let mut rest = number;
        let mut offset = 0;
        for &(length, stride) in steps.iter().rev() {
            offset += (rest % length) as isize * stride;
            rest /= length;
        }
        offset
    }

    /// Hands out the places in runs of even steps: where a run starts, how long it is, and its step.
    fn runs(&self, mut run: impl FnMut(isize, usize, isize)) {
        let Some((&(length, stride), outer)) = self.0.split_last() else {
            return run(0, 1, 1);
        };
        let count = outer.iter().map(|&(length, _)| length).product();
        for number in 0..count {
            run(Walk::offset(outer, number), length, stride);
        }
    }
}

/// As many rows are read at a time where they lie across memory: a cache line of doubles.
const TOGETHER: usize = 8;

/// Where each of a few rows starts.
type Starts = SmallVec<[usize; TOGETHER]>;

/// Where the rows of an array are.
struct Rows {
    start: usize,
    across: Walk,
    along: Walk,
}

impl Rows {
    fn new(start: usize, lengths: &[usize], strides: &[isize], axes: &[usize]) -> Rows {
        let walk = |reduced: bool| {
            let all = lengths.iter().copied().zip(strides.iter().copied());
            Walk::new(
                all.enumerate()
                    .filter(|(axis, _)| axes.contains(axis) == reduced)
                    .map(|(_, step)| step),
            )
        };
        Rows {
            start,
            across: walk(false),
            along: walk(true),
        }
    }

    fn of<T>(view: &View<'_, T>, axes: &[usize]) -> Rows {
        Rows::new(view.start, view.lengths, view.strides, axes)
    }

    fn start_of(&self, row: usize) -> usize {
        self.start
            .wrapping_add_signed(Walk::offset(&self.across.0, row))
    }

    /// Brings some rows together, one behind the other.
    ///
    /// A row that lies side by side is copied. Of others the next element of each is taken in turn:
    /// where rows are neighbours, those share a cache line.
    fn read<T: Element>(&self, data: &[T], rows: Range<usize>, into: &mut [f64]) {
        let length = self.along.count();
        if length == 0 {
            return;
        }
        let starts: Starts = rows.map(|row| self.start_of(row)).collect();
        let mut done = 0;
        self.along.runs(|offset, run, stride| {
            if stride == 1 {
                for (&start, into) in starts.iter().zip(into.chunks_exact_mut(length)) {
                    let first = start.wrapping_add_signed(offset);
                    let from = &data[first..first + run];
                    for (to, from) in into[done..done + run].iter_mut().zip(from) {
                        *to = from.to_f64();
                    }
                }
            } else {
                for i in 0..run {
                    let place = offset + i as isize * stride;
                    for (&start, into) in starts.iter().zip(into.chunks_exact_mut(length)) {
                        into[done + i] = data[start.wrapping_add_signed(place)].to_f64();
                    }
                }
            }
            done += run;
        });
    }

    /// Puts some rows, one behind the other, where they belong.
    fn write<T: Element>(&self, out: &mut [T], rows: Range<usize>, from: &[f64]) {
        let length = self.along.count();
        let starts: Starts = rows.map(|row| self.start_of(row)).collect();
        let mut done = 0;
        self.along.runs(|offset, run, stride| {
            if stride == 1 {
                for (&start, from) in starts.iter().zip(from.chunks_exact(length)) {
                    let first = start.wrapping_add_signed(offset);
                    let to = &mut out[first..first + run];
                    for (to, &from) in to.iter_mut().zip(&from[done..done + run]) {
                        *to = T::from_f64(from);
                    }
                }
            } else {
                for i in 0..run {
                    let place = offset + i as isize * stride;
                    for (&start, from) in starts.iter().zip(from.chunks_exact(length)) {
                        out[start.wrapping_add_signed(place)] = T::from_f64(from[done + i]);
                    }
                }
            }
            done += run;
        });
    }

    /// How many rows are worth reading together.
    fn together(&self) -> usize {
        match self.along.0.last() {
            Some(&(length, stride)) if length > 0 && stride != 1 => TOGETHER,
            _ => 1,
        }
    }

    /// The row as it lies in memory, if it is a slice of doubles.
    fn borrow<'a, T: Element>(&self, data: &'a [T], row: usize) -> Option<&'a [f64]> {
        let length = match self.along.0[..] {
            [] => 1,
            _ if self.along.count() == 0 => return Some(&[]),
            [(length, 1)] => length,
            _ => return None,
        };
        let start = self.start_of(row);
        doubles(&data[start..start + length])
    }
}

/// Computes rows from rows: `rule` gets the number of the row and the row of each operand, and
/// leaves the result's in the first. All operands have the shape of the result, which is `out`
/// in row-major order.
pub(crate) fn map_rows<T: Element, const N: usize>(
    views: [View<'_, T>; N],
    axes: &[usize],
    out: &mut [T],
    mut rule: impl FnMut(usize, [&mut [f64]; N]),
) {
    let lengths = views[0].lengths;
    let mut strides: SmallVec<[isize; 4]> = SmallVec::from_elem(1, lengths.len());
    for axis in (1..lengths.len()).rev() {
        strides[axis - 1] = strides[axis] * lengths[axis] as isize;
    }
    let target = Rows::new(0, lengths, &strides, axes);
    let length = target.along.count();
    if length == 0 {
        return;
    }
    let rows = views.map(|view| (Rows::of(&view, axes), view.data));
    let (count, together) = (target.across.count(), target.together());
    with_scratch(N * together * length, |scratch| {
        for first in (0..count).step_by(together) {
            let some = first..count.min(first + together);
            for ((rows, data), into) in rows.iter().zip(scratch.chunks_exact_mut(together * length))
            {
                rows.read(data, some.clone(), into);
            }
            let mut operands = scratch.chunks_exact_mut(together * length);
            let mut operands: [_; N] = std::array::from_fn(|_| {
                let operand = operands.next().expect("room for each operand");
                operand.chunks_exact_mut(length)
            });
            for row in some.clone() {
                rule(
                    row,
                    operands
                        .each_mut()
                        .map(|rows| rows.next().expect("a row of each")),
                );
            }
            target.write(out, some, scratch);
        }
    });
}

/// Computes a number from each row of an array: `rule` gets the number of the row and the row.
pub(crate) fn fold_rows<T: Element>(
    view: View<'_, T>,
    axes: &[usize],
    out: &mut [T],
    mut rule: impl FnMut(usize, &[f64]) -> f64,
) {
    let rows = Rows::of(&view, axes);
    let (length, together) = (rows.along.count(), rows.together());
    with_scratch(0, |scratch| {
        for (group, out) in out.chunks_mut(together).enumerate() {
            let first = group * together;
            if let Some(slice) = rows.borrow(view.data, first) {
                // Rows that are slices come one by one.
                out[0] = T::from_f64(rule(first, slice));
                continue;
            }
            scratch.resize(together * length, 0.0);
            rows.read(view.data, first..first + out.len(), scratch);
            for (i, to) in out.iter_mut().enumerate() {
                let row = &scratch[i * length..(i + 1) * length];
                *to = T::from_f64(rule(first + i, row));
            }
        }
    });
}

/// Computes one number from all elements of an array, in double precision to the end.
pub(crate) fn fold_all<T: Element>(view: View<'_, T>, rule: impl FnOnce(&[f64]) -> f64) -> f64 {
    if let Some(slice) = view.as_slice().and_then(doubles) {
        return rule(slice);
    }
    let axes: SmallVec<[usize; 4]> = (0..view.lengths.len()).collect();
    let rows = Rows::of(&view, &axes);
    with_scratch(rows.along.count(), |scratch| {
        rows.read(view.data, 0..1, scratch);
        rule(scratch)
    })
}

/// Up to this many numbers of scratch memory are kept by a thread.
const KEPT: usize = 1 << 16;

thread_local! {
    static SCRATCH: Cell<Vec<f64>> = const { Cell::new(Vec::new()) };
}

/// Lends memory for some numbers: a loop that repeats allocates nothing.
fn with_scratch<V>(length: usize, work: impl FnOnce(&mut Vec<f64>) -> V) -> V {
    let mut scratch = SCRATCH.take();
    scratch.resize(length, 0.0);
    let value = work(&mut scratch);
    if scratch.capacity() <= KEPT {
        SCRATCH.set(scratch);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A view with odd strides, its rows along every choice of axes, against counting by hand.
    #[test]
    fn rows_are_the_same_wherever_their_elements_lie() {
        let data: Vec<f32> = (0..400).map(|i| i as f32).collect();
        let lengths = [2, 3, 1, 4];
        for strides in [[12, 4, 4, 1], [1, 2, 0, 6], [-20, 3, 7, -1], [0, 5, 1, 0]] {
            let view = View {
                data: &data,
                start: 100,
                lengths: &lengths,
                strides: &strides,
            };
            for choice in 0..16usize {
                let axes: Vec<usize> = (0..4).filter(|axis| choice >> axis & 1 == 1).collect();
                let mut sums: Vec<Vec<f64>> = Vec::new();
                let mut places: Vec<[usize; 4]> = Vec::new();
                let mut copy = vec![];
                for k in 0..24 {
                    let at = [k / 12, k / 4 % 3, 0, k % 4];
                    let place: isize = at.iter().zip(&strides).map(|(&i, s)| i as isize * s).sum();
                    let value = data[(100 + place) as usize];
                    copy.push(value);
                    let mut key = at;
                    axes.iter().for_each(|&axis| key[axis] = 0);
                    match places.iter().position(|&place| place == key) {
                        Some(row) => sums[row].push(f64::from(value)),
                        None => {
                            places.push(key);
                            sums.push(vec![f64::from(value)]);
                        }
                    }
                }
                let mut out = vec![0.0f32; sums.len()];
                fold_rows(view, &axes, &mut out, |row, xs| {
                    assert_eq!(xs, sums[row]);
                    row as f64
                });
                assert_eq!(out.last(), Some(&((sums.len() - 1) as f32)));
                let mut out = vec![0.0f32; 24];
                map_rows([view], &axes, &mut out, |_, _| {});
                assert_eq!(out, copy);
            }
        }
    }
}
