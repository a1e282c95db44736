use super::of_example;
use crate::delta::unit_name;
use tape::Var;

/// All that a forward pass computed, as `[layer][example][unit]`, each counted from 0.
///
/// [`Mlp::forward`](super::Mlp::forward) makes it; on a tape it holds the handles of the nodes.
/// (The hand-written twin is [`delta::Forward`](crate::delta::Forward).)
#[derive(Clone, Debug, PartialEq)]
pub struct Forward<N = f64> {
    /// The inputs, `[example][unit]`.
    pub x: Vec<Vec<N>>,
    /// The weighted inputs of every layer. Their adjoints are the textbook's `delta`.
    pub z: Vec<Vec<Vec<N>>>,
    /// The outputs of every layer, `a = f(z)`.
    pub a: Vec<Vec<Vec<N>>>,
}

impl<N> Forward<N> {
    /// The outputs of the last layer, one row per example; of no layers, the inputs.
    #[must_use]
    pub fn outputs(&self) -> &[Vec<N>] {
        self.a.last().unwrap_or(&self.x)
    }
}

impl Forward<Var> {
    /// Gives every node the lecture's name, layers and units counted from 1.
    ///
    /// `z[1][2]` and `a[1][2]` for unit 2 of layer 1, `x[1]` for an input (if it is a variable).
    /// With more than one example each name ends in the example: `z[1][2](3)`, `x[1](3)`. The one
    /// node of an identity unit, where `a` is `z`, is called `z`.
    ///
    /// ```
    /// use nn::{Activation::Tanh, scalar::{Layer, Mlp, Neuron}};
    ///
    /// let tape = tape::Tape::new();
    /// let net = Mlp::new([Layer::new(Tanh, [Neuron::new(0.1, [0.5])])]).record(&tape);
    /// let forward = net.forward(&[[1.0], [2.0]]).named();
    /// assert_eq!(forward.a[0][1][0].name().as_deref(), Some("a[1][1](2)"));
    /// ```
    #[track_caller]
    pub fn named(self) -> Self {
        let examples = self.x.len();
        for (e, x) in self.x.iter().enumerate() {
            for (i, x) in x.iter().enumerate() {
                x.named(of_example(format!("x[{}]", i + 1), e, examples));
            }
        }
        for (symbol, layers) in [("a", &self.a), ("z", &self.z)] {
            for (l, rows) in layers.iter().enumerate() {
                for (e, units) in rows.iter().enumerate() {
                    for (j, unit) in units.iter().enumerate() {
                        unit.named(of_example(unit_name(symbol, l, j), e, examples));
                    }
                }
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use crate::Activation::{Identity, Sigmoid};
    use crate::scalar::{Layer, Mlp, Neuron};
    use tape::{Tape, Var};

    fn names(vars: &[Var]) -> Vec<String> {
        vars.iter().map(|v| v.name().unwrap_or_default()).collect()
    }

    #[test]
    fn every_node_has_its_lecture_name() {
        let tape = Tape::new();
        let net = Mlp::new([
            Layer::new(
                Sigmoid,
                [Neuron::new(0.1, [0.2, 0.3]), Neuron::new(0.4, [0.5, 0.6])],
            ),
            Layer::new(Identity, [Neuron::new(0.7, [0.8, 0.9])]),
        ]);
        let recorded = net.record(&tape).named();
        assert_eq!(
            names(&recorded.parameters()).join(" "),
            "b[1][1] w[1][1,1] w[1][1,2] b[1][2] w[1][2,1] w[1][2,2] b[2][1] w[2][1,1] w[2][1,2]"
        );
        let x = vec![tape.leaves(&[1.0, 2.0]), tape.leaves(&[3.0, 4.0])];
        let two = recorded.forward(&x).named();
        assert_eq!(names(&two.x[1]), ["x[1](2)", "x[2](2)"]);
        assert_eq!(names(&two.z[0][1]), ["z[1][1](2)", "z[1][2](2)"]);
        assert_eq!(names(&two.a[0][0]), ["a[1][1](1)", "a[1][2](1)"]);
        assert_eq!(names(&two.outputs()[1]), ["z[2][1](2)"]); // identity: a is z
        let one = recorded.forward(&[[1.0, 2.0]]).named();
        assert_eq!(names(&one.x[0]), ["", ""]); // constants are no nodes
        assert_eq!(names(&one.a[0][0]), ["a[1][1]", "a[1][2]"]);
    }

    #[test]
    fn without_names_nothing_is_named() {
        let tape = Tape::new();
        let net = Mlp::new([Layer::new(Sigmoid, [Neuron::new(0.1, [0.2])])]).record(&tape);
        let forward = net.forward(&[[1.0]]);
        assert_eq!(names(&net.parameters()), ["", ""]);
        assert_eq!(names(&forward.z[0][0]), [""]);
    }
}
