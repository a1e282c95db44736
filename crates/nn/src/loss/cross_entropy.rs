use super::nll::Rows;
use super::{Reduction, alike};
use tape::{Array, Element, Tensor, Var};

/// The cross-entropy of logits with the right classes, the mean over rows of
/// `ln sum e^x - x[class]`; NaN of none.
///
/// Shapes: logits `[.., classes]`, and a class for each row in row-major order. Derivative:
/// `(softmax(x) - one at the class) / rows`. Value and derivative have their digits at logits of
/// ±1000. [`CrossEntropy`] has options, [`cross_entropy_with`] takes distributions.
///
/// Source: the definition of PyTorch's `CrossEntropyLoss`, whose classes lie along the second axis
/// where ours lie along the last.
///
/// ```
/// # use nn::loss;
/// let tape = tape::Tape::new();
/// let logits = tape.tensor("logits", [[0.1f64, 0.6, 0.3].map(f64::ln)]);
/// let loss = loss::cross_entropy(logits, &[1]);
/// assert_eq!(format!("{:.10}", loss.value()), "0.5108256238");
/// assert_eq!(format!("{:.4?}", loss.backward()[logits].to_vec()), "[0.1000, -0.4000, 0.3000]");
/// ```
///
/// # Panics
/// If there are not as many classes as rows, or a class is out of range.
#[must_use]
#[track_caller]
pub fn cross_entropy<T: Element>(logits: Tensor<T>, classes: &[usize]) -> Var {
    CrossEntropy::new().of(logits, classes)
}

/// The cross-entropy of logits with distributions, the mean over rows of `-sum t ln softmax(x)`.
///
/// Shapes: both `[.., classes]`. Derivative by the logits, for targets that sum to 1 in each row:
/// `(softmax(x) - t) / rows`. A target of 0 contributes 0.
///
/// Source: the definition of PyTorch's `CrossEntropyLoss` for targets that are probabilities.
///
/// # Panics
/// If the shapes differ.
#[must_use]
#[track_caller]
pub fn cross_entropy_with<T: Element>(logits: Tensor<T>, target: impl Into<Tensor<T>>) -> Var {
    CrossEntropy::new().with(logits, target)
}

/// The cross-entropy of logits with options: weights of classes, smoothed labels, a class that is
/// ignored.
///
/// Of a row with class `c`, weights `w` of `C` classes and a smoothing of `s`:
/// `(1 - s) w_c (-ln p_c) + s/C sum over j of w_j (-ln p_j)`, with `p = softmax(x)`. The mean divides
/// by the sum of the weights `w_c` of all rows. A row whose class is ignored is 0, and is not
/// counted; of ignored rows alone the mean is NaN. For a row with a distribution `t`, smoothed to
/// `(1 - s) t + s/C`, it is `-sum w t ln p`, and the mean divides by the number of rows.
///
/// Source: the definition of PyTorch's `CrossEntropyLoss`; Szegedy et al. 2015 for smoothing.
///
/// ```
/// use nn::loss::CrossEntropy;
///
/// let tape = tape::Tape::new();
/// let logits = tape.constant([[0.0, 0.0], [7.0, 1.0], [0.0, 0.0]]);
/// let padding = usize::MAX;
/// let loss = CrossEntropy::new().weights([1.0, 3.0]).ignoring(padding).of(logits, &[0, padding, 1]);
/// assert!((loss.value() - 2f64.ln()).abs() < 1e-15);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CrossEntropy {
    weights: Option<Vec<f64>>,
    smoothing: f64,
    ignored: Option<usize>,
    reduction: Reduction,
}

impl CrossEntropy {
    /// Without options, and the mean.
    #[must_use]
    pub fn new() -> CrossEntropy {
        CrossEntropy::default()
    }

    /// A weight for each class, say the larger the rarer it is.
    #[must_use]
    pub fn weights(self, weights: impl Into<Vec<f64>>) -> CrossEntropy {
        CrossEntropy {
            weights: Some(weights.into()),
            ..self
        }
    }

    /// The share of the target that is spread evenly over all classes, from 0 to 1.
    ///
    /// # Panics
    /// If it is not from 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn smoothing(self, smoothing: f64) -> CrossEntropy {
        assert!(
            (0.0..=1.0).contains(&smoothing),
            "a smoothing of {smoothing}: it is a share of the target, from 0 to 1"
        );
        CrossEntropy { smoothing, ..self }
    }

    /// A class whose rows do not count, say that of padding. It need be none that a row has.
    #[must_use]
    pub fn ignoring(self, class: usize) -> CrossEntropy {
        CrossEntropy {
            ignored: Some(class),
            ..self
        }
    }

    /// The mean or the sum.
    #[must_use]
    pub fn reduction(self, reduction: Reduction) -> CrossEntropy {
        CrossEntropy { reduction, ..self }
    }

    /// The loss for a class in each row.
    ///
    /// # Panics
    /// If there are not as many classes as rows or weights as classes, or a class is out of range.
    #[must_use]
    #[track_caller]
    pub fn of<T: Element>(&self, logits: Tensor<T>, classes: &[usize]) -> Var {
        let rows = self.rows(logits, classes);
        self.reduction
            .over(self.each_of(logits, &rows), rows.total())
    }

    /// The loss of each row for its class, `[.., classes]` giving `[..]`.
    ///
    /// # Panics
    /// As [`of`](CrossEntropy::of).
    #[must_use]
    #[track_caller]
    pub fn each<T: Element>(&self, logits: Tensor<T>, classes: &[usize]) -> Tensor<T> {
        self.each_of(logits, &self.rows(logits, classes))
    }

    /// The loss for a distribution in each row.
    ///
    /// # Panics
    /// If the shapes differ, or there are not as many weights as classes.
    #[must_use]
    #[track_caller]
    pub fn with<T: Element>(&self, logits: Tensor<T>, target: impl Into<Tensor<T>>) -> Var {
        self.reduction.of(self.each_with(logits, target))
    }

    /// The loss of each row for its distribution, `[.., classes]` giving `[..]`.
    ///
    /// # Panics
    /// As [`with`](CrossEntropy::with).
    #[must_use]
    #[track_caller]
    pub fn each_with<T: Element>(
        &self,
        logits: Tensor<T>,
        target: impl Into<Tensor<T>>,
    ) -> Tensor<T> {
        let mut target = target.into();
        alike("cross_entropy", logits, target);
        let shape = logits.shape();
        let count = shape.last().copied().unwrap_or(1);
        if self.smoothing > 0.0 {
            target = target * (1.0 - self.smoothing) + self.smoothing / count as f64;
        }
        if let Some(weights) = &self.weights {
            assert!(
                weights.len() == count,
                "cross_entropy: {} weights for {count} classes, in logits of shape {shape}",
                weights.len()
            );
            target *= weight_row(weights, logits);
        }
        logits.cross_entropy_with_each(target)
    }

    #[track_caller]
    fn rows<T: Element>(&self, logits: Tensor<T>, classes: &[usize]) -> Rows {
        let weights = self.weights.as_deref();
        Rows::new("cross_entropy", logits, classes, weights, self.ignored)
    }

    #[track_caller]
    fn each_of<T: Element>(&self, logits: Tensor<T>, rows: &Rows) -> Tensor<T> {
        let own = rows.weigh(logits.cross_entropy_each(&rows.classes));
        if self.smoothing == 0.0 {
            return own;
        }
        let logs = logits.log_softmax(-1);
        let spread = match &self.weights {
            Some(weights) => (logs * weight_row(weights, logits)).mean_over(-1),
            None => logs.mean_over(-1),
        };
        own * (1.0 - self.smoothing) - rows.unignored(spread) * self.smoothing
    }
}

/// The weights of the classes, to multiply rows with.
#[track_caller]
fn weight_row<T: Element>(weights: &[f64], logits: Tensor<T>) -> Tensor<T> {
    logits.constant(Array::from(weights).cast::<T>())
}
