//! Who made the first NaN or infinity.

mod backward;
mod forward;

use super::{Mention, element, index_of};
use crate::explain::{Explanation, Node};
use crate::graph::Operand;
use crate::op::Op;
use crate::show::Numbers;

/// Where the first NaN or infinity came from, forward and backward: made by [`Explanation::blame`].
#[derive(Clone, Debug, PartialEq)]
pub struct Blame {
    /// In the forward pass: the first node (in recording order) whose operands were finite and whose
    /// value is not; or an input, data or a literal that was not finite to begin with. One that
    /// spoils an output goes before one that does not.
    pub forward: Option<Origin>,
    /// Other nodes at which the forward pass went wrong anew.
    pub also: Vec<Mention>,
    /// In the reverse sweep: the first term (in the order of the sweep) that is not finite although
    /// the adjoint that it was made from is.
    pub backward: Option<Spoiled>,
    /// Products of the chain rule in which an exact zero hid an infinity or a NaN, in the order of
    /// the sweep.
    pub hidden: Vec<Hidden>,
    /// The outputs that are NaN or infinite, with their labels; of a constant the label is empty.
    pub outputs: Vec<(String, f64)>,
    pub(crate) numbers: Numbers,
}

/// Where the forward pass went wrong first.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// The node.
    pub at: Mention,
    /// Whether it was computed or given.
    pub kind: OriginKind,
    /// Of an array: the place of its first offending element.
    pub index: Option<Vec<usize>>,
    /// The NaN or infinity.
    pub value: f64,
    /// How many elements went wrong here; of a number 1.
    pub count: usize,
    /// The operands, in that place.
    pub operands: Vec<Seen>,
    /// What is wrong.
    pub mistake: String,
    /// What to do about it.
    pub cure: String,
    /// Whether an output is NaN or infinite on its account.
    pub reaches_output: bool,
}

/// How a number came to be NaN or infinite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OriginKind {
    /// An operation turned finite operands into it.
    Operation,
    /// An input was given so.
    Input,
    /// Constant data was given so.
    Data,
    /// A literal among the operands is so.
    Literal,
}

/// An operand, as the operation saw it.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Its node; `None` for a literal.
    pub node: Option<u32>,
    /// Its label, with the place in an array; empty for a literal.
    pub label: String,
    /// Its value; NaN where the operation saw a whole array.
    pub value: f64,
    /// The value as a person reads it: of a whole array its elements if they are few, else statistics.
    pub shown: String,
}

/// Where the reverse sweep went wrong first: a term that `at` handed to `operand`.
#[derive(Clone, Debug, PartialEq)]
pub struct Spoiled {
    /// How.
    pub kind: SpoiledKind,
    /// The node whose rule made the term.
    pub at: Mention,
    /// Which of its operands received it, counted from 0.
    pub slot: usize,
    /// That operand's node.
    pub operand: Mention,
    /// Of an array: the place of the first offending element.
    pub index: Option<Vec<usize>>,
    /// How many elements went wrong here; of a number 1.
    pub count: usize,
    /// The adjoint of `at`, finite. NaN where elements are moved, mixed or reduced.
    pub upstream: f64,
    /// The derivative of `at` by the operand. NaN where elements are moved, mixed or reduced.
    pub local: f64,
    /// The term.
    pub contribution: f64,
    /// The sum of the operand's terms before this one.
    pub before: Option<f64>,
    /// What the term is, in the names of the nodes: `dr/dd = 1 / d`.
    pub formula: String,
    /// The operands of `at`, in that place.
    pub operands: Vec<Seen>,
    /// What is wrong.
    pub mistake: String,
    /// What to do about it.
    pub cure: String,
}

/// How a term of the reverse sweep came to be NaN or infinite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SpoiledKind {
    /// The local derivative is.
    Local,
    /// Adjoint and local derivative are finite, their product is not.
    Product,
    /// The term is finite, and the sum with those before it is not.
    Sum,
    /// An operation that moves, mixes or reduces elements made it from a finite adjoint.
    Rule,
    /// The seed of an output was given so: no node handed it on, `at` and `operand` are the output.
    Seed,
    /// A hook made it of a finite adjoint, `before`: no node handed it on, `at` and `operand` are
    /// its node.
    Hook,
}

/// A product of the chain rule that is 0 times an infinity or a NaN, and counts as 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Hidden {
    /// The node whose rule made the term.
    pub at: Mention,
    /// The operand that received it.
    pub operand: Mention,
    /// Of an array: the place of the first such element.
    pub index: Option<Vec<usize>>,
    /// The adjoint of `at`.
    pub upstream: f64,
    /// The derivative of `at` by the operand.
    pub local: f64,
}

impl Seen {
    /// Its label, or the number of a literal.
    pub(super) fn name(self) -> String {
        match self.node {
            Some(_) => self.label,
            None => self.shown,
        }
    }
}

impl Blame {
    /// Whether every value, term and adjoint on the way is finite.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.forward.is_none() && self.backward.is_none() && self.outputs.is_empty()
    }

    /// The nodes at fault, to mark them: forward, backward, and the others.
    #[must_use]
    pub fn nodes(&self) -> Vec<u32> {
        let forward = self.forward.iter().map(|origin| origin.at.node);
        let backward = self.backward.iter().map(|spoiled| spoiled.at.node);
        let also = self.also.iter().map(|mention| mention.node);
        let mut nodes: Vec<u32> = forward.chain(backward).chain(also).collect();
        let mut seen = std::collections::HashSet::new();
        nodes.retain(|&node| seen.insert(node));
        nodes
    }
}

impl Explanation {
    /// Names the node that made the first NaN or infinity: in the forward pass, in the reverse
    /// sweep, with the numbers that it was made from, the line, and the usual cure.
    ///
    /// What is spoiled already is not blamed: of `ln(-1) + x` only the logarithm, of infinity minus
    /// infinity only who made the first of them. Nodes that no output depends on are passed over.
    ///
    /// ```
    /// let tape = tape::Tape::without_lines();
    /// let (a, b) = (tape.var("a", 2.0), tape.var("b", 3.0));
    /// let d = (a - b).named("d");
    /// let loss = (d.ln() * a + b).named("loss");
    /// let blame = loss.explain().blame();
    /// let origin = blame.forward.as_ref().unwrap();
    /// assert_eq!((origin.at.expression.as_str(), origin.operands[0].value), ("ln(d)", -1.0));
    /// assert_eq!(
    ///     blame.to_string(),
    ///     "\
    /// forward: v3 = ln(d) is NaN
    ///     at d = -1
    ///     the logarithm of a negative number
    ///     cure: keep its operand above 0, as with softplus, exp or clamp
    ///     it spoils loss = NaN
    /// backward: v4 hands a the term 1 * NaN = NaN
    ///     dv4/da = v3 = NaN
    ///     at v3 = NaN, a = 2
    ///     an operand is NaN or infinite already
    ///     cure: mend the forward pass first
    /// "
    /// );
    /// ```
    #[must_use]
    pub fn blame(&self) -> Blame {
        let (forward, also) = forward::origin(self);
        let (backward, hidden) = backward::spoiled(self);
        let bad = self.outputs().iter().filter_map(|output| {
            let node = output.node.map(|id| self.at(id));
            let label = node.map_or(String::new(), |node| node.label.clone());
            let values = match node.and_then(|node| node.array.as_ref()) {
                Some(array) => array.value.as_slice(),
                None => &[output.value],
            };
            let value = values.iter().find(|value| !value.is_finite())?;
            Some((label, *value))
        });
        Blame {
            forward,
            also,
            backward,
            hidden,
            outputs: bad.collect(),
            numbers: self.numbers,
        }
    }

    /// The operands of a node, as it saw them in one place.
    pub(super) fn seen(&self, node: &Node, place: usize) -> Vec<Seen> {
        let seen = |&operand: &Operand| {
            let (id, whole) = match operand {
                Operand::Literal(number) => {
                    return Seen {
                        node: None,
                        label: String::new(),
                        value: number,
                        shown: self.numbers.literal(number),
                    };
                }
                Operand::Node(id) => (id, self.at(id)),
            };
            let Some(array) = &whole.array else {
                return Seen {
                    node: Some(id),
                    label: whole.label.clone(),
                    value: whole.value,
                    shown: self.number(whole.value),
                };
            };
            if node.op == Op::Structural {
                return Seen {
                    node: Some(id),
                    label: whole.label.clone(),
                    value: f64::NAN,
                    shown: format!("{} {}", array.shape(), self.array_line(&array.value)),
                };
            }
            let (value, index) = (
                element(self, operand, place),
                index_of(array.shape(), place),
            );
            Seen {
                node: Some(id),
                label: format!("{}{}", whole.label, bracketed(&index)),
                value,
                shown: self.number(value),
            }
        };
        node.operands.iter().map(seen).collect()
    }

    /// What is wrong with an operation that answers `result` in one place, and the cure.
    fn mistake(&self, node: &Node, place: usize, result: f64) -> [String; 2] {
        let known = match (&node.structural, node.op) {
            (Some(op), _) => op.cure().filter(|_| result.is_nan()),
            (None, Op::Call | Op::Input | Op::Const | Op::Detach) => None,
            (None, op) => {
                let at = node.operands.iter();
                let at: Vec<f64> = at.map(|&operand| element(self, operand, place)).collect();
                op.cure(&at, node.attribute.as_f64())
            }
        };
        let (mistake, cure) = match (known.and_then(|known| known.split_once(": ")), node.op) {
            (Some((mistake, cure)), _) => (mistake.to_string(), cure),
            (None, Op::Call) => (
                format!("the user's operation {} answers it", node.op_name),
                "look into its value and its derivative",
            ),
            (None, _) if result.is_infinite() => (
                format!(
                    "an overflow in {}: the result is beyond the largest number",
                    node.op_name
                ),
                "scale the operands down, or compute with logarithms",
            ),
            (None, _) => (
                format!("{} is not defined there", node.op_name),
                "keep its operands where it is defined",
            ),
        };
        [mistake, cure.to_string()]
    }
}

/// `[1,2]`
pub(crate) fn bracketed(index: &[usize]) -> String {
    let places: Vec<String> = index.iter().map(ToString::to_string).collect();
    format!("[{}]", places.join(","))
}
