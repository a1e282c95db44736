use super::Network;
use super::error::{Result, check};

/// One number per weight and bias, in the layout of the layers: a gradient, or a velocity.
///
/// ```
/// use nn::delta::{Activation::Identity, Gradient, Layer, Network};
///
/// let mut line = Network::new(vec![Layer::new(1, 1, vec![2.0], vec![1.0], Identity)?])?;
/// let gradient = Gradient { weight: vec![vec![4.0]], bias: vec![vec![2.0]] };
///
/// line.step(&gradient, 0.25)?;
/// assert_eq!((line.layers[0].weight[0], line.layers[0].bias[0]), (1.0, 0.5));
/// line.update_weights(&gradient, 0.25)?;
/// assert_eq!((line.layers[0].weight[0], line.layers[0].bias[0]), (0.0, 0.5));
///
/// let mut velocity = Gradient::zeros(&line);
/// line.momentum_step(&gradient, &mut velocity, 0.25, 0.5)?; // v = 4, so w -= 1
/// line.momentum_step(&gradient, &mut velocity, 0.25, 0.5)?; // v = 4/2 + 4, so w -= 1.5
/// assert_eq!((line.layers[0].weight[0], velocity.weight[0][0]), (-2.5, 6.0));
/// # Ok::<(), nn::delta::DeltaError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Gradient {
    /// Per layer, row-major `[outputs, inputs]` like [`Layer::weight`](super::Layer::weight).
    pub weight: Vec<Vec<f64>>,
    /// Per layer, like [`Layer::bias`](super::Layer::bias).
    pub bias: Vec<Vec<f64>>,
}

impl Gradient {
    /// Zeros for every parameter of `network`: the velocity before the first step.
    pub fn zeros(network: &Network) -> Self {
        let zeros = |v: &[f64]| vec![0.0; v.len()];
        let layers = network.layers.iter();
        Self {
            weight: layers.clone().map(|layer| zeros(&layer.weight)).collect(),
            bias: layers.map(|layer| zeros(&layer.bias)).collect(),
        }
    }
}

impl Network {
    /// One step of gradient descent: `W -= rate dE/dW` and `b -= rate dE/db`.
    pub fn step(&mut self, gradient: &Gradient, rate: f64) -> Result<()> {
        self.update_weights(gradient, rate)?;
        for (l, layer) in self.layers.iter_mut().enumerate() {
            descend(&mut layer.bias, &gradient.bias[l], rate);
        }
        Ok(())
    }

    /// The same step with the biases left alone, as in Mazur's example.
    pub fn update_weights(&mut self, gradient: &Gradient, rate: f64) -> Result<()> {
        self.check_gradient("gradient", gradient)?;
        for (l, layer) in self.layers.iter_mut().enumerate() {
            descend(&mut layer.weight, &gradient.weight[l], rate);
        }
        Ok(())
    }

    /// One step with momentum: `v = momentum v + dE/dW`, then `W -= rate v`, biases likewise.
    ///
    /// The velocity starts as [`Gradient::zeros`]. PyTorch's `SGD` has this form; Nielsen's
    /// `v = momentum v - rate dE/dW`, `W += v` keeps the velocity times `-rate`, which is the same
    /// walk for as long as the rate stays the same.
    pub fn momentum_step(
        &mut self,
        gradient: &Gradient,
        velocity: &mut Gradient,
        rate: f64,
        momentum: f64,
    ) -> Result<()> {
        self.check_gradient("gradient", gradient)?;
        self.check_gradient("velocity", velocity)?;
        for l in 0..self.layers.len() {
            accelerate(&mut velocity.weight[l], &gradient.weight[l], momentum);
            accelerate(&mut velocity.bias[l], &gradient.bias[l], momentum);
        }
        self.step(velocity, rate)
    }

    pub(super) fn check_gradient(&self, what: &str, gradient: &Gradient) -> Result<()> {
        self.check()?;
        let sizes = |rows: &[Vec<f64>]| rows.iter().map(Vec::len).collect::<Vec<_>>();
        let own = Gradient::zeros(self);
        for (part, own, given) in [
            ("weights", own.weight, &gradient.weight),
            ("biases", own.bias, &gradient.bias),
        ] {
            let what = format_args!("{what}, {part} per layer");
            check(what, &sizes(&own), &sizes(given))?;
        }
        Ok(())
    }
}

fn accelerate(velocity: &mut [f64], slope: &[f64], momentum: f64) {
    for k in 0..velocity.len() {
        velocity[k] = momentum * velocity[k] + slope[k];
    }
}

fn descend(parameters: &mut [f64], slope: &[f64], rate: f64) {
    for k in 0..parameters.len() {
        parameters[k] -= rate * slope[k];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::{Activation, Layer};

    #[test]
    fn a_gradient_of_another_network_is_refused() {
        let layer = |from, to| {
            Layer::new(
                from,
                to,
                vec![0.5; from * to],
                vec![0.0; to],
                Activation::Tanh,
            )
            .unwrap()
        };
        let mut network = Network::new(vec![layer(3, 2), layer(2, 1)]).unwrap();
        let before = network.clone();
        let say = |result: Result<()>| result.unwrap_err().to_string();

        let mut wrong = Gradient::zeros(&Network::new(vec![layer(3, 2)]).unwrap());
        let weights = "gradient, weights per layer: expected shape [6, 2], found [6]";
        assert_eq!(say(network.step(&wrong, 0.1)), weights);
        assert_eq!(say(network.update_weights(&wrong, 0.1)), weights);

        wrong.weight.push(vec![0.0; 2]);
        let gradient = Gradient::zeros(&network);
        assert_eq!(
            say(network.momentum_step(&gradient, &mut wrong, 0.1, 0.9)),
            "velocity, biases per layer: expected shape [2, 1], found [2]"
        );
        assert_eq!(network, before);
    }
}
