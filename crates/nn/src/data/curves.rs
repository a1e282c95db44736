//! Curves through noise, for regression.

use super::dataset::Dataset;
use crate::init::normal;
use rand::Rng;
use std::f64::consts::PI;
use tape::Array;

/// `y = slope x + intercept` at `count` points in equal steps from -1 to 1, and normal noise of
/// deviation `noise` on `y`. Inputs and targets are `[count, 1]`.
///
/// ```
/// let line = nn::data::line(3, 2.0, 1.0, 0.0, &mut nn::seeded(1));
/// assert_eq!(line.x().as_slice(), [-1.0, 0.0, 1.0]);
/// assert_eq!(line.y().as_slice(), [-1.0, 1.0, 3.0]);
/// ```
#[must_use]
pub fn line(count: usize, slope: f64, intercept: f64, noise: f64, rng: &mut impl Rng) -> Dataset {
    curve(1.0, |x| slope * x + intercept, count, noise, rng)
}

/// `y = sin x` at `count` points in equal steps from -pi to pi, and normal noise of deviation
/// `noise` on `y`. Inputs and targets are `[count, 1]`.
#[must_use]
pub fn sine(count: usize, noise: f64, rng: &mut impl Rng) -> Dataset {
    curve(PI, f64::sin, count, noise, rng)
}

fn curve(
    end: f64,
    f: impl Fn(f64) -> f64,
    count: usize,
    noise: f64,
    rng: &mut impl Rng,
) -> Dataset {
    let x = Array::linspace(-end, end, count).reshape(&[count as i64, 1]);
    let y = x.map(|x| f(x) + noise * normal(rng));
    Dataset::new(x, y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeded;

    #[test]
    fn a_sine_goes_once_around_with_the_noise_it_says() {
        let exact = sine(5, 0.0, &mut seeded(1));
        assert_eq!(*exact.y().shape(), [5, 1]);
        for (found, expected) in exact.y().iter().zip([0.0, -1.0, 0.0, 1.0, 0.0]) {
            assert!((found - expected).abs() < 1e-15);
        }
        let noisy = sine(10_000, 0.1, &mut seeded(1));
        let squares = noisy.iter().map(|(x, y)| (y[0] - x[0].sin()).powi(2));
        assert!((squares.sum::<f64>() / 10_000.0 - 0.01).abs() < 0.001);
        assert!(line(0, 1.0, 1.0, 0.1, &mut seeded(1)).is_empty());
    }
}
