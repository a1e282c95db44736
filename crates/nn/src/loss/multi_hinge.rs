use super::Reduction;
use super::nll::Rows;
use tape::{Array, Element, Tensor, Var};

/// The hinge loss with several classes, the mean over rows of
/// `1/C sum over j of max(0, 1 + x_j - x[class])`, `j` being all classes but the right one.
///
/// Shapes: scores `[.., C]`, and a class for each row in row-major order. Nothing is lost once the
/// right class leads all others by 1. [`MultiHinge`] has another margin, or a sum.
///
/// Source: Weston, Watkins 1999; the definition of PyTorch's `MultiMarginLoss` (CS231n does not
/// divide by C).
///
/// ```
/// # use nn::loss;
/// let tape = tape::Tape::new();
/// let x = tape.tensor("x", [[3.0, 5.0, -2.0]]);
/// let loss = loss::multi_hinge(x, &[0]);
/// assert_eq!(loss.value(), 1.0); // (max(0, 1 + 5 - 3) + max(0, 1 - 2 - 3)) / 3
/// ```
///
/// # Panics
/// If there are not as many classes as rows, or a class is out of range.
#[must_use]
#[track_caller]
pub fn multi_hinge<T: Element>(scores: Tensor<T>, classes: &[usize]) -> Var {
    MultiHinge::new().of(scores, classes)
}

/// The hinge loss with several classes and options. See [`multi_hinge`].
///
/// ```
/// use nn::loss::MultiHinge;
///
/// let tape = tape::Tape::new();
/// let x = tape.constant([[3.0, 5.0, -2.0]]);
/// assert_eq!(MultiHinge::new().margin(4.0).of(x, &[0]).value(), 2.0);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MultiHinge {
    margin: f64,
    reduction: Reduction,
}

impl Default for MultiHinge {
    fn default() -> MultiHinge {
        MultiHinge {
            margin: 1.0,
            reduction: Reduction::Mean,
        }
    }
}

impl MultiHinge {
    /// A margin of 1, and the mean.
    #[must_use]
    pub fn new() -> MultiHinge {
        MultiHinge::default()
    }

    /// By how much the right class must lead.
    #[must_use]
    pub fn margin(self, margin: f64) -> MultiHinge {
        MultiHinge { margin, ..self }
    }

    /// The mean or the sum over rows.
    #[must_use]
    pub fn reduction(self, reduction: Reduction) -> MultiHinge {
        MultiHinge { reduction, ..self }
    }

    /// The loss.
    ///
    /// # Panics
    /// If there are not as many classes as rows, or a class is out of range.
    #[must_use]
    #[track_caller]
    pub fn of<T: Element>(&self, scores: Tensor<T>, classes: &[usize]) -> Var {
        self.reduction.of(self.each(scores, classes))
    }

    /// The loss of each row, `[.., C]` giving `[..]`.
    ///
    /// # Panics
    /// As [`of`](MultiHinge::of).
    #[must_use]
    #[track_caller]
    pub fn each<T: Element>(&self, scores: Tensor<T>, classes: &[usize]) -> Tensor<T> {
        let rows = Rows::new("multi_hinge", scores, classes, None, None);
        let shape = scores.shape();
        let count = shape[shape.rank() - 1];
        let behind = scores + rows.own(scores).unsqueeze(-1) + self.margin;
        let right = Array::<T>::one_hot(classes, count);
        let lengths = Vec::from_iter(shape.iter().map(|&length| length as i64));
        let right = scores.constant(right.reshape(&lengths));
        behind.relu().masked_fill(right, 0.0).sum_over(-1) / count as f64
    }
}
