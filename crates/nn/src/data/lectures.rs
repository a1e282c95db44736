//! The small data sets that lectures work by hand.

use super::dataset::Dataset;

/// Hours slept and hours studied before a test, and its score out of 100: three students.
///
/// | slept | studied | score |
/// |---|---|---|
/// | 3 | 5 | 75 |
/// | 5 | 1 | 82 |
/// | 10 | 2 | 93 |
///
/// The lecture divides inputs by their column maxima ([`Scaling::maxima`](super::Scaling::maxima))
/// and scores by 100, and then asks for the score of somebody who slept 8 hours and studied 3.
/// Source: S. Welch, Neural Networks Demystified.
///
/// ```
/// use nn::data::{Scaling, hours};
/// let data = hours();
/// let data = data.map_x(|x| Scaling::maxima(x).apply(x)).map_y(|y| y.map(|score| score / 100.0));
/// assert_eq!(data.x().as_slice(), [0.3, 1.0, 0.5, 0.2, 1.0, 0.4]);
/// assert_eq!(data.y().as_slice(), [0.75, 0.82, 0.93]);
/// ```
#[must_use]
pub fn hours() -> Dataset {
    let y = [[75.0], [82.0], [93.0]];
    Dataset::new([[3.0, 5.0], [5.0, 1.0], [10.0, 2.0]], y.into())
}

/// The one example of Mazur's 2-2-2 network: inputs 0.05 and 0.10, targets 0.01 and 0.99.
///
/// Source: M. Mazur, A Step by Step Backpropagation Example.
#[must_use]
pub fn mazur() -> Dataset {
    Dataset::new([[0.05, 0.10]], [[0.01, 0.99]].into())
}

/// The one example of the sigmoid circuit: inputs -1 and -2, target 0.43.
///
/// Inputs are from Karpathy's CS231n, which asks for derivatives only; the target is that of a
/// lecture that goes on to train it.
#[must_use]
pub fn circuit() -> Dataset {
    Dataset::new([[-1.0, -2.0]], [[0.43]].into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_rows_of_examples() {
        for (data, inputs, outputs) in [
            (hours(), [3, 2], [3, 1]),
            (mazur(), [1, 2], [1, 2]),
            (circuit(), [1, 2], [1, 1]),
        ] {
            assert_eq!(
                (data.x().shape(), data.y().shape()),
                (
                    &tape::Shape::new(&inputs).unwrap(),
                    &tape::Shape::new(&outputs).unwrap()
                )
            );
        }
    }
}
