//! The ledger as text, to be read aloud: a block for each node, in the order of the sweep.

use super::visible;
use crate::derive::Handle;
use crate::explain::{ArrayPart, ArrayTerm, Explanation, Node, Output, Term};
use crate::op::Op;
use std::fmt;

/// The column at which a node's source line begins, if what is before it is shorter.
const SOURCE_COLUMN: usize = 44;

/// How many terms a sum spells out.
const SUMMANDS: usize = 8;

/// What stands behind a product in which an exact zero hid something.
pub(super) const HIDES: &str = "! an exact zero hides an infinity or NaN here";

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.opening())?;
        for node in self.nodes().iter().rev() {
            write!(f, "\n{}", self.block(node))?;
        }
        Ok(())
    }
}

impl Explanation {
    /// The ledger of one node: its value, the terms that its children added, and their sum.
    ///
    /// ```
    /// let tape = tape::Tape::without_lines();
    /// let x = tape.var("x", 3.0);
    /// let y = (x * x).named("y");
    /// assert_eq!(
    ///     y.explain().ledger(x),
    ///     "\
    /// x = 3 (input)
    ///     from y: 1 * 3 = 3    dy/dx = x = 3 (operand 1)
    ///     from y: 1 * 3 = 3    dy/dx = x = 3 (operand 2)
    ///     adjoint 3 + 3 = 6
    /// "
    /// );
    /// ```
    ///
    /// # Panics
    /// If the handle is a constant, or no node of this explanation.
    #[must_use]
    #[track_caller]
    pub fn ledger(&self, handle: impl Handle) -> String {
        let var = handle.node();
        let Some(node) = self.node(var) else {
            panic!(
                "ledger: a handle of value {} is a constant, or no node of this explanation",
                var.peek()
            )
        };
        self.block(node)
    }

    /// What the numbers below mean.
    fn opening(&self) -> String {
        let name = |output: &Output| match output.node {
            Some(id) => visible(&self.at(id).label),
            None => self.number(output.value),
        };
        let value = |output: &Output| match output.node.map(|id| self.at(id)) {
            Some(node) if node.array.is_some() => self.shaped_label(node),
            Some(_) => format!("{} = {}", name(output), self.number(output.value)),
            None => format!("the constant {}", name(output)),
        };
        let values: Vec<String> = self.outputs().iter().map(value).collect();
        let of = match self.outputs() {
            [] => return "no outputs\n".to_string(),
            [output] if output.node.is_none() => {
                return format!("{}: no node leads to it\n", values.concat());
            }
            [output] => self.seeded(output, name(output)),
            _ => format!("the sum {}", self.outputs_text(name)),
        };
        format!(
            "{}. A node's adjoint is the derivative of {of} by that node:\n\
             the sum, over its children, of the child's adjoint * the child's local derivative.\n{}",
            values.join(", "),
            self.about_arrays()
        )
    }

    /// What a node is: `q = x + y = 3`.
    pub(super) fn headline(&self, node: &Node) -> String {
        let (label, value) = (visible(&node.label), self.number(node.value));
        if let Some(array) = &node.array {
            return format!("{label} {} = {}", array.shape(), self.expression(node));
        }
        match node.op {
            Op::Input => format!("{label} = {value} (input)"),
            _ => format!("{label} = {} = {value}", self.expression(node)),
        }
    }

    pub(super) fn block(&self, node: &Node) -> String {
        let mut out = self.headline(node);
        if let Some(source) = self.source_text(node) {
            out += &format!(
                "{:1$}  {source}",
                "",
                SOURCE_COLUMN.saturating_sub(out.chars().count() + 2)
            );
        }
        out.push('\n');
        if let Some(array) = &node.array {
            out += &format!("    {}\n", self.array_block("value ", &array.value));
            let rows = array
                .terms
                .iter()
                .map(|term| self.array_row(node, array, term));
            let rows: Vec<_> = rows.chain(self.hook_rows(node)).collect();
            out += &aligned(&rows);
            return out + &format!("    {}\n", self.array_total(node, array));
        }
        let rows = (0..node.terms.len()).map(|place| self.row(node, place));
        let rows: Vec<_> = rows.chain(self.hook_rows(node)).collect();
        out += &aligned(&rows);
        out + &format!("    {}\n", self.total(node))
    }

    /// A term: who added it, the product, and where the local derivative comes from.
    fn row(&self, node: &Node, place: usize) -> [String; 3] {
        let term = &node.terms[place];
        let mut formula = self.formula(node, term).to_string();
        let Some(child) = term.child.map(|child| self.at(child)) else {
            return [
                "output:".to_string(),
                self.number(term.contribution),
                formula,
            ];
        };
        if child.op == Op::Structural {
            formula = self.rule(child, term.slot as usize);
        }
        // The terms of one child stand together.
        let same_child = |place: usize| {
            node.terms
                .get(place)
                .is_some_and(|other| other.child == term.child)
        };
        if same_child(place + 1) || same_child(place.wrapping_sub(1)) {
            formula += &format!(" (operand {})", term.slot + 1);
        }
        if term.hides() {
            formula += &format!("  {HIDES}");
        }
        [
            format!("from {}:", visible(&child.label)),
            self.product(term),
            formula,
        ]
    }

    /// A term that is an array: who added it, how it reads, and the local derivative.
    fn array_row(&self, node: &Node, array: &ArrayPart, term: &ArrayTerm) -> [String; 3] {
        let Some(child) = term.child.map(|child| self.at(child)) else {
            let seed = self.array_line(&term.contribution);
            return ["output:".to_string(), format!("seed {seed}"), String::new()];
        };
        let mut reads = self.rule(child, term.slot as usize);
        if let [_] = array.terms[..] {
            reads = format!("{} {} = {reads}", self.adjoint_name(node), array.shape());
        }
        let mut formula = self.local_formula(node, term).unwrap_or_default();
        let of_child = array.terms.iter().filter(|other| other.child == term.child);
        if of_child.count() > 1 {
            formula += &format!(" (operand {})", term.slot + 1);
        }
        if self.array_hides(term) {
            formula += &format!("  {HIDES}");
        }
        [format!("from {}:", visible(&child.label)), reads, formula]
    }

    /// A sentence on arrays, where there are any.
    fn about_arrays(&self) -> &'static str {
        match self.has_arrays() {
            true => "Of arrays, * is the product element by element, and . that of matrices.\n",
            false => "",
        }
    }

    /// `1 * -4 = -4`; just the number where it is no product.
    pub(super) fn product(&self, term: &Term) -> String {
        let child = term.child.map(|child| self.at(child));
        if child.is_some_and(|child| child.op == Op::Structural) {
            return self.number(term.contribution);
        }
        self.factors(term)
    }

    /// `1 * -4 = -4`
    pub(super) fn factors(&self, term: &Term) -> String {
        let [upstream, local, contribution] =
            [term.upstream, term.local, term.contribution].map(|number| self.number(number));
        format!("{upstream} * {local} = {contribution}")
    }

    /// The adjoint, with the sum that it is.
    fn total(&self, node: &Node) -> String {
        let Some(adjoint) = node.adjoint else {
            return "adjoint none: no path leads to an output".to_string();
        };
        let sum = node.hooks.first().map_or(adjoint, |hook| hook.before);
        let (adjoint, made) = (self.number(sum), self.made(&node.hooks));
        match node.terms.len() {
            0 | 1 => format!("adjoint {adjoint}{made}"),
            2..=SUMMANDS => {
                let terms: Vec<String> = node
                    .terms
                    .iter()
                    .map(|term| self.number(term.contribution))
                    .collect();
                format!("adjoint {} = {adjoint}{made}", terms.join(" + "))
            }
            many => format!("adjoint {adjoint}, the sum of {many} terms{made}"),
        }
    }
}

/// Rows of three columns, the first two of one width each.
pub(super) fn aligned(rows: &[[String; 3]]) -> String {
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let (from, product) = (width(0), width(1));
    let mut out = String::new();
    for [child, numbers, formula] in rows {
        let line = format!("    {child:from$} {numbers:product$}    {formula}");
        out += line.trim_end();
        out.push('\n');
    }
    out
}
