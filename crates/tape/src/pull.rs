//! The reverse sweep, once, for every number type and every kind of record.
//!
//! From the last node to the first: take the node's adjoint, multiply it with the local
//! derivative by each operand, add the product to the operand's adjoint. On `f64` that is
//! `backward`; on duals it is a Hessian-vector product; with an observer it is the ledger.

use crate::graph::{Form, Row};
use crate::op::{
    AttributeType, Attributed, Binary, Lift, Nary, Op, Real, Ternary, Unary, Visitor, rule,
};
use crate::recording::Node;
use crate::tensor::is_array;
use smallvec::SmallVec;
use std::ops::Range;

/// A record of an evaluation: rows, and a value for each.
///
/// # Safety
/// `len` is the number of rows and of values, and `rows` answers as many as it is asked for. The
/// operands of a row have smaller numbers than it, always: whoever makes a record (recording,
/// reading a printed program) sees to that, and the sweep relies on it without a bounds check
/// (they were a third of its time).
pub(crate) unsafe trait Record {
    type Number: Real;
    fn len(&self) -> usize;
    fn lists(&self) -> &[u32];
    /// The rows of these nodes.
    fn rows(&self, nodes: Range<usize>) -> impl DoubleEndedIterator<Item = &Row>;
    /// The value of a node.
    ///
    /// # Safety
    /// `index` is below `len`.
    unsafe fn value(&self, index: usize) -> Self::Number;
}

/// The record that a recording is: rows and values side by side.
pub(crate) struct Nodes<'a> {
    pub(crate) nodes: &'a [Node],
    pub(crate) lists: &'a [u32],
}

// SAFETY: a recording gives a node the next number and takes only numbers already given as operands.
unsafe impl Record for Nodes<'_> {
    type Number = f64;
    fn len(&self) -> usize {
        self.nodes.len()
    }
    fn lists(&self) -> &[u32] {
        self.lists
    }
    #[inline(always)]
    fn rows(&self, nodes: Range<usize>) -> impl DoubleEndedIterator<Item = &Row> {
        self.nodes[nodes].iter().map(|node| &node.row)
    }
    #[inline(always)]
    unsafe fn value(&self, index: usize) -> f64 {
        // SAFETY: the caller's promise.
        unsafe { self.nodes.get_unchecked(index).value }
    }
}

/// Rows, and values of any number type apart from them: a replay.
pub(crate) struct Values<'a, N> {
    pub(crate) rows: &'a [Row],
    pub(crate) values: &'a [N],
    pub(crate) lists: &'a [u32],
}

// SAFETY: rows come from a recording, or were validated when they were read back.
unsafe impl<N: Real> Record for Values<'_, N> {
    type Number = N;
    fn len(&self) -> usize {
        self.rows.len().min(self.values.len())
    }
    fn lists(&self) -> &[u32] {
        self.lists
    }
    #[inline(always)]
    fn rows(&self, nodes: Range<usize>) -> impl DoubleEndedIterator<Item = &Row> {
        self.rows[nodes].iter()
    }
    #[inline(always)]
    unsafe fn value(&self, index: usize) -> N {
        // SAFETY: the caller's promise.
        unsafe { *self.values.get_unchecked(index) }
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
pub(crate) fn pull<R: Record>(
    record: &R,
    adjoints: &mut [R::Number],
    observer: &mut impl Observer<R::Number>,
) {
    assert!(
        adjoints.len() <= record.len(),
        "an adjoint for each node, and no more"
    );
    // Inputs come first, mostly, and have nobody to hand a term to.
    let all = 0..adjoints.len();
    let mut rows = record.rows(all.clone());
    let first = rows.position(|row| row.form != Form::Leaf);
    let nodes = first.unwrap_or(all.end)..all.end;
    sweep::<R, _, false>(record, adjoints, observer, nodes);
}

/// Sweeps the nodes of numbers among these, down to the next array node that has an adjoint.
/// Answers the number of nodes left, that one included; at least `nodes.start`.
pub(crate) fn pull_numbers<R: Record>(
    record: &R,
    adjoints: &mut [R::Number],
    observer: &mut impl Observer<R::Number>,
    nodes: Range<usize>,
) -> usize {
    assert!(adjoints.len() <= record.len() && nodes.end <= adjoints.len());
    sweep::<R, _, true>(record, adjoints, observer, nodes)
}

/// Sweeps these nodes, which end below the number of adjoints, and that is at most the length of
/// the record. With `ARRAYS`, it stops at array nodes.
///
/// The adjoint of the node to be swept next is handed on in a register: where an operation's last
/// operand is the node before it, as in any chain, the sweep would wait for what it has just written.
#[inline(always)]
fn sweep<R: Record, O: Observer<R::Number>, const ARRAYS: bool>(
    record: &R,
    adjoints: &mut [R::Number],
    observer: &mut O,
    nodes: Range<usize>,
) -> usize {
    // The first node of all has no operands.
    let last = nodes.start.max(1);
    if nodes.end > last {
        let mut before = nodes.end - 1;
        let mut next = adjoints[before];
        for row in record.rows(last..nodes.end).rev() {
            // SAFETY: below the end of `nodes`, which the callers compared with the adjoints.
            unsafe { *adjoints.get_unchecked_mut(before) = next };
            before -= 1;
            let mut node = Pull {
                record,
                adjoint: next,
                adjoints: &mut *adjoints,
                observer: &mut *observer,
                before,
                row,
            };
            let is_array = ARRAYS && is_array(row);
            if is_array && !is_untouched(node.adjoint) {
                return before + 2;
            }
            next = match node.arithmetic() {
                Some(next) => next,
                None if is_array || is_untouched(node.adjoint) => node.next(),
                None => row.op.dispatch(node),
            };
        }
        adjoints[before] = next;
    }
    if ARRAYS && nodes.start == 0 && !nodes.is_empty() {
        let first = record.rows(0..1).all(is_array) && !is_untouched(adjoints[0]);
        return usize::from(first);
    }
    nodes.start
}

/// An operation and a form as one number: they are told apart by a few comparisons, where an
/// indirect jump on the operation and branches on the form took half as long again.
const fn kind(op: Op, form: Form) -> u16 {
    u16::from_le_bytes([op as u8, form as u8])
}

/// The kinds below are leaves, which have nobody to hand a term to.
const LEAVES: u16 = 1 << 8;
const _: () = assert!(Form::Leaf as u8 == 0);

const X_PLUS_Y: u16 = kind(Op::Add, Form::Two);
const X_PLUS_LITERAL: u16 = kind(Op::Add, Form::LiteralRight);
const LITERAL_PLUS_X: u16 = kind(Op::Add, Form::LiteralLeft);
const X_MINUS_Y: u16 = kind(Op::Sub, Form::Two);
const X_MINUS_LITERAL: u16 = kind(Op::Sub, Form::LiteralRight);
const LITERAL_MINUS_X: u16 = kind(Op::Sub, Form::LiteralLeft);
const X_TIMES_Y: u16 = kind(Op::Mul, Form::Two);
const X_TIMES_LITERAL: u16 = kind(Op::Mul, Form::LiteralRight);
const LITERAL_TIMES_X: u16 = kind(Op::Mul, Form::LiteralLeft);

/// The sweep at one node. It must dissolve into registers: a visitor that is handed on as a
/// whole to a function that is not inlined is spilled to the stack at every node, which was
/// 5x the time of the whole sweep. Hence the free function [`pull_list`].
struct Pull<'a, R: Record, O> {
    record: &'a R,
    adjoints: &'a mut [R::Number],
    observer: &'a mut O,
    /// The number of the node before. This one's is below the length of `adjoints`, and that is at
    /// most the length of `record`.
    before: usize,
    adjoint: R::Number,
    row: &'a Row,
}

impl<R: Record, O: Observer<R::Number>> Pull<'_, R, O> {
    /// Sums, differences and products, most nodes of most programs, ahead of the jump table.
    /// Answers `None`, with nothing done, to all else, and where a term takes more than a plain
    /// product; so to every node that no term has reached.
    #[inline(always)]
    fn arithmetic(&mut self) -> Option<R::Number> {
        match kind(self.row.op, self.row.form) {
            X_PLUS_Y => self.two_signs::<rule::Add>(),
            X_PLUS_LITERAL => self.literal_right::<rule::Add>(),
            LITERAL_PLUS_X => self.literal_left::<rule::Add>(),
            X_MINUS_Y => self.two_signs::<rule::Sub>(),
            X_MINUS_LITERAL => self.literal_right::<rule::Sub>(),
            LITERAL_MINUS_X => self.literal_left::<rule::Sub>(),
            X_TIMES_Y => self.two::<rule::Mul>(),
            X_TIMES_LITERAL => self.literal_right::<rule::Mul>(),
            LITERAL_TIMES_X => self.literal_left::<rule::Mul>(),
            ..LEAVES => Some(self.next()),
            _ => None,
        }
    }

    #[inline(always)]
    fn two<B: Binary>(&mut self) -> Option<R::Number> {
        let (first, second) = (self.row.first, self.row.slot as u32);
        let (x, y, result) = (self.value(first), self.value(second), self.result());
        let locals = [B::first(x, y, result), B::second(x, y, result)];
        self.add_plainly([(0, first), (1, second)], locals)
    }

    /// As [`two`](Pull::two), for derivatives of 1 or -1: if one product is plain, so is the other.
    #[inline(always)]
    fn two_signs<B: Binary>(&mut self) -> Option<R::Number> {
        let (first, second) = (self.row.first, self.row.slot as u32);
        let (x, y, result) = (self.value(first), self.value(second), self.result());
        let [one, other] = [B::first(x, y, result), B::second(x, y, result)];
        let [contribution] = self.adjoint.chain_plainly([one])?;
        self.give(0, first, one, contribution);
        Some(self.give_last(1, second, other, contribution * other))
    }

    #[inline(always)]
    fn literal_right<B: Binary>(&mut self) -> Option<R::Number> {
        let Row { first, slot, .. } = *self.row;
        let literal = R::Number::from(f64::from_bits(slot));
        let local = B::first(self.value(first), literal, self.result());
        self.add_plainly([(0, first)], [local])
    }

    #[inline(always)]
    fn literal_left<B: Binary>(&mut self) -> Option<R::Number> {
        let Row { first, slot, .. } = *self.row;
        let literal = R::Number::from(f64::from_bits(slot));
        let local = B::second(literal, self.value(first), self.result());
        self.add_plainly([(1, first)], [local])
    }

    /// Adds `adjoint x local` to each operand's adjoint if these are plain products, or does nothing.
    #[inline(always)]
    fn add_plainly<const K: usize>(
        &mut self,
        to: [(u32, u32); K],
        locals: [R::Number; K],
    ) -> Option<R::Number> {
        let contributions = self.adjoint.chain_plainly(locals)?;
        for k in 0..K - 1 {
            let (slot, operand) = to[k];
            self.give(slot, operand, locals[k], contributions[k]);
        }
        let (slot, operand) = to[K - 1];
        Some(self.give_last(slot, operand, locals[K - 1], contributions[K - 1]))
    }

    /// Adds `adjoint x local` to an operand's adjoint.
    #[inline(always)]
    fn add(&mut self, slot: u32, operand: u32, local: R::Number) {
        self.give(slot, operand, local, self.adjoint.chain(local));
    }

    /// The same for the last operand; answers as [`give_last`](Pull::give_last).
    #[inline(always)]
    fn add_last(&mut self, slot: u32, operand: u32, local: R::Number) -> R::Number {
        self.give_last(slot, operand, local, self.adjoint.chain(local))
    }

    #[inline(always)]
    fn give(&mut self, slot: u32, operand: u32, local: R::Number, contribution: R::Number) {
        self.tell(slot, operand, local, contribution);
        debug_assert!((operand as usize) <= self.before);
        // SAFETY: an operand's number is smaller than its node's (`Record`), so below the length of `adjoints`.
        let sum = unsafe { self.adjoints.get_unchecked_mut(operand as usize) };
        *sum += contribution;
    }

    /// As [`give`](Pull::give), for the last operand; answers the adjoint of the node before.
    #[inline(always)]
    fn give_last(
        &mut self,
        slot: u32,
        operand: u32,
        local: R::Number,
        contribution: R::Number,
    ) -> R::Number {
        let next = self.next();
        if operand == self.before as u32 {
            self.tell(slot, operand, local, contribution);
            return next + contribution;
        }
        self.give(slot, operand, local, contribution);
        next
    }

    #[inline(always)]
    fn tell(&mut self, slot: u32, operand: u32, local: R::Number, contribution: R::Number) {
        self.observer.term(Term {
            child: self.before as u32 + 1,
            slot,
            operand,
            upstream: self.adjoint,
            local,
            contribution,
        });
    }

    /// The adjoint of the node before.
    #[inline(always)]
    fn next(&self) -> R::Number {
        // SAFETY: below this node's number.
        unsafe { *self.adjoints.get_unchecked(self.before) }
    }

    #[inline(always)]
    fn value(&self, operand: u32) -> R::Number {
        // SAFETY: an operand's number is smaller than its node's (`Record`).
        unsafe { self.record.value(operand as usize) }
    }

    #[inline(always)]
    fn result(&self) -> R::Number {
        // SAFETY: this node's number is below the length of the record.
        unsafe { self.record.value(self.before + 1) }
    }
}

/// The sweep at a node with an operand list: all derivatives at once, then a term each.
#[inline(never)]
fn pull_list<R: Record>(
    record: &R,
    adjoints: &mut [R::Number],
    observer: &mut impl Observer<R::Number>,
    (before, adjoint): (usize, R::Number),
    row: &Row,
    partials: impl FnOnce(&[R::Number], R::Number, &mut [R::Number]),
) {
    let mut node = Pull {
        record,
        adjoints,
        observer,
        before,
        adjoint,
        row,
    };
    let list = row.list(record.lists());
    let operands: SmallVec<[R::Number; 8]> = list.iter().map(|&i| node.value(i)).collect();
    let mut locals: SmallVec<[R::Number; 8]> =
        SmallVec::from_elem(R::Number::from(0.0), list.len());
    partials(&operands, node.result(), &mut locals);
    for (slot, (&operand, &local)) in list.iter().zip(&locals).enumerate() {
        node.add(slot as u32, operand, local);
    }
}

impl<R: Record, O: Observer<R::Number>> Visitor for Pull<'_, R, O> {
    /// The adjoint of the node before.
    type Out = R::Number;

    #[inline(always)]
    fn leaf(self) -> R::Number {
        self.next()
    }

    #[inline(always)]
    fn detach(self) -> R::Number {
        self.next()
    }

    #[inline(always)]
    fn call(self) -> R::Number {
        let row = self.row;
        let own = |operands: &[R::Number], result, out: &mut [R::Number]| {
            row.function().partials(operands, result, out)
        };
        pull_list(
            self.record,
            self.adjoints,
            self.observer,
            (self.before, self.adjoint),
            row,
            own,
        );
        self.next()
    }

    #[inline(always)]
    fn unary<U: Unary>(mut self) -> R::Number {
        let first = self.row.first;
        let local = U::partial(self.value(first), self.result());
        self.add_last(0, first, local)
    }

    #[inline(always)]
    fn attributed<A: Attributed>(mut self) -> R::Number {
        let Row { first, slot, .. } = *self.row;
        let local = A::partial(
            self.value(first),
            A::Attribute::from_bits(slot),
            self.result(),
        );
        self.add_last(0, first, local)
    }

    #[inline(always)]
    fn binary<B: Binary>(mut self) -> R::Number {
        let Row {
            first, slot, form, ..
        } = *self.row;
        let result = self.result();
        // Not a `match`: a second jump table behind that of the operation costs more than two branches.
        if form == Form::Two {
            let second = slot as u32;
            let (x, y) = (self.value(first), self.value(second));
            self.add(0, first, B::first(x, y, result));
            self.add_last(1, second, B::second(x, y, result))
        } else if form == Form::LiteralRight {
            let literal = R::Number::from(f64::from_bits(slot));
            self.add_last(0, first, B::first(self.value(first), literal, result))
        } else {
            debug_assert_eq!(form, Form::LiteralLeft);
            let literal = R::Number::from(f64::from_bits(slot));
            self.add_last(1, first, B::second(literal, self.value(first), result))
        }
    }

    #[inline(always)]
    fn ternary<T: Ternary>(self) -> R::Number {
        let rule = |operands: &[R::Number], result, out: &mut [R::Number]| {
            let [x, y, z] = *operands else {
                unreachable!("a ternary row has three operands")
            };
            out.copy_from_slice(&T::partials(x, y, z, result));
        };
        pull_list(
            self.record,
            self.adjoints,
            self.observer,
            (self.before, self.adjoint),
            self.row,
            rule,
        );
        self.next()
    }

    #[inline(always)]
    fn nary<M: Nary>(self) -> R::Number {
        pull_list(
            self.record,
            self.adjoints,
            self.observer,
            (self.before, self.adjoint),
            self.row,
            M::partials,
        );
        self.next()
    }
}
