use super::{Forward, Layer, Neuron, weight_name};
use crate::delta::{self, DeltaError, unit_name};
use crate::{Activation, Init};
use rand::Rng;
use tape::{Real, Tape, Var};

/// A multilayer perceptron: layers in a row, each reading the outputs of the one before.
///
/// As `Mlp` (of `f64`) it owns the parameters as plain numbers. [`record`](Mlp::record) puts them
/// on a tape, [`with`](Mlp::with) puts any numbers in their place; what is computed is the same.
///
/// ```
/// use nn::{Activation::{Softmax, Tanh}, Init, scalar::Mlp};
///
/// let net = Mlp::random(2, &[(4, Tanh), (3, Softmax)], Init::Glorot, &mut nn::seeded(1));
/// let p = net.predict(&[0.5, -1.0]);
/// assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-15);
/// assert_eq!(net.parameters().len(), 4 * (1 + 2) + 3 * (1 + 4));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Mlp<N = f64> {
    /// The layers with parameters; the inputs are not one of them.
    pub layers: Vec<Layer<N>>,
}

impl<N> Mlp<N> {
    /// A network of these layers.
    ///
    /// # Panics
    /// If a layer does not read as many units as the one before has.
    #[track_caller]
    pub fn new(layers: impl Into<Vec<Layer<N>>>) -> Self {
        let layers = layers.into();
        for (l, pair) in layers.windows(2).enumerate() {
            let (has, reads) = (pair[0].outputs(), pair[1].inputs());
            assert_eq!(
                has,
                reads,
                "units of layer {}, and inputs of layer {}",
                l + 1,
                l + 2
            );
        }
        Self { layers }
    }
}

impl Mlp {
    /// A random network: the number of inputs, then units and activation of each layer.
    pub fn random(
        inputs: usize,
        layers: &[(usize, Activation)],
        init: Init,
        rng: &mut impl Rng,
    ) -> Self {
        let mut inputs = inputs;
        let mut random = |&(units, activation): &(usize, Activation)| {
            let layer = Layer::random(inputs, units, activation, init, rng);
            inputs = units;
            layer
        };
        Self {
            layers: layers.iter().map(&mut random).collect(),
        }
    }

    /// The same network with its parameters as inputs of a tape, in their order.
    #[must_use]
    #[track_caller]
    pub fn record(&self, tape: &Tape) -> Mlp<Var> {
        let mut layers = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            layers.push(layer.record(tape));
        }
        Mlp { layers }
    }

    /// The same numbers in the arrays of the delta rule.
    pub fn to_delta(&self) -> Result<delta::Network, DeltaError> {
        let layer = |layer: &Layer| {
            let weight = layer
                .neurons
                .iter()
                .flat_map(|neuron| neuron.weights.clone())
                .collect();
            let bias = layer.neurons.iter().map(|neuron| neuron.bias).collect();
            delta::Layer::new(
                layer.inputs(),
                layer.outputs(),
                weight,
                bias,
                layer.activation,
            )
        };
        delta::Network::new(self.layers.iter().map(layer).collect::<Result<_, _>>()?)
    }
}

impl<R: Real> Mlp<R> {
    /// The outputs for one example.
    ///
    /// # Panics
    /// If the first layer reads another number of inputs.
    #[must_use]
    #[track_caller]
    pub fn predict<T: Copy + Into<R>>(&self, x: &[T]) -> Vec<R> {
        let mut a = own(x);
        for layer in &self.layers {
            a = layer.forward(&a);
        }
        a
    }

    /// Every `z` and `a`, for a batch of one row per example.
    ///
    /// ```
    /// use nn::scalar::gates;
    ///
    /// let forward = gates::xor().forward(&[[0.0, 0.0], [0.0, 1.0]]);
    /// assert_eq!(forward.z[0][1], [10.0, -10.0]); // layer 1, example 2: OR and AND
    /// assert!(forward.outputs()[1][0] > 0.9999);
    /// ```
    ///
    /// # Panics
    /// If the first layer reads another number of inputs.
    #[must_use]
    #[track_caller]
    pub fn forward<T: Copy + Into<R>, X: AsRef<[T]>>(&self, x: &[X]) -> Forward<R> {
        let x: Vec<Vec<R>> = x.iter().map(|x| own(x.as_ref())).collect();
        let mut forward = Forward {
            x,
            z: Vec::new(),
            a: Vec::new(),
        };
        for layer in &self.layers {
            let (mut z, mut a) = (Vec::new(), Vec::new());
            for x in forward.outputs() {
                let weighed = layer.weigh(x);
                a.push(layer.activation.apply(&weighed));
                z.push(weighed);
            }
            forward.z.push(z);
            forward.a.push(a);
        }
        forward
    }
}

/// Inputs as numbers of the network's type.
fn own<R, T: Copy + Into<R>>(x: &[T]) -> Vec<R> {
    x.iter().map(|&x| x.into()).collect()
}

impl Mlp<Var> {
    /// Gives every parameter the lecture's name, counted from 1: `b[1][2]`, and `w[1][2,3]` for
    /// the weight in layer 1 to unit 2 from unit 3.
    #[track_caller]
    pub fn named(self) -> Self {
        for (l, layer) in self.layers.iter().enumerate() {
            for (j, neuron) in layer.neurons.iter().enumerate() {
                neuron.bias.named(unit_name("b", l, j));
                for (i, w) in neuron.weights.iter().enumerate() {
                    w.named(weight_name(l, j, i));
                }
            }
        }
        self
    }
}

/// The delta rule's network in neurons.
impl From<&delta::Network> for Mlp {
    fn from(network: &delta::Network) -> Mlp {
        let layer = |layer: &delta::Layer| {
            let weights = |j| &layer.weight[j * layer.inputs..(j + 1) * layer.inputs];
            let neurons = layer
                .bias
                .iter()
                .enumerate()
                .map(|(j, &b)| Neuron::new(b, weights(j)));
            Layer {
                activation: layer.activation,
                neurons: neurons.collect(),
            }
        };
        Mlp {
            layers: network.layers.iter().map(layer).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation::{Sigmoid, Tanh};

    fn net() -> Mlp {
        Mlp::random(
            3,
            &[(4, Tanh), (2, Sigmoid)],
            Init::Signed,
            &mut crate::seeded(3),
        )
    }

    #[test]
    fn numbers_variables_and_the_delta_rule_predict_the_same() {
        let (net, x) = (net(), [0.3, -0.8, 1.1]);
        let tape = Tape::new();
        let recorded = net.record(&tape);
        let values = |a: &[Var]| a.iter().map(|a| a.value()).collect::<Vec<_>>();
        let plain = net.predict(&x);
        assert_eq!(values(&recorded.predict(&x)), plain);
        assert_eq!(values(&recorded.forward(&[x]).outputs()[0]), plain);
        assert_eq!(
            values(&recorded.forward(&[tape.leaves(&x)]).outputs()[0]),
            plain
        );
        for (a, b) in net
            .to_delta()
            .unwrap()
            .predict(&x)
            .unwrap()
            .iter()
            .zip(&plain)
        {
            assert!((a - b).abs() < 1e-15);
        }
    }

    #[test]
    #[should_panic(expected = "is stale")]
    fn a_recorded_network_does_not_outlive_a_reset() {
        let tape = Tape::new();
        let recorded = net().record(&tape);
        tape.reset();
        let _ = recorded.predict(&[0.0; 3]);
    }

    #[test]
    #[should_panic(expected = "units of layer 1, and inputs of layer 2\n  left: 4\n right: 2")]
    fn layers_must_fit() {
        let _ = Mlp::new([
            net().layers[0].clone(),
            Layer::new(Tanh, [Neuron::new(0.0, [1.0; 2])]),
        ]);
    }
}
