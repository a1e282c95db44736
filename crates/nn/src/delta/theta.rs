//! The delta rule with one matrix per layer, bias column first: `Theta`, accumulators `Delta`, gradient `D`.
//!
//! In this notation a layer is one matrix `Theta` of shape `[s_next, s + 1]`. Its column 0 holds
//! the biases, and every layer is given a constant unit `a_0 = 1`, so that `z = Theta a`. All
//! activations are sigmoids, and the cost is
//!
//! `J(Theta) = -1/m sum_i sum_k [y ln h + (1 - y) ln(1 - h)] + lambda/(2m) sum Theta[j,i]^2`,
//!
//! with the second sum over every layer and every entry but the bias column. The lecture's program:
//!
//! 1. set `Delta = 0`; for each example run forward, put `delta = a - y` at the output, carry it
//!    back by `delta = (Theta^T delta) a (1 - a)` without entry 0, and add `delta a^T` to `Delta`
//!    ([`accumulate`]);
//! 2. `D = (Delta + lambda Theta) / m`, and `D = Delta / m` in the bias column ([`gradient`]);
//! 3. compare [`unroll`]ed `D` with central differences of `J` ([`cost`]).
//!
//! One lecture prints `D = Delta/m + lambda Theta` in step 2. That is not the gradient of its own
//! `J`, and step 3 shows it:
//!
//! ```
//! use nn::delta::{central_difference, theta::{self, Theta}};
//!
//! let thetas = [
//!     Theta::new(2, 2, vec![0.1, 0.4, -0.3, -0.2, 0.5, 0.6])?,
//!     Theta::new(1, 2, vec![0.3, -0.7, 0.8])?,
//! ];
//! let x = [vec![0.0, 1.0], vec![1.0, 0.5], vec![0.2, 0.1]];
//! let y = [vec![1.0], vec![0.0], vec![1.0]];
//! let (lambda, m) = (0.5, 3.0);
//!
//! let sums = theta::accumulate(&thetas, &x, &y)?;
//! let d = theta::unroll(&theta::gradient(&sums, &thetas, lambda, x.len())?);
//! let j = |flat: &[f64]| theta::cost(&theta::roll(flat, &[2, 2, 1]).unwrap(), &x, &y, lambda).unwrap();
//! let differences = central_difference(j, &theta::unroll(&thetas), 1e-4);
//! for k in 0..9 {
//!     assert!((d[k] - differences[k]).abs() < 1e-9);
//! }
//!
//! // Entry 1 is the weight 0.4 of the first layer.
//! let printed = theta::unroll(&sums)[1] / m + lambda * 0.4;
//! assert!((printed - differences[1]).abs() > 0.1);
//! # Ok::<(), nn::delta::DeltaError>(())
//! ```
//!
//! Source: the machine-learning course by Andrew Ng, weeks 4 and 5.

use super::error::{Result, check, check_rows};
use super::{Activation, Cost, Gradient, Layer, Network};

/// One matrix of shape `[to, from + 1]`: the weights to each unit, its bias first.
///
/// Also the shape of the accumulators `Delta` and of the gradient `D`.
///
/// ```
/// use nn::delta::theta::Theta;
///
/// let and = Theta::new(1, 2, vec![-30.0, 20.0, 20.0])?;
/// assert_eq!(and.shape(), [1, 3]);
/// assert_eq!(and.at(0, 0), -30.0); // the bias
/// assert_eq!(and.carry_back(&[1.0]), [20.0, 20.0]); // Theta^T delta, entry 0 dropped
/// # Ok::<(), nn::delta::DeltaError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Theta {
    /// The number of units of the layer it leads to, `s_next`.
    pub to: usize,
    /// The number of units of the layer it leads from, `s`, without the constant unit.
    pub from: usize,
    /// Row-major `[to, from + 1]`.
    pub values: Vec<f64>,
}

impl Theta {
    /// A matrix from its numbers, row by row; a wrong count is an error.
    pub fn new(to: usize, from: usize, values: Vec<f64>) -> Result<Self> {
        let theta = Self { to, from, values };
        theta.check()?;
        Ok(theta)
    }

    /// Biases and weights `[to, from]` put side by side.
    pub fn join(from: usize, bias: &[f64], weight: &[f64]) -> Result<Self> {
        if from.checked_mul(bias.len()) != Some(weight.len()) {
            check("weight [out, in]", &[bias.len(), from], &[weight.len()])?;
        }
        let mut values = Vec::new();
        for j in 0..bias.len() {
            values.push(bias[j]);
            values.extend(&weight[j * from..(j + 1) * from]);
        }
        Self::new(bias.len(), from, values)
    }

    /// The layer with these biases and weights.
    pub fn layer(&self, activation: Activation) -> Result<Layer> {
        self.check()?;
        let bias = (0..self.to).map(|j| self.at(j, 0)).collect();
        let weight = (0..self.to).flat_map(|j| (1..=self.from).map(move |i| self.at(j, i)));
        Layer::new(self.from, self.to, weight.collect(), bias, activation)
    }

    /// `[to, from + 1]`.
    pub fn shape(&self) -> [usize; 2] {
        [self.to, self.from + 1]
    }

    /// `Theta[j,i]`: to unit `j` (from 0), from unit `i` (from 1; 0 is the constant unit).
    ///
    /// # Panics
    /// If there is no such entry.
    pub fn at(&self, j: usize, i: usize) -> f64 {
        self.values[j * (self.from + 1) + i]
    }

    /// `Theta^T delta` without entry 0: nothing is carried back to the constant unit.
    ///
    /// # Panics
    /// If `delta` does not have `to` entries.
    pub fn carry_back(&self, delta: &[f64]) -> Vec<f64> {
        assert_eq!(delta.len(), self.to, "errors of a layer, given and needed");
        let entry = |i| (0..self.to).map(|j| self.at(j, i) * delta[j]).sum();
        (1..=self.from).map(entry).collect()
    }

    fn check(&self) -> Result<()> {
        let width = self.from.checked_add(1);
        if width.and_then(|width| width.checked_mul(self.to)) != Some(self.values.len()) {
            let shape = [self.to, self.from.saturating_add(1)];
            check("Theta [to, from + 1]", &shape, &[self.values.len()])?;
        }
        Ok(())
    }
}

/// The matrices of a network, whatever its activations.
pub fn thetas(network: &Network) -> Result<Vec<Theta>> {
    let join = |layer: &Layer| Theta::join(layer.inputs, &layer.bias, &layer.weight);
    network.layers.iter().map(join).collect()
}

/// A gradient of `network` in the layout of its [`thetas`].
pub fn thetas_of_gradient(gradient: &Gradient, network: &Network) -> Result<Vec<Theta>> {
    network.check_gradient("gradient", gradient)?;
    let mut thetas = Vec::new();
    for (l, layer) in network.layers.iter().enumerate() {
        let (bias, weight) = (&gradient.bias[l], &gradient.weight[l]);
        thetas.push(Theta::join(layer.inputs, bias, weight)?);
    }
    Ok(thetas)
}

/// The network of sigmoids with these matrices.
pub fn network(thetas: &[Theta]) -> Result<Network> {
    let layers = thetas.iter().map(|theta| theta.layer(Activation::Sigmoid));
    Network::new(layers.collect::<Result<_, _>>()?)
}

/// `J(Theta)`: the logistic cost and `lambda/(2m)` times the sum of squared weights, biases left out.
pub fn cost(thetas: &[Theta], x: &[Vec<f64>], y: &[Vec<f64>], lambda: f64) -> Result<f64> {
    let fit = network(thetas)?.cost(Cost::Logistic, x, y)?;
    let mut squares = 0.0;
    for theta in thetas {
        for j in 0..theta.to {
            for i in 1..=theta.from {
                squares += theta.at(j, i) * theta.at(j, i);
            }
        }
    }
    Ok(fit + lambda / (2.0 * x.len() as f64) * squares)
}

/// The accumulators `Delta`: `delta a^T` of every layer, summed over the examples.
///
/// The lecture's loop in its own order, a second hand next to [`Network::backpropagate`]. Its
/// slope `a (1 - a)` is computed from `z`, see [`Activation`].
pub fn accumulate(thetas: &[Theta], x: &[Vec<f64>], y: &[Vec<f64>]) -> Result<Vec<Theta>> {
    let forward = network(thetas)?.forward(x)?;
    check_rows("targets", y, x.len(), thetas[thetas.len() - 1].to)?;
    let mut sums = thetas.to_vec();
    for sum in &mut sums {
        sum.values.fill(0.0);
    }
    for e in 0..x.len() {
        let h = &forward.output()[e];
        let mut delta: Vec<f64> = (0..h.len()).map(|k| h[k] - y[e][k]).collect();
        for l in (0..thetas.len()).rev() {
            let a = &forward.read_by(l)[e];
            let width = sums[l].from + 1;
            for j in 0..sums[l].to {
                sums[l].values[j * width] += delta[j]; // a_0 = 1
                for i in 1..width {
                    sums[l].values[j * width + i] += delta[j] * a[i - 1];
                }
            }
            if l > 0 {
                let error = thetas[l].carry_back(&delta);
                delta = Activation::Sigmoid.carry_back(&forward.z[l - 1][e], &error);
            }
        }
    }
    Ok(sums)
}

/// `D = (Delta + lambda Theta) / m`, in the bias column `Delta / m`: the gradient of [`cost`].
///
/// `m` is the number of examples.
pub fn gradient(sums: &[Theta], thetas: &[Theta], lambda: f64, m: usize) -> Result<Vec<Theta>> {
    check("Delta, layers", &[thetas.len()], &[sums.len()])?;
    let mut d = sums.to_vec();
    for (l, theta) in thetas.iter().enumerate() {
        theta.check()?;
        d[l].check()?;
        let what = format_args!("Delta of layer {}", l + 1);
        check(what, &theta.shape(), &d[l].shape())?;
        for j in 0..theta.to {
            for i in 0..=theta.from {
                let penalty = if i == 0 { 0.0 } else { lambda * theta.at(j, i) };
                let entry = j * (theta.from + 1) + i;
                d[l].values[entry] = (d[l].values[entry] + penalty) / m as f64;
            }
        }
    }
    Ok(d)
}

/// All matrices in one vector, layer by layer and row by row, so that each unit's bias stands before its weights.
///
/// (Octave's `Theta(:)` goes column by column: the same numbers in another order.)
///
/// ```
/// use nn::delta::theta::{Theta, roll, unroll};
///
/// let sizes = [10, 10, 10, 1]; // units per layer, inputs first
/// let flat: Vec<f64> = (0..231).map(f64::from).collect(); // 10 * 11 + 10 * 11 + 1 * 11
/// let thetas = roll(&flat, &sizes)?;
/// assert_eq!(thetas.iter().map(Theta::shape).collect::<Vec<_>>(), [[10, 11], [10, 11], [1, 11]]);
/// assert_eq!(unroll(&thetas), flat);
/// # Ok::<(), nn::delta::DeltaError>(())
/// ```
pub fn unroll(thetas: &[Theta]) -> Vec<f64> {
    let values = thetas.iter().flat_map(|theta| &theta.values);
    values.copied().collect()
}

/// The matrices of a network with `sizes` units per layer, inputs first, from one vector: the inverse of [`unroll`].
pub fn roll(flat: &[f64], sizes: &[usize]) -> Result<Vec<Theta>> {
    let count = |pair: &[usize]| pair[0].saturating_add(1).saturating_mul(pair[1]);
    let needed = sizes.windows(2).map(count).fold(0, usize::saturating_add);
    check("unrolled parameters", &[needed], &[flat.len()])?;
    let (mut thetas, mut rest) = (Vec::new(), flat);
    for pair in sizes.windows(2) {
        let (values, after) = rest.split_at(count(pair));
        thetas.push(Theta::new(pair[1], pair[0], values.to_vec())?);
        rest = after;
    }
    Ok(thetas)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::{DeltaError, central_difference};
    use approx::{assert_abs_diff_eq, assert_relative_eq};

    fn example() -> (Vec<Theta>, Vec<Vec<f64>>, Vec<Vec<f64>>) {
        let flat: Vec<f64> = (0..32).map(|k| (f64::from(k) * 1.7).sin()).collect();
        let thetas = roll(&flat, &[3, 4, 2, 2]).unwrap();
        let rows = |width: i32, f: fn(f64) -> f64| -> Vec<Vec<f64>> {
            let row = |e: i32| (0..width).map(|i| f(f64::from(e * width + i))).collect();
            (0..5).map(row).collect()
        };
        (thetas, rows(3, |k| (k * 0.9).cos()), rows(2, |k| k % 2.0))
    }

    #[test]
    fn accumulators_are_the_gradient_of_the_summed_cost() {
        let (thetas, x, y) = example();
        let network = network(&thetas).unwrap();
        assert_eq!(super::thetas(&network).unwrap(), thetas);
        let forward = network.forward(&x).unwrap();
        let back = network
            .backpropagate(Cost::BinaryCrossEntropy, &forward, &y)
            .unwrap();
        let gradient = thetas_of_gradient(&back.gradient, &network).unwrap();
        let sums = accumulate(&thetas, &x, &y).unwrap();
        for (a, b) in unroll(&gradient).iter().zip(unroll(&sums)) {
            assert_relative_eq!(*a, b, max_relative = 1e-13, epsilon = 1e-15);
        }
    }

    #[test]
    fn d_is_the_gradient_of_j_and_biases_pay_no_penalty() {
        let (thetas, x, y) = example();
        for lambda in [0.0, 2.5] {
            let sums = accumulate(&thetas, &x, &y).unwrap();
            let d = unroll(&gradient(&sums, &thetas, lambda, x.len()).unwrap());
            let j =
                |flat: &[f64]| cost(&roll(flat, &[3, 4, 2, 2]).unwrap(), &x, &y, lambda).unwrap();
            let differences = central_difference(j, &unroll(&thetas), 1e-4);
            for k in 0..d.len() {
                assert_abs_diff_eq!(d[k], differences[k], epsilon = 1e-8);
            }
            assert_eq!(d[0], sums[0].values[0] / 5.0); // a bias
        }
    }

    #[test]
    fn shapes_count_the_bias_column() {
        let theta = Theta::new(21, 101, vec![0.0; 21 * 102]).unwrap();
        assert_eq!(theta.shape(), [21, 102]);
        let thetas = roll(&[0.0; 231], &[10, 10, 10, 1]).unwrap();
        let counts: Vec<_> = thetas.iter().map(|theta| theta.values.len()).collect();
        assert_eq!(counts, [110, 110, 11]);
    }

    #[test]
    fn wrong_shapes_are_named() {
        let (thetas, x, y) = example();
        let say = |result: Result<Vec<Theta>, DeltaError>| result.unwrap_err().to_string();
        assert_eq!(
            say(roll(&[0.0; 230], &[10, 10, 10, 1])),
            "unrolled parameters: expected shape [231], found [230]"
        );
        assert_eq!(
            say(roll(&[0.0; 3], &[usize::MAX, 2])),
            format!(
                "unrolled parameters: expected shape [{}], found [3]",
                usize::MAX
            )
        );
        assert_eq!(
            say(gradient(&thetas[1..], &thetas[..2], 0.0, 1)),
            "Delta of layer 1: expected shape [4, 4], found [2, 5]"
        );
        assert_eq!(
            say(gradient(&thetas[1..], &thetas, 0.0, 1)),
            "Delta, layers: expected shape [3], found [2]"
        );
        assert_eq!(
            say(accumulate(&thetas, &x, &y[1..])),
            "targets, number of examples: expected shape [5], found [4]"
        );
        assert_eq!(
            say(accumulate(&[], &x, &y)),
            "a network needs at least one layer, found none"
        );
        assert_eq!(
            Theta::new(2, 2, vec![0.0; 4]).unwrap_err().to_string(),
            "Theta [to, from + 1]: expected shape [2, 3], found [4]"
        );
    }
}
