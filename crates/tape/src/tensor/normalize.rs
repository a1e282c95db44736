//! Normalising layers, as functions.

use super::{Tensor, done, known, mismatch, operations, record_structural};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::shape::{Axes, Shape};
use crate::structural::Normalize;

/// What batch normalisation answers in training.
#[derive(Clone, Copy, Debug)]
pub struct BatchNorm<T: Element = f64> {
    /// The normalised batch.
    pub output: Tensor<T>,
    /// The mean of each channel, as data.
    pub mean: Tensor<T>,
    /// The unbiased variance of each channel, as data: what a running average is made of. (The
    /// output is normalised with the biased one.)
    pub variance: Tensor<T>,
}

impl<T: Element> Tensor<T> {
    operations! {
        /// Layer normalisation over the trailing axes, `(x - mean) / √(variance + ε) w + b`, with
        /// the biased variance. As PyTorch's `layer_norm`; Ba, Kiros and Hinton, 2016.
        ///
        /// Shapes: `[.., trailing]`; weight and bias have the shape `trailing`.
        /// Term: `(g w - mean(g w) - y mean(g w y)) / √(variance + ε)`, `y` before the weight.
        ///
        /// # Panics
        /// If the shape does not end with `trailing`, weight or bias has another shape, or ε is
        /// negative.
        ///
        /// ```
        /// let tape = tape::Tape::new();
        /// let x = tape.tensor("x", [[1.0, 3.0], [10.0, 30.0]]);
        /// assert_eq!(x.layer_norm(&[2], None, None, 0.0).to_vec(), [-1.0, 1.0, -1.0, 1.0]);
        /// ```
        layer_norm try_layer_norm(
            self,
            trailing: &[usize],
            weight: Option<Tensor<T>>,
            bias: Option<Tensor<T>>,
            epsilon: f64,
        ) -> Tensor<T> {
            let axes = self.told("layer_norm", self.shape().trailing(trailing))?;
            self.told("layer_norm", all_shaped(self, &[("weight", weight), ("bias", bias)], trailing))?;
            let y = self.normalized("layer_norm", axes, epsilon, true)?;
            Ok(y.affine(weight, bias))
        }

        /// RMS normalisation over the trailing axes, `x / √(mean x² + ε) w`. As PyTorch's
        /// `rms_norm`; Zhang and Sennrich, 2019.
        ///
        /// Shapes: `[.., trailing]`; the weight has the shape `trailing`.
        ///
        /// # Panics
        /// If the shape does not end with `trailing`, the weight has another shape, or ε is
        /// negative.
        rms_norm try_rms_norm(
            self,
            trailing: &[usize],
            weight: Option<Tensor<T>>,
            epsilon: f64,
        ) -> Tensor<T> {
            let axes = self.told("rms_norm", self.shape().trailing(trailing))?;
            self.told("rms_norm", all_shaped(self, &[("weight", weight)], trailing))?;
            let y = self.normalized("rms_norm", axes, epsilon, false)?;
            Ok(y.affine(weight, None))
        }

        /// Group normalisation: the channels in groups, each normalised together with the places
        /// behind it; then a weight and a bias for each channel. As PyTorch's `group_norm`; Wu and
        /// He, 2018. With one group for each channel it is instance normalisation.
        ///
        /// Shapes: `[batch, channels, ..]`; weight and bias `[channels]`.
        ///
        /// # Panics
        /// If the channels do not divide into `groups`, weight or bias has another shape, or ε is
        /// negative.
        group_norm try_group_norm(
            self,
            groups: usize,
            weight: Option<Tensor<T>>,
            bias: Option<Tensor<T>>,
            epsilon: f64,
        ) -> Tensor<T> {
            let shape = self.shape();
            let channels = self.told("group_norm", shape.channels())?;
            let divides = match groups {
                0 => false,
                _ => channels % groups == 0 && groups <= channels.max(1),
            };
            let divided = if divides { Ok(()) } else {
                Err(Error::new(
                    ErrorKind::Option,
                    format!("{channels} channels do not divide into {groups} groups"),
                ))
            };
            self.told("group_norm", divided)?;
            self.told("group_norm", all_shaped(self, &[("weight", weight), ("bias", bias)], &[channels]))?;
            let places: usize = shape[2..].iter().product();
            let rows = Shape::trusted([shape[0], groups, channels / groups * places]);
            let axes = Axes::from_slice(&[2]);
            let y = self.reshape_to(rows).normalized("group_norm", axes, epsilon, true)?;
            let [weight, bias] = [weight, bias].map(|w| w.map(|w| w.for_channels(&shape)));
            Ok(y.reshape_to(shape).affine(weight, bias))
        }

        /// Batch normalisation in training: each channel normalised over the batch and the places
        /// behind it, `(x - mean) / √(variance + ε) w + b` with the biased variance; the
        /// statistics come along, for running averages. As PyTorch's `batch_norm`; Ioffe and
        /// Szegedy, 2015.
        ///
        /// Shapes: `[batch, channels, ..]`; weight, bias and the statistics `[channels]`.
        ///
        /// # Panics
        /// If a channel has fewer than two numbers (there is no variance), weight or bias has
        /// another shape, or ε is negative.
        batch_norm try_batch_norm(
            self,
            weight: Option<Tensor<T>>,
            bias: Option<Tensor<T>>,
            epsilon: f64,
        ) -> BatchNorm<T> {
            let shape = self.shape();
            let channels = self.told("batch_norm", shape.channels())?;
            self.told("batch_norm", all_shaped(self, &[("weight", weight), ("bias", bias)], &[channels]))?;
            let axes: Axes = (0..shape.rank()).filter(|&axis| axis != 1).collect();
            let numbers: usize = axes.iter().map(|&axis| shape[axis]).product();
            let enough = if numbers > 1 { Ok(()) } else {
                Err(mismatch(format!(
                    "{numbers} numbers for each channel: a variance takes two (shape {shape})"
                )))
            };
            self.told("batch_norm", enough)?;
            let over = super::Over::from(&axes[..]);
            let data = self.detach();
            let mean = data.try_mean_over(over.clone())?;
            let variance = data.try_variance_over(over, 1.0)?;
            let y = self.normalized("batch_norm", axes, epsilon, true)?;
            let [weight, bias] = [weight, bias].map(|w| w.map(|w| w.for_channels(&shape)));
            let output = y.affine(weight, bias);
            Ok(BatchNorm { output, mean, variance })
        }

        /// Batch normalisation at inference, with running statistics:
        /// `(x - mean) / √(variance + ε) w + b`.
        ///
        /// Shapes: `[batch, channels, ..]`; all others `[channels]`.
        ///
        /// # Panics
        /// If an operand has another shape, or ε is negative.
        batch_norm_with try_batch_norm_with(
            self,
            mean: Tensor<T>,
            variance: Tensor<T>,
            weight: Option<Tensor<T>>,
            bias: Option<Tensor<T>>,
            epsilon: f64,
        ) -> Tensor<T> {
            let shape = self.shape();
            let channels = self.told("batch_norm_with", shape.channels())?;
            let operands = [
                ("mean", Some(mean)),
                ("variance", Some(variance)),
                ("weight", weight),
                ("bias", bias),
            ];
            self.told("batch_norm_with", all_shaped(self, &operands, &[channels]))?;
            self.told("batch_norm_with", valid(epsilon))?;
            let scale = (variance + epsilon).sqrt().for_channels(&shape);
            let y = (self - mean.for_channels(&shape)) / scale;
            let [weight, bias] = [weight, bias].map(|w| w.map(|w| w.for_channels(&shape)));
            Ok(y.affine(weight, bias))
        }
    }

    #[track_caller]
    fn normalized(
        self,
        name: &str,
        axes: Axes,
        epsilon: f64,
        centred: bool,
    ) -> Result<Tensor<T>, Error> {
        self.told(name, valid(epsilon))?;
        let normalize = Normalize {
            axes,
            epsilon,
            centred,
        };
        record_structural(normalize, &[self])
    }

    #[track_caller]
    fn affine(self, weight: Option<Tensor<T>>, bias: Option<Tensor<T>>) -> Tensor<T> {
        let scaled = match weight {
            Some(weight) => self * weight,
            None => self,
        };
        match bias {
            Some(bias) => scaled + bias,
            None => scaled,
        }
    }

    /// A number for each channel, to go together with an array of `shape`.
    #[track_caller]
    fn for_channels(self, shape: &Shape) -> Tensor<T> {
        let ones = shape.iter().map(|_| 1).enumerate();
        self.reshape_to(Shape::trusted(
            ones.map(|(axis, one)| if axis == 1 { shape[1] } else { one }),
        ))
    }

    /// That an operand has just this shape.
    pub(super) fn expect_shape(self, name: &str, lengths: &[usize]) -> Result<(), Error> {
        let (shape, expected) = (self.shape(), done(Shape::new(lengths)));
        match shape == expected {
            true => Ok(()),
            false => Err(mismatch(format!(
                "{name} has the shape {shape}, where {expected} belongs"
            ))),
        }
    }
}

#[track_caller]
fn all_shaped<T: Element>(
    beside: Tensor<T>,
    operands: &[(&str, Option<Tensor<T>>)],
    lengths: &[usize],
) -> Result<(), Error> {
    for &(name, operand) in operands {
        if let Some(operand) = operand {
            known(name, &[beside, operand])?;
            operand.expect_shape(name, lengths)?;
        }
    }
    Ok(())
}

fn valid(epsilon: f64) -> Result<(), Error> {
    match epsilon >= 0.0 {
        true => Ok(()),
        false => Err(Error::new(
            ErrorKind::Option,
            format!("epsilon keeps a divisor above 0: it is not negative, as {epsilon} is"),
        )),
    }
}

impl Shape {
    /// The last axes, of these lengths.
    fn trailing(&self, lengths: &[usize]) -> Result<Axes, Error> {
        let rank = self.rank();
        match !lengths.is_empty() && self.ends_with(lengths) {
            true => Ok((rank - lengths.len()..rank).collect()),
            false => Err(mismatch(format!(
                "shape {self} does not end with {}",
                crate::shape::List(lengths)
            ))),
        }
    }

    /// The number of channels: the length of axis 1.
    fn channels(&self) -> Result<usize, Error> {
        match self[..] {
            [_, channels, ..] => Ok(channels),
            _ => Err(mismatch(format!(
                "shape {self} has no axis of channels: [batch, channels, ..] does"
            ))),
        }
    }
}
