//! The check is checked: right functions pass at any scale, planted mistakes are caught and named.

mod support;

use proptest::prelude::*;
use support::for_every_op;
use tape::{Check, CheckReport, CustomOp, ErrorKind, Program, Real, Var, Verdict};

/// The lectures' circuit, `1 / (1 + e^-(w0 x0 + w1 x1 + w2))`.
fn circuit<R: Real>(v: &[R]) -> R {
    ((-(v[0] * v[1] + v[2] * v[3] + v[4])).exp() + 1.0).recip()
}
const AT: [f64; 5] = [2.0, -1.0, -3.0, -2.0, -3.0];

fn furthest(report: &CheckReport) -> f64 {
    report
        .gradient
        .iter()
        .map(|c| c.difference().abs())
        .fold(0.0, f64::max)
}

#[test]
fn the_lectures_check_at_one_ten_thousandth() {
    // The lectures' numbers are relative, for the bias w2.
    let relative = |report: &CheckReport| {
        (report.gradient[4].difference() / report.gradient[4].backprop).abs()
    };
    let two_sided = Check::new().epsilon(1e-4).run(circuit, &AT);
    assert!(two_sided.passed(), "{two_sided}");
    assert!(
        (2.5e-10..3.5e-10).contains(&relative(&two_sided)),
        "{:e}",
        relative(&two_sided)
    );

    let one_sided = Check::new().epsilon(1e-4).one_sided().run(circuit, &AT);
    assert!(one_sided.passed(), "{one_sided}");
    assert!(
        (2e-5..2.5e-5).contains(&relative(&one_sided)),
        "{:e}",
        relative(&one_sided)
    );

    let best = Check::new().run(circuit, &AT);
    assert!(best.passed(), "{best}");
    assert!(furthest(&best) < 1e-11, "{:e}", furthest(&best));
    let best_one_sided = Check::new().one_sided().run(circuit, &AT);
    assert!(best_one_sided.passed(), "{best_one_sided}");
    assert!(
        furthest(&best_one_sided) < 1e-9,
        "{:e}",
        furthest(&best_one_sided)
    );
    assert!(Check::new().order(2).run(circuit, &AT).passed());
}

#[test]
fn the_report_names_inputs_and_stands_in_columns() {
    let f = |x: &[Var]| (x[0].named("w") * x[1].named("an input")).named("q") + x[2].relu();
    // Numbers with which differences are exact, so that the text is the same everywhere.
    let report = Check::new().epsilon(0.25).run(f, &[2.0, -3.0, 0.0]);
    let wanted = "\
passed: two-sided differences at 2.5e-1
  input     backprop  differences           off by  verdict
  w         -3.0      -3.0                  0.0e0   agrees
  an input   2.0       2.0                  0.0e0   agrees
  x[2]       0.0       0.0 left, 1.0 right  0.0e0   kink
";
    assert_eq!(report.to_string(), wanted);
    let named = Check::new().names(&["a", "b"]).run(f, &[2.0, -3.0, 0.0]);
    assert_eq!(
        named
            .gradient
            .iter()
            .map(|c| c.name.as_str())
            .collect::<Vec<_>>(),
        ["a", "b", "x[2]"]
    );
}

/// Functions that are right, at every scale: none may raise a false alarm, at order 2 neither.
#[test]
fn right_functions_of_any_size_and_steepness_pass() {
    type F = fn(&[Var]) -> Var;
    let cases: &[(&str, F, &[f64])] = &[
        (
            "large values",
            |x| x[0] * 1e6 + x[1].exp() * 1e6,
            &[1.0, 2.0],
        ),
        ("a large offset", |x| (x[0].sin() + 1e6) - x[1], &[1.0, 2.0]),
        ("larger", |x| (x[0].sin() + 1e9) * 3.0 - x[1], &[1.0, 2.0]),
        ("cancelling", |x| (x[0] + 1e8) - 1e8 + x[0].cos(), &[0.3]),
        (
            "a sum of squares",
            |x| x.iter().map(|&x| x * x).sum::<Var>() * 1e-6,
            &[1e6, -3e5, 2e6],
        ),
        ("small values", |x| x[0] * x[1], &[1e-9, 1e-8]),
        ("tiny values", |x| x[0] * x[1].exp(), &[1e-150, 1.0]),
        ("huge values", |x| x[0] * x[1], &[1e150, 1e-3]),
        ("small slope", |x| x[0].sin() * 1e-12, &[0.7]),
        ("steep", |x| (x[0] * 1e3).sin(), &[0.7]),
        ("steeper", |x| (x[0] * 1e6).sin() + x[0], &[0.7]),
        (
            "a period of a power of two",
            |x| (x[0] * (2.0 * std::f64::consts::PI * 1024.0)).sin(),
            &[0.25 + 1.0 / 8192.0],
        ),
        (
            "at the top of a sine",
            |x| (x[0] * (2.0 * std::f64::consts::PI * 1024.0)).cos(),
            &[0.25],
        ),
        (
            "a narrow bump",
            |x| (-(x[0] * 1000.0).powi(2)).exp(),
            &[1e-3],
        ),
        (
            "a bump far away",
            |x| (-((x[0] - 5.0) * 1000.0).powi(2)).exp(),
            &[1.0],
        ),
        ("a narrow step", |x| ((x[0] - 1.0) * 1e4).tanh(), &[1.00001]),
        (
            "saturated",
            |x| x[0].sigmoid() + x[1].tanh(),
            &[40.0, -25.0],
        ),
        ("growing", |x| x[0].exp(), &[300.0]),
        ("near overflow", |x| x[0].exp(), &[709.0]),
        ("a high power", |x| x[0].powi(60), &[1.5]),
        ("logarithm near 0", |x| x[0].ln(), &[1e-8]),
        ("root near 0", |x| x[0].sqrt(), &[1e-10]),
        ("reciprocal near 0", |x| 1.0 / x[0], &[1e-6]),
        (
            "at 0",
            |x| x[0].sin() + x[1].powi(3) + x[2] * x[3],
            &[0.0, 0.0, 0.0, 0.0],
        ),
        ("edge of the domain", |x| x[0].powf(2.5), &[0.0]),
        ("a sine of a large number", |x| x[0].sin(), &[1e6]),
        ("a constant", |x| x[0] * 0.0 + 1.0, &[1.0]),
        ("unused", |x| x[1].exp(), &[1.0, 1.0]),
        (
            "special",
            |x| x[0].lgamma() + x[1].erf() + x[1].erfc() + x[0].digamma(),
            &[2.5, 0.3],
        ),
        (
            "lists",
            |x| tape::logsumexp(x) + tape::product(x) + tape::dot(&x[..2], &x[2..]) + tape::sum(x),
            &[1.0, -2.0, 3.0, 0.5],
        ),
        (
            "many layers",
            |x| (0..60).fold(x[0], |y, _| (y * 1.7 + x[1]).sin()),
            &[0.3, 0.2],
        ),
        (
            "an inner gradient",
            |x| (x[0].powi(3) * x[1]).gradient_of(&[x[0]])[0].sin(),
            &[0.6, 1.1],
        ),
        (
            "a plateau beyond a kink",
            |x| (x[0].abs() - 1e-7).relu() * 1e3,
            &[3e-7],
        ),
        ("just beside a kink", |x| x[0].abs() * 3.0, &[1e-9]),
    ];
    for (name, f, x) in cases {
        let report = Check::new().run(f, x);
        assert!(report.passed(), "{name}: {report}");
        assert!(
            report.gradient.iter().all(|c| c.verdict == Verdict::Agrees),
            "{name}: {report}"
        );
        let report = Check::new().order(2).run(f, x);
        assert!(report.passed(), "{name}: {report}");
    }
}

#[test]
fn every_operation_passes_at_order_two() {
    for_every_op(|op, info, attribute, count| {
        for part in [0.03, 0.21, 0.5, 0.77, 0.96] {
            let domain = |i: usize| info.domain[i.min(info.domain.len() - 1)];
            let x: Vec<f64> = (0..count)
                .map(|i| {
                    let part = (part + 0.37 * i as f64).fract();
                    domain(i).0 * (1.0 - part) + domain(i).1 * part
                })
                .collect();
            let report = Check::new()
                .order(2)
                .run(|x: &[Var]| op.apply(x, attribute).unwrap(), &x);
            assert!(report.passed(), "{} at {x:?}: {report}", info.name);
        }
    });
}

#[test]
fn kinks_are_kinks_and_not_mistakes() {
    let check = |f: fn(&[Var]) -> Var, x: &[f64], sides: (f64, f64)| {
        let report = Check::new().run(f, x);
        assert!(report.passed(), "{report}");
        let found = &report.gradient[0];
        assert_eq!(found.verdict, Verdict::Kink, "{report}");
        let (left, right) = found.sides.unwrap();
        assert!(
            (left - sides.0).abs() < 1e-9 && (right - sides.1).abs() < 1e-9,
            "{report}"
        );
    };
    check(|x| x[0].abs(), &[0.0], (-1.0, 1.0));
    check(|x| x[0].relu() * 5.0, &[0.0], (0.0, 5.0));
    check(|x| x[0].relu() * -5.0, &[0.0], (0.0, -5.0));
    check(|x| x[0].max(x[1]), &[2.0, 2.0], (0.0, 1.0));
    check(|x| x[0].clamp(-1.0, 1.0).exp(), &[1.0], (1f64.exp(), 0.0));
    check(|x| x[0].hypot(x[1]), &[0.0, 0.0], (-1.0, 1.0));
    check(
        |x| if x[0] < 1.0 { x[0] * x[0] } else { x[0] },
        &[1.0],
        (2.0, 1.0),
    );
    check(|x| x[0].abs() * 1e8, &[0.0], (-1e8, 1e8));
    check(|x| x[0].abs() * 1e-8, &[0.0], (-1e-8, 1e-8));
}

#[test]
fn a_slope_outside_a_kinks_sides_disagrees() {
    let wrong = CustomOp::with_derivative(
        "abs with slope 2",
        &[1.0],
        |x| x[0].abs(),
        |_, _| vec![Var::constant(2.0)],
    )
    .unwrap();
    let report = Check::new().run(|x: &[Var]| wrong.call(x), &[0.0]);
    assert_eq!(report.gradient[0].verdict, Verdict::Disagrees);
    assert_eq!((report.culprits.len(), report.passed()), (1, false));
}

#[test]
fn branches_are_recorded_anew() {
    let f = |x: &[Var]| {
        if x[0] > 1.0 {
            x[0].ln()
        } else {
            (x[0] - 1.0) * x[0].value().max(1.0)
        }
    };
    for x in [0.5, 0.999_999, 1.000_001, 3.0] {
        let report = Check::new().order(2).run(f, &[x]);
        assert!(report.passed(), "{report}");
    }
}

#[test]
fn what_cannot_be_checked_does_not_pass() {
    let check = |f: fn(&[Var]) -> Var, x: f64, verdict: Verdict| {
        let report = Check::new().run(f, &[x]);
        assert_eq!(report.gradient[0].verdict, verdict, "{report}");
        assert!(report.culprits.is_empty(), "{report}");
        assert!(!report.passed());
        assert_eq!(report.worst().unwrap().verdict, verdict);
    };
    check(|x| x[0].ln(), -1.0, Verdict::NotFinite);
    check(|x| x[0].sqrt(), 0.0, Verdict::NotFinite);
    check(|x| x[0].cbrt(), 0.0, Verdict::NotFinite);
    check(|x| x[0] / 0.0, 1.0, Verdict::NotFinite);
    check(|x| x[0].step(), 0.0, Verdict::Unsettled);
    check(|x| x[0].floor() + x[0], 3.0, Verdict::Unsettled);
    check(
        |x| if x[0] > 0.5 { x[0] + 1.0 } else { x[0] },
        0.5,
        Verdict::Unsettled,
    );
    // A hole: the value is NaN, though the slopes around it are not.
    check(|x| x[0].sin() / x[0], 0.0, Verdict::NotFinite);
}

#[test]
fn an_epsilon_that_is_too_large_decides_nothing() {
    let steep = |x: &[Var]| (x[0] * 1e6).sin();
    assert_eq!(
        Check::new().epsilon(1e-2).run(steep, &[0.7]).gradient[0].verdict,
        Verdict::Unsettled
    );
    assert!(Check::new().run(steep, &[0.7]).passed());
}

/// `x^1.5 + x`, its derivative off by one part in ten thousand.
fn slightly_wrong() -> &'static CustomOp {
    CustomOp::with_derivative(
        "slightly wrong",
        &[1.0],
        |x| x[0].powf(1.5) + x[0],
        |x, _| vec![(x[0].sqrt() * 1.5 + 1.0) * 1.0001],
    )
    .unwrap()
}

#[test]
fn one_part_in_ten_thousand_in_one_of_a_hundred_nodes_is_caught_and_named() {
    let f = |x: &[Var]| {
        let mut y = x[0];
        for i in 0..100 {
            y = match i % 5 {
                _ if i == 37 => slightly_wrong().call(&[y]).named("here"),
                0 => (y * x[1]).sin(),
                1 => y.exp() + x[2],
                2 => (y * y + 1.0).sqrt(),
                3 => y * 0.5 + x[1],
                _ => y.tanh() + 1.5,
            };
        }
        y
    };
    for order in [1, 2] {
        let report = Check::new().order(order).run(f, &[0.5, 1.1, -0.3]);
        assert!(!report.passed());
        assert_eq!(report.culprits.len(), 1, "{report}");
        let culprit = &report.culprits[0];
        assert_eq!(
            (culprit.op.as_str(), culprit.name.as_deref()),
            ("slightly wrong", Some("here"))
        );
        assert_eq!((culprit.operand, culprit.by), (0, None));
        assert!(
            (culprit.rule / culprit.estimate - 1.0001).abs() < 1e-9,
            "{report}"
        );
        let place = culprit.place.as_ref().unwrap();
        assert!(place.file.ends_with("check.rs"));
        assert!(
            report
                .to_string()
                .contains("slightly wrong (`here`), by operand 0"),
            "{report}"
        );
    }
    // In a graph that is sensitive to it, the inputs say so too.
    let report = Check::new().run(
        |x: &[Var]| slightly_wrong().call(&[x[0] * x[1]]),
        &[2.0, 3.0],
    );
    assert!(
        report
            .gradient
            .iter()
            .all(|c| c.verdict == Verdict::Disagrees),
        "{report}"
    );
    let report = Check::new().epsilon(1e-4).run(
        |x: &[Var]| slightly_wrong().call(&[x[0] * x[1]]),
        &[2.0, 3.0],
    );
    assert!(
        report
            .gradient
            .iter()
            .all(|c| c.verdict == Verdict::Disagrees),
        "{report}"
    );
}

#[test]
fn planted_mistakes_are_caught_and_named() {
    type Rule = fn(&[Var], Var) -> Vec<Var>;
    type Value = fn(&[Var]) -> Var;
    let cases: &[(&str, Value, Rule)] = &[
        (
            "sign",
            |x| x[0].sin() * x[1],
            |x, _| vec![x[0].cos() * x[1], -x[0].sin()],
        ),
        (
            "factor",
            |x| x[0].powi(2) * x[1],
            |x, _| vec![x[0] * x[1], x[0].powi(2)],
        ),
        (
            "swapped",
            |x| x[0].powi(2) * x[1],
            |x, _| vec![x[0].powi(2), x[0] * x[1] * 2.0],
        ),
        (
            "none",
            |x| x[0] * x[1],
            |x, _| vec![x[1], Var::constant(0.0)],
        ),
        (
            "NaN",
            |x| x[0] * x[1],
            |x, _| vec![x[1], Var::constant(f64::NAN)],
        ),
        (
            "infinity",
            |x| x[0] * x[1],
            |x, _| vec![x[1], Var::constant(f64::INFINITY)],
        ),
        ("huge", |x| x[0] * x[1], |x, _| vec![x[1], x[0] * 1e12]),
        (
            "value for slope",
            |x| (x[0] + x[1]).exp() + 1.0,
            |x, y| vec![(x[0] + x[1]).exp(), y],
        ),
        (
            "constant forgotten",
            |x| x[0] + x[1] * 1e-3,
            |_, _| vec![Var::constant(1.0), Var::constant(0.0)],
        ),
    ];
    for (name, value, rule) in cases {
        let op = CustomOp::with_derivative(name, &[0.5, 1.5], value, rule).unwrap();
        let f = |x: &[Var]| {
            let before = (x[0] * x[1]).sin() + x[2];
            let wrong = op.call(&[before, x[2] * 2.0]);
            (wrong * 3.0 + x[0]).tanh() * x[1]
        };
        for order in [1, 2] {
            let report = Check::new().order(order).run(f, &[0.3, 0.7, 0.4]);
            assert!(!report.passed(), "{name}: {report}");
            assert!(!report.culprits.is_empty(), "{name}: {report}");
            assert!(
                report.culprits.iter().all(|culprit| culprit.op == *name),
                "{name}: {report}"
            );
            assert_eq!(
                report.worst().unwrap().verdict,
                Verdict::Disagrees,
                "{name}: {report}"
            );
        }
        // Guards or not, a program is checked like a function.
        let program = Program::record(f, &[0.3, 0.7, 0.4]).unwrap();
        let report = Check::new()
            .run_program(&program, &[0.35, 0.75, 0.45])
            .unwrap();
        assert!(
            !report.passed() && report.culprits.iter().all(|culprit| culprit.op == *name),
            "{report}"
        );
    }
}

#[test]
fn a_rule_that_is_wrong_at_second_order_only_is_caught_there() {
    let op = CustomOp::with_derivative(
        "cut cube",
        &[1.0, 1.0],
        |x| x[0].powi(3) * x[1],
        |x, _| vec![x[0] * x[0].detach() * 3.0 * x[1], x[0].powi(3)],
    )
    .unwrap();
    let f = |x: &[Var]| (op.call(&[x[0].exp(), x[1]]).named("cut") * 0.1).sin() + x[0] * x[1];
    let first = Check::new().run(f, &[0.3, 0.8]);
    assert!(first.passed(), "{first}");
    let second = Check::new().order(2).run(f, &[0.3, 0.8]);
    assert!(!second.passed(), "{second}");
    assert_eq!(second.hessian[0].verdict, Verdict::Disagrees, "{second}");
    assert_eq!(second.culprits.len(), 1, "{second}");
    let culprit = &second.culprits[0];
    assert_eq!(
        (culprit.op.as_str(), culprit.operand, culprit.by),
        ("cut cube", 0, Some(0))
    );
    assert!(
        (culprit.estimate / culprit.rule - 2.0).abs() < 1e-6,
        "{second}"
    );
}

#[test]
fn detach_is_named_where_it_matters() {
    let report = Check::new().run(|x: &[Var]| x[0].exp() * x[0].detach(), &[0.5]);
    assert!(!report.passed(), "differences see through detach");
    assert_eq!(
        report
            .culprits
            .iter()
            .map(|culprit| culprit.op.as_str())
            .collect::<Vec<_>>(),
        ["detach"],
        "{report}"
    );
    let shift_cancels = |x: &[Var]| {
        let m = x[0].max(x[1]).detach();
        ((x[0] - m).exp() + (x[1] - m).exp()).ln() + m
    };
    let report = Check::new().order(2).run(shift_cancels, &[0.5, 2.0]);
    assert!(report.passed(), "{report}");
}

#[test]
fn wide_operations_are_checked_fast_and_mistakes_in_them_found() {
    let x: Vec<f64> = (0..300).map(|i| (f64::from(i) * 0.7).sin() + 1.5).collect();
    let f = |x: &[Var]| tape::logsumexp(x) + tape::dot(x, x).sqrt() + tape::sum(x);
    let report = Check::new().run(f, &x);
    assert!(report.passed(), "{report}");

    let op = CustomOp::with_derivative(
        "wide",
        &vec![1.0; 100],
        |x| x.iter().map(|&x| x * x).sum(),
        |x, _| {
            x.iter()
                .enumerate()
                .map(|(i, &x)| x * if i == 77 { 2.0002 } else { 2.0 })
                .collect()
        },
    )
    .unwrap();
    for order in [1, 2] {
        let report = Check::new()
            .order(order)
            .run(|x: &[Var]| op.call(x), &x[..100]);
        let found: Vec<_> = report.culprits.iter().map(|c| (c.operand, c.by)).collect();
        assert_eq!(found, [(77, None)], "{report}");
        assert_eq!(
            report
                .gradient
                .iter()
                .filter(|c| !c.verdict.passes())
                .count(),
            1
        );
    }
}

#[test]
fn programs_are_checked_and_their_guards_respected() {
    let program = Program::record(
        |x: &[Var]| if x[0] < 1.0 { x[0].sin() } else { x[0] },
        &[0.5],
    )
    .unwrap();
    assert!(
        Check::new()
            .order(2)
            .run_program(&program, &[0.25])
            .unwrap()
            .passed()
    );
    assert_eq!(
        Check::new()
            .run_program(&program, &[2.0])
            .unwrap_err()
            .kind(),
        ErrorKind::BranchChanged
    );
    // Next to the guard only the nearer steps are on this branch.
    let report = Check::new().run_program(&program, &[1.0 - 1e-6]).unwrap();
    assert!(report.passed(), "{report}");
    let two = Program::record(|x: &[Var]| [x[0], x[0]], &[0.5]).unwrap();
    assert_eq!(
        Check::new().run_program(&two, &[0.5]).unwrap_err().kind(),
        ErrorKind::Length
    );
    let read: Program = program.to_string().parse().unwrap();
    assert_eq!(
        Check::new().run_program(&read, &[0.25]),
        Check::new().run_program(&program, &[0.25])
    );
    assert!(
        Check::new()
            .run(|_: &[Var]| Var::constant(1.0), &[])
            .passed()
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Random smooth graphs at random scales raise no false alarm.
    #[test]
    fn random_smooth_functions_pass(
        rows in prop::collection::vec((0usize..12, any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..40),
        x in prop::collection::vec(-2.0f64..2.0, 3),
        scale in -8i32..8,
    ) {
        let f = |x: &[Var]| {
            let mut v = x.to_vec();
            for (op, a, b) in &rows {
                let (a, b) = (v[a.index(v.len())], v[b.index(v.len())]);
                v.push(match op {
                    0 => a + b,
                    1 => a - b * 2.0,
                    2 => a.tanh() * b,
                    3 => a.sin(),
                    4 => a.sigmoid() * 3.0,
                    5 => (b.sin() * 0.5).exp(),
                    6 => (a * a + 1.0).sqrt(),
                    7 => a / (b * b + 0.5),
                    8 => (a * a + 0.1).ln(),
                    9 => a.atan() + b,
                    10 => tape::logsumexp(&[a.tanh(), b.tanh(), a.sin()]),
                    _ => a.gelu().tanh(),
                });
            }
            v[v.len() - 1] * 10f64.powi(scale)
        };
        let report = Check::new().order(2).run(f, &x);
        prop_assert!(report.passed(), "{}", report);
    }

    /// In random graphs of a hundred nodes one derivative is off by one part in ten thousand:
    /// it is named, and nothing else is.
    #[test]
    fn a_planted_mistake_is_always_named(
        rows in prop::collection::vec((0usize..6, any::<prop::sample::Index>(), any::<prop::sample::Index>()), 96),
        x in prop::collection::vec(-2.0f64..2.0, 3),
        planted in 0usize..96,
        order in 1u32..3,
    ) {
        let wrong = CustomOp::with_derivative(
            "planted",
            &[1.0, 1.0],
            |x| x[0].exp() * (x[1] * x[1] + 1.0),
            |x, y| vec![y, x[0].exp() * x[1] * 2.0 + y * 1e-4],
        )
        .unwrap();
        let f = |x: &[Var]| {
            let mut v = x.to_vec();
            for (i, (op, a, b)) in rows.iter().enumerate() {
                let (a, b) = (v[a.index(v.len())], v[b.index(v.len())]);
                v.push(match op {
                    _ if i == planted => wrong.call(&[a, b]).named("here"),
                    0 => a.tanh() - b * 2.0,
                    1 => a.sin() * 0.5 + b.cos(),
                    2 => a.sigmoid() * b.atan(),
                    3 => (b.sin() * 0.5).exp(),
                    4 => (a * a + 1.0).sqrt().sin(),
                    _ => a.tanh() / (b * b + 0.5),
                });
            }
            v[v.len() - 1]
        };
        let report = Check::new().order(order).run(f, &x);
        prop_assert!(!report.passed());
        prop_assert!(!report.culprits.is_empty(), "{}", report);
        prop_assert!(report.culprits.iter().all(|c| c.name.as_deref() == Some("here") && c.operand == 1), "{}", report);
    }
}
