//! The backward passes of pooling, by hand.

use super::windows::{Axis, Plane, with_last};
use crate::hand::{Back, Hand};
use tape::{Array, Pool, Shape, Slide};

/// The windows over each plane of an array: of each output, the elements of the plane that it sees.
pub(super) struct Windows {
    area: usize,
    outputs: Vec<usize>,
    members: Vec<Vec<usize>>,
    /// What a mean divides by.
    divisors: Vec<f64>,
}

impl Windows {
    /// Windows that slide.
    pub(super) fn sliding<const N: usize>(shape: &Shape, options: &Pool) -> Option<Windows> {
        let slides: [Slide; N] = options.along().ok()?;
        let axis = match options.rounds_up() {
            true => Axis::rounded_up,
            false => Axis::new,
        };
        let plane = Plane::of(shape, slides, axis)?;
        let (mut members, mut divisors) = (Vec::new(), Vec::new());
        for (_, place) in plane.places() {
            let inside: Vec<usize> = plane.inside(place).map(|(_, at)| at).collect();
            let [height, width] = plane.0;
            divisors.push(match options.counts_padding() {
                true => (height.with_padding(place[0]) * width.with_padding(place[1])) as f64,
                false => inside.len() as f64,
            });
            members.push(inside);
        }
        Some(Windows {
            area: plane.lengths().iter().product(),
            outputs: with_last::<N>(shape, plane.outputs()),
            members,
            divisors,
        })
    }

    /// Windows that divide a plane evenly: window `i` of `n` over a length `L` reaches from
    /// `floor(i L / n)` to `ceil((i + 1) L / n)`.
    pub(super) fn even<const N: usize>(shape: &Shape, outputs: [usize; N]) -> Option<Windows> {
        let first = shape.rank().checked_sub(N)?;
        let (mut lengths, mut parts) = ([1; 2], [1; 2]);
        lengths[2 - N..].copy_from_slice(&shape[first..]);
        parts[2 - N..].copy_from_slice(&outputs);
        let reach = |axis: usize, i: usize| {
            let (length, n) = (lengths[axis], parts[axis]);
            i * length / n..((i + 1) * length).div_ceil(n)
        };
        let places = (0..parts[0]).flat_map(|i| (0..parts[1]).map(move |j| (i, j)));
        let members: Vec<Vec<usize>> = places
            .map(|(i, j)| {
                let rows = reach(0, i);
                rows.flat_map(|row| reach(1, j).map(move |column| row * lengths[1] + column))
                    .collect()
            })
            .collect();
        Some(Windows {
            area: lengths.iter().product(),
            outputs: with_last::<N>(shape, parts),
            divisors: members.iter().map(|inside| inside.len() as f64).collect(),
            members,
        })
    }

    /// Every output with the number of its window and where its plane starts in the input.
    fn each(&self, planes: usize) -> impl Iterator<Item = (usize, usize, usize)> + use<> {
        let (places, area) = (self.members.len(), self.area);
        (0..planes * places).map(move |y| (y, y % places, y / places * area))
    }

    fn planes(&self, x: &Array) -> usize {
        x.len().checked_div(self.area).unwrap_or(0)
    }

    /// The largest of each window, of equals the first; NaN counts as larger than any number. The
    /// error of an output goes to the element that it is.
    pub(super) fn largest<'a>(self, x: &Array) -> (Array, Back<'a>) {
        let mut y = Array::zeros(&self.outputs);
        let mut chosen = vec![0; y.len()];
        for (out, window, plane) in self.each(self.planes(x)) {
            let mut largest = plane + self.members[window][0];
            for &member in &self.members[window] {
                let (new, old) = (x.as_slice()[plane + member], x.as_slice()[largest]);
                if new > old || new.is_nan() && !old.is_nan() {
                    largest = plane + member;
                }
            }
            y.as_mut_slice()[out] = x.as_slice()[largest];
            chosen[out] = largest;
        }
        let shape = x.shape().clone();
        let back = move |delta: &Array, _: &mut Hand| {
            let mut dx = Array::zeros(&shape);
            for (chosen, delta) in chosen.into_iter().zip(delta) {
                dx.as_mut_slice()[chosen] += delta;
            }
            dx
        };
        (y, Box::new(back))
    }

    /// The mean of each window. The error of an output goes in equal parts to the elements that it
    /// is the mean of.
    pub(super) fn means<'a>(self, x: &Array) -> (Array, Back<'a>)
    where
        Self: 'a,
    {
        let mut y = Array::zeros(&self.outputs);
        for (out, window, plane) in self.each(self.planes(x)) {
            let members = self.members[window].iter();
            let sum: f64 = members.map(|member| x.as_slice()[plane + member]).sum();
            y.as_mut_slice()[out] = sum / self.divisors[window];
        }
        let x = x.clone();
        let back = move |delta: &Array, _: &mut Hand| {
            let mut dx = Array::zeros(x.shape());
            for (out, window, plane) in self.each(self.planes(&x)) {
                for member in &self.members[window] {
                    dx.as_mut_slice()[plane + member] +=
                        delta.as_slice()[out] / self.divisors[window];
                }
            }
            dx
        };
        (y, Box::new(back))
    }
}

/// `2 x 2, stride 1 x 1`: what is not as usual is said.
pub(super) fn described<const N: usize>(slides: &[Slide; N]) -> String {
    let each = |number: fn(&Slide) -> usize| {
        let numbers = slides.iter().map(|slide| number(slide).to_string());
        numbers.collect::<Vec<_>>().join(" x ")
    };
    let mut text = each(|slide| slide.kernel);
    if slides.iter().any(|slide| slide.stride != slide.kernel) {
        text += &format!(", stride {}", each(|slide| slide.stride));
    }
    if slides.iter().any(|slide| slide.padding != [0, 0]) {
        text += &format!(", padding {}", each(|slide| slide.padding[0]));
    }
    if slides.iter().any(|slide| slide.dilation != 1) {
        text += &format!(", dilation {}", each(|slide| slide.dilation));
    }
    text
}
