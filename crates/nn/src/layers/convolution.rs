//! What convolutions along one and two axes have in common.

use super::windows::{Plane, fitting};
use crate::hand::{Back, Hand};
use crate::layers::windows::{Axis, with_last};
use crate::{Init, Parameter, Parts};
use rand::Rng;
use std::fmt;
use tape::{Array, Conv, Element, Shape, Slide};

/// Kernels over `N` axes: their weights `[out, in / groups, ..]`, biases `[out]`, and how they slide.
#[derive(Debug)]
pub(super) struct Kernels<const N: usize, T: Element> {
    pub(super) weight: Parameter<T>,
    pub(super) bias: Option<Parameter<T>>,
    pub(super) options: Conv,
    slides: [Slide; N],
}

impl<const N: usize, T: Element> Kernels<N, T> {
    /// Uniform between plus and minus `1 / sqrt(in / groups x elements of a kernel)`, as PyTorch's.
    #[track_caller]
    pub(super) fn new(
        layer: &str,
        [inputs, outputs]: [usize; 2],
        kernel: [usize; N],
        options: Conv,
        rng: &mut impl Rng,
    ) -> Kernels<N, T> {
        let groups = options.group_count();
        assert!(
            groups > 0 && inputs.is_multiple_of(groups) && outputs.is_multiple_of(groups),
            "{layer}: {inputs} input and {outputs} output channels do not divide into {groups} groups"
        );
        let mut lengths = vec![outputs, inputs / groups];
        lengths.extend(kernel);
        let shape = fitting(layer, Shape::new(&lengths));
        let read = shape[1..].iter().product();
        let weight = Init::Torch.weights(&shape, read, outputs, rng);
        let bias = Init::Torch.biases(outputs, read, rng);
        Kernels::from_arrays(layer, weight, Some(bias), options)
    }

    #[track_caller]
    pub(super) fn from_arrays(
        layer: &str,
        weight: Array<T>,
        bias: Option<Array<T>>,
        options: Conv,
    ) -> Kernels<N, T> {
        let fits = |bias: &Array<T>| weight.rank() > 0 && *bias.shape() == [weight.shape()[0]];
        assert!(
            weight.rank() == N + 2 && bias.as_ref().is_none_or(fits),
            "{layer}: weights of shape {} and biases of shape {}; they are [out, in / groups, {}] and [out]",
            weight.shape(),
            bias.map_or("none".to_string(), |bias| bias.shape().to_string()),
            ["length", "height, width"][N - 1],
        );
        let kernel = std::array::from_fn(|axis| weight.shape()[2 + axis]);
        let slides = fitting(layer, options.along(kernel));
        Kernels {
            weight: Parameter::weight(weight),
            bias: bias.map(Parameter::bias),
            options,
            slides,
        }
    }

    pub(super) fn parts(&self, parts: &mut Parts<T>) {
        parts.parameter("weight", &self.weight);
        if let Some(bias) = &self.bias {
            parts.parameter("bias", bias);
        }
    }

    /// Every output is a sum over the input channels of a group and the elements of a kernel.
    pub(super) fn multiply_adds(&self, y: &Shape) -> usize {
        y.count() * self.weight.shape()[1..].iter().product::<usize>()
    }

    /// Every product of the convolution once, as the places of the sum, of the input and of the
    /// weight in their arrays: value and backward pass are this one loop, with other things done
    /// in it.
    fn each_product(
        &self,
        images: usize,
        plane: &Plane,
        mut visit: impl FnMut(usize, usize, usize),
    ) {
        let [out, depth] = [self.weight.shape()[0], self.weight.shape()[1]];
        let groups = self.options.group_count();
        let [places, area] = [plane.outputs(), plane.lengths()].map(|of| of[0] * of[1]);
        let kernel: usize = self.weight.shape()[2..].iter().product();
        for n in 0..images {
            for o in 0..out {
                let group = o / (out / groups);
                for (p, place) in plane.places() {
                    for c in 0..depth {
                        let channel = n * depth * groups + group * depth + c;
                        for (k, at) in plane.inside(place) {
                            let y = (n * out + o) * places + p;
                            visit(y, channel * area + at, (o * depth + c) * kernel + k);
                        }
                    }
                }
            }
        }
    }

    pub(super) fn by_hand<'a>(&'a self, x: &Array) -> Option<(Array, Back<'a>)> {
        let weight: Array = self.weight.value().cast();
        let out = weight.shape()[0];
        let plane = Plane::of(x.shape(), self.slides, Axis::new)?;
        let channels = x.rank().checked_sub(N + 1)?;
        let images = x.shape()[..channels].iter().product();
        let places = plane.outputs()[0] * plane.outputs()[1];
        let mut lengths = with_last::<N>(x.shape(), plane.outputs());
        lengths[channels] = out;
        let mut y = Array::zeros(&lengths);
        if let Some(bias) = &self.bias {
            let bias: Array = bias.value().cast();
            for (n, plane) in y.as_mut_slice().chunks_mut(places.max(1)).enumerate() {
                plane.fill(bias.as_slice()[n % out]);
            }
        }
        let (to, from, by) = (y.as_mut_slice(), x.as_slice(), weight.as_slice());
        self.each_product(images, &plane, |y, x, w| to[y] += by[w] * from[x]);

        let x = x.clone();
        let back = move |delta: &Array, hand: &mut Hand| {
            let mut dx = Array::zeros(x.shape());
            let mut dw = Array::zeros(weight.shape());
            let (to_x, to_w, delta) = (dx.as_mut_slice(), dw.as_mut_slice(), delta.as_slice());
            self.each_product(images, &plane, |y, x_at, w| {
                to_x[x_at] += delta[y] * weight.as_slice()[w];
                to_w[w] += delta[y] * x.as_slice()[x_at];
            });
            hand.add(&self.weight, dw);
            if let Some(bias) = &self.bias {
                let mut db = Array::zeros(&[out]);
                for (n, plane) in delta.chunks(places.max(1)).enumerate() {
                    db[[n % out]] += plane.iter().sum::<f64>();
                }
                hand.add(bias, db);
            }
            dx
        };
        Some((y, Box::new(back)))
    }
}

/// `1 -> 8, 3 x 3, stride 2 x 2`: what is not as usual is said.
impl<const N: usize, T: Element> fmt::Display for Kernels<N, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (shape, groups) = (self.weight.shape(), self.options.group_count());
        let each =
            |number: fn(&Slide) -> String| self.slides.iter().map(number).collect::<Vec<_>>();
        let inputs = shape[1] * groups;
        let kernel = each(|slide| slide.kernel.to_string()).join(" x ");
        write!(f, "{inputs} -> {}, {kernel}", shape[0])?;
        let padding = each(|slide| match slide.padding {
            [before, after] if before == after => before.to_string(),
            [before, after] => format!("{before}+{after}"),
        });
        for (what, numbers, usual) in [
            ("stride", each(|slide| slide.stride.to_string()), "1"),
            ("padding", padding, "0"),
            ("dilation", each(|slide| slide.dilation.to_string()), "1"),
        ] {
            if numbers.iter().any(|number| number != usual) {
                write!(f, ", {what} {}", numbers.join(" x "))?;
            }
        }
        match groups {
            1 => Ok(()),
            _ => write!(f, ", {groups} groups"),
        }
    }
}
