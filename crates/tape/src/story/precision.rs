//! How many digits of each number survive rounding.

mod cancel;
mod digits;
mod errors;
mod replay;

use super::Mention;
use crate::array::Array;
use crate::explain::{Explanation, Node};
use crate::op::Op;
use crate::recording::Recording;
use crate::show::Numbers;
use crate::var::Var;
use cancel::{Lost, in_adjoint, in_operation, in_sum};
pub use digits::{ArrayDigits, Digits};
use errors::{NodeErrors, errors, value};
use replay::Replay;

/// How far rounding can have carried each number of a ledger off: made by
/// [`Explanation::precision`].
#[derive(Clone, Debug, PartialEq)]
pub struct Precision {
    /// The nodes whose value is covered, in recording order.
    pub nodes: Vec<NodeDigits>,
    /// Where many digits were lost in one operation or one sum, in recording order.
    pub cancellations: Vec<Cancellation>,
    /// How many nodes have a value that is not covered.
    pub not_covered: usize,
    /// How many of the others have an adjoint that is not.
    pub adjoints_not_covered: usize,
    /// The operations that are not covered, by name: what depends on them is not, either.
    pub unknown: Vec<String>,
    pub(crate) numbers: Numbers,
}

/// The digits of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeDigits {
    /// The node.
    pub at: Mention,
    /// Its value.
    pub value: Digits,
    /// Its adjoint; `None` where it has none, or is not covered.
    pub adjoint: Option<Digits>,
}

/// A node at which digits were lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Cancellation {
    /// The node.
    pub at: Mention,
    /// Whether it is the sum of its adjoint's terms that cancels, rather than its operands.
    pub in_adjoint: bool,
    /// Of an array: the element that lost most.
    pub index: Option<Vec<usize>>,
    /// How many elements lost many digits here; of a number 1.
    pub count: usize,
    /// The digits that its operands (or terms) had, those of the worst.
    pub before: f64,
    /// The digits that are left.
    pub after: f64,
}

impl Cancellation {
    /// The digits lost.
    #[must_use]
    pub fn lost(&self) -> f64 {
        self.before - self.after
    }
}

impl Explanation {
    /// How many decimal digits of each value and of each adjoint survive rounding; inputs, data and
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
    /// Of arrays every element is looked at. What moves elements moves their errors; sums and
    /// matrix products find their own rounding, too; softmax, norms and their kin have a bound for
    /// each; recurrent layers are weighed step by step. What arrays of `f32` lose beside the same
    /// operation in double precision is known.
    ///
    /// Not covered are linear algebra (solve, inverse, determinant, Cholesky) and a user's
    /// operations on arrays, with all that depends on them: the answer
    /// [counts](Precision::not_covered) and [names](Precision::unknown) them. A branch that
    /// rounding might turn (`floor` near a whole number) is not seen here, but among the
    /// [kinks](Explanation::kinks). The inside of a user's operation on numbers is not looked at: it
    /// counts as 4 units in the last place. Where an output is an array, or hooks changed an adjoint,
    /// no adjoint is covered.
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
    ///
    /// ```
    /// let tape = tape::Tape::without_lines();
    /// let x = tape.tensor("x", [0.1, 0.2, 0.3]);
    /// let far = (x + tape.constant([0.0, 0.0, 1e8])).named("far");
    /// let back = (far - tape.constant([0.0, 0.0, 1e8])).named("back");
    /// let precision = back.sum().explain().precision();
    /// let lost = &precision.cancellations[0];
    /// assert_eq!((lost.at.label.as_str(), lost.index.as_deref()), ("back", Some(&[2][..])));
    /// ```
    #[must_use]
    pub fn precision(&self) -> Precision {
        let replay = Replay::of(self);
        let (errors, unknown) = errors(&replay.session.0);
        let weighed = Weighed {
            recording: &replay.session.0,
            errors: &errors,
        };
        let mut nodes = Vec::new();
        let mut cancellations = Vec::new();
        let mut adjoints_not_covered = 0;
        let mut known: Vec<Option<Digits>> = vec![None; self.nodes().len()];
        for (place, node) in self.nodes().iter().enumerate() {
            let Some(value) = weighed.digits(node, replay.values[place], false) else {
                continue;
            };
            let adjoint = replay.adjoints[place];
            let adjoint = adjoint.and_then(|replayed| weighed.digits(node, replayed, true));
            adjoints_not_covered += usize::from(node.has_adjoint() && adjoint.is_none());
            let lost = match (weighed.sizes(replay.values[place]), node.op) {
                (_, Op::Input | Op::Const) | (None, Op::Structural) => None,
                (Some(sizes), _) => in_sum(node, sizes, &value),
                (None, _) => in_operation(self, node, &known, &value),
            };
            let lost = lost.map(|lost| (false, lost));
            let in_adjoint = adjoint.as_ref().and_then(|digits| in_adjoint(node, digits));
            let in_adjoint = in_adjoint.map(|lost| (true, lost));
            for (in_adjoint, lost) in lost.into_iter().chain(in_adjoint) {
                let Lost {
                    index,
                    count,
                    before,
                    after,
                } = lost;
                cancellations.push(Cancellation {
                    at: Mention::of(self, node),
                    in_adjoint,
                    index,
                    count,
                    before,
                    after,
                });
            }
            nodes.push(NodeDigits {
                at: Mention::of(self, node),
                value: value.clone(),
                adjoint,
            });
            known[place] = Some(value);
        }
        Precision {
            not_covered: self.nodes().len() - nodes.len(),
            adjoints_not_covered,
            unknown,
            nodes,
            cancellations,
            numbers: self.numbers,
        }
    }
}

/// A replay and how far off its nodes are.
struct Weighed<'a> {
    recording: &'a Recording,
    errors: &'a [NodeErrors],
}

impl Weighed<'_> {
    /// The digits of a node's value, or of its adjoint, which the replay has as `replayed`. `None`
    /// where there is none, or no bound is known.
    ///
    /// A sweep may add terms in another order than the recorded gradient does: by how much they
    /// differ is known, and counts.
    fn digits(&self, node: &Node, replayed: Var, of_adjoint: bool) -> Option<Digits> {
        let index = self.recording.index(replayed).map(|index| index as usize);
        let errors = match index.map(|index| &self.errors[index]) {
            Some(NodeErrors::Unknown) => return None,
            errors => errors,
        };
        let error = |off: f64, within: f64, here: f64, there: f64| {
            let apart = here - there;
            (off + if apart.is_finite() { apart } else { 0.0 }).abs() + within
        };
        let Some(array) = &node.array else {
            let number = if of_adjoint {
                node.adjoint?
            } else {
                node.value
            };
            let [off, within] = errors.map_or([0.0; 2], NodeErrors::number);
            return Some(Digits::of(
                number,
                error(off, within, number, replayed.peek()),
            ));
        };
        let numbers = if of_adjoint {
            array.adjoint.as_ref()?
        } else {
            &array.value
        };
        let there = self.recording.with(|nodes, store| match index {
            Some(index) => value(&nodes[index], &store.arrays),
            None => Array::full(&[], replayed.peek()),
        });
        let parts = |place: usize| match errors {
            Some(NodeErrors::Array(errors)) => [at(&errors.off, place), at(&errors.within, place)],
            errors => errors.map_or([0.0; 2], NodeErrors::number),
        };
        let errors = numbers.iter().enumerate().map(|(place, &number)| {
            let [off, within] = parts(place);
            error(off, within, number, at(&there, place))
        });
        let errors = Array::trusted(numbers.shape().clone(), errors.collect());
        Some(Digits::of_array(numbers, errors, array.element))
    }

    /// Where a node adds terms up, the sum of their sizes.
    fn sizes(&self, replayed: Var) -> Option<&Array> {
        match &self.errors[self.recording.index(replayed)? as usize] {
            NodeErrors::Array(errors) => errors.sizes.as_ref(),
            NodeErrors::Number(_) | NodeErrors::Unknown => None,
        }
    }
}

/// An element, or the number that stands for all.
fn at(array: &Array, place: usize) -> f64 {
    match array.as_slice() {
        [number] => *number,
        elements => elements[place],
    }
}
