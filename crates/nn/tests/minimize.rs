//! Minimisation: functions with a known lowest point, and functions that have none.

use nn::layers::{Linear, Sequential};
use nn::minimize::{Method, Minimum, Options, Stop, loss_of, minimize, minimize_loss};
use nn::{Activation, Module, Pass, seeded};
use tape::Var;

const METHODS: [Method; 3] = [
    Method::Lbfgs { history: 10 },
    Method::Lbfgs { history: 3 },
    Method::ConjugateGradient,
];

fn options(method: Method) -> Options {
    Options {
        method,
        tolerance: 1e-8,
        ..Options::default()
    }
}

/// With the gradient from the tape.
fn with_gradient(f: impl Fn(&[Var]) -> Var) -> impl FnMut(&[f64]) -> (f64, Vec<f64>) {
    move |x| tape::value_and_gradient(&f, x)
}

fn rosenbrock(x: &[Var]) -> Var {
    let term = |w: &[Var]| (w[1] - w[0] * w[0]).square() * 100.0 + (w[0] - 1.0).square();
    x.windows(2).map(term).sum()
}

fn quadratic(x: &[Var]) -> Var {
    let terms = x.iter().enumerate();
    terms
        .map(|(i, &x)| (x - i as f64).square() * (1.0 + i as f64))
        .sum()
}

/// Curvatures from 1e-4 to 1e8.
fn badly_scaled(x: &[Var]) -> Var {
    let scale = |i: usize| 10f64.powi(4 * i as i32 - 4);
    let terms = x.iter().enumerate();
    terms.map(|(i, &x)| (x - 1.0).square() * scale(i)).sum()
}

/// Brown's badly scaled function (Moré, Garbow, Hillstrom 1981, number 4): 0 at (1e6, 2e-6).
fn brown(x: &[Var]) -> Var {
    (x[0] - 1e6).square() + (x[1] - 2e-6).square() + (x[0] * x[1] - 2.0).square()
}

/// Powell's singular function (number 13): the Hessian at its lowest point, 0, has rank 2.
fn powell(x: &[Var]) -> Var {
    (x[0] + x[1] * 10.0).square()
        + (x[2] - x[3]).square() * 5.0
        + (x[1] - x[2] * 2.0).powi(4)
        + (x[0] - x[3]).powi(4) * 10.0
}

/// NaN left of 0, lowest at 1.
fn barrier(x: &[Var]) -> Var {
    x.iter().map(|&x| x - x.ln()).sum()
}

/// Infinite beyond 700 or so.
fn exponential(x: &[Var]) -> Var {
    x.iter().map(|&x| x.exp() - x).sum()
}

#[test]
#[rustfmt::skip]
fn lowest_points_are_found() {
    type Case<'a> = (&'a str, fn(&[Var]) -> Var, Vec<f64>, Vec<f64>, f64, usize);
    let cases: [Case<'_>; 10] = [
        // name, function, start, lowest point, how close, most evaluations
        ("rosenbrock", rosenbrock, vec![-1.2, 1.0], vec![1.0; 2], 1e-7, 120),
        ("rosenbrock, far", rosenbrock, vec![-50.0, 70.0], vec![1.0; 2], 1e-7, 800),
        ("rosenbrock 100", rosenbrock, vec![0.0; 100], vec![1.0; 100], 1e-6, 2500),
        ("quadratic", quadratic, vec![100.0; 20], (0..20).map(f64::from).collect(), 1e-7, 100),
        ("badly scaled", badly_scaled, vec![3.0; 4], vec![1.0; 4], 1e-3, 800),
        ("brown", brown, vec![1.0; 2], vec![1e6, 2e-6], 1e-6, 300),
        ("powell", powell, vec![3.0, -1.0, 0.0, 1.0], vec![0.0; 4], 1e-2, 800),
        ("barrier", barrier, vec![1e-3, 50.0, 1.0], vec![1.0; 3], 1e-7, 100),
        ("exponential", exponential, vec![-300.0, 20.0, 5.0], vec![0.0; 3], 1e-7, 300),
        ("at the lowest point", quadratic, vec![0.0, 1.0], vec![0.0, 1.0], 0.0, 1),
    ];
    for (name, f, start, lowest, close, most) in cases {
        for method in METHODS {
            let mut asked = 0;
            let mut f = with_gradient(f);
            let found = minimize(|x| { asked += 1; f(x) }, &start, &options(method));
            println!("{name}, {method:?}: {found}");
            let story = format!("{name}, {method:?}: {found}");
            assert_eq!(found.stop, Stop::Converged, "{story}");
            assert_eq!(found.evaluations, asked);
            assert!(asked <= most, "{story}");
            for (x, lowest) in found.x.iter().zip(&lowest) {
                assert!((x - lowest).abs() <= close * lowest.abs().max(1.0), "{story}: {x}");
            }
            let falls = found.values.windows(2).all(|v| v[1] <= v[0] + 1e-14 * v[0].abs());
            assert!(falls, "{story}: {:?}", found.values);
        }
    }
}

fn stops(f: impl FnMut(&[f64]) -> (f64, Vec<f64>), start: &[f64], method: Method) -> Minimum {
    minimize(
        f,
        start,
        &Options {
            iterations: 200,
            ..options(method)
        },
    )
}

#[test]
fn a_search_says_why_it_ended() {
    for method in METHODS {
        let found = stops(|x| (-x[0], vec![-1.0]), &[0.0], method);
        assert_eq!(found.stop, Stop::Unbounded, "{found}");
        assert!(found.evaluations < 40, "{found}");

        // Steeper and steeper, to minus infinity at 0, and NaN behind it.
        let found = stops(|x| (x[0].ln(), vec![1.0 / x[0]]), &[1.5], method);
        assert!(found.value < -10.0 && found.x[0] >= 0.0, "{found}");

        let found = stops(|_| (f64::NAN, vec![1.0]), &[0.0], method);
        assert_eq!((found.stop, found.evaluations), (Stop::NotFinite, 1));
        let found = stops(|_| (0.0, vec![f64::INFINITY]), &[0.0], method);
        assert_eq!((found.stop, found.evaluations), (Stop::NotFinite, 1));

        // A gradient that points uphill.
        let found = stops(|x| (x[0] * x[0], vec![-2.0 * x[0]]), &[3.0], method);
        assert_eq!(
            (found.stop, &found.x[..]),
            (Stop::NoLower, &[3.0][..]),
            "{found}"
        );

        // A kink: no derivative is 0.
        let found = stops(|x| (x[0].abs(), vec![x[0].signum()]), &[0.3], method);
        assert_eq!(found.stop, Stop::NoLower, "{found}");
        assert!(found.value < 1e-9, "{found}");

        // Finite at the start alone.
        let island = |x: &[f64]| match x[0] == 1.0 {
            true => (1.0, vec![2.0]),
            false => (f64::NAN, vec![f64::NAN]),
        };
        let found = stops(island, &[1.0], method);
        assert_eq!(
            (found.stop, &found.x[..]),
            (Stop::NoLower, &[1.0][..]),
            "{found}"
        );

        let found = stops(|_| (5.0, vec![]), &[], method);
        assert_eq!((found.stop, found.value), (Stop::Converged, 5.0));

        // Numbers whose squares overflow.
        let huge = |x: &[f64]| {
            (1e200 * (x[0] - 2.0).abs().powf(1.5), {
                vec![1.5e200 * (x[0] - 2.0).abs().sqrt() * (x[0] - 2.0).signum()]
            })
        };
        let found = stops(huge, &[0.0], method);
        assert!((found.x[0] - 2.0).abs() < 1e-3, "{found}");
    }
    let few = Options {
        iterations: 3,
        ..Options::default()
    };
    let found = minimize(with_gradient(rosenbrock), &[-1.2, 1.0], &few);
    assert_eq!((found.stop, found.iterations()), (Stop::Iterations, 3));
    assert!(
        found
            .to_string()
            .ends_with("evaluations: the steps allowed are used up")
    );
}

#[test]
#[should_panic(expected = "minimize: a gradient of 1 derivatives by 2 numbers")]
fn a_gradient_of_another_length_is_refused() {
    let _ = minimize(|_| (0.0, vec![1.0]), &[0.0, 0.0], &Options::default());
}

fn xor(net: &Sequential, pass: &Pass<'_>) -> Var {
    let x = pass
        .tape()
        .constant([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
    let y = pass.tape().constant([[0.0], [1.0], [1.0], [0.0]]);
    net.forward(x, pass).bce_with_logits(y)
}

#[test]
fn a_network_is_brought_to_its_lowest_loss() {
    let mut rng = seeded(3);
    let net: Sequential = Sequential::new()
        .then(Linear::new(2, 4, &mut rng))
        .then(Activation::Tanh)
        .then(Linear::new(4, 1, &mut rng));
    let found = minimize_loss(&net, |pass| xor(&net, pass), &options(METHODS[0]));
    assert!(found.value < 1e-6 && found.evaluations < 200, "{found}");
    assert_eq!(net.parameters().unrolled(), found.x);
}

#[test]
fn frozen_parameters_stay_and_unused_ones_have_no_slope() {
    let mut rng = seeded(3);
    let net: Sequential = Sequential::new()
        .then(Linear::new(2, 2, &mut rng))
        .then(Linear::new(2, 1, &mut rng))
        .then(Linear::new(1, 1, &mut rng));
    net.parameters().only(|p| p.name.starts_with("0.")).freeze();
    let parameters = net.parameters();
    let mut f = loss_of(net.parameters(), |pass| {
        let weight = pass.parameter(parameters.get("1.weight").unwrap());
        weight.square().sum()
    });
    let (value, slopes) = f(&[3.0, 4.0, 5.0, 6.0, 7.0]);
    assert_eq!((value, &slopes[..]), (25.0, &[6.0, 8.0, 0.0, 0.0, 0.0][..]));
}
