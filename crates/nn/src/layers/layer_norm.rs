use super::normalization::{Affine, Normal, rows};
use super::windows::fitting;
use crate::hand::{Back, Hand};
use crate::{Module, Parameter, Parts, Pass};
use tape::{Array, Element, Shape, Tensor};

/// Layer normalisation over the trailing axes: `y = (x - mean) / sqrt(variance + epsilon) w + b`, with
/// the biased variance (Ba, Kiros, Hinton 2016).
///
/// Shapes: `[.., trailing]` stays as it is; `weight` and `bias` have the shape `trailing`, as in
/// PyTorch's `LayerNorm`. By hand, with `n` the normalised numbers and `g = dE/dy w`:
/// `dE/dx = (g - mean(g) - n mean(g n)) / sqrt(variance + epsilon)`, `dE/dw` the sum of `dE/dy n`,
/// `dE/db` that of `dE/dy`.
///
/// ```
/// use nn::layers::LayerNorm;
/// use nn::{Module, Pass};
/// use tape::Tape;
///
/// let layer = LayerNorm::new(&[2]).with_epsilon(0.0);
/// let tape = Tape::new();
/// let y = layer.forward(tape.constant([[1.0, 3.0], [10.0, 30.0]]), &Pass::new(&tape));
/// assert_eq!(y.to_vec(), [-1.0, 1.0, -1.0, 1.0]);
/// ```
#[derive(Debug)]
pub struct LayerNorm<T: Element = f64> {
    trailing: Shape,
    affine: Affine<T>,
    epsilon: f64,
}

impl<T: Element> LayerNorm<T> {
    /// Over the last axes, of these lengths: weights 1, biases 0, epsilon 1e-5.
    ///
    /// # Panics
    /// If there are more elements than fit in memory.
    #[must_use]
    #[track_caller]
    pub fn new(trailing: &[usize]) -> LayerNorm<T> {
        LayerNorm {
            trailing: fitting("LayerNorm", Shape::new(trailing)),
            affine: Affine::new(trailing),
            epsilon: 1e-5,
        }
    }

    /// Another number that keeps the divisor above 0.
    #[must_use]
    pub fn with_epsilon(self, epsilon: f64) -> LayerNorm<T> {
        LayerNorm { epsilon, ..self }
    }

    /// The same layer without biases.
    #[must_use]
    pub fn without_bias(mut self) -> LayerNorm<T> {
        self.affine.bias = None;
        self
    }

    /// The same layer with neither weights nor biases.
    #[must_use]
    pub fn without_affine(mut self) -> LayerNorm<T> {
        self.affine = Affine::none();
        self
    }

    /// The weights.
    #[must_use]
    pub fn weight(&self) -> Option<&Parameter<T>> {
        self.affine.weight.as_ref()
    }

    /// The biases.
    #[must_use]
    pub fn bias(&self) -> Option<&Parameter<T>> {
        self.affine.bias.as_ref()
    }
}

impl<T: Element> Module<T> for LayerNorm<T> {
    fn forward(&self, x: Tensor<T>, pass: &Pass<'_, T>) -> Tensor<T> {
        let (weight, bias) = self.affine.on(pass);
        x.layer_norm(&self.trailing, weight, bias, self.epsilon)
    }

    fn parts(&self, parts: &mut Parts<T>) {
        self.affine.parts(parts);
    }

    fn describe(&self) -> String {
        format!("LayerNorm {}", self.trailing)
    }

    fn by_hand<'a>(&'a self, x: &Array, _: &mut Hand) -> Option<(Array, Back<'a>)> {
        let shape = x.shape().clone();
        let length = self.trailing.count();
        let groups = rows(x.len(), length);
        let normal = Normal::of(x.as_slice(), groups, self.epsilon, true);
        let at = move |i: usize| i % length;
        let y = Array::new(&shape, self.affine.by_hand(&normal.values, at));
        let back = move |delta: &Array, hand: &mut Hand| {
            let error = self.affine.back(delta, &normal.values, at, hand);
            Array::new(&shape, normal.back(&error))
        };
        Some((y, Box::new(back)))
    }
}
