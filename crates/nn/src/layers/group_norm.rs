use super::normalization::{Affine, Normal, channel_of, rows};
use crate::hand::{Back, Hand};
use crate::{Module, Parameter, Parts, Pass};
use tape::{Array, Element, Tensor};

/// Group normalisation: the channels of each example in groups, each normalised together with the
/// places behind it, `y = (x - mean) / sqrt(variance + epsilon) w + b` with a weight and a bias for
/// each channel (Wu, He 2018). With a group for each channel it is instance normalisation.
///
/// Shapes: `[batch, channels, ..]` stays as it is; `weight` and `bias` `[channels]`, as PyTorch's
/// `GroupNorm`. By hand: as [`LayerNorm`](super::LayerNorm), a group in place of a row.
///
/// ```
/// use nn::layers::GroupNorm;
/// use nn::{Module, Pass};
/// use tape::Tape;
///
/// let layer = GroupNorm::new(2, 4).with_epsilon(0.0);
/// let tape = Tape::new();
/// let y = layer.forward(tape.constant([[1.0, 3.0, 10.0, 30.0]]), &Pass::new(&tape));
/// assert_eq!(y.to_vec(), [-1.0, 1.0, -1.0, 1.0]);
/// ```
#[derive(Debug)]
pub struct GroupNorm<T: Element = f64> {
    groups: usize,
    channels: usize,
    affine: Affine<T>,
    epsilon: f64,
}

impl<T: Element> GroupNorm<T> {
    /// Weights 1, biases 0, epsilon 1e-5.
    ///
    /// # Panics
    /// If the channels do not divide into the groups.
    #[must_use]
    #[track_caller]
    pub fn new(groups: usize, channels: usize) -> GroupNorm<T> {
        assert!(
            groups > 0 && channels.is_multiple_of(groups),
            "GroupNorm: {channels} channels do not divide into {groups} groups"
        );
        GroupNorm {
            groups,
            channels,
            affine: Affine::new(&[channels]),
            epsilon: 1e-5,
        }
    }

    /// Another number that keeps the divisor above 0.
    #[must_use]
    pub fn with_epsilon(self, epsilon: f64) -> GroupNorm<T> {
        GroupNorm { epsilon, ..self }
    }

    /// The same layer with neither weights nor biases.
    #[must_use]
    pub fn without_affine(mut self) -> GroupNorm<T> {
        self.affine = Affine::none();
        self
    }

    /// The weights, `[channels]`.
    #[must_use]
    pub fn weight(&self) -> Option<&Parameter<T>> {
        self.affine.weight.as_ref()
    }

    /// The biases, `[channels]`.
    #[must_use]
    pub fn bias(&self) -> Option<&Parameter<T>> {
        self.affine.bias.as_ref()
    }
}

impl<T: Element> Module<T> for GroupNorm<T> {
    fn forward(&self, x: Tensor<T>, pass: &Pass<'_, T>) -> Tensor<T> {
        let (weight, bias) = self.affine.on(pass);
        x.group_norm(self.groups, weight, bias, self.epsilon)
    }

    fn parts(&self, parts: &mut Parts<T>) {
        self.affine.parts(parts);
    }

    fn describe(&self) -> String {
        format!("GroupNorm {}, {} groups", self.channels, self.groups)
    }

    fn by_hand<'a>(&'a self, x: &Array, _: &mut Hand) -> Option<(Array, Back<'a>)> {
        let shape = x.shape().clone();
        let at = channel_of(&shape)?;
        let group = self.channels / self.groups * shape[2..].iter().product::<usize>();
        let groups = rows(x.len(), group);
        let normal = Normal::of(x.as_slice(), groups, self.epsilon, true);
        let y = Array::new(&shape, self.affine.by_hand(&normal.values, &at));
        let back = move |delta: &Array, hand: &mut Hand| {
            let error = self.affine.back(delta, &normal.values, &at, hand);
            Array::new(&shape, normal.back(&error))
        };
        Some((y, Box::new(back)))
    }
}
