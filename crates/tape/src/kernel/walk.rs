//! From strided views to slices: the one place that knows how an array lies in memory.
//!
//! Kernels run over slices. A view whose next elements lie side by side is read where it is; of any
//! other, the next [`BLOCK`] elements are brought into a buffer first. So each kernel is compiled for
//! one layout, and short rows cost it nothing. Long rows of arrays of one shape, as broadcasting makes
//! them, are read whole; what lies transposed is turned in slabs.

use super::View;
use super::buffer::with_buffer;
use super::copy::{TILE, copy, near_axis};
use super::slices::update_each;
use crate::element::Element;
use smallvec::SmallVec;

/// Elements that are brought together at a time: 2 KiB of `f64`, so that four operands fit the
/// first-level cache.
pub(super) const BLOCK: usize = 256;

/// Up to this many elements a loop is quicker than a call that copies, and an array needs no more
/// room than this: clearing a whole block for it takes longer than all the rest.
const SHORT: usize = 16;

/// About as many elements of a transposed operand are turned at a time: they stay in the second-level
/// cache until they are read.
const SLAB: usize = 1 << 14;

/// Reads a view from its first element to its last, in row-major order.
pub(super) struct Reader<'a, T> {
    data: &'a [T],
    /// Where the next element is.
    position: isize,
    /// Lengths and strides, outermost first, with no axis that the one before could absorb.
    /// There is at least one.
    axes: SmallVec<[Axis; 4]>,
}

struct Axis {
    length: usize,
    stride: isize,
    /// How far along this axis the next element is.
    index: usize,
}

impl<'a, T: Element> Reader<'a, T> {
    pub(super) fn new(view: View<'a, T>) -> Self {
        let mut axes: SmallVec<[Axis; 4]> = SmallVec::new();
        for (&length, &stride) in view.lengths.iter().zip(view.strides) {
            match axes.last_mut() {
                _ if length == 1 => {}
                Some(outer) if outer.stride == stride * length as isize => {
                    outer.length *= length;
                    outer.stride = stride;
                }
                _ => axes.push(Axis {
                    length,
                    stride,
                    index: 0,
                }),
            }
        }
        if axes.is_empty() {
            axes.push(Axis {
                length: 1,
                stride: 1,
                index: 0,
            });
        }
        Reader {
            data: view.data,
            position: view.start as isize,
            axes,
        }
    }

    /// The next `count` elements, where they are or brought into `buffer`.
    pub(super) fn next<'b>(&mut self, count: usize, buffer: &'b mut [T]) -> &'b [T]
    where
        'a: 'b,
    {
        let row = &self.axes[self.axes.len() - 1];
        if row.stride == 1 && row.length - row.index >= count {
            let start = self.position as usize;
            self.advance(count);
            &self.data[start..start + count]
        } else {
            let buffer = &mut buffer[..count];
            self.read(buffer);
            buffer
        }
    }

    /// The next element.
    pub(super) fn next_element(&mut self) -> T {
        let element = self.data[self.position as usize];
        self.advance(1);
        element
    }

    /// Copies the next elements.
    pub(super) fn read(&mut self, out: &mut [T]) {
        let mut done = 0;
        while done < out.len() {
            let row = &self.axes[self.axes.len() - 1];
            let count = (row.length - row.index).min(out.len() - done);
            let out = &mut out[done..done + count];
            let start = self.position as usize;
            match row.stride {
                1 if count > SHORT => out.copy_from_slice(&self.data[start..start + count]),
                0 => out.fill(self.data[start]),
                stride => {
                    let mut position = self.position;
                    for out in out {
                        *out = self.data[position as usize];
                        position += stride;
                    }
                }
            }
            done += count;
            self.advance(count);
        }
    }

    /// Goes on by `count` elements, which do not pass the end of the row.
    fn advance(&mut self, count: usize) {
        let mut count = count;
        for axis in self.axes.iter_mut().rev() {
            axis.index += count;
            self.position += count as isize * axis.stride;
            if axis.index < axis.length {
                return;
            }
            self.position -= axis.length as isize * axis.stride;
            axis.index = 0;
            count = 1;
        }
    }
}

/// What is done with a slice of each operand and the slice of the result. Not a type parameter: one
/// walk serves all kernels of `N` operands.
pub(super) type Kernel<'a, T, const N: usize> = &'a mut dyn FnMut([&[T]; N], &mut [T]);

/// Calls `kernel` with slices that together make up the views and `out`: all at once if every
/// view is a slice already, else block by block.
pub(super) fn walk<T: Element, const N: usize>(
    views: [View<'_, T>; N],
    out: &mut [T],
    kernel: Kernel<'_, T, N>,
) {
    // Not `map`, which is a call for each view.
    let mut slices = [None; N];
    for (slice, view) in slices.iter_mut().zip(&views) {
        *slice = view.as_slice();
    }
    if slices.iter().any(Option::is_none) {
        return walk_in_parts(views, slices, out, kernel);
    }
    let slices = slices.map(Option::unwrap_or_default);
    let fits = |slice: &&[T]| slice.len() == out.len();
    assert!(slices.iter().all(fits), "{UNEQUAL}");
    if !out.is_empty() {
        kernel(slices, out);
    }
}

/// Goes through views that are not all slices. A function of its own, because its buffers make a
/// stack of many pages, each of which is touched when it is entered.
#[inline(never)]
fn walk_in_parts<T: Element, const N: usize>(
    views: [View<'_, T>; N],
    slices: [Option<&[T]>; N],
    out: &mut [T],
    kernel: Kernel<'_, T, N>,
) {
    for view in &views {
        assert_eq!(view.count(), out.len(), "{UNEQUAL}");
    }
    if out.len() <= SHORT {
        let is_number = |view: &View<'_, T>| view.strides.iter().all(|&stride| stride == 0);
        let mut pairs = views.iter().zip(&slices);
        if !out.is_empty() && pairs.all(|(view, slice)| slice.is_some() || is_number(view)) {
            return with_numbers(views, slices, out, kernel);
        }
        in_blocks::<T, N, SHORT>(views, out, kernel);
    } else if views.iter().any(|&view| near_axis(view).is_some())
        && views.iter().all(|view| view.lengths == views[0].lengths)
    {
        in_slabs(views, out, kernel);
    } else {
        match RowWalk::new(&views) {
            Some(rows) if rows.are_slices() => rows.run::<T, 0>(views, out, kernel),
            Some(rows) if out.len() >= SLAB => rows.run::<T, LONG_BLOCK>(views, out, kernel),
            Some(rows) => rows.run::<T, BLOCK>(views, out, kernel),
            None => in_blocks::<T, N, BLOCK>(views, out, kernel),
        }
    }
}

/// Short arrays, all of them slices or one number that repeats: nothing needs to be read in turn.
fn with_numbers<T: Element, const N: usize>(
    views: [View<'_, T>; N],
    slices: [Option<&[T]>; N],
    out: &mut [T],
    kernel: Kernel<'_, T, N>,
) {
    let numbers = views.map(|view| [view.data[view.start]; SHORT]);
    let operands = std::array::from_fn(|n| slices[n].unwrap_or(&numbers[n][..out.len()]));
    kernel(operands, out);
}

pub(super) const UNEQUAL: &str = "operands and result are equally long";

/// Long rows of arrays of one shape, where each array has an even step from element to element.
/// A row of steps of 1 is read where it is, whole: a call for each block of it would take as long
/// as adding its numbers. An element that repeats is brought into a buffer once for its row.
pub(super) struct RowWalk<const N: usize> {
    /// Lengths and strides, outermost first; the last is that of a row.
    axes: SmallVec<[(usize, [isize; N]); 4]>,
}

/// Elements that are brought together at a time for large arrays: fewer calls.
const LONG_BLOCK: usize = 4 * BLOCK;

/// Shorter rows go through blocks together.
const LONG: usize = 64;

impl<const N: usize> RowWalk<N> {
    pub(super) fn new<T: Element>(views: &[View<'_, T>; N]) -> Option<RowWalk<N>> {
        let lengths = views[0].lengths;
        if views.iter().any(|view| view.lengths != lengths) {
            return None;
        }
        let mut axes: SmallVec<[(usize, [isize; N]); 4]> = SmallVec::new();
        for (axis, &length) in lengths.iter().enumerate() {
            let strides = views.each_ref().map(|view| view.strides[axis]);
            match axes.last_mut() {
                _ if length == 1 => {}
                Some((outer, steps)) if *steps == strides.map(|s| s * length as isize) => {
                    *outer *= length;
                    *steps = strides;
                }
                _ => axes.push((length, strides)),
            }
        }
        let is_long = axes.last().is_some_and(|&(length, _)| length >= LONG);
        is_long.then_some(RowWalk { axes })
    }

    /// The length of a row, and the steps along it.
    pub(super) fn row(&self) -> (usize, [isize; N]) {
        self.axes[self.axes.len() - 1]
    }

    /// Lengths and strides of the axes around the rows.
    pub(super) fn outer(&self) -> &[(usize, [isize; N])] {
        &self.axes[..self.axes.len() - 1]
    }

    /// Whether no row needs a buffer.
    fn are_slices(&self) -> bool {
        self.row().1.iter().all(|&step| step == 1)
    }

    /// With buffers of `B` elements; of none, rows are handed on whole.
    fn run<T: Element, const B: usize>(
        self,
        views: [View<'_, T>; N],
        out: &mut [T],
        kernel: Kernel<'_, T, N>,
    ) {
        let (length, steps) = self.row();
        let outer = self.outer();
        let mut index: SmallVec<[usize; 4]> = SmallVec::from_elem(0, outer.len());
        let mut starts = views.each_ref().map(|view| view.start as isize);
        let mut buffers = [[T::default(); B]; N];
        // Where the element is that a buffer repeats.
        let mut repeated = [None; N];
        let block = if B == 0 { length } else { B };
        for row in out.chunks_exact_mut(length) {
            for (number, out) in row.chunks_mut(block).enumerate() {
                let mut buffers = buffers.iter_mut();
                let operands: [&[T]; N] = std::array::from_fn(|n| {
                    let (data, step) = (views[n].data, steps[n]);
                    let start = starts[n] + (number * block) as isize * step;
                    let buffer = buffers.next().expect("a buffer for each operand");
                    if step == 1 {
                        return &data[start as usize..][..out.len()];
                    }
                    if step != 0 {
                        let mut place = start;
                        for into in &mut buffer[..out.len()] {
                            *into = data[place as usize];
                            place += step;
                        }
                    } else if repeated[n] != Some(start) {
                        repeated[n] = Some(start);
                        let element = data[start as usize];
                        update_each(&mut buffer[..block.min(length)], move |_| element);
                    }
                    &buffer[..out.len()]
                });
                kernel(operands, out);
            }
            for (axis, &(length, strides)) in outer.iter().enumerate().rev() {
                index[axis] += 1;
                let steps = match index[axis] < length {
                    true => 1,
                    false => 1 - length as isize,
                };
                for (start, stride) in starts.iter_mut().zip(strides) {
                    *start += steps * stride;
                }
                if index[axis] < length {
                    break;
                }
                index[axis] = 0;
            }
        }
    }
}

/// Brings `B` elements of each view together, where they do not lie so.
fn in_blocks<T: Element, const N: usize, const B: usize>(
    views: [View<'_, T>; N],
    out: &mut [T],
    kernel: Kernel<'_, T, N>,
) {
    let mut readers = views.map(Reader::new);
    let mut buffers = [[T::default(); B]; N];
    for out in out.chunks_mut(B) {
        let mut pairs = readers.iter_mut().zip(&mut buffers);
        let operands = std::array::from_fn(|_| {
            let (reader, buffer) = pairs.next().expect("a reader for each operand");
            reader.next(out.len(), buffer)
        });
        kernel(operands, out);
    }
}

/// Walks through arrays of one shape a few steps of their first axis at a time: what lies transposed is
/// copied there by tiles, three times as fast as element by element.
fn in_slabs<T: Element, const N: usize>(
    views: [View<'_, T>; N],
    out: &mut [T],
    kernel: Kernel<'_, T, N>,
) {
    let mut lengths: SmallVec<[usize; 4]> = SmallVec::from_slice(views[0].lengths);
    let inner = out.len() / lengths[0];
    // A tile is to be had from a slab if the first axis is one of its sides.
    let is_side = views.iter().any(|&view| near_axis(view) == Some(0));
    let least = if is_side { TILE } else { 1 };
    let steps = (SLAB / inner).max(least);
    let across = views.map(|view| near_axis(view).is_some());
    let turned = across.iter().filter(|&&across| across).count();
    let room = (steps * inner).min(out.len());
    with_buffer(turned * room, |scratch| {
        for (number, out) in out.chunks_mut(steps * inner).enumerate() {
            lengths[0] = out.len() / inner;
            let count = [out.len()];
            let mut parts = scratch.chunks_exact_mut(room);
            let slabs = std::array::from_fn(|operand| {
                let view = views[operand];
                let along = (number * steps) as isize * view.strides[0];
                let slab = View {
                    start: view.start.wrapping_add_signed(along),
                    lengths: &lengths,
                    ..view
                };
                if !across[operand] {
                    return slab;
                }
                let part = &mut parts.next().expect("room for each")[..out.len()];
                copy(slab, part);
                View {
                    data: part,
                    start: 0,
                    lengths: &count,
                    strides: &[1],
                }
            });
            walk(slabs, out, kernel);
        }
    });
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::kernel) fn view<'a, T>(
        data: &'a [T],
        start: usize,
        lengths: &'a [usize],
        strides: &'a [isize],
    ) -> View<'a, T> {
        View {
            data,
            start,
            lengths,
            strides,
        }
    }

    /// What a view is, element by element.
    pub(in crate::kernel) fn by_definition<T: Element>(view: View<'_, T>) -> Vec<T> {
        let element = |number: usize| {
            let mut rest = number;
            let mut position = view.start as isize;
            for (&length, &stride) in view.lengths.iter().zip(view.strides).rev() {
                position += (rest % length) as isize * stride;
                rest /= length;
            }
            view.data[position as usize]
        };
        (0..view.count()).map(element).collect()
    }

    /// Start, lengths and strides of a view into 10 000 numbers.
    type Layout = (usize, &'static [usize], &'static [isize]);
    pub(in crate::kernel) const LAYOUTS: &[Layout] = &[
        (7, &[], &[]),
        (7, &[0, 3], &[3, 1]),
        (3, &[1000], &[1]),
        (3, &[20, 50], &[50, 1]),
        (3, &[20, 50], &[1, 20]),
        (0, &[20, 50], &[0, 1]),
        (9, &[20, 50], &[1, 0]),
        (9, &[1000], &[0]),
        (9999, &[10, 100], &[-100, -1]),
        (900, &[2, 5, 10, 10], &[500, -100, 1, 10]),
        (5, &[2, 1, 500], &[1000, 77, 2]),
        (0, &[333, 3], &[3, 1]),
        (0, &[333, 3], &[0, 1]),
        (0, &[3, 333], &[1, 9]),
        (0, &[2, 300], &[512, 1]),
        (40, &[3, 2, 300], &[-1, 7, 0]),
        (8000, &[2, 3, 70], &[0, 500, -3]),
    ];

    #[test]
    fn blocks_make_up_the_view() {
        let data: Vec<f64> = (0..10_000).map(f64::from).collect();
        for &(start, lengths, strides) in LAYOUTS {
            let x = view(&data, start, lengths, strides);
            let want = by_definition(x);
            let count = [want.len()];
            let number = view(&data, 0, &count, &[1]);
            let mut out = vec![0.0; want.len()];
            walk([x, number], &mut out, &mut |[x, number], out| {
                for ((out, x), number) in out.iter_mut().zip(x).zip(number) {
                    *out = x * 1e4 + number;
                }
            });
            for (number, (out, want)) in out.iter().zip(&want).enumerate() {
                assert_eq!(*out, want * 1e4 + number as f64, "{lengths:?} {strides:?}");
            }
            // Of one shape, so that rows are found.
            let strides_of_rows: Vec<isize> = (0..lengths.len())
                .map(|axis| lengths[axis + 1..].iter().product::<usize>() as isize)
                .collect();
            let number = view(&data, 0, lengths, &strides_of_rows);
            let mut again = vec![0.0; want.len()];
            walk([x, number, x], &mut again, &mut |[x, number, same], out| {
                for (i, out) in out.iter_mut().enumerate() {
                    *out = x[i] * 1e4 + number[i] + (x[i] - same[i]);
                }
            });
            assert_eq!(again, out, "{lengths:?} {strides:?}");
        }
    }
}
