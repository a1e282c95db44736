use crate::hand::{Back, Hand};
use crate::{Module, Pass};
use tape::{Array, Element, Shape, Tensor};

/// Several axes as one, in row-major order, as PyTorch's `Flatten`.
///
/// Shapes: `[batch, channels, height, width]` gives `[batch, channels height width]`. By hand:
/// `dE/dx` is `dE/dy` in the shape of `x`.
///
/// ```
/// use nn::layers::Flatten;
/// use nn::{Module, Pass};
/// use tape::{Array, Tape};
///
/// let tape = Tape::new();
/// let x = tape.constant(Array::<f64>::zeros(&[5, 2, 3, 4]));
/// assert_eq!(Flatten::new().forward(x, &Pass::new(&tape)).shape(), [5, 24]);
/// assert_eq!(Flatten::axes(1, 2).forward(x, &Pass::new(&tape)).shape(), [5, 6, 4]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Flatten {
    first: i64,
    last: i64,
}

impl Flatten {
    /// All axes but the first, that of the examples.
    #[must_use]
    pub fn new() -> Flatten {
        Flatten::axes(1, -1)
    }

    /// The axes from `first` to `last`, both included; negative ones count from the end.
    #[must_use]
    pub fn axes(first: i64, last: i64) -> Flatten {
        Flatten { first, last }
    }

    /// The lengths of the output; `None` if there are no such axes.
    fn lengths(&self, shape: &Shape) -> Option<Vec<usize>> {
        let rank = shape.rank() as i64;
        let axis = |axis: i64| usize::try_from(if axis < 0 { axis + rank } else { axis }).ok();
        let (first, last) = (axis(self.first)?, axis(self.last)?);
        let joined = shape
            .get(first..=last)
            .filter(|joined| !joined.is_empty())?;
        let mut lengths = shape[..first].to_vec();
        lengths.push(joined.iter().product());
        lengths.extend(&shape[last + 1..]);
        Some(lengths)
    }
}

impl Default for Flatten {
    fn default() -> Flatten {
        Flatten::new()
    }
}

impl<T: Element> Module<T> for Flatten {
    /// # Panics
    /// If the input has no such axes.
    fn forward(&self, x: Tensor<T>, _: &Pass<'_, T>) -> Tensor<T> {
        let shape = x.shape();
        let Some(lengths) = self.lengths(&shape) else {
            panic!(
                "Flatten: there are no axes {} to {} in an input of shape {shape}",
                self.first, self.last
            );
        };
        let lengths: Vec<i64> = lengths.iter().map(|&length| length as i64).collect();
        x.reshape(&lengths)
    }

    fn by_hand<'a>(&'a self, x: &Array, _: &mut Hand) -> Option<(Array, Back<'a>)> {
        let shape = x.shape().clone();
        let y = Array::new(&self.lengths(&shape)?, x.to_vec());
        let back = move |delta: &Array, _: &mut Hand| Array::new(&shape, delta.to_vec());
        Some((y, Box::new(back)))
    }
}
