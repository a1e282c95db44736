//! The options of a kernel that slides, and what they mean for shapes that are known.

use crate::error::{Error, ErrorKind};
use crate::kernel::Sliding;
use crate::shape::List;
use smallvec::SmallVec;

/// One number for every spatial axis, or one for each.
///
/// Made from a number, `2`, or from an array, `[2, 1]`, the height before the width.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerAxis(SmallVec<[usize; 2]>);

impl From<usize> for PerAxis {
    fn from(number: usize) -> PerAxis {
        PerAxis(SmallVec::from_slice(&[number]))
    }
}

impl<const N: usize> From<[usize; N]> for PerAxis {
    fn from(numbers: [usize; N]) -> PerAxis {
        PerAxis(SmallVec::from_slice(&numbers))
    }
}

impl PerAxis {
    /// The numbers for the last `axes` of two axes; an axis that is not there gets `absent`.
    pub(super) fn of(&self, what: &str, axes: usize, absent: usize) -> Result<[usize; 2], Error> {
        match (&self.0[..], axes) {
            ([number], 1) => Ok([absent, *number]),
            ([number], _) => Ok([*number, *number]),
            ([height, width], 2) => Ok([*height, *width]),
            (numbers, _) => option(format!(
                "{what} {} for {axes} spatial {}: give one number, or one per axis",
                List(numbers),
                if axes == 1 { "axis" } else { "axes" },
            )),
        }
    }
}

/// How a kernel or a window slides along one axis, in numbers: element `i` of place `o` lies at
/// `o stride + i dilation - padding[0]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slide {
    /// How many elements it has.
    pub kernel: usize,
    /// How far apart places are.
    pub stride: usize,
    /// How many zeros are thought before and after the axis.
    pub padding: [usize; 2],
    /// How far apart the elements of one place lie.
    pub dilation: usize,
}

/// The last `N` of two axes; there are one or two.
pub(super) fn last_axes<const N: usize>(of: impl Fn(usize) -> Slide) -> Result<[Slide; N], Error> {
    match N {
        1 | 2 => Ok(std::array::from_fn(|axis| of(2 - N + axis))),
        _ => option(format!("{N} spatial axes: there are one or two")),
    }
}

/// How many zeros are thought around the input.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Padding {
    Same,
    Symmetric(PerAxis),
    Sides(SmallVec<[[usize; 2]; 2]>),
}

/// How the kernels of a convolution slide: stride, padding, dilation, groups.
///
/// The defaults are those of PyTorch: stride 1, no padding, dilation 1, one group.
///
/// ```
/// use tape::{Array, Conv, Tape};
/// let tape = Tape::new();
/// let image = tape.constant(Array::<f64>::full(&[1, 3, 8, 8], 1.0));
/// let kernels = tape.tensor("kernels", Array::<f64>::full(&[4, 3, 3, 3], 0.5));
/// let y = image.conv2d(kernels, None, Conv::new().stride(2).padding(1));
/// assert_eq!(y.shape(), [1, 4, 4, 4]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conv {
    stride: PerAxis,
    padding: Padding,
    dilation: PerAxis,
    groups: usize,
    output_padding: PerAxis,
}

impl Default for Conv {
    fn default() -> Conv {
        Conv::new()
    }
}

impl Conv {
    /// Stride 1, no padding, dilation 1, one group.
    #[must_use]
    pub fn new() -> Conv {
        Conv {
            stride: 1.into(),
            padding: Padding::Symmetric(0.into()),
            dilation: 1.into(),
            groups: 1,
            output_padding: 0.into(),
        }
    }

    /// How far the kernel moves from one output to the next.
    #[must_use]
    pub fn stride(self, stride: impl Into<PerAxis>) -> Conv {
        let stride = stride.into();
        Conv { stride, ..self }
    }

    /// How many zeros are thought on each side of the input.
    #[must_use]
    pub fn padding(self, padding: impl Into<PerAxis>) -> Conv {
        let padding = Padding::Symmetric(padding.into());
        Conv { padding, ..self }
    }

    /// How many zeros are thought before and after the input along each axis:
    /// `[[top, bottom], [left, right]]`.
    #[must_use]
    pub fn padding_sides(self, sides: impl AsRef<[[usize; 2]]>) -> Conv {
        let padding = Padding::Sides(sides.as_ref().into());
        Conv { padding, ..self }
    }

    /// As much padding as keeps the lengths, for a stride of 1; an odd zero goes after the input.
    #[must_use]
    pub fn same(self) -> Conv {
        let padding = Padding::Same;
        Conv { padding, ..self }
    }

    /// No padding: the kernel stays inside of the input.
    #[must_use]
    pub fn valid(self) -> Conv {
        self.padding(0)
    }

    /// How far apart the elements of the kernel lie: 1 is side by side.
    #[must_use]
    pub fn dilation(self, dilation: impl Into<PerAxis>) -> Conv {
        let dilation = dilation.into();
        Conv { dilation, ..self }
    }

    /// In how many groups the channels are convolved apart from each other; as many as channels
    /// is a depthwise convolution.
    #[must_use]
    pub fn groups(self, groups: usize) -> Conv {
        Conv { groups, ..self }
    }

    /// Elements added to one side of a transposed convolution's result: which of the lengths that
    /// a stride makes equal is meant.
    #[must_use]
    pub fn output_padding(self, output_padding: impl Into<PerAxis>) -> Conv {
        let output_padding = output_padding.into();
        Conv {
            output_padding,
            ..self
        }
    }

    /// In how many groups the channels are convolved.
    #[must_use]
    pub fn group_count(&self) -> usize {
        self.groups
    }

    /// These options for kernels of known lengths, axis by axis.
    ///
    /// ```
    /// let [slide] = tape::Conv::new().dilation(2).same().along([3]).unwrap();
    /// assert_eq!((slide.stride, slide.padding, slide.dilation), (1, [2, 2], 2));
    /// ```
    ///
    /// # Errors
    /// If they are options for another number of axes, a stride, dilation or kernel is 0, or `same`
    /// padding comes with a stride.
    pub fn along<const N: usize>(&self, kernel: [usize; N]) -> Result<[Slide; N], Error> {
        let mut both = [1; 2];
        for (length, given) in both.iter_mut().rev().zip(kernel.iter().rev()) {
            *length = *given;
        }
        let numbers = self.numbers(both, N)?;
        last_axes(|axis| Slide {
            kernel: both[axis],
            stride: numbers.stride[axis],
            padding: numbers.padding[axis],
            dilation: numbers.dilation[axis],
        })
    }

    /// Stride, dilation, padding before and after, for a kernel on the last `axes` of two axes.
    fn numbers(&self, kernel: [usize; 2], axes: usize) -> Result<Numbers, Error> {
        let stride = self.stride.of("stride", axes, 1)?;
        let dilation = self.dilation.of("dilation", axes, 1)?;
        if stride.contains(&0) {
            return option("a stride of 0 never moves on: strides are 1 or more");
        }
        if dilation.contains(&0) {
            return option("a dilation of 0 puts the kernel on one place: 1 is side by side");
        }
        let mut reach = [0; 2];
        for axis in 0..2 {
            let Some(last) = kernel[axis].checked_sub(1) else {
                return option("a kernel of length 0 has no elements");
            };
            reach[axis] = match last.checked_mul(dilation[axis]) {
                Some(last) if last < MOST => last + 1,
                _ => return option(format!("a dilation of {} overflows", dilation[axis])),
            };
        }
        let padding = match &self.padding {
            Padding::Symmetric(numbers) => numbers.of("padding", axes, 0)?.map(|side| [side; 2]),
            Padding::Sides(sides) => match (&sides[..], axes) {
                ([sides], 1) => [[0, 0], *sides],
                ([height, width], 2) => [*height, *width],
                _ => {
                    return option(format!(
                        "padding of {} axes for {axes}: give `[before, after]` for each",
                        sides.len()
                    ));
                }
            },
            Padding::Same if stride != [1, 1] => {
                return option(
                    "`same` padding keeps the lengths, and a stride other than 1 does not: say the padding in numbers",
                );
            }
            Padding::Same => reach.map(|reach| [(reach - 1) / 2, reach / 2]),
        };
        if let Some(side) = padding.as_flattened().iter().find(|&&side| side > MOST) {
            return option(format!("a padding of {side} overflows"));
        }
        Ok(Numbers {
            stride,
            dilation,
            padding,
            reach,
        })
    }

    /// How a kernel slides over an input, whose last `axes` lengths are spatial.
    pub(super) fn over(
        &self,
        input: [usize; 2],
        kernel: [usize; 2],
        axes: usize,
    ) -> Result<Sliding, Error> {
        if self.output_padding.0.iter().any(|&length| length != 0) {
            return option("`output_padding` is for transposed convolutions");
        }
        let numbers = self.numbers(kernel, axes)?;
        let mut output = [0; 2];
        for axis in 0..2 {
            let [before, after] = numbers.padding[axis];
            let (reach, padded) = (numbers.reach[axis], input[axis] + before + after);
            let Some(room) = padded.checked_sub(reach) else {
                return option(format!(
                    "the kernel reaches over {reach} elements along axis {}, of which the input has {padded} with its padding; \
                     pad {} more, or take a smaller kernel{}",
                    axis as i64 - 2,
                    reach - padded,
                    if numbers.dilation[axis] > 1 {
                        " or dilation"
                    } else {
                        ""
                    },
                ));
            };
            output[axis] = room / numbers.stride[axis] + 1;
        }
        Ok(numbers.sliding(input, kernel, output))
    }

    /// How a kernel slides over the result of a transposed convolution of `output`.
    pub(super) fn back_from(
        &self,
        output: [usize; 2],
        kernel: [usize; 2],
        axes: usize,
    ) -> Result<Sliding, Error> {
        let numbers = self.numbers(kernel, axes)?;
        let extra = self.output_padding.of("output_padding", axes, 0)?;
        let mut input = [0; 2];
        for axis in 0..2 {
            let most = numbers.stride[axis].max(numbers.dilation[axis]);
            if extra[axis] >= most {
                return option(format!(
                    "an output_padding of {} must be less than the stride {} or the dilation {}",
                    extra[axis], numbers.stride[axis], numbers.dilation[axis]
                ));
            }
            let [before, after] = numbers.padding[axis];
            let full = output[axis]
                .checked_sub(1)
                .and_then(|steps| steps.checked_mul(numbers.stride[axis]))
                .and_then(|length| length.checked_add(numbers.reach[axis]))
                .and_then(|length| length.checked_add(extra[axis]))
                .filter(|&length| length < MOST);
            input[axis] = match full.map(|full| full.checked_sub(before + after)) {
                Some(Some(length)) => length,
                Some(None) => {
                    return option(format!(
                        "a padding of {before} and {after} takes away more than there is along axis {}",
                        axis as i64 - 2
                    ));
                }
                None => {
                    return option(format!(
                        "a length of {} with a stride of {} makes no image",
                        output[axis], numbers.stride[axis]
                    ));
                }
            };
        }
        Ok(numbers.sliding(input, kernel, output))
    }
}

/// Longer than any array.
const MOST: usize = isize::MAX as usize / 8;

/// Options for two axes, checked but for the lengths.
struct Numbers {
    stride: [usize; 2],
    dilation: [usize; 2],
    padding: [[usize; 2]; 2],
    /// How many elements the kernel lies over, with those that dilation leaves out.
    reach: [usize; 2],
}

impl Numbers {
    fn sliding(&self, input: [usize; 2], kernel: [usize; 2], output: [usize; 2]) -> Sliding {
        Sliding {
            input,
            kernel,
            output,
            stride: self.stride,
            before: self.padding.map(|[before, _]| before),
            dilation: self.dilation,
        }
    }
}

pub(super) fn option<V>(why: impl Into<String>) -> Result<V, Error> {
    Err(Error::new(ErrorKind::Option, why))
}
