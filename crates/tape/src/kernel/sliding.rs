//! A kernel that slides over the last two axes of an image: which elements meet.

use super::View;
use crate::element::Element;
use std::ops::Range;

/// Where a window of `kernel` elements, `dilation` apart, lies on each axis: its output `o` has
/// element `k` of the kernel over `o * stride + k * dilation - before` of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sliding {
    pub(crate) input: [usize; 2],
    pub(crate) kernel: [usize; 2],
    pub(crate) output: [usize; 2],
    pub(crate) stride: [usize; 2],
    /// How many zeros are thought before the input.
    pub(crate) before: [usize; 2],
    pub(crate) dilation: [usize; 2],
}

/// Outputs side by side under which one element of the kernel meets the input.
pub(crate) struct Run {
    /// The image that they are of.
    pub(crate) image: usize,
    /// The first one, counted from the first column asked for.
    pub(crate) at: usize,
    pub(crate) length: usize,
    /// What it meets: a row of the input and the first of its elements, `stride` apart.
    pub(crate) row: usize,
    pub(crate) column: usize,
}

impl Sliding {
    /// The elements of the kernel.
    pub(crate) fn window(&self) -> usize {
        self.kernel[0].saturating_mul(self.kernel[1])
    }

    /// The elements of one output image.
    pub(crate) fn outputs(&self) -> usize {
        self.output[0].saturating_mul(self.output[1])
    }

    /// What element `k` of the kernel meets under output `o`, if that is inside.
    fn place(&self, axis: usize, k: usize, o: usize) -> Option<usize> {
        (o * self.stride[axis] + k * self.dilation[axis])
            .checked_sub(self.before[axis])
            .filter(|&place| place < self.input[axis])
    }

    /// The outputs of a range under which what lies `shift` behind the window's start is inside.
    pub(super) fn inside(&self, axis: usize, shift: usize, outputs: Range<usize>) -> Range<usize> {
        let first = |place: usize| place.saturating_sub(shift).div_ceil(self.stride[axis]);
        let start = first(self.before[axis]).max(outputs.start);
        start..first(self.before[axis] + self.input[axis]).min(outputs.end)
    }

    /// Visits what element `(i, j)` of the kernel meets under some outputs, which are counted
    /// over all images: column `(n * P + p) * Q + q`.
    pub(crate) fn runs(
        &self,
        columns: Range<usize>,
        [i, j]: [usize; 2],
        mut visit: impl FnMut(Run),
    ) {
        let [height, width] = self.output;
        if columns.is_empty() {
            return;
        }
        let inside = self.inside(1, j * self.dilation[1], 0..width);
        let (line, mut q) = (columns.start / width, columns.start % width);
        let (mut image, mut p) = (line / height, line % height);
        let mut column = columns.start;
        while column < columns.end {
            let length = (width - q).min(columns.end - column);
            let (first, end) = (inside.start.max(q), inside.end.min(q + length));
            if let Some(row) = self.place(0, i, p).filter(|_| first < end) {
                visit(Run {
                    image,
                    at: column - columns.start + first - q,
                    length: end - first,
                    row,
                    column: first * self.stride[1] + j * self.dilation[1] - self.before[1],
                });
            }
            column += length;
            (p, q) = (p + 1, 0);
            if p == height {
                (image, p) = (image + 1, 0);
            }
        }
    }

    /// Writes what each element of the kernel meets: row `(c, i, j)` of a matrix, a column per
    /// output (im2col). Padding is zero.
    pub(crate) fn unroll<T: Element>(
        &self,
        x: &View<'_, T>,
        channels: Range<usize>,
        columns: Range<usize>,
        out: &mut [T],
    ) {
        let &[by_image, _, by_row, by_column] = x.strides else {
            unreachable!("images have four axes")
        };
        let step = self.stride[1] as isize * by_column;
        let mut rows = out.chunks_exact_mut(columns.len());
        for channel in channels {
            let start = place(x, [0, channel, 0, 0]);
            for (i, j) in self.elements() {
                let out = rows.next().expect("a row for each element of the kernel");
                let mut filled = 0;
                self.runs(columns.clone(), [i, j], |run| {
                    out[filled..run.at].fill(T::default());
                    filled = run.at + run.length;
                    let [image, row, column] = [run.image, run.row, run.column].map(|i| i as isize);
                    let from = start
                        .wrapping_add_signed(image * by_image + row * by_row + column * by_column);
                    let out = &mut out[run.at..filled];
                    if step == 1 {
                        out.copy_from_slice(&x.data[from..from + run.length]);
                    } else {
                        for (n, out) in out.iter_mut().enumerate() {
                            *out = x.data[from.wrapping_add_signed(n as isize * step)];
                        }
                    }
                });
                out[filled..].fill(T::default());
            }
        }
    }

    /// Adds the rows of such a matrix back to where they came from (col2im): the transpose of
    /// [`unroll`](Sliding::unroll). `out` are images of `depth` channels.
    pub(crate) fn roll_back<T: Element>(
        &self,
        matrix: &[T],
        channels: Range<usize>,
        columns: Range<usize>,
        depth: usize,
        out: &mut [T],
    ) {
        let [height, width] = self.input;
        let mut rows = matrix.chunks_exact(columns.len());
        for channel in channels {
            for (i, j) in self.elements() {
                let from = rows.next().expect("a row for each element of the kernel");
                self.runs(columns.clone(), [i, j], |run| {
                    let line = (run.image * depth + channel) * height + run.row;
                    let out = &mut out[line * width + run.column..];
                    let from = &from[run.at..run.at + run.length];
                    if self.stride[1] == 1 {
                        for (out, &from) in out.iter_mut().zip(from) {
                            *out = *out + from;
                        }
                    } else {
                        for (out, &from) in out.iter_mut().step_by(self.stride[1]).zip(from) {
                            *out = *out + from;
                        }
                    }
                });
            }
        }
    }

    /// The elements of the kernel in row-major order.
    pub(crate) fn elements(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let [rows, columns] = self.kernel;
        (0..rows).flat_map(move |i| (0..columns).map(move |j| (i, j)))
    }
}

/// Where an element of an array of four axes lies.
pub(super) fn place<T>(view: &View<'_, T>, index: [usize; 4]) -> usize {
    index
        .iter()
        .zip(view.strides)
        .fold(view.start, |place, (&i, &stride)| {
            place.wrapping_add_signed(i as isize * stride)
        })
}
