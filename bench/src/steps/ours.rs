//! Our own rows, through the interface that users have. Every node can be looked at.

use std::sync::Arc;

use nn::Activation::{Relu, Tanh};
use nn::layers::{Linear, Sequential};
use nn::{Gradient, Module, Session};
use tape::{Array, Var};

use crate::Step;
use crate::work::{RATE, Work, classes, layer, numbers};

pub(crate) fn step(work: Work) -> Step {
    match work {
        Work::Xor => {
            let x = Array::from([[0.0_f32, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
            let y = Arc::new(Array::from([[0.0_f32], [1.0], [1.0], [0.0]]));
            let net = Sequential::new()
                .then(linear(2, 4, 1))
                .then(Tanh)
                .then(linear(4, 1, 3));
            trained(net, x, move |output, pass| {
                (output - pass.data(&y)).square().sum() * (0.5 / 4.0)
            })
        }
        Work::Digits { batch } => {
            let x = Array::new(&[batch, 784], numbers(batch * 784, 9, 1.0));
            let targets = classes(batch);
            let net = Sequential::new()
                .then(linear(784, 128, 1))
                .then(Relu)
                .then(linear(128, 10, 3));
            trained(net, x, move |logits, _| logits.cross_entropy(&targets))
        }
    }
}

fn linear(inputs: usize, outputs: usize, seed: usize) -> Linear<f32> {
    let [w, b] = layer(inputs, outputs, seed);
    Linear::from_arrays(Array::new(&[outputs, inputs], w), Array::new(&[outputs], b))
}

fn trained(
    net: Sequential<f32>,
    x: Array<f32>,
    loss: impl Fn(tape::Tensor<f32>, &nn::Pass<'_, f32>) -> Var + 'static,
) -> Step {
    let x = Arc::new(x);
    let mut session = Session::new(0);
    Box::new(move || {
        let (value, gradient) = session.step(|pass| loss(net.forward(pass.data(&x), pass), pass));
        descend(&gradient);
        value
    })
}

fn descend(gradient: &Gradient<f32>) {
    for (parameter, slopes) in gradient.iter() {
        parameter.change(|w| {
            for (w, g) in w.iter_mut().zip(slopes) {
                *w -= RATE as f32 * g;
            }
        });
    }
}
