//! How an image is laid out so that what one weight meets lies side by side.
//!
//! For each column `j` of the kernel there is a plane of the image's rows, of which only what `j` meets
//! is there: `plane[j][row, q] = x[row, q stride + j dilation - padding]`. Under the weight `(i, j)`
//! the outputs `(p, q)` of all rows then meet `plane[j][p + i, q]`, one run of memory that starts
//! `i` rows further on: `kw` copies of the image where a matrix of columns (im2col) takes `kh kw` (Cho
//! and Brand, MEC: memory-efficient convolution, 2017). With a stride, rows are sorted by their
//! remainder, so that those that follow each other under `i` are neighbours again.

use super::unit::{At, Unit};
use super::{Convolution, odd_lines};
use crate::element::Element;
use crate::kernel::View;
use crate::kernel::sliding::{Sliding, place};
use smallvec::SmallVec;
use std::ops::Range;

/// Where the rows of the kernel lie: row `i` meets row `p + later` of those with one remainder.
pub(super) struct KernelRow {
    /// The place of the remainder among those that occur.
    pub(super) sort: usize,
    pub(super) later: usize,
}

/// The planes of some channels, for some rows of outputs.
pub(super) struct Strips {
    /// Remainders of rows, by the stride.
    pub(super) sorts: SmallVec<[usize; 4]>,
    pub(super) rows: SmallVec<[KernelRow; 8]>,
    /// How many rows of one remainder an output reaches over, less one.
    pub(super) reach: usize,
    /// Rows of outputs that there is room for.
    room: usize,
}

/// Lines of a plane and of the image that are the same.
struct Part {
    /// The first row and column in the image.
    row: usize,
    column: usize,
    /// The first row and column in the plane.
    line: usize,
    first: usize,
    lines: usize,
    count: usize,
}

impl Strips {
    pub(super) fn new(own: &Convolution) -> Strips {
        let sliding = &own.sliding;
        let stride = sliding.stride[0];
        let shifts = || (0..sliding.kernel[0]).map(|i| i * sliding.dilation[0]);
        let mut sorts: SmallVec<[usize; 4]> = shifts().map(|shift| shift % stride).collect();
        sorts.sort_unstable();
        sorts.dedup();
        let row = |shift: usize| KernelRow {
            sort: sorts
                .iter()
                .position(|&sort| sort == shift % stride)
                .unwrap_or(0),
            later: shift / stride,
        };
        let rows: SmallVec<[KernelRow; 8]> = shifts().map(row).collect();
        let reach = own.reach();
        let room = own.sliding.output[0];
        Strips {
            sorts,
            rows,
            reach,
            room,
        }
    }

    /// With room for so many rows of outputs.
    pub(super) fn of(self, room: usize) -> Strips {
        Strips { room, ..self }
    }

    /// Elements from a plane to the next.
    pub(super) fn pitch<T>(&self, own: &Convolution) -> usize {
        odd_lines::<T>(self.sorts.len() * self.height(self.room) * own.sliding.output[1])
    }

    /// Rows of one remainder under `outputs` rows of outputs.
    pub(super) fn height(&self, outputs: usize) -> usize {
        outputs + self.reach
    }

    /// Where the weights of `channels` channels meet the planes, in the order of the weights.
    pub(super) fn taps<T>(&self, own: &Convolution, channels: usize) -> Vec<usize> {
        let [height, width] = own.sliding.kernel;
        let (pitch, row) = (self.pitch::<T>(own), own.sliding.output[1]);
        let mut taps = Vec::with_capacity(channels * height * width);
        for channel in 0..channels {
            for KernelRow { sort, later } in &self.rows {
                let at = (sort * self.height(self.room) + later) * row;
                taps.extend((0..width).map(|j| (channel * width + j) * pitch + at));
            }
        }
        taps
    }

    /// What of the rows with one remainder is inside of the image.
    fn part(&self, sliding: &Sliding, sort: usize, j: usize, rows: Range<usize>) -> Option<Part> {
        let start = rows.start;
        let lines = sliding.inside(0, self.sorts[sort], rows);
        let columns = sliding.inside(1, j * sliding.dilation[1], 0..sliding.output[1]);
        (!lines.is_empty() && !columns.is_empty()).then(|| Part {
            row: lines.start * sliding.stride[0] + self.sorts[sort] - sliding.before[0],
            column: columns.start * sliding.stride[1] + j * sliding.dilation[1] - sliding.before[1],
            line: lines.start - start,
            first: columns.start,
            lines: lines.len(),
            count: columns.len(),
        })
    }

    /// Fills the planes of some channels of an image for a range of rows of outputs.
    pub(super) fn fill<T: Element>(
        &self,
        unit: &Unit<T>,
        own: &Convolution,
        (x, image): (&View<'_, T>, usize),
        channels: Range<usize>,
        outputs: Range<usize>,
        planes: &mut [T],
    ) {
        let (sliding, width) = (&own.sliding, own.sliding.output[1]);
        let rows = outputs.start..outputs.end + self.reach;
        let mut planes = planes.chunks_exact_mut(self.pitch::<T>(own));
        let step = sliding.stride[1] as isize * x.strides[3];
        for channel in channels {
            for (j, plane) in (0..sliding.kernel[1]).zip(&mut planes) {
                for (sort, plane) in (0..self.sorts.len())
                    .zip(plane.chunks_exact_mut(self.height(self.room) * width))
                {
                    let plane = &mut plane[..rows.len() * width];
                    let part = self.part(sliding, sort, j, rows.clone());
                    let Some(part) = part else {
                        plane.fill(T::default());
                        continue;
                    };
                    if part.lines * part.count < plane.len() {
                        plane.fill(T::default());
                    }
                    let from = At {
                        start: place(x, [image, channel, part.row, part.column]),
                        step: sliding.stride[0] as isize * x.strides[2],
                    };
                    let to = At {
                        start: part.line * width + part.first,
                        step: width as isize,
                    };
                    copy_lines(
                        unit,
                        (x.data, from, step),
                        (plane, to, 1),
                        [part.lines, part.count],
                        false,
                    );
                }
            }
        }
    }

    /// Adds the planes of some channels, of rows with one remainder, to where they come from: `image`
    /// is one image of the group's channels. `pitch` is from plane to plane.
    pub(super) fn add_back<T: Element>(
        &self,
        unit: &Unit<T>,
        own: &Convolution,
        (planes, pitch): (&[T], usize),
        channels: Range<usize>,
        (sort, rows): (usize, Range<usize>),
        image: &mut [T],
    ) {
        let sliding = &own.sliding;
        let ([height, across], width) = (sliding.input, sliding.output[1]);
        let mut planes = planes.chunks_exact(pitch);
        for channel in channels {
            let image = &mut image[channel * height * across..][..height * across];
            for (j, plane) in (0..sliding.kernel[1]).zip(&mut planes) {
                let Some(part) = self.part(sliding, sort, j, rows.clone()) else {
                    continue;
                };
                let from = At {
                    start: part.line * width + part.first,
                    step: width as isize,
                };
                let to = At {
                    start: part.row * across + part.column,
                    step: (sliding.stride[0] * across) as isize,
                };
                let step = sliding.stride[1] as isize;
                copy_lines(
                    unit,
                    (plane, from, 1),
                    (image, to, step),
                    [part.lines, part.count],
                    true,
                );
            }
        }
    }
}

/// Copies or adds lines whose elements are some steps apart.
fn copy_lines<T: Element>(
    unit: &Unit<T>,
    (from, from_at, from_step): (&[T], At, isize),
    (to, to_at, to_step): (&mut [T], At, isize),
    [lines, count]: [usize; 2],
    add: bool,
) {
    let length = count as isize;
    let (mut size, mut from_step, mut to_step) = ([lines, count], from_step, to_step);
    if size[1] == 1 {
        // A column is a line across.
        (size, from_step, to_step) = ([1, lines], from_at.step, to_at.step);
    } else if (from_step, to_step) == (1, 1) && from_at.step == length && to_at.step == length {
        size = [1, lines * count];
    }
    if (from_step, to_step) == (1, 1) {
        return unit.lines((from, from_at), (to, to_at), size, add);
    }
    for line in 0..size[0] as isize {
        let start = from_at.start.wrapping_add_signed(line * from_at.step);
        let end = to_at.start.wrapping_add_signed(line * to_at.step);
        for n in 0..size[1] as isize {
            let x = from[start.wrapping_add_signed(n * from_step)];
            let out = &mut to[end.wrapping_add_signed(n * to_step)];
            *out = if add { *out + x } else { x };
        }
    }
}
