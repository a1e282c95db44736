//! The three gradients, side by side.

use super::difference::{Slope, slope};
use super::{Audit, Audited, Auditor};
use crate::{Module, Parameter, seeded};
use rand::RngExt;
use rand::seq::index::sample;
use std::sync::Arc;
use tape::{Array, Shape, Tape};

/// Parameters whose slopes are smaller than this part of the largest of all are measured against that
/// part: the bias in front of a batch norm has a slope of 0, and rounding leaves 1e-17 of it.
const SMALL: f64 = 1e-3;
/// How far the tape and the backward pass by hand may be apart. Both only round.
const HAND: f64 = 1e-9;
/// How far the tape and differences may be apart, beside the error that differences know of.
const DIFFERENCES: f64 = 1e-8;

/// What a derivative is taken by.
enum Place {
    Input,
    Parameter(Parameter),
}

/// One gradient, and what it is measured against.
struct Found {
    place: Place,
    name: String,
    shape: Shape,
    /// `None` where no path leads from it to the loss.
    tape: Option<Array>,
    by_hand: Option<Array>,
}

impl Auditor<'_> {
    /// The tape against the other two.
    #[track_caller]
    pub(super) fn compare(&self, model: &dyn Module, x: &Array) -> Audit {
        let tape = Tape::without_lines();
        let pass = self.pass(&tape);
        let input = tape.tensor("input", x);
        let output = model.forward(input, &pass);
        let y = output.to_array();
        let weights = random_weights(&y);
        let loss = self.number(output, &weights, &tape);
        let gradients = loss.backward();
        let leaves = pass.give_up();

        // By hand, from the derivative of the loss by the outputs.
        let mut hand = self.hand();
        let by_hand = model.by_hand(x, &mut hand).map(|(value, back)| {
            let fits = value.shape() == y.shape();
            let dx = fits.then(|| back(&self.error(&value, &weights), &mut hand));
            (apart(&value, &y) / largest(&y), dx)
        });
        let (value, dx) = match by_hand {
            Some((value, dx)) => (Some(value), dx),
            None => (None, None),
        };

        let mut found = vec![Found {
            place: Place::Input,
            name: "input".to_string(),
            shape: x.shape().clone(),
            tape: gradients.array(input),
            by_hand: dx,
        }];
        for named in &model.parameters().learning() {
            let parameter = &named.parameter;
            let leaf = leaves.iter().find(|leaf| leaf.0 == *parameter);
            let by_hand = hand.of(parameter).cloned();
            found.push(Found {
                place: Place::Parameter(parameter.share()),
                name: named.name.clone(),
                shape: parameter.shape().clone(),
                tape: leaf.and_then(|leaf| gradients.array(leaf.1)),
                by_hand: by_hand.or(value.map(|_| Array::zeros(parameter.shape()))),
            });
        }

        let size = |found: &Found| found.tape.as_ref().map_or(0.0, largest);
        let most = found.iter().map(size).fold(0.0, f64::max);
        let terms = y.iter().zip(&weights).map(|(y, w)| (y * w).abs());
        let noise = f64::EPSILON * terms.sum::<f64>().max(loss.value().abs());
        let again = Tape::without_lines();
        let loss_at = |x: &Array| {
            let y = model.forward(again.constant(x), &self.pass(&again));
            let loss = self.number(y, &weights, &again).value();
            again.reset(); // lets go of parameters, which are changed next
            loss
        };
        let audited = found.iter().map(|found| {
            let scale = size(found).max(SMALL * most);
            self.audited(found, scale, noise, x, &loss_at)
        });
        Audit {
            model: model.describe(),
            input: x.shape().clone(),
            learning: self.learning.is_some(),
            value,
            audited: audited.collect(),
            culprits: Vec::new(),
        }
    }

    /// One gradient of the tape against the other two.
    fn audited(
        &self,
        found: &Found,
        scale: f64,
        noise: f64,
        x: &Array,
        loss_at: &dyn Fn(&Array) -> f64,
    ) -> Audited {
        let zeros = || Array::zeros(&found.shape);
        let tape = found.tape.clone().unwrap_or_else(zeros);
        let relative = |apart: f64| if apart == 0.0 { 0.0 } else { apart / scale };
        let by_hand = found.by_hand.as_ref();
        let by_hand = by_hand.map(|by_hand| relative(apart(by_hand, &tape)));
        let mut audited = Audited {
            name: found.name.clone(),
            shape: found.shape.clone(),
            largest: found.tape.as_ref().map(largest),
            by_hand,
            by_differences: None,
            compared: 0,
            unsettled: 0,
            agrees: by_hand.is_none_or(|apart| apart <= HAND),
        };
        for i in self.chosen(&tape) {
            let slope = match &found.place {
                // What has no path may be a class, which has no neighbours.
                Place::Input if found.tape.is_none() => break,
                Place::Input => slope(x.as_slice()[i], scale, noise, |to| {
                    let mut x = x.clone();
                    x.as_mut_slice()[i] = to;
                    loss_at(&x)
                }),
                Place::Parameter(parameter) => {
                    let nudged = Nudged::new(parameter);
                    slope(nudged.before.as_slice()[i], scale, noise, |to| {
                        parameter.change(|elements| elements[i] = to);
                        loss_at(x)
                    })
                }
            };
            match slope {
                Slope::Unsettled => audited.unsettled += 1,
                Slope::Settled { slope, error } => {
                    let apart = distance(slope, tape.as_slice()[i]);
                    let worst = audited.by_differences.unwrap_or(0.0);
                    audited.by_differences = Some(tape::Real::max(worst, relative(apart)));
                    audited.compared += 1;
                    audited.agrees &= apart <= DIFFERENCES * scale + 8.0 * error;
                }
            }
        }
        audited
    }

    /// The elements that differences are taken of: all, or some at random and that of the largest
    /// slope.
    fn chosen(&self, slopes: &Array) -> Vec<usize> {
        let count = slopes.len();
        if count <= self.most {
            return (0..count).collect();
        }
        let mut chosen = sample(&mut seeded(1), count, self.most).into_vec();
        if let Some(first) = chosen.first_mut() {
            *first = slopes.map(f64::abs).argmax();
        }
        chosen
    }

    /// The derivative of the loss by the outputs.
    #[track_caller]
    fn error(&self, y: &Array, weights: &Array) -> Array {
        if self.loss.is_none() {
            return weights.clone();
        }
        let tape = Tape::without_lines();
        let output = tape.tensor("output", y);
        let error = self.number(output, weights, &tape).backward().array(output);
        error.unwrap_or_else(|| Array::zeros(y.shape()))
    }
}

/// A parameter that is changed for a while, and as before when this is dropped: also if a loss panics.
struct Nudged<'a> {
    parameter: &'a Parameter,
    before: Arc<Array>,
}

impl<'a> Nudged<'a> {
    fn new(parameter: &'a Parameter) -> Nudged<'a> {
        Nudged {
            parameter,
            before: parameter.value(),
        }
    }
}

impl Drop for Nudged<'_> {
    fn drop(&mut self) {
        self.parameter.set(Array::clone(&self.before));
    }
}

/// Weights between -1 and 1 for a sum of outputs, always the same.
fn random_weights(y: &Array) -> Array {
    let mut rng = seeded(0);
    Array::from_fn(y.shape(), |_| 2.0 * rng.random::<f64>() - 1.0)
}

fn largest(array: &Array) -> f64 {
    let sizes = array.iter().map(|x| x.abs());
    sizes.fold(0.0, tape::Real::max) // f64::max would pass over NaN
}

/// How far two arrays are apart: infinitely if they have other shapes.
fn apart(a: &Array, b: &Array) -> f64 {
    if a.shape() != b.shape() {
        return f64::INFINITY;
    }
    let pairs = a.iter().zip(b);
    pairs
        .map(|(&a, &b)| distance(a, b))
        .fold(0.0, tape::Real::max)
}

/// 0 also between equal infinities.
fn distance(a: f64, b: f64) -> f64 {
    if a == b { 0.0 } else { (a - b).abs() }
}
