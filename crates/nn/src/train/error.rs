use crate::checkpoint::CheckpointError;
use std::fmt;

/// Why training could not begin, or not go on.
#[derive(Debug)]
#[non_exhaustive]
pub enum TrainError {
    /// There are no examples to learn from.
    NoExamples,
    /// Something is NaN or infinite. The network's parameters are those before the step.
    NotFinite {
        /// The epoch, from 1.
        epoch: usize,
        /// How many steps of the optimizer there were before, in all.
        step: u64,
        /// The loss of the step.
        loss: f64,
        /// What was found first.
        culprit: Broken,
    },
    /// A checkpoint could not be read or written, or is of another network or another run.
    Checkpoint(CheckpointError),
}

/// What was found NaN or infinite first, in the order in which a step computes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// An input of the data set.
    Inputs,
    /// A parameter or buffer of the network, by its name.
    Parameter(String),
    /// The outputs of the network, from inputs and parameters that are finite.
    Outputs,
    /// The loss, of outputs that are finite: of the targets, or of an output at the end of its range.
    Loss,
    /// The derivative by a parameter, of a loss that is finite.
    Gradient(String),
}

impl fmt::Display for TrainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TrainError::NoExamples => f.write_str("there are no examples to learn from"),
            TrainError::NotFinite {
                epoch,
                step,
                loss,
                culprit,
            } => write!(
                f,
                "epoch {epoch}, step {step}: the loss is {loss}; {culprit}"
            ),
            TrainError::Checkpoint(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Broken::Inputs => f.write_str("the inputs of the batch are not all finite"),
            Broken::Parameter(name) => write!(f, "{name} is not finite"),
            Broken::Outputs => f.write_str(
                "the outputs are not finite, though inputs and parameters are; try a smaller \
                 learning rate, or inputs of a common size",
            ),
            Broken::Loss => f.write_str(
                "the outputs are finite, the loss of them is not; look at the targets, and use a \
                 loss that takes logits",
            ),
            Broken::Gradient(name) => write!(
                f,
                "the derivative by {name} is not finite; try a smaller learning rate, or clip_norm"
            ),
        }
    }
}

impl std::error::Error for TrainError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            TrainError::Checkpoint(error) => Some(error),
            _ => None,
        }
    }
}

impl From<CheckpointError> for TrainError {
    fn from(error: CheckpointError) -> TrainError {
        TrainError::Checkpoint(error)
    }
}
