use super::pooling::{Windows, described};
use super::windows::fitting;
use crate::hand::{Back, Hand};
use crate::{Module, Pass};
use tape::{Array, Element, Pool, Slide, Tensor};

/// The largest element of each window over the last `N` axes, one or two: [`MaxPool1d`], [`MaxPool2d`].
///
/// Shapes: `[.., height, width]` gives `[.., p, q]` with
/// `p = floor((height + 2 padding - dilation (kernel - 1) - 1) / stride) + 1`, as PyTorch's
/// `MaxPool2d`. Of equal elements the first in row-major order is taken, and NaN before any number.
/// By hand: `dE/dy` goes to the element that `y` is.
///
/// ```
/// use nn::layers::{MaxPool2d, Pool};
/// use nn::{Module, Pass};
/// use tape::Tape;
///
/// let tape = Tape::new();
/// let x = tape.tensor("x", [[[1.0, 2.0, 0.0], [5.0, 4.0, 3.0]]]);
/// let pool = MaxPool2d::new(Pool::new(2).stride(1));
/// let y = pool.forward(x, &Pass::new(&tape));
/// assert_eq!(y.to_vec(), [5.0, 4.0]);
/// assert_eq!(y.sum().backward()[x], [0.0, 0.0, 0.0, 1.0, 1.0, 0.0]);
/// ```
#[derive(Clone, Debug)]
pub struct MaxPool<const N: usize> {
    options: Pool,
    slides: [Slide; N],
}

/// The largest element of each window over the last axis.
pub type MaxPool1d = MaxPool<1>;

/// The largest element of each window over the last two axes.
pub type MaxPool2d = MaxPool<2>;

impl<const N: usize> MaxPool<N> {
    /// Windows of a length, side by side, or as the [`Pool`] says: stride, padding, dilation.
    ///
    /// # Panics
    /// If the options do not fit together, or are for another number of axes.
    #[must_use]
    #[track_caller]
    pub fn new(windows: impl Into<Pool>) -> MaxPool<N> {
        let options = windows.into();
        let slides = fitting("MaxPool", options.along());
        MaxPool { options, slides }
    }
}

impl<const N: usize, T: Element> Module<T> for MaxPool<N> {
    fn forward(&self, x: Tensor<T>, _: &Pass<'_, T>) -> Tensor<T> {
        match N {
            1 => x.max_pool1d(self.options.clone()),
            _ => x.max_pool2d(self.options.clone()),
        }
    }

    fn describe(&self) -> String {
        format!("MaxPool{N}d {}", described(&self.slides))
    }

    fn by_hand<'a>(&'a self, x: &Array, _: &mut Hand) -> Option<(Array, Back<'a>)> {
        Some(Windows::sliding::<N>(x.shape(), &self.options)?.largest(x))
    }
}
