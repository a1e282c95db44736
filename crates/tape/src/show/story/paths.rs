//! Paths as text and as LaTeX.

use crate::explain::Explanation;
use crate::show::expression::abbreviated;
use crate::show::{latex_name, visible};
use crate::story::{Path, Paths};
use std::fmt;

impl fmt::Display for Paths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [total, gross] = [self.total, self.gross].map(|number| self.numbers.show(number));
        let (from, to) = (visible(&self.from), visible(&self.to));
        let count = match self.count {
            1.0 => "along one path".to_string(),
            count => format!("the sum over {} paths", self.numbers.literal(count)),
        };
        write!(f, "d{to}/d{from} = {total}, {count}")?;
        if self.count > 1.0 {
            write!(f, "; their sizes add up to {gross}")?;
        }
        writeln!(f)?;
        for path in &self.heaviest {
            writeln!(f, "{}  {}", share(path.share), path.text)?;
        }
        Ok(())
    }
}

/// A share in percent, in a column.
fn share(share: f64) -> String {
    let percent = 100.0 * share;
    let text = match percent.abs() {
        size if !size.is_finite() => format!("{percent}"),
        size if size != 0.0 && !(0.1..1e4).contains(&size) => format!("{percent:.1e}"),
        size if size >= 99.95 || size.fract() < 0.05 => format!("{percent:.0}"),
        _ => format!("{percent:.1}"),
    };
    format!("{text:>5} %")
}

impl Explanation {
    /// A path as a product of derivatives: as text, and as LaTeX.
    pub(crate) fn path_texts(&self, path: &Path) -> [String; 2] {
        let factors = path.steps.iter().zip(&path.nodes).rev();
        let label = |id: u32| visible(&self.at(id).label);
        let product = |factors: Vec<String>, sign: &str| match factors.is_empty() {
            true => "1".to_string(),
            false => factors.join(sign),
        };
        let dots = "...".to_string();
        let named = factors
            .clone()
            .map(|(step, &operand)| format!("d{}/d{}", label(step.child), label(operand)));
        let numbers = factors.clone().map(|(step, _)| self.number(step.local));
        let nodes = abbreviated(path.nodes.iter().map(|&id| label(id)), dots.clone());
        let text = format!(
            "along {}: {} = {}{}",
            nodes.join(", "),
            product(abbreviated(named, dots.clone()), " * "),
            product(abbreviated(numbers, dots), " * "),
            match path.steps.len() {
                0 | 1 => String::new(),
                _ => format!(" = {}", self.number(path.product)),
            }
        );

        let name = |id: u32| latex_name::name(&self.at(id).label);
        let dots = "\\cdots".to_string();
        let named = factors.clone().map(|(step, &operand)| {
            format!(
                "\\frac{{\\partial {}}}{{\\partial {}}}",
                name(step.child),
                name(operand)
            )
        });
        let numbers = factors.map(|(step, _)| {
            let shown = latex_name::number(&self.number(step.local));
            latex_name::factor(&shown)
        });
        let latex = format!(
            "{} = {}{}",
            product(abbreviated(named, dots.clone()), " \\, "),
            product(abbreviated(numbers, dots), " \\cdot "),
            match path.steps.len() {
                0 | 1 => String::new(),
                _ => format!(" = {}", latex_name::number(&self.number(path.product))),
            }
        );
        [text, latex]
    }
}
