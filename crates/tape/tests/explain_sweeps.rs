//! Ledgers of sweeps that start from arrays, and of sweeps with hooks: they are the sweeps, term by
//! term, on random graphs too.

use ledger::{check, same};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tape::explain::Node;
use tape::{Array, Element, ErrorKind, Explanation, Gradients, Sweep, Tape, Tensor};

#[path = "support/ledger.rs"]
mod ledger;

/// The adjoint of a node, a number's as an array of one.
fn adjoint(node: &Node) -> Option<Vec<f64>> {
    match &node.array {
        Some(array) => array.adjoint.as_ref().map(|adjoint| adjoint.to_vec()),
        None => node.adjoint.map(|adjoint| vec![adjoint]),
    }
}

fn agree<T: Element>(explanation: &Explanation, gradients: &Gradients, tensors: &[Tensor<T>]) {
    for &tensor in tensors {
        let Some(node) = explanation.node(tensor) else {
            continue;
        };
        let swept = gradients.array(tensor);
        let swept = swept.map(|array| array.iter().map(|a| a.to_f64()).collect::<Vec<_>>());
        match (adjoint(node), swept) {
            (None, None) => {}
            (Some(told), Some(swept)) => {
                assert_eq!(told.len(), swept.len());
                assert!(
                    told.iter().zip(&swept).all(|(&a, &b)| same(a, b)),
                    "{}",
                    node.label
                );
            }
            different => panic!("{}: {different:?}", node.label),
        }
    }
}

/// What a hook does to each element of an adjoint.
type Change = fn(f64) -> f64;
const CHANGES: [Change; 7] = [
    |a| a.clamp(-0.1, 0.1),
    |a| a * 1e3,
    |_| 0.25,
    |a| a,
    |a| a + 1e-20,
    |_| f64::NAN,
    |a| if a.is_nan() { 0.0 } else { 1e300 * a },
];

#[derive(Clone, Debug)]
struct Plan {
    /// Operation and operands of each node.
    steps: Vec<(usize, usize, usize)>,
    /// Node and change of each hook.
    hooks: Vec<(usize, usize)>,
    cotangent: [f64; 6],
}

fn plan() -> impl Strategy<Value = Plan> {
    (
        prop::collection::vec((0..10_usize, 0..40_usize, 0..40_usize), 1..12),
        prop::collection::vec((0..40_usize, 0..CHANGES.len()), 0..6),
        prop::array::uniform6(-2.0..2.0),
    )
        .prop_map(|(steps, hooks, cotangent)| Plan {
            steps,
            hooks,
            cotangent,
        })
}

/// Nodes of one shape, from arrays and a number.
fn record<T: Element>(tape: &Tape, plan: &Plan) -> Vec<Tensor<T>> {
    let numbers = [0.3, -0.7, 1.1, 0.0, -1.9, 0.5].map(T::from_f64);
    let leaf = Array::new(&[2, 3], numbers.to_vec());
    let mut nodes = vec![
        tape.tensor("a", leaf.map(|x| x + T::from_f64(0.1))),
        tape.tensor("b", leaf),
    ];
    let n = tape.var("n", 0.8);
    for &(op, x, y) in &plan.steps {
        let [x, y] = [x, y].map(|place| nodes[place % nodes.len()]);
        nodes.push(match op {
            0 => x + y,
            1 => x * y,
            2 => x.sin(),
            3 => x * n,
            4 => x.softmax(-1) + y,
            5 => x.sum_over(0) + y,
            6 => x.abs().sqrt() * y,
            7 => x.flip(1).tanh(),
            8 => x - y.mean(),
            _ => x.max(y),
        });
    }
    nodes
}

fn check_plan<T: Element>(plan: &Plan) {
    let tape = Tape::new();
    let nodes = record::<T>(&tape, plan);
    let output = nodes[nodes.len() - 1];
    let cotangent = Array::new(&[2, 3], plan.cotangent.map(T::from_f64).to_vec());
    let explanation = output.explain(&cotangent);
    check(&explanation);
    agree(&explanation, &output.vjp(&cotangent), &nodes);
    let hooked = || {
        plan.hooks
            .iter()
            .fold(Sweep::new(), |sweep, &(node, change)| {
                sweep.hook(nodes[node % nodes.len()], move |adjoint: &mut Array<T>| {
                    *adjoint = adjoint.map(|a| T::from_f64(CHANGES[change](a.to_f64())));
                })
            })
    };
    let explanation = hooked().explain_vjp(output, &cotangent);
    check(&explanation);
    agree(&explanation, &hooked().vjp(output, &cotangent), &nodes);
    // The number that all of them may depend on.
    let loss = output.sum();
    let explanation = hooked().explain(loss);
    check(&explanation);
    agree(&explanation, &hooked().backward(loss), &nodes);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, rng_seed: RngSeed::Fixed(5), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ledgers_of_arrays_and_hooks_are_the_sweeps_term_by_term(plan in plan()) {
        check_plan::<f64>(&plan);
        check_plan::<f32>(&plan);
    }

    #[test]
    fn hooks_of_numbers_are_terms(plan in plan()) {
        let tape = Tape::new();
        let mut nodes = vec![tape.var("a", 0.4), tape.var("b", -1.3)];
        for &(op, x, y) in &plan.steps {
            let [x, y] = [x, y].map(|place| nodes[place % nodes.len()]);
            nodes.push(match op % 5 {
                0 => x + y,
                1 => x * y,
                2 => x.sin(),
                3 => x / (y * y + 1.0),
                _ => x.max(y),
            });
        }
        let output = nodes[nodes.len() - 1];
        let hooked = || {
            plan.hooks.iter().fold(Sweep::new(), |sweep, &(node, change)| {
                sweep.hook_number(nodes[node % nodes.len()], move |adjoint| *adjoint = CHANGES[change](*adjoint))
            })
        };
        let explanation = hooked().explain(output);
        check(&explanation);
        let gradients = hooked().backward(output);
        for &node in &nodes {
            let Some(told) = explanation.node(node) else { continue };
            match (told.adjoint, gradients.get(node)) {
                (None, None) => {}
                (Some(a), Some(b)) => assert!(same(a, b), "{}", told.label),
                different => panic!("{}: {different:?}", told.label),
            }
        }
    }
}

#[test]
fn a_seed_is_the_first_term_of_an_output() {
    let tape = Tape::without_lines();
    let x = tape.tensor("x", [1.0, 2.0]);
    let y = x.square().named("y");
    let explanation = y.explain(&[3.0, -1.0].into());
    assert_eq!(
        explanation.to_string(),
        "\
y [2]. A node's adjoint is the derivative of sum(seed * y) by that node:
the sum, over its children, of the child's adjoint * the child's local derivative.
Of arrays, * is the product element by element, and . that of matrices.

y [2] = x^2
    value [1. 4.]
    output: seed [ 3. -1.]
    adjoint [2]: [ 3. -1.]

x [2] = input
    value [1. 2.]
    from y: d sum(seed * y)/dx [2] = seed * dy/dx    dy/dx = 2 * x
    adjoint [2]: [ 6. -4.]
"
    );
    let element = explanation.element(y, &[1]);
    assert_eq!(
        (element.terms[0].child, element.adjoint),
        (None, Some(-1.0))
    );
    assert!(
        explanation
            .sweep()
            .starts_with("start: y [2] = x^2, an output, adjoint [ 3. -1.]\n")
    );
    assert!(
        explanation
            .json()
            .to_string()
            .starts_with(r#"{"value":[1.0,4.0],"gradient":{"x":[6.0,-4.0]},"inputs":["x"],"#)
    );
}

#[test]
fn a_cotangent_of_a_number_is_its_seed() {
    let tape = Tape::without_lines();
    let x = tape.var("x", 3.0);
    let y = (x * x).named("y");
    let explanation = Tensor::<f64>::from(y).explain(&Array::from(-2.0));
    assert_eq!(explanation.outputs()[0].seed, -2.0);
    assert_eq!(explanation.jacobian(), [[-12.0]]);
    assert_eq!(
        explanation.ledger(y),
        "y = x * x = 9\n    output: -2    dy/dy = 1\n    adjoint -2\n"
    );
    assert!(
        explanation
            .to_string()
            .contains("the derivative of -2 * y by that node")
    );
    let precision = explanation.precision();
    assert!(
        precision
            .nodes
            .iter()
            .all(|node| node.adjoint.as_ref().unwrap().is_exact())
    );
    // A constant, and data: no path leads anywhere.
    let constant = Tensor::<f64>::from(5.0).explain(&Array::from(1.0));
    assert_eq!(constant.nodes().len(), 0);
    let data = tape.constant([1.0, 2.0]).explain(&[1.0, 1.0].into());
    check(&data);
    assert!(data.nodes().iter().all(|node| !node.has_adjoint()));
}

#[test]
fn a_cotangent_that_does_not_fit_is_an_error() {
    let tape = Tape::new();
    let x = tape.tensor("x", [1.0, 2.0]);
    let error = x.try_explain(&Array::ones(&[3])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Shape);
    let says = "explain(x [2]): a cotangent of shape [3] for a value of shape [2] (";
    assert!(error.to_string().starts_with(says), "{error}");
    assert!(error.to_string().contains("explain_sweeps.rs:"), "{error}");
    for call in [
        (|x| drop(x.explain(&Array::ones(&[3])))) as fn(Tensor),
        |x| drop(Sweep::new().explain_vjp(x, &Array::ones(&[3]))),
        |x| drop(Sweep::new().vjp(x, &Array::ones(&[3]))),
    ] {
        let panic = catch_unwind(AssertUnwindSafe(|| call(x))).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(
            message.contains("a cotangent of shape [3] for a value of shape [2]"),
            "{message}"
        );
    }
}

#[test]
fn hooks_show_in_the_ledger_with_their_lines() {
    let tape = Tape::new();
    let x = tape.tensor("x", [3.0, -4.0]);
    let h = (x * 10.0).named("h");
    let loss = h.square().sum().named("loss");
    let explanation = Sweep::new()
        .hook(h, |adjoint| {
            *adjoint = adjoint.map(|a| f64::clamp(a, -70.0, 70.0))
        })
        .hook(x, |_| ())
        .explain(loss);
    check(&explanation);
    let hooks = &explanation.node(h).unwrap().array.as_ref().unwrap().hooks;
    assert_eq!((hooks.len(), hooks[0].changed()), (1, 1));
    let line = hooks[0].source.as_ref().unwrap().to_string();
    assert!(line.contains("explain_sweeps.rs:"), "{line}");
    let ledger = explanation.ledger(h);
    assert!(
        ledger.contains("    hook:    [ 60. -80.] -> [ 60. -70.]"),
        "{ledger}"
    );
    assert!(
        ledger.contains(&line) && ledger.contains("adjoint [2], changed by a hook: [ 60. -70.]"),
        "{ledger}"
    );
    assert!(explanation.sweep().contains(&format!(
        "hook: the adjoint of h: [ 60. -80.] -> [ 60. -70.] ({line})\n"
    )));
    let element = explanation.element(h, &[1]);
    assert_eq!(
        (
            element.hooks[0].before,
            element.hooks[0].after,
            element.adjoint
        ),
        (-80.0, -70.0, Some(-70.0))
    );
    assert!(
        element
            .to_string()
            .ends_with("adjoint -80, made -70 by a hook\n"),
        "{element}"
    );
    assert!(explanation.element(h, &[0]).hooks.is_empty());
    // What only looked has no term.
    assert!(!explanation.node(x).unwrap().is_hooked());
    assert!(
        explanation
            .latex()
            .contains("\\to \\begin{bmatrix} 60 & -70 \\end{bmatrix} \\quad \\text{(a hook)}")
    );
    assert!(
        explanation
            .json()
            .to_string()
            .contains(r#""hooks":[{"before":[60.0,-80.0],"after":[60.0,-70.0],"line":""#)
    );
}

#[test]
fn the_seed_and_the_hook_that_spoil_a_sweep_are_named() {
    let tape = Tape::without_lines();
    let (x, n) = (tape.tensor("x", [1.0, 2.0]), tape.var("n", 3.0));
    let y = (x * n).named("y");
    for (explanation, says) in [
        (
            y.explain(&[1.0, f64::NAN].into()),
            "backward: the seed of y[1] is NaN\n    the sweep was given it",
        ),
        (
            Sweep::new()
                .hook_number(n, |a| *a = f64::INFINITY)
                .explain(y.sum()),
            "backward: a hook makes the adjoint of n inf, which was 3\n",
        ),
        (
            Sweep::new()
                .hook(y, |a| *a = a.map(|_| f64::NAN))
                .explain(y.sum()),
            "backward: a hook makes the adjoint of y[0] NaN, which was 1\n    2 elements went wrong here\n",
        ),
    ] {
        let blame = explanation.blame();
        assert!(blame.to_string().contains(says), "{blame}");
        assert!(blame.forward.is_none() && blame.outputs.is_empty());
    }
    assert!(y.explain(&[1.0, 2.0].into()).blame().is_finite());
    let precision = Sweep::new()
        .hook_number(n, |a| *a = 0.0)
        .explain(n * n)
        .precision();
    assert!(precision.nodes.iter().all(|node| node.adjoint.is_none()));
}
