//! The ledger as a LaTeX document: for each node what it computes, and its chain rule.

use super::expression::Expression;
use super::latex_width::{LINE, width};
use super::{latex_name, rule};
use crate::explain::{Explanation, Node, Term};
use crate::op::Op;
use std::collections::HashSet;

/// How many terms stand on a line.
const TERMS_ON_A_LINE: usize = 4;

/// How many letters a name has at most. A longer one is told where its node is, and is a letter
/// and a number elsewhere.
const LONGEST: usize = 16;

/// The page: somewhat more on it than the class has.
const PREAMBLE: &str = "\\documentclass{article}
\\usepackage{amsmath}
\\setlength{\\textwidth}{6.5in}
\\setlength{\\oddsidemargin}{0pt}
\\setlength{\\textheight}{9in}
\\setlength{\\topmargin}{-0.5in}
\\setlength{\\parindent}{0pt}
\\setcounter{MaxMatrixCols}{12}
\\allowdisplaybreaks
\\sloppy
\\begin{document}
";

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
    /// What would not fit on a line is broken; a name of more than 16 letters is told once, in
    /// full, and the node has a letter and its number in formulas.
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
        let mut out = PREAMBLE.to_string();
        out += &latex.opening();
        for node in self.nodes().iter().rev() {
            out += &latex.caption(node);
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
            let mut name = match is_long(&node.label) {
                true => format!("v_{{{}}}", node.id),
                false => latex_name::name(&node.label),
            };
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
        let of = self.explanation.outputs_text(|output| {
            let Some(id) = output.node else {
                return self.number(output.value);
            };
            match (self.explanation.at(id).array.is_some(), output.seed) {
                (true, _) => format!("\\textstyle\\sum \\mathit{{seed}} \\odot {}", self.name(id)),
                (false, 1.0) => self.name(id),
                (false, seed) => format!("{} \\cdot {}", self.number(seed), self.name(id)),
            }
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

    /// The name of a node whose formulas have another.
    fn caption(&self, node: &Node) -> String {
        match is_long(&node.label) {
            true => format!(
                "\\par\\bigskip\n${}$ is the node {}:\n",
                self.name(node.id),
                latex_name::in_full(&node.label)
            ),
            false => String::new(),
        }
    }

    /// How much room a node's display has right of the signs that its lines are aligned by.
    pub(super) fn room(&self, node: &Node) -> f64 {
        let mut children: Vec<u32> = node.terms.iter().filter_map(|term| term.child).collect();
        children.extend(
            node.array
                .iter()
                .flat_map(|array| array.terms.iter().filter_map(|term| term.child)),
        );
        let names = children
            .into_iter()
            .chain([node.id])
            .map(|id| width(&self.name(id)));
        LINE - names.fold(0.0, f64::max) - 4.0
    }

    /// The lines of a node's display.
    fn lines(&self, node: &Node) -> Vec<String> {
        if let Some(array) = &node.array {
            return self.array_lines(node, array);
        }
        let (name, value) = (self.name(node.id), self.number(node.value));
        let room = self.room(node);
        let mut sides: Vec<Vec<String>> = self
            .computed(node)
            .into_iter()
            .map(|one| vec![one])
            .collect();
        sides.push(vec![value]);
        let mut lines = equal(&name, &sides, room);
        let bar = format!("\\overline{{{name}}}");
        let Some(adjoint) = node.adjoint else {
            let none = "\\text{none: no path leads to an output}";
            lines.push(format!("{bar} &\\phantom{{{{}}={{}}}} {none}"));
            return lines;
        };
        let sum = node.hooks.first().map_or(adjoint, |hook| hook.before);
        let adjoint = self.number(sum);
        match &node.terms[..] {
            [seed] if seed.child.is_none() => {
                lines.push(format!("{bar} &= {adjoint} \\quad \\text{{(an output)}}"));
            }
            _ => {
                let (symbols, numbers) = self.products(node);
                lines.extend(equal(&bar, &[symbols, numbers, vec![adjoint]], room));
            }
        }
        for hook in &node.hooks {
            let after = self.number(hook.after);
            lines.push(format!("&\\to {after} \\quad \\text{{(a hook)}}"));
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
        let room = self.room(node);
        let rule = |term: &Term| {
            let child = self.explanation.at(term.child?);
            if child.op == Op::Structural {
                return None;
            }
            let (child_name, name) = (self.name(child.id), self.name(node.id));
            let local = self.number(term.local);
            let sides = match rule::shown(child, term) {
                Some(Expression::Word("own rule")) => {
                    vec![vec![format!("{local} \\quad \\text{{(its own rule)}}")]]
                }
                Some(rule) => vec![self.summands(&rule), vec![local]],
                None => vec![vec![local]],
            };
            let left = format!("\\frac{{\\partial {child_name}}}{{\\partial {name}}}");
            Some(equal(&left, &sides, room))
        };
        let mut rules: Vec<Vec<String>> = node.terms.iter().filter_map(rule).collect();
        rules.dedup();
        rules.concat()
    }
}

/// Whether a name is too long for formulas. (A letter beyond ASCII may need several there.)
fn is_long(label: &str) -> bool {
    label.chars().nth(LONGEST).is_some() || width(&latex_name::name(label)) > LONGEST as f64 * 1.1
}

/// Lines that say that all sides, each a sum, are equal: one line if that has room.
pub(super) fn equal(left: &str, sides: &[Vec<String>], room: f64) -> Vec<String> {
    let joined: Vec<String> = sides.iter().map(|side| side.join(" + ")).collect();
    let whole = joined.join(" = ");
    if sides.iter().all(|side| side.len() <= 2) && width(&whole) <= room {
        return vec![format!("{left} &= {whole}")];
    }
    let mut lines: Vec<String> = sides.iter().flat_map(|side| sum(side, room)).collect();
    if let Some(first) = lines.first_mut() {
        *first = format!("{left} {first}");
    }
    lines
}

/// A sum behind the sign of equality, a few terms to the line.
fn sum(terms: &[String], room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut on_line = 0;
    let mut taken = 0.0;
    for term in terms {
        let own = width(term) + 3.0;
        match lines.last_mut() {
            Some(line) if on_line < TERMS_ON_A_LINE && taken + own <= room => {
                *line += &format!(" + {term}");
                on_line += 1;
                taken += own;
            }
            last => {
                let start = if last.is_some() { "&\\quad +" } else { "&=" };
                lines.push(format!("{start} {}", fitted(term, room)));
                on_line = 1;
                taken = own;
            }
        }
    }
    lines
}

/// A formula that cannot be broken, set smaller if it must.
pub(super) fn fitted(formula: &str, room: f64) -> String {
    match width(formula) > room {
        true => format!("\\text{{\\scriptsize$\\displaystyle {formula}$}}"),
        false => formula.to_string(),
    }
}
