//! Pooling.

use super::sliding::{PerAxis, Slide, last_axes, option};
use super::{Tensor, operations, record_structural};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::kernel::Windows;
use crate::shape::Shape;
use crate::structural::{AvgPool, MaxPool, Pooling};

/// The windows of a pooling: kernel, stride, padding, dilation.
///
/// The defaults are those of PyTorch: the stride is the kernel's length, no padding, dilation 1.
/// A number or an array is a kernel with these defaults.
///
/// ```
/// use tape::{Pool, Tape};
/// let tape = Tape::new();
/// let x = tape.tensor("x", [[[1.0, 2.0, 0.0], [5.0, 4.0, 3.0]]]);
/// assert_eq!(x.max_pool2d(2).to_vec(), [5.0]);
/// assert_eq!(x.max_pool2d(Pool::new(2).stride(1)).to_vec(), [5.0, 4.0]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    kernel: PerAxis,
    stride: Option<PerAxis>,
    padding: PerAxis,
    dilation: PerAxis,
    ceil: bool,
    count_padding: bool,
}

impl<K: Into<PerAxis>> From<K> for Pool {
    fn from(kernel: K) -> Pool {
        Pool::new(kernel)
    }
}

impl Pool {
    /// Windows of this length side by side.
    #[must_use]
    pub fn new(kernel: impl Into<PerAxis>) -> Pool {
        Pool {
            kernel: kernel.into(),
            stride: None,
            padding: 0.into(),
            dilation: 1.into(),
            ceil: false,
            count_padding: true,
        }
    }

    /// How far apart windows start.
    #[must_use]
    pub fn stride(self, stride: impl Into<PerAxis>) -> Pool {
        let stride = Some(stride.into());
        Pool { stride, ..self }
    }

    /// How far windows reach over each end of the input, at most half a window. A maximum never
    /// is there; a mean takes zeros there, or leaves them out
    /// ([`count_include_pad`](Pool::count_include_pad)).
    #[must_use]
    pub fn padding(self, padding: impl Into<PerAxis>) -> Pool {
        let padding = padding.into();
        Pool { padding, ..self }
    }

    /// How far apart the elements of a window lie; for maxima.
    #[must_use]
    pub fn dilation(self, dilation: impl Into<PerAxis>) -> Pool {
        let dilation = dilation.into();
        Pool { dilation, ..self }
    }

    /// Whether a window that starts inside may reach over the end.
    #[must_use]
    pub fn ceil_mode(self, ceil: bool) -> Pool {
        Pool { ceil, ..self }
    }

    /// Whether the zeros of the padding count in a mean; they do unless told otherwise.
    #[must_use]
    pub fn count_include_pad(self, count: bool) -> Pool {
        let count_padding = count;
        Pool {
            count_padding,
            ..self
        }
    }

    /// Whether a window that starts inside may reach over the end.
    #[must_use]
    pub fn rounds_up(&self) -> bool {
        self.ceil
    }

    /// Whether the zeros of the padding count in a mean.
    #[must_use]
    pub fn counts_padding(&self) -> bool {
        self.count_padding
    }

    /// These windows axis by axis, in numbers.
    ///
    /// # Errors
    /// If they are windows of another number of axes, or a kernel, stride or dilation is 0.
    pub fn along<const N: usize>(&self) -> Result<[Slide; N], Error> {
        let both = self.slides(N)?;
        last_axes(|axis| both[axis])
    }

    /// The same along two axes, of which the last `axes` are there.
    fn slides(&self, axes: usize) -> Result<[Slide; 2], Error> {
        let kernel = self.kernel.of("kernel", axes, 1)?;
        let stride = match &self.stride {
            Some(stride) => stride.of("stride", axes, 1)?,
            None => kernel,
        };
        let padding = self.padding.of("padding", axes, 0)?;
        let dilation = self.dilation.of("dilation", axes, 1)?;
        if kernel.contains(&0) {
            return option("a window of length 0 has no elements");
        }
        if stride.contains(&0) {
            return option("a stride of 0 never moves on: strides are 1 or more");
        }
        if dilation.contains(&0) {
            return option("a dilation of 0 puts the window on one place: 1 is side by side");
        }
        Ok(std::array::from_fn(|axis| Slide {
            kernel: kernel[axis],
            stride: stride[axis],
            padding: [padding[axis]; 2],
            dilation: dilation[axis],
        }))
    }

    /// The windows over the last `axes` of two axes of these lengths.
    fn over(&self, input: [usize; 2], axes: usize) -> Result<Pooling, Error> {
        let slides = self.slides(axes)?;
        let (mut output, mut windows) = ([0; 2], [Windows::Adaptive { outputs: 0 }; 2]);
        for axis in 0..2 {
            let length = input[axis];
            let Slide {
                kernel,
                stride,
                padding: [pad, _],
                dilation,
            } = slides[axis];
            let name = axis as i64 - 2;
            if length == 0 {
                return option(format!("axis {name} has no elements to take windows of"));
            }
            let reach = (kernel - 1)
                .checked_mul(dilation)
                .and_then(|last| last.checked_add(1));
            let Some(reach) = reach.filter(|&reach| reach <= isize::MAX as usize) else {
                return option(format!("a window of {kernel} elements overflows"));
            };
            if pad > reach / 2 {
                return option(format!(
                    "a padding of {pad} is more than half of a window over {reach} elements: some windows would have none"
                ));
            }
            let Some(room) = (length + 2 * pad).checked_sub(reach) else {
                return option(format!(
                    "the window reaches over {reach} elements along axis {name}, of which the input has {} with its padding; \
                     take a smaller one",
                    length + 2 * pad
                ));
            };
            let steps = match self.ceil {
                true => room.div_ceil(stride),
                false => room / stride,
            };
            // The last window starts inside, or on the padding in front.
            let starts_inside = steps * stride < length + pad;
            output[axis] = if starts_inside { steps + 1 } else { steps };
            windows[axis] = Windows::Sliding {
                kernel,
                stride,
                before: pad,
                after: pad,
                dilation,
            };
        }
        Ok(Pooling {
            axes: windows,
            input,
            output,
            count_padding: self.count_padding,
        })
    }

    fn is_dilated(&self) -> bool {
        self.dilation != 1.into()
    }
}

/// The windows that divide these lengths into `output` parts.
fn adaptive(output: &PerAxis, input: [usize; 2], axes: usize) -> Result<Pooling, Error> {
    let output = output.of("output", axes, input[0])?;
    for axis in 0..2 {
        if input[axis] == 0 && output[axis] > 0 {
            let name = axis as i64 - 2;
            return option(format!("axis {name} has no elements to take windows of"));
        }
    }
    Ok(Pooling {
        axes: output.map(|outputs| Windows::Adaptive { outputs }),
        input,
        output,
        count_padding: false,
    })
}

impl<T: Element> Tensor<T> {
    operations! {
        /// The largest element of each window over the last two axes, as PyTorch's `max_pool2d`.
        ///
        /// Of equal elements the first in row-major order is taken, and gets all of the adjoint;
        /// NaN wins over every number.
        ///
        /// Shapes: `[.., H, W]` gives `[.., P, Q]`. Term: `g` where the largest elements are.
        ///
        /// # Panics
        /// If there are fewer than two axes, a stride is 0, a window is larger than the padded input,
        /// or the padding more than half of a window.
        max_pool2d try_max_pool2d(self, windows: impl Into<Pool>) -> Tensor<T> {
            self.max_pooled("max_pool2d", 2, |input| windows.into().over(input, 2))
        }

        /// The largest element of each window over the last axis; see [`max_pool2d`](Tensor::max_pool2d).
        ///
        /// # Panics
        /// As `max_pool2d`.
        max_pool1d try_max_pool1d(self, windows: impl Into<Pool>) -> Tensor<T> {
            self.max_pooled("max_pool1d", 1, |input| windows.into().over(input, 1))
        }

        /// The mean of each window over the last two axes, as PyTorch's `avg_pool2d`.
        ///
        /// Shapes: `[.., H, W]` gives `[.., P, Q]`. Term: `g` in equal parts to the elements of each window.
        ///
        /// # Panics
        /// As [`max_pool2d`](Tensor::max_pool2d), and if the windows are dilated.
        avg_pool2d try_avg_pool2d(self, windows: impl Into<Pool>) -> Tensor<T> {
            self.avg_pooled("avg_pool2d", 2, |input| mean_windows(&windows.into(), input, 2))
        }

        /// The mean of each window over the last axis; see [`avg_pool2d`](Tensor::avg_pool2d).
        ///
        /// # Panics
        /// As `avg_pool2d`.
        avg_pool1d try_avg_pool1d(self, windows: impl Into<Pool>) -> Tensor<T> {
            self.avg_pooled("avg_pool1d", 1, |input| mean_windows(&windows.into(), input, 1))
        }

        /// The largest elements of `output` windows that cover the last two axes evenly, as PyTorch's
        /// `adaptive_max_pool2d`: window `i` of `n` over a length `L` reaches from `floor(i L / n)`
        /// to `ceil((i + 1) L / n)`.
        ///
        /// # Panics
        /// If there are fewer than two axes, or no elements.
        adaptive_max_pool2d try_adaptive_max_pool2d(self, output: impl Into<PerAxis>) -> Tensor<T> {
            self.max_pooled("adaptive_max_pool2d", 2, |input| adaptive(&output.into(), input, 2))
        }

        /// The same over the last axis; see [`adaptive_max_pool2d`](Tensor::adaptive_max_pool2d).
        ///
        /// # Panics
        /// As `adaptive_max_pool2d`.
        adaptive_max_pool1d try_adaptive_max_pool1d(self, output: impl Into<PerAxis>) -> Tensor<T> {
            self.max_pooled("adaptive_max_pool1d", 1, |input| adaptive(&output.into(), input, 1))
        }

        /// The means of `output` windows that cover the last two axes evenly, as PyTorch's
        /// `adaptive_avg_pool2d`; see [`adaptive_max_pool2d`](Tensor::adaptive_max_pool2d). An
        /// output of 1 is the mean of each plane.
        ///
        /// # Panics
        /// If there are fewer than two axes, or no elements.
        adaptive_avg_pool2d try_adaptive_avg_pool2d(self, output: impl Into<PerAxis>) -> Tensor<T> {
            self.avg_pooled("adaptive_avg_pool2d", 2, |input| adaptive(&output.into(), input, 2))
        }

        /// The same over the last axis; see [`adaptive_avg_pool2d`](Tensor::adaptive_avg_pool2d).
        ///
        /// # Panics
        /// As `adaptive_avg_pool2d`.
        adaptive_avg_pool1d try_adaptive_avg_pool1d(self, output: impl Into<PerAxis>) -> Tensor<T> {
            self.avg_pooled("adaptive_avg_pool1d", 1, |input| adaptive(&output.into(), input, 1))
        }
    }

    #[track_caller]
    fn max_pooled(
        self,
        name: &str,
        axes: usize,
        windows: impl FnOnce([usize; 2]) -> Result<Pooling, Error>,
    ) -> Result<Tensor<T>, Error> {
        let (planes, pooling) = self.planes(name, axes, windows)?;
        let pooled = record_structural(MaxPool(pooling), &[planes.detach(), planes])?;
        Ok(self.pooled_planes(pooled, axes))
    }

    #[track_caller]
    fn avg_pooled(
        self,
        name: &str,
        axes: usize,
        windows: impl FnOnce([usize; 2]) -> Result<Pooling, Error>,
    ) -> Result<Tensor<T>, Error> {
        let (planes, pooling) = self.planes(name, axes, windows)?;
        let pooled = record_structural(AvgPool(pooling), &[planes])?;
        Ok(self.pooled_planes(pooled, axes))
    }

    /// The tensor as planes of two axes, a line as one of one row, and the windows over them.
    #[track_caller]
    fn planes(
        self,
        name: &str,
        axes: usize,
        windows: impl FnOnce([usize; 2]) -> Result<Pooling, Error>,
    ) -> Result<(Tensor<T>, Pooling), Error> {
        let shape = self.shape();
        let pooling = match (axes, &shape[..]) {
            (1, [.., length]) => windows([1, *length]),
            (2, [.., height, width]) => windows([*height, *width]),
            _ => Err(Error::new(
                ErrorKind::Shape,
                format!("windows need {axes} axes, and there are {}", shape.rank()),
            )),
        };
        let pooling = self.told(name, pooling)?;
        let planes = match axes {
            1 => {
                let mut lengths = shape.to_vec();
                lengths.insert(lengths.len() - 1, 1);
                self.reshape_to(Shape::trusted(lengths))
            }
            _ => self,
        };
        Ok((planes, pooling))
    }

    /// The result in as many axes as this tensor has.
    #[track_caller]
    fn pooled_planes(self, pooled: Tensor<T>, axes: usize) -> Tensor<T> {
        if axes == 2 {
            return pooled;
        }
        let mut lengths = pooled.shape().to_vec();
        lengths.remove(lengths.len() - 2);
        pooled.reshape_to(Shape::trusted(lengths))
    }
}

/// The windows of a mean, which has no dilation.
fn mean_windows(windows: &Pool, input: [usize; 2], axes: usize) -> Result<Pooling, Error> {
    if windows.is_dilated() {
        return option("dilation is for maxima; a mean of dilated windows is a `conv2d`");
    }
    windows.over(input, axes)
}
