//! How many digits of each number survive rounding.

mod replay;

use super::Mention;
use crate::explain::{Explanation, Node};
use crate::graph::Operand;
use crate::op::{Op, Rounding, chain_product};
use crate::recording::Recording;
use crate::run::local_partials;
use crate::show::Numbers;
use replay::Replay;
use smallvec::SmallVec;

/// How far rounding can have carried each number of a ledger off: made by
/// [`Explanation::precision`].
#[derive(Clone, Debug, PartialEq)]
pub struct Precision {
    /// The nodes that are numbers and depend on numbers alone, in recording order.
    pub nodes: Vec<NodeDigits>,
    /// Where many digits were lost in one operation or one sum, in recording order.
    pub cancellations: Vec<Cancellation>,
    /// How many nodes are not covered: arrays, and what depends on them.
    pub not_covered: usize,
    pub(crate) numbers: Numbers,
}

/// The digits of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeDigits {
    /// The node.
    pub at: Mention,
    /// Its value.
    pub value: Digits,
    /// Its adjoint; `None` where it has none, or where an output depends on arrays.
    pub adjoint: Option<Digits>,
}

/// A number, and how far off it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Digits {
    /// The number.
    pub number: f64,
    /// How far from it the exact number is, to first order. 0 of an exact one.
    pub error: f64,
}

/// A node at which digits were lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Cancellation {
    /// The node.
    pub at: Mention,
    /// Whether it is the sum of its adjoint's terms that cancels, rather than its operands.
    pub in_adjoint: bool,
    /// The digits that its operands (or terms) had, those of the worst.
    pub before: f64,
    /// The digits that are left.
    pub after: f64,
}

/// The decimal digits of a double: 53 bits.
const ALL: f64 = 15.954_589_770_191_003;

/// How many digits an operation loses before it is told.
const TOLD: f64 = 3.0;

/// What a user's operation may add, in units of the last place. Its inside is not looked at.
const CALL_ULPS: f64 = 4.0;

impl Digits {
    /// The decimal digits that survive: from 0 to 15.95, all that a double has. NaN where the number
    /// is not finite.
    #[must_use]
    pub fn count(&self) -> f64 {
        if !self.number.is_finite() {
            f64::NAN
        } else if self.error == 0.0 {
            ALL
        } else if self.error.is_nan() || self.number == 0.0 {
            0.0
        } else {
            (-(self.error / self.number.abs()).log10()).clamp(0.0, ALL)
        }
    }

    /// Whether nothing was rounded on the way to it, or roundings made up for each other.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.error == 0.0
    }
}

impl Cancellation {
    /// The digits lost.
    #[must_use]
    pub fn lost(&self) -> f64 {
        self.before - self.after
    }
}

impl Explanation {
    /// How many decimal digits of each value and of each adjoint survive rounding; inputs and
    /// literals count as exact.
    ///
    /// ```text
    /// error of y = f(x1, ..., xn):  sum over i of df/dxi * error of xi, + what rounding f adds
    /// ```
    ///
    /// This is running error analysis to first order. What sums, differences, products, quotients
    /// and roots add is no bound but the number itself, found without error (TwoSum, and the
    /// remainders by fused multiply-adds), with its sign, so that errors that cancel do cancel
    /// (Langlois, 2001); other operations add up to as many units in the last place as their row
    /// says, 1 if it says nothing, and those add up without sign. An adjoint's error comes from the
    /// same analysis of the gradient, recorded as nodes: second derivatives are in it.
    ///
    /// Numbers only: arrays, and what depends on them, are [counted](Precision::not_covered) and
    /// not covered, and where an output depends on an array,
    /// or a hook changed an adjoint, no adjoint is. A branch that rounding
    /// might turn (`floor` near a whole number) is not seen here, but among the
    /// [kinks](Explanation::kinks). The inside of a user's operation is not looked at: it counts
    /// as 4 units in the last place.
    ///
    /// ```
    /// let tape = tape::Tape::without_lines();
    /// let x = tape.var("x", 1e-6);
    /// let c = x.cos().named("c");
    /// let d = (1.0 - c).named("d");
    /// let f = (d / (x * x)).named("f"); // 1/2, nearly
    /// let precision = f.explain().precision();
    /// let f = precision.nodes.last().unwrap();
    /// assert!(f.value.count() < 5.0 && f.value.count() > 3.0);
    /// assert!(precision.cancellations.iter().any(|lost| lost.at.label == "d" && lost.lost() > 9.0));
    /// ```
    #[must_use]
    pub fn precision(&self) -> Precision {
        let replay = Replay::of(self);
        let errors = errors(&replay.session.0);
        let error_of = |index: Option<u32>| index.map_or(0.0, |index| errors[index as usize]);
        let mut nodes = Vec::new();
        let mut cancellations = Vec::new();
        let mut known: Vec<Option<Digits>> = vec![None; self.nodes().len()];
        for (place, node) in self.nodes().iter().enumerate() {
            let Some(value) = replay.values[place] else {
                continue;
            };
            let value = Digits {
                number: node.value,
                error: error_of(value),
            };
            known[place] = Some(value);
            let adjoint = replay.adjoints[place].zip(node.adjoint);
            let adjoint = adjoint.map(|(index, number)| Digits {
                number,
                error: error_of(index),
            });
            let operands = node.operands.iter().filter_map(|operand| match *operand {
                Operand::Node(id) => known[self.place_of(id)],
                Operand::Literal(_) => None,
            });
            let before = operands.map(|digits| digits.count()).fold(ALL, f64::min);
            let at = || Mention::of(self, node);
            let lost = [
                (node.op != Op::Input).then(|| (false, before, value.count())),
                adjoint.map(|adjoint| (true, before_sum(node, adjoint), adjoint.count())),
            ];
            for (in_adjoint, before, after) in lost.into_iter().flatten() {
                if before - after >= TOLD {
                    cancellations.push(Cancellation {
                        at: at(),
                        in_adjoint,
                        before,
                        after,
                    });
                }
            }
            nodes.push(NodeDigits {
                at: at(),
                value,
                adjoint,
            });
        }
        Precision {
            not_covered: self.nodes().len() - nodes.len(),
            nodes,
            cancellations,
            numbers: self.numbers,
        }
    }
}

/// The digits that the terms of an adjoint had: those of their sum, and those that it lost.
fn before_sum(node: &Node, adjoint: Digits) -> f64 {
    let sizes: f64 = node.terms.iter().map(|term| term.contribution.abs()).sum();
    let left = adjoint.count();
    if left.is_nan() || sizes.is_nan() {
        return f64::NAN;
    }
    match adjoint.number == 0.0 {
        true if adjoint.error > 0.0 => (sizes / adjoint.error).log10().clamp(left, ALL),
        true => left,
        false => (left + (sizes / adjoint.number.abs()).log10()).clamp(left, ALL),
    }
}

/// How far a number written in a derivative rule is from the constant that it stands for. (The
/// literals of the user's program are nodes of the replay, and exact.) One of few bits is what it is.
fn constant_error(number: f64) -> f64 {
    match number == 0.0 || number.to_bits().trailing_zeros() >= 30 {
        true => 0.0,
        false => 0.5 * f64::EPSILON * number.abs(),
    }
}

/// How far off each node of a recording of numbers is.
fn errors(recording: &Recording) -> Vec<f64> {
    recording.with(|nodes, store| {
        // The error as far as it is known, with its sign, and a bound on the rest.
        let mut errors: Vec<(f64, f64)> = Vec::with_capacity(nodes.len());
        for node in nodes {
            let (row, value) = (&node.row, node.value);
            let operands = row.operands(&store.lists);
            let at: SmallVec<[f64; 4]> = operands
                .iter()
                .map(|operand| match *operand {
                    Operand::Node(id) => nodes[id as usize].value,
                    Operand::Literal(number) => number,
                })
                .collect();
            let own = match row.op {
                Op::Input | Op::Const | Op::Detach => Rounding::NONE,
                Op::Call => Rounding::ulps(CALL_ULPS, value),
                op => op.rounding(&at, row.attribute().as_f64(), value),
            };
            let (mut off, mut within) = match own {
                Rounding::Off(off) => (off, 0.0),
                Rounding::Within(within) => (0.0, within),
            };
            let locals = match row.op {
                Op::Input | Op::Const => SmallVec::new(),
                Op::Detach => SmallVec::from_slice(&[1.0]),
                _ => local_partials(row, &at, value, |_| true),
            };
            for (operand, &local) in operands.iter().zip(&locals) {
                let (e, t) = match *operand {
                    Operand::Node(id) => errors[id as usize],
                    Operand::Literal(number) => (0.0, constant_error(number)),
                };
                off += chain_product(e, local);
                within += chain_product(t, local.abs());
            }
            errors.push((off, within));
        }
        errors
            .into_iter()
            .map(|(off, within)| off.abs() + within)
            .collect()
    })
}
