//! Derivatives of high order: against what is known of them, and at a cost that stays small.

use tape::Var;

/// Demands derivatives 0, 1, 2, ... of `f` at `x`, to 1e-12 of each.
#[track_caller]
fn check(f: impl Fn(Var) -> Var, x: f64, want: impl IntoIterator<Item = f64>) {
    let want: Vec<f64> = want.into_iter().collect();
    let got = tape::derivatives(f, x, want.len() - 1);
    for (order, (&got, &want)) in got.iter().zip(&want).enumerate() {
        assert!(
            (got - want).abs() <= 1e-12 * want.abs(),
            "derivative {order} at {x}: {got:e}, not {want:e}"
        );
    }
}

/// 0!, 1!, 2!, ...
fn factorials() -> impl Iterator<Item = f64> {
    (0..).scan(1.0, |factorial, n| {
        let this = *factorial;
        *factorial *= f64::from(n + 1);
        Some(this)
    })
}

#[test]
fn exponentials_and_angles() {
    check(|x| x.exp(), 0.7, vec![0.7f64.exp(); 150]);
    check(|x| (x * 2.0).exp(), 0.0, (0..100).map(|n| 2f64.powi(n)));
    check(
        |x| x.exp2(),
        3.0,
        (0..60).map(|n| 8.0 * std::f64::consts::LN_2.powi(n)),
    );
    let (s, c) = 0.7f64.sin_cos();
    check(
        |x| x.sin(),
        0.7,
        [s, c, -s, -c].into_iter().cycle().take(150),
    );
    check(
        |x| x.sinh(),
        0.7,
        [0.7f64.sinh(), 0.7f64.cosh()].into_iter().cycle().take(100),
    );
}

#[test]
fn powers_and_logarithms() {
    let alternating = |n: usize| if n.is_multiple_of(2) { 1.0 } else { -1.0 };
    check(
        |x| 1.0 / x,
        2.0,
        factorials()
            .take(100)
            .enumerate()
            .map(|(n, f)| alternating(n) * f / 2f64.powi(n as i32 + 1)),
    );
    check(
        |x| x.powi(5),
        3.0,
        [243.0, 405.0, 540.0, 540.0, 360.0, 120.0, 0.0, 0.0],
    );
    check(
        |x| x.powf(2.5),
        1.0,
        (0..40).scan(1.0, |falling, n| {
            let this = *falling;
            *falling *= 2.5 - f64::from(n);
            Some(this)
        }),
    );
    check(
        |x| x.ln() + 1.0,
        1.0,
        std::iter::once(1.0).chain(
            factorials()
                .take(80)
                .enumerate()
                .map(|(n, f)| alternating(n) * f),
        ),
    );
    check(|x| (1.0 - x).recip(), 0.0, factorials().take(150));
    check(
        |x| x.atanh() * 1.0,
        0.0,
        factorials()
            .take(30)
            .enumerate()
            .map(|(n, f)| if n % 2 == 1 { f / n as f64 } else { 0.0 }),
    );
}

/// Where a power's or a logarithm's own derivatives leave the range of numbers, and the result does
/// not.
#[test]
fn powers_and_logarithms_of_the_very_large_and_small() {
    let root = 150f64.exp();
    check(
        |x| x.exp().sqrt(),
        300.0,
        (0..9).map(|n| root * 0.5f64.powi(n)),
    );
    check(
        |x| x.exp().powf(0.5),
        300.0,
        (0..9).map(|n| root * 0.5f64.powi(n)),
    );
    check(
        |x| x.exp().powf(-0.25),
        -600.0,
        (0..5).map(|n| root * (-0.25f64).powi(n)),
    );
    check(
        |x| x.exp().powf(x / x / 2.0),
        300.0,
        (0..5).map(|n| root * 0.5f64.powi(n)),
    );
    for at in [200.0, 300.0, 700.0] {
        let constant = || [1.0].into_iter().chain([0.0; 8]);
        check(|x| x.exp() / x.exp(), at, constant());
        for derivative in &tape::derivatives(|x| x.exp() / (x.exp() + 1.0), at, 8)[1..] {
            assert!(derivative.abs() < 1e-12, "{at}: {derivative:e}");
        }
    }
    for at in [400.0, -400.0] {
        for (f, want) in [
            (Var::ln as fn(Var) -> Var, 1.0),
            (Var::log2, std::f64::consts::LOG2_E),
        ] {
            let derivatives = tape::derivatives(|x| f(x.exp()), at, 6);
            assert!((derivatives[1] - want).abs() < 1e-15);
            for derivative in &derivatives[2..] {
                assert!(derivative.abs() < 1e-12, "{at}: {derivatives:?}");
            }
        }
    }
}

/// The tangent numbers 1, 2, 16, 272, ..., with the signs of tanh (OEIS A000182).
#[test]
fn tanh_at_0_has_the_tangent_numbers() {
    let numbers = [
        1.0,
        -2.0,
        16.0,
        -272.0,
        7936.0,
        -353_792.0,
        22_368_256.0,
        -1_903_757_312.0,
        209_865_342_976.0,
    ];
    check(
        |x| x.tanh(),
        0.0,
        std::iter::once(0.0).chain(numbers.into_iter().flat_map(|n| [n, 0.0])),
    );
    check(
        |x| x.sigmoid() * 2.0 - 1.0,
        0.0,
        [0.0, 0.5, 0.0, -0.25, 0.0, 0.5, 0.0, -2.125, 0.0, 15.5],
    );
    check(
        |x| x.tan(),
        0.0,
        std::iter::once(0.0).chain(numbers.into_iter().flat_map(|n| [n.abs(), 0.0])),
    );
}

/// The Hermite polynomials in `e^(-x^2)` give erf's derivatives; Bernoulli numbers softplus's.
#[test]
fn special_functions_at_0() {
    let c = std::f64::consts::FRAC_2_SQRT_PI;
    check(
        |x| x.erf(),
        0.0,
        [
            0.0,
            c,
            0.0,
            -2.0 * c,
            0.0,
            12.0 * c,
            0.0,
            -120.0 * c,
            0.0,
            1680.0 * c,
        ],
    );
    check(
        |x| x.softplus(),
        0.0,
        [2f64.ln(), 0.5, 0.25, 0.0, -0.125, 0.0, 0.25, 0.0, -1.0625],
    );
    // psi^(n)(1) = (-1)^(n+1) n! zeta(n+1)
    let zeta = [
        1.644_934_066_848_226_4,
        1.202_056_903_159_594_3,
        1.082_323_233_711_138_2,
        1.036_927_755_143_37,
    ];
    let psi = [1.0, -2.0, 6.0, -24.0]
        .into_iter()
        .zip(zeta)
        .map(|(f, z)| f * z);
    check(
        |x| x.lgamma(),
        1.0,
        [0.0, -0.577_215_664_901_532_9].into_iter().chain(psi),
    );
}

#[test]
fn order_0_is_the_value() {
    assert_eq!(tape::derivatives(|x| x.sqrt(), 4.0, 0), [2.0]);
}

/// The cost is about quadratic in the order: a derivative of a derivative of ... would not end.
#[test]
fn high_orders_of_a_composite_take_a_moment() {
    let d = tape::derivatives(
        |x| (x.sin() * x.exp()).tanh().sigmoid() + (x * x).gelu() / 4.0,
        0.0,
        120,
    );
    assert!(d.iter().all(|d| d.is_finite()));
    let d = tape::derivatives(|x| x.sin().exp(), 0.3, 160);
    assert!(d.iter().all(|d| d.is_finite()));
}
