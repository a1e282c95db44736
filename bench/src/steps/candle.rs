//! The same steps in candle, on the processor, with the layers and optimizers of `candle-nn`.
//!
//! Pooling is the maximum over two axes of a view, not `max_pool2d`: the gradient of that is a
//! quarter of what it should be (0.11.1, by its source), which Adam does not notice and gradient descent does.

use candle_core::{Device, Result, Shape, Tensor, Var};
use candle_nn::loss::cross_entropy;
use candle_nn::{
    Activation, AdamW, Conv2d, Linear, Module, Optimizer, ParamsAdamW, SGD, Sequential, seq,
};

use crate::Step;
use crate::work::{RATE, Rule, Work, classes, layer, numbers};

pub(crate) fn step(work: Work, rule: Rule) -> Option<Step> {
    build(work, rule).expect("candle builds what the others do")
}

fn build(work: Work, rule: Rule) -> Result<Option<Step>> {
    let mut start = Start::default();
    let net = match work {
        Work::Xor => seq()
            .add(start.linear(2, 4, 1)?)
            .add_fn(Tensor::tanh)
            .add(start.linear(4, 1, 3)?),
        Work::Digits { .. } => seq()
            .add(start.linear(784, 128, 1)?)
            .add(Activation::Relu)
            .add(start.linear(128, 10, 3)?),
        Work::Deep => seq()
            .add(start.linear(784, 512, 1)?)
            .add(Activation::Relu)
            .add(start.linear(512, 512, 3)?)
            .add(Activation::Relu)
            .add(start.linear(512, 10, 5)?),
        Work::Conv => seq()
            .add(start.conv([1, 8], 1)?)
            .add(Activation::Relu)
            .add_fn(pooled)
            .add(start.conv([8, 16], 3)?)
            .add(Activation::Relu)
            .add_fn(pooled)
            .add_fn(|x| x.flatten_from(1))
            .add(start.linear(256, 10, 5)?),
        Work::Gru => return Ok(None),
    };
    if work == Work::Xor {
        let x = Tensor::new(&[[0_f32, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], &CPU)?;
        let y = Tensor::new(&[[0_f32], [1.0], [1.0], [0.0]], &CPU)?;
        let cost = move |output: Tensor| (output - &y)?.sqr()?.sum_all()? * (0.5 / 4.0);
        return trained(start.vars, net, rule, x, cost).map(Some);
    }
    let shape = match work {
        Work::Digits { batch } => vec![batch, 784],
        Work::Conv => vec![64, 1, 28, 28],
        _ => vec![128, 784],
    };
    let targets = classes(shape[0]).into_iter().map(|class| class as u32);
    let targets = Tensor::from_iter(targets, &CPU)?;
    let x = Tensor::from_vec(numbers(shape.iter().product(), 9, 1.0), shape, &CPU)?;
    let cost = move |logits: Tensor| cross_entropy(&logits, &targets);
    trained(start.vars, net, rule, x, cost).map(Some)
}

const CPU: Device = Device::Cpu;

/// The variables so far, with everybody's start.
#[derive(Default)]
struct Start {
    vars: Vec<Var>,
}

impl Start {
    fn var(&mut self, values: Vec<f32>, shape: impl Into<Shape>) -> Result<Tensor> {
        let var = Var::from_tensor(&Tensor::from_vec(values, shape.into(), &CPU)?)?;
        self.vars.push(var.clone());
        Ok(var.into_inner())
    }

    fn linear(&mut self, inputs: usize, outputs: usize, seed: usize) -> Result<Linear> {
        let [w, b] = layer(inputs, outputs, seed);
        let w = self.var(w, (outputs, inputs))?;
        Ok(Linear::new(w, Some(self.var(b, outputs)?)))
    }

    fn conv(&mut self, [inputs, outputs]: [usize; 2], seed: usize) -> Result<Conv2d> {
        let [w, b] = layer(25 * inputs, outputs, seed);
        let w = self.var(w, (outputs, inputs, 5, 5))?;
        let b = self.var(b, outputs)?;
        Ok(Conv2d::new(w, Some(b), Default::default()))
    }
}

/// The maximum of each window of 2 x 2.
fn pooled(x: &Tensor) -> Result<Tensor> {
    let (batch, channels, height, width) = x.dims4()?;
    x.reshape((batch * channels, height / 2, 2, width / 2, 2))?
        .max(4)?
        .max(2)?
        .reshape((batch, channels, height / 2, width / 2))
}

fn trained(
    vars: Vec<Var>,
    net: Sequential,
    rule: Rule,
    x: Tensor,
    cost: impl Fn(Tensor) -> Result<Tensor> + 'static,
) -> Result<Step> {
    let mut update: Box<dyn FnMut(&Tensor) -> Result<()>> = match rule {
        Rule::Descent => {
            let mut optimizer = SGD::new(vars, RATE)?;
            Box::new(move |loss| optimizer.backward_step(loss))
        }
        Rule::Adam => {
            let numbers = ParamsAdamW {
                weight_decay: 0.0,
                ..ParamsAdamW::default()
            };
            let mut optimizer = AdamW::new(vars, numbers)?;
            Box::new(move |loss| optimizer.backward_step(loss))
        }
    };
    let mut step = move || {
        let loss = cost(net.forward(&x)?)?;
        update(&loss)?;
        loss.to_scalar::<f32>().map(f64::from)
    };
    Ok(Box::new(move || {
        step().expect("candle computes what the others do")
    }))
}

#[cfg(test)]
mod tests {
    use candle_core::Result;

    use super::{CPU, Tensor, Var, pooled};

    /// If the first of these fails, `max_pool2d` was put right and can take the place of `pooled`.
    #[test]
    fn pooling_of_candle_answers_a_quarter_of_the_gradient() -> Result<()> {
        let x = Tensor::new(&[[[[1_f32, 2.0], [3.0, 4.0]]]], &CPU)?;
        let x = Var::from_tensor(&x)?;
        let slope = |pooled: Tensor| -> Result<Vec<f32>> {
            let gradients = pooled.sum_all()?.backward()?;
            gradients
                .get(&x)
                .expect("an input")
                .flatten_all()?
                .to_vec1()
        };
        assert_eq!(slope(x.max_pool2d(2)?)?, [0.0, 0.0, 0.0, 0.25]);
        assert_eq!(slope(pooled(&x)?)?, [0.0, 0.0, 0.0, 1.0]);
        Ok(())
    }
}
