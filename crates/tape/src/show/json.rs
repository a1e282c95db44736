//! The ledger as JSON, for programs.

use super::json_parts::{Number, SQUARE, Text, list, numbers};
use crate::explain::{Explanation, Node, Term};
use crate::graph::Operand;
use crate::op::{Attribute, Op};
use std::fmt;

/// An [`Explanation`] on its way to becoming one line of JSON: print it, or `to_string` it.
#[derive(Clone, Debug)]
pub struct Json<'a> {
    explanation: &'a Explanation,
    nodes: bool,
    hessians: Option<Vec<Vec<Vec<f64>>>>,
    derivatives: Option<Vec<f64>>,
}

impl Explanation {
    /// The ledger as a JSON object, on one line.
    ///
    /// `"value"`, `"gradient"` (an object) and `"inputs"` (the names in order); of several
    /// outputs `"value"` is a list, and `"jacobian"` a list of objects takes the gradient's
    /// place. Then `"nodes"` in recording order, operands before their users: `id`, `name`
    /// (or null), `op`, `operands`, `attribute` (where there is one), `value`, `adjoint` and
    /// `terms`. A literal is a node of its own, with the op `const` and the adjoint null, just
    /// before its user; the ids count these too. Numbers have all their digits; those that
    /// JSON has no word for are the strings `"nan"`, `"inf"` and `"-inf"`.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let x = tape.var("x", 3.0);
    /// let explanation = (2.0 * x).explain();
    /// assert_eq!(
    ///     explanation.json().without_nodes().to_string(),
    ///     r#"{"value":6.0,"gradient":{"x":2.0},"inputs":["x"]}"#
    /// );
    /// ```
    #[must_use]
    pub fn json(&self) -> Json<'_> {
        Json { explanation: self, nodes: true, hessians: None, derivatives: None }
    }
}

impl Json<'_> {
    /// Leaves out the nodes.
    #[must_use]
    pub fn without_nodes(mut self) -> Self {
        self.nodes = false;
        self
    }

    /// Adds `"hessian"`: the matrix of the one output, or a list of matrices, one per output.
    #[must_use]
    pub fn hessians(mut self, matrices: Vec<Vec<Vec<f64>>>) -> Self {
        self.hessians = Some(matrices);
        self
    }

    /// Adds `"derivatives"`: those of order 0, 1, 2 and so on.
    #[must_use]
    pub fn derivatives(mut self, derivatives: Vec<f64>) -> Self {
        self.derivatives = Some(derivatives);
        self
    }
}

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let explanation = self.explanation;
        let row = |f: &mut fmt::Formatter<'_>, row: &Vec<f64>| {
            let entries = explanation.inputs().zip(row);
            list(f, ['{', '}'], entries, |f, (input, &number)| write!(f, "{}:{}", Text(&input.label), Number(number)))
        };
        match (explanation.outputs(), explanation.jacobian()) {
            ([output], [gradient]) => {
                write!(f, "{{\"value\":{},\"gradient\":", Number(output.value))?;
                row(f, gradient)?;
            }
            (outputs, jacobian) => {
                f.write_str("{\"value\":")?;
                list(f, SQUARE, outputs, |f, output| write!(f, "{}", Number(output.value)))?;
                f.write_str(",\"jacobian\":")?;
                list(f, SQUARE, jacobian, row)?;
            }
        }
        f.write_str(",\"inputs\":")?;
        list(f, SQUARE, explanation.inputs(), |f, input| write!(f, "{}", Text(&input.label)))?;
        if let Some(matrices) = &self.hessians {
            f.write_str(",\"hessian\":")?;
            match (&matrices[..], explanation.outputs()) {
                ([matrix], [_]) => list(f, SQUARE, matrix, numbers)?,
                _ => list(f, SQUARE, matrices, |f, matrix| list(f, SQUARE, matrix, numbers))?,
            }
        }
        if let Some(derivatives) = &self.derivatives {
            f.write_str(",\"derivatives\":")?;
            numbers(f, derivatives)?;
        }
        if self.nodes {
            f.write_str(",\"nodes\":")?;
            nodes(f, explanation)?;
        }
        f.write_str("}")
    }
}

/// The nodes and, before each, its literals; numbered without gaps.
fn nodes(f: &mut fmt::Formatter<'_>, explanation: &Explanation) -> fmt::Result {
    let is_literal = |operand: &&Operand| matches!(operand, Operand::Literal(_));
    // The number of each node, by its place in the explanation.
    let mut numbers = Vec::with_capacity(explanation.nodes().len());
    let mut next = 0;
    for node in explanation.nodes() {
        next += node.operands.iter().filter(is_literal).count();
        numbers.push(next);
        next += 1;
    }
    let number_of = |id: u32| numbers[explanation.nodes().partition_point(|node| node.id < id)];
    let mut next = 0;
    let all = explanation.nodes().iter().flat_map(|node| {
        let literals = node.operands.iter().filter(is_literal);
        literals.map(move |&literal| (node, Some(literal))).chain([(node, None)])
    });
    list(f, SQUARE, all, |f, (node, literal)| {
        let id = next;
        next += 1;
        if let Some(Operand::Literal(value)) = literal {
            let value = Number(value);
            return write!(
                f,
                r#"{{"id":{id},"name":null,"op":"const","operands":[],"value":{value},"adjoint":null,"terms":[]}}"#
            );
        }
        write_node(f, node, id, &number_of)
    })
}

fn write_node(f: &mut fmt::Formatter<'_>, node: &Node, id: usize, number_of: &dyn Fn(u32) -> usize) -> fmt::Result {
    write!(f, "{{\"id\":{id},\"name\":")?;
    if node.op == Op::Input || node.name.as_ref().is_some_and(|name| !name.is_empty()) {
        write!(f, "{}", Text(&node.label))?;
    } else {
        f.write_str("null")?;
    }
    write!(f, ",\"op\":{},\"operands\":", Text(node.op_name))?;
    let mut literal = id - node.operands.iter().filter(|operand| matches!(operand, Operand::Literal(_))).count();
    list(f, SQUARE, &node.operands, |f, operand| match *operand {
        Operand::Node(operand) => write!(f, "{}", number_of(operand)),
        Operand::Literal(_) => {
            literal += 1;
            write!(f, "{}", literal - 1)
        }
    })?;
    match node.attribute {
        Attribute::None => {}
        Attribute::Integer(n) => write!(f, ",\"attribute\":{n}")?,
        Attribute::Number(c) => write!(f, ",\"attribute\":{}", Number(c))?,
    }
    let adjoint = Number(node.adjoint.unwrap_or(0.0));
    write!(f, ",\"value\":{},\"adjoint\":{adjoint},\"terms\":", Number(node.value))?;
    list(f, SQUARE, &node.terms, |f, term| {
        let Term { child, upstream, local, contribution, .. } = *term;
        match child {
            Some(child) => write!(f, "{{\"child\":{}", number_of(child))?,
            None => f.write_str("{\"child\":null")?,
        }
        let [upstream, local, contribution] = [upstream, local, contribution].map(Number);
        write!(f, ",\"upstream\":{upstream},\"local\":{local},\"contribution\":{contribution}}}")
    })?;
    f.write_str("}")
}
