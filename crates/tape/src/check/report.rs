//! What a check found, and how it is printed.

use super::Check;
use crate::program::Place;
use std::fmt;

/// What a [`Check`] found. It prints backprop and differences side by side.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CheckReport {
    /// How the differences were taken.
    pub method: String,
    /// The derivative by each input.
    pub gradient: Vec<Comparison>,
    /// At order 2, the second derivatives, row by row.
    pub hessian: Vec<Comparison>,
    /// The operations whose own rule is wrong, in the order they were recorded.
    pub culprits: Vec<Culprit>,
}

/// One derivative, by backprop and by differences.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Comparison {
    /// The input, or the two inputs.
    pub name: String,
    /// What backprop says.
    pub backprop: f64,
    /// What differences say.
    pub estimate: f64,
    /// How far the estimate may be wrong.
    pub error: f64,
    /// At a kink, the slopes on the left and on the right.
    pub sides: Option<(f64, f64)>,
    /// The verdict.
    pub verdict: Verdict,
}

impl Comparison {
    /// Backprop less differences; at a kink, less the nearest slope between the two sides.
    #[must_use]
    pub fn difference(&self) -> f64 {
        let nearest = match self.sides {
            Some((left, right)) => self.backprop.max(left.min(right)).min(left.max(right)),
            None => self.estimate,
        };
        self.backprop - nearest
    }

    /// How far off it is: whether it could not be confirmed, whether it disagrees, by how much.
    pub(super) fn badness(&self) -> (u8, f64) {
        let relative = self.difference().abs() / self.estimate.abs().max(1.0);
        let rank = u8::from(!self.verdict.passes()) + u8::from(self.verdict == Verdict::Disagrees);
        let relative = if relative.is_nan() {
            f64::INFINITY
        } else {
            relative
        };
        (rank, relative)
    }
}

/// Whether backprop and differences tell the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// They are the same within the tolerance and the differences' error.
    Agrees,
    /// They are not, or the one is no number and the other is.
    Disagrees,
    /// The slopes on the two sides differ, and backprop is one of them or between.
    Kink,
    /// Differences settle on no slope: the function jumps, has a slope without bound, or is rough.
    Unsettled,
    /// There is no finite number to compare with.
    NotFinite,
}

impl Verdict {
    /// Whether the derivative was confirmed.
    #[must_use]
    pub fn passes(self) -> bool {
        match self {
            Verdict::Agrees | Verdict::Kink => true,
            Verdict::Disagrees | Verdict::Unsettled | Verdict::NotFinite => false,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Agrees => "agrees",
            Verdict::Disagrees => "DISAGREES",
            Verdict::Kink => "kink",
            Verdict::Unsettled => "UNSETTLED",
            Verdict::NotFinite => "NOT FINITE",
        })
    }
}

/// An operation whose own derivative differs from differences of its value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Culprit {
    /// The row of the graph.
    pub row: usize,
    /// The operation.
    pub op: String,
    /// The node's name, if it has one.
    pub name: Option<String>,
    /// By which of its operands, counted from 0.
    pub operand: usize,
    /// If the derivative itself is right, but not its own derivative: by this operand.
    pub by: Option<usize>,
    /// What the rule says.
    pub rule: f64,
    /// What differences say.
    pub estimate: f64,
    /// The line that recorded it.
    pub place: Option<Place>,
}

impl fmt::Display for Culprit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{} = {}", self.row, self.op)?;
        if let Some(name) = &self.name {
            write!(f, " (`{name}`)")?;
        }
        write!(f, ", by operand {}", self.operand)?;
        if let Some(by) = self.by {
            write!(f, " and again by operand {by}")?;
        }
        write!(
            f,
            ": the rule says {:?}, differences {:?}",
            self.rule, self.estimate
        )?;
        match &self.place {
            Some(place) => write!(f, "  {place}"),
            None => Ok(()),
        }
    }
}

/// How many culprits are printed.
const PRINTED: usize = 10;

impl CheckReport {
    /// Whether every derivative was confirmed and no rule is wrong.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.inputs_pass() && self.culprits.is_empty()
    }

    pub(super) fn inputs_pass(&self) -> bool {
        self.gradient
            .iter()
            .chain(&self.hessian)
            .all(|comparison| comparison.verdict.passes())
    }

    /// The derivative that is furthest off: one that disagrees, if there is one, else one that
    /// could not be checked; then by difference, relative to the slope where that is above 1.
    #[must_use]
    pub fn worst(&self) -> Option<&Comparison> {
        self.gradient.iter().chain(&self.hessian).max_by(|a, b| {
            let ((a_rank, a), (b_rank, b)) = (a.badness(), b.badness());
            a_rank.cmp(&b_rank).then(a.total_cmp(&b))
        })
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.one_sided {
            "one-sided differences"
        } else {
            "two-sided differences"
        })?;
        match self.epsilon {
            Some(epsilon) => write!(f, " at {epsilon:e}"),
            None => write!(f, ", extrapolated"),
        }
    }
}

impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {}",
            if self.passed() { "passed" } else { "FAILED" },
            self.method
        )?;
        let rows: Vec<[String; 5]> = self
            .gradient
            .iter()
            .chain(&self.hessian)
            .map(cells)
            .collect();
        let head = ["input", "backprop", "differences", "off by", "verdict"].map(str::to_string);
        let widths: [usize; 4] = std::array::from_fn(|column| {
            [&head]
                .into_iter()
                .chain(&rows)
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        });
        for [name, backprop, estimate, difference, verdict] in [&head].into_iter().chain(&rows) {
            let [a, b, c, d] = widths;
            writeln!(
                f,
                "  {name:<a$}  {backprop:<b$}  {estimate:<c$}  {difference:<d$}  {verdict}"
            )?;
        }
        if !self.culprits.is_empty() {
            writeln!(f, "local derivatives that are wrong:")?;
        }
        for culprit in self.culprits.iter().take(PRINTED) {
            writeln!(f, "  {culprit}")?;
        }
        match self.culprits.len().checked_sub(PRINTED) {
            None | Some(0) => Ok(()),
            Some(more) => writeln!(f, "  and {more} more"),
        }
    }
}

fn cells(comparison: &Comparison) -> [String; 5] {
    let number = |x: f64| format!("{}{x:?}", if x.is_sign_negative() { "" } else { " " });
    let estimate = match comparison.sides {
        Some((left, right)) => format!("{} left, {right:?} right", number(left)),
        None => number(comparison.estimate),
    };
    [
        comparison.name.clone(),
        number(comparison.backprop),
        estimate,
        format!("{:.1e}", comparison.difference().abs()),
        comparison.verdict.to_string(),
    ]
}
