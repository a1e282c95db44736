//! Our own rows, through the interface that users have. Every node can be looked at.

use std::sync::Arc;

use nn::Activation::{Relu, Tanh};
use nn::layers::{Conv, Conv2d, Flatten, Gru, Linear, MaxPool2d, Pool, Sequential};
use nn::{Adam, Module, Optimizer, Pass, Session, Sgd, seeded};
use tape::{Array, Tensor, Var};

use crate::Step;
use crate::work::{RATE, Work, characters, classes, layer, numbers};

pub(crate) fn step(work: Work) -> Step {
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
            trained(net, Sgd::new(RATE), x, move |output, pass| {
                (output - pass.data(&y)).square().sum() * (0.5 / 4.0)
            })
        }
        Work::Digits { batch } => {
            let net = Sequential::new()
                .then(Linear::new(784, 128, rng))
                .then(Relu)
                .then(Linear::new(128, 10, rng));
            start(&net, &[layer(784, 128, 1), layer(128, 10, 3)]);
            classified(net, Sgd::new(RATE), &[batch, 784])
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
            classified(net, Adam::new(1e-3), &[128, 784])
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
            classified(net, Adam::new(1e-3), &[64, 1, 28, 28])
        }
        Work::Gru => {
            let (x, next) = characters(64, 16);
            let net = Sequential::new()
                .then(Gru::new(64, 128, rng))
                .then(Linear::new(128, 64, rng));
            let ([wi, bi], [wh, bh]) = (layer(64, 384, 1), layer(128, 384, 3));
            start(&net, &[[wi, wh], [bi, bh], layer(128, 64, 5)]);
            let x = Array::new(&[64, 16, 64], x);
            trained(net, Adam::new(1e-3), x, move |scores, _| {
                scores.cross_entropy(&next)
            })
        }
    }
}

/// The same start as everybody's.
fn start(net: &impl Module<f32>, arrays: &[[Vec<f32>; 2]]) {
    net.parameters().roll(&arrays.concat().concat());
}

fn classified(
    net: Sequential<f32>,
    optimizer: impl Optimizer<f32> + 'static,
    shape: &[usize],
) -> Step {
    let x = Array::new(shape, numbers(shape.iter().product(), 9, 1.0));
    let targets = classes(shape[0]);
    trained(net, optimizer, x, move |logits, _| {
        logits.cross_entropy(&targets)
    })
}

fn trained(
    net: Sequential<f32>,
    mut optimizer: impl Optimizer<f32> + 'static,
    x: Array<f32>,
    loss: impl Fn(Tensor<f32>, &Pass<'_, f32>) -> Var + 'static,
) -> Step {
    let x = Arc::new(x);
    let mut session = Session::new(0);
    Box::new(move || {
        let (value, gradient) = session.step(|pass| loss(net.forward(pass.data(&x), pass), pass));
        optimizer.step(&gradient);
        value
    })
}
