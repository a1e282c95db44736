//! Loops over the rows of an array along some axes.
//!
//! A row is all elements that differ only in their place along those axes, in row-major order.
//! It is handed to its rule as a slice, wherever its elements lie: where it is one already, as it
//! lies. Rules (`distribution`, `moments`) are written once, for slices of any element.

use super::View;
use super::buffer::with_buffer;
use super::copy::{Plane, TILE, copy};
use crate::element::Element;
use smallvec::SmallVec;
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

/// As many rows are read at a time where they lie across memory: a tile of a transpose.
const TOGETHER: usize = TILE;

/// Where each of a few rows starts.
type Starts = SmallVec<[usize; TOGETHER]>;

fn are_neighbours(starts: &[usize]) -> bool {
    starts.len() > 1 && starts.windows(2).all(|pair| pair[1] == pair[0] + 1)
}

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

    fn starts(&self, rows: Range<usize>) -> Starts {
        rows.map(|row| self.start_of(row)).collect()
    }

    /// Whether each row is a slice of memory.
    fn are_slices(&self) -> bool {
        matches!(self.along.0[..], [] | [(_, 1)])
    }

    /// How many rows are worth reading together.
    fn together(&self) -> usize {
        match self.along.0.last() {
            Some(&(_, stride)) if stride.abs() > 1 => TOGETHER,
            _ => 1,
        }
    }

    /// Brings some rows together.
    ///
    /// A row that lies side by side is copied. Of others the next element of each is taken in turn;
    /// where rows are neighbours they are transposed by tiles.
    fn read<T: Element>(&self, data: &[T], rows: Range<usize>, into: &mut [T], room: Room) {
        let starts = self.starts(rows);
        let mut done = 0;
        self.along.runs(|offset, run, stride| {
            if stride.abs() <= 1 {
                for (&start, into) in starts.iter().zip(into.chunks_exact_mut(room.pitch)) {
                    let into = &mut into[done..done + run];
                    let first = start.wrapping_add_signed(offset);
                    match stride {
                        1 => into.copy_from_slice(&data[first..first + run]),
                        0 => into.fill(data[first]),
                        _ => (0..run).for_each(|i| into[i] = data[first - i]),
                    }
                }
            } else if are_neighbours(&starts) {
                let plane = Plane {
                    rows: starts.len(),
                    columns: run,
                    column_in_x: stride,
                    row_in_out: room.pitch,
                };
                let from = starts[0] as isize + offset;
                plane.copy(data, from, &mut into[done..]);
            } else {
                for i in 0..run {
                    let place = offset + i as isize * stride;
                    for (&start, into) in starts.iter().zip(into.chunks_exact_mut(room.pitch)) {
                        into[done + i] = data[start.wrapping_add_signed(place)];
                    }
                }
            }
            done += run;
        });
    }

    /// Puts some rows where they belong.
    fn write<T: Element>(&self, out: &mut [T], rows: Range<usize>, from: &[T], room: Room) {
        let starts = self.starts(rows);
        let mut done = 0;
        self.along.runs(|offset, run, stride| {
            if stride == 1 {
                for (&start, from) in starts.iter().zip(from.chunks_exact(room.pitch)) {
                    let first = start.wrapping_add_signed(offset);
                    out[first..first + run].copy_from_slice(&from[done..done + run]);
                }
            } else if are_neighbours(&starts) && stride > 0 {
                let plane = Plane {
                    rows: run,
                    columns: starts.len(),
                    column_in_x: room.pitch as isize,
                    row_in_out: stride as usize,
                };
                let to = starts[0].wrapping_add_signed(offset);
                plane.copy(from, done as isize, &mut out[to..]);
            } else {
                for i in 0..run {
                    let place = offset + i as isize * stride;
                    for (&start, from) in starts.iter().zip(from.chunks_exact(room.pitch)) {
                        out[start.wrapping_add_signed(place)] = from[done + i];
                    }
                }
            }
            done += run;
        });
    }
}

/// Memory for rows that are brought together.
#[derive(Clone, Copy)]
struct Room {
    rows: usize,
    /// From a row to the next.
    pitch: usize,
}

impl Room {
    fn of<'a>(rows: impl Iterator<Item = &'a Rows>, length: usize) -> Room {
        match rows.map(Rows::together).max() {
            None | Some(1) => Room {
                rows: 1,
                pitch: length,
            },
            // Not a power of two, or all rows would compete for one place in the cache.
            Some(rows) => Room {
                rows,
                pitch: length.next_multiple_of(TOGETHER) + TOGETHER,
            },
        }
    }

    fn size(self) -> usize {
        self.rows * self.pitch
    }

    /// A row of those read together.
    fn row<T>(self, number: usize, length: usize, all: &[T]) -> &[T] {
        &all[number * self.pitch..][..length]
    }
}

/// Computes rows from rows: `rule` gets the number of the row, the row of each operand, and the
/// row of the result. All operands have the shape of the result, which is `out` in row-major order.
pub(crate) fn map_rows<T: Element, const N: usize>(
    views: [View<'_, T>; N],
    axes: &[usize],
    out: &mut [T],
    mut rule: impl FnMut(usize, [&[T]; N], &mut [T]),
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
    let rows = views.each_ref().map(|view| Rows::of(view, axes));
    let room = Room::of(rows.iter().chain([&target]), length);
    let all = rows.iter().chain([&target]);
    let gathered = all.filter(|rows| !rows.are_slices()).count();
    let count = target.across.count();
    with_buffer(gathered * room.size(), |buffer| {
        for first in (0..count).step_by(room.rows) {
            let some = first..count.min(first + room.rows);
            let mut parts = buffer.chunks_exact_mut(room.size());
            let operands: [Option<&[T]>; N] = std::array::from_fn(|n| {
                if rows[n].are_slices() {
                    return None;
                }
                let part = parts.next().expect("room for what is brought together");
                rows[n].read(views[n].data, some.clone(), part, room);
                Some(&*part)
            });
            let mut results = match target.are_slices() {
                true => None,
                false => parts.next(),
            };
            for (number, row) in some.clone().enumerate() {
                let operands = std::array::from_fn(|n| match operands[n] {
                    Some(part) => room.row(number, length, part),
                    None => &views[n].data[rows[n].start_of(row)..][..length],
                });
                let result = match &mut results {
                    Some(part) => &mut part[number * room.pitch..],
                    None => &mut out[target.start_of(row)..],
                };
                rule(row, operands, &mut result[..length]);
            }
            if let Some(part) = results {
                target.write(out, some, part, room);
            }
        }
    });
}

/// Computes a number from each row of an array: `rule` gets the number of the row and the row.
pub(crate) fn fold_rows<T: Element>(
    view: View<'_, T>,
    axes: &[usize],
    out: &mut [T],
    mut rule: impl FnMut(usize, &[T]) -> f64,
) {
    let rows = Rows::of(&view, axes);
    let length = rows.along.count();
    if rows.are_slices() || length == 0 {
        for (row, out) in out.iter_mut().enumerate() {
            let slice = match length {
                0 => &[],
                _ => &view.data[rows.start_of(row)..][..length],
            };
            *out = T::from_f64(rule(row, slice));
        }
        return;
    }
    let room = Room::of([&rows].into_iter(), length);
    with_buffer(room.size(), |buffer| {
        for (group, out) in out.chunks_mut(room.rows).enumerate() {
            let first = group * room.rows;
            rows.read(view.data, first..first + out.len(), buffer, room);
            for (number, out) in out.iter_mut().enumerate() {
                let row = room.row(number, length, buffer);
                *out = T::from_f64(rule(first + number, row));
            }
        }
    });
}

/// Computes one number from all elements of an array, in double precision to the end.
pub(crate) fn fold_all<T: Element>(view: View<'_, T>, rule: impl FnOnce(&[T]) -> f64) -> f64 {
    if let Some(slice) = view.as_slice() {
        return rule(slice);
    }
    with_buffer(view.count(), |elements| {
        copy(view, elements);
        rule(elements)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_rows_too() {
        let data: Vec<f32> = (0..150 * 70).map(|i| i as f32).collect();
        let lengths = [150, 70];
        for (axis, strides) in [(0, [70, 1]), (1, [1, 150]), (0, [1, 150]), (1, [70, 1])] {
            let view = View {
                data: &data,
                start: 0,
                lengths: &lengths,
                strides: &strides,
            };
            let mut out = vec![0.0; data.len()];
            map_rows([view, view], &[axis], &mut out, |row, [x, y], out| {
                let step = strides[axis] as usize;
                let first = row * strides[1 - axis] as usize;
                let want = (0..lengths[axis]).map(|i| data[first + i * step]);
                assert!(x.iter().copied().eq(want) && x == y);
                out.copy_from_slice(x);
            });
            let place = |i: usize| i / 70 * strides[0] as usize + i % 70 * strides[1] as usize;
            assert!((0..data.len()).all(|i| out[i] == data[place(i)]));
        }
    }

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
                    let xs: Vec<f64> = xs.iter().map(|&x| f64::from(x)).collect();
                    assert_eq!(xs, sums[row]);
                    row as f64
                });
                assert_eq!(out.last(), Some(&((sums.len() - 1) as f32)));
                let mut out = vec![0.0f32; 24];
                map_rows([view], &axes, &mut out, |_, [x], out| {
                    out.copy_from_slice(x)
                });
                assert_eq!(out, copy);
            }
        }
    }
}
