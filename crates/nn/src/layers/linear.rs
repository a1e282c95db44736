use crate::hand::{Back, Hand};
use crate::{Init, Module, Parameter, Parts, Pass};
use rand::Rng;
use tape::{Array, Element, Shape, Tensor};

/// A linear layer: `y = x W^T + b`.
///
/// Shapes: `[.., in]` gives `[.., out]`; `weight [out, in]`, `bias [out]`, as PyTorch's `Linear`.
/// By hand, with `delta = dE/dy` of shape `[rows, out]`: `dE/dx = delta W`, `dE/dW = delta^T x`,
/// `dE/db` the sum of `delta` over rows.
///
/// ```
/// use nn::layers::Linear;
/// use nn::{Module, Pass};
/// use tape::Tape;
///
/// let layer = Linear::from_arrays([[1.0, 2.0], [0.0, -1.0]], [0.5, 0.0]);
/// let tape = Tape::new();
/// let y = layer.forward(tape.constant([[3.0, 4.0]]), &Pass::new(&tape));
/// assert_eq!(y.to_vec(), [11.5, -4.0]);
/// ```
#[derive(Debug)]
pub struct Linear<T: Element = f64> {
    weight: Parameter<T>,
    bias: Option<Parameter<T>>,
}

impl<T: Element> Linear<T> {
    /// A layer that reads `inputs` numbers and makes `outputs`, started as PyTorch does: weights
    /// and biases uniform between plus and minus `1 / sqrt(inputs)`.
    #[must_use]
    pub fn new(inputs: usize, outputs: usize, rng: &mut impl Rng) -> Linear<T> {
        Linear::with_init(inputs, outputs, Init::Torch, rng)
    }

    /// A layer that starts otherwise.
    #[must_use]
    pub fn with_init(inputs: usize, outputs: usize, init: Init, rng: &mut impl Rng) -> Linear<T> {
        let weight = init.weights(&[outputs, inputs], inputs, outputs, rng);
        let bias = init.biases(outputs, inputs, rng);
        Linear::from_arrays(weight, bias)
    }

    /// A layer from its weights and biases.
    ///
    /// # Panics
    /// If the weights are no matrix `[out, in]`, or the biases no vector `[out]`.
    #[must_use]
    #[track_caller]
    pub fn from_arrays(weight: impl Into<Array<T>>, bias: impl Into<Array<T>>) -> Linear<T> {
        let (weight, bias) = (weight.into(), bias.into());
        assert!(
            weight.rank() == 2 && *bias.shape() == [weight.shape()[0]],
            "weights of shape {} and biases of shape {}; a linear layer has [out, in] and [out]",
            weight.shape(),
            bias.shape()
        );
        Linear {
            weight: Parameter::weight(weight),
            bias: Some(Parameter::bias(bias)),
        }
    }

    /// The same layer without biases.
    #[must_use]
    pub fn without_bias(self) -> Linear<T> {
        Linear { bias: None, ..self }
    }

    /// The weights, `[out, in]`.
    #[must_use]
    pub fn weight(&self) -> &Parameter<T> {
        &self.weight
    }

    /// The biases, `[out]`.
    #[must_use]
    pub fn bias(&self) -> Option<&Parameter<T>> {
        self.bias.as_ref()
    }
}

impl<T: Element> Module<T> for Linear<T> {
    fn forward(&self, x: Tensor<T>, pass: &Pass<'_, T>) -> Tensor<T> {
        let bias = pass.optional(self.bias.as_ref());
        x.linear(pass.parameter(&self.weight), bias)
    }

    fn parts(&self, parts: &mut Parts<T>) {
        parts.parameter("weight", &self.weight);
        if let Some(bias) = &self.bias {
            parts.parameter("bias", bias);
        }
    }

    fn describe(&self) -> String {
        let shape = self.weight.shape();
        format!("Linear {} -> {}", shape[1], shape[0])
    }

    fn multiply_adds(&self, _: &Shape, y: &Shape) -> usize {
        y.count() * self.weight.shape()[1]
    }

    fn by_hand<'a>(&'a self, x: &Array, _: &mut Hand) -> Option<(Array, Back<'a>)> {
        let weight: Array = self.weight.value().cast();
        let [outputs, inputs] = [weight.shape()[0], weight.shape()[1]];
        let mut lengths = x.shape().to_vec();
        *lengths.last_mut()? = outputs;
        let mut y = Array::zeros(&lengths);
        for (x, y) in x
            .as_slice()
            .chunks(inputs)
            .zip(y.as_mut_slice().chunks_mut(outputs))
        {
            for j in 0..outputs {
                y[j] = (0..inputs).map(|i| weight[[j, i]] * x[i]).sum();
            }
        }
        if let Some(bias) = &self.bias {
            let bias: Array = bias.value().cast();
            for y in y.as_mut_slice().chunks_mut(outputs) {
                y.iter_mut().zip(bias.iter()).for_each(|(y, b)| *y += b);
            }
        }

        let x = x.clone();
        let back = move |delta: &Array, hand: &mut Hand| {
            let mut dx = Array::zeros(x.shape());
            let mut dw = Array::zeros(weight.shape());
            let mut db = Array::zeros(&[outputs]);
            let rows = x
                .as_slice()
                .chunks(inputs)
                .zip(dx.as_mut_slice().chunks_mut(inputs));
            for (delta, (x, dx)) in delta.as_slice().chunks(outputs).zip(rows) {
                for j in 0..outputs {
                    for i in 0..inputs {
                        dx[i] += delta[j] * weight[[j, i]];
                        dw[[j, i]] += delta[j] * x[i];
                    }
                    db[[j]] += delta[j];
                }
            }
            hand.add(&self.weight, dw);
            if let Some(bias) = &self.bias {
                hand.add(bias, db);
            }
            dx
        };
        Some((y, Box::new(back)))
    }
}
