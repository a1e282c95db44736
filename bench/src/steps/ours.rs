//! Our own rows, through the interface that users have. Every node can be looked at.

use std::sync::Arc;

use nn::Activation::{Relu, Tanh};
use nn::layers::{Conv, Conv2d, Flatten, Gru, Linear, MaxPool2d, Pool, Sequential};
use nn::{Adam, Gradient, Module, Optimizer, Pass, Session, Sgd, StepPlan, seeded};
use tape::{Array, Tensor, Var};

use crate::Step;
use crate::work::{RATE, Rule, Work, characters, classes, layer, numbers};

pub(crate) fn step(work: Work, rule: Rule) -> Step {
    let (net, loss) = training(work);
    let mut session = Session::new(0);
    let mut update = optimizer(rule);
    Box::new(move || {
        let (value, gradient) = session.step(|pass| loss(&net, pass));
        update(&gradient);
        value
    })
}

/// The same, recorded once and run again.
pub(crate) fn step_planned(work: Work, rule: Rule) -> Step {
    let (net, loss) = training(work);
    let mut plan = StepPlan::record(|pass| loss(&net, pass)).expect("the step is planned");
    let mut update = optimizer(rule);
    Box::new(move || {
        let (value, gradient) = plan.step().expect("nothing branches");
        update(gradient);
        value
    })
}

type Loss = Box<dyn Fn(&Sequential<f32>, &Pass<'_, f32>) -> Var>;

/// A network and its loss on one batch.
fn training(work: Work) -> (Sequential<f32>, Loss) {
    let rng = &mut seeded(0);
    match work {
        Work::Xor => {
            let x = Array::from([[0.0_f32, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
            let y = Arc::new(Array::from([[0.0_f32], [1.0], [1.0], [0.0]]));
            let net = Sequential::new()
                .then(Linear::new(2, 4, rng))
                .then(Tanh)
                .then(Linear::new(4, 1, rng));
            start(&net, &[layer(2, 4, 1), layer(4, 1, 3)]);
            let cost = move |output: Tensor<f32>, pass: &Pass<'_, f32>| {
                (output - pass.data(&y)).square().sum() * (0.5 / 4.0)
            };
            (net, on(x, cost))
        }
        Work::Digits { .. } | Work::Deep | Work::Conv => {
            let (net, x, targets) = classifier(work);
            (net, on(x, move |logits, _| logits.cross_entropy(&targets)))
        }
        Work::Gru => {
            let (x, next) = characters(64, 16);
            let net = Sequential::new()
                .then(Gru::new(64, 128, rng))
                .then(Linear::new(128, 64, rng));
            let ([wi, bi], [wh, bh]) = (layer(64, 384, 1), layer(128, 384, 3));
            start(&net, &[[wi, wh], [bi, bh], layer(128, 64, 5)]);
            let x = Array::new(&[64, 16, 64], x);
            (net, on(x, move |scores, _| scores.cross_entropy(&next)))
        }
    }
}

/// The loss of a network's output for `x`.
fn on(x: Array<f32>, cost: impl Fn(Tensor<f32>, &Pass<'_, f32>) -> Var + 'static) -> Loss {
    let x = Arc::new(x);
    Box::new(move |net, pass| cost(net.forward(pass.data(&x), pass), pass))
}

/// The same with the batch cut into equal parts, one for each thread; of classifiers only.
pub(crate) fn step_in_parts(work: Work, rule: Rule, parts: usize) -> Option<Step> {
    if matches!(work, Work::Xor | Work::Gru) {
        return None;
    }
    let (net, x, targets) = classifier(work);
    let rows = targets.len() / parts;
    let shape = [&[rows], &x.shape()[1..]].concat();
    let xs = x.as_slice().chunks(x.as_slice().len() / parts);
    let xs: Vec<_> = xs
        .map(|x| Arc::new(Array::new(&shape, x.to_vec())))
        .collect();
    let share = 1.0 / parts as f64;
    let mut session = Session::new(0);
    let mut update = optimizer(rule);
    Some(Box::new(move || {
        let (value, gradient) = session.step_in_parts(parts, |part, pass| {
            let logits = net.forward(pass.data(&xs[part]), pass);
            logits.cross_entropy(&targets[part * rows..][..rows]) * share
        });
        update(&gradient);
        value
    }))
}

/// A network, its batch and the classes.
fn classifier(work: Work) -> (Sequential<f32>, Array<f32>, Vec<usize>) {
    let rng = &mut seeded(0);
    let (net, shape) = match work {
        Work::Digits { batch } => {
            let net = Sequential::new()
                .then(Linear::new(784, 128, rng))
                .then(Relu)
                .then(Linear::new(128, 10, rng));
            start(&net, &[layer(784, 128, 1), layer(128, 10, 3)]);
            (net, vec![batch, 784])
        }
        Work::Deep => {
            let net = Sequential::new()
                .then(Linear::new(784, 512, rng))
                .then(Relu)
                .then(Linear::new(512, 512, rng))
                .then(Relu)
                .then(Linear::new(512, 10, rng));
            start(
                &net,
                &[layer(784, 512, 1), layer(512, 512, 3), layer(512, 10, 5)],
            );
            (net, vec![128, 784])
        }
        Work::Conv => {
            let net = Sequential::new()
                .then(Conv2d::new(1, 8, [5, 5], Conv::new(), rng))
                .then(Relu)
                .then(MaxPool2d::new(Pool::new(2)))
                .then(Conv2d::new(8, 16, [5, 5], Conv::new(), rng))
                .then(Relu)
                .then(MaxPool2d::new(Pool::new(2)))
                .then(Flatten::new())
                .then(Linear::new(256, 10, rng));
            start(
                &net,
                &[layer(25, 8, 1), layer(200, 16, 3), layer(256, 10, 5)],
            );
            (net, vec![64, 1, 28, 28])
        }
        Work::Xor | Work::Gru => unreachable!("{work:?} has a cost of its own"),
    };
    let x = Array::new(&shape, numbers(shape.iter().product(), 9, 1.0));
    (net, x, classes(shape[0]))
}

/// The same start as everybody's.
fn start(net: &impl Module<f32>, arrays: &[[Vec<f32>; 2]]) {
    net.parameters().roll(&arrays.concat().concat());
}

fn optimizer(rule: Rule) -> Box<dyn FnMut(&Gradient<f32>)> {
    fn boxed(mut optimizer: impl Optimizer<f32> + 'static) -> Box<dyn FnMut(&Gradient<f32>)> {
        Box::new(move |gradient| optimizer.step(gradient))
    }
    match rule {
        Rule::Descent => boxed(Sgd::new(RATE)),
        Rule::Adam => boxed(Adam::new(1e-3)),
    }
}
