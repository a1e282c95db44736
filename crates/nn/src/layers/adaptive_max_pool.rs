use super::pooling::Windows;
use crate::hand::{Back, Hand};
use crate::{Module, Pass};
use tape::{Array, Element, PerAxis, Tensor};

/// The largest elements of as many windows as are asked for, which cover the last `N` axes evenly:
/// [`AdaptiveMaxPool1d`], [`AdaptiveMaxPool2d`].
///
/// Window `i` of `n` over a length `L` reaches from `floor(i L / n)` to `ceil((i + 1) L / n)`, as in
/// PyTorch's `AdaptiveMaxPool2d`. Shapes: `[.., height, width]` gives `[.., p, q]` for `[p, q]`.
/// By hand: as [`MaxPool`](super::MaxPool).
///
/// ```
/// use nn::layers::AdaptiveMaxPool1d;
/// use nn::{Module, Pass};
/// use tape::Tape;
///
/// let tape = Tape::new();
/// let x = tape.constant([[1.0, 3.0, 9.0, 5.0, 2.0]]);
/// let y = AdaptiveMaxPool1d::new(2).forward(x, &Pass::new(&tape));
/// assert_eq!(y.to_vec(), [9.0, 9.0]); // elements 0 to 2, and 2 to 4
/// ```
#[derive(Clone, Debug)]
pub struct AdaptiveMaxPool<const N: usize> {
    outputs: [usize; N],
}

/// The largest elements of as many windows as are asked for over the last axis.
pub type AdaptiveMaxPool1d = AdaptiveMaxPool<1>;

/// The largest elements of as many windows as are asked for over the last two axes.
pub type AdaptiveMaxPool2d = AdaptiveMaxPool<2>;

impl AdaptiveMaxPool<1> {
    /// So many windows.
    #[must_use]
    pub fn new(outputs: usize) -> AdaptiveMaxPool<1> {
        AdaptiveMaxPool { outputs: [outputs] }
    }
}

impl AdaptiveMaxPool<2> {
    /// So many windows along the height and the width.
    #[must_use]
    pub fn new(outputs: [usize; 2]) -> AdaptiveMaxPool<2> {
        AdaptiveMaxPool { outputs }
    }
}

impl<const N: usize, T: Element> Module<T> for AdaptiveMaxPool<N> {
    fn forward(&self, x: Tensor<T>, _: &Pass<'_, T>) -> Tensor<T> {
        match N {
            1 => x.adaptive_max_pool1d(PerAxis::from(self.outputs)),
            _ => x.adaptive_max_pool2d(PerAxis::from(self.outputs)),
        }
    }

    fn describe(&self) -> String {
        let outputs = self.outputs.map(|n| n.to_string()).join(" x ");
        format!("AdaptiveMaxPool{N}d to {outputs}")
    }

    fn by_hand<'a>(&'a self, x: &Array, _: &mut Hand) -> Option<(Array, Back<'a>)> {
        Some(Windows::even(x.shape(), self.outputs)?.largest(x))
    }
}
