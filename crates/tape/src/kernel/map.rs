//! Elementwise kernels: a row of the table over whole arrays, its value and its reverse.
//!
//! The views are equally long, and `out` takes their elements in row-major order; a literal is a
//! view of one element with strides 0. A kernel may be called on any part of its arrays: an element's
//! bits depend on its operands alone.
//!
//! A reverse kernel writes `upstream x partial` (an exact zero wins), where `x`, `y`, `z` are the
//! operands and `value` is the result of the operation.

use super::View;
use super::fast::is_by_row;
use super::lanes::{Each, Lanewise, Vectors};
use super::pairs::Pairs;
use super::walk::{BLOCK, Kernel, UNEQUAL, walk};
use crate::element::Element;
use crate::op::{Attribute, AttributeType, Attributed, Binary, Op, Real, Ternary, Unary};
use std::marker::PhantomData;

/// Kernels without a state of their own: name, rule, operands and how many, the element computed.
macro_rules! lanewise {
    ($($Name:ident [$($generics:tt)*] of $N:literal ($($operand:ident),*) { $element:expr })*) => { $(
        struct $Name<R>(PhantomData<R>);
        impl<$($generics)*> Lanewise<$N> for $Name<R> {
            const FAST: bool = !is_by_row(R::OP);
            #[inline(always)]
            fn at<N: Real>(&self, [$($operand),*]: [N; $N]) -> N {
                $element
            }
        }
    )* };
}

lanewise! {
    UnaryValue   [R: Unary]   of 1 (x) { x.unary::<R>() }
    UnaryPull    [R: Unary]   of 3 (upstream, x, value) { upstream.chain(R::partial(x, value)) }

    BinaryValue  [R: Binary]  of 2 (x, y) { x.binary::<R>(y) }
    FirstPull    [R: Binary]  of 4 (upstream, x, y, value) { upstream.chain(R::first(x, y, value)) }
    SecondPull   [R: Binary]  of 4 (upstream, x, y, value) { upstream.chain(R::second(x, y, value)) }

    TernaryValue [R: Ternary] of 3 (x, y, z) { x.ternary::<R>(y, z) }
    TernaryPull0 [R: Ternary] of 5 (upstream, x, y, z, value) { upstream.chain(R::partials(x, y, z, value)[0]) }
    TernaryPull1 [R: Ternary] of 5 (upstream, x, y, z, value) { upstream.chain(R::partials(x, y, z, value)[1]) }
    TernaryPull2 [R: Ternary] of 5 (upstream, x, y, z, value) { upstream.chain(R::partials(x, y, z, value)[2]) }
}

/// `out = kernel(operands)`.
fn map<T: Element, K: Lanewise<N>, const N: usize>(
    kernel: &K,
    operands: [View<'_, T>; N],
    out: &mut [T],
) {
    let vectors = Vectors::widest();
    let run: Kernel<'_, T, N> = &mut |operands, out| {
        let each = Each {
            kernel,
            operands,
            out,
        };
        if const { K::FAST } {
            vectors.run_or(each, Each::by_row);
        } else {
            each.by_row();
        }
    };
    // Of a few elements a walk would take as long as all the rest.
    let (mut lists, count) = ([&[][..]; N], out.len());
    let mut pairs = operands.iter().zip(&mut lists);
    let are_lists = pairs.all(|(view, list)| match view.as_list(count) {
        Some(elements) => {
            *list = elements;
            true
        }
        None => false,
    });
    match are_lists {
        true => run(lists, out),
        false => walk(operands, out, run),
    }
}

/// `out = op(x)`.
pub(crate) fn unary<R: Unary, T: Element>(x: View<'_, T>, out: &mut [T]) {
    map(&UnaryValue::<R>(PhantomData), [x], out);
}

/// `out = upstream op'(x)`.
pub(crate) fn unary_pull<R: Unary, T: Element>(
    upstream: View<'_, T>,
    x: View<'_, T>,
    value: View<'_, T>,
    out: &mut [T],
) {
    map(&UnaryPull::<R>(PhantomData), [upstream, x, value], out);
}

/// `out = op(x, y)`.
pub(crate) fn binary<R: Binary, T: Element>(x: View<'_, T>, y: View<'_, T>, out: &mut [T]) {
    let kernel = BinaryValue::<R>(PhantomData);
    if const { is_arithmetic(R::OP) }
        && out.len() > BLOCK
        && (x.as_slice().is_none() || y.as_slice().is_none())
        && let Some(pairs) = Pairs::of([x, y])
    {
        assert!(
            x.count() == out.len() && y.count() == out.len(),
            "{UNEQUAL}"
        );
        return pairs.run(&kernel, out);
    }
    map(&kernel, [x, y], out);
}

/// Whether an operation takes less time than calls and buffers for rows that repeat.
const fn is_arithmetic(op: Op) -> bool {
    matches!(op, Op::Add | Op::Sub | Op::Mul | Op::Div)
}

/// `out = upstream d op/dx` for slot 0, `upstream d op/dy` for slot 1.
pub(crate) fn binary_pull<R: Binary, T: Element>(
    upstream: View<'_, T>,
    [x, y]: [View<'_, T>; 2],
    value: View<'_, T>,
    slot: usize,
    out: &mut [T],
) {
    let operands = [upstream, x, y, value];
    match slot {
        0 => map(&FirstPull::<R>(PhantomData), operands, out),
        _ => map(&SecondPull::<R>(PhantomData), operands, out),
    }
}

/// `out = op(x, y, z)`.
pub(crate) fn ternary<R: Ternary, T: Element>(
    x: View<'_, T>,
    y: View<'_, T>,
    z: View<'_, T>,
    out: &mut [T],
) {
    map(&TernaryValue::<R>(PhantomData), [x, y, z], out);
}

/// `out = upstream` times the derivative by operand `slot`.
pub(crate) fn ternary_pull<R: Ternary, T: Element>(
    upstream: View<'_, T>,
    [x, y, z]: [View<'_, T>; 3],
    value: View<'_, T>,
    slot: usize,
    out: &mut [T],
) {
    let operands = [upstream, x, y, z, value];
    match slot {
        0 => map(&TernaryPull0::<R>(PhantomData), operands, out),
        1 => map(&TernaryPull1::<R>(PhantomData), operands, out),
        _ => map(&TernaryPull2::<R>(PhantomData), operands, out),
    }
}

/// A row with its attribute.
struct With<R: Attributed>(R::Attribute);

impl<R: Attributed> Lanewise<1> for With<R> {
    const FAST: bool = !is_by_row(R::OP);
    #[inline(always)]
    fn at<N: Real>(&self, [x]: [N; 1]) -> N {
        x.attributed::<R>(self.0)
    }
}

impl<R: Attributed> Lanewise<3> for With<R> {
    const FAST: bool = !is_by_row(R::OP);
    #[inline(always)]
    fn at<N: Real>(&self, [upstream, x, value]: [N; 3]) -> N {
        upstream.chain(R::partial(x, self.0, value))
    }
}

/// A row whose attribute is the whole number `A`: known when the loop is compiled, it leaves
/// one multiplication of what was a choice among powers in each element.
struct WithInteger<R, const A: i32>(PhantomData<R>);

impl<R: Attributed, const A: i32> WithInteger<R, A> {
    #[inline(always)]
    fn row() -> With<R> {
        With(R::Attribute::from_f64(f64::from(A)).expect("the row takes whole numbers"))
    }
}

impl<R: Attributed, const A: i32, const K: usize> Lanewise<K> for WithInteger<R, A>
where
    With<R>: Lanewise<K>,
{
    const FAST: bool = true;
    #[inline(always)]
    fn at<N: Real>(&self, operands: [N; K]) -> N {
        Self::row().at(operands)
    }
}

/// Runs a row with its attribute, the common powers in loops of their own.
fn map_with<R: Attributed, T: Element, const N: usize>(
    attribute: R::Attribute,
    operands: [View<'_, T>; N],
    out: &mut [T],
) where
    With<R>: Lanewise<N>,
{
    match (R::OP, attribute.describe()) {
        (Op::Powi, Attribute::Integer(-1)) => {
            map(&WithInteger::<R, -1>(PhantomData), operands, out);
        }
        (Op::Powi, Attribute::Integer(2)) => map(&WithInteger::<R, 2>(PhantomData), operands, out),
        (Op::Powi, Attribute::Integer(3)) => map(&WithInteger::<R, 3>(PhantomData), operands, out),
        (Op::Powi, Attribute::Integer(4)) => map(&WithInteger::<R, 4>(PhantomData), operands, out),
        _ => map(&With::<R>(attribute), operands, out),
    }
}

/// `out = op(x; attribute)`.
pub(crate) fn attributed<R: Attributed, T: Element>(
    x: View<'_, T>,
    attribute: R::Attribute,
    out: &mut [T],
) {
    map_with::<R, T, 1>(attribute, [x], out);
}

/// `out = upstream op'(x; attribute)`.
pub(crate) fn attributed_pull<R: Attributed, T: Element>(
    upstream: View<'_, T>,
    x: View<'_, T>,
    attribute: R::Attribute,
    value: View<'_, T>,
    out: &mut [T],
) {
    map_with::<R, T, 3>(attribute, [upstream, x, value], out);
}
#[cfg(test)]
mod tests;

/// `out = op(x)` with a set of instructions, for tests to try each.
#[cfg(test)]
pub(super) fn unary_on<R: Unary, T: Element>(vectors: Vectors, x: &[T], out: &mut [T]) {
    vectors.run(Each {
        kernel: &UnaryValue::<R>(PhantomData),
        operands: [x],
        out,
    });
}
