//! A planned step against one that is recorded every time: the same bits, for every kind of layer.

use nn::Activation::{Relu, Tanh};
use nn::layers::{
    BatchNorm1d, Conv, Conv2d, Dropout, Flatten, Gru, LayerNorm, Linear, Lstm, MaxPool2d,
    MultiHeadAttention, Pool, Residual, Sequential,
};
use nn::{
    Adam, AdamW, Module, Optimizer, Parameter, Pass, PlanError, Session, Sgd, StepPlan, seeded,
};
use std::sync::Arc;
use tape::{Array, Element, Var};

/// Numbers between -1 and 1 that differ from batch to batch.
fn batch<T: Element>(shape: &[usize], number: usize) -> Arc<Array<T>> {
    let mut next = number as f64;
    Arc::new(Array::from_fn(shape, |_| {
        next += 1.37;
        T::from_f64(next.sin())
    }))
}

/// Trains two copies of a network, one on a plan, and compares losses and weights.
#[track_caller]
fn same<T: Element>(
    name: &str,
    shape: &[usize],
    network: impl Fn(&mut rand::rngs::ChaCha8Rng) -> Sequential<T>,
) {
    let loss = |net: &Sequential<T>, x, pass: &Pass<'_, T>| -> Var {
        let y = net.forward(x, pass);
        (y.square() * 0.5 - y).mean()
    };
    let rng = || seeded(5);
    let (recorded, planned) = (network(&mut rng()), network(&mut rng()));
    let (mut session, mut adam) = (Session::new(0), AdamW::<T>::new(0.01));
    let mut adam_planned = AdamW::<T>::new(0.01);
    let (mut plan, x) = StepPlan::record_with(|pass| {
        let x = pass.data(&batch(shape, 99));
        (loss(&planned, x, pass), x)
    })
    .unwrap();
    for number in 0..6 {
        let data = batch(shape, number);
        let (there, mut gradient) = session.step(|pass| loss(&recorded, pass.data(&data), pass));
        gradient.clip_norm(0.5);
        adam.step(&gradient);
        plan.lend(x, &data).unwrap();
        let (here, gradient) = plan.step().unwrap();
        gradient.clip_norm(0.5);
        adam_planned.step(gradient);
        assert_eq!(
            there.to_bits(),
            here.to_bits(),
            "{name}: step {number}: {there}, {here}"
        );
    }
    let weights = |net: &Sequential<T>| net.parameters().unrolled();
    assert_eq!(weights(&recorded), weights(&planned), "{name}");
}

/// In either precision.
macro_rules! same {
    ($($name:literal, $shape:expr, |$rng:ident| $net:expr;)*) => { $(
        same::<f64>($name, &$shape, |$rng| $net);
        same::<f32>($name, &$shape, |$rng| $net);
    )* };
}

#[test]
fn planned_steps_have_the_bits_of_recorded_ones() {
    same! {
        "perceptron", [5, 7], |rng| Sequential::new()
            .then(Linear::new(7, 6, rng)).then(Tanh)
            .then(Residual::new(Sequential::new().then(Linear::new(6, 6, rng)).then(Relu)))
            .then(LayerNorm::new(&[6])).then(Linear::new(6, 3, rng));
        "convolutions", [3, 2, 8, 8], |rng| Sequential::new()
            .then(Conv2d::new(2, 4, [3, 3], Conv::new().padding(1), rng)).then(Relu)
            .then(MaxPool2d::new(Pool::new(2))).then(Flatten::new()).then(Linear::new(64, 2, rng));
        "recurrent", [6, 2, 3], |rng| Sequential::new()
            .then(Gru::new(3, 5, rng)).then(Lstm::new(5, 4, rng)).then(Linear::new(4, 2, rng));
        "attention", [2, 4, 6], |rng| Sequential::new()
            .then(MultiHeadAttention::new(6, 2, rng).causal()).then(Linear::new(6, 1, rng));
    }
}

#[test]
fn what_changes_from_step_to_step_is_refused() {
    let refused = |net: &dyn Fn() -> Sequential| {
        let net = net();
        StepPlan::record(|pass| net.forward(pass.data(&batch(&[4, 3], 0)), pass).sum()).unwrap_err()
    };
    let error = refused(&|| Sequential::new().then(Dropout::new(0.5)));
    assert!(matches!(error, PlanError::Random), "{error}");
    assert!(error.to_string().contains("`Session::step`"), "{error}");
    let error = refused(&|| Sequential::new().then(BatchNorm1d::new(3)));
    assert!(
        matches!(error, PlanError::Buffer | PlanError::Tape(_)),
        "{error}"
    );
    // Without a pass that learns, neither changes anything.
    let (w, b) = (Parameter::weight([1.0, 2.0]), Parameter::bias(0.5));
    let mut plan =
        StepPlan::record(|pass| (pass.parameter(&w) * pass.parameter(&b)).sum()).unwrap();
    assert_eq!(plan.step().unwrap().0, 1.5);
    w.freeze();
    let error = plan.step().unwrap_err();
    assert!(
        matches!(error, PlanError::Frozen(id) if id == w.id()),
        "{error}"
    );
    w.thaw();
    b.set(2.0);
    let (loss, gradient) = plan.step().unwrap();
    assert_eq!(
        (loss, gradient.of(&w), gradient.of(&b)),
        (6.0, Some(&[2.0, 2.0][..]), Some(&[3.0][..]))
    );
}

#[test]
fn a_gradient_of_a_plan_is_a_gradient() {
    let (w, other) = (Parameter::weight([3.0, 4.0]), Parameter::weight([1.0]));
    let mut plan = StepPlan::record(|pass| pass.parameter(&w).square().sum()).unwrap();
    let (_, extra) = Session::new(0).step(|pass| pass.parameter(&other).sum());
    for _ in 0..2 {
        let (_, gradient) = plan.step().unwrap();
        assert_eq!(gradient.iter().len(), 1);
        gradient.add(&extra);
        assert_eq!(gradient.clip_norm(1.0), 101f64.sqrt());
        assert!(gradient.of(&other).is_some());
    }
    let (_, gradient) = plan.step().unwrap();
    assert_eq!(
        (gradient.of(&w), gradient.of(&other)),
        (Some(&[6.0, 8.0][..]), None)
    );
    // The optimizer changes weights in place: nobody else holds them.
    let before = w.value().as_slice().as_ptr();
    Adam::new(0.1).step(gradient);
    Sgd::new(0.1).step(gradient);
    assert_eq!(w.value().as_slice().as_ptr(), before);
}

#[test]
fn a_gradient_may_be_kept_and_another_one_left_in_its_place() {
    let w = Parameter::weight([3.0, 4.0]);
    let mut plan = StepPlan::record(|pass| pass.parameter(&w).square().sum()).unwrap();
    let mut twin = StepPlan::record(|pass| pass.parameter(&w).square().sum()).unwrap();
    let empty = |_: &Pass<'_>| Var::from(0.0);
    for (_, left) in [
        Session::new(0).step(|pass| pass.parameter(&w).sum()),
        Session::new(0).step(empty),
    ] {
        w.set([3.0, 4.0]);
        let kept = std::mem::replace(plan.step().unwrap().1, left);
        std::mem::swap(plan.step().unwrap().1, twin.step().unwrap().1);
        w.set([1.0, 2.0]);
        for plan in [&mut plan, &mut twin] {
            let (loss, gradient) = plan.step().unwrap();
            assert_eq!((loss, gradient.of(&w)), (5.0, Some(&[2.0, 4.0][..])));
        }
        assert_eq!(kept.of(&w), Some(&[6.0, 8.0][..]));
    }
}

#[test]
fn a_parameter_is_no_data() {
    let w = Parameter::weight([3.0, 4.0]);
    let (mut plan, handle) = StepPlan::record_with(|pass| {
        let handle = pass.parameter(&w);
        (handle.sum(), handle)
    })
    .unwrap();
    let lent = plan.lend(handle, &Arc::new([1.0, 2.0].into()));
    for error in [plan.set(handle, &[1.0, 2.0]), lent] {
        let error = error.unwrap_err();
        assert!(
            matches!(error, PlanError::Parameter(id) if id == w.id()),
            "{error}"
        );
        assert!(
            error.to_string().contains("what the parameter holds"),
            "{error}"
        );
    }
}
