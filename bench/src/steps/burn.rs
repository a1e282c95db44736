//! The same steps in burn, on its processor backend `flex`, with its own layers and optimizers.

use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::{CrossEntropyLoss, CrossEntropyLossConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams, SgdConfig};
use burn::tensor::activation::{relu, tanh};
use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::Step;
use crate::work::{RATE, Rule, Work, classes, layer, numbers};

pub(crate) fn step(work: Work, rule: Rule) -> Option<Step> {
    let device = Device::flex().autodiff();
    let table = |values: Vec<f32>, shape: [usize; 2]| {
        Tensor::<2>::from_data(TensorData::new(values, shape), &device)
    };
    Some(match work {
        Work::Xor => {
            let net = dense(&[(2, 4, 1), (4, 1, 3)], &device);
            let x = table(vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0], [4, 2]);
            let y = table(vec![0.0, 1.0, 1.0, 0.0], [4, 1]);
            trained(net, rule, move |net| {
                let error = net.forward(x.clone(), tanh) - y.clone();
                (error.clone() * error).sum() * (0.5 / 4.0)
            })
        }
        Work::Digits { batch } => {
            let net = dense(&[(784, 128, 1), (128, 10, 3)], &device);
            classified(net, rule, batch, &device)
        }
        Work::Deep => {
            let net = dense(&[(784, 512, 1), (512, 512, 3), (512, 10, 5)], &device);
            classified(net, rule, 128, &device)
        }
        Work::Conv => {
            let net = Convolutions {
                first: conv([1, 8], 1, &device),
                second: conv([8, 16], 3, &device),
                pool: MaxPool2dConfig::new([2, 2]).init(),
                last: linear(256, 10, 5, &device),
            };
            let x = TensorData::new(numbers(64 * 784, 9, 1.0), [64, 1, 28, 28]);
            let x = Tensor::<4>::from_data(x, &device);
            let (cost, targets) = cross_entropy(64, &device);
            trained(net, rule, move |net| {
                cost.forward(net.forward(x.clone()), targets.clone())
            })
        }
        Work::Gru => return None,
    })
}

/// Linear layers with a function between two.
#[derive(Module, Debug)]
struct Dense {
    layers: Vec<Linear>,
}

impl Dense {
    fn forward(&self, x: Tensor<2>, between: impl Fn(Tensor<2>) -> Tensor<2>) -> Tensor<2> {
        let (last, hidden) = self.layers.split_last().expect("a network has layers");
        let h = hidden.iter().fold(x, |x, layer| between(layer.forward(x)));
        last.forward(h)
    }
}

#[derive(Module, Debug)]
struct Convolutions {
    first: Conv2d,
    second: Conv2d,
    pool: MaxPool2d,
    last: Linear,
}

impl Convolutions {
    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let x = self.pool.forward(relu(self.first.forward(x)));
        let x = self.pool.forward(relu(self.second.forward(x)));
        self.last.forward(x.flatten(1, 3))
    }
}

fn dense(sizes: &[(usize, usize, usize)], device: &Device) -> Dense {
    let layers = sizes.iter();
    let layers = layers.map(|&(inputs, outputs, seed)| linear(inputs, outputs, seed, device));
    Dense {
        layers: layers.collect(),
    }
}

/// Its weights lie `[in, out]`.
fn linear(inputs: usize, outputs: usize, seed: usize, device: &Device) -> Linear {
    let [w, b] = layer(inputs, outputs, seed);
    let mut turned: Vec<f32> = Vec::with_capacity(w.len());
    for i in 0..inputs {
        turned.extend(w.iter().skip(i).step_by(inputs));
    }
    let mut linear = LinearConfig::new(inputs, outputs).init(device);
    linear.weight = Param::from_data(TensorData::new(turned, [inputs, outputs]), device);
    linear.bias = Some(Param::from_data(TensorData::new(b, [outputs]), device));
    linear
}

fn conv([inputs, outputs]: [usize; 2], seed: usize, device: &Device) -> Conv2d {
    let [w, b] = layer(25 * inputs, outputs, seed);
    let mut conv = Conv2dConfig::new([inputs, outputs], [5, 5]).init(device);
    conv.weight = Param::from_data(TensorData::new(w, [outputs, inputs, 5, 5]), device);
    conv.bias = Some(Param::from_data(TensorData::new(b, [outputs]), device));
    conv
}

fn cross_entropy(batch: usize, device: &Device) -> (CrossEntropyLoss, Tensor<1, Int>) {
    let targets: Vec<i64> = classes(batch)
        .into_iter()
        .map(|class| class as i64)
        .collect();
    let targets = Tensor::from_data(TensorData::new(targets, [batch]), device);
    (CrossEntropyLossConfig::new().init(device), targets)
}

fn classified(net: Dense, rule: Rule, batch: usize, device: &Device) -> Step {
    let x = TensorData::new(numbers(batch * 784, 9, 1.0), [batch, 784]);
    let x = Tensor::<2>::from_data(x, device);
    let (cost, targets) = cross_entropy(batch, device);
    trained(net, rule, move |net| {
        cost.forward(net.forward(x.clone(), relu), targets.clone())
    })
}

fn trained<M: Module + 'static>(
    net: M,
    rule: Rule,
    loss: impl Fn(&M) -> Tensor<1> + 'static,
) -> Step {
    let (mut optimizer, rate) = match rule {
        Rule::Descent => (SgdConfig::new().init(), RATE),
        Rule::Adam => (AdamConfig::new().with_epsilon(1e-8).init(), 1e-3),
    };
    let mut held = Some(net);
    Box::new(move || {
        let net = held.take().expect("put back by every step");
        let loss = loss(&net);
        let gradients = GradientsParams::from_grads(loss.backward(), &net);
        held = Some(optimizer.step(rate, net, gradients));
        f64::from(loss.into_scalar::<f32>())
    })
}
