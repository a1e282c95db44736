//! The ledger as a LaTeX document: for each node what it computes, and its chain rule.

use super::expression::Expression;
use super::{latex_name, rule};
use crate::explain::{Explanation, Node, Term};
use crate::op::Op;
use std::collections::HashSet;

/// How many terms stand on a line.
const TERMS_ON_A_LINE: usize = 4;

/// How many lines one display has at most: TeX holds a display in memory.
const LINES_OF_A_DISPLAY: usize = 30;

/// An explanation, and what LaTeX calls its nodes.
pub(super) struct Latex<'a> {
    pub(super) explanation: &'a Explanation,
    /// By place in the explanation.
    names: Vec<String>,
}

impl Explanation {
    /// The ledger as a LaTeX document (it needs `amsmath` only): for each node, in the order of
    /// the sweep, what it computes, the sum that its adjoint is, and the local derivatives.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let (x, z) = (tape.var("x", 3.0), tape.var("z", -4.0));
    /// let f = (x * z).named("f");
    /// let document = f.explain().latex();
    /// assert!(document.starts_with("\\documentclass{article}"));
    /// assert!(document.contains(r"\overline{x} &= \overline{f} \, \frac{\partial f}{\partial x}"));
    /// ```
    #[must_use]
    pub fn latex(&self) -> String {
        let latex = Latex::new(self);
        let mut out = String::from(
            "\\documentclass{article}\n\\usepackage{amsmath}\n\\allowdisplaybreaks\n\\begin{document}\n\
             \\setlength{\\parindent}{0pt}\n",
        );
        out += &latex.opening();
        for node in self.nodes().iter().rev() {
            for lines in latex.lines(node).chunks(LINES_OF_A_DISPLAY) {
                out += &format!(
                    "\\begin{{align*}}\n{}\n\\end{{align*}}\n",
                    lines.join(" \\\\\n")
                );
            }
        }
        out + "\\end{document}\n"
    }
}

impl<'a> Latex<'a> {
    fn new(explanation: &'a Explanation) -> Latex<'a> {
        let mut taken = HashSet::new();
        let name = |node: &Node| {
            let mut name = latex_name::name(&node.label);
            // `w0` and `w[0]` would look the same.
            if !taken.insert(name.clone()) {
                name = format!("{{{name}}}^{{\\langle {} \\rangle}}", node.id);
            }
            name
        };
        Latex {
            explanation,
            names: explanation.nodes().iter().map(name).collect(),
        }
    }

    /// What LaTeX calls a node.
    pub(super) fn name(&self, id: u32) -> String {
        self.names[self.explanation.place_of(id)].clone()
    }

    pub(super) fn number(&self, number: f64) -> String {
        latex_name::number(&self.explanation.number(number))
    }

    fn opening(&self) -> String {
        let of = self.explanation.outputs_text(|output| match output.node {
            Some(id) => self.name(id),
            None => self.number(output.value),
        });
        format!(
            "The bar marks an adjoint, the derivative of ${of}$ by a node: the sum, over the node's\n\
             children, of the child's adjoint times the child's local derivative.\n{}",
            match self.explanation.has_arrays() {
                true =>
                    "Of arrays, $\\cdot$ and $\\odot$ are products element by element; matrices \
                         side by side are multiplied as such.\n",
                false => "",
            }
        )
    }

    /// The lines of a node's display.
    fn lines(&self, node: &Node) -> Vec<String> {
        if let Some(array) = &node.array {
            return self.array_lines(node, array);
        }
        let (name, value) = (self.name(node.id), self.number(node.value));
        let mut lines = vec![match self.computed(node) {
            Some(computed) => format!("{name} &= {computed} = {value}"),
            None => format!("{name} &= {value}"),
        }];
        let bar = format!("\\overline{{{name}}}");
        let Some(adjoint) = node.adjoint.map(|adjoint| self.number(adjoint)) else {
            let none = "\\text{none: no path leads to an output}";
            lines.push(format!("{bar} &\\phantom{{{{}}={{}}}} {none}"));
            return lines;
        };
        let (symbols, numbers) = self.products(node);
        match (node.terms.len(), &node.terms[..]) {
            (1, [seed]) if seed.child.is_none() => {
                lines.push(format!("{bar} &= {adjoint} \\quad \\text{{(an output)}}"));
            }
            (1 | 2, _) => {
                let [symbols, numbers] = [symbols, numbers].map(|sum| sum.join(" + "));
                lines.push(format!("{bar} &= {symbols} = {numbers} = {adjoint}"));
            }
            _ => {
                lines.extend(sum(&format!("{bar} &= "), &symbols));
                lines.extend(sum("&= ", &numbers));
                lines.push(format!("&= {adjoint}"));
            }
        }
        if node.terms.iter().any(Term::hides) {
            let remark = "\\text{(! an exact zero hides an infinity or NaN)}";
            lines.push(format!("&\\phantom{{{{}}={{}}}} {remark}"));
        }
        lines.extend(self.rules(node));
        lines
    }

    /// The terms of a node's chain rule, in symbols and in numbers.
    fn products(&self, node: &Node) -> (Vec<String>, Vec<String>) {
        let name = self.name(node.id);
        let product = |term: &Term| {
            let Some(child) = term.child.map(|child| self.name(child)) else {
                let seed = self.number(term.contribution);
                return (seed.clone(), seed);
            };
            let child_node = self.explanation.at(term.child.unwrap_or(node.id));
            if child_node.op == Op::Structural && term.child.is_some() {
                let reads = self.reads(child_node, term.slot as usize);
                return (reads, self.number(term.contribution));
            }
            let [upstream, local] =
                [term.upstream, term.local].map(|n| latex_name::factor(&self.number(n)));
            let mark = if term.hides() { "^{\\,!}" } else { "" };
            (
                format!(
                    "\\overline{{{child}}} \\, \\frac{{\\partial {child}}}{{\\partial {name}}}"
                ),
                format!("{upstream} \\cdot {local}{mark}"),
            )
        };
        node.terms.iter().map(product).unzip()
    }

    /// The local derivatives of a node's children, a line each; the same line is not repeated.
    fn rules(&self, node: &Node) -> Vec<String> {
        let rule = |term: &Term| {
            let child = self.explanation.at(term.child?);
            if child.op == Op::Structural {
                return None;
            }
            let (child_name, name) = (self.name(child.id), self.name(node.id));
            let local = self.number(term.local);
            let equals = match rule::shown(child, term) {
                Some(Expression::Word("own rule")) => {
                    format!("{local} \\quad \\text{{(its own rule)}}")
                }
                Some(rule) => format!("{} = {local}", self.formula(&rule)),
                None => local,
            };
            Some(format!(
                "\\frac{{\\partial {child_name}}}{{\\partial {name}}} &= {equals}"
            ))
        };
        let mut rules: Vec<String> = node.terms.iter().filter_map(rule).collect();
        rules.dedup();
        rules
    }
}

/// A sum, a few terms to the line.
fn sum(start: &str, terms: &[String]) -> Vec<String> {
    let lines = terms
        .chunks(TERMS_ON_A_LINE)
        .map(|terms| terms.join(" + "))
        .enumerate();
    lines
        .map(|(place, line)| {
            if place == 0 {
                format!("{start}{line}")
            } else {
                format!("&\\quad + {line}")
            }
        })
        .collect()
}
