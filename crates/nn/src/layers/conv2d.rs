use super::convolution::Kernels;
use crate::hand::{Back, Hand};
use crate::{Module, Parameter, Parts, Pass};
use rand::Rng;
use tape::{Array, Conv, Element, Shape, Tensor};

/// A convolution of images:
/// `y[n,o,p,q] = b[o] + sum over c, i, j of w[o,c,i,j] x[n, c, p s + i d - a, q s + j d - a]` with
/// stride `s`, dilation `d`, `a` zeros of padding on each side, and the channels `c` of `o`'s group.
///
/// Shapes: `[batch, in, height, width]` (or `[in, height, width]`) gives `[batch, out, p, q]` with
/// `p = floor((height + 2 a - d (kh - 1) - 1) / s) + 1`; `weight [out, in / groups, kh, kw]`,
/// `bias [out]`, as PyTorch's `Conv2d`.
/// By hand, with `delta = dE/dy`: each product of the sum above hands `delta w` to its `x` and
/// `delta x` to its `w`; `dE/db[o]` is the sum of `delta` over the plane `o` of each image.
///
/// ```
/// use nn::layers::{Conv, Conv2d};
/// use nn::{Module, Pass, seeded};
/// use tape::{Array, Tape};
///
/// let layer = Conv2d::new(1, 8, [3, 3], Conv::new().stride(2).padding(1), &mut seeded(1));
/// assert_eq!(layer.describe(), "Conv2d 1 -> 8, 3 x 3, stride 2 x 2, padding 1 x 1");
///
/// let tape = Tape::new();
/// let images = tape.constant(Array::<f64>::ones(&[5, 1, 28, 28]));
/// let y = layer.forward(images, &Pass::new(&tape));
/// assert_eq!(y.shape(), [5, 8, 14, 14]);
/// ```
#[derive(Debug)]
pub struct Conv2d<T: Element = f64> {
    kernels: Kernels<2, T>,
}

impl<T: Element> Conv2d<T> {
    /// Kernels of a height and a width, started as PyTorch does: weights and biases uniform between
    /// plus and minus `1 / sqrt(in / groups x kh x kw)`.
    ///
    /// # Panics
    /// If the channels do not divide into the groups, or the options do not fit together.
    #[must_use]
    #[track_caller]
    pub fn new(
        inputs: usize,
        outputs: usize,
        kernel: [usize; 2],
        options: Conv,
        rng: &mut impl Rng,
    ) -> Conv2d<T> {
        Conv2d {
            kernels: Kernels::new("Conv2d", [inputs, outputs], kernel, options, rng),
        }
    }

    /// A layer from its weights and biases.
    ///
    /// # Panics
    /// If the weights are not `[out, in / groups, kh, kw]`, or the biases not `[out]`.
    #[must_use]
    #[track_caller]
    pub fn from_arrays(
        weight: impl Into<Array<T>>,
        bias: Option<Array<T>>,
        options: Conv,
    ) -> Conv2d<T> {
        Conv2d {
            kernels: Kernels::from_arrays("Conv2d", weight.into(), bias, options),
        }
    }

    /// The same layer without biases.
    #[must_use]
    pub fn without_bias(mut self) -> Conv2d<T> {
        self.kernels.bias = None;
        self
    }

    /// The weights, `[out, in / groups, kh, kw]`.
    #[must_use]
    pub fn weight(&self) -> &Parameter<T> {
        &self.kernels.weight
    }

    /// The biases, `[out]`.
    #[must_use]
    pub fn bias(&self) -> Option<&Parameter<T>> {
        self.kernels.bias.as_ref()
    }
}

impl<T: Element> Module<T> for Conv2d<T> {
    fn forward(&self, x: Tensor<T>, pass: &Pass<'_, T>) -> Tensor<T> {
        let bias = pass.optional(self.bias());
        let options = self.kernels.options.clone();
        x.conv2d(pass.parameter(self.weight()), bias, options)
    }

    fn parts(&self, parts: &mut Parts<T>) {
        self.kernels.parts(parts);
    }

    fn describe(&self) -> String {
        format!("Conv2d {}", self.kernels)
    }

    fn multiply_adds(&self, _: &Shape, y: &Shape) -> usize {
        self.kernels.multiply_adds(y)
    }

    fn by_hand<'a>(&'a self, x: &Array, _: &mut Hand) -> Option<(Array, Back<'a>)> {
        self.kernels.by_hand(x)
    }
}
