use super::Neuron;
use crate::{Activation, Init};
use rand::Rng;
use tape::{Real, Tape, Var};

/// Neurons that read the same inputs, and the activation that follows them: `a = f(z)`.
///
/// ```
/// use nn::{Activation::Relu, scalar::{Layer, Neuron}};
///
/// let layer = Layer::new(Relu, [Neuron::new(0.5, [1.0, 1.0]), Neuron::new(0.0, [-1.0, -1.0])]);
/// assert_eq!(layer.weigh(&[1.0, 2.0]), [3.5, -3.0]); // z
/// assert_eq!(layer.forward(&[1.0, 2.0]), [3.5, 0.0]); // a
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Layer<N = f64> {
    /// `f`.
    pub activation: Activation,
    /// The units.
    pub neurons: Vec<Neuron<N>>,
}

impl<N> Layer<N> {
    /// A layer of these neurons.
    ///
    /// # Panics
    /// If they do not have equally many weights.
    #[track_caller]
    pub fn new(activation: Activation, neurons: impl Into<Vec<Neuron<N>>>) -> Self {
        let layer = Self {
            activation,
            neurons: neurons.into(),
        };
        for (j, neuron) in layer.neurons.iter().enumerate() {
            let (weights, first) = (neuron.weights.len(), layer.inputs());
            assert_eq!(
                weights,
                first,
                "weights of neuron {} of a layer, and of neuron 1",
                j + 1
            );
        }
        layer
    }

    /// How many units the layer reads; 0 for a layer without neurons.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.neurons
            .first()
            .map_or(0, |neuron| neuron.weights.len())
    }

    /// How many units the layer has.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.neurons.len()
    }
}

impl Layer {
    /// A layer of `outputs` random neurons that read `inputs` units.
    pub fn random(
        inputs: usize,
        outputs: usize,
        activation: Activation,
        init: Init,
        rng: &mut impl Rng,
    ) -> Self {
        let neurons = (0..outputs)
            .map(|_| Neuron::random(inputs, outputs, init, rng))
            .collect();
        Self {
            activation,
            neurons,
        }
    }

    /// The same layer with its parameters as inputs of a tape.
    #[must_use]
    #[track_caller]
    pub fn record(&self, tape: &Tape) -> Layer<Var> {
        let mut neurons = Vec::with_capacity(self.neurons.len());
        for neuron in &self.neurons {
            neurons.push(neuron.record(tape));
        }
        Layer {
            activation: self.activation,
            neurons,
        }
    }
}

impl<R: Real> Layer<R> {
    /// The weighted inputs `z`, one per neuron.
    ///
    /// # Panics
    /// If there is not one input per weight of each neuron.
    #[must_use]
    #[track_caller]
    pub fn weigh<T: Copy + Into<R>>(&self, x: &[T]) -> Vec<R> {
        let mut z = Vec::with_capacity(self.neurons.len());
        for neuron in &self.neurons {
            z.push(neuron.weigh(x));
        }
        z
    }

    /// The outputs `a = f(z)`.
    ///
    /// # Panics
    /// As [`weigh`](Layer::weigh).
    #[must_use]
    #[track_caller]
    pub fn forward<T: Copy + Into<R>>(&self, x: &[T]) -> Vec<R> {
        self.activation.apply(&self.weigh(x))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(
        expected = "weights of neuron 2 of a layer, and of neuron 1\n  left: 1\n right: 2"
    )]
    fn neurons_of_one_layer_read_the_same_inputs() {
        let _ = Layer::new(
            Activation::Tanh,
            [Neuron::new(0.0, [1.0, 2.0]), Neuron::new(0.0, [1.0])],
        );
    }
}
