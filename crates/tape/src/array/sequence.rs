//! Vectors of evenly spaced numbers.

use super::{Array, done};
use crate::element::Element;
use crate::error::{Error, ErrorKind};

impl<T: Element> Array<T> {
    /// `count` numbers in equal steps from `start` to `end`, both of them included, exactly.
    /// NumPy's `linspace`.
    ///
    /// ```
    /// use tape::Array;
    /// assert_eq!(Array::linspace(0.0, 1.0, 5), Array::from([0.0, 0.25, 0.5, 0.75, 1.0]));
    /// ```
    #[must_use]
    pub fn linspace(start: T, end: T, count: usize) -> Array<T> {
        let (first, last) = (start.to_f64(), end.to_f64());
        let steps = count.saturating_sub(1);
        let step = (last - first) / steps as f64;
        let number = |i: usize| match i {
            0 => start,
            i if i == steps => end,
            // A step too small for a number would lose its digits before it is multiplied.
            i if step == 0.0 => T::from_f64(i as f64 / steps as f64 * (last - first) + first),
            i => T::from_f64(i as f64 * step + first),
        };
        (0..count).map(number).collect()
    }

    /// The numbers `start`, `start + step`, and so on, as long as they are before `end`. NumPy's
    /// `arange`; for whole numbers there is `Array::from(0..n)`.
    ///
    /// There are `(end - start) / step` of them, rounded up: with a step that has no exact binary
    /// form the last may be `end` itself, where [`linspace`](Array::linspace) is the better choice.
    ///
    /// ```
    /// use tape::Array;
    /// assert_eq!(Array::arange(0.0, 2.0, 0.5), Array::from([0.0, 0.5, 1.0, 1.5]));
    /// assert_eq!(Array::arange(3.0, 0.0, -1.0), Array::from([3.0, 2.0, 1.0]));
    /// ```
    ///
    /// # Panics
    /// If the step is 0, or the numbers do not end.
    #[must_use]
    #[track_caller]
    pub fn arange(start: T, end: T, step: T) -> Array<T> {
        done(Array::try_arange(start, end, step))
    }

    /// As [`arange`](Array::arange), with the error as a value.
    ///
    /// # Errors
    /// If the step is 0, or the numbers do not end.
    pub fn try_arange(start: T, end: T, step: T) -> Result<Array<T>, Error> {
        let (first, step) = (start.to_f64(), step.to_f64());
        let count = ((end.to_f64() - first) / step).ceil();
        if step == 0.0 || count.is_nan() || count > isize::MAX as f64 / 8.0 {
            let message = format!(
                "arange from {start} to {end} in steps of {step} has no end, or more numbers than fit in memory"
            );
            return Err(Error::new(ErrorKind::Option, message));
        }
        // NumPy's step: the difference of the first two numbers.
        let step = (first + step) - first;
        let number = |i: usize| T::from_f64(first + i as f64 * step);
        Ok((0..count.max(0.0) as usize).map(number).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linspace_ends_where_it_should() {
        let a = Array::linspace(0.1, 0.7, 7);
        assert_eq!((a.as_slice()[0], a.as_slice()[6]), (0.1, 0.7));
        // numpy.linspace(0.1, 0.7, 7)[3]
        assert_eq!(a.as_slice()[3], 0.4);
        assert_eq!(Array::linspace(2.0, 3.0, 1), Array::from([2.0]));
        assert!(Array::linspace(2.0, 3.0, 0).is_empty());
        let tiny = Array::linspace(0.0, 5e-324, 3);
        assert_eq!(tiny, Array::from([0.0, 0.0, 5e-324]));
        let single = Array::linspace(0.0_f32, 1.0, 4);
        assert_eq!(single, Array::from([0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0]));
    }

    #[test]
    fn arange_stops_before_the_end() {
        assert!(Array::arange(1.0, 0.0, 1.0).is_empty());
        assert_eq!(Array::arange(0.0_f32, 1.0, 0.25).len(), 4);
        // numpy.arange(-0.3, 0.2, 0.1): not 0, but the digits of its sum.
        assert_eq!(
            Array::arange(-0.3, 0.2, 0.1).as_slice()[3],
            5.551115123125783e-17
        );
        for (start, end, step) in [
            (0.0, 1.0, 0.0),
            (0.0, 0.0, 0.0),
            (1.0, 0.0, 0.0),
            (0.0, f64::INFINITY, 1.0),
            (0.0, f64::NAN, 1.0),
            (0.0, 1.0, 1e-300),
        ] {
            let error = Array::try_arange(start, end, step).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Option);
        }
    }
}
