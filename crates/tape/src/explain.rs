//! The ledger: every node of a recording with its value, its adjoint, and the terms whose
//! sum the adjoint is.
//!
//! One reverse sweep, watched as it adds each term, gives plain data that outlives its
//! tape. Nothing is computed here or in `show`: both read what the sweep did.

mod label;
mod steps;

use crate::graph::{Operand, Operands};
use crate::op::{Attribute, Op};
use crate::program::Place;
use crate::pull::{Nodes, Observer, Term as Swept, is_untouched, pull, untouched};
use crate::recording::{Line, Node as Recorded, Recording, Store};
use crate::show::Numbers;
use crate::var::Var;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

pub use crate::show::{Formula, Json};
pub use steps::{Receipt, Step};

/// What a reverse sweep did, as plain data: made by [`Var::explain`] and
/// [`Tape::explain`](crate::Tape::explain).
///
/// Printed, it is the ledger of every node, in the order of the sweep: the value, the terms
/// that its children added (child's adjoint times local derivative), and their sum, the
/// adjoint. The terms add up to the adjoint bit for bit, from the first to the last.
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
/// Other views of the same data: [`sweep`](Explanation::sweep), [`latex`](Explanation::latex),
/// [`markdown`](Explanation::markdown), [`dot`](Explanation::dot), [`json`](Explanation::json).
/// They show six significant digits; [`digits`](Explanation::digits) and
/// [`exact`](Explanation::exact) change that (JSON always has them all).
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    outputs: Vec<Output>,
    /// In recording order, their numbers rising.
    nodes: Vec<Node>,
    /// The places of the inputs in `nodes`.
    inputs: Vec<usize>,
    jacobian: Vec<Vec<f64>>,
    /// Id of the recording's first node.
    base: u64,
    pub(crate) numbers: Numbers,
}

/// An output that the sweep started from, with seed 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Output {
    /// The number of its node; `None` if it is a constant.
    pub node: Option<u32>,
    /// Its value.
    pub value: f64,
}

/// A node of the ledger. Constants are no nodes: they stand among the operands of their users.
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
    /// The operation's name; of a user's operation, the user's name for it.
    pub op_name: &'static str,
    /// The operands, in order.
    pub operands: Operands,
    /// The attribute, such as the `n` of `x^n`.
    pub attribute: Attribute,
    /// The value.
    pub value: f64,
    /// The derivative of the output, or of the sum of the outputs, by this node; `None` where no
    /// path leads to an output.
    pub adjoint: Option<f64>,
    /// What the adjoint is the sum of, in the order in which it was added.
    pub terms: Vec<Term>,
    /// The line of code that recorded it, if lines were on.
    pub source: Option<Source>,
}

/// One term of the chain rule.
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

/// The line of code that recorded a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The place.
    pub place: Arc<Place>,
    /// Whether the operation itself happened inside a library (`iter().sum()`, say), so that
    /// the place is that of its newest operand. Printed with a `~`.
    pub of_operand: bool,
}

impl Term {
    const SEED: Term = Term { child: None, slot: 0, upstream: 1.0, local: 1.0, contribution: 1.0 };

    /// Whether an exact zero hid an infinity or a NaN in the product. It is rightly 0 where the
    /// zero is structural (the side of a `select` not taken), and wrong where it is not:
    /// `sqrt(x) * sqrt(x)` at 0 has the derivative 1.
    #[must_use]
    pub fn hides(&self) -> bool {
        (self.upstream == 0.0 && !self.local.is_finite()) || (self.local == 0.0 && !self.upstream.is_finite())
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.of_operand { "~" } else { "" };
        write!(f, "{mark}{}:{}", self.place.file, self.place.line)
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

    /// The derivatives of each output (a row) by each input.
    #[must_use]
    pub fn jacobian(&self) -> &[Vec<f64>] {
        &self.jacobian
    }

    /// The node of a handle; `None` for a constant, a handle of another recording, and a node
    /// recorded after the last output.
    #[must_use]
    pub fn node(&self, var: Var) -> Option<&Node> {
        let id = var.id.checked_sub(self.base).filter(|_| !var.is_constant())?;
        self.node_numbered(u32::try_from(id).ok()?)
    }

    /// The node of this number on the tape.
    #[must_use]
    pub fn node_numbered(&self, id: u32) -> Option<&Node> {
        find(&self.nodes, id)
    }

    /// A node that an operand, an output or a term refers to.
    pub(crate) fn at(&self, id: u32) -> &Node {
        self.node_numbered(id).expect("the ledger holds every node that it refers to")
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

    /// Shows numbers with all their digits from here on.
    #[must_use]
    pub fn exact(mut self) -> Explanation {
        self.numbers = Numbers::Exact;
        self
    }
}

/// Explains outputs that are constants or belong to `recording`.
#[track_caller]
pub(crate) fn explain(recording: Option<&Recording>, vars: &[Var]) -> Explanation {
    let node_of = |var: &Var| {
        let index = recording.and_then(|recording| recording.index(*var));
        assert!(
            index.is_some() || var.is_constant(),
            "explain: an output of value {} does not belong to this tape, or the tape was reset since",
            var.value
        );
        index
    };
    let outputs: Vec<Option<u32>> = vars.iter().map(node_of).collect();
    let nodes = recording.map_or_else(Vec::new, |recording| {
        let mut nodes = recording.with(|nodes, store| read(nodes, store, &outputs));
        place(&mut nodes, recording);
        label::label(&mut nodes);
        nodes
    });
    let inputs: Vec<usize> = (0..nodes.len()).filter(|&place| nodes[place].op == Op::Input).collect();
    let base = recording.map_or(0, Recording::base);
    let handles: Vec<Var> = inputs
        .iter()
        .map(|&place| Var { value: nodes[place].value, id: base + u64::from(nodes[place].id) })
        .collect();
    let jacobian = if let [_] = vars {
        vec![inputs.iter().map(|&place| nodes[place].adjoint.unwrap_or(0.0)).collect()]
    } else {
        vars.iter().map(|output| output.backward().of(&handles)).collect()
    };
    Explanation {
        jacobian,
        outputs: outputs
            .iter()
            .zip(vars)
            .map(|(&node, var)| Output { node: node.filter(|&id| find(&nodes, id).is_some()), value: var.value })
            .collect(),
        nodes,
        inputs,
        base,
        numbers: Numbers::Readable,
    }
}

/// Keeps every term of a sweep.
struct Terms(Vec<Swept<f64>>);

impl Observer<f64> for Terms {
    fn term(&mut self, term: Swept<f64>) {
        self.0.push(term);
    }
}

/// Sweeps, and reads the nodes up to the last output and the inputs behind it.
fn read(recorded: &[Recorded], store: &Store, outputs: &[Option<u32>]) -> Vec<Node> {
    let is_literal = |index: u32| recorded[index as usize].row.op == Op::Const;
    let swept = outputs.iter().flatten().max().map_or(0, |&last| last as usize + 1);
    let mut adjoints = vec![untouched(); swept];
    let mut counts = vec![0; swept];
    let seeds: Vec<u32> = outputs.iter().copied().flatten().filter(|&output| !is_literal(output)).collect();
    for &seed in &seeds {
        adjoints[seed as usize] += 1.0;
        counts[seed as usize] += 1;
    }
    let mut seen = Terms(Vec::new());
    pull(&Nodes { nodes: recorded, lists: &store.lists }, &mut adjoints, &mut seen);

    seen.0.iter().for_each(|term| counts[term.operand as usize] += 1);
    let mut terms: Vec<Vec<Term>> = counts.into_iter().map(Vec::with_capacity).collect();
    seeds.iter().for_each(|&seed| terms[seed as usize].push(Term::SEED));
    for Swept { child, slot, operand, upstream, local, contribution } in seen.0 {
        terms[operand as usize].push(Term { child: Some(child), slot, upstream, local, contribution });
    }
    let mut nodes = Vec::with_capacity(swept);
    for (index, &Recorded { row, value }) in recorded.iter().enumerate() {
        if row.op == Op::Const || (index >= swept && row.op != Op::Input) {
            continue;
        }
        let literal = |operand: &mut Operand| match *operand {
            Operand::Node(node) if is_literal(node) => *operand = Operand::Literal(recorded[node as usize].value),
            Operand::Node(_) | Operand::Literal(_) => {}
        };
        let mut operands = row.operands(&store.lists);
        operands.iter_mut().for_each(literal);
        nodes.push(Node {
            id: index as u32,
            name: store.names.get(&(index as u32)).map(ToString::to_string),
            label: String::new(),
            op: row.op,
            op_name: row.op_name(),
            operands,
            attribute: row.attribute(),
            value,
            adjoint: adjoints.get(index).copied().filter(|&adjoint| !is_untouched(adjoint)),
            terms: terms.get_mut(index).map(std::mem::take).unwrap_or_default(),
            source: None,
        });
    }
    nodes
}

/// Writes down the source of each node.
fn place(nodes: &mut [Node], recording: &Recording) {
    let mut known: HashMap<*const std::panic::Location<'_>, Arc<Place>> = HashMap::new();
    for index in 0..nodes.len() {
        let Some(line) = recording.line(nodes[index].id) else { continue };
        let place = known.entry(std::ptr::from_ref(line)).or_insert_with(|| Arc::new(line.into()));
        let own = Source { place: Arc::clone(place), of_operand: false };
        let newest = |operands: &Operands| {
            let newest = operands.iter().filter_map(|operand| match *operand {
                Operand::Node(operand) => Some(operand),
                Operand::Literal(_) => None,
            });
            Some(Source { of_operand: true, ..find(nodes, newest.max()?)?.source.clone()? })
        };
        let instead = if in_a_library(line) { newest(&nodes[index].operands) } else { None };
        nodes[index].source = Some(instead.unwrap_or(own));
    }
}

/// Whether a line is of the standard library or of this crate: a closure there called the operation.
fn in_a_library(line: Line) -> bool {
    let this_crate = file!().trim_end_matches("explain.rs");
    let file = line.file();
    file.starts_with(this_crate) || ["/rustc/", "library/core", "library/std"].iter().any(|part| file.contains(part))
}

fn find(nodes: &[Node], id: u32) -> Option<&Node> {
    nodes.binary_search_by_key(&id, |node| node.id).ok().map(|place| &nodes[place])
}
