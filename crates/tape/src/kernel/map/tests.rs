//! Kernels against rows: values and reverse, contiguous and not, in both types.

use super::super::walk::tests::{by_definition, view};
use super::super::{nary, nary_pull};
use super::*;
use crate::element::ElementType;
use crate::op::{Nary, chain_product, rule};

/// Numbers through an interval, in no order, so that no operand follows another.
fn samples<T: Element>((low, high): (f64, f64), step: usize) -> Vec<T> {
    let place = |i: usize| (i * step % 97) as f64 / 96.0;
    (0..COUNT)
        .map(|i| T::from_f64(low + (high - low) * place(i)))
        .collect()
}

/// More than one block, and not a whole number of them.
const COUNT: usize = 600;
const ROWS: &[usize] = &[20, 30];
/// Contiguous; transposed; one row for all; a literal.
const LAYOUTS: &[&[isize]] = &[&[30, 1], &[1, 20], &[0, 1], &[0, 0]];

fn close<T: Element>(case: &str, got: T, want: f64) {
    let tolerance = match T::TYPE {
        ElementType::F64 => 1e-13,
        ElementType::F32 => 1e-5,
    };
    let got = got.to_f64();
    let right =
        (got - want).abs() <= tolerance * want.abs().max(1e-2) || got.is_nan() && want.is_nan();
    assert!(right, "{case}: {got:e}, want {want:e}");
}

/// Operands in some layout, the kernel's answer, and what it should be for the operands of an element.
fn check<T: Element, const N: usize>(
    case: &str,
    operands: [View<'_, T>; N],
    kernel: impl Fn([View<'_, T>; N], &mut [T]),
    want: impl Fn([f64; N]) -> f64,
) {
    let mut out = vec![T::default(); COUNT];
    kernel(operands, &mut out);
    let operands = operands.map(by_definition);
    for (i, &got) in out.iter().enumerate() {
        let operands: [f64; N] = std::array::from_fn(|n| operands[n][i].to_f64());
        close(&format!("{case} at {operands:?}"), got, want(operands));
    }
}

fn unary_row<R: Unary, T: Element>() {
    let case = format!("{:?} of {:?}", R::OP, T::TYPE);
    let x = samples::<T>(R::OP.info().domain[0], 31);
    let upstream = samples::<T>((-1.0, 1.0), 17); // 0 among them
    for layout in LAYOUTS {
        let x = view(&x, 0, ROWS, layout);
        check(
            &case,
            [x],
            |[x], out| unary::<R, T>(x, out),
            |[x]| R::value(x),
        );
        check(
            &format!("{case}, reverse"),
            [view(&upstream, 0, ROWS, &[30, 1]), x],
            |[u, x], out| {
                let mut value = vec![T::default(); COUNT];
                unary::<R, T>(x, &mut value);
                unary_pull::<R, T>(u, x, view(&value, 0, ROWS, &[30, 1]), out);
            },
            |[u, x]| chain_product(u, R::partial(x, R::value(x))),
        );
    }
}

fn attributed_row<R: Attributed, T: Element>() {
    let info = R::OP.info();
    let x = samples::<T>(info.domain[0], 31);
    let x = view(&x, 0, ROWS, &[30, 1]);
    for &attribute in info.attributes {
        let case = format!("{:?} {attribute} of {:?}", R::OP, T::TYPE);
        let a = R::Attribute::from_f64(attribute).expect("a sample of the row");
        check(
            &case,
            [x],
            |[x], out| attributed::<R, T>(x, a, out),
            |[x]| R::value(x, a),
        );
        check(
            &format!("{case}, reverse"),
            [x],
            |[x], out| {
                let mut value = vec![T::default(); COUNT];
                attributed::<R, T>(x, a, &mut value);
                attributed_pull::<R, T>(x, x, a, view(&value, 0, ROWS, &[30, 1]), out);
            },
            |[x]| chain_product(x, R::partial(x, a, R::value(x, a))),
        );
    }
}

fn binary_row<R: Binary, T: Element>() {
    let case = format!("{:?} of {:?}", R::OP, T::TYPE);
    let domain = R::OP.info().domain;
    let (x, y) = (samples::<T>(domain[0], 31), samples::<T>(domain[1], 5));
    let upstream = samples::<T>((-1.0, 1.0), 17);
    for layout in LAYOUTS {
        let (x, y) = (view(&x, 0, ROWS, &[30, 1]), view(&y, 0, ROWS, layout));
        check(
            &case,
            [x, y],
            |[x, y], out| binary::<R, T>(x, y, out),
            |[x, y]| R::value(x, y),
        );
        for slot in 0..2 {
            check(
                &format!("{case}, reverse {slot}"),
                [view(&upstream, 0, ROWS, &[30, 1]), x, y],
                |[u, x, y], out| {
                    let mut v = vec![T::default(); COUNT];
                    binary::<R, T>(x, y, &mut v);
                    binary_pull::<R, T>(u, [x, y], view(&v, 0, ROWS, &[30, 1]), slot, out);
                },
                |[u, x, y]| {
                    let v = R::value(x, y);
                    chain_product(u, [R::first(x, y, v), R::second(x, y, v)][slot])
                },
            );
        }
    }
}

fn ternary_row<R: Ternary, T: Element>() {
    let domain = R::OP.info().domain;
    let x = samples::<T>((domain[0].0 - 1.0, domain[0].1), 31); // both sides of a choice
    let (y, z) = (samples::<T>(domain[1], 5), samples::<T>(domain[2], 13));
    let case = format!("{:?} of {:?}", R::OP, T::TYPE);
    let operands = [
        view(&x, 0, ROWS, &[30, 1]),
        view(&y, 0, ROWS, &[0, 1]),
        view(&z, 0, ROWS, &[0, 0]),
    ];
    check(
        &case,
        operands,
        |[x, y, z], out| ternary::<R, T>(x, y, z, out),
        |[x, y, z]| R::value(x, y, z),
    );
    for slot in 0..3 {
        check(
            &format!("{case}, reverse {slot}"),
            operands,
            |[x, y, z], out| {
                let mut v = vec![T::default(); COUNT];
                ternary::<R, T>(x, y, z, &mut v);
                ternary_pull::<R, T>(x, [x, y, z], view(&v, 0, ROWS, &[30, 1]), slot, out);
            },
            |[x, y, z]| chain_product(x, R::partials(x, y, z, R::value(x, y, z))[slot]),
        );
    }
}

fn nary_row<R: Nary, T: Element>() {
    let case = format!("{:?} of {:?}", R::OP, T::TYPE);
    let domain = R::OP.info().domain[0];
    let (x, y) = (samples::<T>(domain, 31), samples::<T>(domain, 5));
    let operands = [view(&x, 0, ROWS, &[30, 1]), view(&y, 0, ROWS, &[0, 1])];
    check(
        &case,
        operands,
        |xs, out| nary::<R, T>(&xs, out),
        |xs| R::value(&xs),
    );
    for slot in 0..2 {
        check(
            &format!("{case}, reverse {slot}"),
            operands,
            |xs, out| {
                let mut v = vec![T::default(); COUNT];
                nary::<R, T>(&xs, &mut v);
                nary_pull::<R, T>(xs[0], &xs, view(&v, 0, ROWS, &[30, 1]), slot, out);
            },
            |xs| {
                let mut partials = [0.0; 2];
                R::partials(&xs, R::value(&xs), &mut partials);
                chain_product(xs[0], partials[slot])
            },
        );
    }
}

macro_rules! rows {
    ($check:ident: $($Rule:ident)*) => { $($check::<rule::$Rule, f64>(); $check::<rule::$Rule, f32>();)* };
}

/// A row of each kind of code: lanes, a rule that calls other rows, a fall back to `f64`.
#[test]
fn values_and_reverse_are_those_of_the_rows() {
    rows! { unary_row: Exp Ln Tanh Sigmoid SigmoidSlope Softplus Silu Mish Gelu GeluTanh Sqrt Abs Asin }
    rows! { attributed_row: Powi LeakyRelu Elu }
    rows! { binary_row: Add Sub Mul Div Max Pow QuotientOrZero ExpShift }
    rows! { ternary_row: Select Clamp MulAdd }
    rows! { nary_row: Sum Logsumexp }
}

#[test]
fn an_exact_zero_wins_and_no_term_is_minus_zero() {
    let (upstream, x) = ([0.0, -0.0, 1.0, -1e-300], [0.0, -1.0, 0.0, 1e300]);
    let value = [f64::NEG_INFINITY, f64::NAN, f64::NEG_INFINITY, 1.0];
    let [u, x, v] = [&upstream, &x, &value].map(|data| view(data, 0, &[4], &[1]));
    let mut out = [f64::NAN; 4];
    unary_pull::<rule::Ln, f64>(u, x, v, &mut out);
    assert_eq!(
        out.map(f64::to_bits),
        [0.0, 0.0, f64::INFINITY, 0.0].map(f64::to_bits)
    );
}
