use super::convolution::Kernels;
use crate::hand::{Back, Hand};
use crate::{Module, Parameter, Parts, Pass};
use rand::Rng;
use tape::{Array, Conv, Element, Shape, Tensor};

/// A convolution along one axis:
/// `y[n,o,p] = b[o] + sum over c, i of w[o,c,i] x[n, c, p s + i d - a]` with stride `s`, dilation
/// `d`, `a` zeros of padding on each side, and the channels `c` of `o`'s group.
///
/// Shapes: `[batch, in, length]` (or `[in, length]`) gives `[batch, out, p]` with
/// `p = floor((length + 2 a - d (k - 1) - 1) / s) + 1`; `weight [out, in / groups, k]`,
/// `bias [out]`, as PyTorch's `Conv1d`. By hand: as [`Conv2d`](super::Conv2d).
///
/// ```
/// use nn::layers::{Conv, Conv1d};
/// use nn::{Module, Pass};
/// use tape::{Array, Tape};
///
/// // The difference to the neighbour on the left.
/// let layer = Conv1d::from_arrays(Array::from([[[-1.0, 1.0]]]), None, Conv::new());
/// let tape = Tape::new();
/// let y = layer.forward(tape.constant([[[1.0, 4.0, 9.0, 16.0]]]), &Pass::new(&tape));
/// assert_eq!(y.to_vec(), [3.0, 5.0, 7.0]);
/// ```
#[derive(Debug)]
pub struct Conv1d<T: Element = f64> {
    kernels: Kernels<1, T>,
}

impl<T: Element> Conv1d<T> {
    /// Kernels of a length, started as PyTorch does: weights and biases uniform between plus and
    /// minus `1 / sqrt(in / groups x k)`.
    ///
    /// # Panics
    /// If the channels do not divide into the groups, or the options do not fit together.
    #[must_use]
    #[track_caller]
    pub fn new(
        inputs: usize,
        outputs: usize,
        kernel: usize,
        options: Conv,
        rng: &mut impl Rng,
    ) -> Conv1d<T> {
        Conv1d {
            kernels: Kernels::new("Conv1d", [inputs, outputs], [kernel], options, rng),
        }
    }

    /// A layer from its weights and biases.
    ///
    /// # Panics
    /// If the weights are not `[out, in / groups, k]`, or the biases not `[out]`.
    #[must_use]
    #[track_caller]
    pub fn from_arrays(
        weight: impl Into<Array<T>>,
        bias: Option<Array<T>>,
        options: Conv,
    ) -> Conv1d<T> {
        Conv1d {
            kernels: Kernels::from_arrays("Conv1d", weight.into(), bias, options),
        }
    }

    /// The same layer without biases.
    #[must_use]
    pub fn without_bias(mut self) -> Conv1d<T> {
        self.kernels.bias = None;
        self
    }

    /// The weights, `[out, in / groups, k]`.
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

impl<T: Element> Module<T> for Conv1d<T> {
    fn forward(&self, x: Tensor<T>, pass: &Pass<'_, T>) -> Tensor<T> {
        let bias = pass.optional(self.bias());
        let options = self.kernels.options.clone();
        x.conv1d(pass.parameter(self.weight()), bias, options)
    }

    fn parts(&self, parts: &mut Parts<T>) {
        self.kernels.parts(parts);
    }

    fn describe(&self) -> String {
        format!("Conv1d {}", self.kernels)
    }

    fn multiply_adds(&self, _: &Shape, y: &Shape) -> usize {
        self.kernels.multiply_adds(y)
    }

    fn by_hand<'a>(&'a self, x: &Array, _: &mut Hand) -> Option<(Array, Back<'a>)> {
        self.kernels.by_hand(x)
    }
}
