//! How good a network is, in numbers that people speak of.
//!
//! Plain functions of what was predicted and what is true: no tape, no derivative. The loss is what
//! a network learns by; these are what it is judged by.
//!
//! | number | of what | formula |
//! |---|---|---|
//! | [`accuracy`] | classes | the share that is right |
//! | [`Confusion`] | classes | how often which class was taken for which: a table |
//! | [`precision`](Confusion::precision), [`recall`](Confusion::recall), [`f1`](Confusion::f1) | one class, or a [mean](Average) of all | `tp / (tp + fp)`, `tp / (tp + fn)`, their harmonic mean |
//! | [`mse`], [`mae`] | numbers | `mean (a - t)^2`, `mean abs(a - t)` |
//! | [`r2`] | numbers | `1 - sum (a - t)^2 / sum (t - mean t)^2` |
//!
//! [`classes`] makes classes of a network's outputs, [`above`] of a single output per example.
//!
//! ```
//! use nn::metrics::{self, Confusion};
//! use tape::Array;
//!
//! let outputs = Array::from([[2.0, 0.1, 0.3], [0.2, 0.5, 0.1], [0.0, 3.0, 1.0], [0.1, 0.2, 0.9]]);
//! let (predicted, actual) = (metrics::classes(&outputs), [0, 1, 2, 2]);
//! assert_eq!(predicted, [0, 1, 1, 2]);
//! assert_eq!(metrics::accuracy(&predicted, &actual), 0.75);
//!
//! let confusion = Confusion::new(3, &predicted, &actual);
//! assert_eq!(confusion.recall(2), 0.5);
//! assert_eq!(confusion.with_names(["cat", "dog", "owl"]).to_string(), "        predicted
//! actual  cat  dog  owl
//! cat       1    0    0
//! dog       0    1    0
//! owl       0    1    1
//! ");
//! ```

mod classes;
mod confusion;
mod regression;
mod scores;

pub use classes::{above, accuracy, classes};
pub use confusion::Confusion;
pub use regression::{mae, mse, r2};
pub use scores::Average;

/// That there is a true value for each predicted one.
#[track_caller]
fn paired(metric: &str, predicted: usize, actual: usize) {
    assert!(
        predicted == actual,
        "{metric}: {predicted} predictions against {actual} true values"
    );
}
