//! The lanes against the rows: the dense half of the numbers, the edges, every set of instructions.

use super::super::lanes::Vectors;
use super::super::map::unary_on;
use crate::element::Element;
use crate::op::{Attributed, Binary, Nary, Op, Ternary, Unary, Visitor};

/// How far a kernel may be off, in units in the last place: for `f32`, and for `f64` against the
/// row, which is itself within 1 (2.5 for erfc, 4 for the two slopes).
const BOUNDS: &[(Op, f64, f64)] = &[
    (Op::Exp, 1.0, 1.5),
    (Op::Exp2, 1.1, 1.6),
    (Op::Expm1, 2.0, 2.5),
    (Op::Ln, 1.0, 1.5),
    (Op::Log2, 2.0, 2.0),
    (Op::Log1p, 1.0, 1.5),
    (Op::Tanh, 3.0, 4.0),
    (Op::SechSquared, 4.0, 5.0),
    (Op::Sigmoid, 2.0, 2.5),
    (Op::SigmoidSlope, 4.0, 5.0),
    (Op::Softplus, 2.0, 2.5),
    (Op::LogSigmoid, 2.0, 2.5),
    (Op::Erf, 2.0, 3.0),
    (Op::Erfc, 6.0, 7.0),
    (Op::Selu, 3.0, 4.0),
];

/// Rows whose arithmetic is the same in the lanes: the same bits in `f64`, rounded once in `f32`.
const EXACT: &[Op] = &[
    Op::Neg,
    Op::Square,
    Op::Recip,
    Op::Sqrt,
    Op::LnSlope,
    Op::Relu,
    Op::ReluSlope,
    Op::HardTanh,
    Op::Step,
    Op::Sign,
    Op::Floor,
    Op::Ceil,
    Op::Round,
    Op::Trunc,
    Op::Abs,
];

/// Rows that lose places in a tail, by their formula (`x` times a factor that is subnormal there, or a rounded
/// argument of an exponential): held to the edges only.
const LOOSE: &[Op] = &[Op::Silu, Op::Mish, Op::Gelu, Op::GeluTanh];

/// One operation over a slice, with some set of instructions.
struct Apply<'a, T> {
    vectors: Vectors,
    x: &'a [T],
    out: &'a mut [T],
}

impl<T: Element> Visitor for Apply<'_, T> {
    type Out = ();
    fn leaf(self) {}
    fn detach(self) {}
    fn call(self) {}
    fn unary<R: Unary>(self) {
        unary_on::<R, T>(self.vectors, self.x, self.out);
    }
    fn attributed<R: Attributed>(self) {}
    fn binary<R: Binary>(self) {}
    fn ternary<R: Ternary>(self) {}
    fn nary<R: Nary>(self) {}
}

fn apply<T: Element>(op: Op, vectors: Vectors, x: &[T]) -> Vec<T> {
    let mut out = vec![T::default(); x.len()];
    let work = Apply {
        vectors,
        x,
        out: &mut out,
    };
    op.dispatch(work);
    out
}

/// What the row says.
fn row(op: Op, x: f64) -> f64 {
    op.apply(&[x], 0.0).expect("a row of one operand")
}

/// The distance in units in the last place of `want`, `digits` after the point.
fn ulps(got: f64, want: f64, digits: i32, least_exponent: i32) -> f64 {
    if got == want || got.is_nan() && want.is_nan() {
        return 0.0;
    }
    let exponent = (want.abs().log2().floor() as i32).max(least_exponent);
    (got - want).abs() / 2f64.powi(exponent - digits)
}

fn ulps_f32(got: f32, want: f64) -> f64 {
    let rounded = want as f32;
    if got == rounded || rounded.is_infinite() || got.is_infinite() {
        // Beyond the largest number the reference has no infinity to compare with.
        let near = got == rounded || got.abs() == f32::MAX || rounded.abs() == f32::MAX;
        return if near && got.is_infinite() == rounded.is_infinite() {
            ulps(f64::from(got), want, 23, -126).min(0.5)
        } else if near {
            1.0
        } else {
            f64::INFINITY
        };
    }
    ulps(f64::from(got), want, 23, -126)
}

#[test]
fn f32_is_as_close_as_said_all_over_its_range() {
    // An odd stride through all bit patterns: every exponent and sign, subnormals and NaN included.
    let x: Vec<f32> = (0..=u32::MAX).step_by(49_999).map(f32::from_bits).collect();
    for vectors in Vectors::available() {
        let exact = EXACT.iter().map(|&op| (op, 0.5));
        let bounds = BOUNDS.iter().map(|&(op, bound, _)| (op, bound));
        for (op, bound) in exact.chain(bounds) {
            for (&x, got) in x.iter().zip(apply(op, vectors, &x)) {
                let want = row(op, f64::from(x));
                let off = ulps_f32(got, want);
                assert!(
                    off <= bound,
                    "{vectors:?} {op:?}({x:e}) = {got:e}, want {want:e}: {off} ulp"
                );
            }
        }
    }
}

/// Random numbers without a crate: the top bits of a linear congruence (Knuth's MMIX).
fn samples(count: usize, low: f64, high: f64) -> Vec<f64> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    (0..count).map(|_| low + (high - low) * next()).collect()
}

#[test]
fn f64_is_as_close_as_said() {
    let mut x = samples(4000, -3.0, 3.0);
    x.extend(samples(4000, -40.0, 40.0));
    x.extend(samples(4000, -760.0, 760.0));
    x.extend(samples(4000, -1070.0, 0.0).iter().map(|e| e.exp2()));
    x.extend(samples(4000, 0.0, 1020.0).iter().map(|e| e.exp2()));
    for vectors in Vectors::available() {
        let exact = EXACT.iter().map(|&op| (op, 0.0));
        let bounds = BOUNDS.iter().map(|&(op, _, bound)| (op, bound));
        for (op, bound) in exact.chain(bounds) {
            for (&x, got) in x.iter().zip(apply(op, vectors, &x)) {
                let want = row(op, x);
                let off = ulps(got * 2f64.powi(52), want * 2f64.powi(52), 52, -1022 + 52);
                let off = if want.abs() > 1.0 {
                    ulps(got, want, 52, 0)
                } else {
                    off
                };
                assert!(
                    off <= bound,
                    "{vectors:?} {op:?}({x:e}) = {got:e}, want {want:e}: {off} ulp"
                );
            }
        }
    }
}

/// Reference values that the rows themselves do not carry: mpmath, 40 digits.
#[test]
fn f64_agrees_with_mpmath() {
    for (op, x, want) in MPMATH {
        for vectors in Vectors::available() {
            let got = apply(*op, vectors, &[*x])[0];
            let off = ulps(got, *want, 52, -1022);
            assert!(
                off <= 4.0,
                "{vectors:?} {op:?}({x:e}) = {got:e}, want {want:e}: {off}"
            );
        }
    }
}

/// The same zero, the same infinity, NaN for NaN, and nothing else from the row's at an edge.
#[test]
fn edges_are_those_of_the_rows() {
    let sizes = [
        0.0, 5e-324, 1e-310, 1e-45, 1e-40, 1e-30, 0.5, 1.0, 2.0, 100.0, 800.0, 1e5, 1e30, 1e300,
    ];
    let mut edges = vec![f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    edges.extend(sizes.iter().flat_map(|&x| [x, -x]));
    let ops = EXACT
        .iter()
        .chain(LOOSE)
        .copied()
        .chain(BOUNDS.iter().map(|b| b.0));
    for op in ops {
        for vectors in Vectors::available() {
            for (&x, got) in edges.iter().zip(apply(op, vectors, &edges)) {
                same_kind(&format!("{op:?}({x:e})"), got, row(op, x));
            }
            let edges: Vec<f32> = edges.iter().map(|&x| x as f32).collect();
            for (&x, got) in edges.iter().zip(apply(op, vectors, &edges)) {
                let want = row(op, f64::from(x)) as f32;
                same_kind(
                    &format!("{op:?}({x:e}f32)"),
                    f64::from(got),
                    f64::from(want),
                );
            }
        }
    }
}

#[track_caller]
fn same_kind(case: &str, got: f64, want: f64) {
    let same = if want.is_nan() || want.is_infinite() {
        got.to_bits() | 1 << 63 == want.to_bits() | 1 << 63 || got.is_nan() && want.is_nan()
    } else {
        got == want || (got - want).abs() <= 1e-6 * want.abs().max(1e-36)
    };
    let same_sign = want.is_nan() || got == 0.0 || (got < 0.0) == (want < 0.0);
    assert!(same && same_sign, "{case} = {got:e}, want {want:e}");
}

#[test]
fn a_value_has_the_same_bits_wherever_it_stands() {
    let long: Vec<f32> = samples(200, -20.0, 20.0)
        .iter()
        .map(|&x| x as f32)
        .collect();
    for (op, ..) in BOUNDS {
        for vectors in Vectors::available() {
            let whole = apply(*op, vectors, &long);
            for length in 1..=70 {
                let start = 1 + 37 * length % 100;
                let part = apply(*op, vectors, &long[start..start + length]);
                let same = part
                    .iter()
                    .zip(&whole[start..])
                    .all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan());
                assert!(same, "{vectors:?} {op:?} at {start}, {length} elements");
            }
        }
    }
}

/// Operation, argument, value.
const MPMATH: &[(Op, f64, f64)] = &[
    (Op::Exp, 1e-09, 1.000000001),
    (Op::Exp, 0.1, 1.1051709180756477),
    (Op::Exp, -745.1, 5e-324),
    (Op::Exp, 709.7, 1.6549840276802644e+308),
    (Op::Exp, 33.3, 289738526663660.5),
    (Op::Exp, -708.5, 2.006132305331306e-308),
    (Op::Expm1, 1e-12, 1.0000000000005e-12),
    (Op::Expm1, 0.3612, 0.4350504422679139),
    (Op::Expm1, -0.7, -0.5034146962085905),
    (Op::Expm1, 700.0, 1.0142320547350045e+304),
    (Op::Ln, 0.7007, -0.35567544360564884),
    (Op::Ln, 1.0000001, 9.999999505838704e-08),
    (Op::Ln, 5e-324, -744.4400719213812),
    (Op::Ln, 1e+308, 709.1962086421661),
    (Op::Log1p, 1e-17, 1e-17),
    (Op::Log1p, -0.999, -6.907755278982136),
    (Op::Log1p, 0.1, 0.09531017980432487),
    (Op::Log1p, 1e+300, 690.7755278982137),
    (Op::Tanh, 1e-08, 1e-08),
    (Op::Tanh, 0.3, 0.2913126124515909),
    (Op::Tanh, 5.532169488711386, 0.9999686785520701),
    (Op::Tanh, -18.0, -0.9999999999999996),
    (Op::Sigmoid, -745.0, 5e-324),
    (Op::Sigmoid, -1.95, 0.12455335818741643),
    (Op::Sigmoid, 36.0, 0.9999999999999998),
    (Op::Sigmoid, 0.01, 0.5024999791668749),
    (Op::Softplus, -740.0, 4.2e-322),
    (Op::Softplus, -0.4, 0.5130152523999526),
    (Op::Softplus, 30.0, 30.000000000000092),
    (Op::Erf, 1e-10, 1.1283791670955126e-10),
    (Op::Erf, 0.6499, 0.6419553678723194),
    (Op::Erf, 0.6501, 0.6421032772249163),
    (Op::Erf, -3.0, -0.9999779095030014),
    (Op::Erf, 5.5, 0.9999999999999927),
    (Op::Erfc, -1.0, 1.8427007929497148),
    (Op::Erfc, 0.65, 0.35797067264432814),
    (Op::Erfc, 10.0, 2.088487583762545e-45),
    (Op::Erfc, 26.5, 2.2109076642637343e-307),
];
