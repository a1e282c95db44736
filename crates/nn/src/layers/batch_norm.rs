use super::normalization::{Affine, Normal, channel_of};
use crate::hand::{Back, Hand};
use crate::{Module, Parameter, Parts, Pass};
use tape::{Array, Element, Tensor};

/// Batch normalisation of `[batch, channels, ..]` with `N` axes of places: [`BatchNorm1d`],
/// [`BatchNorm2d`].
///
/// A pass that learns normalises each channel over the batch and its places,
/// `y = (x - mean) / sqrt(variance + epsilon) w + b` with the biased variance, and moves the running
/// statistics a tenth of the way: `running = 0.9 running + 0.1 of this batch`, the variance here the
/// unbiased one. A network in use normalises with the running statistics. (Ioffe, Szegedy 2015.)
///
/// Shapes: the input's; all parameters `[channels]`. Definitions and names are those of PyTorch's
/// `BatchNorm2d`, whose `num_batches_tracked` is not kept: only a momentum that changes needs it.
/// By hand: as [`LayerNorm`](super::LayerNorm), a channel in place of a row; in use the statistics
/// are data, and `dE/dx = dE/dy w / sqrt(running_var + epsilon)`.
///
/// ```
/// use nn::layers::BatchNorm1d;
/// use nn::{Module, Session};
///
/// let layer = BatchNorm1d::new(1);
/// let mut session = Session::new(0);
/// session.step(|pass| layer.forward(pass.tape().constant([[1.0], [3.0]]), pass).sum());
/// assert_eq!(layer.running_mean().value()[[0]], 0.2); // 0.9 x 0 + 0.1 x 2
/// assert_eq!(layer.running_variance().value()[[0]], 1.1); // 0.9 x 1 + 0.1 x 2
/// ```
#[derive(Debug)]
pub struct BatchNorm<const N: usize, T: Element = f64> {
    affine: Affine<T>,
    running_mean: Parameter<T>,
    running_variance: Parameter<T>,
    momentum: f64,
    epsilon: f64,
}

/// Batch normalisation of `[batch, channels]` or `[batch, channels, length]`.
pub type BatchNorm1d<T = f64> = BatchNorm<1, T>;

/// Batch normalisation of `[batch, channels, height, width]`.
pub type BatchNorm2d<T = f64> = BatchNorm<2, T>;

impl<const N: usize, T: Element> BatchNorm<N, T> {
    /// Weights 1, biases 0, running mean 0 and variance 1, momentum 0.1, epsilon 1e-5.
    #[must_use]
    #[track_caller]
    pub fn new(channels: usize) -> BatchNorm<N, T> {
        BatchNorm {
            affine: Affine::new(&[channels]),
            running_mean: Parameter::buffer(Array::zeros(&[channels])),
            running_variance: Parameter::buffer(Array::ones(&[channels])),
            momentum: 0.1,
            epsilon: 1e-5,
        }
    }

    /// Another part of each batch's statistics in the running ones: 0 leaves them as they are, 1
    /// forgets all earlier ones.
    ///
    /// # Panics
    /// If it is not between 0 and 1.
    #[must_use]
    #[track_caller]
    pub fn with_momentum(self, momentum: f64) -> BatchNorm<N, T> {
        assert!(
            (0.0..=1.0).contains(&momentum),
            "BatchNorm: a momentum is the part of the new in the mean, from 0 to 1, not {momentum}"
        );
        BatchNorm { momentum, ..self }
    }

    /// Another number that keeps the divisor above 0.
    #[must_use]
    pub fn with_epsilon(self, epsilon: f64) -> BatchNorm<N, T> {
        BatchNorm { epsilon, ..self }
    }

    /// The same layer with neither weights nor biases.
    #[must_use]
    pub fn without_affine(mut self) -> BatchNorm<N, T> {
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

    /// The running mean, `[channels]`; a buffer.
    #[must_use]
    pub fn running_mean(&self) -> &Parameter<T> {
        &self.running_mean
    }

    /// The running variance, `[channels]`; a buffer.
    #[must_use]
    pub fn running_variance(&self) -> &Parameter<T> {
        &self.running_variance
    }

    /// Moves a running statistic towards that of this batch, once the pass has succeeded.
    fn follow(&self, running: &Parameter<T>, batch: Tensor<T>, pass: &Pass<'_, T>) {
        let mut next = Array::clone(&pass.latest(running));
        batch.with(|batch| {
            for (running, batch) in next.as_mut_slice().iter_mut().zip(batch) {
                let (old, new) = (running.to_f64(), batch.to_f64());
                *running = T::from_f64((1.0 - self.momentum) * old + self.momentum * new);
            }
        });
        pass.keep(running, next);
    }
}

impl<const N: usize, T: Element> Module<T> for BatchNorm<N, T> {
    /// # Panics
    /// If the input has another rank or other channels; in a pass that learns, if a channel has
    /// fewer than two numbers.
    fn forward(&self, x: Tensor<T>, pass: &Pass<'_, T>) -> Tensor<T> {
        let shape = x.shape();
        let channels = self.running_mean.count();
        let rank_fits = shape.rank() == N + 2 || N == 1 && shape.rank() == 2;
        assert!(
            rank_fits && shape[1] == channels,
            "BatchNorm{N}d: an input of shape {shape} where [batch, {channels}{}] belongs",
            [" or batch, channels, length", ", height, width"][N.clamp(1, 2) - 1]
        );
        let (weight, bias) = self.affine.on(pass);
        if pass.is_learning() {
            let normalised = x.batch_norm(weight, bias, self.epsilon);
            self.follow(&self.running_mean, normalised.mean, pass);
            self.follow(&self.running_variance, normalised.variance, pass);
            return normalised.output;
        }
        let mean = pass.parameter(&self.running_mean);
        let variance = pass.parameter(&self.running_variance);
        x.batch_norm_with(mean, variance, weight, bias, self.epsilon)
    }

    fn parts(&self, parts: &mut Parts<T>) {
        self.affine.parts(parts);
        parts.parameter("running_mean", &self.running_mean);
        parts.parameter("running_var", &self.running_variance);
    }

    fn describe(&self) -> String {
        format!("BatchNorm{N}d {}", self.running_mean.count())
    }

    fn by_hand<'a>(&'a self, x: &Array, hand: &mut Hand) -> Option<(Array, Back<'a>)> {
        let shape = x.shape().clone();
        let at = channel_of(&shape)?;
        if !hand.is_learning() {
            return Some(self.in_use_by_hand(x, at));
        }
        let mut channels = vec![Vec::new(); self.running_mean.count()];
        for i in 0..x.len() {
            channels[at(i)].push(i);
        }
        let normal = Normal::of(x.as_slice(), channels, self.epsilon, true);
        let y = Array::new(&shape, self.affine.by_hand(&normal.values, &at));
        let back = move |delta: &Array, hand: &mut Hand| {
            let error = self.affine.back(delta, &normal.values, &at, hand);
            Array::new(&shape, normal.back(&error))
        };
        Some((y, Box::new(back)))
    }
}

impl<const N: usize, T: Element> BatchNorm<N, T> {
    /// With running statistics, which do not depend on `x`.
    fn in_use_by_hand(
        &self,
        x: &Array,
        at: impl Fn(usize) -> usize + Clone + 'static,
    ) -> (Array, Back<'_>) {
        let shape = x.shape().clone();
        let mean: Array = self.running_mean.value().cast();
        let variance: Array = self.running_variance.value().cast();
        let scale = variance.map(|variance| (variance + self.epsilon).sqrt());
        let normal = |(i, x): (usize, &f64)| {
            let channel = at(i);
            (x - mean.as_slice()[channel]) / scale.as_slice()[channel]
        };
        let normal: Vec<f64> = x.iter().enumerate().map(normal).collect();
        let y = Array::new(&shape, self.affine.by_hand(&normal, &at));
        let back = move |delta: &Array, hand: &mut Hand| {
            let mut dx = self.affine.back(delta, &normal, &at, hand);
            for (i, dx) in dx.iter_mut().enumerate() {
                *dx /= scale.as_slice()[at(i)];
            }
            Array::new(&shape, dx)
        };
        (y, Box::new(back))
    }
}
