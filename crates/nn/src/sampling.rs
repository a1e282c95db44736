//! Drawing a class from a network's scores.

use rand::{Rng, RngExt};
use tape::Element;

/// Draws a class from logits: class `k` with the probability `softmax(logits / temperature)_k`.
///
/// Below a temperature of 1 likely classes are drawn more often than the network says, above it
/// less often; at 0 the largest logit is taken, the first of several.
///
/// ```
/// let logits = [0.0, 2.0, -1.0];
/// let mut rng = nn::seeded(1);
/// assert_eq!(nn::sample(&logits, 0.0, &mut rng), 1);
/// let drawn: Vec<_> = (0..9).map(|_| nn::sample(&logits, 1.0, &mut rng)).collect();
/// assert_eq!(drawn, [1, 0, 1, 1, 1, 1, 1, 1, 1]);
/// ```
///
/// # Panics
/// If there are no logits, one is NaN or infinity, all are minus infinity, or the temperature is
/// negative or NaN.
#[must_use]
#[track_caller]
pub fn sample<T: Element>(logits: &[T], temperature: f64, rng: &mut impl Rng) -> usize {
    assert!(
        temperature >= 0.0,
        "sample: a temperature is not negative, as {temperature} is"
    );
    let largest = largest(logits);
    let most = logits[largest].to_f64();
    if temperature == 0.0 {
        return largest;
    }
    let weight = |logit: &T| ((logit.to_f64() - most) / temperature).exp();
    let total: f64 = logits.iter().map(weight).sum();
    let mut left = rng.random::<f64>() * total;
    for (class, logit) in logits.iter().enumerate() {
        left -= weight(logit);
        if left < 0.0 {
            return class;
        }
    }
    largest // what is left behind the last one is a rounding error
}

/// The place of the largest logit, the first of several.
#[track_caller]
fn largest<T: Element>(logits: &[T]) -> usize {
    let mut found = None;
    for (class, logit) in logits.iter().enumerate() {
        let logit = logit.to_f64();
        assert!(
            logit < f64::INFINITY,
            "sample: the logit of class {class} is {logit}"
        );
        if found.is_none_or(|(_, most)| logit > most) && logit > f64::NEG_INFINITY {
            found = Some((class, logit));
        }
    }
    match found {
        Some((class, _)) => class,
        None => panic!("sample: {} logits, none above -inf", logits.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeded;

    #[test]
    fn classes_are_drawn_as_often_as_their_probability_says() {
        let logits = [0.5f32, f32::NEG_INFINITY, -1.0, 2.0];
        for temperature in [0.5, 1.0, 3.0] {
            let powers = logits.map(|logit| (f64::from(logit) / temperature).exp());
            let total: f64 = powers.iter().sum();
            let mut counts = [0; 4];
            let mut rng = seeded(3);
            for _ in 0..20_000 {
                counts[sample(&logits, temperature, &mut rng)] += 1;
            }
            for (count, power) in counts.into_iter().zip(powers) {
                let (found, expected) = (f64::from(count) / 20_000.0, power / total);
                assert!((found - expected).abs() < 0.01, "{found}, {expected}");
            }
        }
    }

    #[test]
    fn a_temperature_of_zero_takes_the_first_of_the_largest() {
        assert_eq!(sample(&[1.0, 3.0, 3.0], 0.0, &mut seeded(1)), 1);
        // Near 0 nothing overflows.
        assert_eq!(sample(&[1.0, 3.0, 2.0], 1e-300, &mut seeded(1)), 1);
        assert_eq!(sample(&[1e300, -1e300], 1e-9, &mut seeded(1)), 0);
    }

    #[test]
    fn what_cannot_be_drawn_from_is_refused() {
        for (logits, temperature, message) in [
            (vec![], 1.0, "0 logits, none above -inf"),
            (vec![f64::NEG_INFINITY; 2], 1.0, "2 logits, none above -inf"),
            (vec![1.0, f64::NAN], 1.0, "class 1 is NaN"),
            (vec![f64::INFINITY], 1.0, "class 0 is inf"),
            (vec![1.0], -1.0, "not negative, as -1 is"),
            (vec![1.0], f64::NAN, "not negative, as NaN is"),
        ] {
            let drawn = std::panic::catch_unwind(|| sample(&logits, temperature, &mut seeded(1)));
            let panic = drawn.unwrap_err();
            let told = panic.downcast_ref::<String>().unwrap();
            assert!(told.contains(message), "{told}");
        }
    }
}
