//! The ledger as a Markdown table (GitHub's dialect).

use super::text::HIDES;
use super::visible;
use crate::explain::{Explanation, Node};
use crate::op::Op;

impl Explanation {
    /// The ledger as a Markdown table: a row for each node, in the order of the sweep.
    ///
    /// ```
    /// let tape = tape::Tape::without_lines();
    /// let x = tape.var("x", 3.0);
    /// let y = (2.0 * x).named("y");
    /// assert_eq!(
    ///     y.explain().markdown(),
    ///     "\
    /// | node | computed as | value | adjoint | terms: upstream * local |
    /// | --- | --- | ---: | ---: | --- |
    /// | `y` | `2 * x` | 6 | 1 | output: 1 |
    /// | `x` | `input` | 3 | 2 | from `y`: 1 * 2 = 2, `dy/dx = 2` |
    /// "
    /// );
    /// ```
    #[must_use]
    pub fn markdown(&self) -> String {
        let sourced = self.nodes().iter().any(|node| node.source.is_some());
        let (title, rule) = if sourced {
            (" line |", " --- |")
        } else {
            ("", "")
        };
        let mut out = format!(
            "| node | computed as | value | adjoint | terms: upstream * local |{title}\n\
             | --- | --- | ---: | ---: | --- |{rule}\n"
        );
        for node in self.nodes().iter().rev() {
            let (label, value) = (code(&self.shaped_label(node)), self.value_line(node));
            let adjoint = self.adjoint_line(node);
            out += &format!(
                "| {label} | {} | {value} | {adjoint} | {} |",
                code(&self.expression(node)),
                self.terms_cell(node)
            );
            out += &match self.source_text(node) {
                Some(source) => format!(" {} |\n", code(&source)),
                None if sourced => " |\n".to_string(),
                None => "\n".to_string(),
            };
        }
        out
    }

    fn terms_cell(&self, node: &Node) -> String {
        let mut terms = Vec::with_capacity(node.terms.len());
        for term in &node.terms {
            let Some(child) = term.child.map(|child| self.at(child)) else {
                terms.push(format!("output: {}", self.number(term.contribution)));
                continue;
            };
            let formula = match child.op {
                Op::Structural => self.rule(child, term.slot as usize),
                _ => self.formula(node, term).to_string(),
            };
            let (child, formula) = (code(&visible(&child.label)), code(&formula));
            let mark = if term.hides() {
                format!(" **{HIDES}**")
            } else {
                String::new()
            };
            // Only factors of one's own making: digits, signs, `inf` and `NaN` need no escape.
            terms.push(format!(
                "from {child}: {}, {formula}{mark}",
                self.product(term)
            ));
        }
        for term in node.array.iter().flat_map(|array| &array.terms) {
            let Some(child) = term.child.map(|child| self.at(child)) else {
                terms.push(format!("output: {}", self.array_line(&term.contribution)));
                continue;
            };
            let mut cell = format!(
                "from {}: {}",
                code(&visible(&child.label)),
                code(&self.rule(child, term.slot as usize))
            );
            if let Some(formula) = self.local_formula(node, term) {
                cell += &format!(", {}", code(&formula));
            }
            if self.array_hides(term) {
                cell += &format!(" **{HIDES}**");
            }
            terms.push(cell);
        }
        let hooks = self.hook_rows(node).into_iter();
        terms.extend(hooks.map(|[_, text, _]| format!("hook: {text}")));
        terms.join("<br>")
    }
}

/// Code in a table cell. In it only the backtick ends the code, and only the bar ends the cell.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "\\u{60}").replace('|', "\\u{7c}"))
}
