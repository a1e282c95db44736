//! The functions of the command's language: the table of operations, by name.

use std::collections::HashMap;
use std::sync::OnceLock;

use tape::{Op, op};

use crate::expr::Arity;

/// Second names that people know an operation by.
const ALSO: [(&str, Op); 4] = [
    ("log", Op::Ln),
    ("logsigmoid", Op::LogSigmoid),
    ("clip", Op::Clamp),
    ("where", Op::Select),
];

/// The attribute of a function that may be called without it.
const DEFAULTS: [(Op, f64); 5] = [
    (Op::LeakyRelu, 0.01),
    (Op::LeakyReluSlope, 0.01),
    (Op::Elu, 1.0),
    (Op::EluSlope, 1.0),
    (Op::EluCurve, 1.0),
];

/// A name that can be called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Function {
    /// The operation it records.
    pub(crate) op: Op,
    /// What it may be called with.
    pub(crate) arity: Arity,
    /// The attribute where the call gives none.
    pub(crate) default: f64,
}

impl Function {
    fn new(op: Op) -> Function {
        let default = DEFAULTS.iter().find(|(known, _)| *known == op);
        let arity = match op.info().arity {
            op::Arity::Leaf => Arity::Exactly(0),
            op::Arity::One => Arity::Exactly(1),
            op::Arity::OneAndAttribute { integer } => Arity::Literals {
                operands: 1,
                literals: (usize::from(default.is_none()), 1),
                integer,
            },
            op::Arity::Two => Arity::Exactly(2),
            op::Arity::Three => Arity::Exactly(3),
            op::Arity::Any if op == Op::Dot => Arity::Halves,
            op::Arity::Any => Arity::AtLeast(1),
        };
        let default = default.map_or(0.0, |(_, attribute)| *attribute);
        Function { op, arity, default }
    }
}

/// Every name, with its function.
fn table() -> &'static HashMap<&'static str, Function> {
    static TABLE: OnceLock<HashMap<&str, Function>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let rows = Op::ALL.iter().map(|&op| (op.info().name, op));
        rows.chain(ALSO)
            .map(|(name, op)| (name, Function::new(op)))
            .collect()
    })
}

/// The function called `name`.
pub(crate) fn function(name: &str) -> Option<Function> {
    table().get(name).copied()
}

/// What the function called `name` may be called with.
pub(crate) fn arity(name: &str) -> Option<Arity> {
    function(name).map(|function| function.arity)
}

/// The names of all functions, in the order of the alphabet.
pub(crate) fn names() -> &'static [&'static str] {
    static NAMES: OnceLock<Vec<&str>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let mut names: Vec<&str> = table().keys().copied().collect();
        names.sort_unstable();
        names
    })
}

/// The names as a paragraph of the command's help.
pub(crate) fn list() -> String {
    let mut text = String::from("Functions:");
    let mut width = usize::MAX;
    for name in names() {
        if width > 76 - name.len() {
            text.push_str("\n ");
            width = 1;
        }
        text.push(' ');
        text.push_str(name);
        width += 1 + name.len();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_can_be_called_by_its_name() {
        for &op in Op::ALL {
            let found = function(op.info().name).expect("a row is a function");
            assert_eq!(found.op, op);
        }
        assert_eq!(
            names().len(),
            Op::ALL.len() + ALSO.len(),
            "a second name hides a row"
        );
    }

    #[test]
    fn defaults_are_those_of_rows_with_an_attribute() {
        for (op, _) in DEFAULTS {
            assert!(
                matches!(op.info().arity, op::Arity::OneAndAttribute { .. }),
                "{op:?}"
            );
        }
    }
}
