//! Convolutions.

use super::sliding::{Conv, PerAxis, option};
use super::{Tensor, known, misfit, operations, record_structural};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::shape::Shape;
use crate::structural::{Conv2d, ConvTranspose2d, Fold, Geometry, Unfold};

impl<T: Element> Tensor<T> {
    operations! {
        /// The convolution of images with kernels (not turned around: a correlation), as PyTorch's `conv2d`.
        ///
        /// `y[n,o,p,q] = bias[o] + sum over c, i, j of weight[o,c,i,j] x[n,c,p+i,q+j]`, with stride,
        /// padding, dilation and groups as the options say.
        ///
        /// Shapes: `[N, C, H, W]` (or `[C, H, W]`), weight `[O, C/groups, kh, kw]`, bias `[O]` give
        /// `[N, O, P, Q]`. Terms: by the input a [transposed convolution](Tensor::conv_transpose2d),
        /// by the weight a correlation of input and adjoint, by the bias the adjoint's sum over images
        /// and places.
        ///
        /// ```
        /// use tape::{Conv, Tape};
        /// let tape = Tape::new();
        /// let x = tape.tensor("x", [[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]);
        /// let k = tape.tensor("k", [[[[1.0, 0.0], [0.0, -1.0]]]]);
        /// let y = x.conv2d(k, None, Conv::new());
        /// assert_eq!(y.to_vec(), [-4.0, -4.0, -4.0, -4.0]);
        /// assert_eq!(y.sum().backward()[k], [12.0, 16.0, 24.0, 28.0]);
        /// ```
        ///
        /// # Panics
        /// If ranks or channels do not fit, the kernel is larger than the padded input, or a stride,
        /// dilation or number of groups is 0.
        conv2d try_conv2d(self, weight: impl Into<Tensor<T>>, bias: impl Into<Option<Tensor<T>>>, options: Conv) -> Tensor<T> {
            convolution("conv2d", Direction::Forth, 2, self, weight.into(), bias.into(), &options)
        }

        /// The convolution along one axis; see [`conv2d`](Tensor::conv2d).
        ///
        /// Shapes: `[N, C, L]` (or `[C, L]`), weight `[O, C/groups, k]`, bias `[O]` give `[N, O, P]`.
        ///
        /// # Panics
        /// As `conv2d`.
        conv1d try_conv1d(self, weight: impl Into<Tensor<T>>, bias: impl Into<Option<Tensor<T>>>, options: Conv) -> Tensor<T> {
            convolution("conv1d", Direction::Forth, 1, self, weight.into(), bias.into(), &options)
        }

        /// The transposed convolution, as PyTorch's `conv_transpose2d`: each element of the input
        /// lays down the kernel, and what overlaps is added. It is the adjoint of
        /// [`conv2d`](Tensor::conv2d) with the same options, not its inverse.
        ///
        /// Shapes: `[N, C, P, Q]` (or `[C, P, Q]`), weight `[C, O/groups, kh, kw]`, bias `[O]` give
        /// `[N, O, H, W]` with `H = (P - 1) stride - padding + dilation (kh - 1) + 1 + output_padding`,
        /// the padding that of both sides.
        ///
        /// # Panics
        /// As `conv2d`, and if `output_padding` is not less than stride or dilation.
        conv_transpose2d try_conv_transpose2d(self, weight: impl Into<Tensor<T>>, bias: impl Into<Option<Tensor<T>>>, options: Conv) -> Tensor<T> {
            convolution("conv_transpose2d", Direction::Back, 2, self, weight.into(), bias.into(), &options)
        }

        /// The transposed convolution along one axis; see [`conv_transpose2d`](Tensor::conv_transpose2d).
        ///
        /// Shapes: `[N, C, P]` (or `[C, P]`), weight `[C, O/groups, k]`, bias `[O]` give `[N, O, L]`.
        ///
        /// # Panics
        /// As `conv_transpose2d`.
        conv_transpose1d try_conv_transpose1d(self, weight: impl Into<Tensor<T>>, bias: impl Into<Option<Tensor<T>>>, options: Conv) -> Tensor<T> {
            convolution("conv_transpose1d", Direction::Back, 1, self, weight.into(), bias.into(), &options)
        }

        /// What a kernel lies over at each of its places, a column per place (im2col), as PyTorch's
        /// `nn.functional.unfold`. The groups of the options mean nothing here.
        ///
        /// Shapes: `[N, C, H, W]` gives `[N, C kh kw, P Q]`. Term: [`fold`](Tensor::fold).
        ///
        /// # Panics
        /// If the rank is not 4, or the kernel is larger than the padded input.
        unfold try_unfold(self, kernel: impl Into<PerAxis>, options: Conv) -> Tensor<T> {
            let shape = self.shape();
            let sliding = || match shape[..] {
                [_, _, height, width] => {
                    options.over([height, width], kernel.into().of("kernel", 2, 1)?, 2)
                }
                _ => rank("images are `[N, C, H, W]`"),
            };
            let sliding = self.told("unfold", sliding())?;
            record_structural(Unfold(sliding), &[self])
        }

        /// Adds columns where [`unfold`](Tensor::unfold) takes them from: its transpose, as
        /// PyTorch's `nn.functional.fold`. `output` is the height and width of the images.
        ///
        /// Shapes: `[N, C kh kw, P Q]` gives `[N, C, H, W]`. Term: `unfold`.
        ///
        /// # Panics
        /// If the columns are not those of such a kernel on such images.
        fold try_fold(self, output: impl Into<PerAxis>, kernel: impl Into<PerAxis>, options: Conv) -> Tensor<T> {
            let shape = self.shape();
            let sliding = || {
                let [_, rows, columns] = shape[..] else {
                    return rank("columns are `[N, C kh kw, P Q]`");
                };
                let kernel = kernel.into().of("kernel", 2, 1)?;
                let sliding = options.over(output.into().of("output", 2, 1)?, kernel, 2)?;
                let ([p, q], [i, j]) = (sliding.output, kernel);
                if p.checked_mul(q) != Some(columns) {
                    return misshapen(format!("a kernel has {p} x {q} places on such images, not {columns}"));
                }
                match i.checked_mul(j) {
                    Some(window) if rows.is_multiple_of(window) => Ok(sliding),
                    _ => misshapen(format!("{rows} rows are no channels of {i} x {j} elements")),
                }
            };
            let sliding = self.told("fold", sliding())?;
            record_structural(Fold(sliding), &[self])
        }
    }
}

fn misshapen<V>(why: impl Into<String>) -> Result<V, Error> {
    Err(Error::new(ErrorKind::Shape, why))
}

fn rank<V>(why: &str) -> Result<V, Error> {
    misshapen(format!(
        "{why}; `reshape` or `unsqueeze` adds what is missing"
    ))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Forth,
    Back,
}

/// A convolution over the last `axes` axes, forth or back, with the story of what does not fit.
#[track_caller]
fn convolution<T: Element>(
    name: &str,
    direction: Direction,
    axes: usize,
    x: Tensor<T>,
    weight: Tensor<T>,
    bias: Option<Tensor<T>>,
    options: &Conv,
) -> Result<Tensor<T>, Error> {
    known(name, &[x, weight, bias.unwrap_or(weight)])?;
    let (shape, kernels) = (x.shape(), weight.shape());
    let geometry = match geometry(direction, axes, &shape, &kernels, options) {
        Ok(geometry) => geometry,
        Err(error) => return misfit(name, &[x, weight], error.kind(), error.to_string()),
    };
    let channels = match direction {
        Direction::Forth => kernels[0],
        Direction::Back => kernels[1] * geometry.groups,
    };
    if let Some(bias) = bias.filter(|bias| bias.shape() != [channels]) {
        let why = format!(
            "a bias of shape {} for {channels} output channels",
            bias.shape()
        );
        return misfit(name, &[x, weight, bias], ErrorKind::Shape, why);
    }
    // Always [N, C, H, W]: a single image is a batch of one, a line an image of one row.
    let batched = shape.rank() == axes + 2;
    let images = if batched { shape[0] } else { 1 };
    let [height, width] = spatial(&shape, axes);
    let depth = shape[shape.rank() - axes - 1];
    let x = x.reshape_to(Shape::trusted([images, depth, height, width]));
    let [rows, columns] = spatial(&kernels, axes);
    let weight = weight.reshape_to(Shape::trusted([kernels[0], kernels[1], rows, columns]));
    let y = match (direction, bias) {
        (Direction::Forth, Some(bias)) => record_structural(Conv2d(geometry), &[x, weight, bias])?,
        (Direction::Forth, None) => record_structural(Conv2d(geometry), &[x, weight])?,
        (Direction::Back, _) => {
            let y = record_structural(ConvTranspose2d(geometry), &[x, weight])?;
            match bias {
                Some(bias) => y + bias.reshape_to(Shape::trusted([1, channels, 1, 1])),
                None => y,
            }
        }
    };
    let whole = y.shape();
    let first = usize::from(!batched);
    let lengths = whole.iter().enumerate().filter_map(|(axis, &length)| {
        (axis >= first && (axes == 2 || axis != 2)).then_some(length)
    });
    Ok(y.reshape_to(Shape::trusted(lengths)))
}

/// The last lengths as those of an image: a line is one row.
fn spatial(shape: &Shape, axes: usize) -> [usize; 2] {
    match shape[shape.rank() - axes..] {
        [height, width] => [height, width],
        _ => [1, shape[shape.rank() - 1]],
    }
}

/// What fits together, or what does not.
fn geometry(
    direction: Direction,
    axes: usize,
    shape: &Shape,
    kernels: &Shape,
    options: &Conv,
) -> Result<Geometry, Error> {
    let (axis_names, kernel_names) = match axes {
        1 => ("L", "k"),
        _ => ("H, W", "kh, kw"),
    };
    if shape.rank() != axes + 2 && shape.rank() != axes + 1 {
        return rank(&format!(
            "the input is `[N, C, {axis_names}]` or `[C, {axis_names}]`"
        ));
    }
    if kernels.rank() != axes + 2 {
        let (first, second) = match direction {
            Direction::Forth => ("O", "C/groups"),
            Direction::Back => ("C", "O/groups"),
        };
        return rank(&format!(
            "the weight is `[{first}, {second}, {kernel_names}]`"
        ));
    }
    let groups = options.group_count();
    if groups == 0 {
        return option("0 groups of channels: one group is the least");
    }
    let depth = shape[shape.rank() - axes - 1];
    let [first, second] = [kernels[0], kernels[1]];
    if !depth.is_multiple_of(groups) || !first.is_multiple_of(groups) {
        let kind = match direction {
            Direction::Forth => "output",
            Direction::Back => "input",
        };
        return misshapen(format!(
            "{depth} input channels and kernels for {first} {kind} channels do not divide into {groups} groups"
        ));
    }
    match direction {
        Direction::Forth if second.checked_mul(groups) != Some(depth) => {
            return misshapen(format!(
                "the input has {depth} channels, {} per group, and the weight is for {second}",
                depth / groups
            ));
        }
        Direction::Back if first != depth => {
            return misshapen(format!(
                "the input has {depth} channels, and the weight is for {first}; a transposed convolution has them on its first axis"
            ));
        }
        Direction::Back if second.checked_mul(groups).is_none() => {
            return misshapen(format!("{second} channels in {groups} groups overflow"));
        }
        _ => {}
    }
    let (lengths, kernel) = (spatial(shape, axes), spatial(kernels, axes));
    let sliding = match direction {
        Direction::Forth => options.over(lengths, kernel, axes)?,
        Direction::Back => options.back_from(lengths, kernel, axes)?,
    };
    Ok(Geometry { sliding, groups })
}
