use super::pooling::Windows;
use crate::hand::{Back, Hand};
use crate::{Module, Pass};
use tape::{Array, Element, PerAxis, Tensor};

/// The means of as many windows as are asked for, which cover the last `N` axes evenly:
/// [`AdaptiveAvgPool1d`], [`AdaptiveAvgPool2d`].
///
/// Window `i` of `n` over a length `L` reaches from `floor(i L / n)` to `ceil((i + 1) L / n)`, as in
/// PyTorch's `AdaptiveAvgPool2d`. Shapes: `[.., height, width]` gives `[.., p, q]` for `[p, q]`.
/// By hand: as [`AvgPool`](super::AvgPool).
///
/// ```
/// use nn::layers::AdaptiveAvgPool2d;
/// use nn::{Module, Pass};
/// use tape::Tape;
///
/// let tape = Tape::new();
/// let images = tape.constant([[[[1.0, 2.0, 6.0], [3.0, 4.0, 8.0]]]]);
/// let y = AdaptiveAvgPool2d::new([1, 1]).forward(images, &Pass::new(&tape));
/// assert_eq!((y.shape().to_vec(), y.to_vec()), (vec![1, 1, 1, 1], vec![4.0]));
/// ```
#[derive(Clone, Debug)]
pub struct AdaptiveAvgPool<const N: usize> {
    outputs: [usize; N],
}

/// The means of as many windows as are asked for over the last axis.
pub type AdaptiveAvgPool1d = AdaptiveAvgPool<1>;

/// The means of as many windows as are asked for over the last two axes.
pub type AdaptiveAvgPool2d = AdaptiveAvgPool<2>;

impl AdaptiveAvgPool<1> {
    /// So many windows.
    #[must_use]
    pub fn new(outputs: usize) -> AdaptiveAvgPool<1> {
        AdaptiveAvgPool { outputs: [outputs] }
    }
}

impl AdaptiveAvgPool<2> {
    /// So many windows along the height and the width.
    #[must_use]
    pub fn new(outputs: [usize; 2]) -> AdaptiveAvgPool<2> {
        AdaptiveAvgPool { outputs }
    }
}

impl<const N: usize, T: Element> Module<T> for AdaptiveAvgPool<N> {
    fn forward(&self, x: Tensor<T>, _: &Pass<'_, T>) -> Tensor<T> {
        match N {
            1 => x.adaptive_avg_pool1d(PerAxis::from(self.outputs)),
            _ => x.adaptive_avg_pool2d(PerAxis::from(self.outputs)),
        }
    }

    fn describe(&self) -> String {
        let outputs = self.outputs.map(|n| n.to_string()).join(" x ");
        format!("AdaptiveAvgPool{N}d to {outputs}")
    }

    fn by_hand<'a>(&'a self, x: &Array, _: &mut Hand) -> Option<(Array, Back<'a>)> {
        Some(Windows::even(x.shape(), self.outputs)?.means(x))
    }
}
