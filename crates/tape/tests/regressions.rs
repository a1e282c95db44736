//! What once broke, and the law that would have caught it.

use tape::{CustomOp, Program, Tape, Var, derivatives, gradient, hessian, logsumexp};

/// The curvature of log-sum-exp is p (1 - p), however near p is to 1: that of softplus.
#[test]
fn logsumexp_keeps_its_digits_in_the_tails_to_any_order() {
    for x in [0.5, 10.0, 20.0, 30.0, 40.0, 300.0, -30.0, -300.0] {
        let got = derivatives(|x| logsumexp(&[x, Var::constant(0.0)]), x, 6);
        let want = derivatives(|x| x.softplus(), x, 6);
        for (order, (got, want)) in got.iter().zip(&want).enumerate() {
            let error = (got - want).abs() / want.abs().max(f64::MIN_POSITIVE);
            assert!(error < 1e-12, "order {order} at {x}: {got} and {want}");
        }
        let h = hessian(|x: &[Var]| logsumexp(x), &[x, 0.0]);
        assert!((h[0][0] + h[0][1]).abs() <= 1e-15 * h[0][0], "{h:?} at {x}");
        assert!((h[0][0] / want[2] - 1.0).abs() < 1e-13, "{h:?} at {x}");
    }
    let steep = derivatives(
        |x| logsumexp(&[x * 1000.0 + x.powi(3), Var::constant(0.0)]),
        1.1,
        8,
    );
    assert_eq!(steep[4..], [0.0; 5]);
}

#[test]
fn logsumexp_of_infinities_has_the_gradient_of_its_limit() {
    let at = |x: &[f64]| gradient(|x: &[Var]| logsumexp(x), x);
    let inf = f64::INFINITY;
    assert_eq!(at(&[inf, 0.0]), [1.0, 0.0]);
    assert_eq!(at(&[-inf, 0.0]), [0.0, 1.0]);
    assert_eq!(at(&[-inf, -inf]), [0.0, 0.0]);
    assert!(at(&[f64::NAN, 0.0])[0].is_nan());
}

/// Taylor coefficients alone underflow at the 178th; derivatives do not.
#[test]
fn derivatives_of_high_order_neither_overflow_nor_underflow() {
    let exp = derivatives(|x| x.exp(), 0.0, 400);
    assert!(
        exp.iter().all(|d| (d - 1.0).abs() < 1e-12),
        "{:?}",
        exp.last()
    );
    let slow = derivatives(|x| (x * 0.01).sin(), 1.0, 100);
    let want = 0.01f64.powi(90) * -(0.01f64.sin());
    assert!(
        (slow[90] / want - 1.0).abs() < 1e-12,
        "{} and {want}",
        slow[90]
    );
    assert_eq!(derivatives(|x| x.sin(), 5e-324, 2)[2], -5e-324);
    let reciprocal = derivatives(|x| x.recip(), 1.0, 170);
    assert!(
        (reciprocal[170] / 7.257415615307994e306 - 1.0).abs() < 1e-12,
        "{}",
        reciprocal[170]
    );
}

#[test]
#[should_panic(expected = "1000 is the highest")]
fn an_order_beyond_reason_is_refused() {
    let _ = derivatives(|x| x * 2.0, 0.0, usize::MAX);
}

#[test]
fn the_lowest_exponent_has_the_right_slope() {
    assert_eq!(gradient(|x| x[0].powi(i32::MIN), &[-1.0]), [2147483648.0]);
}

#[test]
#[should_panic(expected = "dot takes pairs")]
fn half_a_pair_is_no_dot_product() {
    let tape = Tape::new();
    let _ = Var::dot(&tape.leaves(&[2.0, 3.0, 5.0]));
}

/// Applying an operation is a function call per level of nesting.
#[test]
fn custom_operations_nest_only_so_deep() {
    let half = |_: &[Var], _| vec![Var::constant(0.5)];
    let mut inner =
        CustomOp::with_derivative("level 0", &[1.0], |x| x[0] * 0.5, half).expect("flat");
    for level in 1.. {
        let name = format!("level {level}");
        match CustomOp::with_derivative(&name, &[1.0], |x| inner.call(x), half) {
            Ok(op) => inner = op,
            Err(error) => {
                assert!(error.to_string().contains("deep"), "{error}");
                return;
            }
        }
        assert!(level < 100, "nested without end");
    }
}

/// Opening tapes and starting threads use up no ids: only nodes do.
#[test]
fn ids_of_recordings_that_are_gone_are_given_back() {
    let block = |id: String| id;
    let first = std::thread::spawn(|| format!("{:?}", Tape::new().leaf(1.0).id())).join();
    let first = block(first.expect("a thread that ends"));
    let number = |id: &str| {
        id.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
            .parse::<u64>()
    };
    let first = number(&first).expect("an id is a number");
    for _ in 0..200 {
        let id = std::thread::spawn(|| format!("{:?}", Tape::new().leaf(1.0).id())).join();
        let id = number(&id.expect("a thread that ends")).expect("an id is a number");
        assert!(
            id.abs_diff(first) < 100 << 40,
            "{id} is many blocks away from {first}"
        );
    }
}

/// The value of a handle is plain data; it may be read after a reset, and printed.
#[test]
fn the_value_of_a_stale_handle_may_be_read() {
    let tape = Tape::new();
    let x = tape.leaf(3.0);
    tape.reset();
    assert_eq!(
        (x.value(), x.is_nan(), x.to_string()),
        (3.0, false, "3".to_string())
    );
}

#[test]
fn a_leaky_slope_of_zero_is_relu() {
    assert_eq!(
        gradient(|x| x[0].leaky_relu(0.0), &[f64::NEG_INFINITY]),
        [0.0]
    );
    assert_eq!(
        Program::record(|x: &[Var]| x[0].leaky_relu(0.0), &[1.0])
            .unwrap()
            .eval(&[f64::NEG_INFINITY]),
        Ok(vec![0.0])
    );
}
