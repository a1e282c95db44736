//! What is wrong with a layer.

use super::{Distribution, FlowLayer, FlowReport};
use std::fmt;

/// What is wrong with a layer; [`FlowReport`] says where each mark is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// Hardly any of the gradient arrives.
    Vanishing,
    /// The gradient has grown beyond measure.
    Exploding,
    /// Most units are 0 whatever they are shown.
    Dead,
    /// Most activations are where their curve is flat.
    Saturated,
    /// A number is infinite or NaN.
    NotFinite,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Mark::Vanishing => "vanishing",
            Mark::Exploding => "exploding",
            Mark::Dead => "dead",
            Mark::Saturated => "saturated",
            Mark::NotFinite => "not finite",
        })
    }
}

/// Marks each layer.
pub(super) fn mark(layers: &mut [FlowLayer]) {
    let gradients = layers.iter().filter_map(|layer| layer.gradient.as_ref());
    let outer = gradients.map(|gradient| gradient.norm).next_back();
    for layer in layers {
        layer.marks = marks(layer, outer.unwrap_or(0.0));
    }
}

/// What is wrong with a layer, by the gradient at the outputs.
fn marks(layer: &FlowLayer, outer: f64) -> Vec<Mark> {
    let is_finite = |of: &Distribution| of.not_finite == 0;
    let weights = layer.weights.as_ref();
    let all_finite = is_finite(&layer.activations)
        && layer.gradient.as_ref().is_none_or(is_finite)
        && weights.is_none_or(|w| w.norm.is_finite() && w.gradient.is_none_or(f64::is_finite));
    let gradient = layer.gradient.as_ref().map(|gradient| gradient.norm);
    let known = |compare: fn(f64, f64) -> bool, bound: f64| {
        outer > 0.0 && gradient.is_some_and(|gradient| compare(gradient, bound * outer))
    };
    let tests = [
        (Mark::NotFinite, !all_finite),
        (
            Mark::Vanishing,
            known(|g, bound| g < bound, FlowReport::VANISHING),
        ),
        (
            Mark::Exploding,
            known(|g, bound| g > bound, FlowReport::EXPLODING),
        ),
        (Mark::Dead, layer.dead > FlowReport::STUCK),
        (
            Mark::Saturated,
            layer.flat.is_some_and(|flat| flat > FlowReport::STUCK),
        ),
    ];
    tests
        .into_iter()
        .filter_map(|(mark, holds)| holds.then_some(mark))
        .collect()
}
