//! The ledger as a drawing for Graphviz, in the colours of the lecture: values green, adjoints red.

use super::{title, visible};
use crate::explain::{Explanation, Node};
use crate::graph::Operand;
use crate::op::Op;

const VALUE: &str = "#1a7f37";
const ADJOINT: &str = "#cf222e";
const FAINT: &str = "#6e7781";

impl Explanation {
    /// The graph in Graphviz's language, left to right: in each node its value (green) and
    /// its adjoint (red), on each edge the local derivative (grey). Where nothing flows back an
    /// edge is dotted; where a zero hid an infinity it is red. [Scopes](Explanation::scopes) are
    /// clusters, one inside the other.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let x = tape.var("x", 3.0);
    /// let drawing = (2.0 * x).named("y").explain().dot();
    /// assert!(drawing.starts_with("digraph ledger {\n"));
    /// assert!(drawing.contains("<b>y</b> = 2 * x"));
    /// assert!(drawing.contains("n0 -> n1"));
    /// ```
    #[must_use]
    pub fn dot(&self) -> String {
        let mut out = String::from(
            "digraph ledger {\n\
             \x20 rankdir=LR;\n\
             \x20 node [shape=box, style=rounded, fontname=\"Helvetica\"];\n",
        );
        out += &format!(
            "  edge [fontname=\"Helvetica\", fontsize=10, fontcolor=\"{FAINT}\", color=\"{FAINT}\"];\n"
        );
        out += &self.boxes();
        for step in self.steps() {
            for receipt in &step.receipts {
                let local = match step.node.op {
                    Op::Structural => quoted(&self.rule(step.node, receipt.term.slot as usize)),
                    _ => self.number(receipt.term.local),
                };
                let colour = if receipt.term.hides() {
                    format!(", color=\"{ADJOINT}\"")
                } else {
                    String::new()
                };
                out += &format!(
                    "  n{} -> n{} [label=\"{local}\"{colour}];\n",
                    receipt.operand.id, step.node.id
                );
            }
            for receipt in &step.array_receipts {
                let (operand, term) = (receipt.operand, receipt.term);
                let label = match self.local_formula(operand, term) {
                    Some(formula) => quoted(&formula),
                    None => quoted(&self.rule(step.node, term.slot as usize)),
                };
                let colour = match self.array_hides(term) {
                    true => format!(", color=\"{ADJOINT}\""),
                    false => String::new(),
                };
                out += &format!(
                    "  n{} -> n{} [label=\"{label}\"{colour}];\n",
                    operand.id, step.node.id
                );
            }
        }
        for node in self.nodes() {
            let none = !node.has_adjoint() || node.op == Op::Detach;
            for operand in &node.operands {
                let Operand::Node(operand) = *operand else {
                    continue;
                };
                let is_data = self
                    .at(operand)
                    .array
                    .as_ref()
                    .is_some_and(|array| array.is_data);
                if none || is_data {
                    out += &format!("  n{operand} -> n{} [style=dotted];\n", node.id);
                }
            }
        }
        out + "}\n"
    }

    /// The nodes, those of a scope within its cluster.
    fn boxes(&self) -> String {
        let mut out = String::new();
        // The scopes that are open, by place: those of a recording nest.
        let mut open: Vec<usize> = Vec::new();
        let mut scopes = self.scopes().iter().enumerate().peekable();
        for node in self.nodes() {
            while open
                .last()
                .is_some_and(|&place| self.scopes()[place].nodes.end <= node.id)
            {
                open.pop();
                out += &format!("{}}}\n", indent(open.len()));
            }
            while let Some((place, scope)) =
                scopes.next_if(|(_, scope)| scope.nodes.start <= node.id)
            {
                let outer = indent(open.len());
                let inner = indent(open.len() + 1);
                out += &format!(
                    "{outer}subgraph cluster_{place} {{\n\
                     {inner}label=\"{}\"; labeljust=l; fontname=\"Helvetica\"; fontcolor=\"{FAINT}\";\n\
                     {inner}style=rounded; color=\"{FAINT}\";\n",
                    quoted(&title(&scope.name))
                );
                open.push(place);
            }
            let (indent, label) = (indent(open.len()), self.box_label(node));
            out += &format!("{indent}n{} [label=<{label}>];\n", node.id);
        }
        while open.pop().is_some() {
            out += &format!("{}}}\n", indent(open.len()));
        }
        out
    }

    fn box_label(&self, node: &Node) -> String {
        let label = escape(&visible(&node.label));
        let shape = node
            .array
            .as_ref()
            .map_or(String::new(), |array| format!(" {}", array.shape()));
        let computed = match node.op {
            Op::Input => String::new(),
            _ => format!(" = {}", escape(&self.expression(node))),
        };
        let value = self.value_line(node);
        let adjoint = match node.has_adjoint() {
            true => format!(
                "<font color=\"{ADJOINT}\">{}{}</font>",
                self.adjoint_line(node),
                match node.is_hooked() {
                    true => " (hook)",
                    false => "",
                }
            ),
            false => format!("<font color=\"{FAINT}\">no path</font>"),
        };
        format!(
            "<b>{label}</b>{shape}{computed}<br/><font color=\"{VALUE}\">{value}</font><br/>{adjoint}"
        )
    }
}

/// What stands before a line within so many clusters; deep ones are not indented without end.
fn indent(depth: usize) -> String {
    "  ".repeat(depth.min(16) + 1)
}

/// Text inside a label in quotes.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// Text inside an HTML-like label.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
