//! Windows over the last two axes: their largest element, their mean, and the transposes.

mod side_by_side;

use super::View;
use crate::element::Element;

/// The windows along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Windows {
    /// Window `o` starts at `o * stride - before` and takes `kernel` elements, `dilation` apart.
    Sliding {
        kernel: usize,
        stride: usize,
        before: usize,
        after: usize,
        dilation: usize,
    },
    /// Window `o` of `n` reaches from `floor(o length / n)` to `ceil((o + 1) length / n)`.
    Adaptive { outputs: usize },
}

/// The elements of a window along one axis that are inside of the array.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    first: usize,
    count: usize,
    step: usize,
    /// The elements of the window with its padding.
    whole: usize,
}

impl Windows {
    /// How many elements a window takes at most, and how many windows an element is in.
    pub(crate) fn most(&self, length: usize) -> usize {
        match *self {
            Windows::Sliding { kernel, .. } => kernel.min(length),
            Windows::Adaptive { outputs } => length / outputs.max(1) + 2,
        }
    }

    /// Window `o` over an axis of some length.
    fn at(&self, o: usize, length: usize) -> Window {
        match *self {
            Windows::Sliding {
                kernel,
                stride,
                before,
                after,
                dilation,
            } => {
                let start = o * stride;
                let skipped = before.saturating_sub(start).div_ceil(dilation);
                let first = (start + skipped * dilation).saturating_sub(before);
                let inside = length.saturating_sub(first).div_ceil(dilation);
                Window {
                    first,
                    count: inside.min(kernel.saturating_sub(skipped)),
                    step: dilation,
                    whole: kernel.min((length + before + after).saturating_sub(start)),
                }
            }
            Windows::Adaptive { outputs } => {
                let bound = |o: usize| o as u128 * length as u128;
                let first = (bound(o) / outputs as u128) as usize;
                let end = bound(o + 1).div_ceil(outputs as u128) as usize;
                Window {
                    first,
                    count: end - first,
                    step: 1,
                    whole: end - first,
                }
            }
        }
    }
}

/// The places in a plane of the elements under window `o`, in row-major order.
pub(crate) fn places(axes: &[Windows; 2], o: [usize; 2], plane: [usize; 2]) -> Vec<usize> {
    let [rows, columns] = [0, 1].map(|axis| axes[axis].at(o[axis], plane[axis]));
    let along = |window: &Window| {
        let Window {
            first, count, step, ..
        } = *window;
        (0..count).map(move |k| first + k * step)
    };
    let of_row = |row: usize| along(&columns).map(move |column| row * plane[1] + column);
    along(&rows).flat_map(of_row).collect()
}

/// What a window becomes: an element of a plane of the output, and its number in all.
#[derive(Clone, Copy)]
struct Output {
    plane: usize,
    row: usize,
    column: usize,
    number: usize,
}

/// Visits every element of an output of this shape.
fn outputs(shape: &[usize], mut visit: impl FnMut(Output)) {
    let rank = shape.len();
    let planes: usize = shape[..rank - 2].iter().product();
    let mut number = 0;
    for plane in 0..planes {
        for row in 0..shape[rank - 2] {
            for column in 0..shape[rank - 1] {
                visit(Output {
                    plane,
                    row,
                    column,
                    number,
                });
                number += 1;
            }
        }
    }
}

/// Visits every window of every plane and its extent along both axes. `input` and `output` are shapes.
fn windows(
    axes: &[Windows; 2],
    input: &[usize],
    output: &[usize],
    mut visit: impl FnMut(Output, [Window; 2]),
) {
    let &[.., height, width] = input else {
        unreachable!("planes have two axes")
    };
    outputs(output, |at| {
        visit(
            at,
            [axes[0].at(at.row, height), axes[1].at(at.column, width)],
        );
    });
}

/// The window's length and its stride along both axes, where no window reaches beyond the array.
fn inner(axes: &[Windows; 2], input: &[usize], output: &[usize]) -> Option<[[usize; 2]; 2]> {
    let along = |axis: usize| match axes[axis] {
        Windows::Sliding {
            kernel,
            stride,
            before: 0,
            dilation: 1,
            ..
        } if kernel > 0 => {
            let [input, output] = [input, output].map(|shape| shape[shape.len() - 2 + axis]);
            let last = output.checked_sub(1)?.checked_mul(stride)?;
            (last.checked_add(kernel)? <= input).then_some([kernel, stride])
        }
        _ => None,
    };
    Some([along(0)?, along(1)?])
}

impl Window {
    fn places(self) -> impl Iterator<Item = usize> {
        (0..self.count).map(move |n| self.first + n * self.step)
    }
}

impl<T: Element> View<'_, T> {
    /// Where a plane of the last two axes starts.
    fn plane(&self, mut number: usize) -> usize {
        let mut start = self.start;
        for axis in (0..self.lengths.len() - 2).rev() {
            let along = number % self.lengths[axis];
            number /= self.lengths[axis];
            start = start.wrapping_add_signed(along as isize * self.strides[axis]);
        }
        start
    }

    /// How far element `(row, column)` of a plane is behind its first.
    fn within(&self, row: usize, column: usize) -> isize {
        let [.., by_row, by_column] = *self.strides else {
            unreachable!("planes have two axes")
        };
        row as isize * by_row + column as isize * by_column
    }
}

/// Where the planes of an array start, the last one asked for kept.
struct Planes<'a, T> {
    of: View<'a, T>,
    last: usize,
    start: usize,
}

impl<'a, T: Element> Planes<'a, T> {
    fn of(view: View<'a, T>) -> Planes<'a, T> {
        Planes {
            of: view,
            last: 0,
            start: view.start,
        }
    }

    /// An element of a plane.
    fn at(&mut self, plane: usize, row: usize, column: usize) -> T {
        let within = self.of.within(row, column);
        self.of.data[self.start(plane).wrapping_add_signed(within)]
    }

    fn start(&mut self, plane: usize) -> usize {
        if plane != self.last {
            (self.last, self.start) = (plane, self.of.plane(plane));
        }
        self.start
    }
}

/// Whether `x` is larger than all before it: NaN is larger than every number. Without a branch,
/// which no processor could foresee.
#[inline(always)]
fn wins<T: Element>(x: T, most: T) -> bool {
    (x > most) | (x.is_nan() & !most.is_nan())
}

/// Visits the place of the largest element of every window: the first in row-major order of those
/// that are equal; NaN is larger than all. `None` if all of the window is padding.
fn each_largest<T: Element>(
    axes: &[Windows; 2],
    x: View<'_, T>,
    output: &[usize],
    mut visit: impl FnMut(Output, Option<[usize; 2]>),
) {
    let mut starts = Planes::of(x);
    if let (Some([[rows, down], [columns, along]]), Some(1)) =
        (inner(axes, x.lengths, output), x.strides.last())
    {
        return outputs(output, |at| {
            let corner = x.within(at.row * down, at.column * along);
            let corner = starts.start(at.plane).wrapping_add_signed(corner);
            let (mut most, mut place) = (x.data[corner], [0, 0]);
            for row in 0..rows {
                let first = corner.wrapping_add_signed(x.within(row, 0));
                for (column, &x) in x.data[first..first + columns].iter().enumerate() {
                    let wins = wins(x, most);
                    most = if wins { x } else { most };
                    place[0] = if wins { row } else { place[0] };
                    place[1] = if wins { column } else { place[1] };
                }
            }
            let place = [at.row * down + place[0], at.column * along + place[1]];
            visit(at, Some(place));
        });
    }
    windows(axes, x.lengths, output, |at, window| {
        let plane = starts.start(at.plane);
        let mut best: Option<(T, [usize; 2])> = None;
        for row in window[0].places() {
            for column in window[1].places() {
                let x = x.data[plane.wrapping_add_signed(x.within(row, column))];
                if best.is_none_or(|(most, _)| wins(x, most)) {
                    best = Some((x, [row, column]));
                }
            }
        }
        visit(at, best.map(|(_, place)| place));
    });
}

/// From each window of `from` the element where `by` is largest; minus infinity where all is padding.
pub(crate) fn pick<T: Element>(
    axes: &[Windows; 2],
    by: View<'_, T>,
    from: View<'_, T>,
    lengths: &[usize],
    out: &mut [T],
) {
    let is_itself =
        std::ptr::eq(by.data, from.data) && (by.start, by.strides) == (from.start, from.strides);
    if is_itself && side_by_side::pick(axes, by, lengths, out) {
        return;
    }
    let mut from = Planes::of(from);
    each_largest(axes, by, lengths, |at, place| {
        out[at.number] = match place {
            Some([row, column]) => from.at(at.plane, row, column),
            None => T::from_f64(f64::NEG_INFINITY),
        };
    });
}

/// The transpose of [`pick`]: adds each element of `g` to the place that was picked.
pub(crate) fn put_back<T: Element>(
    axes: &[Windows; 2],
    by: View<'_, T>,
    g: View<'_, T>,
    out: &mut [T],
) {
    if side_by_side::put_back(axes, by, g, out) {
        return;
    }
    out.fill(T::default());
    let &[.., height, width] = by.lengths else {
        unreachable!("planes have two axes")
    };
    let mut from = Planes::of(g);
    each_largest(axes, by, g.lengths, |at, place| {
        if let Some([row, column]) = place {
            let g = from.at(at.plane, at.row, at.column);
            let out = &mut out[(at.plane * height + row) * width + column];
            *out = *out + g;
        }
    });
}

/// What the sum of a window is divided by.
fn divisor(window: [Window; 2], count_padding: bool) -> f64 {
    let [rows, columns] = window.map(|axis| {
        if count_padding {
            axis.whole
        } else {
            axis.count
        }
    });
    rows as f64 * columns as f64
}

/// The mean of each window.
pub(crate) fn average<T: Element>(
    axes: &[Windows; 2],
    count_padding: bool,
    x: View<'_, T>,
    lengths: &[usize],
    out: &mut [T],
) {
    let mut starts = Planes::of(x);
    windows(axes, x.lengths, lengths, |at, window| {
        let plane = starts.start(at.plane);
        let sum: f64 = window[0]
            .places()
            .map(|row| {
                let element =
                    |column| x.data[plane.wrapping_add_signed(x.within(row, column))].to_f64();
                window[1].places().map(element).sum::<f64>()
            })
            .sum();
        out[at.number] = T::from_f64((sum + 0.0) / divisor(window, count_padding));
    });
}

/// The transpose of [`average`]: each element of `g` in equal parts to its window. `lengths` is
/// the shape of `out`.
pub(crate) fn spread_average<T: Element>(
    axes: &[Windows; 2],
    count_padding: bool,
    g: View<'_, T>,
    lengths: &[usize],
    out: &mut [T],
) {
    out.fill(T::default());
    let &[.., height, width] = lengths else {
        unreachable!("planes have two axes")
    };
    let mut from = Planes::of(g);
    windows(axes, lengths, g.lengths, |at, window| {
        let g = from.at(at.plane, at.row, at.column);
        let part = g.to_f64() / divisor(window, count_padding);
        for row in window[0].places() {
            for column in window[1].places() {
                let out = &mut out[(at.plane * height + row) * width + column];
                *out = T::from_f64(out.to_f64() + part);
            }
        }
    });
}
