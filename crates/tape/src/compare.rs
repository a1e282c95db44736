//! Two runs side by side: where their numbers begin to differ.
//!
//! A port that gives another loss, a run that was right yesterday, a step and the next one: what is
//! asked is always the first value that differs, and the first adjoint.

mod contrast;
mod matching;
mod snapshot;

use crate::explain::Explanation;
pub use contrast::{Contrast, Tolerance, Verdict};
use matching::{Pair, matched, parting, reads};
pub use snapshot::{Slope, Snapshot, SnapshotNode};

/// Two runs, node by node: made by [`Explanation::compare`] and [`Comparison::of`].
///
/// Nodes of one name are compared with each other; nodes without, by what they compute from what:
/// the same operation on nodes that are compared with each other, the first with the first. Printed,
/// it says what differs first, and then all nodes side by side; rows in which all is the same are
/// folded where they are many.
///
/// ```
/// use tape::{Tape, Var};
///
/// let run = |slope: fn(Var) -> Var| {
///     let tape = Tape::without_lines();
///     let (x, w) = (tape.var("x", 0.5), tape.var("w", -0.7));
///     let a = slope((w * x).named("z")).named("a");
///     (a * a).named("J").explain()
/// };
/// let comparison = run(Var::tanh).compare(&run(Var::sin));
/// assert_eq!(comparison.first_value().unwrap().labels[0], "a");
/// assert_eq!(comparison.first_adjoint().unwrap().labels[0], "a");
/// assert_eq!(
///     comparison.to_string(),
///     "\
/// first | second: 5 nodes in both, compared exactly.
/// The graphs differ first at a: tanh(z) | sin(z).
/// The first value that differs: a = tanh(z), -0.336376 | -0.342898, by 0.00652226.
/// The first adjoint that differs, in the order of the sweep: a, -0.672751 | -0.685796, by 0.0130445.
///
/// node  value: first     second  difference    adjoint: first     second  difference
/// x              0.5        0.5                      0.417641   0.450952  0.0333112 !
/// w             -0.7       -0.7                     -0.298315  -0.322109  0.0237937 !
/// z            -0.35      -0.35                      -0.59663  -0.644218  0.0475874 !
/// a        -0.336376  -0.342898  0.00652226 !       -0.672751  -0.685796  0.0130445 !
/// J         0.113149   0.117579  0.0044304 !                1          1
/// "
/// );
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    sides: [String; 2],
    tolerance: Tolerance,
    rows: Vec<Row>,
    only: [Vec<String>; 2],
    parting: Option<Parting>,
    first_value: Option<usize>,
    first_adjoint: Option<usize>,
}

/// A node that is in both runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What the first run calls it, and the second.
    pub labels: [String; 2],
    /// What it computes, as far as that is known: `tanh(z)`.
    pub reads: String,
    /// The scope that it was recorded in, those around it before it: `encoder.layer1`.
    pub scope: Option<String>,
    /// How the values compare.
    pub value: Verdict,
    /// How the adjoints compare.
    pub adjoint: Verdict,
}

/// Where two graphs differ first: what either has there, `None` if it has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parting {
    /// What the first run calls the node, and the second.
    pub labels: [Option<String>; 2],
    /// What it computes there.
    pub reads: [Option<String>; 2],
    /// The scope of the node, of the first run that has one.
    pub scope: Option<String>,
}

impl Comparison {
    /// Compares two runs: [explanations](Explanation), or [snapshots](Snapshot) from elsewhere.
    ///
    /// The order is the recording order of the first that knows what its nodes compute.
    #[must_use]
    pub fn of<'a>(
        first: impl Into<Snapshot<'a>>,
        second: impl Into<Snapshot<'a>>,
        tolerance: Tolerance,
    ) -> Comparison {
        let runs = [first.into(), second.into()];
        let nodes = [runs[0].nodes(), runs[1].nodes()];
        let mut matched = matched(nodes);
        let parting = parting(nodes, &matched);
        let leading = usize::from(!runs[0].has_graph() && runs[1].has_graph());
        matched.pairs.sort_by_key(|pair| pair.places[leading]);
        let rows: Vec<Row> = matched
            .pairs
            .iter()
            .map(|&Pair { places, .. }| {
                let pair = [&nodes[0][places[0]], &nodes[1][places[1]]];
                Row {
                    labels: pair.map(|node| node.label.to_string()),
                    reads: reads(nodes[leading], places[leading]).unwrap_or_default(),
                    scope: scope(pair.map(Some)),
                    value: contrast::values(pair, tolerance),
                    adjoint: contrast::adjoints(pair, tolerance),
                }
            })
            .collect();
        let only = |side: usize| {
            let alone = matched.alone[side].iter();
            alone
                .map(|&place: &usize| nodes[side][place].label.to_string())
                .collect()
        };
        let side = |side: usize, unnamed: &str| match &runs[side].producer {
            Some(name) => name.to_string(),
            None => unnamed.to_string(),
        };
        Comparison {
            sides: [side(0, "first"), side(1, "second")],
            tolerance,
            only: [only(0), only(1)],
            parting,
            first_value: rows.iter().position(|row| row.value.differs()),
            first_adjoint: rows.iter().rposition(|row| row.adjoint.differs()),
            rows,
        }
    }

    /// Calls the runs by other names, in the text.
    #[must_use]
    pub fn called(mut self, sides: [&str; 2]) -> Comparison {
        self.sides = sides.map(str::to_string);
        self
    }

    /// What the runs are called.
    #[must_use]
    pub fn sides(&self) -> [&str; 2] {
        [&self.sides[0], &self.sides[1]]
    }

    /// When numbers counted as equal.
    #[must_use]
    pub fn tolerance(&self) -> Tolerance {
        self.tolerance
    }

    /// The nodes that are in both runs, in recording order.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The labels of the nodes that are in the first run only, and in the second only.
    #[must_use]
    pub fn only(&self) -> [&[String]; 2] {
        [&self.only[0], &self.only[1]]
    }

    /// The first node, in recording order, whose values differ.
    #[must_use]
    pub fn first_value(&self) -> Option<&Row> {
        self.first_value.map(|place| &self.rows[place])
    }

    /// The first node whose adjoints differ, in the order of the sweep: the last in recording order.
    #[must_use]
    pub fn first_adjoint(&self) -> Option<&Row> {
        self.first_adjoint.map(|place| &self.rows[place])
    }

    /// Where the graphs differ first; `None` if they do not, or one of the runs is without a graph.
    #[must_use]
    pub fn parting(&self) -> Option<&Parting> {
        self.parting.as_ref()
    }

    /// Whether at least one node was compared, and nothing differs: no value, no adjoint, and no
    /// graph. (Nodes that only one of them has do not count where the other has no graph, but
    /// names alone.)
    #[must_use]
    pub fn agrees(&self) -> bool {
        let nothing = self.first_value.is_none() && self.first_adjoint.is_none();
        !self.rows.is_empty() && nothing && self.parting.is_none()
    }
}

/// The scope of a node, of the first run that has one.
fn scope(pair: [Option<&SnapshotNode<'_>>; 2]) -> Option<String> {
    let scopes = pair.into_iter().flatten();
    scopes
        .filter_map(|node| node.scope.as_deref())
        .next()
        .map(str::to_string)
}

impl Explanation {
    /// Compares with another run, exactly: bit for bit, all NaNs being one.
    ///
    /// ```
    /// let run = |x: f64| {
    ///     let tape = tape::Tape::new();
    ///     let x = tape.var("x", x);
    ///     (x * x).named("y").explain()
    /// };
    /// assert!(run(3.0).compare(&run(3.0)).agrees());
    /// assert_eq!(run(3.0).compare(&run(4.0)).first_value().unwrap().labels[0], "x");
    /// ```
    #[must_use]
    pub fn compare(&self, other: &Explanation) -> Comparison {
        self.compare_within(other, Tolerance::Exact)
    }

    /// Compares with another run, within a tolerance.
    #[must_use]
    pub fn compare_within(&self, other: &Explanation, tolerance: Tolerance) -> Comparison {
        Comparison::of(self, other, tolerance)
    }
}
