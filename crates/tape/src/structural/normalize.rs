//! Normalising along axes: what layer, batch, group and RMS normalisation have in common.

use super::rounding::moments as rounding;
use super::{Errors, Pulled, Rounded, Structural, recorded};
use crate::element::Element;
use crate::error::Error;
use crate::kernel::{self, View, moments};
use crate::shape::{Axes, Shape};
use crate::tensor::{Over, Tensor};

/// `(x - mean) / √(variance + epsilon)` with the biased variance; or without taking the mean off,
/// `x / √(mean x² + epsilon)`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Normalize {
    /// In ascending order.
    pub(crate) axes: Axes,
    pub(crate) epsilon: f64,
    /// Whether the mean is taken off.
    pub(crate) centred: bool,
}

impl Structural for Normalize {
    const NAME: &'static str = "normalize";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[0].clone())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        kernel::map_rows([operands[0]], &self.axes, out, |_, [row], out| {
            moments::normalize(row, self.centred, self.epsilon, out);
        });
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let pull = NormalizePull { of: self.clone() };
        recorded(pull, &[node.operands[0], node.upstream])
    }

    fn says(&self, _: usize) -> &'static str {
        "({g} - mean({g}) - {y} mean({g} {y})) / sqrt(variance({0}) + epsilon)"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.by_rows(&self.axes, |_, rows, out| {
            rounding::normalize(&rows[0], self.centred, self.epsilon, out);
        }))
    }
}

/// The derivative of [`Normalize`] at `x`, applied to `g`. It is symmetric.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NormalizePull {
    of: Normalize,
}

impl Structural for NormalizePull {
    const NAME: &'static str = "normalize_pull";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[0].clone())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        let pairs = [operands[0], operands[1]];
        kernel::map_rows(pairs, &self.of.axes, out, |_, [row, g], out| {
            moments::normalize_pull(row, g, self.of.centred, self.of.epsilon, out);
        });
    }

    /// With `r = 1/√(variance + ε)`, whose derivative by `x` is `-r² y/n`, and `P` this operation:
    /// by `x` it is `-r (y mean(h P(g)) + P(h) mean(g y) + P(g) mean(h y))`.
    fn term<T: Element>(&self, node: &Pulled<T>, slot: usize) -> Tensor<T> {
        let (x, g, h) = (node.operands[0], node.operands[1], node.upstream);
        let pulled = recorded(self.clone(), &[x, h]);
        if slot == 1 {
            return pulled;
        }
        let over = || Over::from(&self.of.axes[..]).keep();
        let y = recorded(self.of.clone(), &[x]);
        let variance = match self.of.centred {
            true => x.variance_over(over(), 0.0),
            false => x.square().mean_over(over()),
        };
        let scale = (variance + self.of.epsilon).sqrt().recip();
        let sum = y * (h * node.result).mean_over(over())
            + pulled * (g * y).mean_over(over())
            + node.result * (h * y).mean_over(over());
        -(scale * sum)
    }

    fn says(&self, slot: usize) -> &'static str {
        if slot == 1 {
            "the same with {g} in place of {1}"
        } else {
            "-(y mean({g} {y}) + P({g}) mean({1} y) + {y} mean({g} y)) / sqrt(variance({0}) + epsilon)"
        }
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        let Normalize {
            axes,
            epsilon,
            centred,
        } = &self.of;
        Some(at.by_rows(axes, |_, rows, out| {
            rounding::normalize_pull(rows, *centred, *epsilon, out);
        }))
    }
}
