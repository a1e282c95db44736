//! What normalising layers have in common: a weight and a bias, and the backward pass by hand.

use crate::hand::Hand;
use crate::{Parameter, Parts, Pass};
use tape::{Array, Element, Shape, Tensor};

/// A weight and a bias behind a normalisation. Both count as biases: weight decay, which draws
/// towards 0, would draw a scale away from its start, 1.
#[derive(Debug)]
pub(super) struct Affine<T: Element> {
    pub(super) weight: Option<Parameter<T>>,
    pub(super) bias: Option<Parameter<T>>,
}

impl<T: Element> Affine<T> {
    /// Weights of 1 and biases of 0: the normalised numbers themselves.
    #[track_caller]
    pub(super) fn new(shape: &[usize]) -> Affine<T> {
        Affine {
            weight: Some(Parameter::bias(Array::ones(shape))),
            bias: Some(Parameter::bias(Array::zeros(shape))),
        }
    }

    pub(super) fn none() -> Affine<T> {
        Affine {
            weight: None,
            bias: None,
        }
    }

    pub(super) fn parts(&self, parts: &mut Parts<T>) {
        for (name, parameter) in [("weight", &self.weight), ("bias", &self.bias)] {
            if let Some(parameter) = parameter {
                parts.parameter(name, parameter);
            }
        }
    }

    #[track_caller]
    pub(super) fn on(&self, pass: &Pass<'_, T>) -> (Option<Tensor<T>>, Option<Tensor<T>>) {
        let weight = pass.optional(self.weight.as_ref());
        (weight, pass.optional(self.bias.as_ref()))
    }

    /// `n w + b`; `at` says which weight belongs to an element.
    pub(super) fn by_hand(&self, normal: &[f64], at: impl Fn(usize) -> usize) -> Vec<f64> {
        let mut y = normal.to_vec();
        if let Some(weight) = &self.weight {
            let weight: Array = weight.value().cast();
            for (i, y) in y.iter_mut().enumerate() {
                *y *= weight.as_slice()[at(i)];
            }
        }
        if let Some(bias) = &self.bias {
            let bias: Array = bias.value().cast();
            for (i, y) in y.iter_mut().enumerate() {
                *y += bias.as_slice()[at(i)];
            }
        }
        y
    }

    /// `dE/dw` is the sum of `delta n`, `dE/db` that of `delta`; the answer is `dE/dn = delta w`.
    pub(super) fn back(
        &self,
        delta: &Array,
        normal: &[f64],
        at: impl Fn(usize) -> usize,
        hand: &mut Hand,
    ) -> Vec<f64> {
        let mut error = delta.to_vec();
        if let Some(parameter) = &self.weight {
            let weight: Array = parameter.value().cast();
            let mut dw = Array::zeros(weight.shape());
            for (i, error) in error.iter_mut().enumerate() {
                dw.as_mut_slice()[at(i)] += *error * normal[i];
                *error *= weight.as_slice()[at(i)];
            }
            hand.add(parameter, dw);
        }
        if let Some(parameter) = &self.bias {
            let mut db = Array::zeros(parameter.shape());
            for (i, delta) in delta.iter().enumerate() {
                db.as_mut_slice()[at(i)] += delta;
            }
            hand.add(parameter, db);
        }
        error
    }
}

/// Numbers normalised in groups: `n = (x - mean) / s`, `s = sqrt(variance + epsilon)` with the biased
/// variance. Without a centre the mean is 0, and the variance the mean square.
pub(super) struct Normal {
    pub(super) values: Vec<f64>,
    /// The elements of each group.
    groups: Vec<Vec<usize>>,
    /// `s` of each group.
    scales: Vec<f64>,
    centred: bool,
}

impl Normal {
    pub(super) fn of(x: &[f64], groups: Vec<Vec<usize>>, epsilon: f64, centred: bool) -> Normal {
        let mut values = x.to_vec();
        let mut scales = Vec::with_capacity(groups.len());
        for group in &groups {
            let count = group.len() as f64;
            let mean = match centred {
                true => group.iter().map(|&i| x[i]).sum::<f64>() / count,
                false => 0.0,
            };
            let squares: f64 = group.iter().map(|&i| (x[i] - mean) * (x[i] - mean)).sum();
            let scale = (squares / count + epsilon).sqrt();
            for &i in group {
                values[i] = (x[i] - mean) / scale;
            }
            scales.push(scale);
        }
        Normal {
            values,
            groups,
            scales,
            centred,
        }
    }

    /// From `g = dE/dn` to `dE/dx = (g - mean(g) - n mean(g n)) / s`, the means over a group. The first
    /// comes from the mean of `x`, and is not there without a centre; the second from `s`.
    pub(super) fn back(&self, error: &[f64]) -> Vec<f64> {
        let mut dx = vec![0.0; error.len()];
        for (group, scale) in self.groups.iter().zip(&self.scales) {
            let mean = |term: &dyn Fn(usize) -> f64| {
                group.iter().map(|&i| term(i)).sum::<f64>() / group.len() as f64
            };
            let of_mean = match self.centred {
                true => mean(&|i| error[i]),
                false => 0.0,
            };
            let of_scale = mean(&|i| error[i] * self.values[i]);
            for &i in group {
                dx[i] = (error[i] - of_mean - self.values[i] * of_scale) / scale;
            }
        }
        dx
    }
}

/// Runs of `length` numbers side by side, as groups.
pub(super) fn rows(count: usize, length: usize) -> Vec<Vec<usize>> {
    let rows = count.checked_div(length).unwrap_or(0);
    (0..rows)
        .map(|row| (row * length..(row + 1) * length).collect())
        .collect()
}

/// The channel of an element of `[batch, channels, ..]`; `None` if there is no such axis.
pub(super) fn channel_of(shape: &Shape) -> Option<impl Fn(usize) -> usize + Clone + use<>> {
    let [_, channels, places @ ..] = &shape[..] else {
        return None;
    };
    let (channels, places) = ((*channels).max(1), places.iter().product::<usize>().max(1));
    Some(move |i: usize| i / places % channels)
}
