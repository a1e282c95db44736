//! The reverse sweep, once, for every number type and every kind of record.
//!
//! From the last node to the first: take the node's adjoint, multiply it with the local
//! derivative by each operand, add the product to the operand's adjoint. On `f64` that is
//! `backward`; on duals it is a Hessian-vector product; with an observer it is the ledger.

use crate::graph::{Form, Row};
use crate::op::{AttributeType, Attributed, Binary, Lift, Nary, Real, Ternary, Unary, Visitor, rule};
use crate::recording::Node;
use smallvec::SmallVec;

/// A record of an evaluation: rows, and a value for each.
pub(crate) trait Record {
    type Number: Real;
    fn row(&self, index: usize) -> Row;
    fn value(&self, index: usize) -> Self::Number;
    fn lists(&self) -> &[u32];
}

/// The record that a recording is: rows and values side by side.
pub(crate) struct Nodes<'a> {
    pub(crate) nodes: &'a [Node],
    pub(crate) lists: &'a [u32],
}

impl Record for Nodes<'_> {
    type Number = f64;
    #[inline(always)]
    fn row(&self, index: usize) -> Row {
        self.nodes[index].row
    }
    #[inline(always)]
    fn value(&self, index: usize) -> f64 {
        self.nodes[index].value
    }
    fn lists(&self) -> &[u32] {
        self.lists
    }
}

/// Rows, and values of any number type apart from them: a replay.
pub(crate) struct Values<'a, N> {
    pub(crate) rows: &'a [Row],
    pub(crate) values: &'a [N],
    pub(crate) lists: &'a [u32],
}

impl<N: Real> Record for Values<'_, N> {
    type Number = N;
    #[inline(always)]
    fn row(&self, index: usize) -> Row {
        self.rows[index]
    }
    #[inline(always)]
    fn value(&self, index: usize) -> N {
        self.values[index]
    }
    fn lists(&self) -> &[u32] {
        self.lists
    }
}

/// One term of the chain rule: what a child adds to the adjoint of one of its operands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Term<N> {
    /// The node whose operand receives the term.
    pub(crate) child: u32,
    /// Which of the child's operands.
    pub(crate) slot: u32,
    /// The node that receives it.
    pub(crate) operand: u32,
    pub(crate) upstream: N,
    pub(crate) local: N,
    pub(crate) contribution: N,
}

/// Sees every term of a sweep as it is added.
pub(crate) trait Observer<N> {
    fn term(&mut self, term: Term<N>);
}

/// Sees nothing, at no cost.
impl<N> Observer<N> for () {
    #[inline(always)]
    fn term(&mut self, _: Term<N>) {}
}

/// An adjoint that no term has reached: -0.0, the number that addition leaves alone.
/// Terms are never -0.0 (see `chain_product`), so a reached adjoint never looks like this.
pub(crate) fn untouched<N: Real>() -> N {
    N::from(-0.0)
}

#[inline(always)]
pub(crate) fn is_untouched<N: Lift>(adjoint: N) -> bool {
    adjoint.peek().to_bits() == (-0.0f64).to_bits()
}

/// Sweeps from the last of `adjoints` to the first. Those of the outputs hold their seeds,
/// all others are untouched; afterwards each holds its node's adjoint.
pub(crate) fn pull<R: Record>(record: &R, adjoints: &mut [R::Number], observer: &mut impl Observer<R::Number>) {
    for index in (0..adjoints.len()).rev() {
        let adjoint = adjoints[index];
        if is_untouched(adjoint) {
            continue;
        }
        let row = record.row(index);
        row.op.dispatch(Pull { record, adjoints: &mut *adjoints, observer: &mut *observer, index, row, adjoint });
    }
}

/// The sweep at one node.
struct Pull<'a, R: Record, O> {
    record: &'a R,
    adjoints: &'a mut [R::Number],
    observer: &'a mut O,
    index: usize,
    row: Row,
    adjoint: R::Number,
}

impl<R: Record, O: Observer<R::Number>> Pull<'_, R, O> {
    /// Adds `adjoint x local` to an operand's adjoint.
    #[inline(always)]
    fn add(&mut self, slot: u32, operand: u32, local: R::Number) {
        let contribution = self.adjoint.binary::<rule::ChainMul>(local);
        self.observer.term(Term {
            child: self.index as u32,
            slot,
            operand,
            upstream: self.adjoint,
            local,
            contribution,
        });
        let sum = &mut self.adjoints[operand as usize];
        *sum = *sum + contribution;
    }

    #[inline(always)]
    fn value(&self, index: u32) -> R::Number {
        self.record.value(index as usize)
    }

    #[inline(always)]
    fn result(&self) -> R::Number {
        self.record.value(self.index)
    }

    /// A row with an operand list: all derivatives at once, then a term each.
    fn add_list(mut self, partials: impl FnOnce(&[R::Number], R::Number, &mut [R::Number])) {
        let record = self.record;
        let list = self.row.list(record.lists());
        let operands: SmallVec<[R::Number; 8]> = list.iter().map(|&i| self.value(i)).collect();
        let mut locals: SmallVec<[R::Number; 8]> = SmallVec::from_elem(R::Number::from(0.0), list.len());
        partials(&operands, self.result(), &mut locals);
        for (slot, (&operand, &local)) in list.iter().zip(&locals).enumerate() {
            self.add(slot as u32, operand, local);
        }
    }
}

impl<R: Record, O: Observer<R::Number>> Visitor for Pull<'_, R, O> {
    type Out = ();

    #[inline(always)]
    fn leaf(self) {}

    #[inline(always)]
    fn detach(self) {}

    fn call(self) {
        let function = self.row.function();
        self.add_list(|operands, result, partials| function.partials(operands, result, partials));
    }

    #[inline(always)]
    fn unary<U: Unary>(mut self) {
        let first = self.row.first;
        let local = U::partial(self.value(first), self.result());
        self.add(0, first, local);
    }

    #[inline(always)]
    fn attributed<A: Attributed>(mut self) {
        let first = self.row.first;
        let attribute = A::Attribute::from_bits(self.row.slot);
        let local = A::partial(self.value(first), attribute, self.result());
        self.add(0, first, local);
    }

    #[inline(always)]
    fn binary<B: Binary>(mut self) {
        let Row { first, slot, form, .. } = self.row;
        let result = self.result();
        match form {
            Form::Two => {
                let second = slot as u32;
                let (x, y) = (self.value(first), self.value(second));
                self.add(0, first, B::first(x, y, result));
                self.add(1, second, B::second(x, y, result));
            }
            Form::LiteralRight => {
                let literal = R::Number::from(f64::from_bits(slot));
                self.add(0, first, B::first(self.value(first), literal, result));
            }
            Form::LiteralLeft => {
                let literal = R::Number::from(f64::from_bits(slot));
                self.add(1, first, B::second(literal, self.value(first), result));
            }
            Form::Leaf | Form::One | Form::List => unreachable!("a binary row has two operands"),
        }
    }

    fn ternary<T: Ternary>(self) {
        self.add_list(|operands, result, partials| {
            let [x, y, z] = *operands else { unreachable!("a ternary row has three operands") };
            partials.copy_from_slice(&T::partials(x, y, z, result));
        });
    }

    fn nary<M: Nary>(self) {
        self.add_list(M::partials);
    }
}
