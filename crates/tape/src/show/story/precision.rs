//! Digits as text.

use super::source;
use crate::show::{Numbers, visible};
use crate::story::{Cancellation, Digits, NodeDigits, Precision, bracketed};
use std::fmt;

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "decimal digits that survive rounding, of 15.9; inputs and literals count as exact"
        )?;
        if self.nodes.iter().any(|node| node.value.array.is_some()) {
            writeln!(
                f,
                "of arrays: the worst element, of 7.2 digits in f32; lost are those with fewer than 3"
            )?;
        }
        let head = ["", "value", "digits", "adjoint", "digits"].map(String::from);
        let rows = self
            .nodes
            .iter()
            .rev()
            .map(|node| cells(node, self.numbers));
        let rows: Vec<[String; 5]> = std::iter::once(head).chain(rows).collect();
        let width = |column: usize| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or(0)
        };
        let widths = [0, 1, 2, 3, 4].map(width);
        for row in &rows {
            let mut line = format!("    {:1$}", row[0], widths[0]);
            for column in 1..5 {
                line += &format!("  {:>1$}", row[column], widths[column]);
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        for cancellation in &self.cancellations {
            f.write_str(&lost(cancellation))?;
        }
        f.write_str(&self.uncovered())
    }
}

impl Precision {
    /// What is not covered, and why.
    fn uncovered(&self) -> String {
        let nodes = |count: usize| match count {
            1 => "1 node".to_string(),
            many => format!("{many} nodes"),
        };
        let mut what = Vec::new();
        if self.not_covered > 0 {
            what.push(nodes(self.not_covered));
        }
        if self.adjoints_not_covered > 0 {
            what.push(format!(
                "the adjoint of {}",
                nodes(self.adjoints_not_covered)
            ));
        }
        match what.is_empty() {
            true => String::new(),
            false => format!(
                "not covered: {}: {} and what depends on it\n",
                what.join(" and "),
                self.unknown.join(", ")
            ),
        }
    }
}

fn cells(node: &NodeDigits, numbers: Numbers) -> [String; 5] {
    let adjoint = node.adjoint.as_ref();
    let number = |digits: &Digits| match &digits.array {
        None => numbers.show(digits.number),
        Some(array) if array.errors.is_empty() => "[]".to_string(),
        Some(array) => format!(
            "{} at {}",
            numbers.show(digits.number),
            bracketed(&array.index)
        ),
    };
    [
        node.at.to_string(),
        number(&node.value),
        digits(&node.value),
        adjoint.map_or(String::new(), number),
        adjoint.map_or(String::new(), digits),
    ]
}

/// `7.0`; of an array those of the worst and of the median element: `1.2 (median 6.8), 3 of 40 lost`.
fn digits(digits: &Digits) -> String {
    if digits.is_exact() && !digits.count().is_nan() {
        return "exact".to_string();
    }
    let shown = |count: f64| match count.is_nan() {
        true => "none".to_string(),
        false => shown(count),
    };
    let mut text = shown(digits.count());
    if let Some(array) = &digits.array {
        let median = shown(array.median);
        if median != text {
            text += &format!(" (median {median})");
        }
        if array.lost > 0 {
            text += &format!(", {} of {} lost", array.lost, array.errors.len());
        }
    }
    text
}

/// With one decimal, which promises no more than there is.
fn shown(digits: f64) -> String {
    format!("{:.1}", (digits * 10.0).floor() / 10.0)
}

pub(in crate::show) fn lost(cancellation: &Cancellation) -> String {
    let Cancellation {
        at,
        in_adjoint,
        index,
        count,
        before,
        after,
    } = cancellation;
    let place = match (index, count) {
        (None, _) => String::new(),
        (Some(index), 1) => format!(" in {}", bracketed(index)),
        (Some(index), many) => format!(" in {many} elements, most in {}", bracketed(index)),
    };
    let what = match in_adjoint {
        true => format!("the adjoint of {}, a sum of terms,", visible(&at.label)),
        false => at.to_string(),
    };
    let [lost, before, after] = [cancellation.lost(), *before, *after].map(shown);
    format!(
        "cancellation: {what} loses {lost} digits{place}: {before} before, {after} after{}\n",
        source(at)
    )
}
