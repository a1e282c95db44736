//! Every NaN and infinity planted in a random graph of numbers is found, forward and backward.

use crate::graph::{Random, all_of, grow, inputs};
use tape::story::{OriginKind, SpoiledKind};
use tape::{CustomOp, Tape, Var};

/// What to plant: how it comes to be, and an expression that is not finite for a finite operand,
/// though all before its last operation is.
type Plant = (OriginKind, fn(Var) -> Var);

/// 0, however `x` changes.
#[allow(clippy::eq_op, reason = "a zero that depends on x is wanted")]
fn zero(x: Var) -> Var {
    x - x
}

const FORWARD: &[Plant] = {
    use OriginKind::{Literal, Operation};
    &[
        (Operation, |x| (-(x.square()) - 1.0).ln()),
        (Operation, |x| (-(x.square()) - 1.0).sqrt()),
        (Operation, |x| zero(x).recip()),
        (Operation, |x| zero(x).ln()),
        (Operation, |x| (x + 2.0) / zero(x)),
        (Operation, |x| zero(x) / zero(x)),
        (Operation, |x| (x + 1000.0).exp()),
        (Operation, |x| ((x.square() + 1.0) * 1e200).square()),
        (Operation, |x| (x.square() + 1.0) * 1e200 * 1e200),
        (Operation, |x| (x.square() + 1.5).asin()),
        (Operation, |x| (-x.square()).acosh()),
        (Operation, |x| (x.square() + 1.5).atanh()),
        (Operation, |x| (-(x.square()) - 1.0).pow(0.5)),
        (Operation, |x| zero(x).powi(-3)),
        (Operation, |x| (-(x.square()) - 3.0).log1p()),
        (Operation, |x| (x + 2.0).xlogy(-(x.square()) - 1.0)),
        (Operation, |x| (x + 2.0) % zero(x)),
        (Operation, |x| {
            Var::product(&[x.square() + 1e200, x.square() + 1e200])
        }),
        (Operation, |x| Var::sum(&[x + 1e308, x + 1e308])),
        (Operation, |x| zero(x).lgamma()),
        (Literal, |x| x * f64::NAN),
        (Literal, |x| x + f64::INFINITY),
        (Literal, |x| f64::NEG_INFINITY - x),
    ]
};

#[test]
fn what_is_planted_in_the_forward_pass_is_found() {
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let tape = Tape::new();
        let mut values = inputs(&tape, &mut random);
        let steps = random.below(20);
        grow(&mut values, steps, &mut random);
        let (kind, plant) = FORWARD[seed as usize % FORWARD.len()];
        let (bad, line) = (plant(random.pick(&values)), line!());
        assert!(
            !bad.value().is_finite(),
            "seed {seed} plants {}",
            bad.value()
        );
        values.push(bad);
        let steps = random.below(20);
        grow(&mut values, steps, &mut random);
        let explanation = all_of(&values).explain();
        let blame = explanation.blame();
        let origin = blame.forward.expect("an origin");
        assert_eq!(
            origin.at.node,
            explanation.node(bad).unwrap().id,
            "seed {seed}"
        );
        assert_eq!(
            (origin.kind, origin.count, origin.index),
            (kind, 1, None),
            "seed {seed}"
        );
        assert!(
            origin.reaches_output && blame.also.is_empty(),
            "seed {seed}"
        );
        assert_eq!(origin.value.to_bits(), bad.value().to_bits());
        let finite = origin.operands.iter().filter(|seen| seen.node.is_some());
        assert!(finite.clone().all(|seen| seen.value.is_finite()) && finite.count() > 0);
        let source = origin.at.source.expect("lines are on");
        assert!(source.place.file.ends_with("blame.rs") && source.place.line < line);
        assert!(origin.mistake.len() > 10 && origin.cure.len() > 10);
    }
}

/// What to plant: how it goes wrong, and the node to find with what is built on it.
type Trap = (SpoiledKind, fn(Var) -> [Var; 2]);

/// Expressions that are finite, whose derivative is not: what they return hands on the first bad
/// term, or is the operand whose sum overflows.
const BACKWARD: &[Trap] = {
    use SpoiledKind::{Local, Product, Sum};
    &[
        (Local, |x| [zero(x).sqrt(); 2]),
        (Local, |x| [zero(x).cbrt(); 2]),
        (Local, |x| [zero(x).pow(0.5); 2]),
        (Local, |x| [(zero(x) + 1.0).acos(); 2]),
        (Local, |x| [(zero(x) + 1.0).acosh(); 2]),
        (Local, |x| [zero(x).xlogy(zero(x)); 2]),
        (Product, |x| {
            let bad = x * 1e-300 * 1e200;
            [bad, bad * 1e200]
        }),
        (Product, |x| {
            let bad = (x * 1e-300).mul_add(1e250, x);
            [bad, bad * 1e100 * 1e-40]
        }),
        (Sum, |x| {
            let small = x * 1e-308;
            let end = small * 0.8e308 + small * 0.9e308;
            [small, end]
        }),
    ]
};

#[test]
fn what_is_planted_in_the_reverse_sweep_is_found() {
    for seed in 0..200 {
        let mut random = Random::new(1000 + seed);
        let tape = Tape::new();
        let mut values = inputs(&tape, &mut random);
        let steps = random.below(20);
        grow(&mut values, steps, &mut random);
        let (kind, plant) = BACKWARD[seed as usize % BACKWARD.len()];
        let [bad, end] = plant(random.pick(&values));
        assert!(
            bad.value().is_finite() && end.value().is_finite(),
            "seed {seed}"
        );
        let mut others = values.clone();
        let steps = random.below(20);
        grow(&mut others, steps, &mut random);
        let explanation = (all_of(&others) + end * 1.5).explain();
        let blame = explanation.blame();
        assert_eq!(blame.forward, None, "seed {seed}");
        let spoiled = blame.backward.expect("a spoiled term");
        assert_eq!(spoiled.kind, kind, "seed {seed}");
        let found = match kind {
            SpoiledKind::Sum => spoiled.operand.node,
            _ => spoiled.at.node,
        };
        assert_eq!(found, explanation.node(bad).unwrap().id, "seed {seed}");
        assert!(
            spoiled.upstream.is_finite() && spoiled.upstream != 0.0,
            "seed {seed}"
        );
        let product = spoiled.upstream * spoiled.local;
        assert_eq!(
            product.to_bits(),
            spoiled.contribution.to_bits(),
            "seed {seed}"
        );
        assert!(spoiled.mistake.len() > 10 && spoiled.cure.len() > 10);
    }
}

#[test]
fn finite_graphs_have_nothing_to_blame() {
    for seed in 0..100 {
        let mut random = Random::new(3000 + seed);
        let tape = Tape::new();
        let mut values = inputs(&tape, &mut random);
        grow(&mut values, 30, &mut random);
        let blame = all_of(&values).explain().blame();
        assert!(
            blame.is_finite() && blame.hidden.is_empty() && blame.nodes().is_empty(),
            "{blame}"
        );
    }
}

#[test]
fn an_input_that_is_nan_itself_is_the_origin() {
    let tape = Tape::without_lines();
    let (x, y) = (tape.var("x", f64::NAN), tape.var("y", 2.0));
    let loss = (x * y).exp().named("loss");
    let blame = loss.explain().blame();
    let origin = blame.forward.as_ref().unwrap();
    assert_eq!(
        (origin.kind, origin.at.label.as_str()),
        (OriginKind::Input, "x")
    );
    assert_eq!(blame.outputs.len(), 1);
    assert!(
        blame
            .to_string()
            .starts_with("forward: x is NaN, as it was given\n"),
        "{blame}"
    );
}

/// PyTorch's anomaly mode is silent here: no gradient is NaN, only the loss.
#[test]
fn a_loss_that_alone_is_bad_is_blamed() {
    let tape = Tape::without_lines();
    let x = tape.var("x", 710.0);
    let loss = (x + x.exp().floor()).named("loss");
    let explanation = loss.explain();
    assert_eq!(explanation.node(x).unwrap().adjoint, Some(1.0));
    let blame = explanation.blame();
    let origin = blame.forward.as_ref().unwrap();
    assert_eq!(
        (origin.at.expression.as_str(), origin.value),
        ("exp(x)", f64::INFINITY)
    );
    assert!(blame.backward.is_none() && !blame.is_finite());

    let constant = Var::from(f64::NAN).explain().blame();
    assert_eq!(constant.outputs[0].0, "");
    assert!(!constant.is_finite());
    let text = constant.to_string();
    assert!(
        text.starts_with("forward: the output is the constant NaN, and no node"),
        "{text}"
    );
}

#[test]
fn what_spoils_an_output_goes_before_what_does_not() {
    let tape = Tape::without_lines();
    let x = tape.var("x", -2.0);
    let harmless = x.select(x.sqrt(), 0.0);
    let blame = harmless.explain().blame();
    assert!(!blame.forward.as_ref().unwrap().reaches_output && !blame.is_finite());
    assert_eq!(blame.hidden.len(), 1);
    let loss = harmless + x.ln();
    let explanation = loss.explain();
    let blame = explanation.blame();
    assert_eq!(blame.forward.as_ref().unwrap().at.expression, "ln(x)");
    assert_eq!(blame.also.len(), 1);
    assert_eq!(blame.nodes().len(), 2);
}

#[test]
fn what_no_output_depends_on_is_passed_over() {
    let tape = Tape::without_lines();
    let (x, unused) = (tape.var("x", 2.0), tape.var("unused", f64::NAN));
    let _ = unused.exp();
    let _ = (-x).ln();
    assert!(x.sin().explain().blame().is_finite());
}

#[test]
fn infinity_minus_infinity_is_not_the_first() {
    let tape = Tape::without_lines();
    let x = tape.var("x", 800.0);
    let (a, b) = (x.exp().named("a"), (x * 2.0).exp().named("b"));
    let explanation = (b - a).explain();
    let blame = explanation.blame();
    assert_eq!(blame.forward.unwrap().at.label, "a");
    assert_eq!(blame.also[0].label, "b");
}

#[test]
fn a_users_operation_is_named() {
    let op = CustomOp::define("blamed", &[1.0], |x| (x[0] - 3.0).ln()).unwrap();
    let tape = Tape::without_lines();
    let x = tape.var("x", 1.0);
    let blame = op.call(&[x]).explain().blame();
    assert_eq!(
        blame.forward.unwrap().mistake,
        "the user's operation blamed answers it"
    );
}
