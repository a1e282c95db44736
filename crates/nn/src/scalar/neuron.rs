use crate::Init;
use rand::Rng;
use tape::{Real, Tape, Var};

/// A bias and a weight per input. What it makes of its inputs is `z = w_1 x_1 + ... + w_n x_n + b`.
///
/// The activation belongs to the [`Layer`](super::Layer), since softmax needs all of its units. A
/// neuron on its own is followed by a method of the number: `neuron.weigh(&x).sigmoid()`.
///
/// ```
/// use nn::scalar::Neuron;
/// use tape::{Real, Tape};
///
/// let neuron = Neuron::new(-3.0, [2.0, -3.0]);
/// assert_eq!(neuron.weigh(&[-1.0, -2.0]), 1.0);
///
/// // The same on a tape: the slope of the sigmoid at 1 times -1, -2 and 1.
/// let tape = Tape::new();
/// let recorded = neuron.record(&tape).named();
/// let f = recorded.weigh(&[-1.0, -2.0]).sigmoid();
/// let g = f.backward();
/// assert_eq!(format!("{:.4?}", g.of(&recorded.weights)), "[-0.1966, -0.3932]");
/// assert_eq!(format!("{:?} {:.4}", recorded.bias, g[recorded.bias]), "Var(b = -3.0) 0.1966");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Neuron<N = f64> {
    /// `b`, added to the weighted inputs.
    pub bias: N,
    /// `w`, one per input.
    pub weights: Vec<N>,
}

impl<N> Neuron<N> {
    /// A neuron from its numbers, the bias first, as the lectures' tables of gates have it.
    pub fn new(bias: N, weights: impl Into<Vec<N>>) -> Self {
        Self {
            bias,
            weights: weights.into(),
        }
    }
}

impl Neuron {
    /// A random neuron that reads `inputs` units, in a layer of `outputs` units.
    pub fn random(inputs: usize, outputs: usize, init: Init, rng: &mut impl Rng) -> Self {
        let bias = init.bias(inputs, rng);
        let weights = (0..inputs)
            .map(|_| init.weight(inputs, outputs, rng))
            .collect();
        Self { bias, weights }
    }

    /// The same neuron with its parameters as inputs of a tape.
    #[must_use]
    #[track_caller]
    pub fn record(&self, tape: &Tape) -> Neuron<Var> {
        Neuron {
            bias: tape.leaf(self.bias),
            weights: tape.leaves(&self.weights),
        }
    }
}

impl<R: Real> Neuron<R> {
    /// The weighted input `z`, one term after the other from the left, the bias last.
    ///
    /// The inputs may be numbers of the neuron's own type, or plain ones.
    ///
    /// # Panics
    /// If there is not one input per weight.
    #[must_use]
    #[track_caller]
    pub fn weigh<T: Copy + Into<R>>(&self, x: &[T]) -> R {
        assert_eq!(
            x.len(),
            self.weights.len(),
            "inputs given to a neuron, and its weights"
        );
        let mut terms: Option<R> = None;
        for (&w, &x) in self.weights.iter().zip(x) {
            let term = w * x.into();
            terms = Some(match terms {
                Some(sum) => sum + term,
                None => term,
            });
        }
        match terms {
            Some(sum) => sum + self.bias,
            None => self.bias,
        }
    }
}

impl Neuron<Var> {
    /// Names the parameters of a neuron on its own: `b`, `w[1]`, `w[2]`, ...
    #[track_caller]
    pub fn named(self) -> Self {
        self.bias.named("b");
        for (i, w) in self.weights.iter().enumerate() {
            w.named(format!("w[{}]", i + 1));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_neuron_without_inputs_is_its_bias() {
        let none: [f64; 0] = [];
        assert_eq!(Neuron::new(2.5, none).weigh(&none), 2.5);
    }

    #[test]
    fn inputs_may_be_variables() {
        let tape = Tape::new();
        let x = tape.leaves(&[-1.0, -2.0]);
        let z = Neuron::new(-3.0, [2.0, -3.0]).record(&tape).weigh(&x);
        assert_eq!(z.backward().of(&x), [2.0, -3.0]);
    }

    #[test]
    #[should_panic(expected = "inputs given to a neuron, and its weights\n  left: 3\n right: 2")]
    fn a_wrong_number_of_inputs_is_refused() {
        let _ = Neuron::new(-3.0, [2.0, -3.0]).weigh(&[1.0; 3]);
    }
}
