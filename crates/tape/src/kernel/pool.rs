//! Windows over the last two axes: their largest element, their mean, and the transposes.

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

/// Visits every window of every plane: the number of the plane, of the window in all, and its
/// extent along both axes. `input` and `output` are shapes.
fn windows(
    axes: &[Windows; 2],
    input: &[usize],
    output: &[usize],
    mut visit: impl FnMut(usize, usize, [Window; 2]),
) {
    let rank = output.len();
    let planes: usize = output[..rank - 2].iter().product();
    let mut number = 0;
    for plane in 0..planes {
        for p in 0..output[rank - 2] {
            let rows = axes[0].at(p, input[rank - 2]);
            for q in 0..output[rank - 1] {
                visit(plane, number, [rows, axes[1].at(q, input[rank - 1])]);
                number += 1;
            }
        }
    }
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

/// The place of the largest element of a window: the first in row-major order of those that
/// are equal; NaN is larger than all. `None` if all of the window is padding.
fn largest<T: Element>(x: &View<'_, T>, plane: usize, window: [Window; 2]) -> Option<[usize; 2]> {
    let mut best: Option<(T, [usize; 2])> = None;
    for row in window[0].places() {
        for column in window[1].places() {
            let x = x.data[plane.wrapping_add_signed(x.within(row, column))];
            let wins = match best {
                None => true,
                Some((largest, _)) => {
                    x > largest || x.to_f64().is_nan() && !largest.to_f64().is_nan()
                }
            };
            if wins {
                best = Some((x, [row, column]));
            }
        }
    }
    best.map(|(_, place)| place)
}

/// From each window of `from` the element where `by` is largest; minus infinity where all is padding.
pub(crate) fn pick<T: Element>(
    axes: &[Windows; 2],
    by: View<'_, T>,
    from: View<'_, T>,
    lengths: &[usize],
    out: &mut [T],
) {
    let (mut starts, mut from) = (Planes::of(by), Planes::of(from));
    windows(axes, by.lengths, lengths, |plane, number, window| {
        out[number] = match largest(&by, starts.start(plane), window) {
            Some([row, column]) => from.at(plane, row, column),
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
    out.fill(T::default());
    let rank = by.lengths.len();
    let [height, width] = [by.lengths[rank - 2], by.lengths[rank - 1]];
    let columns = g.lengths[rank - 1];
    let outputs = g.lengths[rank - 2] * columns;
    let (mut starts, mut from) = (Planes::of(by), Planes::of(g));
    windows(axes, by.lengths, g.lengths, |plane, number, window| {
        if let Some([row, column]) = largest(&by, starts.start(plane), window) {
            let at = number % outputs;
            let g = from.at(plane, at / columns, at % columns);
            let out = &mut out[(plane * height + row) * width + column];
            *out = T::from_f64(out.to_f64() + g.to_f64());
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
    windows(axes, x.lengths, lengths, |plane, number, window| {
        let plane = starts.start(plane);
        let sum: f64 = window[0]
            .places()
            .map(|row| {
                let element =
                    |column| x.data[plane.wrapping_add_signed(x.within(row, column))].to_f64();
                window[1].places().map(element).sum::<f64>()
            })
            .sum();
        out[number] = T::from_f64((sum + 0.0) / divisor(window, count_padding));
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
    let rank = lengths.len();
    let [height, width] = [lengths[rank - 2], lengths[rank - 1]];
    let columns = g.lengths[rank - 1];
    let outputs = g.lengths[rank - 2] * columns;
    windows(axes, lengths, g.lengths, |plane, number, window| {
        let at = number % outputs;
        let g = g.data[g
            .plane(plane)
            .wrapping_add_signed(g.within(at / columns, at % columns))];
        let part = g.to_f64() / divisor(window, count_padding);
        for row in window[0].places() {
            for column in window[1].places() {
                let out = &mut out[(plane * height + row) * width + column];
                *out = T::from_f64(out.to_f64() + part);
            }
        }
    });
}
