//! Activations as modules.

use crate::hand::{Back, Hand};
use crate::{Activation, Module, Pass};
use tape::{Array, Element, Tensor};

/// An activation is a module: it works on each number, softmax and its logarithm on each row of the
/// last axis.
impl<T: Element> Module<T> for Activation {
    fn forward(&self, z: Tensor<T>, _: &Pass<'_, T>) -> Tensor<T> {
        match *self {
            Activation::Identity => z,
            Activation::Sigmoid => z.sigmoid(),
            Activation::Tanh => z.tanh(),
            Activation::Relu => z.relu(),
            Activation::LeakyRelu { slope } => z.leaky_relu(slope),
            Activation::Elu { alpha } => z.elu(alpha),
            Activation::Selu => z.selu(),
            Activation::Silu => z.silu(),
            Activation::Mish => z.mish(),
            Activation::Gelu => z.gelu(),
            Activation::GeluTanh => z.gelu_tanh(),
            Activation::Softplus => z.softplus(),
            Activation::Softsign => z.softsign(),
            Activation::LogSigmoid => z.log_sigmoid(),
            Activation::HardTanh => z.hard_tanh(),
            Activation::Ramp => z.ramp(),
            Activation::Step => z.step(),
            Activation::Perceptron => z.relu_slope(), // 1 above 0, else 0
            Activation::Softmax => z.softmax(-1),
            Activation::LogSoftmax => z.log_softmax(-1),
        }
    }

    fn describe(&self) -> String {
        self.name().to_string()
    }

    fn by_hand<'a>(&'a self, z: &Array, _: &mut Hand) -> Option<(Array, Back<'a>)> {
        let width = *z.shape().last()?;
        let rows = move |array: &Array| -> Vec<Vec<f64>> {
            array
                .as_slice()
                .chunks(width.max(1))
                .map(<[f64]>::to_vec)
                .collect()
        };
        let again = |rows: Vec<Vec<f64>>, like: &Array| Array::new(like.shape(), rows.concat());
        let y = again(rows(z).iter().map(|z| self.value(z)).collect(), z);
        let z = z.clone();
        let back = move |error: &Array, _: &mut Hand| {
            let pairs = rows(&z).into_iter().zip(rows(error));
            again(
                pairs
                    .map(|(z, error)| self.carry_back(&z, &error))
                    .collect(),
                &z,
            )
        };
        Some((y, Box::new(back)))
    }
}
