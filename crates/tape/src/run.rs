//! Forward evaluation of rows on any number type, and the local derivatives of one row.

use crate::graph::{Form, Row};
use crate::op::{
    AttributeType, Attributed, Binary, Lift, Nary, Op, Real, Ternary, Unary, Visitor, chain_product,
};
use smallvec::SmallVec;

/// Evaluates rows in order. The i-th input row takes the i-th of `inputs`. `values` is cleared first.
#[track_caller]
pub(crate) fn evaluate<N: Real>(rows: &[Row], lists: &[u32], inputs: &[N], values: &mut Vec<N>) {
    values.clear();
    values.reserve(rows.len());
    let mut inputs = inputs.iter();
    for row in rows {
        let value = match row.op {
            Op::Input => *inputs.next().expect("an input for every input row"),
            Op::Const => N::from(f64::from_bits(row.slot)),
            _ => evaluate_row(row, lists, |index| values[index as usize]),
        };
        values.push(value);
    }
}

/// Evaluates a row that is no leaf, from the values of its operands.
#[inline(always)]
#[track_caller]
pub(crate) fn evaluate_row<N: Real>(row: &Row, lists: &[u32], at: impl Fn(u32) -> N) -> N {
    row.op.dispatch(Apply { row, lists, at })
}

/// Applies one row to the values of its operands. Like the sweep's visitor it dissolves into
/// registers, so that nothing may receive it whole.
struct Apply<'a, F> {
    row: &'a Row,
    lists: &'a [u32],
    at: F,
}

/// The operands of a list row.
#[inline(never)]
fn gather<N: Real>(row: &Row, lists: &[u32], at: impl Fn(u32) -> N) -> SmallVec<[N; 8]> {
    row.list(lists).iter().map(|&index| at(index)).collect()
}

impl<N: Real, F: Fn(u32) -> N> Visitor for Apply<'_, F> {
    type Out = N;

    #[inline(always)]
    fn leaf(self) -> N {
        unreachable!("leaves are evaluated by the caller")
    }

    #[inline(always)]
    fn detach(self) -> N {
        (self.at)(self.row.first).detach()
    }

    #[inline(always)]
    fn call(self) -> N {
        let operands = gather(self.row, self.lists, self.at);
        N::call(self.row.function(), &operands)
    }

    #[inline(always)]
    fn unary<U: Unary>(self) -> N {
        (self.at)(self.row.first).unary::<U>()
    }

    #[inline(always)]
    fn attributed<A: Attributed>(self) -> N {
        (self.at)(self.row.first).attributed::<A>(A::Attribute::from_bits(self.row.slot))
    }

    #[inline(always)]
    fn binary<B: Binary>(self) -> N {
        let Row {
            first, slot, form, ..
        } = *self.row;
        let literal = N::from(f64::from_bits(slot));
        let first = (self.at)(first);
        if form == Form::Two {
            first.binary::<B>((self.at)(slot as u32))
        } else if form == Form::LiteralRight {
            first.binary::<B>(literal)
        } else {
            debug_assert_eq!(form, Form::LiteralLeft);
            literal.binary::<B>(first)
        }
    }

    #[inline(always)]
    fn ternary<T: Ternary>(self) -> N {
        let [x, y, z] = *gather(self.row, self.lists, self.at) else {
            unreachable!("a ternary row has three operands")
        };
        x.ternary::<T>(y, z)
    }

    #[inline(always)]
    fn nary<M: Nary>(self) -> N {
        N::nary::<M>(&gather(self.row, self.lists, self.at))
    }
}

/// The local derivatives of a row by its operands (literals included) where `wanted`; the others are 0.
#[track_caller]
pub(crate) fn local_partials<N: Real>(
    row: &Row,
    operands: &[N],
    result: N,
    wanted: impl Fn(usize) -> bool,
) -> SmallVec<[N; 4]> {
    row.op.dispatch(Locals {
        row,
        operands,
        result,
        wanted,
    })
}

struct Locals<'a, N, W> {
    row: &'a Row,
    operands: &'a [N],
    result: N,
    wanted: W,
}

impl<N: Real, W: Fn(usize) -> bool> Visitor for Locals<'_, N, W> {
    type Out = SmallVec<[N; 4]>;

    fn leaf(self) -> Self::Out {
        SmallVec::new()
    }

    fn detach(self) -> Self::Out {
        SmallVec::from_slice(&[N::from(0.0)])
    }

    fn call(self) -> Self::Out {
        let mut out = SmallVec::from_elem(N::from(0.0), self.operands.len());
        self.row
            .function()
            .partials(self.operands, self.result, &mut out);
        out
    }

    fn unary<U: Unary>(self) -> Self::Out {
        SmallVec::from_slice(&[U::partial(self.operands[0], self.result)])
    }

    fn attributed<A: Attributed>(self) -> Self::Out {
        let attribute = A::Attribute::from_bits(self.row.slot);
        SmallVec::from_slice(&[A::partial(self.operands[0], attribute, self.result)])
    }

    fn binary<B: Binary>(self) -> Self::Out {
        let (x, y) = (self.operands[0], self.operands[1]);
        let first = if (self.wanted)(0) {
            B::first(x, y, self.result)
        } else {
            N::from(0.0)
        };
        let second = if (self.wanted)(1) {
            B::second(x, y, self.result)
        } else {
            N::from(0.0)
        };
        SmallVec::from_slice(&[first, second])
    }

    fn ternary<T: Ternary>(self) -> Self::Out {
        let [x, y, z] = *self.operands else {
            unreachable!("a ternary row has three operands")
        };
        SmallVec::from_slice(&T::partials(x, y, z, self.result))
    }

    fn nary<M: Nary>(self) -> Self::Out {
        let mut out = SmallVec::from_elem(N::from(0.0), self.operands.len());
        M::partials(self.operands, self.result, &mut out);
        out
    }
}

/// Plain numbers compute.
impl Lift for f64 {
    #[inline(always)]
    fn unary<R: Unary>(self) -> f64 {
        R::value(self)
    }
    #[inline(always)]
    fn attributed<R: Attributed>(self, attribute: R::Attribute) -> f64 {
        R::value(self, attribute)
    }
    #[inline(always)]
    fn binary<R: Binary>(self, other: f64) -> f64 {
        R::value(self, other)
    }
    #[inline(always)]
    fn ternary<R: Ternary>(self, second: f64, third: f64) -> f64 {
        R::value(self, second, third)
    }
    fn nary<R: Nary>(operands: &[f64]) -> f64 {
        R::value(operands)
    }
    fn call(function: &'static crate::custom::CustomOp, operands: &[f64]) -> f64 {
        function.value(operands)
    }
    #[inline(always)]
    fn detach(self) -> f64 {
        self
    }
    #[inline(always)]
    fn peek(self) -> f64 {
        self
    }
    /// As `chain_product`, with a branch that is all but never taken: a sweep waits for this product.
    #[inline(always)]
    fn chain(self, local: f64) -> f64 {
        let product = self * local;
        if product.abs() > 0.0 {
            product
        } else {
            chain_product(self, local)
        }
    }
    /// One test for all of them: where no product is 0 or NaN, no factor was 0.
    #[inline(always)]
    fn chain_plainly<const K: usize>(self, locals: [f64; K]) -> Option<[f64; K]> {
        let terms = locals.map(|local| self * local);
        let all: f64 = terms.iter().product();
        (all.abs() > 0.0).then_some(terms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sweep's short cut gives the bits of the full product or declines, and it declines an
    /// adjoint that no term has reached.
    #[test]
    fn a_plain_chain_is_the_chain_or_none() {
        let tiny = f64::MIN_POSITIVE;
        let numbers = [
            0.0,
            -0.0,
            1.0,
            -1.0,
            3.5,
            tiny,
            -tiny,
            5e-324,
            1e-200,
            f64::MAX,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
        ];
        for adjoint in numbers {
            for x in numbers {
                for y in numbers {
                    let terms = adjoint.chain_plainly([x, y]);
                    let bits = [chain_product(adjoint, x), chain_product(adjoint, y)];
                    if let Some(terms) = terms {
                        assert_eq!(terms.map(f64::to_bits), bits.map(f64::to_bits));
                        assert!(adjoint != 0.0, "{adjoint} {x} {y}");
                    }
                }
            }
        }
        assert_eq!(2.0.chain_plainly([3.0, -4.0]), Some([6.0, -8.0]));
        assert_eq!(2.0.chain_plainly([3.0, 0.0]), None);
    }
}
