//! A comparison as text: what differs first, then a table.

use super::{Numbers, title, visible};
use crate::compare::{Comparison, Row, Tolerance, Verdict};
use std::fmt;

/// How many rows without a difference stand side by side before they are folded.
const EQUAL_ROWS: usize = 3;

/// How long a label may be in the table.
const LABEL: usize = 40;

/// How many names a list of nodes has.
const NAMES: usize = 8;

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.sides().map(visible_side);
        let (count, tolerance) = (self.rows().len(), self.tolerance());
        let nodes = if count == 1 { "node" } else { "nodes" };
        writeln!(
            f,
            "{first} | {second}: {count} {nodes} in both, compared {tolerance}."
        )?;
        if let Some(parting) = self.parting() {
            let label = both(parting.labels.each_ref().map(Option::as_deref));
            let reads = parting.reads.each_ref().map(Option::as_deref);
            let [one, other] = reads.map(|reads| cut(reads.unwrap_or("nothing")));
            let scope = inside(&parting.scope);
            writeln!(
                f,
                "The graphs differ first at {label}{scope}: {one} | {other}."
            )?;
        }
        if let Some(row) = self.first_value() {
            let (label, said) = (equation(row), said(&row.value));
            let scope = inside(&row.scope);
            writeln!(f, "The first value that differs: {label}{scope}, {said}.")?;
        }
        if let Some(row) = self.first_adjoint() {
            let (label, said) = (row_label(row), said(&row.adjoint));
            let scope = inside(&row.scope);
            writeln!(
                f,
                "The first adjoint that differs, in the order of the sweep: {label}{scope}, {said}."
            )?;
        }
        if self.agrees() {
            f.write_str("They agree.\n")?;
        }
        for (side, only) in [first, second].iter().zip(self.only()) {
            if only.is_empty() {
                continue;
            }
            let names: Vec<String> = only
                .iter()
                .take(NAMES)
                .map(|name| cut(&visible(name)))
                .collect();
            let more = match only.len().saturating_sub(NAMES) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            writeln!(f, "Only in {side}: {}{more}.", names.join(", "))?;
        }
        self.table(f)
    }
}

impl Comparison {
    fn table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sides = self.sides().map(visible_side);
        let mut head: Vec<String> = vec!["node".to_string()];
        for what in ["value", "adjoint"] {
            head.push(format!("{what}: {}", sides[0]));
            head.extend([sides[1].clone(), "difference".to_string()]);
        }
        let mut lines: Vec<Line> = vec![Line::Cells(head)];
        let mut rows = self.rows();
        while let [row, rest @ ..] = rows {
            let equal = rows.iter().take_while(|row| is_equal(row)).count();
            if equal > EQUAL_ROWS {
                lines.push(Line::Folded(equal));
                rows = &rows[equal..];
                continue;
            }
            let mut cells = vec![row_label(row)];
            cells.extend(cells_of(&row.value));
            cells.extend(cells_of(&row.adjoint));
            lines.push(Line::Cells(cells));
            rows = rest;
        }
        if lines
            .iter()
            .all(|line| !matches!(line, Line::Cells(cells) if cells[0] != "node"))
        {
            return Ok(());
        }
        let width = |column: usize| {
            let cells = lines.iter().filter_map(|line| match line {
                Line::Cells(cells) => Some(cells[column].chars().count()),
                Line::Folded(_) => None,
            });
            cells.max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..7).map(width).collect();
        f.write_str("\n")?;
        for line in &lines {
            match line {
                Line::Folded(count) => writeln!(f, "  ({count} nodes the same)")?,
                Line::Cells(cells) => {
                    let mut text = format!("{:1$}", cells[0], widths[0]);
                    for (column, cell) in cells.iter().enumerate().skip(1) {
                        // What is told apart by eye stands in columns; remarks run on.
                        text += &match column {
                            3 | 6 => format!("  {cell:0$}", widths[column]),
                            _ => format!("  {cell:>0$}", widths[column]),
                        };
                    }
                    writeln!(f, "{}", text.trim_end())?;
                }
            }
        }
        Ok(())
    }
}

enum Line {
    Cells(Vec<String>),
    /// So many rows in which all is the same.
    Folded(usize),
}

/// Whether a row has nothing to show: both numbers are the same, to the last bit.
fn is_equal(row: &Row) -> bool {
    [&row.value, &row.adjoint]
        .iter()
        .all(|verdict| match verdict {
            Verdict::Agree(contrast) => contrast.difference == 0.0,
            Verdict::NoPath | Verdict::Unknown => true,
            Verdict::Differ(_) | Verdict::Shapes(_) | Verdict::Path { .. } => false,
        })
}

/// First, second, difference.
fn cells_of(verdict: &Verdict) -> [String; 3] {
    let none = String::new;
    match verdict {
        Verdict::Unknown => [none(), none(), none()],
        Verdict::NoPath => ["none".to_string(), "none".to_string(), none()],
        Verdict::Path { in_first: true } => ["is".to_string(), "none".to_string(), "!".to_string()],
        Verdict::Path { in_first: false } => {
            ["none".to_string(), "is".to_string(), "!".to_string()]
        }
        Verdict::Shapes([first, second]) => [
            first.to_string(),
            second.to_string(),
            "! shapes".to_string(),
        ],
        Verdict::Agree(contrast) | Verdict::Differ(contrast) => {
            let shape = contrast.shape.to_string();
            let Some(numbers) = contrast.numbers else {
                return [shape.clone(), shape, none()];
            };
            let is_array = contrast.shape.rank() > 0;
            if is_array && contrast.difference == 0.0 && contrast.differing == 0 {
                return [shape.clone(), shape, none()];
            }
            let [first, second] = told_apart(numbers);
            let first = match is_array {
                true => format!("{} {first}", at(&contrast.index)),
                false => first,
            };
            let mut difference = match contrast.difference {
                0.0 => none(),
                difference => Numbers::Readable.show(difference),
            };
            if contrast.differing > 0 {
                difference += " !";
            }
            if contrast.differing > 0 && is_array {
                difference += &format!(" {} of {}", contrast.differing, contrast.shape.count());
            }
            [first, second, difference.trim_start().to_string()]
        }
    }
}

/// A difference in words.
fn said(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Path { in_first } => {
            let [has, lacks] = if *in_first {
                ["first", "second"]
            } else {
                ["second", "first"]
            };
            format!("which has a path to an output in the {has} only, not in the {lacks}")
        }
        Verdict::Shapes([first, second]) => format!("of the shape {first} | {second}"),
        Verdict::Agree(contrast) | Verdict::Differ(contrast) => {
            let [first, second] = told_apart(contrast.numbers.unwrap_or_default());
            let difference = Numbers::Readable.show(contrast.difference);
            match contrast.shape.rank() {
                0 => format!("{first} | {second}, by {difference}"),
                _ => format!(
                    "{first} | {second} at {}, by {difference}; {} of {} elements differ",
                    at(&contrast.index),
                    contrast.differing,
                    contrast.shape.count()
                ),
            }
        }
        Verdict::NoPath | Verdict::Unknown => String::new(),
    }
}

/// Two numbers, with as many digits as tell them apart.
fn told_apart(numbers: [f64; 2]) -> [String; 2] {
    let shown = numbers.map(|number| Numbers::Readable.show(number));
    let are_one = numbers[0].to_bits() == numbers[1].to_bits();
    if are_one || shown[0] != shown[1] {
        return shown;
    }
    numbers.map(|number| Numbers::Exact.show(number))
}

fn at(index: &[usize]) -> String {
    let index: Vec<String> = index.iter().map(usize::to_string).collect();
    format!("[{}]", index.join(","))
}

/// What a row's node is called.
fn row_label(row: &Row) -> String {
    both(row.labels.each_ref().map(|label| Some(&label[..])))
}

/// `h = tanh(z)`, of a node that is computed.
fn equation(row: &Row) -> String {
    match row.reads.contains('(') {
        true => format!("{} = {}", row_label(row), cut(&row.reads)),
        false => row_label(row),
    }
}

/// What both runs call a node: one label, or two with a bar between.
fn both(labels: [Option<&str>; 2]) -> String {
    let shown = |label: &str| cut(&visible(label));
    match labels {
        [Some(first), Some(second)] if first != second => {
            format!("{} | {}", shown(first), shown(second))
        }
        [first, second] => shown(first.or(second).unwrap_or_default()),
    }
}

/// ` in encoder.layer1`
fn inside(scope: &Option<String>) -> String {
    match scope {
        Some(scope) => format!(" in {}", cut(&title(scope))),
        None => String::new(),
    }
}

/// The name of a run: words may stand in it.
fn visible_side(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_graphic() || c == ' ';
    if !name.is_empty() && name.chars().all(is_plain) {
        name.to_string()
    } else {
        visible(name)
    }
}

fn cut(label: &str) -> String {
    if label.chars().count() <= LABEL {
        return label.to_string();
    }
    let start: String = label.chars().take(LABEL - 1).collect();
    start + "…"
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |number: f64| Numbers::Exact.show(number);
        match *self {
            Tolerance::Exact => f.write_str("exactly"),
            Tolerance::Ulps(most) => write!(f, "within {most} ulp"),
            Tolerance::Within { absolute, relative } => match [absolute, relative] {
                [absolute, 0.0] => write!(f, "within {}", show(absolute)),
                [0.0, relative] => write!(f, "within {} of the larger", show(relative)),
                [absolute, relative] => {
                    let [absolute, relative] = [absolute, relative].map(show);
                    write!(f, "within {absolute} and {relative} of the larger")
                }
            },
        }
    }
}
