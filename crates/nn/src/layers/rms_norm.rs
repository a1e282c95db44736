use super::normalization::{Affine, Normal, rows};
use super::windows::fitting;
use crate::hand::{Back, Hand};
use crate::{Module, Parameter, Parts, Pass};
use tape::{Array, Element, ElementType, Shape, Tensor};

/// RMS normalisation over the trailing axes: `y = x / sqrt(mean x^2 + epsilon) w` (Zhang, Sennrich 2019).
///
/// Shapes: `[.., trailing]` stays as it is; `weight` has the shape `trailing`, as in PyTorch's
/// `RMSNorm`. By hand, with `n` the normalised numbers and `g = dE/dy w`:
/// `dE/dx = (g - n mean(g n)) / sqrt(mean x^2 + epsilon)`, `dE/dw` the sum of `dE/dy n`.
///
/// ```
/// use nn::layers::RmsNorm;
/// use nn::{Module, Pass};
/// use tape::Tape;
///
/// let layer = RmsNorm::new(&[4]).with_epsilon(0.0);
/// let tape = Tape::new();
/// let y = layer.forward(tape.constant([4.0, 0.0, 0.0, 0.0]), &Pass::new(&tape));
/// assert_eq!(y.to_vec(), [2.0, 0.0, 0.0, 0.0]); // the root of the mean square is 2
/// ```
#[derive(Debug)]
pub struct RmsNorm<T: Element = f64> {
    trailing: Shape,
    affine: Affine<T>,
    epsilon: f64,
}

impl<T: Element> RmsNorm<T> {
    /// Over the last axes, of these lengths: weights 1, and as epsilon the distance from 1 to the
    /// next number of the element type, as PyTorch has it.
    ///
    /// # Panics
    /// If there are more elements than fit in memory.
    #[must_use]
    #[track_caller]
    pub fn new(trailing: &[usize]) -> RmsNorm<T> {
        RmsNorm {
            trailing: fitting("RmsNorm", Shape::new(trailing)),
            affine: Affine {
                bias: None,
                ..Affine::new(trailing)
            },
            epsilon: match T::TYPE {
                ElementType::F64 => f64::EPSILON,
                ElementType::F32 => f32::EPSILON.into(),
            },
        }
    }

    /// Another number that keeps the divisor above 0.
    #[must_use]
    pub fn with_epsilon(self, epsilon: f64) -> RmsNorm<T> {
        RmsNorm { epsilon, ..self }
    }

    /// The same layer without weights.
    #[must_use]
    pub fn without_affine(mut self) -> RmsNorm<T> {
        self.affine = Affine::none();
        self
    }

    /// The weights.
    #[must_use]
    pub fn weight(&self) -> Option<&Parameter<T>> {
        self.affine.weight.as_ref()
    }
}

impl<T: Element> Module<T> for RmsNorm<T> {
    fn forward(&self, x: Tensor<T>, pass: &Pass<'_, T>) -> Tensor<T> {
        let (weight, _) = self.affine.on(pass);
        x.rms_norm(&self.trailing, weight, self.epsilon)
    }

    fn parts(&self, parts: &mut Parts<T>) {
        self.affine.parts(parts);
    }

    fn describe(&self) -> String {
        format!("RmsNorm {}", self.trailing)
    }

    fn by_hand<'a>(&'a self, x: &Array, _: &mut Hand) -> Option<(Array, Back<'a>)> {
        let shape = x.shape().clone();
        let length = self.trailing.count();
        let groups = rows(x.len(), length);
        let normal = Normal::of(x.as_slice(), groups, self.epsilon, false);
        let at = move |i: usize| i % length;
        let y = Array::new(&shape, self.affine.by_hand(&normal.values, at));
        let back = move |delta: &Array, hand: &mut Hand| {
            let error = self.affine.back(delta, &normal.values, at, hand);
            Array::new(&shape, normal.back(&error))
        };
        Some((y, Box::new(back)))
    }
}
