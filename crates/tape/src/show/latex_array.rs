//! Arrays in LaTeX: matrices, shapes below names, rules of the matrix calculus.

use super::arrays::{Piece, SPELLED_OUT, is_shaped, pieces, shape_behind};
use super::latex::{Latex, equal, fitted};
use super::latex_math::with_shape;
use super::latex_name;
use super::latex_width::width;
use super::rule;
use crate::array::Array;
use crate::explain::{ArrayPart, ArrayTerm, Node};
use crate::graph::Operand;
use crate::op::Op;

impl Latex<'_> {
    /// The lines of an array's display.
    pub(super) fn array_lines(&self, node: &Node, array: &ArrayPart) -> Vec<String> {
        let name = self.name(node.id);
        let bar = format!("\\overline{{{name}}}");
        let shaped = with_shape(&name, array.shape());
        let room = self.room(node);
        let sides = [self.computed(node), self.matrix(&array.value, room)];
        let sides: Vec<Vec<String>> = sides.into_iter().flatten().map(|one| vec![one]).collect();
        let mut lines = match sides.is_empty() {
            true => vec![format!("{shaped} &\\phantom{{{{}}={{}}}}")],
            false => equal(&shaped, &sides, room),
        };
        let Some(adjoint) = &array.adjoint else {
            let why = match array.is_data {
                true => "none: it depends on data alone",
                false => "none: no path leads to an output",
            };
            lines.push(format!("{bar} &\\phantom{{{{}}={{}}}} \\text{{{why}}}"));
            return lines;
        };
        let product = |term: &ArrayTerm| match term.child {
            Some(child) => self.reads(self.explanation.at(child), term.slot as usize),
            None => "\\mathit{seed}".to_string(),
        };
        let terms: Vec<String> = array.terms.iter().map(product).collect();
        for (place, term) in terms.iter().enumerate() {
            let term = fitted(term, room);
            lines.push(match place {
                0 => format!("{bar} &= {term}"),
                _ => format!("&\\quad + {term}"),
            });
        }
        let sum = array.hooks.first().map_or(adjoint, |hook| &hook.before);
        let matrix = self.matrix(sum, room);
        lines.extend(matrix.map(|adjoint| format!("&= {adjoint}")));
        for hook in &array.hooks {
            let after = self.matrix(&hook.after, room - width("(a hook)"));
            let after = after.unwrap_or_else(|| {
                let changed = format!("{} of {}", hook.changed(), hook.after.len());
                format!("\\text{{{changed} elements changed}}")
            });
            lines.push(format!("&\\to {after} \\quad \\text{{(a hook)}}"));
        }
        if array
            .terms
            .iter()
            .any(|term| self.explanation.array_hides(term))
        {
            let remark = "\\text{(! an exact zero hides an infinity or NaN)}";
            lines.push(format!("&\\phantom{{{{}}={{}}}} {remark}"));
        }
        for term in array.terms.iter().filter(|term| term.local.is_some()) {
            let Some(child) = term.child else { continue };
            let child = self.explanation.at(child);
            let local = self.summands(&rule::rule(child, term.slot as usize));
            let child = self.name(child.id);
            let left = format!("\\frac{{\\partial {child}}}{{\\partial {name}}}");
            let rule = equal(&left, &[local], room);
            if !lines.ends_with(&rule) {
                lines.extend(rule);
            }
        }
        lines
    }

    /// The numbers of a small vector or matrix, if there is room.
    fn matrix(&self, array: &Array, room: f64) -> Option<String> {
        let columns = match **array.shape() {
            [columns] | [_, columns] if (1..=SPELLED_OUT).contains(&array.len()) => columns,
            _ => return None,
        };
        let numbers: Vec<String> = array.iter().map(|&number| self.number(number)).collect();
        let rows: Vec<String> = numbers.chunks(columns).map(|row| row.join(" & ")).collect();
        let rows = rows.join(" \\\\ ");
        let widest = |column: usize| {
            let column = numbers.iter().skip(column).step_by(columns);
            column.map(|number| width(number)).fold(0.0, f64::max)
        };
        let digits: f64 = (0..columns).map(widest).sum();
        // Two units between columns, and in small ones one.
        if digits + 2.0 * columns as f64 <= room {
            Some(format!("\\begin{{bmatrix}} {rows} \\end{{bmatrix}}"))
        } else if 0.75 * digits + columns as f64 <= room {
            let small = format!("\\begin{{smallmatrix}} {rows} \\end{{smallmatrix}}");
            Some(format!("\\left[ {small} \\right]"))
        } else {
            None
        }
    }

    /// How a term reads.
    pub(super) fn reads(&self, child: &Node, slot: usize) -> String {
        let name = self.name(child.id);
        if child.op != Op::Structural {
            let operand = self.formula(&child.operands[slot].into());
            return format!(
                "\\overline{{{name}}} \\odot \\frac{{\\partial {name}}}{{\\partial {operand}}}"
            );
        }
        let template = child.rules[slot];
        let shaped = |text: String, shape| match is_shaped(template) {
            true => with_shape(&text, &shape),
            false => text,
        };
        let mut out = String::new();
        for piece in pieces(template) {
            out += &match piece {
                Piece::Text(text) => words(text),
                Piece::Upstream => shaped(format!("\\overline{{{name}}}"), child.shape()),
                Piece::Value(None, suffix) => shaped(
                    name.clone() + &power(suffix),
                    shape_behind(&child.shape(), suffix),
                ),
                Piece::Value(Some(slot), suffix) => {
                    let operand: Operand = child.operands[slot];
                    let shape = self.explanation.operand_shape(operand);
                    let mut text = self.formula(&operand.into());
                    if !suffix.is_empty() && text.contains('^') {
                        text = latex_name::group(&text);
                    }
                    shaped(text + &power(suffix), shape_behind(&shape, suffix))
                }
            };
        }
        out
    }
}

/// What stands behind a matrix: its transpose, its inverse.
fn power(suffix: &str) -> String {
    match suffix {
        "" => String::new(),
        _ => format!("^{{{}}}", suffix[1..].replace('T', "\\top")),
    }
}

/// The words between the symbols of a rule: words upright, single letters and signs as mathematics.
fn words(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphabetic() || c == ' ';
        let end = rest
            .find(|c: char| is_word(c) != is_word(first))
            .unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        out += &match run.trim().chars().count() {
            0 => " ".to_string(),
            1 if is_word(first) => run.to_string(),
            _ if is_word(first) => format!("\\text{{{run}}}"),
            _ => run
                .replace('.', "\\,")
                .replace('*', "\\cdot")
                .replace('_', "\\_"),
        };
    }
    out
}
