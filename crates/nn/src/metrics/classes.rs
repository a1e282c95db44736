use super::paired;
use tape::{Array, Element};

/// The share of predictions that are right; NaN of none.
///
/// ```
/// use nn::metrics::accuracy;
///
/// assert_eq!(accuracy(&[0, 1, 2, 2], &[0, 1, 1, 2]), 0.75);
/// assert_eq!(accuracy(&["cat"], &["cat"]), 1.0);
/// ```
///
/// # Panics
/// If there is not a true value for each predicted one.
#[must_use]
#[track_caller]
pub fn accuracy<C: PartialEq>(predicted: &[C], actual: &[C]) -> f64 {
    paired("accuracy", predicted.len(), actual.len());
    let right = predicted.iter().zip(actual).filter(|(p, a)| p == a).count();
    right as f64 / actual.len() as f64
}

/// The class of each row of scores, logits or probabilities: the place of the largest, the first of
/// equals.
///
/// Shapes: `[.., classes]` gives a class per row, in row-major order. A NaN counts as the largest, so
/// that it does not go unnoticed.
///
/// ```
/// use tape::Array;
///
/// assert_eq!(nn::metrics::classes(&Array::from([[0.1, 0.7, 0.2], [0.5, 0.5, 0.0]])), [1, 0]);
/// ```
///
/// # Panics
/// If the array is a number, or has rows of no classes.
#[must_use]
#[track_caller]
pub fn classes<T: Element>(outputs: &Array<T>) -> Vec<usize> {
    let Some((&count, rows)) = outputs.shape().split_last() else {
        panic!("classes: a number has no axis of classes; give an array [.., classes]");
    };
    assert!(
        count > 0 || rows.contains(&0),
        "classes: rows of no classes, in an array of shape {}",
        outputs.shape()
    );
    let rows = outputs.as_slice().chunks(count.max(1));
    rows.map(|row| {
        let larger = |best: usize, at: usize| {
            let (old, new) = (row[best].to_f64(), row[at].to_f64());
            match !old.is_nan() && (new > old || new.is_nan()) {
                true => at,
                false => best,
            }
        };
        (1..row.len()).fold(0, larger)
    })
    .collect()
}

/// The class of each output of a single unit: 1 above the threshold, else 0.
///
/// Behind a sigmoid the threshold is 0.5, for a logit it is 0. NaN is above nothing.
///
/// ```
/// use tape::Array;
///
/// assert_eq!(nn::metrics::above(0.5, &Array::from([[0.2], [0.9], [0.5]])), [0, 1, 0]);
/// ```
#[must_use]
pub fn above<T: Element>(threshold: f64, outputs: &Array<T>) -> Vec<usize> {
    let class = |x: &T| usize::from(x.to_f64() > threshold);
    outputs.iter().map(class).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_nothing() {
        assert!(accuracy::<usize>(&[], &[]).is_nan());
        assert!(classes(&Array::<f64>::zeros(&[0, 3])).is_empty());
        assert!(classes(&Array::<f64>::zeros(&[0, 0])).is_empty());
    }

    #[test]
    fn a_nan_is_seen() {
        let outputs = [[1.0, f64::NAN, 5.0], [f64::NAN, f64::NAN, 9.0]];
        assert_eq!(classes(&Array::from(outputs)), [1, 0]);
        assert_eq!(
            classes(&Array::from([[[1.0_f32, 2.0]], [[4.0, 3.0]]])),
            [1, 0]
        );
    }

    #[test]
    #[should_panic(expected = "accuracy: 2 predictions against 1 true values")]
    fn each_prediction_has_a_true_value() {
        let _ = accuracy(&[0, 1], &[0]);
    }
}
