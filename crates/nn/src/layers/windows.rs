//! Where kernels and windows lie, for the backward passes by hand.

use tape::{Error, Shape, Slide};

/// One axis and what slides along it.
#[derive(Clone, Copy)]
pub(super) struct Axis {
    length: usize,
    outputs: usize,
    slide: Slide,
}

impl Axis {
    /// `outputs = floor((length + padding - dilation (kernel - 1) - 1) / stride) + 1`.
    pub(super) fn new(length: usize, slide: Slide) -> Option<Axis> {
        let room = room(length, slide)?;
        let outputs = room / slide.stride + 1;
        Some(Axis {
            length,
            outputs,
            slide,
        })
    }

    /// The same, but rounded up, if the last place still starts inside or on the padding in front.
    pub(super) fn rounded_up(length: usize, slide: Slide) -> Option<Axis> {
        let last = room(length, slide)?.div_ceil(slide.stride);
        let starts_inside = last * slide.stride < length + slide.padding[0];
        Some(Axis {
            length,
            outputs: last + usize::from(starts_inside),
            slide,
        })
    }

    /// Where element `i` of place `o` lies, unless it lies on the padding or beyond.
    fn at(&self, o: usize, i: usize) -> Option<usize> {
        let from_padding = o * self.slide.stride + i * self.slide.dilation;
        let at = from_padding.checked_sub(self.slide.padding[0])?;
        (at < self.length).then_some(at)
    }

    /// How many elements place `o` has, those on the padding included, but none beyond it.
    pub(super) fn with_padding(&self, o: usize) -> usize {
        let padded = self.length + self.slide.padding[0] + self.slide.padding[1];
        self.slide.kernel.min(padded - o * self.slide.stride)
    }
}

/// How far what slides can move.
fn room(length: usize, slide: Slide) -> Option<usize> {
    let reach = slide.dilation * (slide.kernel - 1) + 1;
    (length + slide.padding[0] + slide.padding[1]).checked_sub(reach)
}

/// Two axes; a line is an image of one row.
#[derive(Clone, Copy)]
pub(super) struct Plane(pub(super) [Axis; 2]);

/// What does not slide along the axis that a line does not have.
const STILL: Slide = Slide {
    kernel: 1,
    stride: 1,
    padding: [0, 0],
    dilation: 1,
};

impl Plane {
    /// How `slides` lie on the last axes of a shape; `None` if they do not fit.
    pub(super) fn of<const N: usize>(
        shape: &Shape,
        slides: [Slide; N],
        axis: fn(usize, Slide) -> Option<Axis>,
    ) -> Option<Plane> {
        let first = shape.rank().checked_sub(N)?;
        let mut plane = [axis(1, STILL)?; 2];
        for (n, slide) in slides.into_iter().enumerate() {
            plane[2 - N + n] = axis(shape[first + n], slide)?;
        }
        Some(Plane(plane))
    }

    pub(super) fn outputs(&self) -> [usize; 2] {
        self.0.map(|axis| axis.outputs)
    }

    pub(super) fn lengths(&self) -> [usize; 2] {
        self.0.map(|axis| axis.length)
    }

    /// The elements of a place that are inside, as `(element of the kernel, element of the plane)`,
    /// in row-major order.
    pub(super) fn inside(&self, place: [usize; 2]) -> impl Iterator<Item = (usize, usize)> + '_ {
        let [height, width] = self.0;
        let rows = (0..height.slide.kernel).map(move |i| (i, height.at(place[0], i)));
        rows.flat_map(move |(i, row)| {
            (0..width.slide.kernel).filter_map(move |j| {
                let at = row? * width.length + width.at(place[1], j)?;
                Some((i * width.slide.kernel + j, at))
            })
        })
    }

    /// Every place, in row-major order, with its number.
    pub(super) fn places(&self) -> impl Iterator<Item = (usize, [usize; 2])> + use<> {
        let [rows, columns] = self.outputs();
        (0..rows * columns).map(move |n| (n, [n / columns, n % columns]))
    }
}

/// Options that do not fit are a panic at the line that made the layer.
#[track_caller]
pub(super) fn fitting<V>(layer: &str, options: Result<V, Error>) -> V {
    match options {
        Ok(options) => options,
        Err(error) => panic!("{layer}: {error}"),
    }
}

/// A shape whose last `N` lengths are others.
pub(super) fn with_last<const N: usize>(shape: &Shape, lengths: [usize; 2]) -> Vec<usize> {
    let mut all = shape.to_vec();
    let first = all.len() - N;
    all[first..].copy_from_slice(&lengths[2 - N..]);
    all
}
