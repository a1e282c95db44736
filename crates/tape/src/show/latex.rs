//! The ledger as a LaTeX document: for each node what it computes, and its chain rule.

use super::expression::Expression;
use super::{latex_name, rule};
use crate::explain::{Explanation, Node};
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
                out += &format!("\\begin{{align*}}\n{}\n\\end{{align*}}\n", lines.join(" \\\\\n"));
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
        Latex { explanation, names: explanation.nodes().iter().map(name).collect() }
    }

    /// What LaTeX calls a node.
    pub(super) fn name(&self, id: u32) -> String {
        self.names[self.explanation.nodes().partition_point(|node| node.id < id)].clone()
    }

    fn number(&self, number: f64) -> String {
        latex_name::number(&self.explanation.number(number))
    }

    fn opening(&self) -> String {
        let of = self.explanation.outputs_text(|output| match output.node {
            Some(id) => self.name(id),
            None => self.number(output.value),
        });
        format!(
            "The bar marks an adjoint, the derivative of ${of}$ by a node: the sum, over the node's\n\
             children, of the child's adjoint times the child's local derivative.\n"
        )
    }

    /// The lines of a node's display.
    fn lines(&self, node: &Node) -> Vec<String> {
        let (name, value) = (self.name(node.id), self.number(node.value));
        let mut lines = vec![match self.computed(node) {
            Some(computed) => format!("{name} &= {computed} = {value}"),
            None => format!("{name} &= {value}"),
        }];
        let Some(adjoint) = node.adjoint else {
            lines.push(format!("\\overline{{{name}}} &\\phantom{{{{}}={{}}}} \\text{{none: no path leads to an output}}"));
            return lines;
        };
        let (mut symbols, mut numbers, mut rules) = (Vec::new(), Vec::new(), Vec::new());
        for term in &node.terms {
            let Some(child) = term.child.map(|child| self.explanation.at(child)) else {
                symbols.push(self.number(term.contribution));
                numbers.push(self.number(term.contribution));
                continue;
            };
            let child_name = self.name(child.id);
            let partial = format!("\\frac{{\\partial {child_name}}}{{\\partial {name}}}");
            symbols.push(format!("\\overline{{{child_name}}} \\, {partial}"));
            let [upstream, local] = [term.upstream, term.local].map(|n| latex_name::factor(&self.number(n)));
            let mark = if term.hides() { "^{\\,!}" } else { "" };
            numbers.push(format!("{upstream} \\cdot {local}{mark}"));
            let local = self.number(term.local);
            let rule = match rule::shown(child, term) {
                Some(Expression::Word("own rule")) => format!("{partial} &= {local} \\quad \\text{{(its own rule)}}"),
                Some(rule) => format!("{partial} &= {} = {local}", self.formula(&rule)),
                None => format!("{partial} &= {local}"),
            };
            if rules.last() != Some(&rule) {
                rules.push(rule);
            }
        }
        let adjoint = self.number(adjoint);
        if node.terms.iter().all(|term| term.child.is_none()) {
            numbers.clear();
        }
        let start = format!("\\overline{{{name}}} &= ");
        if node.terms.len() <= 2 {
            let sides = [&symbols, &numbers].into_iter().filter(|side| !side.is_empty());
            lines.push(start + &sides.map(|side| side.join(" + ")).collect::<Vec<_>>().join(" = "));
        } else {
            lines.extend(sum(&start, &symbols));
            lines.extend(sum("&= ", &numbers));
        }
        let last = lines.last_mut().expect("there is a line for the value");
        if numbers.is_empty() && symbols == [adjoint.clone()] {
            last.push_str(" \\quad \\text{(an output)}");
        } else {
            last.push_str(&format!(" = {adjoint}"));
        }
        if node.terms.iter().any(|term| term.hides()) {
            lines.push("&\\phantom{{}={}} \\text{(! an exact zero hides an infinity or NaN)}".to_string());
        }
        lines.extend(rules);
        lines
    }
}

/// A sum, a few terms to the line.
fn sum(start: &str, terms: &[String]) -> Vec<String> {
    let lines = terms.chunks(TERMS_ON_A_LINE).map(|terms| terms.join(" + ")).enumerate();
    lines.map(|(place, line)| if place == 0 { format!("{start}{line}") } else { format!("&\\quad + {line}") }).collect()
}
