use super::error::{Result, check, check_rows};
use super::{Cost, DeltaError, Gradient, Layer};

/// Layers in a row, each reading the outputs of the one before.
///
/// ```
/// use nn::delta::{Activation::Sigmoid, Layer, Network};
///
/// // XOR is OR and not AND.
/// let xor = Network::new(vec![
///     Layer::new(2, 2, vec![20.0, 20.0, 20.0, 20.0], vec![-10.0, -30.0], Sigmoid)?, // OR, AND
///     Layer::new(2, 1, vec![20.0, -20.0], vec![-10.0], Sigmoid)?,
/// ])?;
/// assert!(xor.predict(&[0.0, 1.0])?[0] > 0.9999);
/// assert!(xor.predict(&[1.0, 1.0])?[0] < 0.0001);
/// # Ok::<(), nn::delta::DeltaError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// The layers with weights; the inputs are not one of them.
    pub layers: Vec<Layer>,
}

/// What [`Network::forward`] saw, as `[layer][example][unit]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Forward {
    /// The inputs, `[example][unit]`.
    pub x: Vec<Vec<f64>>,
    /// The weighted inputs of every layer.
    pub z: Vec<Vec<Vec<f64>>>,
    /// The outputs of every layer, `a = f(z)`.
    pub a: Vec<Vec<Vec<f64>>>,
}

impl Forward {
    /// The outputs of the last layer, one row per example.
    pub fn output(&self) -> &[Vec<f64>] {
        self.read_by(self.a.len())
    }

    /// What layer `l` reads: the inputs, or the outputs of the layer before.
    pub fn read_by(&self, l: usize) -> &[Vec<f64>] {
        if l == 0 { &self.x } else { &self.a[l - 1] }
    }
}

/// What [`Network::backpropagate`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct Backward {
    /// `delta[layer][example][unit] = dE/dz`: the adjoint of the same entry of [`Forward::z`].
    pub delta: Vec<Vec<Vec<f64>>>,
    /// The derivatives of the cost of the whole batch.
    pub gradient: Gradient,
    /// `dE/dx`, `[example][unit]`.
    pub x: Vec<Vec<f64>>,
}

impl Network {
    /// A network of layers that fit together; otherwise an error names the layer.
    ///
    /// ```
    /// use nn::delta::{Activation::Tanh, Layer, Network};
    ///
    /// let layer = Layer::new(2, 1, vec![0.5; 2], vec![0.0], Tanh)?;
    /// let error = Network::new(vec![layer.clone(), layer]).unwrap_err();
    /// assert_eq!(error.to_string(), "layer 2, inputs: expected shape [1], found [2]");
    /// # Ok::<(), nn::delta::DeltaError>(())
    /// ```
    pub fn new(layers: Vec<Layer>) -> Result<Self> {
        let network = Self { layers };
        network.check()?;
        Ok(network)
    }

    /// Every `z` and `a`, for a batch of one row per example.
    pub fn forward(&self, x: &[Vec<f64>]) -> Result<Forward> {
        self.check()?;
        check_rows("inputs", x, x.len(), self.layers[0].inputs)?;
        let mut forward = Forward {
            x: x.to_vec(),
            z: Vec::new(),
            a: Vec::new(),
        };
        for (l, layer) in self.layers.iter().enumerate() {
            let a = forward.read_by(l);
            let z: Vec<_> = a.iter().map(|a| layer.weigh(a)).collect();
            let a = z.iter().map(|z| layer.activation.value(z)).collect();
            forward.z.push(z);
            forward.a.push(a);
        }
        Ok(forward)
    }

    /// The outputs for one example.
    pub fn predict(&self, x: &[f64]) -> Result<Vec<f64>> {
        Ok(self.forward(&[x.to_vec()])?.output()[0].clone())
    }

    /// The cost of a batch.
    pub fn cost(&self, cost: Cost, x: &[Vec<f64>], y: &[Vec<f64>]) -> Result<f64> {
        cost.value(self.forward(x)?.output(), y)
    }

    /// `delta = dE/dz` of the last layer, `[example][unit]`.
    ///
    /// The difference `a - y` where cost and activation allow it
    /// ([`Cost::error_by_difference`]), otherwise the chain rule ([`Cost::error_by_product`]).
    pub fn output_error(
        &self,
        cost: Cost,
        forward: &Forward,
        y: &[Vec<f64>],
    ) -> Result<Vec<Vec<f64>>> {
        self.check_forward(forward)?;
        let last = self.layers.len() - 1;
        let activation = self.layers[last].activation;
        match cost.error_by_difference(activation, &forward.a[last], y)? {
            Some(delta) => Ok(delta),
            None => cost.error_by_product(activation, &forward.z[last], y),
        }
    }

    /// The whole backward pass of a batch. `forward` must come from these weights.
    pub fn backpropagate(&self, cost: Cost, forward: &Forward, y: &[Vec<f64>]) -> Result<Backward> {
        self.backpropagate_from(forward, self.output_error(cost, forward, y)?)
    }

    /// The backward pass from an output error of your own, `dE/dz` of the last layer, `[example][unit]`.
    ///
    /// Errors go back layer by layer, `delta_i = (sum_j W[j,i] delta_j) f'(z_i)`; gradients add up
    /// over the examples, `dE/dW[j,i] = sum_e delta_j a_i`. There is no further division: a cost
    /// that is a mean has its `1/n` in the output error already.
    pub fn backpropagate_from(
        &self,
        forward: &Forward,
        output_error: Vec<Vec<f64>>,
    ) -> Result<Backward> {
        self.check_forward(forward)?;
        let last = self.layers.len() - 1;
        let (examples, outputs) = (forward.x.len(), self.layers[last].outputs);
        check_rows("output error", &output_error, examples, outputs)?;

        let mut delta = vec![Vec::new(); self.layers.len()];
        delta[last] = output_error;
        for l in (1..=last).rev() {
            let before = self.layers[l - 1].activation;
            for e in 0..examples {
                let error = self.layers[l].carry_back(&delta[l][e]);
                let error = before.carry_back(&forward.z[l - 1][e], &error);
                delta[l - 1].push(error);
            }
        }
        let first = &self.layers[0];
        let x = (0..examples).map(|e| first.carry_back(&delta[0][e]));

        let mut gradient = Gradient::zeros(self);
        for (l, layer) in self.layers.iter().enumerate() {
            for (delta, a) in delta[l].iter().zip(forward.read_by(l)) {
                for j in 0..layer.outputs {
                    for i in 0..layer.inputs {
                        gradient.weight[l][j * layer.inputs + i] += delta[j] * a[i];
                    }
                    gradient.bias[l][j] += delta[j];
                }
            }
        }
        Ok(Backward {
            x: x.collect(),
            delta,
            gradient,
        })
    }

    pub(super) fn check(&self) -> Result<()> {
        let mut units = self.layers.first().ok_or(DeltaError::NoLayers)?.inputs;
        for (l, layer) in self.layers.iter().enumerate() {
            let place = format!("layer {}, ", l + 1);
            check(format_args!("{place}inputs"), &[units], &[layer.inputs])?;
            layer.check(&place)?;
            units = layer.outputs;
        }
        Ok(())
    }

    fn check_forward(&self, forward: &Forward) -> Result<()> {
        self.check()?;
        let examples = forward.x.len();
        check_rows("inputs", &forward.x, examples, self.layers[0].inputs)?;
        for (name, rows) in [("z", &forward.z), ("a", &forward.a)] {
            let what = format_args!("{name}, number of layers");
            check(what, &[self.layers.len()], &[rows.len()])?;
            for (l, layer) in self.layers.iter().enumerate() {
                let what = format_args!("{name} of layer {}", l + 1);
                check_rows(what, &rows[l], examples, layer.outputs)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::{Activation, central_difference, theta};
    use approx::assert_abs_diff_eq;

    /// A 2-3-2 network whose outputs all lie between 0 and 1, so that every cost is defined.
    fn small(hidden: Activation, output: Activation) -> Network {
        let first = vec![0.5, -0.4, 0.3, -0.7, 0.6, 0.2];
        let second = vec![0.07, 0.02, 0.05, 0.04, -0.06, 0.03];
        let layers = [
            Layer::new(2, 3, first, vec![0.1, -0.2, 0.3], hidden),
            Layer::new(3, 2, second, vec![0.2, 0.25], output),
        ];
        Network::new(layers.map(Result::unwrap).to_vec()).unwrap()
    }

    fn batch() -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
        let x = vec![vec![0.3, -0.8], vec![-1.1, 0.4], vec![0.9, 0.2]];
        (x, vec![vec![1.0, -1.0], vec![-1.0, 1.0], vec![1.0, 1.0]])
    }

    #[test]
    fn every_gradient_agrees_with_central_differences() {
        let (x, signs) = batch();
        let mut logarithms = 0;
        for hidden in Activation::ALL {
            for output in Activation::ALL {
                for cost in Cost::ALL {
                    let network = small(hidden, output);
                    let mut y = signs.clone();
                    if cost != Cost::Hinge {
                        y.iter_mut().flatten().for_each(|y| *y = (*y + 1.3) / 3.0);
                    }
                    let forward = network.forward(&x).unwrap();
                    if let Cost::Logistic | Cost::BinaryCrossEntropy | Cost::CrossEntropy = cost {
                        let mut outputs = forward.output().iter().flatten();
                        if !outputs.all(|&a| 0.1 < a && a < 0.9) {
                            continue; // logarithms want probabilities
                        }
                        logarithms += 1;
                    }
                    let back = network.backpropagate(cost, &forward, &y).unwrap();
                    let what = format!("{} {} {}", hidden.name(), output.name(), cost.name());

                    let flat = theta::unroll(&theta::thetas(&network).unwrap());
                    let value = |flat: &[f64]| {
                        let mut network = network.clone();
                        let thetas = theta::roll(flat, &[2, 3, 2]).unwrap();
                        for (layer, theta) in network.layers.iter_mut().zip(thetas) {
                            *layer = theta.layer(layer.activation).unwrap();
                        }
                        network.cost(cost, &x, &y).unwrap()
                    };
                    let gradient = theta::thetas_of_gradient(&back.gradient, &network).unwrap();
                    let differences = central_difference(value, &flat, 1e-5);
                    for (g, d) in theta::unroll(&gradient).iter().zip(differences) {
                        assert!((g - d).abs() < 1e-8, "{what}: {g} against {d}");
                    }

                    let value = |flat: &[f64]| {
                        let x: Vec<_> = flat.chunks(2).map(<[f64]>::to_vec).collect();
                        network.cost(cost, &x, &y).unwrap()
                    };
                    let differences = central_difference(value, &x.concat(), 1e-5);
                    for (g, d) in back.x.concat().iter().zip(differences) {
                        assert!((g - d).abs() < 1e-8, "{what}, inputs: {g} against {d}");
                    }
                }
            }
        }
        assert!(logarithms >= 20 * 7 * 3, "{logarithms}");
    }

    #[test]
    fn delta_is_the_derivative_with_respect_to_z() {
        let network = small(Activation::Tanh, Activation::Sigmoid);
        let (x, y) = batch();
        let forward = network.forward(&x).unwrap();
        let back = network
            .backpropagate(Cost::Quadratic, &forward, &y)
            .unwrap();
        // Moving one z of one example is moving the outputs of that layer for that example.
        for e in 0..3 {
            let value = |z: &[f64]| {
                let last = &network.layers[1];
                let mut a = forward.a[1].clone();
                let hidden = Activation::Tanh.value(z);
                a[e] = last.activation.value(&last.weigh(&hidden));
                Cost::Quadratic.value(&a, &y).unwrap()
            };
            let differences = central_difference(value, &forward.z[0][e], 1e-5);
            for j in 0..3 {
                assert_abs_diff_eq!(back.delta[0][e][j], differences[j], epsilon = 1e-10);
            }
        }
    }

    #[test]
    fn a_batch_is_the_sum_of_its_examples() {
        let network = small(Activation::Softplus, Activation::Softmax);
        let (x, y) = batch();
        let gradient = |x: &[Vec<f64>], y: &[Vec<f64>]| {
            let forward = network.forward(x).unwrap();
            let back = network.backpropagate(Cost::SumOfSquares, &forward, y);
            back.unwrap().gradient.weight.concat()
        };
        let whole = gradient(&x, &y);
        let parts: Vec<_> = (0..3).map(|e| gradient(&x[e..=e], &y[e..=e])).collect();
        for k in 0..whole.len() {
            assert_abs_diff_eq!(whole[k], parts.iter().map(|p| p[k]).sum(), epsilon = 1e-15);
        }
        assert!(gradient(&[], &[]).iter().all(|g| *g == 0.0));
    }

    #[test]
    fn wrong_shapes_are_named() {
        let network = small(Activation::Tanh, Activation::Sigmoid);
        let (x, y) = batch();
        let forward = network.forward(&x).unwrap();
        let say = |error: DeltaError| error.to_string();

        let error = network.forward(&[vec![1.0, 2.0], vec![1.0]]).unwrap_err();
        assert_eq!(
            say(error),
            "inputs, example 2: expected shape [2], found [1]"
        );
        let error = network.cost(Cost::Quadratic, &x, &y[..2]).unwrap_err();
        assert_eq!(
            say(error),
            "targets, number of examples: expected shape [3], found [2]"
        );
        let error = network
            .backpropagate_from(&forward, vec![vec![0.0; 3]; 3])
            .unwrap_err();
        assert_eq!(
            say(error),
            "output error, example 1: expected shape [2], found [3]"
        );
        assert_eq!(Network::new(vec![]).unwrap_err(), DeltaError::NoLayers);

        let mut broken = network.clone();
        broken.layers[1].bias.pop();
        let error = broken.forward(&x).unwrap_err();
        assert_eq!(say(error), "layer 2, bias: expected shape [2], found [1]");

        let other = Network::new(vec![network.layers[0].clone()]).unwrap();
        let error = other
            .backpropagate(Cost::Quadratic, &forward, &y)
            .unwrap_err();
        assert_eq!(
            say(error),
            "z, number of layers: expected shape [1], found [2]"
        );
        let error = Layer::new(usize::MAX, 2, vec![], vec![], Activation::Tanh).unwrap_err();
        assert!(say(error).starts_with("weight [out, in]: expected shape [2, 1844"));
    }
}
