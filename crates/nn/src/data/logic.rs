//! Truth tables as data sets.

use super::dataset::Dataset;
use tape::Array;

/// A logical function of two inputs, or, for [`Not`](Gate::Not), of one.
///
/// | inputs | AND | OR | NAND | NOR | XOR | XNOR | | NOT |
/// |---|---|---|---|---|---|---|---|---|
/// | 0 0 | 0 | 0 | 1 | 1 | 0 | 1 | 0 | 1 |
/// | 0 1 | 0 | 1 | 1 | 0 | 1 | 0 | 1 | 0 |
/// | 1 0 | 0 | 1 | 1 | 0 | 1 | 0 | | |
/// | 1 1 | 1 | 1 | 0 | 0 | 0 | 1 | | |
///
/// A straight line separates the ones from the zeros of all but XOR and XNOR, which need a hidden
/// layer. (Units with fixed weights for them are in [`scalar::gates`](crate::scalar::gates).)
///
/// ```
/// use nn::data::Gate;
/// use tape::Array;
///
/// let xor = Gate::Xor.table();
/// assert_eq!(**xor.x(), Array::from([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]));
/// assert_eq!(**xor.y(), Array::from([[0.0], [1.0], [1.0], [0.0]]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gate {
    /// Both.
    And,
    /// At least one.
    Or,
    /// The opposite of its one input.
    Not,
    /// Not both.
    Nand,
    /// Neither.
    Nor,
    /// One, but not both.
    Xor,
    /// Both or neither.
    Xnor,
}

impl Gate {
    /// All of them.
    pub const ALL: [Gate; 7] = [
        Gate::And,
        Gate::Or,
        Gate::Not,
        Gate::Nand,
        Gate::Nor,
        Gate::Xor,
        Gate::Xnor,
    ];

    /// The name in capitals, as lectures write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Gate::And => "AND",
            Gate::Or => "OR",
            Gate::Not => "NOT",
            Gate::Nand => "NAND",
            Gate::Nor => "NOR",
            Gate::Xor => "XOR",
            Gate::Xnor => "XNOR",
        }
    }

    /// The number of inputs.
    #[must_use]
    pub fn inputs(self) -> usize {
        match self {
            Gate::Not => 1,
            Gate::And | Gate::Or | Gate::Nand | Gate::Nor | Gate::Xor | Gate::Xnor => 2,
        }
    }

    /// The output for these inputs.
    ///
    /// # Panics
    /// If there are more or fewer inputs than it has.
    #[must_use]
    #[track_caller]
    pub fn output(self, inputs: &[bool]) -> bool {
        match (self, inputs) {
            (Gate::And, &[a, b]) => a && b,
            (Gate::Or, &[a, b]) => a || b,
            (Gate::Not, &[a]) => !a,
            (Gate::Nand, &[a, b]) => !(a && b),
            (Gate::Nor, &[a, b]) => !(a || b),
            (Gate::Xor, &[a, b]) => a != b,
            (Gate::Xnor, &[a, b]) => a == b,
            _ => panic!(
                "{} of {} inputs: it has {}",
                self.name(),
                inputs.len(),
                self.inputs()
            ),
        }
    }

    /// The truth table: inputs `[4, 2]`, outputs `[4, 1]`, 0 is false and 1 is true; of NOT `[2, 1]`
    /// and `[2, 1]`.
    #[must_use]
    pub fn table(self) -> Dataset {
        let inputs: &[&[bool]] = match self.inputs() {
            1 => &[&[false], &[true]],
            _ => &[
                &[false, false],
                &[false, true],
                &[true, false],
                &[true, true],
            ],
        };
        let number = |truth: bool| f64::from(u8::from(truth));
        let x: Vec<f64> = inputs.concat().into_iter().map(number).collect();
        let y: Vec<f64> = inputs.iter().map(|&i| number(self.output(i))).collect();
        let rows = inputs.len();
        Dataset::new(
            Array::new(&[rows, self.inputs()], x),
            Array::new(&[rows, 1], y),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_those_of_logic() {
        for (gate, outputs) in [
            (Gate::And, &[0.0, 0.0, 0.0, 1.0][..]),
            (Gate::Or, &[0.0, 1.0, 1.0, 1.0]),
            (Gate::Not, &[1.0, 0.0]),
            (Gate::Nand, &[1.0, 1.0, 1.0, 0.0]),
            (Gate::Nor, &[1.0, 0.0, 0.0, 0.0]),
            (Gate::Xor, &[0.0, 1.0, 1.0, 0.0]),
            (Gate::Xnor, &[1.0, 0.0, 0.0, 1.0]),
        ] {
            assert_eq!(gate.table().y().as_slice(), outputs, "{}", gate.name());
        }
        assert_eq!(*Gate::Not.table().x().as_slice(), [0.0, 1.0]);
    }

    #[test]
    #[should_panic(expected = "NOT of 2 inputs: it has 1")]
    fn a_gate_has_its_number_of_inputs() {
        let _ = Gate::Not.output(&[true, false]);
    }
}
