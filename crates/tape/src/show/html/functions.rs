//! The operations of a recording as functions of JavaScript, so that its page can replay it.
//!
//! A row of the table has its value in JavaScript. Derivatives have none: the rule is recorded on a
//! small tape of its own, and what it recorded is written down in terms of values.

use super::cells::Cells;
use crate::explain::{Explanation, Node};
use crate::graph::Operand;
use crate::op::{Arity, Attribute, Op};
use crate::program::{Output, Program};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;

/// What nodes of one kind share: the operation, its attribute, and how many operands it has.
type Kind = (Op, u64, usize);

/// The functions of a page.
#[derive(Default)]
pub(super) struct Functions {
    /// The place of each kind in the list `kinds` of the script.
    kinds: HashMap<Kind, usize>,
    needed: BTreeSet<Op>,
    list: String,
    /// Of nodes that move, mix or reduce elements, the steps that compute them ([`cells`](super::cells)).
    pub(super) steps: HashMap<usize, String>,
}

impl Functions {
    /// The place of an elementwise node's kind; `None` of leaves, and of what has steps.
    pub(super) fn kind(&self, node: &Node) -> Option<usize> {
        self.kinds.get(&kind(node)).copied()
    }

    /// The place of a kind, which is put into the list where it is not in it yet.
    pub(super) fn of(&mut self, op: Op, attribute: Attribute, operands: usize) -> usize {
        let next = self.kinds.len();
        let kind = (op, attribute.as_f64().to_bits(), operands);
        if let Some(&known) = self.kinds.get(&kind) {
            return known;
        }
        self.kinds.insert(kind, next);
        self.needed.insert(op);
        let slopes = slopes(op, attribute, operands, &mut self.needed);
        let attribute = match attribute {
            Attribute::None => "null".to_string(),
            _ => literal(attribute.as_f64()),
        };
        let name = op.info().name;
        writeln!(self.list, "[operations.{name}, {attribute}, {slopes}],")
            .expect("a string takes all");
        next
    }

    /// `const operations = {..}; const kinds = [..];`
    pub(super) fn script(&self) -> String {
        let operations: String = self.needed.iter().copied().map(operation).collect();
        let list = &self.list;
        format!("const operations = {{\n{operations}}};\nconst kinds = [\n{list}];\n")
    }
}

/// The functions that replay an explanation. `Err` says what in it only the program itself can
/// compute.
pub(super) fn functions(explanation: &Explanation) -> Result<Functions, String> {
    if explanation.nodes().iter().any(Node::is_hooked) {
        return Err("hooks changed its adjoints".to_string());
    }
    if explanation
        .outputs()
        .iter()
        .any(|output| output.seed.is_nan())
    {
        return Err("its output is an array".to_string());
    }
    let mut functions = Functions::default();
    let mut cells = Cells::new(explanation)?;
    for (place, node) in explanation.nodes().iter().enumerate() {
        match node.op {
            Op::Input | Op::Const => {}
            Op::Call => {
                let name = node.op_name;
                return Err(format!("{name} is an operation of the program's own"));
            }
            Op::Structural => {
                let steps = cells.steps(place, &mut functions)?;
                functions.steps.insert(place, steps);
            }
            op => {
                cells.elementwise(place)?;
                functions.of(op, node.attribute, node.operands.len());
            }
        }
    }
    Ok(functions)
}

fn kind(node: &Node) -> Kind {
    let attribute = node.attribute.as_f64().to_bits();
    (node.op, attribute, node.operands.len())
}

/// `mul: ([x, y]) => x * y,`
fn operation(op: Op) -> String {
    let info = op.info();
    let operands = match info.arity {
        Arity::Any => info.operands[0].to_string(),
        _ => format!("[{}]", info.operands.join(", ")),
    };
    let attribute = match info.attribute {
        "" => String::new(),
        name => format!(", {name}"),
    };
    format!("{}: ({operands}{attribute}) => {},\n", info.name, info.js)
}

/// The derivatives of a kind by each operand, as a function of the operands and the value.
fn slopes(op: Op, attribute: Attribute, operands: usize, needed: &mut BTreeSet<Op>) -> String {
    if op == Op::Detach {
        return "() => [null]".to_string();
    }
    let operands = vec![1.0; operands];
    let recorded = Program::record(
        |xs| {
            let value = op
                .apply(xs, attribute.as_f64())
                .expect("a node has the operands that its operation takes");
            value.gradient_of(xs)
        },
        &operands,
    );
    let program = recorded.expect("a rule has no other tape");
    let own = operands.len();
    let name = |row: u32| match row as usize {
        row if row < own => format!("xs[{row}]"),
        row if row == own => "y".to_string(),
        row => format!("t{row}"),
    };
    let text = |operand: &Operand| match operand {
        Operand::Node(row) => name(*row),
        Operand::Literal(number) => literal(*number),
    };
    let mut lines = String::new();
    for row in own + 1..program.len() {
        let op = program.op(row);
        if op == Op::Const {
            let number = literal(f64::from_bits(program.rows[row].slot));
            write!(lines, "const t{row} = {number}; ").expect("a string takes all");
            continue;
        }
        needed.insert(op);
        let operands: Vec<String> = program.operands(row).iter().map(text).collect();
        let attribute = match program.attribute(row) {
            Attribute::None => String::new(),
            attribute => format!(", {}", literal(attribute.as_f64())),
        };
        write!(
            lines,
            "const t{row} = operations.{}([{}]{attribute}); ",
            op.info().name,
            operands.join(", ")
        )
        .expect("a string takes all");
    }
    let outputs = program.outputs.iter().map(|output| match *output {
        Output::Node(row) => name(row),
        Output::Constant { bits } => literal(f64::from_bits(bits)),
    });
    let outputs = outputs.collect::<Vec<_>>().join(", ");
    format!("(xs, y) => {{ {lines}return [{outputs}]; }}")
}

/// A number as JavaScript writes it.
fn literal(number: f64) -> String {
    match number {
        _ if number.is_nan() => "NaN".to_string(),
        f64::INFINITY => "Infinity".to_string(),
        f64::NEG_INFINITY => "-Infinity".to_string(),
        _ => format!("{number:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tape;

    #[test]
    fn derivatives_are_written_in_terms_of_values() {
        let tape = Tape::new();
        let (x, y) = (tape.var("x", 2.0), tape.var("y", 3.0));
        let functions = functions(&(x * y).sigmoid().powi(3).explain()).unwrap();
        for line in [
            "mul: ([x, y]) => x * y,",
            "powi: ([x], n) => x ** n,",
            "[operations.mul, null, (xs, y) => { return [xs[1], xs[0]]; }],",
            "[operations.sigmoid, null, (xs, y) => { const t2 = operations.sigmoid_slope([xs[0]]); return [t2]; }],",
        ] {
            assert!(
                functions.script().contains(line),
                "{line} not in\n{}",
                functions.script()
            );
        }
    }

    #[test]
    fn what_only_the_program_computes_is_named() {
        let tape = Tape::new();
        let w = tape.tensor("w", [[1.0, 2.0]]);
        for (result, why) in [(w.logsumexp(), ""), (w.amax(), "amax")] {
            let told = functions(&result.explain()).err().unwrap_or_default();
            assert!(
                told.contains(why) && told.is_empty() == why.is_empty(),
                "{told}"
            );
        }
    }

    /// Every operation of the table has its value, and derivatives that need no more than others.
    #[test]
    fn every_operation_has_functions() {
        for &op in Op::ALL {
            let info = op.info();
            let count = match info.arity {
                Arity::Two => 2,
                Arity::Three => 3,
                Arity::Any => 4,
                _ => 1,
            };
            let tape = Tape::new();
            let xs: Vec<_> = (0..count).map(|_| tape.var("x", 0.5)).collect();
            let attribute = info.attributes.first().copied().unwrap_or(f64::NAN);
            let y = op.apply(&xs, attribute).unwrap();
            let functions = functions(&y.explain()).unwrap();
            assert!(functions.script().contains(&operation(op)), "{}", info.name);
            assert!(!operation(op).contains("=> ,"), "{}", info.name);
        }
    }
}
