//! Where textbooks are silent: zeros, infinities, NaN, the ends of the number line.

use crate::cases::attributes;
use crate::laws::{
    Case, Subject, gradient_is_the_same_in_every_mode, same, value_is_the_same_in_every_mode,
};
use std::f64::consts::{LN_2, PI};
use tape::op::Arity;
use tape::{Op, Program, Real, Tape, Var};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;
/// The smallest subnormal number.
const TINY: f64 = 5e-324;

/// Operands that go wrong in places.
const EDGES: [f64; 15] = [
    0.0, -0.0, 1.0, -1.0, INF, -INF, NAN, 1e300, -1e300, 1e-300, -1e-300, TINY, -1e-310, 2.0, -0.5,
];

/// Every operation with all its operands at edges; of three operands, and of many, at fewer.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for &op in Op::ALL {
        let (n, edges): (usize, &[f64]) = match op.info().arity {
            Arity::Leaf => unreachable!("leaves are not in the table"),
            Arity::One | Arity::OneAndAttribute { .. } => (1, &EDGES),
            Arity::Two => (2, &EDGES),
            Arity::Three => (3, &EDGES[..9]),
            Arity::Any => (4, &[0.0, -1.0, INF, -INF, NAN, 1e300]),
        };
        for attribute in attributes(op) {
            for k in 0..edges.len().pow(n as u32) {
                let operands: Vec<f64> = (0..n as u32)
                    .map(|i| edges[k / edges.len().pow(i) % edges.len()])
                    .collect();
                let elsewhere = (0..n)
                    .map(|i| op.info().domain[i.min(op.info().domain.len() - 1)].1)
                    .collect();
                let subject = Subject::Table { op, attribute };
                cases.push(Case {
                    subject,
                    operands,
                    variables: (0..n).collect(),
                    elsewhere,
                });
            }
        }
    }
    cases
}

#[track_caller]
fn check(law: impl Fn(&Case) -> Result<(), String>) {
    let complaints: Vec<String> = cases()
        .iter()
        .filter_map(|case| law(case).err().map(|what| format!("{case}: {what}")))
        .collect();
    assert!(
        complaints.is_empty(),
        "{}:\n{}",
        complaints.len(),
        complaints[..complaints.len().min(60)].join("\n")
    );
}

#[test]
fn values_at_edges_are_the_same_in_every_mode() {
    check(value_is_the_same_in_every_mode);
}

#[test]
fn gradients_at_edges_are_the_same_in_every_mode() {
    check(gradient_is_the_same_in_every_mode);
}

/// Second derivatives, too: the same where they are numbers (to 1e-13, not to the bit), infinities and NaNs.
#[test]
fn hessians_at_edges_are_the_same_in_every_mode() {
    check(|case| {
        let x = case.x();
        let swept = case.program().hessian(&x).expect("no guards");
        let graph = transposed(&case.gradient_program().jacobian(&x).expect("no guards"));
        let forward = transposed(&case.forward_hessian(&x));
        for (mode, hessian) in [("gradient graph", graph), ("forward over forward", forward)] {
            let alike = |a: f64, b: f64| {
                a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= 1e-13 * b.abs() + 1e-320
            };
            // Third derivatives of hypot overflow where both operands are below 1e-150: inf or NaN.
            let overflows = matches!(
                case.subject,
                Subject::Table {
                    op: Op::HypotSlope,
                    ..
                }
            );
            if overflows && x.iter().all(|x| x.abs() < 1e-150) {
                continue;
            }
            if !hessian
                .iter()
                .flatten()
                .zip(swept.iter().flatten())
                .all(|(&a, &b)| alike(a, b))
            {
                return Err(format!("{mode}: {hessian:?}, not {swept:?}"));
            }
        }
        Ok(())
    });
}

/// A mode computes the entry (i, j) from one side and another from the other; where infinities meet,
/// a row and a column of a Hessian need not agree.
fn transposed(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    (0..rows.len())
        .map(|i| rows.iter().map(|row| row[i]).collect())
        .collect()
}

/// Operations whose partials do not look at every operand: straight pieces and steps. Their partials
/// are numbers where an operand is NaN, as those of any linear function are.
const STRAIGHT: &[Op] = &[
    Op::Neg,
    Op::ReluSlope,
    Op::Step,
    Op::Sign,
    Op::Floor,
    Op::Ceil,
    Op::Round,
    Op::Trunc,
    Op::LeakyReluSlope,
    Op::Add,
    Op::Sub,
    Op::Mul,
    Op::Div,
    Op::ChainMul,
    Op::QuotientOrZero,
    Op::RemQuotient,
    Op::RemSlope,
    Op::Copysign,
    Op::MaxShare,
    Op::Xlogy,
    Op::Select,
    Op::Within,
    Op::ClampLow,
    Op::ClampHigh,
    Op::MulAdd,
    Op::Sum,
    Op::Product,
    Op::Dot,
];

#[test]
fn where_the_value_is_nan_every_partial_is() {
    check(|case| {
        let Subject::Table { op, attribute } = case.subject else {
            unreachable!("the table's cases")
        };
        let x = case.x();
        let straight_here = match op {
            Op::Powi => attribute == 1.0,
            Op::Pow | Op::PowLn => x[1] == 1.0 || x[0] == 1.0 || x[1].abs() < 1e-16, // the last: x^(y-1) is 1/x
            _ => STRAIGHT.contains(&op),
        };
        if straight_here || !case.f(&x).is_nan() {
            return Ok(());
        }
        same("gradient", &case.gradient(&x), &vec![NAN; x.len()])
    });
}

/// Operation, attribute, operands; then the value and the gradient that the conventions demand.
type Row = (Op, f64, &'static [f64], f64, &'static [f64]);

/// Holds rows to their numbers: infinities, zeros and NaN exactly, others to the last digit or two.
#[track_caller]
fn check_rows(rows: &[Row]) {
    for &(op, attribute, operands, value, gradient) in rows {
        let case = Case {
            subject: Subject::Table { op, attribute },
            operands: operands.to_vec(),
            variables: (0..operands.len()).collect(),
            elsewhere: operands.to_vec(),
        };
        let found = std::iter::once(case.f(operands)).chain(case.gradient(operands));
        for (what, (got, &want)) in found
            .zip(std::iter::once(&value).chain(gradient))
            .enumerate()
        {
            let near = got == want
                || got.is_nan() && want.is_nan()
                || (got - want).abs() <= 6e-16 * want.abs();
            let what = if what == 0 {
                "value".to_string()
            } else {
                format!("derivative by operand {}", what - 1)
            };
            assert!(near, "{case}: {what}: {got:?}, not {want:?}");
        }
        gradient_is_the_same_in_every_mode(&case).unwrap_or_else(|what| panic!("{case}: {what}"));
    }
}

#[test]
fn kinks_and_ties() {
    check_rows(&[
        (Op::Relu, 0.0, &[0.0], 0.0, &[0.0]),
        (Op::Relu, 0.0, &[-0.0], 0.0, &[0.0]),
        (Op::Max, 0.0, &[0.0, 0.0], 0.0, &[0.5, 0.5]), // relu is an operation of its own: this is a tie
        (Op::Abs, 0.0, &[0.0], 0.0, &[0.0]),
        (Op::Abs, 0.0, &[-0.0], 0.0, &[0.0]),
        (Op::LeakyRelu, 0.01, &[0.0], 0.0, &[0.01]),
        (Op::LeakyRelu, 0.2, &[-0.0], 0.0, &[0.2]),
        (Op::Elu, 1.0, &[0.0], 0.0, &[1.0]),
        (Op::Elu, 0.5, &[0.0], 0.0, &[0.5]),
        (Op::Step, 0.0, &[0.0], 0.5, &[0.0]),
        (Op::Step, 0.0, &[-0.0], 0.5, &[0.0]),
        (Op::Step, 0.0, &[-TINY], 0.0, &[0.0]),
        (Op::Step, 0.0, &[TINY], 1.0, &[0.0]),
        (Op::Sign, 0.0, &[0.0], 0.0, &[0.0]),
        (Op::Sign, 0.0, &[-0.0], 0.0, &[0.0]),
        (Op::Sign, 0.0, &[-TINY], -1.0, &[0.0]),
        (Op::Floor, 0.0, &[2.0], 2.0, &[0.0]),
        (Op::Floor, 0.0, &[-0.5], -1.0, &[0.0]),
        (Op::Ceil, 0.0, &[2.5], 3.0, &[0.0]),
        (Op::Round, 0.0, &[2.5], 2.0, &[0.0]), // halves to even
        (Op::Round, 0.0, &[3.5], 4.0, &[0.0]),
        (Op::Round, 0.0, &[-0.5], 0.0, &[0.0]),
        (Op::Round, 0.0, &[0.5], 0.0, &[0.0]),
        (Op::Trunc, 0.0, &[-2.5], -2.0, &[0.0]),
        (Op::Ramp, 0.0, &[-0.5], 0.0, &[0.0]),
        (Op::Ramp, 0.0, &[0.5], 1.0, &[0.0]),
        (Op::Ramp, 0.0, &[0.0], 0.5, &[1.0]),
        (Op::HardTanh, 0.0, &[-1.0], -1.0, &[0.0]),
        (Op::HardTanh, 0.0, &[1.0], 1.0, &[0.0]),
        (Op::HardTanh, 0.0, &[0.5], 0.5, &[1.0]),
        (Op::Max, 0.0, &[3.0, 3.0], 3.0, &[0.5, 0.5]),
        (Op::Min, 0.0, &[3.0, 3.0], 3.0, &[0.5, 0.5]),
        (Op::Max, 0.0, &[0.0, -0.0], 0.0, &[0.5, 0.5]),
        (Op::Max, 0.0, &[INF, INF], INF, &[0.5, 0.5]),
        (Op::Min, 0.0, &[-INF, -INF], -INF, &[0.5, 0.5]),
        (Op::Max, 0.0, &[-INF, INF], INF, &[0.0, 1.0]),
        (Op::Min, 0.0, &[-INF, INF], -INF, &[1.0, 0.0]),
        (Op::Clamp, 0.0, &[1.0, 1.0, 2.0], 1.0, &[0.0, 1.0, 0.0]),
        (Op::Clamp, 0.0, &[2.0, 1.0, 2.0], 2.0, &[0.0, 0.0, 1.0]),
        (Op::Clamp, 0.0, &[1.5, 1.0, 2.0], 1.5, &[1.0, 0.0, 0.0]),
        (Op::Clamp, 0.0, &[0.0, 2.0, 1.0], 1.0, &[0.0, 0.0, 1.0]), // crossed bounds: the upper
        (Op::Clamp, 0.0, &[1.0, 1.0, 1.0], 1.0, &[0.0, 1.0, 0.0]), // a slope of 1 in all, not of 2
        (Op::Clamp, 0.0, &[INF, -1.0, 1.0], 1.0, &[0.0, 0.0, 1.0]),
        (Op::Hypot, 0.0, &[0.0, 0.0], 0.0, &[0.0, 0.0]),
        (Op::Hypot, 0.0, &[-0.0, 0.0], 0.0, &[0.0, 0.0]),
        (Op::Norm, 0.0, &[0.0, -0.0, 0.0], 0.0, &[0.0, 0.0, 0.0]),
        (Op::Atan2, 0.0, &[0.0, 0.0], 0.0, &[0.0, 0.0]),
        (Op::Atan2, 0.0, &[0.0, -1.0], PI, &[-1.0, 0.0]),
        (Op::Softsign, 0.0, &[0.0], 0.0, &[1.0]),
        (Op::Copysign, 0.0, &[0.0, 1.0], 0.0, &[0.0, 0.0]),
        (Op::Copysign, 0.0, &[2.0, -0.0], -2.0, &[-1.0, 0.0]),
        (Op::Select, 0.0, &[0.0, 3.0, 4.0], 4.0, &[0.0, 0.0, 1.0]),
        (Op::Select, 0.0, &[NAN, 3.0, 4.0], 4.0, &[0.0, 0.0, 1.0]),
    ]);
    // Both operands are the same variable: the halves of the tie add up.
    assert_eq!(tape::gradient(|x| x[0].max(x[0]), &[3.0]), [1.0]);
    assert_eq!(tape::gradient(|x| x[0].min(x[0]), &[INF]), [1.0]);
    // A literal takes its half with it.
    assert_eq!(tape::gradient(|x| x[0].max(0.0), &[0.0]), [0.5]);
    assert_eq!(tape::gradient(|x| x[0].clamp(0.0, 1.0), &[0.0]), [0.0]);
}

#[test]
fn powers() {
    check_rows(&[
        (Op::Powi, 2.0, &[-3.0], 9.0, &[-6.0]),
        (Op::Powi, 3.0, &[-3.0], -27.0, &[27.0]),
        (Op::Powi, 0.0, &[0.0], 1.0, &[0.0]),
        (Op::Powi, 0.0, &[NAN], 1.0, &[0.0]),
        (Op::Powi, 0.0, &[INF], 1.0, &[0.0]),
        (Op::Powi, 1.0, &[0.0], 0.0, &[1.0]),
        (Op::Powi, 2.0, &[0.0], 0.0, &[0.0]),
        (Op::Powi, -1.0, &[0.0], INF, &[-INF]),
        (Op::Powi, -2.0, &[1e155], 1e-310, &[0.0]),
        (
            Op::Powi,
            1e6,
            &[1.000001],
            2.718_280_469_095_753,
            &[2_718_277.750_818_002_7],
        ),
        (Op::Pow, 0.0, &[0.0, 0.0], 1.0, &[0.0, 0.0]),
        (Op::Pow, 0.0, &[0.0, 2.0], 0.0, &[0.0, 0.0]),
        (Op::Pow, 0.0, &[0.0, 1.0], 0.0, &[1.0, 0.0]),
        (Op::Pow, 0.0, &[0.0, -1.0], INF, &[-INF, -INF]),
        (Op::Pow, 0.0, &[-2.0, 3.0], -8.0, &[12.0, NAN]),
        (Op::Pow, 0.0, &[-2.0, 0.0], 1.0, &[0.0, NAN]),
        (Op::Pow, 0.0, &[-8.0, 1.0 / 3.0], NAN, &[NAN, NAN]),
        (Op::Pow, 0.0, &[NAN, 0.0], 1.0, &[0.0, NAN]),
        (Op::Pow, 0.0, &[1.0, NAN], 1.0, &[NAN, NAN]),
        (Op::Pow, 0.0, &[NAN, 2.0], NAN, &[NAN, NAN]),
        (Op::Pow, 0.0, &[INF, -1.0], 0.0, &[0.0, 0.0]),
        (Op::Pow, 0.0, &[INF, 2.0], INF, &[INF, INF]),
        (Op::Pow, 0.0, &[2.0, -INF], 0.0, &[0.0, 0.0]),
        (Op::Pow, 0.0, &[0.5, INF], 0.0, &[0.0, 0.0]),
    ]);
    // A literal exponent never touches ln x.
    assert_eq!(tape::gradient(|x| x[0].pow(2.0), &[-3.0]), [-6.0]);
    assert_eq!(tape::gradient(|x| x[0].powf(3.0), &[0.0]), [0.0]);
    assert_eq!(tape::gradient(|x| x[0].powf(0.0), &[NAN]), [0.0]);
    assert_eq!(tape::hessian(|x| x[0].powf(3.0), &[-3.0]), [[-18.0]]);
    assert_eq!(
        tape::derivatives(|x| x.powf(2.0), 0.0, 4),
        [0.0, 0.0, 2.0, 0.0, 0.0]
    );
    // pow(0, 2): second derivatives are finite.
    assert_eq!(
        tape::hessian(|x| x[0].pow(x[1]), &[0.0, 2.0]),
        [[2.0, 0.0], [0.0, 0.0]]
    );
}

#[test]
fn ends_of_domains() {
    check_rows(&[
        (Op::Sqrt, 0.0, &[0.0], 0.0, &[INF]),
        (Op::Sqrt, 0.0, &[-0.0], 0.0, &[INF]),
        (Op::Cbrt, 0.0, &[0.0], 0.0, &[INF]),
        (Op::Ln, 0.0, &[0.0], -INF, &[INF]),
        (Op::Ln, 0.0, &[-0.0], -INF, &[INF]),
        (Op::Log2, 0.0, &[0.0], -INF, &[INF]),
        (Op::Log10, 0.0, &[0.0], -INF, &[INF]),
        (Op::Log1p, 0.0, &[-1.0], -INF, &[INF]),
        (Op::Asin, 0.0, &[1.0], PI / 2.0, &[INF]),
        (Op::Acos, 0.0, &[-1.0], PI, &[-INF]),
        (Op::Acosh, 0.0, &[1.0], 0.0, &[INF]),
        (Op::Atanh, 0.0, &[1.0], INF, &[INF]),
        (Op::Atanh, 0.0, &[-1.0], -INF, &[INF]),
        (Op::Recip, 0.0, &[0.0], INF, &[-INF]),
        (Op::Recip, 0.0, &[-0.0], -INF, &[-INF]),
        (Op::Div, 0.0, &[1.0, 0.0], INF, &[INF, -INF]),
        (Op::Div, 0.0, &[1.0, INF], 0.0, &[0.0, 0.0]),
        (Op::Xlogy, 0.0, &[0.0, 0.0], 0.0, &[-INF, 0.0]),
        (Op::Xlogy, 0.0, &[0.0, 2.0], 0.0, &[LN_2, 0.0]),
        (Op::Xlogy, 0.0, &[2.0, 0.0], -INF, &[-INF, INF]),
        // A pole between a rising and a falling side: the value is infinite, the slope neither.
        (Op::Lgamma, 0.0, &[0.0], INF, &[NAN]),
        (Op::Lgamma, 0.0, &[-3.0], INF, &[NAN]),
    ]);
}

/// Outside its domain, value and partials are NaN, even where the partial's formula is a number.
#[test]
fn outside_the_domain_everything_is_nan() {
    let outside: &[(Op, f64, &'static [f64])] = &[
        (Op::Ln, 0.0, &[-1.0]),
        (Op::Log2, 0.0, &[-1.0]),
        (Op::Log10, 0.0, &[-INF]),
        (Op::Log1p, 0.0, &[-2.0]),
        (Op::Sqrt, 0.0, &[-1.0]),
        (Op::Asin, 0.0, &[2.0]),
        (Op::Acos, 0.0, &[-2.0]),
        (Op::Asin, 0.0, &[INF]),
        (Op::Acosh, 0.0, &[0.5]),
        (Op::Acosh, 0.0, &[-2.0]),
        (Op::Atanh, 0.0, &[2.0]),
        (Op::Atanh, 0.0, &[-INF]),
        (Op::Sin, 0.0, &[INF]),
        (Op::Cos, 0.0, &[-INF]),
        (Op::Tan, 0.0, &[INF]),
        (Op::Digamma, 0.0, &[0.0]),
        (Op::Digamma, 0.0, &[-2.0]),
        (Op::Polygamma, 1.0, &[-1.0]),
        (Op::Polygamma, -1.0, &[1.0]),
        (Op::Rem, 0.0, &[1.0, 0.0]),
        (Op::Rem, 0.0, &[INF, 1.0]),
        (Op::Pow, 0.0, &[-1.5, 0.5]),
        (Op::Xlogy, 0.0, &[1.0, -1.0]),
    ];
    for &(op, attribute, operands) in outside {
        check_rows(&[(op, attribute, operands, NAN, &[NAN, NAN][..operands.len()])]);
    }
}

/// At an infinity, value and derivatives are their limits.
#[test]
fn limits_at_infinity() {
    /// Operation, attribute; value, first and second derivative at -inf and at +inf.
    type Limits = (Op, f64, [f64; 3], [f64; 3]);
    const LIMITS: &[Limits] = &[
        (Op::Recip, 0.0, [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
        (Op::Square, 0.0, [INF, -INF, 2.0], [INF, INF, 2.0]),
        (Op::Sqrt, 0.0, [NAN, NAN, NAN], [INF, 0.0, 0.0]),
        (Op::Cbrt, 0.0, [-INF, 0.0, 0.0], [INF, 0.0, 0.0]),
        (Op::Exp, 0.0, [0.0, 0.0, 0.0], [INF, INF, INF]),
        (Op::Exp2, 0.0, [0.0, 0.0, 0.0], [INF, INF, INF]),
        (Op::Exp10, 0.0, [0.0, 0.0, 0.0], [INF, INF, INF]),
        (Op::Expm1, 0.0, [-1.0, 0.0, 0.0], [INF, INF, INF]),
        (Op::Ln, 0.0, [NAN, NAN, NAN], [INF, 0.0, 0.0]),
        (Op::Log2, 0.0, [NAN, NAN, NAN], [INF, 0.0, 0.0]),
        (Op::Log10, 0.0, [NAN, NAN, NAN], [INF, 0.0, 0.0]),
        (Op::Log1p, 0.0, [NAN, NAN, NAN], [INF, 0.0, 0.0]),
        (Op::Atan, 0.0, [-PI / 2.0, 0.0, 0.0], [PI / 2.0, 0.0, 0.0]),
        (Op::Sinh, 0.0, [-INF, INF, -INF], [INF, INF, INF]),
        (Op::Cosh, 0.0, [INF, -INF, INF], [INF, INF, INF]),
        (Op::Tanh, 0.0, [-1.0, 0.0, 0.0], [1.0, 0.0, 0.0]),
        (Op::Asinh, 0.0, [-INF, 0.0, 0.0], [INF, 0.0, 0.0]),
        (Op::Acosh, 0.0, [NAN, NAN, NAN], [INF, 0.0, 0.0]),
        (Op::Sigmoid, 0.0, [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]),
        (Op::LogSigmoid, 0.0, [-INF, 1.0, 0.0], [0.0, 0.0, 0.0]),
        (Op::Softplus, 0.0, [0.0, 0.0, 0.0], [INF, 1.0, 0.0]),
        (Op::Relu, 0.0, [0.0, 0.0, 0.0], [INF, 1.0, 0.0]),
        (Op::LeakyRelu, 0.01, [-INF, 0.01, 0.0], [INF, 1.0, 0.0]),
        (Op::Elu, 1.0, [-1.0, 0.0, 0.0], [INF, 1.0, 0.0]),
        (
            Op::Selu,
            0.0,
            [-1.758_099_340_847_376_6, 0.0, 0.0],
            [INF, 1.050_700_987_355_480_5, 0.0],
        ),
        (Op::Silu, 0.0, [0.0, 0.0, 0.0], [INF, 1.0, 0.0]),
        (Op::Mish, 0.0, [0.0, 0.0, 0.0], [INF, 1.0, 0.0]),
        (Op::Softsign, 0.0, [-1.0, 0.0, 0.0], [1.0, 0.0, 0.0]),
        (Op::Gelu, 0.0, [0.0, 0.0, 0.0], [INF, 1.0, 0.0]),
        (Op::GeluTanh, 0.0, [0.0, 0.0, 0.0], [INF, 1.0, 0.0]),
        (Op::HardTanh, 0.0, [-1.0, 0.0, 0.0], [1.0, 0.0, 0.0]),
        (Op::Ramp, 0.0, [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]),
        (Op::Step, 0.0, [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]),
        (Op::Sign, 0.0, [-1.0, 0.0, 0.0], [1.0, 0.0, 0.0]),
        (Op::Abs, 0.0, [INF, -1.0, 0.0], [INF, 1.0, 0.0]),
        (Op::Erf, 0.0, [-1.0, 0.0, 0.0], [1.0, 0.0, 0.0]),
        (Op::Erfc, 0.0, [2.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
        (Op::Digamma, 0.0, [NAN, NAN, NAN], [INF, 0.0, 0.0]),
        (Op::Powi, 3.0, [-INF, INF, -INF], [INF, INF, INF]),
        (Op::Powi, -2.0, [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
    ];
    for &(op, attribute, below, above) in LIMITS {
        for (x, want) in [(-INF, below), (INF, above)] {
            let got = tape::derivatives(|x| op.apply(&[x], attribute).expect("one operand"), x, 2);
            same(&format!("{} at {x}", op.info().name), &got, &want)
                .unwrap_or_else(|what| panic!("{what}"));
        }
    }
    check_rows(&[
        (Op::Hypot, 0.0, &[-INF, 1.0], INF, &[-1.0, 0.0]),
        (Op::Hypot, 0.0, &[1.0, INF], INF, &[0.0, 1.0]),
        (Op::Hypot, 0.0, &[INF, INF], INF, &[NAN, NAN]), // every direction has a limit of its own
        (Op::Atan2, 0.0, &[INF, 1.0], PI / 2.0, &[0.0, 0.0]),
        (Op::Atan2, 0.0, &[1.0, INF], 0.0, &[0.0, 0.0]),
        (Op::Atan2, 0.0, &[INF, INF], PI / 4.0, &[0.0, 0.0]),
        (Op::Rem, 0.0, &[-1.5, INF], -1.5, &[1.0, 0.0]),
        (Op::Logsumexp, 0.0, &[INF, 1.0], INF, &[1.0, 0.0]),
        (Op::Logsumexp, 0.0, &[INF, INF], INF, &[0.5, 0.5]),
        (Op::Logsumexp, 0.0, &[-INF, 1.0], 1.0, &[0.0, 1.0]),
        (Op::Logsumexp, 0.0, &[-INF, -INF], -INF, &[0.0, 0.0]),
        (Op::Logsumexp, 0.0, &[NAN, 1.0], NAN, &[NAN, NAN]),
        (Op::ExpShift, 0.0, &[INF, INF], 1.0, &[1.0, -1.0]),
    ]);
}

#[test]
fn nan_is_never_laundered() {
    check_rows(&[
        (Op::Max, 0.0, &[NAN, 1.0], NAN, &[NAN, NAN]),
        (Op::Max, 0.0, &[1.0, NAN], NAN, &[NAN, NAN]),
        (Op::Min, 0.0, &[NAN, INF], NAN, &[NAN, NAN]),
        (Op::Relu, 0.0, &[NAN], NAN, &[NAN]),
        (Op::Clamp, 0.0, &[NAN, 0.0, 1.0], NAN, &[NAN, NAN, NAN]),
        (Op::Clamp, 0.0, &[0.5, NAN, 1.0], NAN, &[NAN, NAN, NAN]),
        (Op::Hypot, 0.0, &[INF, NAN], NAN, &[NAN, NAN]),
        (Op::Xlogy, 0.0, &[0.0, NAN], NAN, &[NAN, 0.0]),
        (Op::Copysign, 0.0, &[1.0, NAN], NAN, &[NAN, 0.0]),
        (Op::Sign, 0.0, &[NAN], NAN, &[0.0]),
        (Op::Step, 0.0, &[NAN], NAN, &[0.0]),
        (Op::Round, 0.0, &[NAN], NAN, &[0.0]),
    ]);
}

/// Where the formula of a textbook has no digits left. References: mpmath, 40 digits.
#[test]
fn formulas_keep_their_digits() {
    /// Operation, operands, order of the derivative by the first operand, reference, tolerance.
    const REFERENCES: &[(Op, f64, usize, f64, f64)] = &[
        (Op::Sigmoid, 30.0, 1, 9.357_622_968_838_423e-14, 1e-15),
        (Op::Sigmoid, 40.0, 1, 4.248_354_255_291_589e-18, 1e-15),
        (Op::Sigmoid, 40.0, 2, -4.248_354_255_291_589e-18, 1e-15),
        (Op::Sigmoid, -700.0, 1, 9.859_676_543_759_77e-305, 1e-15),
        (Op::Tanh, 9.1, 1, 4.987_700_989_914_586e-8, 1e-15),
        (Op::Tanh, 19.0, 1, 1.255_653_116_819_211_8e-16, 1e-15),
        (Op::Tanh, 19.0, 2, -2.511_306_233_638_423_6e-16, 1e-15),
        (Op::Tanh, -300.0, 1, 1.060_158_621_201_724_3e-260, 1e-15),
        (Op::Softplus, -30.0, 0, 9.357_622_968_839_737e-14, 1e-15),
        (Op::Softplus, -745.0, 0, TINY, 0.0),
        (Op::Softplus, 40.0, 0, 40.0, 1e-15),
        (Op::LogSigmoid, 40.0, 0, -4.248_354_255_291_589e-18, 1e-15),
        (Op::Silu, -40.0, 1, -1.656_858_159_563_719_7e-16, 1e-15),
        (Op::Mish, -40.0, 1, -1.656_858_159_563_719_7e-16, 1e-15),
        (Op::Erfc, 20.0, 0, 5.395_865_611_607_901e-176, 1e-15),
        (Op::Erfc, 20.0, 1, -2.161_037_474_386_798_5e-174, 1e-15),
        (Op::Gelu, -10.0, 1, -7.618_400_096_464_814e-22, 2e-14), // the rounding of x^2/2 is 50 ulp
        (Op::Gelu, -10.0, 2, -7.540_706_654_172_291e-21, 2e-14),
        (Op::Gelu, -20.0, 0, -5.507_248_237_212_467e-88, 6e-14),
        (Op::GeluTanh, -6.0, 1, -7.709_973_930_953_696e-10, 1e-14),
        (Op::Log1p, 1e-20, 0, 1e-20, 1e-15),
        (Op::Asinh, 1e200, 1, 1e-200, 1e-15),
        (Op::Acosh, 1e200, 1, 1e-200, 1e-15),
        (
            Op::Asin,
            1.0 - f64::EPSILON / 2.0,
            1,
            67_108_864.000_000_002,
            1e-15,
        ),
        (Op::Atanh, 1e-10, 2, 2e-10, 1e-15),
        (Op::Asin, 1e-10, 2, 1e-10, 1e-15),
        (Op::Tanh, 0.0, 3, -2.0, 0.0), // through abs it would be 0
        (Op::Sigmoid, 0.0, 3, -0.125, 0.0),
    ];
    for &(op, x, order, want, tolerance) in REFERENCES {
        let got = tape::derivatives(|x| op.apply(&[x], 0.0).expect("one operand"), x, order)[order];
        assert!(
            (got - want).abs() <= tolerance * want.abs(),
            "{}^({order}) at {x}: {got:e}, not {want:e}",
            op.info().name
        );
    }
    check_rows(&[
        (
            Op::Div,
            0.0,
            &[1e200, 3e200],
            1.0 / 3.0,
            &[1.0 / 3e200, -1.0 / 9e200],
        ), // y^2 overflows
        (Op::Hypot, 0.0, &[3e300, 4e300], 5e300, &[0.6, 0.8]),
        (Op::Hypot, 0.0, &[3e-310, 4e-310], 5e-310, &[0.6, 0.8]),
        (Op::Norm, 0.0, &[3e200, 4e200], 5e200, &[0.6, 0.8]),
        (Op::Norm, 0.0, &[3e-200, -4e-200], 5e-200, &[0.6, -0.8]),
        (
            Op::Atan2,
            0.0,
            &[3e200, 4e200],
            0.643_501_108_793_284_4,
            &[1.6e-201, -1.2e-201],
        ),
        (
            Op::Logsumexp,
            0.0,
            &[1000.0, 1000.0],
            1000.0 + LN_2,
            &[0.5, 0.5],
        ),
        (
            Op::Logsumexp,
            0.0,
            &[0.0, -700.0],
            9.859_676_543_759_77e-305,
            &[1.0, 9.859_676_543_759_77e-305],
        ),
    ]);
}

/// The gradient of a function in every mode there is: each must be `want`.
macro_rules! gradient_in_every_mode {
    ($f:expr, $x:expr, $want:expr) => {{
        let (x, want): (&[f64], &[f64]) = (&$x, &$want);
        let what = stringify!($f);
        let modes = [
            ("reverse", tape::gradient($f, x)),
            (
                "replay",
                Program::record($f, x)
                    .expect("no guards")
                    .gradient(x)
                    .expect("no guards"),
            ),
            (
                "forward",
                (0..x.len())
                    .map(|i| {
                        let mut axis = vec![0.0; x.len()];
                        axis[i] = 1.0;
                        tape::jvp($f, x, &axis)[0]
                    })
                    .collect(),
            ),
            ("gradient graph", {
                let tape = Tape::new();
                let vars = tape.leaves(x);
                $f(&vars)
                    .gradient_of(&vars)
                    .iter()
                    .map(|d| d.value())
                    .collect()
            }),
        ];
        for (mode, got) in modes {
            assert_eq!(got, want, "{what} at {x:?} in mode {mode}");
        }
    }};
}

fn root_or_nothing<R: Real>(x: &[R]) -> R {
    x[0].select(x[0].sqrt(), 0.0)
}
fn root_of_nothing<R: Real>(x: &[R]) -> R {
    x[0].sqrt() * 0.0
}
fn log_or_line<R: Real>(x: &[R]) -> R {
    (x[0] - 1.0).select(x[0].ln(), x[0] - 1.0)
}
fn length<R: Real>(x: &[R]) -> R {
    (x[0] * x[0] + x[1] * x[1]).sqrt()
}
fn product_of_roots<R: Real>(x: &[R]) -> R {
    x[0].sqrt() * x[0].sqrt()
}
fn masked<R: Real>(x: &[R]) -> R {
    x[0].recip() * x[1] * 0.0 + x[1]
}

#[test]
fn a_zero_in_the_chain_rule_wins_over_infinity_and_nan() {
    for x in [-1.0, -0.0, 0.0, -INF] {
        gradient_in_every_mode!(root_or_nothing, [x], [0.0]);
        assert_eq!(tape::hvp(root_or_nothing, &[x], &[1.0]), [0.0]);
        assert_eq!(tape::derivatives(|x| root_or_nothing(&[x]), x, 3), [0.0; 4]);
    }
    gradient_in_every_mode!(root_or_nothing, [4.0], [0.25]);
    gradient_in_every_mode!(root_of_nothing, [0.0], [0.0]);
    gradient_in_every_mode!(log_or_line, [0.0], [1.0]);
    gradient_in_every_mode!(log_or_line, [-3.0], [1.0]);
    gradient_in_every_mode!(length, [0.0, 0.0], [0.0, 0.0]);
    gradient_in_every_mode!(masked, [0.0, 5.0], [0.0, 1.0]);
    // The price: here the zero is no mask, and the true derivative is 1. The ledger marks the product.
    gradient_in_every_mode!(product_of_roots, [0.0], [0.0]);
}

#[test]
fn x_ln_x_is_nan_as_written_and_0_as_xlogy() {
    assert!((0.0 * Var::constant(0.0).ln()).value().is_nan());
    assert_eq!(Var::constant(0.0).xlogy(0.0).value(), 0.0);
}

#[test]
fn no_path_and_derivative_zero_are_different_answers() {
    let tape = Tape::new();
    let (x, y, z) = (tape.leaf(-1.0), tape.leaf(2.0), tape.leaf(3.0));
    let g = x.select(y, 4.0).backward();
    assert_eq!((g.get(y), g.get(z)), (Some(0.0), None));
    assert_eq!((g[y], g[z]), (0.0, 0.0));
}

#[test]
fn subnormal_numbers_are_not_flushed() {
    check_rows(&[
        (Op::Mul, 0.0, &[1e-310, 0.5], 5e-311, &[0.5, 1e-310]),
        (Op::Silu, 0.0, &[1e-310], 5e-311, &[0.5]),
        (Op::Neg, 0.0, &[TINY], -TINY, &[-1.0]),
        (Op::Sum, 0.0, &[TINY, TINY], 1e-323, &[1.0, 1.0]),
        (
            Op::Sqrt,
            0.0,
            &[TINY],
            2.222_758_749_485_077_5e-162,
            &[2.249_456_897_271_598_2e161],
        ),
    ]);
    // An adjoint may be subnormal too.
    assert_eq!(tape::gradient(|x| x[0] * 1e-310 * 0.5, &[1.0]), [5e-311]);
}
