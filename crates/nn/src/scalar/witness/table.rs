use super::{Comparison, Witness};
use std::fmt;

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (cost, examples) = (self.cost.name(), self.examples);
        let s = if examples == 1 { "" } else { "s" };
        writeln!(
            f,
            "The tape and the delta rule, cost {cost}, {examples} example{s}"
        )?;

        let width = |text: fn(&Comparison) -> &str, least: usize| {
            self.comparisons
                .iter()
                .map(|c| text(c).len())
                .fold(least, usize::max)
        };
        let (name, node) = (width(|c| &c.name, 8), width(|c| &c.node, 10));
        let mut layer = None;
        for c in &self.comparisons {
            if layer != Some(c.layer) {
                layer = Some(c.layer);
                let title = if c.layer == 0 {
                    "inputs".into()
                } else {
                    format!("layer {}", c.layer)
                };
                let (hand, tape) = ("delta rule", "tape");
                writeln!(
                    f,
                    "\n{title:name$}  {hand:>15}   {:node$}  {tape:>15}  difference",
                    "adjoint of"
                )?;
            }
            let (by_hand, adjoint) = (number(c.by_hand), number(c.adjoint));
            let difference = short(c.difference);
            writeln!(
                f,
                "{:name$}  {by_hand:>15}   {:node$}  {adjoint:>15}  {difference:>10}",
                c.name, c.node
            )?;
        }
        let largest = short(self.largest_difference());
        writeln!(
            f,
            "\nlargest difference, relative to the largest number of its layer: {largest}"
        )
    }
}

/// Ten decimals, or a power of ten where they would hide the number.
fn number(x: f64) -> String {
    if x == 0.0 || (1e-4..1e4).contains(&x.abs()) {
        format!("{x:.10}")
    } else {
        format!("{x:.6e}")
    }
}

fn short(difference: f64) -> String {
    if difference == 0.0 {
        "0".to_string()
    } else {
        format!("{difference:.0e}")
    }
}
