//! The packed row of a graph: what a node is, without its value.
//!
//! A row is 16 bytes: the operation, how its operands are stored, the first operand,
//! and a slot of 8 bytes for the second operand, a literal, an attribute, or the place
//! of an operand list. A recording keeps a value beside each row (24 bytes a node); a
//! [`Program`](crate::Program) keeps rows alone. Operands have smaller numbers than
//! their node, always: no sort is ever needed, and no recursion.

use crate::custom::CustomOp;
use crate::op::{Arity, Attribute, AttributeType, Attributed, Op, Visitor};
use crate::tensor::PASSIVE;
use smallvec::SmallVec;

/// A line of the user's code.
pub(crate) type Line = &'static std::panic::Location<'static>;

/// How a row stores its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(crate) enum Form {
    /// No operand. The slot of a constant holds its bits.
    Leaf,
    /// One operand; the slot holds the attribute's bits, if there is one.
    One,
    /// Two operands; the slot holds the second.
    Two,
    /// One operand, and a literal on its right in the slot: `x * 3`.
    LiteralRight,
    /// One operand, and a literal on its left in the slot: `3 - x`.
    LiteralLeft,
    /// A list of operands: the low half of the slot is where it starts in the table of
    /// lists (first its length, then the operands), the high half the number of a custom op.
    List,
}

/// One row of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    pub(crate) slot: u64,
    /// The first operand; a leaf or a list points at itself.
    pub(crate) first: u32,
    pub(crate) op: Op,
    pub(crate) form: Form,
    /// The shape of the value: 0 is a scalar.
    pub(crate) shape: u16,
}

const _: () = assert!(size_of::<Row>() == 16);

/// An operand of a node, as a person reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operand {
    /// The node of this number.
    Node(u32),
    /// A plain number written in the program.
    Literal(f64),
}

/// The operands of a node, without allocation up to four.
pub type Operands = SmallVec<[Operand; 4]>;

impl Row {
    /// An input, which points at itself.
    pub(crate) fn input(index: u32) -> Row {
        Row {
            slot: 0,
            first: index,
            op: Op::Input,
            form: Form::Leaf,
            shape: 0,
        }
    }

    /// A node with the value of another, cut off from it. `shape` is that of the other's row.
    pub(crate) fn detached(index: u32, shape: u16) -> Row {
        let layout = shape & !PASSIVE;
        Row {
            slot: 0,
            first: index,
            op: Op::Detach,
            form: Form::One,
            shape: if layout == 0 { 0 } else { layout | PASSIVE },
        }
    }

    /// The operands, in order. `lists` is the table that list rows point into.
    pub(crate) fn operands(&self, lists: &[u32]) -> Operands {
        let node = |n: u32| Operand::Node(n);
        match self.form {
            Form::Leaf => SmallVec::new(),
            Form::One => SmallVec::from_slice(&[node(self.first)]),
            Form::Two => SmallVec::from_slice(&[node(self.first), node(self.slot as u32)]),
            Form::LiteralRight => SmallVec::from_slice(&[
                node(self.first),
                Operand::Literal(f64::from_bits(self.slot)),
            ]),
            Form::LiteralLeft => SmallVec::from_slice(&[
                Operand::Literal(f64::from_bits(self.slot)),
                node(self.first),
            ]),
            Form::List => self.list(lists).iter().copied().map(node).collect(),
        }
    }

    /// The operands of a list row.
    pub(crate) fn list<'a>(&self, lists: &'a [u32]) -> &'a [u32] {
        let start = self.slot as u32 as usize;
        let length = lists[start] as usize;
        &lists[start + 1..start + 1 + length]
    }

    /// The number of the custom op that a call row calls.
    pub(crate) fn function(&self) -> &'static CustomOp {
        CustomOp::by_number((self.slot >> 32) as u32)
    }

    /// The attribute, if the operation has one.
    pub(crate) fn attribute(&self) -> Attribute {
        self.op.dispatch(ReadAttribute(self.slot))
    }

    /// The name of the operation; of a call, the name of the user's operation.
    pub(crate) fn op_name(&self) -> &'static str {
        if self.op == Op::Call {
            self.function().name()
        } else {
            self.op.info().name
        }
    }
}

/// Unpacks an attribute by the type its row declares.
struct ReadAttribute(u64);

impl Visitor for ReadAttribute {
    type Out = Attribute;
    fn leaf(self) -> Attribute {
        Attribute::None
    }
    fn detach(self) -> Attribute {
        Attribute::None
    }
    fn call(self) -> Attribute {
        Attribute::None
    }
    fn structural(self) -> Attribute {
        Attribute::None
    }
    fn unary<R: crate::op::Unary>(self) -> Attribute {
        Attribute::None
    }
    fn attributed<R: Attributed>(self) -> Attribute {
        R::Attribute::from_bits(self.0).describe()
    }
    fn binary<R: crate::op::Binary>(self) -> Attribute {
        Attribute::None
    }
    fn ternary<R: crate::op::Ternary>(self) -> Attribute {
        Attribute::None
    }
    fn nary<R: crate::op::Nary>(self) -> Attribute {
        Attribute::None
    }
}

impl Arity {
    /// Whether `count` operands fit.
    #[must_use]
    pub fn accepts(self, count: usize) -> bool {
        match self {
            Arity::Leaf => count == 0,
            Arity::One | Arity::OneAndAttribute { .. } => count == 1,
            Arity::Two => count == 2,
            Arity::Three => count == 3,
            Arity::Any => true,
        }
    }
}
