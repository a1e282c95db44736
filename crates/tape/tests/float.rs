//! `num_traits::Float` for `Var` and `Dual`: functions written for any float are differentiated.
#![cfg(feature = "num-traits")]

use num_traits::{Float, FloatConst, FromPrimitive, Num, One, Signed, ToPrimitive, Zero};
use std::num::FpCategory;
use tape::{Dual, ErrorKind, Program, Tape, Var, forward, gradient};

fn horner<T: Float>(coefficients: &[T], x: T) -> T {
    coefficients
        .iter()
        .rev()
        .fold(T::zero(), |sum, &c| sum.mul_add(x, c))
}

/// The root of `x^n = a` by Newton's method, as anyone would write it.
fn root<T: Float>(a: T, n: i32) -> T {
    let n_as_float = T::from(n).unwrap();
    let mut x = T::one();
    for _ in 0..100 {
        let step = (x.powi(n) - a) / (n_as_float * x.powi(n - 1));
        x = x - step;
        if step.abs() < T::epsilon() {
            break;
        }
    }
    x
}

#[test]
fn generic_functions_are_differentiated() {
    let coefficients = [1.0, -2.0, 0.5, 3.0];
    let slope = |x: f64| -2.0 + x + 9.0 * x * x;
    let of_x = |x: &[Var]| horner(&coefficients.map(Var::constant), x[0]);
    assert!((gradient(of_x, &[0.7])[0] - slope(0.7)).abs() < 1e-14);
    assert_eq!(
        gradient(|c| horner(c, Var::constant(2.0)), &coefficients),
        [1.0, 2.0, 4.0, 8.0]
    );

    for a in [0.5f64, 2.0, 9.0] {
        let exact = a.cbrt() / (3.0 * a);
        assert!((gradient(|x| root(x[0], 3), &[a])[0] / exact - 1.0).abs() < 1e-14);
        assert!((forward::gradient(|x| root(x[0], 3), &[a])[0] / exact - 1.0).abs() < 1e-14);
    }
}

#[test]
fn a_recorded_newton_iteration_knows_its_branches() {
    let program = Program::record(|x: &[Var]| root(x[0], 2), &[2.0]).unwrap();
    assert_eq!(program.eval(&[2.0]).unwrap(), [root(2.0, 2)]);
    // Further away it takes more steps than were recorded.
    assert_eq!(
        program.eval(&[2e6]).unwrap_err().kind(),
        ErrorKind::BranchChanged
    );
}

/// Every method, on numbers where conventions differ: the value must be that of `f64`.
#[test]
fn values_are_those_of_f64() {
    const EDGES: [f64; 26] = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.3,
        -0.3,
        0.5,
        -0.5,
        1.5,
        2.5,
        -2.5,
        3.7,
        -3.7,
        0.499_999_999_999_999_94,
        -0.499_999_999_999_999_94,
        1e-310,
        1e300,
        -1e300,
        4_503_599_627_370_497.5,
        9_007_199_254_740_993.0,
        1e16,
        f64::MIN_POSITIVE,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        40.0,
    ];
    type Unary<T> = fn(T) -> T;
    fn unary<T: Float>() -> Vec<(&'static str, Unary<T>)> {
        vec![
            ("floor", T::floor),
            ("ceil", T::ceil),
            ("round", T::round),
            ("trunc", T::trunc),
            ("fract", T::fract),
            ("abs", T::abs),
            ("signum", T::signum),
            ("recip", T::recip),
            ("sqrt", |x| (x + T::zero()).sqrt()),
            ("exp", T::exp),
            ("exp2", T::exp2),
            ("ln", T::ln),
            ("log2", T::log2),
            ("log10", T::log10),
            ("cbrt", T::cbrt),
            ("to_degrees", T::to_degrees),
            ("to_radians", T::to_radians),
            ("sin", T::sin),
            ("cos", T::cos),
            ("tan", T::tan),
            ("asin", T::asin),
            ("acos", T::acos),
            ("atan", T::atan),
            ("exp_m1", T::exp_m1),
            ("ln_1p", T::ln_1p),
            ("sinh", T::sinh),
            ("cosh", T::cosh),
            ("tanh", T::tanh),
            ("asinh", T::asinh),
            ("acosh", T::acosh),
            ("atanh", T::atanh),
            ("powi 3", |x| x.powi(3)),
            ("powi -2", |x| x.powi(-2)),
            ("sin_cos.0", |x| x.sin_cos().0),
            ("sin_cos.1", |x| x.sin_cos().1),
            ("next", |x| {
                if x.is_sign_positive() {
                    x + T::epsilon()
                } else {
                    -x.min(T::max_value())
                }
            }),
        ]
    }
    type Binary<T> = fn(T, T) -> T;
    fn binary<T: Float>() -> Vec<(&'static str, Binary<T>)> {
        vec![
            ("powf", T::powf),
            ("hypot", |x, y| {
                if x.is_nan() || y.is_nan() {
                    x
                } else {
                    x.hypot(y)
                }
            }),
            ("atan2", T::atan2),
            (
                "copysign",
                |x, y| if y.is_nan() { y } else { x.copysign(y) },
            ),
            ("abs_sub", |x, y| {
                if x.is_nan() || y.is_nan() || x == y {
                    x + y
                } else {
                    x.abs_sub(y)
                }
            }),
            ("log", T::log),
            ("max", |x, y| {
                if x.is_nan() || y.is_nan() {
                    x
                } else {
                    x.max(y)
                }
            }),
            ("min", |x, y| {
                if x.is_nan() || y.is_nan() {
                    x
                } else {
                    x.min(y)
                }
            }),
            (
                "clamp",
                |x, y| if y > T::zero() { x.clamp(-y, y) } else { x },
            ),
            ("mul_add", |x, y| x.mul_add(T::one() + T::one(), y)),
        ]
    }
    let same = |name: &str, x: &dyn std::fmt::Debug, ours: f64, std: f64| {
        let close = (ours - std).abs() <= 1e-14 * std.abs()
            || (name.starts_with('a') && (ours - std).abs() <= 1e-9 * std.abs());
        assert!(
            ours == std || ours.is_nan() && std.is_nan() || close,
            "{name} {x:?}: {ours} against {std}"
        );
    };
    let tape = Tape::new();
    for x in EDGES {
        let (v, d) = (tape.leaf(x), Dual::<f64, 2>::variable(x, 1));
        for ((name, f), ((_, on_var), (_, on_dual))) in unary::<f64>()
            .into_iter()
            .zip(unary::<Var>().into_iter().zip(unary::<Dual<f64, 2>>()))
        {
            same(name, &x, on_var(v).peek(), f(x));
            same(name, &x, on_dual(d).value, f(x));
        }
        for y in EDGES {
            let (w, e) = (tape.leaf(y), Dual::<f64, 2>::variable(y, 0));
            for ((name, f), ((_, on_var), (_, on_dual))) in binary::<f64>()
                .into_iter()
                .zip(binary::<Var>().into_iter().zip(binary::<Dual<f64, 2>>()))
            {
                same(name, &(x, y), on_var(v, w).peek(), f(x, y));
                same(name, &(x, y), on_dual(d, e).value, f(x, y));
            }
        }
    }
}

#[test]
fn questions_are_answered_like_f64() {
    type Answers = (Vec<bool>, FpCategory, (u64, i16, i8), Vec<Option<i128>>);
    fn answers<T: Float + Signed + Copy>(x: T) -> Answers {
        let yes_or_no = vec![
            x.is_nan(),
            x.is_infinite(),
            x.is_finite(),
            x.is_normal(),
            x.is_subnormal(),
            Float::is_sign_positive(x),
            Float::is_sign_negative(x),
            x.is_zero(),
            x.is_one(),
            x.is_positive(),
            x.is_negative(),
        ];
        let numbers = vec![
            x.to_i8().map(Into::into),
            x.to_u8().map(Into::into),
            x.to_i32().map(Into::into),
            x.to_u32().map(Into::into),
            x.to_i64().map(Into::into),
            x.to_u64().map(Into::into),
            x.to_i128(),
            x.to_f64().map(|x| i128::from(x.to_bits())),
            x.to_f32().map(|x| i128::from(x.to_bits())),
        ];
        (yes_or_no, x.classify(), x.integer_decode(), numbers)
    }
    let tape = Tape::new();
    for x in [
        0.0,
        -0.0,
        1.0,
        -2.5,
        1e-310,
        -1e-320,
        f64::MIN_POSITIVE,
        1e300,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        300.0,
        3e9,
    ] {
        assert_eq!(answers(tape.leaf(x)), answers(x), "{x}");
        assert_eq!(answers(Dual::<f64, 1>::variable(x, 0)), answers(x), "{x}");
    }
}

#[test]
fn derivatives_of_every_method() {
    type Case = (&'static str, fn(Var) -> Var, f64, f64);
    let (l, x) = (2f64.ln(), 0.6f64);
    let cases: &[Case] = &[
        ("floor", Float::floor, 2.5, 0.0),
        ("round", Float::round, 2.4, 0.0),
        ("signum", Float::signum, -2.4, 0.0),
        ("fract", Float::fract, 2.4, 1.0),
        ("to_degrees", Float::to_degrees, 1.0, 180.0 / f64::PI()),
        ("to_radians", Float::to_radians, 1.0, f64::PI() / 180.0),
        (
            "abs_sub above",
            |x| Float::abs_sub(x, Var::constant(1.0)),
            2.0,
            1.0,
        ),
        (
            "abs_sub below",
            |x| Float::abs_sub(x, Var::constant(1.0)),
            0.5,
            0.0,
        ),
        (
            "log",
            |x| Float::log(x, Var::constant(2.0)),
            3.0,
            1.0 / (3.0 * l),
        ),
        ("exp_m1", Float::exp_m1, 1.0, 1f64.exp()),
        ("ln_1p", Float::ln_1p, 1.0, 0.5),
        (
            "powf",
            |x| Float::powf(x, Var::constant(2.5)),
            4.0,
            2.5 * 8.0,
        ),
        ("atan2", |x| Float::atan2(x, Var::constant(2.0)), 1.0, 0.4),
        ("hypot", |x| Float::hypot(x, Var::constant(4.0)), 3.0, 0.6),
        (
            "copysign",
            |x| Float::copysign(x, Var::constant(-4.0)),
            3.0,
            -1.0,
        ),
        (
            "clamp",
            |x| Float::clamp(x, Var::constant(0.0), Var::constant(1.0)),
            0.5,
            1.0,
        ),
        ("max", |x| Float::max(x, Var::constant(0.0)), 0.5, 1.0),
        ("min", |x| Float::min(x, Var::constant(0.0)), 0.5, 0.0),
        (
            "mul_add",
            |x| Float::mul_add(x, Var::constant(3.0), x),
            0.5,
            4.0,
        ),
        (
            "sin_cos",
            |x| {
                let (s, c) = Float::sin_cos(x);
                s * c
            },
            x,
            (2.0 * x).cos(),
        ),
        ("Signed::abs", |x| Signed::abs(&x), -3.0, -1.0),
        (
            "Signed::abs_sub",
            |x| Signed::abs_sub(&x, &Var::constant(1.0)),
            3.0,
            1.0,
        ),
    ];
    for (name, f, x, slope) in cases {
        let found = gradient(|v| f(v[0]), &[*x])[0];
        assert!(
            (found - slope).abs() <= 1e-14 * slope.abs(),
            "{name}: {found} against {slope}"
        );
    }
}

#[test]
fn nan_is_kept_and_bounds_may_be_the_wrong_way_round() {
    let (nan, one) = (Var::constant(f64::NAN), Var::constant(1.0));
    for x in [
        Float::max(nan, one),
        Float::max(one, nan),
        Float::min(nan, one),
        Float::clamp(nan, -one, one),
        Float::signum(nan),
        Float::round(nan),
    ] {
        assert!(x.peek().is_nan());
    }
    assert_eq!(
        Float::clamp(Var::constant(0.5), Var::constant(2.0), one).peek(),
        1.0
    );
}

#[test]
fn constants_and_conversions() {
    assert_eq!(<Var as FloatConst>::PI().peek(), std::f64::consts::PI);
    assert_eq!(
        <Dual<f64, 3> as FloatConst>::LOG10_2().value,
        std::f64::consts::LOG10_2
    );
    assert_eq!((Var::zero().peek(), Var::one().peek()), (0.0, 1.0));
    assert_eq!(Var::from_i64(-3).unwrap().peek(), -3.0);
    assert_eq!(Var::from_u128(u128::MAX).unwrap().peek(), 2f64.powi(128));
    assert_eq!(
        <Var as num_traits::NumCast>::from(2.5f32).unwrap().peek(),
        2.5
    );
    assert_eq!(Var::from_str_radix("1.5", 10).unwrap().peek(), 1.5);
    assert!(Var::from_str_radix("x", 10).is_err());
    assert_eq!(Var::constant(3.9).to_usize(), Some(3));
    assert_eq!(
        Float::max(Var::max_value(), Var::infinity()).peek(),
        f64::INFINITY
    );
    assert!(Float::is_nan(Var::nan()) && Float::is_sign_negative(Var::neg_zero()));
    assert!(Var::min_value().peek() == f64::MIN && Var::neg_infinity().peek() == f64::NEG_INFINITY);
}

#[test]
fn looking_at_a_number_leaves_a_guard() {
    let check = |f: fn(Var) -> Var, recorded: f64, same: f64, other: f64| {
        let program = Program::record(|x: &[Var]| f(x[0]), &[recorded]).unwrap();
        assert!(program.eval(&[same]).is_ok());
        let error = program.eval(&[other]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BranchChanged);
        assert!(error.to_string().contains("float.rs"), "{error}");
    };
    check(|x| if x.is_zero() { x } else { x.recip() }, 2.0, 3.0, 0.0);
    check(|x| if x.is_one() { x } else { x * 2.0 }, 2.0, 3.0, 1.0);
    check(
        |x| if Float::is_normal(x) { x } else { x * 2.0 },
        2.0,
        3.0,
        1e-310,
    );
    check(
        |x| {
            if Float::classify(x) == FpCategory::Normal {
                x
            } else {
                x * 2.0
            }
        },
        2.0,
        3.0,
        0.0,
    );
    check(|x| x * f64::from(x.to_i32().unwrap()), 2.0, 2.0, 2.5);
    check(
        |x| x * <Var as num_traits::NumCast>::from(x).unwrap(),
        2.0,
        2.0,
        2.5,
    );
    check(
        |x| if Signed::is_negative(&x) { -x } else { x },
        2.0,
        2.5,
        -2.5,
    );
    // Without a look there is no guard.
    let free = Program::record(
        |x: &[Var]| Float::round(x[0]) + Float::signum(x[0]) + Float::max(x[0], x[1]),
        &[2.2, 1.0],
    );
    assert_eq!(
        free.unwrap().eval(&[-2.5, 3.0]).unwrap(),
        [-3.0 - 1.0 + 3.0]
    );
}
