//! Logic gates as sigmoid units with fixed weights: 0 is false, 1 is true.
//!
//! | gate | bias | `w_1` | `w_2` | 0 0 | 0 1 | 1 0 | 1 1 |
//! |---|---|---|---|---|---|---|---|
//! | [`and`] | -30 | 20 | 20 | 0 | 0 | 0 | 1 |
//! | [`or`] | -10 | 20 | 20 | 0 | 1 | 1 | 1 |
//! | [`nor`] | 10 | -20 | -20 | 1 | 0 | 0 | 0 |
//! | [`not`] | 10 | -20 | | 1 | | 0 | |
//!
//! `z` is 10 or more on the side of 1 and -10 or less on the side of 0, so that the sigmoid is
//! within 5e-5 of the truth. The weights draw one straight line between the two sides, and no line
//! separates 01 and 10 from 00 and 11: [`xor`] and [`xnor`] need a layer in between. A unit with
//! other weights is [`Neuron::new`].
//!
//! ```
//! use nn::scalar::gates;
//! use tape::Real;
//!
//! assert!(gates::and().weigh(&[1.0, 1.0]).sigmoid() > 0.9999);
//! assert!(gates::and().weigh(&[1.0, 0.0]).sigmoid() < 0.0001);
//! let xor = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]].map(|x| gates::xor().predict(&x)[0]);
//! assert_eq!(format!("{xor:.7?}"), "[0.0000454, 0.9999545, 0.9999545, 0.0000454]");
//! ```
//!
//! Source: Andrew Ng, Machine Learning, week 4 (the weights of XOR are in the same manner).

use super::{Layer, Mlp, Neuron};
use crate::Activation::Sigmoid;

/// Both.
#[must_use]
pub fn and() -> Neuron {
    Neuron::new(-30.0, [20.0, 20.0])
}

/// At least one.
#[must_use]
pub fn or() -> Neuron {
    Neuron::new(-10.0, [20.0, 20.0])
}

/// Neither.
#[must_use]
pub fn nor() -> Neuron {
    Neuron::new(10.0, [-20.0, -20.0])
}

/// The opposite of one input.
#[must_use]
pub fn not() -> Neuron {
    Neuron::new(10.0, [-20.0])
}

/// Both or neither: OR of AND and NOR.
#[must_use]
pub fn xnor() -> Mlp {
    Mlp::new([
        Layer::new(Sigmoid, [and(), nor()]),
        Layer::new(Sigmoid, [or()]),
    ])
}

/// Exactly one: OR and not AND.
#[must_use]
pub fn xor() -> Mlp {
    let or_and_not = Neuron::new(-10.0, [20.0, -20.0]);
    Mlp::new([
        Layer::new(Sigmoid, [or(), and()]),
        Layer::new(Sigmoid, [or_and_not]),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use tape::Real;

    const INPUTS: [[f64; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];

    #[test]
    fn every_gate_has_its_truth_table() {
        let one = |neuron: Neuron| Mlp::new([Layer::new(Sigmoid, [neuron])]);
        for (name, gate, truth) in [
            ("AND", one(and()), [0.0, 0.0, 0.0, 1.0]),
            ("OR", one(or()), [0.0, 1.0, 1.0, 1.0]),
            ("NOR", one(nor()), [1.0, 0.0, 0.0, 0.0]),
            ("XNOR", xnor(), [1.0, 0.0, 0.0, 1.0]),
            ("XOR", xor(), [0.0, 1.0, 1.0, 0.0]),
        ] {
            for (x, truth) in INPUTS.iter().zip(truth) {
                let a = gate.predict(x)[0];
                assert!((a - truth).abs() < 5e-5, "{name} {x:?}: {a}");
            }
        }
        for x in [0.0, 1.0] {
            assert!((not().weigh(&[x]).sigmoid() - (1.0 - x)).abs() < 5e-5);
        }
    }
}
