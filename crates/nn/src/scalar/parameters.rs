//! The parameters of a network as one flat list.

use super::{Layer, Mlp, Neuron};

impl<N> Mlp<N> {
    /// Every bias and weight, for change.
    ///
    /// The order is layer by layer and unit by unit, each unit's bias before its weights: that of
    /// [`theta::unroll`](crate::delta::theta::unroll).
    pub fn parameters_mut(&mut self) -> impl Iterator<Item = &mut N> {
        let neurons = self.layers.iter_mut().flat_map(|layer| &mut layer.neurons);
        neurons.flat_map(|neuron| [&mut neuron.bias].into_iter().chain(&mut neuron.weights))
    }

    /// The weights without the biases, for change, in the order of the parameters.
    pub fn weights_mut(&mut self) -> impl Iterator<Item = &mut N> {
        let neurons = self.layers.iter_mut().flat_map(|layer| &mut layer.neurons);
        neurons.flat_map(|neuron| &mut neuron.weights)
    }

    fn neurons(&self) -> impl Iterator<Item = &Neuron<N>> {
        self.layers.iter().flat_map(|layer| &layer.neurons)
    }
}

impl<N: Copy> Mlp<N> {
    /// All parameters in one list, in the order of [`parameters_mut`](Mlp::parameters_mut).
    #[must_use]
    pub fn parameters(&self) -> Vec<N> {
        let mut list = Vec::new();
        for neuron in self.neurons() {
            list.push(neuron.bias);
            list.extend(&neuron.weights);
        }
        list
    }

    /// The weights without the biases.
    #[must_use]
    pub fn weights(&self) -> Vec<N> {
        self.neurons()
            .flat_map(|neuron| &neuron.weights)
            .copied()
            .collect()
    }

    /// The same network with other parameters, in the order of [`parameters`](Mlp::parameters).
    ///
    /// They may be numbers of another kind, which makes a loss a function of its parameters:
    ///
    /// ```
    /// use nn::{Activation::Sigmoid, scalar::{Layer, Mlp, Neuron}};
    ///
    /// let net = Mlp::new([Layer::new(Sigmoid, [Neuron::new(-3.0, [2.0, -3.0])])]);
    /// let f = |p: &[tape::Var]| net.with(p).predict(&[-1.0, -2.0])[0];
    /// let gradient = tape::gradient(f, &net.parameters());
    /// assert_eq!(format!("{gradient:.4?}"), "[0.1966, -0.1966, -0.3932]");
    /// ```
    ///
    /// # Panics
    /// If there are more or fewer than the network has.
    #[must_use]
    #[track_caller]
    pub fn with<M: Copy>(&self, parameters: &[M]) -> Mlp<M> {
        let count: usize = self.neurons().map(|neuron| 1 + neuron.weights.len()).sum();
        assert_eq!(
            parameters.len(),
            count,
            "parameters given, and those of the network"
        );
        let mut rest = parameters;
        let mut take = |count: usize| {
            let (taken, after) = rest.split_at(count);
            rest = after;
            taken
        };
        let mut neuron = |old: &Neuron<N>| Neuron::new(take(1)[0], take(old.weights.len()));
        let mut layer = |old: &Layer<N>| Layer {
            activation: old.activation,
            neurons: old.neurons.iter().map(&mut neuron).collect(),
        };
        Mlp {
            layers: self.layers.iter().map(&mut layer).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation::{Sigmoid, Tanh};
    use crate::Init;
    use crate::delta::theta;

    fn net() -> Mlp {
        Mlp::random(
            3,
            &[(4, Tanh), (2, Sigmoid)],
            Init::Signed,
            &mut crate::seeded(3),
        )
    }

    #[test]
    fn parameters_have_the_order_of_unrolled_thetas() {
        let mut net = net();
        let delta = net.to_delta().unwrap();
        assert_eq!(
            net.parameters(),
            theta::unroll(&theta::thetas(&delta).unwrap())
        );
        assert_eq!(Mlp::from(&delta), net);
        assert_eq!(net.with(&net.parameters()), net);
        let listed: Vec<f64> = net.parameters_mut().map(|p| *p).collect();
        assert_eq!(listed, net.parameters());
        let listed: Vec<f64> = net.weights_mut().map(|w| *w).collect();
        assert_eq!(listed, net.weights());
        assert_eq!(listed.len(), 3 * 4 + 4 * 2);
    }

    #[test]
    #[should_panic(expected = "parameters given, and those of the network\n  left: 25\n right: 26")]
    fn parameters_must_fit() {
        let _ = net().with(&[0.0; 25]);
    }
}
