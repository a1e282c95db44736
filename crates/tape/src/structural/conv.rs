//! Convolution and its two transposes.
//!
//! The sum `y[n,o,p,q] w[o,c,i,j] x[n,c,p+i,q+j]` over everything is linear in each of its three
//! factors. Three operations leave out one factor each, and each is the term of the other two:
//! the adjoint of a convolution by its input is a transposed convolution, the one by its kernels
//! a correlation, and so on without end.

use super::{Errors, Pulled, Rounded, Structural, Sum, recorded};
use crate::element::Element;
use crate::error::Error;
use crate::kernel::{self, Convolution, Sliding, View};
use crate::shape::{Axes, Shape};
use crate::tensor::Tensor;

/// How kernels slide, and in how many groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Geometry {
    pub(crate) sliding: Sliding,
    pub(crate) groups: usize,
}

/// Images `[N,C,H,W]`, kernels `[O,C/groups,kh,kw]` and perhaps a bias `[O]` to `[N,O,P,Q]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Conv2d(pub(crate) Geometry);

/// Results `[N,O,P,Q]` and kernels `[O,C/groups,kh,kw]` to images `[N,C,H,W]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ConvTranspose2d(pub(crate) Geometry);

/// Results `[N,O,P,Q]` and images `[N,C,H,W]` to kernels `[O,C/groups,kh,kw]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ConvKernel2d(pub(crate) Geometry);

impl Geometry {
    /// The sizes for some images, `inputs` and `outputs` channels per group.
    fn sized(&self, images: usize, inputs: usize, outputs: usize) -> Convolution {
        Convolution {
            sliding: self.sliding,
            images,
            groups: self.groups,
            inputs,
            outputs,
        }
    }

    #[track_caller]
    fn convolve<T: Element>(&self, x: Tensor<T>, w: Tensor<T>) -> Tensor<T> {
        recorded(Conv2d(*self), &[x, w])
    }

    #[track_caller]
    fn back<T: Element>(&self, y: Tensor<T>, w: Tensor<T>) -> Tensor<T> {
        recorded(ConvTranspose2d(*self), &[y, w])
    }

    #[track_caller]
    fn correlate<T: Element>(&self, y: Tensor<T>, x: Tensor<T>) -> Tensor<T> {
        recorded(ConvKernel2d(*self), &[y, x])
    }
}

impl Structural for Conv2d {
    const NAME: &'static str = "conv2d";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        let ([p, q], n, o) = (self.0.sliding.output, operands[0][0], operands[1][0]);
        Shape::new(&[n, o, p, q])
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        let [x, w] = [operands[0], operands[1]];
        let own = self
            .0
            .sized(x.lengths[0], w.lengths[1], w.lengths[0] / self.0.groups);
        kernel::convolve(&own, x, w, operands.get(2).copied(), out);
    }

    fn term<T: Element>(&self, node: &Pulled<T>, slot: usize) -> Tensor<T> {
        match slot {
            0 => self.0.back(node.upstream, node.operands[1]),
            1 => self.0.correlate(node.upstream, node.operands[0]),
            _ => {
                let (axes, keep) = (Axes::from_slice(&[0, 2, 3]), false);
                recorded(Sum { axes, keep }, &[node.upstream])
            }
        }
    }

    fn says(&self, slot: usize) -> &'static str {
        match slot {
            0 => "{g} convolved back with {1}",
            1 => "{g} correlated with {0}",
            _ => "sum of {g} over images and places",
        }
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.multiplied(self))
    }
}

impl Structural for ConvTranspose2d {
    const NAME: &'static str = "conv_transpose2d";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        let ([h, w], n) = (self.0.sliding.input, operands[0][0]);
        let channels = operands[1][1].saturating_mul(self.0.groups);
        Shape::new(&[n, channels, h, w])
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        let [y, w] = [operands[0], operands[1]];
        let own = self
            .0
            .sized(y.lengths[0], w.lengths[1], w.lengths[0] / self.0.groups);
        kernel::convolve_back(&own, y, w, out);
    }

    fn term<T: Element>(&self, node: &Pulled<T>, slot: usize) -> Tensor<T> {
        match slot {
            0 => self.0.convolve(node.upstream, node.operands[1]),
            _ => self.0.correlate(node.operands[0], node.upstream),
        }
    }

    fn says(&self, slot: usize) -> &'static str {
        match slot {
            0 => "{g} convolved with {1}",
            _ => "{0} correlated with {g}",
        }
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.multiplied(self))
    }
}

impl Structural for ConvKernel2d {
    const NAME: &'static str = "conv_kernel2d";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        let ([i, j], o) = (self.0.sliding.kernel, operands[0][1]);
        Shape::new(&[o, operands[1][1] / self.0.groups, i, j])
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        let [y, x] = [operands[0], operands[1]];
        let own = self
            .0
            .sized(y.lengths[0], lengths[1], lengths[0] / self.0.groups);
        kernel::correlate(&own, y, x, out);
    }

    fn term<T: Element>(&self, node: &Pulled<T>, slot: usize) -> Tensor<T> {
        match slot {
            0 => self.0.convolve(node.operands[1], node.upstream),
            _ => self.0.back(node.operands[0], node.upstream),
        }
    }

    fn says(&self, slot: usize) -> &'static str {
        match slot {
            0 => "{1} convolved with {g}",
            _ => "{0} convolved back with {g}",
        }
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.multiplied(self))
    }
}
