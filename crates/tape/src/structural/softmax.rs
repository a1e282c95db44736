//! Softmax, log-softmax, log-sum-exp: distributions along axes.
//!
//! The derivative of softmax, applied to `g`, is `p (g - Σ p g)`: what is left of `g` after taking
//! off its mean under `p`, weighed. Taking off the mean is an operation of its own
//! ([`Centre`]), and so is its transpose ([`LogSoftmaxPull`]); each is the other's derivative, so
//! these few rules close under differentiation, and every order keeps its digits where one
//! probability is nearly 1.

use super::rounding::distribution as rounding;
use super::{Errors, Pulled, Rounded, Structural, recorded};
use crate::element::Element;
use crate::error::Error;
use crate::kernel::{self, View, distribution};
use crate::op::Lift;
use crate::shape::{Axes, Shape};
use crate::tensor::{Over, Tensor};

/// `ln Σ e^x` along some axes; of nothing but -inf it is -inf with gradient 0.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LogSumExp {
    /// In ascending order.
    pub(crate) axes: Axes,
    /// Whether the axes stay, with length 1.
    pub(crate) keep: bool,
}

impl Structural for LogSumExp {
    const NAME: &'static str = "logsumexp";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[0].reduced(&self.axes, self.keep))
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        kernel::fold_rows(operands[0], &self.axes, out, |_, row| {
            distribution::logsumexp(row)
        });
    }

    fn number<T: Element>(&self, operands: &[View<'_, T>]) -> Option<f64> {
        Some(kernel::fold_all(operands[0], distribution::logsumexp))
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let x = node.operands[0];
        let softmax = Softmax {
            axes: self.axes.clone(),
            masked: true,
            causal: false,
        };
        node.upstream
            .spread(&x.shape(), &self.axes, self.keep)
            .chain(recorded(softmax, &[x]))
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} . softmax({0})"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.folded(self, &self.axes, |_, row| rounding::logsumexp(row)))
    }
}

/// `e^x / Σ e^x` along some axes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Softmax {
    /// In ascending order.
    pub(crate) axes: Axes,
    /// Whether a row of nothing but -inf gives zeros: all of it is masked. Else it gives NaN.
    pub(crate) masked: bool,
    /// Whether row `i` of the last two axes ends at place `i`; what is behind it gives 0.
    pub(crate) causal: bool,
}

impl Structural for Softmax {
    const NAME: &'static str = "softmax";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[0].clone())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        let of_nothing = if self.masked { 0.0 } else { f64::NAN };
        let queries = match lengths {
            [.., queries, _] => *queries,
            _ => 1,
        };
        kernel::map_rows([operands[0]], &self.axes, out, |number, [row], out| {
            let visible = match self.causal {
                true => row.len().min(number % queries + 1),
                false => row.len(),
            };
            let (seen, behind) = out.split_at_mut(visible);
            distribution::softmax(&row[..visible], seen, of_nothing);
            behind.fill(T::default());
        });
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let axes = self.axes.clone();
        recorded(SoftmaxPull { axes }, &[node.result, node.upstream])
    }

    fn says(&self, _: usize) -> &'static str {
        "{y} ({g} - sum({y} {g}))"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        let queries = match at.operands[0].shape()[..] {
            [.., queries, _] => queries,
            _ => 1,
        };
        Some(at.by_rows(&self.axes, |number, rows, out| {
            let visible = match self.causal {
                true => out.len().min(number % queries + 1),
                false => out.len(),
            };
            rounding::softmax(&rows[0].first(visible), &mut out[..visible]);
        }))
    }
}

/// `x - ln Σ e^x` along some axes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LogSoftmax {
    /// In ascending order.
    pub(crate) axes: Axes,
}

impl Structural for LogSoftmax {
    const NAME: &'static str = "log_softmax";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[0].clone())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        kernel::map_rows([operands[0]], &self.axes, out, |_, [row], out| {
            distribution::log_softmax(row, out);
        });
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let softmax = Softmax {
            axes: self.axes.clone(),
            masked: false,
            causal: false,
        };
        let p = recorded(softmax, &[node.operands[0]]);
        let axes = self.axes.clone();
        recorded(LogSoftmaxPull { axes }, &[p, node.upstream])
    }

    fn says(&self, _: usize) -> &'static str {
        "{g} - softmax({0}) sum({g})"
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.by_rows(&self.axes, |_, rows, out| {
            rounding::log_softmax(&rows[0], out)
        }))
    }
}

/// `p (g - Σ p g)`: the derivative of softmax, applied to `g`. It is symmetric.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SoftmaxPull {
    pub(crate) axes: Axes,
}

impl Structural for SoftmaxPull {
    const NAME: &'static str = "softmax_pull";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[0].clone())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        let pairs = [operands[0], operands[1]];
        kernel::map_rows(pairs, &self.axes, out, |_, [p, g], out| {
            distribution::softmax_pull(p, g, out);
        });
    }

    /// By `p`, which moves among distributions only: `(g - Σ p g) (h - Σ p h)`, a third cumulant.
    fn term<T: Element>(&self, node: &Pulled<T>, slot: usize) -> Tensor<T> {
        let (p, g, h) = (node.operands[0], node.operands[1], node.upstream);
        let axes = self.axes.clone();
        if slot == 1 {
            return recorded(SoftmaxPull { axes }, &[p, h]);
        }
        let centred = |g| {
            let axes = self.axes.clone();
            recorded(Centre { axes }, &[p, g])
        };
        centred(g).chain(centred(h))
    }

    fn says(&self, slot: usize) -> &'static str {
        if slot == 1 {
            "{0} ({g} - sum({0} {g}))"
        } else {
            "({1} - sum({0} {1})) ({g} - sum({0} {g}))"
        }
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.by_rows(&self.axes, |_, rows, out| rounding::softmax_pull(rows, out)))
    }
}

/// `g - Σ p g`: `g` relative to its mean under the distribution `p`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Centre {
    pub(crate) axes: Axes,
}

impl Structural for Centre {
    const NAME: &'static str = "centre";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[0].clone())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        let pairs = [operands[0], operands[1]];
        kernel::map_rows(pairs, &self.axes, out, |_, [p, g], out| {
            distribution::centre(p, g, out);
        });
    }

    fn term<T: Element>(&self, node: &Pulled<T>, slot: usize) -> Tensor<T> {
        let (p, h) = (node.operands[0], node.upstream);
        if slot == 1 {
            let axes = self.axes.clone();
            return recorded(LogSoftmaxPull { axes }, &[p, h]);
        }
        // `-g Σh`, and as p moves among distributions only, g may be taken relative to its mean.
        let total = h.sum_over(Over::from(&self.axes[..]).keep());
        -total.expand_to(h.shape()).chain(node.result)
    }

    fn says(&self, slot: usize) -> &'static str {
        if slot == 1 {
            "{g} - {0} sum({g})"
        } else {
            "-{y} sum({g})"
        }
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.by_rows(&self.axes, |_, rows, out| rounding::centre(rows, out)))
    }
}

/// `g - p Σ g`: the derivative of log-softmax, applied to `g`; the transpose of [`Centre`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LogSoftmaxPull {
    pub(crate) axes: Axes,
}

impl Structural for LogSoftmaxPull {
    const NAME: &'static str = "log_softmax_pull";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[0].clone())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        let pairs = [operands[0], operands[1]];
        kernel::map_rows(pairs, &self.axes, out, |_, [p, g], out| {
            distribution::log_softmax_pull(p, g, out);
        });
    }

    fn term<T: Element>(&self, node: &Pulled<T>, slot: usize) -> Tensor<T> {
        let (p, g, h) = (node.operands[0], node.operands[1], node.upstream);
        let axes = self.axes.clone();
        let centred = recorded(Centre { axes }, &[p, h]);
        if slot == 1 {
            return centred;
        }
        let total = g.sum_over(Over::from(&self.axes[..]).keep());
        -total.expand_to(g.shape()).chain(centred)
    }

    fn says(&self, slot: usize) -> &'static str {
        if slot == 1 {
            "{g} - sum({0} {g})"
        } else {
            "-({g} - sum({0} {g})) sum({1})"
        }
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.by_rows(&self.axes, |_, rows, out| {
            rounding::log_softmax_pull(rows, out)
        }))
    }
}
