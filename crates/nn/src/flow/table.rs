//! A report as a table.

use super::{FlowLayer, FlowReport};
use std::fmt;

const HEAD: [&str; 11] = [
    "layer", "what", "mean", "std", "zero", "flat", "|y|", "|dE/dy|", "|W|", "|dE/dW|", "ratio",
];

/// A line for each layer: mean and standard deviation of its activations, the shares that are 0 and
/// that are where their curve is flat, their norm, that of the gradient by them, the norms of weights
/// and of the gradient by those, the ratio of the latter to the former, and the marks.
impl fmt::Display for FlowReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = vec![HEAD.map(str::to_string)];
        table.extend(self.layers.iter().map(cells));
        let width = |column: usize| {
            let cells = table.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or(0)
        };
        let widths: [usize; HEAD.len()] = std::array::from_fn(width);
        let marks = self.layers.iter().map(|layer| &layer.marks[..]);
        for (row, marks) in table.iter().zip([&[][..]].into_iter().chain(marks)) {
            let mut line = String::new();
            for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                line += &match column {
                    0 => format!("{cell:width$}"),
                    1 => format!("  {cell:width$}"),
                    _ => format!("  {cell:>width$}"),
                };
            }
            for mark in marks {
                line += &format!("  {mark}");
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        writeln!(f, "\nloss {}", short(self.loss))
    }
}

fn cells(layer: &FlowLayer) -> [String; HEAD.len()] {
    let activations = &layer.activations;
    let weights = layer.weights.as_ref();
    let known = |number: Option<f64>| number.map_or_else(String::new, short);
    [
        layer.path.clone(),
        layer.module.clone(),
        short(activations.mean),
        short(activations.std),
        percent(activations.zeros),
        layer.flat.map_or_else(String::new, percent),
        short(activations.norm),
        known(layer.gradient.as_ref().map(|gradient| gradient.norm)),
        known(weights.map(|weights| weights.norm)),
        known(weights.and_then(|weights| weights.gradient)),
        known(weights.and_then(|weights| weights.ratio())),
    ]
}

/// Nothing for nothing, whole percents above one.
fn percent(share: f64) -> String {
    match share {
        0.0 => String::new(),
        share if share < 0.01 => "<1%".to_string(),
        share => format!("{:.0}%", (100.0 * share).floor()),
    }
}

/// Three digits.
fn short(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 {
        "0".to_string()
    } else if (0.0995..9.995).contains(&size) {
        format!("{number:.2}")
    } else if (9.995..99.95).contains(&size) {
        format!("{number:.1}")
    } else if (99.95..99999.5).contains(&size) {
        format!("{number:.0}")
    } else if (0.00995..0.0995).contains(&size) {
        format!("{number:.3}")
    } else if number.is_finite() {
        format!("{number:.1e}")
    } else {
        number.to_string()
    }
}
