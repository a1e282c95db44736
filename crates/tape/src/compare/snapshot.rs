//! A run as plain names and numbers, wherever it ran.

use crate::array::Array;
use crate::element::ElementType;
use crate::explain::{Explanation, Node};
use crate::graph::Operand;
use crate::op::{Attribute, Op};
use std::borrow::Cow;

/// The values and adjoints of a run by the names of its nodes: what a [`Comparison`](super::Comparison)
/// compares.
///
/// An explanation is one as it is, without a copy of its arrays. One of a run elsewhere is made node
/// by node; `nn::dump` reads them from files.
///
/// ```
/// use tape::compare::{Comparison, Snapshot, Tolerance};
/// use tape::{Array, Tape};
///
/// let mut elsewhere = Snapshot::new("paper");
/// elsewhere.record("q", Array::from(3.0), Some(Array::from(-4.0)));
/// let tape = Tape::new();
/// let (x, y, z) = (tape.var("x", -2.0), tape.var("y", 5.0), tape.var("z", -4.0));
/// let f = (x + y).named("q") * z;
/// assert!(Comparison::of(&elsewhere, &f.explain(), Tolerance::Exact).agrees());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot<'a> {
    pub(super) producer: Option<Cow<'a, str>>,
    nodes: Cow<'a, [SnapshotNode<'a>]>,
}

/// A node of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotNode<'a> {
    /// What it is called.
    pub label: Cow<'a, str>,
    /// Whether somebody gave it that name. Other labels are made up, and nodes are not compared by
    /// them.
    pub is_named: bool,
    /// What it computes, where that is known.
    pub op: Option<Cow<'a, str>>,
    /// What it computes it from: nodes by their places in the list, and numbers.
    pub operands: Vec<Operand>,
    /// The operation's attribute, such as the `n` of `x^n`.
    pub attribute: Option<f64>,
    /// What the numbers are rounded to.
    pub element: ElementType,
    /// The value; of a plain number, of rank 0.
    pub value: Cow<'a, Array>,
    /// The adjoint.
    pub adjoint: Slope<'a>,
    /// The scope that it was recorded in, those around it before it, joined by dots.
    pub scope: Option<Cow<'a, str>>,
}

/// What is known of a node's adjoint.
#[derive(Clone, Debug, PartialEq)]
pub enum Slope<'a> {
    /// Nothing: it was not asked for, or not written down. It is compared with nothing.
    Unknown,
    /// No path leads from the node to an output. Compared [exactly](super::Tolerance::Exact) this is
    /// another answer than a derivative of zero.
    NoPath,
    /// The derivative of the output by each element.
    Known(Cow<'a, Array>),
}

impl<'a> Snapshot<'a> {
    /// A run without nodes, and who made it, as comparisons call it.
    #[must_use]
    pub fn new(producer: impl Into<Cow<'a, str>>) -> Snapshot<'a> {
        Snapshot {
            producer: Some(producer.into()),
            nodes: Cow::default(),
        }
    }

    /// Who made it.
    #[must_use]
    pub fn producer(&self) -> Option<&str> {
        self.producer.as_deref()
    }

    /// Adds a node of which name and numbers are known; without an adjoint, that is not compared.
    pub fn record(&mut self, name: impl Into<Cow<'a, str>>, value: Array, adjoint: Option<Array>) {
        self.push(SnapshotNode {
            label: name.into(),
            is_named: true,
            op: None,
            operands: Vec::new(),
            attribute: None,
            element: ElementType::F64,
            value: Cow::Owned(value),
            adjoint: adjoint.map_or(Slope::Unknown, |adjoint| Slope::Known(Cow::Owned(adjoint))),
            scope: None,
        });
    }

    /// Adds a node.
    ///
    /// # Panics
    /// If an operand is no node before it.
    pub fn push(&mut self, node: SnapshotNode<'a>) {
        let before = self.nodes.len();
        for operand in &node.operands {
            if let Operand::Node(place) = *operand {
                assert!(
                    (place as usize) < before,
                    "{}: operand {place} of node {before} is not before it",
                    node.label
                );
            }
        }
        self.nodes.to_mut().push(node);
    }

    /// The nodes, in recording order.
    #[must_use]
    pub fn nodes(&self) -> &[SnapshotNode<'a>] {
        &self.nodes
    }

    /// The first node that somebody gave this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&SnapshotNode<'a>> {
        self.nodes
            .iter()
            .find(|node| node.is_named && node.label == name)
    }

    /// Whether it is known what the nodes compute.
    #[must_use]
    pub fn has_graph(&self) -> bool {
        self.nodes.iter().any(|node| node.op.is_some())
    }
}

impl<'a> From<&'a Snapshot<'_>> for Snapshot<'a> {
    fn from(run: &'a Snapshot<'_>) -> Snapshot<'a> {
        Snapshot {
            producer: run.producer().map(Cow::Borrowed),
            nodes: Cow::Borrowed(&run.nodes),
        }
    }
}

impl<'a> From<&'a Explanation> for Snapshot<'a> {
    fn from(explanation: &'a Explanation) -> Snapshot<'a> {
        let nodes = explanation.nodes().iter();
        Snapshot {
            producer: None,
            nodes: nodes.map(|node| node_of(explanation, node)).collect(),
        }
    }
}

fn node_of<'a>(explanation: &'a Explanation, node: &'a Node) -> SnapshotNode<'a> {
    let operands = node.operands.iter().map(|operand| match *operand {
        Operand::Node(id) => Operand::Node(explanation.place_of(id) as u32),
        Operand::Literal(number) => Operand::Literal(number),
    });
    let scope = explanation.innermost(node);
    let number = |number: f64| Cow::Owned(Array::from(number));
    let (element, value, adjoint) = match &node.array {
        Some(array) => {
            let adjoint = match (&array.adjoint, array.is_data) {
                (Some(adjoint), _) => Slope::Known(Cow::Borrowed(adjoint)),
                (None, true) => Slope::Unknown,
                (None, false) => Slope::NoPath,
            };
            (array.element, Cow::Borrowed(&array.value), adjoint)
        }
        None => {
            let known = |adjoint| Slope::Known(number(adjoint));
            let adjoint = node.adjoint.map_or(Slope::NoPath, known);
            (ElementType::F64, number(node.value), adjoint)
        }
    };
    SnapshotNode {
        label: Cow::Borrowed(&node.label),
        is_named: node.op == Op::Input || node.name.as_ref().is_some_and(|name| !name.is_empty()),
        op: Some(Cow::Borrowed(node.op_name)),
        operands: operands.collect(),
        attribute: (node.attribute != Attribute::None).then(|| node.attribute.as_f64()),
        element,
        value,
        adjoint,
        scope: scope.map(|place| Cow::Owned(explanation.scope_path(place))),
    }
}
