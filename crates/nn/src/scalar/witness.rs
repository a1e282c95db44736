mod table;

use super::{Mlp, loss, of_example, weight_name};
use crate::Cost;
use crate::delta::{DeltaError, Network, unit_name};
use tape::{Tape, Var};

/// Runs the tape and the textbook's delta rule on one network, and puts their numbers side by side.
///
/// Layer by layer, from the last to the first: the errors `delta_j` beside the adjoints of `z_j`,
/// then the gradients of weights and biases; and at the end those of the inputs. The two share no
/// formula: the tape differentiates the operations that it recorded, and [`delta`](crate::delta) is
/// written by hand.
///
/// `x` and `y` are one row per example. The [front page](crate) shows what it prints.
///
/// ```
/// use nn::{Cost, scalar::{gates, witness}};
///
/// let x = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let witness = witness(&gates::xor(), &x, &[[1.0]; 4], Cost::Quadratic)?;
/// assert!(witness.largest_difference() < 1e-12);
///
/// let first = &witness.comparisons[0];
/// assert_eq!((&*first.name, &*first.node), ("delta[2][1](1)", "z[2][1](1)"));
/// assert!((first.by_hand - first.adjoint).abs() < 1e-20);
/// # Ok::<(), nn::delta::DeltaError>(())
/// ```
///
/// # Errors
/// If the rows do not fit the network, or the network's layers do not fit together.
pub fn witness<X: AsRef<[f64]>, Y: AsRef<[f64]>>(
    net: &Mlp,
    x: &[X],
    y: &[Y],
    cost: Cost,
) -> Result<Witness, DeltaError> {
    compare(net, &net.to_delta()?, &owned(x), &owned(y), cost)
}

/// What [`witness`] found.
///
/// It displays as a table. Numbers of ordinary size are shown to ten decimals.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    /// The cost that both differentiated.
    pub cost: Cost,
    /// The number of examples.
    pub examples: usize,
    /// Every number of the backward pass, from the last layer to the inputs.
    pub comparisons: Vec<Comparison>,
}

/// One number of a backward pass, found twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The layer, from 1 as in names; 0 for the inputs.
    pub layer: usize,
    /// The textbook's name for the number: `delta[1][2]`, `dE/dw[1][2,3]`.
    pub name: String,
    /// The number by the delta rule.
    pub by_hand: f64,
    /// The name of the node whose adjoint should be the same: `z[1][2]`, `w[1][2,3]`.
    pub node: String,
    /// The adjoint by the tape.
    pub adjoint: f64,
    /// The difference of the two, divided by the largest number of its layer.
    ///
    /// 0 where the two are equal, infinite where only one is infinite, NaN where either is NaN.
    pub difference: f64,
}

impl Witness {
    /// The largest of the relative differences. Rounding leaves some 1e-16.
    ///
    /// NaN if any of the numbers is NaN, on either side or on both: there is nothing to compare
    /// then, and `largest_difference() < 1e-12` is false.
    #[must_use]
    pub fn largest_difference(&self) -> f64 {
        self.comparisons
            .iter()
            .map(|c| c.difference)
            .fold(0.0, tape::Real::max) // f64::max would pass over NaN
    }
}

/// The tape on `net` against the delta rule on `network`.
fn compare(
    net: &Mlp,
    network: &Network,
    x: &[Vec<f64>],
    y: &[Vec<f64>],
    cost: Cost,
) -> Result<Witness, DeltaError> {
    let back = network.backpropagate(cost, &network.forward(x)?, y)?;

    let tape = Tape::without_lines();
    let recorded = net.record(&tape);
    let inputs: Vec<Vec<Var>> = x.iter().map(|x| tape.leaves(x)).collect();
    let forward = recorded.forward(&inputs);
    let g = loss::cost(cost, forward.outputs(), y).backward();

    let mut comparisons = Vec::new();
    for l in (0..net.layers.len()).rev() {
        let mut found = Vec::new();
        for e in 0..x.len() {
            for (j, &z) in forward.z[l][e].iter().enumerate() {
                let name = |symbol| of_example(unit_name(symbol, l, j), e, x.len());
                found.push(Found(name("delta"), back.delta[l][e][j], name("z"), g[z]));
            }
        }
        let neurons = &recorded.layers[l].neurons;
        for (j, neuron) in neurons.iter().enumerate() {
            for (i, &w) in neuron.weights.iter().enumerate() {
                let by_hand = back.gradient.weight[l][j * neuron.weights.len() + i];
                found.push(Found::gradient(weight_name(l, j, i), by_hand, g[w]));
            }
        }
        for (j, neuron) in neurons.iter().enumerate() {
            let by_hand = back.gradient.bias[l][j];
            found.push(Found::gradient(
                unit_name("b", l, j),
                by_hand,
                g[neuron.bias],
            ));
        }
        comparisons.extend(measure(l + 1, found));
    }
    let mut found = Vec::new();
    for (e, x) in inputs.iter().enumerate() {
        for (i, &x) in x.iter().enumerate() {
            let node = of_example(format!("x[{}]", i + 1), e, inputs.len());
            found.push(Found::gradient(node, back.x[e][i], g[x]));
        }
    }
    comparisons.extend(measure(0, found));
    Ok(Witness {
        cost,
        examples: x.len(),
        comparisons,
    })
}

/// Name and number by hand, node and adjoint on the tape.
struct Found(String, f64, String, f64);

impl Found {
    fn gradient(node: String, by_hand: f64, adjoint: f64) -> Found {
        Found(format!("dE/d{node}"), by_hand, node, adjoint)
    }
}

/// The comparisons of one layer, each measured against the largest of its numbers.
fn measure(layer: usize, found: Vec<Found>) -> Vec<Comparison> {
    let sizes = found.iter().map(|found| found.1.abs());
    let largest = sizes.filter(|size| size.is_finite()).fold(0.0, f64::max);
    let compare = |Found(name, by_hand, node, adjoint): Found| {
        let apart = (by_hand - adjoint).abs();
        let difference = if by_hand == adjoint {
            0.0
        } else {
            apart / largest
        };
        Comparison {
            layer,
            name,
            by_hand,
            node,
            adjoint,
            difference,
        }
    };
    found.into_iter().map(compare).collect()
}

fn owned<X: AsRef<[f64]>>(rows: &[X]) -> Vec<Vec<f64>> {
    rows.iter().map(|row| row.as_ref().to_vec()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation::{Sigmoid, Tanh};
    use crate::scalar::{Layer, Neuron, gates};

    fn example() -> (Mlp, [Vec<f64>; 2], [Vec<f64>; 2]) {
        let hidden = [Neuron::new(0.1, [0.5, -0.4]), Neuron::new(-0.2, [0.3, 0.8])];
        let net = Mlp::new([
            Layer::new(Tanh, hidden),
            Layer::new(Sigmoid, [Neuron::new(0.3, [0.7, -0.6])]),
        ]);
        (
            net,
            [vec![0.2, -0.9], vec![1.0, 0.4]],
            [vec![1.0], vec![0.0]],
        )
    }

    #[test]
    fn every_kind_of_number_is_compared_once() {
        let (net, x, y) = example();
        let witness = witness(&net, &x, &y, Cost::Quadratic).unwrap();
        let names: Vec<_> = witness.comparisons.iter().map(|c| &*c.name).collect();
        assert_eq!(
            names.join(" "),
            "delta[2][1](1) delta[2][1](2) dE/dw[2][1,1] dE/dw[2][1,2] dE/db[2][1] \
            delta[1][1](1) delta[1][2](1) delta[1][1](2) delta[1][2](2) \
            dE/dw[1][1,1] dE/dw[1][1,2] dE/dw[1][2,1] dE/dw[1][2,2] dE/db[1][1] dE/db[1][2] \
            dE/dx[1](1) dE/dx[2](1) dE/dx[1](2) dE/dx[2](2)"
        );
        assert!(witness.largest_difference() < 1e-14);
    }

    #[test]
    fn a_rule_that_is_wrong_by_a_billionth_is_caught() {
        let (net, x, y) = example();
        for planted in 0..9 {
            let mut parameters = net.parameters();
            parameters[planted] *= 1.0 + 1e-9;
            let wrong = net.with(&parameters).to_delta().unwrap();
            let found = compare(&net, &wrong, &x, &y, Cost::Quadratic).unwrap();
            assert!(found.largest_difference() > 1e-11, "parameter {planted}");
        }
    }

    #[test]
    fn differences_are_relative_to_the_largest_number_of_a_layer() {
        let row = |by_hand, adjoint| Found(String::new(), by_hand, String::new(), adjoint);
        let nan = f64::NAN;
        let inf = f64::INFINITY;
        let rows = vec![
            row(-4.0, -4.0),
            row(1.0, 1.5),
            row(inf, inf),
            row(inf, 1.0),
            row(inf, -inf),
        ];
        let found: Vec<f64> = measure(1, rows).iter().map(|c| c.difference).collect();
        assert_eq!(found, [0.0, 0.125, 0.0, inf, inf]);
        for (by_hand, adjoint) in [(nan, nan), (1.0, nan), (nan, 1.0), (nan, inf)] {
            assert!(
                measure(1, vec![row(by_hand, adjoint)])[0]
                    .difference
                    .is_nan()
            );
        }
        assert_eq!(measure(1, vec![row(0.0, 1e-300)])[0].difference, inf);
    }

    #[test]
    fn a_network_of_nan_does_not_pass_as_equal() {
        let (net, x, y) = example();
        let all = net.with(&vec![f64::NAN; net.parameters().len()]);
        for (net, x) in [(&all, &x), (&net, &[vec![f64::NAN, 0.5], x[1].clone()])] {
            let found = witness(net, x, &y, Cost::Quadratic).unwrap();
            assert!(found.largest_difference().is_nan());
            let text = found.to_string();
            let first = text.lines().nth(3).unwrap();
            assert!(first.ends_with("NaN         NaN"), "{first}");
            assert!(text.ends_with("of its layer: NaN\n"));
        }
    }

    #[test]
    fn rows_that_do_not_fit_are_an_error() {
        let error = witness(&gates::xor(), &[[1.0; 3]], &[[1.0]], Cost::Quadratic).unwrap_err();
        assert_eq!(
            error.to_string(),
            "inputs, example 1: expected shape [2], found [3]"
        );
    }
}
