use tape::{Element, Tensor, Var};

/// How the losses of many elements, or rows, become one number.
///
/// The losses themselves are what functions ending in `_each`, and methods `each`, answer.
///
/// ```
/// use nn::loss::{self, Reduction};
///
/// let tape = tape::Tape::new();
/// let a = tape.constant([1.0, 3.0]);
/// let each = loss::mse_each(a, a.zeros_like());
/// assert_eq!(Reduction::Mean.of(each).value(), 5.0);
/// assert_eq!(Reduction::Sum.of(each).value(), 10.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// The mean. Where rows have weights, it divides by the sum of the weights.
    #[default]
    Mean,
    /// The sum.
    Sum,
}

impl Reduction {
    /// The mean or the sum of all elements.
    #[must_use]
    #[track_caller]
    pub fn of<T: Element>(self, each: Tensor<T>) -> Var {
        match self {
            Reduction::Mean => each.mean(),
            Reduction::Sum => each.sum(),
        }
    }

    /// The same where a mean divides by a total of weights.
    #[track_caller]
    pub(super) fn over<T: Element>(self, each: Tensor<T>, total: f64) -> Var {
        match self {
            Reduction::Mean => each.sum() / total,
            Reduction::Sum => each.sum(),
        }
    }
}
