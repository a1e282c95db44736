mod by_hand;

use super::Linear;
use crate::hand::{Back, Hand};
use crate::{Init, Module, Parameter, Parts, Pass};
use rand::Rng;
use tape::{Array, Element, Mask, Shape, Tensor};

/// Attention by several heads, each with a part of the features: queries, keys and values are linear
/// maps of the inputs, each head answers `softmax(Q K^T / √d) V`, and a last linear map puts the
/// heads together. As PyTorch's `MultiheadAttention` with `batch_first`; Vaswani et al., 2017.
///
/// Shapes: queries `[batch, n, features]`, keys and values `[batch, m, features]` give
/// `[batch, n, features]`. Parameters: `in_proj_weight [3 features, features]`, those for queries,
/// keys and values below one another, `in_proj_bias [3 features]`, `out_proj.weight`, `out_proj.bias`.
///
/// As a [`Module`] it is self-attention: queries, keys and values are maps of one input.
///
/// ```
/// use nn::layers::MultiHeadAttention;
/// use nn::{Module, Pass, seeded};
/// use tape::{Array, Mask, Tape};
///
/// let attention: MultiHeadAttention = MultiHeadAttention::new(8, 2, &mut seeded(1));
/// let tape = Tape::new();
/// let pass = Pass::new(&tape);
/// let x = tape.constant(Array::ones(&[1, 5, 8]));
/// assert_eq!(attention.forward(x, &pass).shape(), [1, 5, 8]);
///
/// // Two queries at five keys, of which the last is padding.
/// let padding = tape.constant([[1.0, 1.0, 1.0, 1.0, 0.0]]);
/// let y = attention.attend(x.slice(1, ..2), x, x, Mask::None, Some(padding), &pass);
/// assert_eq!(y.shape(), [1, 2, 8]);
/// ```
#[derive(Debug)]
pub struct MultiHeadAttention<T: Element = f64> {
    heads: usize,
    weight: Parameter<T>,
    bias: Parameter<T>,
    out: Linear<T>,
    causal: bool,
}

impl<T: Element> MultiHeadAttention<T> {
    /// Attention over `features` numbers at each place, by `heads` heads, started as PyTorch does: the
    /// maps of the inputs after Glorot, biases 0.
    ///
    /// # Panics
    /// If the features do not divide into the heads.
    #[must_use]
    #[track_caller]
    pub fn new(features: usize, heads: usize, rng: &mut impl Rng) -> MultiHeadAttention<T> {
        assert!(
            heads > 0 && features.is_multiple_of(heads),
            "{features} features do not divide into {heads} heads"
        );
        let weight = Init::Glorot.weights(&[3 * features, features], features, 3 * features, rng);
        let out = Init::Torch.weights(&[features, features], features, features, rng);
        MultiHeadAttention {
            heads,
            weight: Parameter::weight(weight),
            bias: Parameter::bias(Array::zeros(&[3 * features])),
            out: Linear::from_arrays(out, Array::zeros(&[features])),
            causal: false,
        }
    }

    /// As a module, each place looks at itself and those before it.
    #[must_use]
    pub fn causal(self) -> MultiHeadAttention<T> {
        MultiHeadAttention {
            causal: true,
            ..self
        }
    }

    /// What queries find at keys: the values there, weighted.
    ///
    /// The shape of a mask goes together with `[batch, heads, n, m]`, for which `[n, m]` is enough;
    /// where a [`Mask::Keep`] is above 0 a query sees a key. (PyTorch's boolean masks are the opposite:
    /// true hides.) `padding` is `[batch, m]`, above 0 where there is a key. A query that sees no key
    /// finds zeros, where PyTorch has NaN.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn attend(
        &self,
        queries: Tensor<T>,
        keys: Tensor<T>,
        values: Tensor<T>,
        mask: Mask<T>,
        padding: Option<Tensor<T>>,
        pass: &Pass<'_, T>,
    ) -> Tensor<T> {
        self.expect_shapes(&queries.shape(), &keys.shape(), &values.shape());
        let in_proj = pass.enter("in_proj");
        let (weight, bias) = (pass.parameter(&self.weight), pass.parameter(&self.bias));
        let alike = queries.id() == keys.id() && keys.id() == values.id();
        let [q, k, v] = match alike {
            true => thirds(queries.linear(weight, Some(bias)), -1),
            false => {
                let (weights, biases) = (thirds(weight, 0), thirds(bias, 0));
                let [q, k, v] = weights;
                [
                    queries.linear(q, Some(biases[0])),
                    keys.linear(k, Some(biases[1])),
                    values.linear(v, Some(biases[2])),
                ]
            }
        };
        drop(in_proj);
        let heads = pass.enter(format_args!("{} heads", self.heads));
        let [q, k, v] = [self.in_heads(q), self.in_heads(k), self.in_heads(v)];
        let mask = masked(mask, padding, &q.shape(), &k.shape());
        let found = q.attention(k, v, mask);
        let [batch, _, places, _] = found.shape()[..] else {
            unreachable!("it has the queries' axes")
        };
        let together = found.transpose(1, 2);
        let joined = together.reshape(&[batch, places, self.features()].map(|n| n as i64));
        drop(heads);
        let _out_proj = pass.enter("out_proj");
        self.out.forward(joined, pass)
    }

    /// `[batch, n, features]` as `[batch, heads, n, features of a head]`.
    #[track_caller]
    fn in_heads(&self, x: Tensor<T>) -> Tensor<T> {
        let shape = x.shape();
        let lengths = [shape[0], shape[1], self.heads, shape[2] / self.heads];
        x.reshape(&lengths.map(|n| n as i64)).transpose(1, 2)
    }

    fn features(&self) -> usize {
        self.weight.shape()[1]
    }

    #[track_caller]
    fn expect_shapes(&self, queries: &Shape, keys: &Shape, values: &Shape) {
        let features = self.features();
        let fit = |shape: &Shape| shape.rank() == 3 && shape[2] == features;
        assert!(
            fit(queries) && fit(keys) && keys == values && keys[0] == queries[0],
            "{}: queries {queries}, keys {keys} and values {values}; [batch, n, {features}] and \
             twice [batch, m, {features}] are needed",
            self.title()
        );
    }

    fn title(&self) -> String {
        let causal = if self.causal { ", causal" } else { "" };
        format!(
            "MultiHeadAttention {} in {} heads{causal}",
            self.features(),
            self.heads
        )
    }
}

#[track_caller]
fn thirds<T: Element>(x: Tensor<T>, axis: i64) -> [Tensor<T>; 3] {
    let parts = x.chunk(3, axis);
    [parts[0], parts[1], parts[2]]
}

/// A mask and a padding of keys in one. Queries and keys are `[batch, heads, places, ..]`.
#[track_caller]
fn masked<T: Element>(
    mask: Mask<T>,
    padding: Option<Tensor<T>>,
    queries: &Shape,
    keys: &Shape,
) -> Mask<T> {
    let Some(padding) = padding else {
        return mask;
    };
    let shape = padding.shape();
    let [batch, places] = [keys[0], keys[2]];
    assert!(
        shape == [batch, places],
        "a padding of shape {shape} for keys of {batch} examples at {places} places: [{batch}, {places}]"
    );
    let there = padding.reshape(&[batch as i64, 1, 1, places as i64]);
    match mask {
        Mask::None => Mask::Keep(there),
        Mask::Causal => {
            let before = there.greater(0.0).expand(&[batch, 1, queries[2], places]);
            Mask::Keep(before.tril(0))
        }
        Mask::Keep(mask) => {
            let mask = with_four_axes(mask).greater(0.0);
            Mask::Keep(mask * there.greater(0.0))
        }
        Mask::Add(mask) => {
            let scores = there.select(0.0, f64::NEG_INFINITY);
            Mask::Add(with_four_axes(mask) + scores)
        }
    }
}

/// Axes of length 1 in front, so that it goes together with `[batch, heads, n, m]`.
#[track_caller]
fn with_four_axes<T: Element>(x: Tensor<T>) -> Tensor<T> {
    let shape = x.shape();
    let ones = std::iter::repeat_n(1, 4usize.saturating_sub(shape.rank()));
    let lengths: Vec<i64> = ones.chain(shape.iter().map(|&n| n as i64)).collect();
    x.reshape(&lengths)
}

impl<T: Element> Module<T> for MultiHeadAttention<T> {
    /// Self-attention.
    fn forward(&self, x: Tensor<T>, pass: &Pass<'_, T>) -> Tensor<T> {
        let mask = match self.causal {
            true => Mask::Causal,
            false => Mask::None,
        };
        self.attend(x, x, x, mask, None, pass)
    }

    fn parts(&self, parts: &mut Parts<T>) {
        parts.parameter("in_proj_weight", &self.weight);
        parts.parameter("in_proj_bias", &self.bias);
        parts.module("out_proj", &self.out);
    }

    fn describe(&self) -> String {
        self.title()
    }

    fn multiply_adds(&self, x: &Shape, _: &Shape) -> usize {
        let maps = 4 * x.count() * self.features();
        maps + 2 * x.count() * x[1]
    }

    fn by_hand<'a>(&'a self, x: &Array, _: &mut Hand) -> Option<(Array, Back<'a>)> {
        by_hand::by_hand(self, x)
    }
}
