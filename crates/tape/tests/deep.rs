//! Long chains, wide sums, and graphs whose paths are more than can be counted: no recursion, and
//! time and memory in proportion to the nodes.

use tape::{Gradients, Program, Real, Tape, Var};

/// Runs on a stack of 2 MiB: enough for anything but recursion over a graph.
fn on_a_small_stack(body: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(2 << 20)
            .spawn_scoped(scope, body);
        thread
            .expect("a thread starts")
            .join()
            .expect("nothing overflows");
    });
}

/// `x`, shrunk and moved `n` times: a chain of `2 n` operations with derivative `0.999999^n`.
fn chain<R: Real>(x: R, n: usize) -> R {
    (0..n).fold(x, |y, _| y * 0.999_999 + 1e-6)
}

/// What the chain's derivative is, multiplied up in the sweep's order.
fn chain_slope(n: usize) -> f64 {
    (0..n).fold(1.0, |slope, _| slope * 0.999_999)
}

#[test]
fn ten_million_operations_are_recorded_swept_and_dropped() {
    on_a_small_stack(|| {
        let n = 5_000_000;
        let tape = Tape::new();
        let x = tape.leaf(0.5);
        let y = chain(x, n);
        assert_eq!(tape.len(), 2 * n + 1);
        assert_eq!(y.value(), chain(0.5, n));
        let mut g = Gradients::new();
        y.backward_into(&mut g);
        assert_eq!(g[x], chain_slope(n));
        tape.reset();
        assert!(tape.is_empty());
        drop((tape, g));
    });
}

#[test]
fn a_gradient_of_ten_million_operations_needs_no_stack() {
    on_a_small_stack(|| {
        assert_eq!(
            tape::gradient(|x| chain(x[0], 5_000_000), &[0.5]),
            [chain_slope(5_000_000)]
        )
    });
}

#[test]
fn doubling_64_times_is_64_operations_in_every_mode() {
    fn doubled<R: Real>(x: R) -> R {
        (0..64).fold(x, |x, _| x + x)
    }
    let two_to_the_64 = 2f64.powi(64);
    let tape = Tape::new();
    let x = tape.leaf(1.0);
    let y = doubled(x);
    assert_eq!(
        (tape.len(), y.value(), y.backward()[x]),
        (65, two_to_the_64, two_to_the_64)
    );
    let slope = y.gradient_of(&[x])[0];
    assert_eq!(slope.value(), two_to_the_64);
    assert!(tape.len() < 300, "{} nodes", tape.len());
    assert_eq!(
        tape::jvp(|x| doubled(x[0]), &[1.0], &[1.0]),
        [two_to_the_64]
    );
    assert_eq!(tape::hvp(|x| doubled(x[0]), &[1.0], &[1.0]), [0.0]);
    assert_eq!(
        tape::derivatives(doubled, 1.0, 3),
        [two_to_the_64, two_to_the_64, 0.0, 0.0]
    );
}

#[test]
fn squaring_64_times_has_a_gradient_of_the_gradient() {
    // Each squaring doubles the number of paths, and the gradient graph shares them all.
    let tape = Tape::new();
    let x = tape.leaf(1.0);
    let y = (0..60).fold(x, |x, _| x * x);
    let slope = y.gradient_of(&[x])[0];
    let curvature = slope.gradient_of(&[x])[0];
    let n = 2f64.powi(60);
    assert_eq!((slope.value(), curvature.value()), (n, n * n)); // n (n - 1), rounded
    assert!(tape.len() < 2000, "{} nodes", tape.len());
}

#[test]
fn the_gradient_of_a_long_chain_is_a_long_chain() {
    on_a_small_stack(|| {
        let n = 100_000;
        let tape = Tape::without_lines();
        let x = tape.leaf(0.5);
        let y = (0..n).fold(x, |y, _| y.sin());
        let slope = y.gradient_of(&[x])[0];
        assert_eq!(slope.value(), y.backward()[x]);
        assert!(tape.len() < 4 * n, "{} nodes", tape.len());
        let curvature = slope.gradient_of(&[x])[0];
        assert_eq!(curvature.value(), slope.backward()[x]);
    });
}

#[test]
fn derivatives_of_a_long_chain_to_the_third_order() {
    on_a_small_stack(|| {
        let d = tape::derivatives(|x| (0..20_000).fold(x, |y, _| y + y * y * 1e-9), 1.0, 3);
        let nested = tape::hvp(
            |x| (0..20_000).fold(x[0], |y, _| y + y * y * 1e-9),
            &[1.0],
            &[1.0],
        );
        assert!(
            (d[2] - nested[0]).abs() < 1e-12 * nested[0].abs(),
            "{} {}",
            d[2],
            nested[0]
        );
    });
}

#[test]
fn a_program_of_a_million_rows() {
    on_a_small_stack(|| {
        let n = 500_000;
        let program = Program::record(|x: &[Var]| chain(x[0], n), &[0.0]).expect("no guards");
        assert_eq!(program.len(), 2 * n + 1);
        assert_eq!(program.eval(&[0.5]), Ok(vec![chain(0.5, n)]));
        assert_eq!(program.gradient(&[0.5]), Ok(vec![chain_slope(n)]));
        assert_eq!(program.jvp(&[0.5], &[1.0]), Ok(vec![chain_slope(n)]));
        assert_eq!(program.hvp(&[0.5], &[1.0]), Ok(vec![0.0]));
        assert!(program.clone() == program);
    });
}

#[test]
fn sums_of_a_hundred_thousand() {
    on_a_small_stack(|| {
        let n = 100_000;
        let x: Vec<f64> = (0..n).map(|i| f64::from(i) * 1e-5).collect();
        let ones = vec![1.0; x.len()];
        assert_eq!(tape::gradient(|x| Var::sum(x), &x), ones);
        assert_eq!(tape::gradient(|x| x.iter().sum(), &x), ones);
        assert_eq!(tape::gradient(|x| x.iter().copied().product(), &ones), ones);
        assert_eq!(
            tape::gradient(|x| tape::dot(x, x), &x),
            x.iter().map(|x| 2.0 * x).collect::<Vec<_>>()
        );
        let shares = tape::gradient(|x| tape::logsumexp(x), &x);
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    });
}

#[test]
fn one_variable_with_a_hundred_thousand_uses() {
    let gradient = tape::gradient(|x| (0..100_000).map(|_| x[0] * 0.5).sum(), &[1.0]);
    assert_eq!(gradient, [50_000.0]);
    let hessian = tape::hessian(|x| (0..10_000).map(|_| x[0] * x[0]).sum(), &[1.0]);
    assert_eq!(hessian, [[20_000.0]]);
}
