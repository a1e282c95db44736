//! The parts that networks are made of.
//!
//! Each is a [`Module`](crate::Module): a forward pass in the tape's operations, and beside it, in
//! the same file, the backward pass as one derives it by hand, which the tape does not need and
//! [`audit`](crate::audit()) compares it with. Definitions, and the way weights lie in memory, are
//! PyTorch's.
//!
//! | you want | look at |
//! |---|---|
//! | `x W^T + b` | [`Linear`] |
//! | an activation | [`Activation`](crate::Activation), which is a module itself; any other: [`function`] |
//! | modules one behind the other, a way around one | [`Sequential`], [`Residual`] |
//! | convolutions; how they slide | [`Conv1d`], [`Conv2d`]; [`Conv`] |
//! | pooling; its windows | [`MaxPool2d`], [`AvgPool2d`], [`AdaptiveAvgPool2d`], [`AdaptiveMaxPool2d`] and the same in 1d; [`Pool`] |
//! | numbers of one scale | [`BatchNorm1d`], [`BatchNorm2d`], [`LayerNorm`], [`RmsNorm`], [`GroupNorm`] |
//! | to drop numbers by chance | [`Dropout`] |
//! | a row of numbers for each class | [`Embedding`] |
//! | sequences | [`Rnn`], [`Lstm`], [`Gru`], [`MultiHeadAttention`] |
//! | images as vectors | [`Flatten`] |

mod activation;
mod adaptive_avg_pool;
mod adaptive_max_pool;
mod attention;
mod avg_pool;
mod batch_norm;
mod conv1d;
mod conv2d;
mod convolution;
mod dropout;
mod embedding;
mod flatten;
mod function;
mod group_norm;
mod gru;
mod layer_norm;
mod linear;
mod lstm;
mod max_pool;
mod normalization;
mod pooling;
mod recurrent;
mod residual;
mod rms_norm;
mod rnn;
mod sequential;
mod windows;

pub use adaptive_avg_pool::{AdaptiveAvgPool, AdaptiveAvgPool1d, AdaptiveAvgPool2d};
pub use adaptive_max_pool::{AdaptiveMaxPool, AdaptiveMaxPool1d, AdaptiveMaxPool2d};
pub use attention::MultiHeadAttention;
pub use avg_pool::{AvgPool, AvgPool1d, AvgPool2d};
pub use batch_norm::{BatchNorm, BatchNorm1d, BatchNorm2d};
pub use conv1d::Conv1d;
pub use conv2d::Conv2d;
pub use dropout::Dropout;
pub use embedding::Embedding;
pub use flatten::Flatten;
pub use function::{Function, function};
pub use group_norm::GroupNorm;
pub use gru::{Gated, Gru};
pub use layer_norm::LayerNorm;
pub use linear::Linear;
pub use lstm::{LongShortTerm, Lstm};
pub use max_pool::{MaxPool, MaxPool1d, MaxPool2d};
pub use recurrent::{Carried, Kind, Recurrent};
pub use residual::Residual;
pub use rms_norm::RmsNorm;
pub use rnn::{Elman, Rnn};
pub use sequential::Sequential;
pub use tape::{Conv, Pool};
