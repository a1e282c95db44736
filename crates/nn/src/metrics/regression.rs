use super::paired;
use tape::Element;

/// The mean squared error, `mean (a - t)^2`; NaN of none.
///
/// ```
/// let mse = nn::metrics::mse(&[2.5, 0.0, 2.0, 8.0], &[3.0, -0.5, 2.0, 7.0]);
/// assert_eq!(mse, 0.375);
/// ```
///
/// # Panics
/// If there is not a true value for each predicted one.
#[must_use]
#[track_caller]
pub fn mse<T: Element>(predicted: &[T], actual: &[T]) -> f64 {
    paired("mse", predicted.len(), actual.len());
    mean(differences(predicted, actual).map(|d| d * d))
}

/// The mean absolute error, `mean abs(a - t)`; NaN of none.
///
/// ```
/// let mae = nn::metrics::mae(&[2.5, 0.0, 2.0, 8.0], &[3.0, -0.5, 2.0, 7.0]);
/// assert_eq!(mae, 0.5);
/// ```
///
/// # Panics
/// If there is not a true value for each predicted one.
#[must_use]
#[track_caller]
pub fn mae<T: Element>(predicted: &[T], actual: &[T]) -> f64 {
    paired("mae", predicted.len(), actual.len());
    mean(differences(predicted, actual).map(f64::abs))
}

/// The coefficient of determination, `1 - sum (a - t)^2 / sum (t - mean t)^2`: 1 for perfect
/// predictions, 0 for those that are no better than the mean, below 0 for worse; NaN of fewer than
/// two.
///
/// Of true values that are all the same it is 1 if all are met, else 0.
///
/// Source: scikit-learn's `r2_score`.
///
/// ```
/// let r2 = nn::metrics::r2(&[2.5, 0.0, 2.0, 8.0], &[3.0, -0.5, 2.0, 7.0]);
/// assert!((r2 - 0.9486081370449679).abs() < 1e-15);
/// ```
///
/// # Panics
/// If there is not a true value for each predicted one.
#[must_use]
#[track_caller]
pub fn r2<T: Element>(predicted: &[T], actual: &[T]) -> f64 {
    paired("r2", predicted.len(), actual.len());
    if actual.len() < 2 {
        return f64::NAN;
    }
    let centre = mean(actual.iter().map(|t| t.to_f64()));
    let missed: f64 = differences(predicted, actual).map(|d| d * d).sum();
    let spread: f64 = actual.iter().map(|t| (t.to_f64() - centre).powi(2)).sum();
    match (missed == 0.0, spread == 0.0) {
        (true, true) => 1.0,
        (false, true) if !missed.is_nan() => 0.0,
        _ => 1.0 - missed / spread,
    }
}

fn differences<T: Element>(predicted: &[T], actual: &[T]) -> impl ExactSizeIterator<Item = f64> {
    let pairs = predicted.iter().zip(actual);
    pairs.map(|(a, t)| a.to_f64() - t.to_f64())
}

fn mean(numbers: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = numbers.len();
    numbers.sum::<f64>() / count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constant_targets_are_met_or_not() {
        assert_eq!(r2(&[2.0, 2.0], &[2.0, 2.0]), 1.0);
        assert_eq!(r2(&[2.0, 2.5], &[2.0, 2.0]), 0.0);
        assert!(r2(&[2.0, f64::NAN], &[2.0, 2.0]).is_nan());
        assert_eq!(r2(&[2.0, 2.0, 2.0], &[1.0, 2.0, 3.0]), 0.0);
        assert_eq!(r2(&[3.0, 2.0, 1.0], &[1.0, 2.0, 3.0]), -3.0);
    }

    #[test]
    fn of_too_few() {
        assert!(mse::<f64>(&[], &[]).is_nan() && mae::<f64>(&[], &[]).is_nan());
        assert!(r2(&[1.0], &[1.0]).is_nan());
    }

    #[test]
    #[should_panic(expected = "r2: 1 predictions against 2 true values")]
    fn each_prediction_has_a_true_value() {
        let _ = r2(&[1.0_f32], &[1.0, 2.0]);
    }
}
