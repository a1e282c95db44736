//! The ledger: every node of a recording with its value, its adjoint, and the terms whose
//! sum the adjoint is.
//!
//! One reverse sweep, watched as it adds each term, gives plain data that outlives its
//! tape. Nothing is computed here or in `show`: both read what the sweep did.

mod element;
mod hook;
mod label;
mod read;
mod scope;
mod source;
mod start;
mod steps;

use crate::array::Array;
use crate::derive::Handle;
use crate::element::ElementType;
use crate::graph::{Operands, Row};
use crate::op::{Attribute, Op};
use crate::program::ProgramGuard;
use crate::show::Numbers;
use crate::tape::Tape;
use crate::var::Var;

use crate::recording::Recording;
use crate::shape::Shape;
pub use crate::show::{Formula, Json};
use crate::structural::StructuralOp;
pub use element::ElementLedger;
pub use hook::{ArrayHookTerm, HookTerm};
use read::explain;
pub use scope::Scope;
pub use source::Source;
use start::Start;
pub use steps::{ArrayReceipt, Receipt, Step};

/// What a reverse sweep did, as plain data: made by [`Var::explain`], by
/// [`Tape::explain`](crate::Tape::explain), and of an array by
/// [`Tensor::explain`](crate::Tensor::explain).
///
/// Printed, it is the ledger of every node, in the order of the sweep: the value, the terms
/// that its children added (child's adjoint times local derivative), and their sum, the
/// adjoint. The terms add up to the adjoint bit for bit, from the first to the last; where a
/// [hook](crate::Sweep::explain) changed it, that is a term too, which takes the place of the sum.
///
/// ```
/// let tape = tape::Tape::without_lines();
/// let (x, y, z) = (tape.var("x", -2.0), tape.var("y", 5.0), tape.var("z", -4.0));
/// let q = (x + y).named("q");
/// let f = (q * z).named("f");
/// let explanation = f.explain();
/// assert_eq!(
///     explanation.ledger(q),
///     "\
/// q = x + y = 3
///     from f: 1 * -4 = -4    df/dq = z = -4
///     adjoint -4
/// "
/// );
/// let q = explanation.node(q).unwrap();
/// assert_eq!((q.value, q.adjoint, q.terms[0].local), (3.0, Some(-4.0), -4.0));
/// ```
///
/// Of an array the ledger has the rule of each term, and the numbers if they are few:
///
/// ```
/// let tape = tape::Tape::without_lines();
/// let x = tape.constant([[1.0, 2.0]]).named("x");
/// let w = tape.tensor("W", [[3.0], [4.0]]);
/// let z = x.matmul(w).named("z1");
/// let explanation = z.square().sum().named("J").explain();
/// assert_eq!(
///     explanation.ledger(w),
///     "\
/// W [2,1] = input
///     value [[3.] [4.]]
///     from z1: dJ/dW [2,1] = x^T [2,1] . delta1 [1,1]
///     adjoint [2,1]: [[22.] [44.]]
/// "
/// );
/// ```
///
/// Other views of the same data: [`sweep`](Explanation::sweep), [`latex`](Explanation::latex),
/// [`markdown`](Explanation::markdown), [`dot`](Explanation::dot), [`json`](Explanation::json).
/// They show six significant digits; [`digits`](Explanation::digits) and
/// [`exact`](Explanation::exact) change that (JSON always has them all). What went wrong, what is
/// near a kink, which paths matter and how many digits are left tell [`blame`](Explanation::blame),
/// [`kinks`](Explanation::kinks), [`paths`](Explanation::paths) and
/// [`precision`](Explanation::precision).
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    outputs: Vec<Output>,
    /// In recording order, their numbers rising.
    nodes: Vec<Node>,
    /// The places of the inputs in `nodes`.
    inputs: Vec<usize>,
    jacobian: Vec<Vec<f64>>,
    /// What the program asked of values while it was recorded, and was answered.
    pub(crate) guards: Vec<ProgramGuard>,
    scopes: Vec<Scope>,
    /// Id of the recording's first node.
    base: u64,
    pub(crate) numbers: Numbers,
    /// Whether the drawing marks what the stories tell of.
    pub(crate) marked: bool,
}

/// An output that the sweep started from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Output {
    /// The number of its node; `None` if it is a constant.
    pub node: Option<u32>,
    /// Its value; NaN of an array.
    pub value: f64,
    /// What its adjoint started as: 1, unless a cotangent was given; NaN of an array, whose seed is
    /// the first of its node's terms.
    pub seed: f64,
}

/// A node of the ledger. Plain numbers are no nodes: they stand among the operands of their users.
/// Arrays of data are.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its number on the tape.
    pub id: u32,
    /// The name that it was given.
    pub name: Option<String>,
    /// What formulas call it: its name, or one made up (`x0` for the first input, `v7` for node
    /// 7). No two nodes share a label; the second `h` is `h_2`.
    pub label: String,
    /// The operation.
    pub op: Op,
    /// The operation's name; of a user's operation, the user's name for it; of an operation on
    /// the elements of arrays ([`Op::Structural`]), its own.
    pub op_name: &'static str,
    /// The operands, in order.
    pub operands: Operands,
    /// The attribute, such as the `n` of `x^n`.
    pub attribute: Attribute,
    /// Of an operation on the elements of arrays, how the term of each operand reads, with `{g}`
    /// the adjoint of this node, `{0}`, `{1}` its operands and `{y}` its value: `{g} . {1}^T`.
    /// [`Explanation::rule`] puts the names in.
    pub rules: Vec<&'static str>,
    /// The value; NaN of an array.
    pub value: f64,
    /// The derivative of the output, or of the sum of the outputs, by this node; `None` where no
    /// path leads to an output, and of an array.
    pub adjoint: Option<f64>,
    /// What the adjoint is the sum of, in the order in which it was added; where there are hooks,
    /// what the first of them was given is.
    pub terms: Vec<Term>,
    /// What hooks made of that sum, in their order; what the last one left is the adjoint.
    pub hooks: Vec<HookTerm>,
    /// If the value is an array: the value, its adjoint and terms.
    pub array: Option<Box<ArrayPart>>,
    /// The line of code that recorded it, if lines were on.
    pub source: Option<Source>,
    /// The row, to apply the operation anew.
    pub(crate) row: Row,
    /// Of an operation on the elements of arrays, the operation.
    pub(crate) structural: Option<Box<StructuralOp>>,
}

impl Node {
    /// Whether a path leads to an output.
    #[must_use]
    pub fn has_adjoint(&self) -> bool {
        match &self.array {
            Some(array) => array.adjoint.is_some(),
            None => self.adjoint.is_some(),
        }
    }

    /// Whether a hook changed its adjoint.
    #[must_use]
    pub fn is_hooked(&self) -> bool {
        let array = self.array.as_ref();
        !self.hooks.is_empty() || array.is_some_and(|array| !array.hooks.is_empty())
    }
}

/// What a node holds whose value is an array. Numbers are in double precision, whatever the
/// elements are: nothing is lost, but sums are those of the elements' own type.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrayPart {
    /// What the elements are.
    pub element: ElementType,
    /// Whether it depends on constants alone: no adjoint is asked for.
    pub is_data: bool,
    /// The value.
    pub value: Array,
    /// The derivative of the output, or of the sum of the outputs, by each element; `None` where
    /// no path leads to an output.
    pub adjoint: Option<Array>,
    /// What the adjoint is the sum of, in the order in which it was added; where there are hooks,
    /// what the first of them was given is.
    pub terms: Vec<ArrayTerm>,
    /// What hooks made of that sum, in their order; what the last one left is the adjoint.
    pub hooks: Vec<ArrayHookTerm>,
}

impl ArrayPart {
    /// The lengths along each axis.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        self.value.shape()
    }
}

/// One term of the chain rule that is an array.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrayTerm {
    /// The node that added it; `None` for the seed of an output, its cotangent.
    pub child: Option<u32>,
    /// Which of the child's operands received it, counted from 0.
    pub slot: u32,
    /// Of an elementwise child: the derivative of each of its elements by the element in the same
    /// place. The contribution is the child's adjoint times this, element by element (in single
    /// precision up to a rounding: some rules compute both at once, in double precision). `None`
    /// where the elements are moved, mixed or reduced: there the child's
    /// [rule](Explanation::rule) says how its adjoint becomes the contribution.
    pub local: Option<Array>,
    /// What was added.
    pub contribution: Array,
}

/// One term of the chain rule.
///
/// What an operation on the elements of arrays hands to a number (a number repeated along axes
/// receives the sum of an array) is no product. Such a term has the whole contribution as its
/// `upstream`, and the `local` 1; how it came about says the child's [rule](Explanation::rule).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// The node that added it; `None` for the seed of an output.
    pub child: Option<u32>,
    /// Which of the child's operands received it, counted from 0.
    pub slot: u32,
    /// The child's adjoint.
    pub upstream: f64,
    /// The derivative of the child by that operand.
    pub local: f64,
    /// Their product, in which an exact zero always wins.
    pub contribution: f64,
}

impl Term {
    /// What the adjoint of an output starts as.
    const fn seed(seed: f64) -> Term {
        Term {
            child: None,
            slot: 0,
            upstream: seed,
            local: 1.0,
            contribution: seed,
        }
    }

    /// Whether an exact zero hid an infinity or a NaN in the product. It is rightly 0 where the
    /// zero is structural (the side of a `select` not taken), and wrong where it is not:
    /// `sqrt(x) * sqrt(x)` at 0 has the derivative 1.
    #[must_use]
    pub fn hides(&self) -> bool {
        (self.upstream == 0.0 && !self.local.is_finite())
            || (self.local == 0.0 && !self.upstream.is_finite())
    }
}

impl Explanation {
    /// The outputs.
    #[must_use]
    pub fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    /// The nodes, in recording order: those up to the last output, and every input.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The inputs of the tape, in recording order, also those that nothing uses.
    pub fn inputs(&self) -> impl ExactSizeIterator<Item = &Node> {
        self.inputs.iter().map(|&place| &self.nodes[place])
    }

    /// The derivatives of each output (a row) by each input that is a number; of an output with a
    /// cotangent, those of the sum of its elements times their cotangents.
    #[must_use]
    pub fn jacobian(&self) -> &[Vec<f64>] {
        &self.jacobian
    }

    /// The node of a handle; `None` for a constant, a handle of another recording, and a node
    /// recorded after the last output.
    #[must_use]
    pub fn node(&self, handle: impl Handle) -> Option<&Node> {
        let var = handle.node();
        let id = var
            .id
            .checked_sub(self.base)
            .filter(|_| !var.is_constant())?;
        self.node_numbered(u32::try_from(id).ok()?)
    }

    /// The node of this number on the tape.
    #[must_use]
    pub fn node_numbered(&self, id: u32) -> Option<&Node> {
        find(&self.nodes, id)
    }

    /// Its inputs that are numbers.
    pub(crate) fn number_inputs(&self) -> impl Iterator<Item = &Node> {
        self.inputs().filter(|node| node.array.is_none())
    }

    /// Where in the list of nodes the node of this number stands.
    pub(crate) fn place_of(&self, id: u32) -> usize {
        self.nodes.partition_point(|node| node.id < id)
    }

    /// A node that an operand, an output or a term refers to.
    pub(crate) fn at(&self, id: u32) -> &Node {
        self.node_numbered(id)
            .expect("the ledger holds every node that it refers to")
    }

    /// Shows numbers with this many decimals from here on, rounded as on a slide.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let x = tape.var("x", 1.0);
    /// let f = x.sigmoid().named("f");
    /// assert!(f.explain().digits(2).ledger(x).ends_with("adjoint 0.20\n"));
    /// ```
    #[must_use]
    pub fn digits(mut self, decimals: usize) -> Explanation {
        self.numbers = Numbers::Decimals(decimals.min(300));
        self
    }

    /// Marks nodes in the [drawing](Explanation::svg) from here on, as the
    /// [page](Explanation::html) always does: `!` who made the first NaN or infinity
    /// ([`blame`](Explanation::blame)), `∠` what stands at a kink
    /// ([`kinks`](Explanation::kinks) within 1e-9), `≈` where digits are lost
    /// ([`precision`](Explanation::precision)). What is told of a node shows where the pointer rests
    /// on its mark.
    ///
    /// ```
    /// let tape = tape::Tape::without_lines();
    /// let x = tape.var("x", 0.0);
    /// let drawing = x.relu().explain().marked().svg();
    /// assert!(drawing.contains("∠<title>"));
    /// ```
    #[must_use]
    pub fn marked(mut self) -> Explanation {
        self.marked = true;
        self
    }

    /// Shows numbers with all their digits from here on.
    #[must_use]
    pub fn exact(mut self) -> Explanation {
        self.numbers = Numbers::Exact;
        self
    }
}

fn find(nodes: &[Node], id: u32) -> Option<&Node> {
    nodes
        .binary_search_by_key(&id, |node| node.id)
        .ok()
        .map(|place| &nodes[place])
}

/// The ledger.
impl Var {
    /// The ledger of the sweep from this node: every node with its value, its adjoint, and the
    /// terms that the adjoint is the sum of. Print it, or ask it for another view.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let (x, y) = (tape.var("x", -2.0), tape.var("y", 5.0));
    /// let f = (x * y).named("f");
    /// println!("{}", f.explain());
    /// ```
    ///
    /// # Panics
    /// If the handle is stale.
    #[must_use]
    #[track_caller]
    pub fn explain(self) -> Explanation {
        let recording = (!self.is_constant()).then(|| Recording::expect_owner(self, "explain"));
        explain(recording.as_deref(), Start::Numbers(&[(self, 1.0)]), None)
    }
}

/// The ledger, of several outputs too.
impl Tape {
    /// The ledger of several outputs: each is seeded with 1, so that the adjoints are those of
    /// their sum. An output may be a constant, and every input is in the ledger.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let x = tape.var("x", 3.0);
    /// let explanation = tape.explain(&[x * x, 2.0 * x]);
    /// assert_eq!(explanation.node(x).unwrap().adjoint, Some(8.0));
    /// assert_eq!(explanation.jacobian(), [[6.0], [2.0]]);
    /// ```
    ///
    /// # Panics
    /// If an output belongs to another tape, or the tape was reset since.
    #[must_use]
    #[track_caller]
    pub fn explain(&self, outputs: &[Var]) -> Explanation {
        let outputs: Vec<(Var, f64)> = outputs.iter().map(|&output| (output, 1.0)).collect();
        explain(Some(&self.recording), Start::Numbers(&outputs), None)
    }
}
