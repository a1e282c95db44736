use super::Reduction;
use tape::{Array, Element, Indices, Tensor, Var};

/// The negative log-likelihood of the right classes, `mean of -x[class]` over rows, for
/// `x = ln p`; NaN of none.
///
/// Shapes: `[.., classes]`, and a class for each row in row-major order. Behind a log-softmax it is
/// the [`cross_entropy`](super::cross_entropy()). [`Nll`] has options.
///
/// Source: the definition of PyTorch's `NLLLoss`.
///
/// ```
/// # use nn::loss;
/// let tape = tape::Tape::new();
/// let p = tape.tensor("p", [[0.25, 0.75], [0.5, 0.5]]);
/// let loss = loss::nll(p.ln(), &[0, 1]);
/// assert_eq!(loss.value(), 1.5 * 2f64.ln());
/// assert_eq!(loss.backward()[p], [-2.0, 0.0, 0.0, -1.0]);
/// ```
///
/// # Panics
/// If there are not as many classes as rows, or a class is out of range.
#[must_use]
#[track_caller]
pub fn nll<T: Element>(log_probabilities: Tensor<T>, classes: &[usize]) -> Var {
    Nll::new().of(log_probabilities, classes)
}

/// The negative log-likelihood with options: weights of classes, and a class that is ignored.
///
/// Of a row `-w[class] x[class]`; the mean divides by the sum of the weights `w[class]` of all rows.
/// A row whose class is ignored is 0, and is not counted; of ignored rows alone the mean is NaN.
///
/// Source: the definition of PyTorch's `NLLLoss`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Nll {
    weights: Option<Vec<f64>>,
    ignored: Option<usize>,
    reduction: Reduction,
}

impl Nll {
    /// Without options, and the mean.
    #[must_use]
    pub fn new() -> Nll {
        Nll::default()
    }

    /// A weight for each class.
    #[must_use]
    pub fn weights(self, weights: impl Into<Vec<f64>>) -> Nll {
        Nll {
            weights: Some(weights.into()),
            ..self
        }
    }

    /// A class whose rows do not count, say that of padding. It need be none that a row has.
    #[must_use]
    pub fn ignoring(self, class: usize) -> Nll {
        Nll {
            ignored: Some(class),
            ..self
        }
    }

    /// The mean or the sum.
    #[must_use]
    pub fn reduction(self, reduction: Reduction) -> Nll {
        Nll { reduction, ..self }
    }

    /// The loss.
    ///
    /// # Panics
    /// If there are not as many classes as rows or weights as classes, or a class is out of range.
    #[must_use]
    #[track_caller]
    pub fn of<T: Element>(&self, log_probabilities: Tensor<T>, classes: &[usize]) -> Var {
        let rows = self.rows("nll", log_probabilities, classes);
        let each = rows.weigh(rows.own(log_probabilities));
        self.reduction.over(each, rows.total())
    }

    /// The loss of each row, `[.., classes]` giving `[..]`.
    ///
    /// # Panics
    /// As [`of`](Nll::of).
    #[must_use]
    #[track_caller]
    pub fn each<T: Element>(&self, log_probabilities: Tensor<T>, classes: &[usize]) -> Tensor<T> {
        let rows = self.rows("nll", log_probabilities, classes);
        rows.weigh(rows.own(log_probabilities))
    }

    #[track_caller]
    fn rows<T: Element>(&self, loss: &str, x: Tensor<T>, classes: &[usize]) -> Rows {
        Rows::new(loss, x, classes, self.weights.as_deref(), self.ignored)
    }
}

/// Rows with their classes: which count, and how much.
pub(super) struct Rows {
    /// The class of each row; 0 where it is ignored.
    pub(super) classes: Vec<usize>,
    /// The weight of each row; `None` if all count alike.
    weights: Option<Vec<f64>>,
    /// Whether a row is ignored, if any is.
    ignored: Option<Vec<bool>>,
    lengths: Vec<usize>,
}

impl Rows {
    /// # Panics
    /// If there are not as many classes as rows or weights as classes, or a class is out of range.
    #[track_caller]
    pub(super) fn new<T: Element>(
        loss: &str,
        x: Tensor<T>,
        classes: &[usize],
        weights: Option<&[f64]>,
        ignored: Option<usize>,
    ) -> Rows {
        let shape = x.shape();
        let Some((&count, lengths)) = shape.split_last() else {
            panic!("{loss}: a number has no axis of classes; give an array [.., classes]");
        };
        let rows: usize = lengths.iter().product();
        assert!(
            classes.len() == rows,
            "{loss}: an array of shape {shape} has {rows} rows along its last axis; {} classes are \
             given",
            classes.len()
        );
        if let Some(weights) = weights {
            assert!(
                weights.len() == count,
                "{loss}: {} weights for {count} classes, in an array of shape {shape}",
                weights.len()
            );
        }
        let is_ignored = |class: &usize| Some(*class) == ignored;
        for (row, class) in classes.iter().enumerate() {
            assert!(
                *class < count || is_ignored(class),
                "{loss}: class {class} of row {row} is out of range: an array of shape {shape} has \
                 {count} classes, from 0"
            );
        }
        let any = classes.iter().any(is_ignored);
        let weight = |class: &usize| match (weights, is_ignored(class)) {
            (_, true) => 0.0,
            (Some(weights), false) => weights[*class],
            (None, false) => 1.0,
        };
        Rows {
            weights: (any || weights.is_some()).then(|| classes.iter().map(weight).collect()),
            ignored: any.then(|| classes.iter().map(is_ignored).collect()),
            classes: match any {
                true => classes
                    .iter()
                    .map(|class| if is_ignored(class) { 0 } else { *class })
                    .collect(),
                false => classes.to_vec(),
            },
            lengths: lengths.to_vec(),
        }
    }

    /// What a mean divides by.
    pub(super) fn total(&self) -> f64 {
        match &self.weights {
            Some(weights) => weights.iter().sum(),
            None => self.classes.len() as f64,
        }
    }

    /// `-x[class]` of each row.
    #[track_caller]
    pub(super) fn own<T: Element>(&self, x: Tensor<T>) -> Tensor<T> {
        let mut lengths = self.lengths.clone();
        lengths.push(1);
        let classes = Indices::new(&lengths, &self.classes[..]).expect("a class for each row");
        -x.gather(-1, classes).squeeze(-1)
    }

    /// Each row times its weight; 0, and no derivative, where it is ignored.
    #[track_caller]
    pub(super) fn weigh<T: Element>(&self, each: Tensor<T>) -> Tensor<T> {
        let Some(weights) = &self.weights else {
            return each;
        };
        self.constant(each, weights) * self.unignored(each)
    }

    /// 0, and no derivative, in rows that are ignored.
    #[track_caller]
    pub(super) fn unignored<T: Element>(&self, each: Tensor<T>) -> Tensor<T> {
        let Some(ignored) = &self.ignored else {
            return each;
        };
        let mask = Vec::from_iter(ignored.iter().map(|&is| f64::from(u8::from(is))));
        each.masked_fill(self.constant(each, &mask), 0.0)
    }

    /// A number for each row, as data.
    #[track_caller]
    fn constant<T: Element>(&self, each: Tensor<T>, numbers: &[f64]) -> Tensor<T> {
        each.constant(Array::new(&self.lengths, numbers).cast::<T>())
    }
}
