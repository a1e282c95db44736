//! Inputs brought to a common size, column by column, and back.

use super::error::{DataError, DataErrorKind, Result, done};
use tape::{Array, Element};

/// What was subtracted from each column and divided by: fitted on the training set, applied to
/// every other set, and inverted.
///
/// `x' = (x - shift) / divisor`, for each column (each element of an example; examples are along
/// axis 0):
///
/// | | shift | divisor | where |
/// |---|---|---|---|
/// | [`standardize`](Scaling::standardize) | mean | standard deviation | scikit-learn's `StandardScaler` |
/// | [`zero_centre`](Scaling::zero_centre) | mean | 1 | Karpathy, CS231n |
/// | [`min_max`](Scaling::min_max) | smallest | largest - smallest | `MinMaxScaler`: into `[0, 1]` |
/// | [`maxima`](Scaling::maxima) | 0 | largest size | `MaxAbsScaler`; `X / max(X)` of a lecture |
///
/// A constant column tells the examples not apart: its divisor is 1, so that it becomes 0 (under
/// `maxima`, a column of zeros stays what it is). Missing values (NaN) are passed over, and stay.
///
/// ```
/// use nn::data::Scaling;
/// use tape::Array;
///
/// let train = Array::from([[1.0, 7.0], [3.0, 7.0]]);
/// let scaling = Scaling::standardize(&train);
/// assert_eq!(scaling.apply(&train), Array::from([[-1.0, 0.0], [1.0, 0.0]]));
///
/// let test = Array::from([[2.0, 8.0]]);
/// assert_eq!(scaling.apply(&test), Array::from([[0.0, 1.0]])); // by the training set's numbers
/// assert_eq!(scaling.invert(&scaling.apply(&test)), test);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Scaling {
    shift: Vec<f64>,
    divisor: Vec<f64>,
}

impl Scaling {
    /// Mean 0 and deviation 1. The deviation is that of the examples, `sqrt(sum (x - mean)^2 / n)`.
    ///
    /// # Panics
    /// If the array is a number, without axes.
    #[must_use]
    #[track_caller]
    pub fn standardize<T: Element>(x: &Array<T>) -> Scaling {
        Scaling::fit(x, |column| (column.mean(), column.deviation()))
    }

    /// Mean 0.
    ///
    /// # Panics
    /// If the array is a number, without axes.
    #[must_use]
    #[track_caller]
    pub fn zero_centre<T: Element>(x: &Array<T>) -> Scaling {
        Scaling::fit(x, |column| (column.mean(), 1.0))
    }

    /// From 0 at the smallest to 1 at the largest.
    ///
    /// # Panics
    /// If the array is a number, without axes.
    #[must_use]
    #[track_caller]
    pub fn min_max<T: Element>(x: &Array<T>) -> Scaling {
        Scaling::fit(x, |column| {
            (column.smallest, column.largest - column.smallest)
        })
    }

    /// At most 1 in size; 0 stays 0.
    ///
    /// ```
    /// use nn::data::{Scaling, hours};
    /// // Hours slept and studied: the lecture divides by the column maxima, 10 and 5.
    /// let data = hours();
    /// let x = Scaling::maxima(data.x()).apply(data.x());
    /// assert_eq!(x.as_slice(), [0.3, 1.0, 0.5, 0.2, 1.0, 0.4]);
    /// ```
    ///
    /// # Panics
    /// If the array is a number, without axes.
    #[must_use]
    #[track_caller]
    pub fn maxima<T: Element>(x: &Array<T>) -> Scaling {
        Scaling::fit(x, |column| (0.0, column.largest.max(-column.smallest)))
    }

    /// What is subtracted from each column.
    #[must_use]
    pub fn shift(&self) -> &[f64] {
        &self.shift
    }

    /// What each column is divided by.
    #[must_use]
    pub fn divisor(&self) -> &[f64] {
        &self.divisor
    }

    /// `(x - shift) / divisor`.
    ///
    /// # Panics
    /// If the examples have another number of elements than those it was fitted on.
    #[must_use]
    #[track_caller]
    pub fn apply<T: Element>(&self, x: &Array<T>) -> Array<T> {
        done(self.try_apply(x))
    }

    /// As [`apply`](Scaling::apply), with the error as a value.
    ///
    /// # Errors
    /// Where `apply` panics.
    pub fn try_apply<T: Element>(&self, x: &Array<T>) -> Result<Array<T>> {
        self.columns(x, |x, shift, divisor| (x - shift) / divisor)
    }

    /// `x * divisor + shift`: what [`apply`](Scaling::apply) was given, up to rounding.
    ///
    /// # Panics
    /// If the examples have another number of elements than those it was fitted on.
    #[must_use]
    #[track_caller]
    pub fn invert<T: Element>(&self, x: &Array<T>) -> Array<T> {
        done(self.try_invert(x))
    }

    /// As [`invert`](Scaling::invert), with the error as a value.
    ///
    /// # Errors
    /// Where `invert` panics.
    pub fn try_invert<T: Element>(&self, x: &Array<T>) -> Result<Array<T>> {
        self.columns(x, |x, shift, divisor| x * divisor + shift)
    }

    /// The scaling of each column, from what is in it.
    #[track_caller]
    fn fit<T: Element>(x: &Array<T>, scale: impl Fn(&Column) -> (f64, f64)) -> Scaling {
        let mut columns = vec![Column::EMPTY; width(x)];
        // Two passes: the deviations are from the mean, not from sums of squares that cancel.
        for pass in [Column::first, Column::second] {
            for row in x.rows() {
                for (column, x) in columns.iter_mut().zip(row) {
                    let x = x.to_f64();
                    if !x.is_nan() {
                        pass(column, x);
                    }
                }
            }
        }
        let (shift, divisor) = columns
            .iter()
            .map(|column| match scale(column) {
                // Nothing but missing values, or no examples.
                _ if column.count == 0.0 => (0.0, 1.0),
                (shift, divisor) if divisor > 0.0 && divisor.is_finite() => (shift, divisor),
                (shift, _) => (shift, 1.0),
            })
            .unzip();
        Scaling { shift, divisor }
    }

    fn columns<T: Element>(
        &self,
        x: &Array<T>,
        f: impl Fn(f64, f64, f64) -> f64,
    ) -> Result<Array<T>> {
        if x.rank() == 0 || width(x) != self.shift.len() {
            let message = format!(
                "a scaling of {} columns does not fit an array of shape {}: examples are along axis 0, and have as many elements as those it was fitted on",
                self.shift.len(),
                x.shape()
            );
            return Err(DataError::new(DataErrorKind::Shape, message));
        }
        let mut columns = self.shift.iter().zip(&self.divisor).cycle();
        Ok(x.map(|x| {
            let (shift, divisor) = columns.next().expect("an element is in a column");
            T::from_f64(f(x.to_f64(), *shift, *divisor))
        }))
    }
}

/// The number of elements of an example.
fn width<T: Element>(x: &Array<T>) -> usize {
    x.shape().iter().skip(1).product()
}

/// What is known of a column.
#[derive(Clone)]
struct Column {
    count: f64,
    sum: f64,
    smallest: f64,
    largest: f64,
    /// Of the differences from the mean: their sum, which rounding leaves, and that of their squares.
    rest: f64,
    squares: f64,
}

impl Column {
    const EMPTY: Column = Column {
        count: 0.0,
        sum: 0.0,
        smallest: f64::INFINITY,
        largest: f64::NEG_INFINITY,
        rest: 0.0,
        squares: 0.0,
    };

    fn first(&mut self, x: f64) {
        self.count += 1.0;
        self.sum += x;
        self.smallest = self.smallest.min(x);
        self.largest = self.largest.max(x);
    }

    fn second(&mut self, x: f64) {
        let difference = x - self.sum / self.count;
        self.rest += difference;
        self.squares += difference * difference;
    }

    /// Exact for a constant column, where a sum of equal numbers would round.
    fn mean(&self) -> f64 {
        match self.smallest == self.largest {
            true => self.smallest,
            false => self.sum / self.count + self.rest / self.count,
        }
    }

    fn deviation(&self) -> f64 {
        match self.smallest == self.largest {
            true => 0.0,
            false => ((self.squares - self.rest * self.rest / self.count) / self.count).sqrt(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_scaled_comes_back(
            rows in proptest::collection::vec(proptest::array::uniform3(-1e6..1e6_f64), 1..20),
        ) {
            let x = Array::from_rows(&rows);
            let scalings = [
                Scaling::standardize(&x), Scaling::zero_centre(&x),
                Scaling::min_max(&x), Scaling::maxima(&x),
            ];
            for scaling in scalings {
                let back = scaling.invert(&scaling.apply(&x));
                for (found, expected) in back.iter().zip(&x) {
                    prop_assert!((found - expected).abs() < 1e-9, "{} {}", found, expected);
                }
            }
            let scaled = Scaling::standardize(&x).apply(&x);
            for column in 0..3 {
                let column: Vec<f64> = scaled.rows().map(|row| row[column]).collect();
                let mean = column.iter().sum::<f64>() / column.len() as f64;
                let square = column.iter().map(|x| x * x).sum::<f64>() / column.len() as f64;
                let expected = if column.iter().all(|&x| x == 0.0) { 0.0 } else { 1.0 };
                prop_assert!(mean.abs() < 1e-6 && (square - expected).abs() < 1e-6);
            }
            let scaled = Scaling::min_max(&x).apply(&x);
            prop_assert!(scaled.iter().all(|x| (0.0..=1.0).contains(x)));
        }
    }

    /// Scalings of one column: what is fitted, and what becomes of it.
    #[test]
    fn columns_and_what_becomes_of_them() {
        let nan = f64::NAN;
        let large = 1e16;
        type Case<'a> = (fn(&Array) -> Scaling, &'a [f64], &'a [f64]);
        #[rustfmt::skip]
        let cases: [Case<'_>; 10] = [
            // sklearn.preprocessing.StandardScaler
            (Scaling::standardize, &[1.0, 2.0, 4.0, 7.0], &[-1.0910894511799618, -0.6546536707079771, 0.2182178902359924, 1.5275252316519465]),
            (Scaling::standardize, &[0.1, 0.1, 0.1], &[0.0, 0.0, 0.0]),
            (Scaling::standardize, &[1.0, nan, 3.0], &[-1.0, nan, 1.0]),
            (Scaling::standardize, &[large, large + 4.0], &[-1.0, 1.0]),
            (Scaling::standardize, &[nan, nan], &[nan, nan]),
            (Scaling::zero_centre, &[1.0, 2.0, 6.0], &[-2.0, -1.0, 3.0]),
            (Scaling::min_max, &[-2.0, 0.0, 2.0], &[0.0, 0.5, 1.0]),
            (Scaling::min_max, &[5.0, 5.0], &[0.0, 0.0]),
            (Scaling::maxima, &[-4.0, 0.0, 2.0], &[-1.0, 0.0, 0.5]),
            (Scaling::maxima, &[0.0, 0.0], &[0.0, 0.0]),
        ];
        for (fit, column, expected) in cases {
            let x = Array::new(&[column.len(), 1], column);
            let found = fit(&x).apply(&x);
            for (found, expected) in found.iter().zip(expected) {
                let same = found == expected || (found - expected).abs() < 1e-15;
                assert!(
                    same || found.is_nan() && expected.is_nan(),
                    "{column:?}: {found}"
                );
            }
        }
    }

    #[test]
    fn other_columns_and_no_examples() {
        let scaling = Scaling::min_max(&Array::<f32>::zeros(&[2, 3]));
        let error = scaling.try_apply(&<Array>::zeros(&[2, 4])).unwrap_err();
        assert_eq!(error.kind(), DataErrorKind::Shape);
        assert!(error.to_string().contains("3 columns"), "{error}");
        assert!(scaling.try_invert(&Array::from(1.0)).is_err());

        let none = Scaling::standardize(&<Array>::zeros(&[0, 2]));
        assert_eq!(
            (none.shift(), none.divisor()),
            (&[0.0; 2][..], &[1.0; 2][..])
        );
        assert!(none.apply(&<Array>::zeros(&[0, 2])).is_empty());
    }
}
