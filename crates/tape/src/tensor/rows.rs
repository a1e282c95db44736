//! What a row of the table does to whole arrays: its value, and its term in the sweep.
//!
//! Each is one `match` over the operations, with a loop of a kernel in every arm.

use crate::custom::CustomOp;
use crate::element::Element;
use crate::graph::Row;
use crate::kernel::{self, View};
use crate::op::{
    AttributeType, Attributed, Binary, Lift, Nary, Ternary, Unary, Visitor, chain_product,
};
use smallvec::SmallVec;

/// The value of an operation on arrays of one shape.
pub(super) struct RowValue<'a, 'b, T> {
    /// An attribute's bits, or the number of a custom operation.
    pub(super) slot: u64,
    pub(super) operands: &'a [View<'b, T>],
    pub(super) out: &'a mut [T],
}

impl<T: Element> Visitor for RowValue<'_, '_, T> {
    type Out = ();

    fn leaf(self) {
        unreachable!("a leaf is recorded with its elements")
    }
    fn detach(self) {
        unreachable!("a detached node shares its operand's elements")
    }
    fn call(self) {
        let function = CustomOp::by_number(self.slot as u32);
        kernel::each(self.operands, self.out, |values| {
            f64::call(function, values)
        });
    }
    fn unary<R: Unary>(self) {
        kernel::unary::<R, T>(self.operands[0], self.out);
    }
    fn attributed<R: Attributed>(self) {
        let attribute = R::Attribute::from_bits(self.slot);
        kernel::attributed::<R, T>(self.operands[0], attribute, self.out);
    }
    fn binary<R: Binary>(self) {
        kernel::binary::<R, T>(self.operands[0], self.operands[1], self.out);
    }
    fn ternary<R: Ternary>(self) {
        let [x, y, z] = [self.operands[0], self.operands[1], self.operands[2]];
        kernel::ternary::<R, T>(x, y, z, self.out);
    }
    fn nary<R: Nary>(self) {
        kernel::nary::<R, T>(self.operands, self.out);
    }
}

/// One pass over arrays: upstream times the local derivative by operand `slot`.
pub(super) struct RowTerm<'a, T> {
    pub(super) row: &'a Row,
    pub(super) slot: usize,
    pub(super) upstream: View<'a, T>,
    pub(super) operands: &'a [View<'a, T>],
    pub(super) result: View<'a, T>,
    pub(super) out: &'a mut [T],
}

impl<T: Element> Visitor for RowTerm<'_, T> {
    type Out = ();

    fn leaf(self) {
        unreachable!("a leaf has no operands")
    }
    fn detach(self) {
        unreachable!("nothing flows through a detached node")
    }
    fn call(self) {
        let RowTerm {
            row,
            slot,
            upstream,
            operands,
            result,
            out,
        } = self;
        let mut views = SmallVec::<[View<'_, T>; 8]>::from_slice(operands);
        views.push(result);
        views.push(upstream);
        let mut partials = vec![0.0; operands.len()];
        kernel::each(&views, out, |values| {
            let [operands @ .., result, upstream] = values else {
                unreachable!("two were added")
            };
            row.function().partials(operands, *result, &mut partials);
            chain_product(*upstream, partials[slot])
        });
    }
    fn unary<R: Unary>(self) {
        kernel::unary_pull::<R, T>(self.upstream, self.operands[0], self.result, self.out);
    }
    fn attributed<R: Attributed>(self) {
        let attribute = R::Attribute::from_bits(self.row.slot);
        kernel::attributed_pull::<R, T>(
            self.upstream,
            self.operands[0],
            attribute,
            self.result,
            self.out,
        );
    }
    fn binary<R: Binary>(self) {
        let [x, y] = [self.operands[0], self.operands[1]];
        kernel::binary_pull::<R, T>(self.upstream, [x, y], self.result, self.slot, self.out);
    }
    fn ternary<R: Ternary>(self) {
        let operands = [self.operands[0], self.operands[1], self.operands[2]];
        kernel::ternary_pull::<R, T>(self.upstream, operands, self.result, self.slot, self.out);
    }
    fn nary<R: Nary>(self) {
        kernel::nary_pull::<R, T>(
            self.upstream,
            self.operands,
            self.result,
            self.slot,
            self.out,
        );
    }
}
