//! The list of nodes in JSON.

use super::json_parts::{Number, SQUARE, Text, list, nested};
use crate::element::ElementType;
use crate::explain::{ArrayPart, Explanation, Node, Source, Term};
use crate::graph::Operand;
use crate::op::{Attribute, Op};
use std::fmt;

/// The nodes and, before each, its literals; numbered without gaps.
pub(super) fn nodes(f: &mut fmt::Formatter<'_>, explanation: &Explanation) -> fmt::Result {
    let numbers = numbers(explanation);
    let number_of = |id: u32| numbers[explanation.place_of(id)];
    let mut next = 0;
    let of_nodes = explanation.nodes().iter().flat_map(|node| {
        let literals = node.operands.iter().filter_map(|operand| match *operand {
            Operand::Literal(value) => Some(Entry::Literal(value)),
            Operand::Node(_) => None,
        });
        literals.chain([Entry::Node(node)])
    });
    // An output that is a constant has no user to stand before.
    let constants = explanation
        .outputs()
        .iter()
        .filter(|output| output.node.is_none());
    let all = of_nodes.chain(constants.map(|output| Entry::Literal(output.value)));
    list(f, SQUARE, all, |f, entry| {
        let id = next;
        next += 1;
        match entry {
            Entry::Node(node) => write_node(f, explanation, node, id, &number_of),
            Entry::Literal(value) => {
                let value = Number(value);
                write!(
                    f,
                    r#"{{"id":{id},"name":null,"op":"const","operands":[],"value":{value},"adjoint":null,"terms":[]}}"#
                )
            }
        }
    })
}

/// The number of each node, by its place in the explanation.
pub(super) fn numbers(explanation: &Explanation) -> Vec<usize> {
    let is_literal = |operand: &&Operand| matches!(operand, Operand::Literal(_));
    let mut next = 0;
    let number = |node: &Node| {
        let number = next + node.operands.iter().filter(is_literal).count();
        next = number + 1;
        number
    };
    explanation.nodes().iter().map(number).collect()
}

/// The scopes, of nodes numbered as in the list, literals included.
pub(super) fn scopes(f: &mut fmt::Formatter<'_>, explanation: &Explanation) -> fmt::Result {
    let numbers = numbers(explanation);
    // The number behind that of the last node before this one.
    let end_before = |id: u32| match explanation.place_of(id) {
        0 => 0,
        place => numbers[place - 1] + 1,
    };
    list(f, SQUARE, explanation.scopes(), |f, scope| {
        let [first, end] = [scope.nodes.start, scope.nodes.end].map(end_before);
        let name = Text(&scope.name);
        write!(
            f,
            "{{\"name\":{name},\"nodes\":[{first},{end}],\"depth\":{},\"parent\":",
            scope.depth
        )?;
        match scope.parent {
            Some(parent) => write!(f, "{parent}")?,
            None => f.write_str("null")?,
        }
        write_line(f, scope.source.as_ref())
    })
}

/// What takes a place in the list.
enum Entry<'a> {
    Node(&'a Node),
    Literal(f64),
}

fn write_node(
    f: &mut fmt::Formatter<'_>,
    explanation: &Explanation,
    node: &Node,
    id: usize,
    number_of: &dyn Fn(u32) -> usize,
) -> fmt::Result {
    write!(f, "{{\"id\":{id},\"name\":")?;
    if node.op == Op::Input || node.name.as_ref().is_some_and(|name| !name.is_empty()) {
        write!(f, "{}", Text(&node.label))?;
    } else {
        f.write_str("null")?;
    }
    write!(f, ",\"op\":{},\"operands\":", Text(node.op_name))?;
    let mut literal = id
        - node
            .operands
            .iter()
            .filter(|operand| matches!(operand, Operand::Literal(_)))
            .count();
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
    if let Some(array) = &node.array {
        return write_array(f, explanation, array, number_of);
    }
    let adjoint = Number(node.adjoint.unwrap_or(0.0));
    write!(
        f,
        ",\"value\":{},\"adjoint\":{adjoint},\"terms\":",
        Number(node.value)
    )?;
    list(f, SQUARE, &node.terms, |f, term| {
        let Term {
            child,
            upstream,
            local,
            contribution,
            ..
        } = *term;
        match child {
            Some(child) => write!(f, "{{\"child\":{}", number_of(child))?,
            None => f.write_str("{\"child\":null")?,
        }
        let child = child.map(|child| explanation.at(child));
        if let Some(child) = child.filter(|child| child.op == Op::Structural) {
            let rule = explanation.rule(child, term.slot as usize);
            let contribution = Number(contribution);
            let rule = Text(&rule);
            return write!(f, ",\"rule\":{rule},\"contribution\":{contribution}}}");
        }
        let [upstream, local, contribution] = [upstream, local, contribution].map(Number);
        write!(
            f,
            ",\"upstream\":{upstream},\"local\":{local},\"contribution\":{contribution}}}"
        )
    })?;
    write_hooks(f, &node.hooks, |f, hook| {
        let [before, after] = [hook.before, hook.after].map(Number);
        write!(f, "{{\"before\":{before},\"after\":{after}")?;
        write_line(f, hook.source.as_ref())
    })?;
    f.write_str("}")
}

/// What elements are, in a word.
pub(super) fn element(element: ElementType) -> &'static str {
    match element {
        ElementType::F64 => "f64",
        ElementType::F32 => "f32",
    }
}

/// The rest of a node that is an array, from its shape on.
fn write_array(
    f: &mut fmt::Formatter<'_>,
    explanation: &Explanation,
    array: &ArrayPart,
    number_of: &dyn Fn(u32) -> usize,
) -> fmt::Result {
    f.write_str(",\"shape\":")?;
    list(f, SQUARE, array.shape().iter(), |f, length| {
        write!(f, "{length}")
    })?;
    let element = element(array.element);
    write!(f, ",\"element\":\"{element}\",\"value\":")?;
    nested(f, &array.value)?;
    f.write_str(",\"adjoint\":")?;
    match &array.adjoint {
        Some(adjoint) => nested(f, adjoint)?,
        None => f.write_str("null")?,
    }
    f.write_str(",\"terms\":")?;
    list(f, SQUARE, &array.terms, |f, term| {
        let Some(child) = term.child else {
            f.write_str("{\"child\":null,\"contribution\":")?;
            nested(f, &term.contribution)?;
            return f.write_str("}");
        };
        let rule = explanation.rule(explanation.at(child), term.slot as usize);
        let child = number_of(child);
        write!(
            f,
            "{{\"child\":{child},\"slot\":{},\"rule\":{}",
            term.slot,
            Text(&rule)
        )?;
        if let Some(local) = &term.local {
            f.write_str(",\"local\":")?;
            nested(f, local)?;
        }
        f.write_str(",\"contribution\":")?;
        nested(f, &term.contribution)?;
        f.write_str("}")
    })?;
    write_hooks(f, &array.hooks, |f, hook| {
        f.write_str("{\"before\":")?;
        nested(f, &hook.before)?;
        f.write_str(",\"after\":")?;
        nested(f, &hook.after)?;
        write_line(f, hook.source.as_ref())
    })?;
    f.write_str("}")
}

/// The hooks of a node, if it has any.
fn write_hooks<'f, T>(
    f: &mut fmt::Formatter<'f>,
    hooks: &[T],
    mut write: impl FnMut(&mut fmt::Formatter<'f>, &T) -> fmt::Result,
) -> fmt::Result {
    if hooks.is_empty() {
        return Ok(());
    }
    f.write_str(",\"hooks\":")?;
    list(f, SQUARE, hooks, |f, hook| write(f, hook))
}

/// The line that added a hook or entered a scope, if it is known, and the end of the object.
fn write_line(f: &mut fmt::Formatter<'_>, source: Option<&Source>) -> fmt::Result {
    match source {
        Some(source) => write!(f, ",\"line\":{}}}", Text(&source.to_string())),
        None => f.write_str("}"),
    }
}
