//! Operations of a user's own, in every mode, and what a definition may not do.

use tape::{CustomOp, Dual, ErrorKind, Program, Tape, Var};

/// `ln(1 + e^x)` by its definition, derivative derived.
fn naive_softplus() -> &'static CustomOp {
    CustomOp::define("naive_softplus", &[0.5], |x| (x[0].exp() + 1.0).ln())
        .expect("a sound definition")
}

/// `x^2 y` with a derivative of its own.
fn square_times() -> &'static CustomOp {
    let value = |x: &[Var]| x[0] * x[0] * x[1];
    CustomOp::with_derivative("square_times", &[2.0, 3.0], value, |x, _| {
        vec![x[0] * x[1] * 2.0, x[0] * x[0]]
    })
    .expect("a sound definition")
}

#[test]
fn a_derived_derivative_is_right_to_any_order() {
    let op = naive_softplus();
    let ours = tape::derivatives(|x| op.call(&[x]), 0.3, 6);
    let built_in = tape::derivatives(|x| x.softplus(), 0.3, 6);
    for (a, b) in ours.iter().zip(&built_in) {
        assert!((a - b).abs() < 1e-13, "{ours:?} {built_in:?}");
    }
}

#[test]
fn it_is_one_node_in_every_mode() {
    let op = square_times();
    let tape = Tape::new();
    let (x, y) = (tape.leaf(2.0), tape.leaf(3.0));
    let z = op.call(&[x, y]);
    assert_eq!((tape.len(), z.value()), (3, 12.0));
    assert_eq!(z.backward().of(&[x, y]), [12.0, 4.0]);
    assert_eq!(op.call(&[2.0, 3.0]), 12.0);
    let dual: Dual = op.call(&[Dual::variable(2.0, 0), Dual::constant(3.0)]);
    assert_eq!((dual.value, dual.tangent), (12.0, [12.0]));
    let slope = z.gradient_of(&[x])[0];
    assert_eq!(slope.backward().of(&[x, y]), [6.0, 4.0]);
    let program = Program::record(|x: &[Var]| op.call(x), &[1.0, 1.0]).expect("no guards");
    assert_eq!(
        program.hessian(&[2.0, 3.0]),
        Ok(vec![vec![6.0, 4.0], vec![4.0, 0.0]])
    );
    // With literals, and with nothing but literals.
    assert_eq!(
        tape::gradient(|x| op.call(&[Var::constant(2.0), x[0]]), &[3.0]),
        [4.0]
    );
    assert!(
        op.call(&[Var::constant(2.0), Var::constant(3.0)])
            .is_constant()
    );
}

#[test]
fn operations_may_be_made_of_operations() {
    let (inner, plus) = (square_times(), naive_softplus());
    let outer = CustomOp::define("made_of_others", &[1.0], |x| {
        inner.call(&[plus.call(x), x[0]])
    })
    .expect("sound");
    let ours = tape::derivatives(|x| outer.call(&[x]), 0.7, 4);
    let plain = tape::derivatives(|x| x.softplus().square() * x, 0.7, 4);
    for (a, b) in ours.iter().zip(&plain) {
        assert!((a - b).abs() < 1e-13, "{ours:?} {plain:?}");
    }
}

#[test]
fn a_name_means_one_thing() {
    assert!(std::ptr::eq(naive_softplus(), naive_softplus()));
    assert!(std::ptr::eq(
        CustomOp::find("naive_softplus").expect("it is defined"),
        naive_softplus()
    ));
    assert!(CustomOp::find("never_defined").is_none());
    let error =
        CustomOp::define("naive_softplus", &[0.5], |x| x[0].exp()).expect_err("the name is taken");
    assert_eq!(error.kind(), ErrorKind::Record);
    assert!(error.to_string().contains("`naive_softplus`"), "{error}");
    assert_eq!(
        (square_times().name(), square_times().arity()),
        ("square_times", 2)
    );
}

#[test]
fn what_a_definition_may_not_do() {
    let tape = Tape::new();
    let outer = tape.leaf(1.0);
    for (error, part) in [
        (
            CustomOp::define(
                "branches",
                &[1.0],
                |x| if x[0] > 0.0 { x[0] } else { -x[0] },
            ),
            "branches on a value",
        ),
        (
            CustomOp::define("reads", &[1.0], |x| x[0] * x[0].value()),
            "branches on a value",
        ),
        (
            CustomOp::with_derivative("too_few", &[1.0, 2.0], |x| x[0] * x[1], |x, _| vec![x[1]]),
            "1 derivatives for 2",
        ),
        (
            CustomOp::define("foreign", &[1.0], |_| outer),
            "another recording",
        ),
    ] {
        let message = error.expect_err("it is no sound definition").to_string();
        assert!(message.contains(part), "no `{part}` in: {message}");
    }
    assert!(CustomOp::find("branches").is_none());
}

#[test]
#[should_panic(expected = "`square_times` takes 2 operands")]
fn the_wrong_number_of_operands_panics() {
    let _ = square_times().call(&[1.0]);
}

#[test]
fn threads_may_define_the_same_operation_at_once() {
    let define = || {
        CustomOp::define("defined_at_once", &[1.0], |x| x[0].tanh() * 2.0).expect("it is the same")
            as *const CustomOp
    };
    let places: Vec<usize> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| scope.spawn(move || define() as usize))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .collect()
    });
    assert!(places.iter().all(|&place| place == places[0]));
}
