use super::pooling::{Windows, described};
use super::windows::fitting;
use crate::hand::{Back, Hand};
use crate::{Module, Pass};
use tape::{Array, Element, Pool, Slide, Tensor};

/// The mean of each window over the last `N` axes, one or two: [`AvgPool1d`], [`AvgPool2d`].
///
/// Shapes: `[.., height, width]` gives `[.., p, q]` with
/// `p = floor((height + 2 padding - kernel) / stride) + 1`, as PyTorch's `AvgPool2d`; the zeros of
/// the padding count, unless [`Pool::count_include_pad`] says otherwise.
/// By hand: each element of a window gets `dE/dy` divided by what the mean was divided by.
///
/// ```
/// use nn::layers::AvgPool1d;
/// use nn::{Module, Pass};
/// use tape::Tape;
///
/// let tape = Tape::new();
/// let x = tape.constant([[1.0, 3.0, 5.0, 9.0]]);
/// assert_eq!(AvgPool1d::new(2).forward(x, &Pass::new(&tape)).to_vec(), [2.0, 7.0]);
/// ```
#[derive(Clone, Debug)]
pub struct AvgPool<const N: usize> {
    options: Pool,
    slides: [Slide; N],
}

/// The mean of each window over the last axis.
pub type AvgPool1d = AvgPool<1>;

/// The mean of each window over the last two axes.
pub type AvgPool2d = AvgPool<2>;

impl<const N: usize> AvgPool<N> {
    /// Windows of a length, side by side, or as the [`Pool`] says: stride, padding, `ceil_mode`.
    ///
    /// # Panics
    /// If the options do not fit together, or are for another number of axes.
    #[must_use]
    #[track_caller]
    pub fn new(windows: impl Into<Pool>) -> AvgPool<N> {
        let options = windows.into();
        let slides = fitting("AvgPool", options.along());
        AvgPool { options, slides }
    }
}

impl<const N: usize, T: Element> Module<T> for AvgPool<N> {
    fn forward(&self, x: Tensor<T>, _: &Pass<'_, T>) -> Tensor<T> {
        match N {
            1 => x.avg_pool1d(self.options.clone()),
            _ => x.avg_pool2d(self.options.clone()),
        }
    }

    fn describe(&self) -> String {
        format!("AvgPool{N}d {}", described(&self.slides))
    }

    fn by_hand<'a>(&'a self, x: &Array, _: &mut Hand) -> Option<(Array, Back<'a>)> {
        Some(Windows::sliding::<N>(x.shape(), &self.options)?.means(x))
    }
}
