//! Digits as text.

use super::source;
use crate::show::{Numbers, visible};
use crate::story::{Cancellation, Digits, NodeDigits, Precision};
use std::fmt;

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "decimal digits that survive rounding, of 15.9; inputs and literals count as exact"
        )?;
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
        match self.not_covered {
            0 => Ok(()),
            1 => writeln!(f, "not covered: 1 node that is an array, or depends on one"),
            many => writeln!(
                f,
                "not covered: {many} nodes that are arrays, or depend on one"
            ),
        }
    }
}

fn cells(node: &NodeDigits, numbers: Numbers) -> [String; 5] {
    let adjoint = node.adjoint.as_ref();
    [
        node.at.to_string(),
        numbers.show(node.value.number),
        digits(&node.value),
        adjoint.map_or(String::new(), |adjoint| numbers.show(adjoint.number)),
        adjoint.map_or(String::new(), digits),
    ]
}

fn digits(digits: &Digits) -> String {
    match digits.count() {
        count if count.is_nan() => "none".to_string(),
        _ if digits.is_exact() => "exact".to_string(),
        count => shown(count),
    }
}

/// With one decimal, which promises no more than there is.
fn shown(digits: f64) -> String {
    format!("{:.1}", (digits * 10.0).floor() / 10.0)
}

pub(in crate::show) fn lost(cancellation: &Cancellation) -> String {
    let Cancellation {
        at,
        in_adjoint,
        before,
        after,
    } = cancellation;
    let what = match in_adjoint {
        true => format!("the adjoint of {}, a sum of terms,", visible(&at.label)),
        false => at.to_string(),
    };
    let [lost, before, after] = [cancellation.lost(), *before, *after].map(shown);
    format!(
        "cancellation: {what} loses {lost} digits: {before} before, {after} after{}\n",
        source(at)
    )
}
