//! Points in the plane, to see what a network makes of them.

use super::dataset::Dataset;
use crate::init::normal;
use rand::Rng;
use std::f64::consts::{PI, TAU};
use tape::Array;

/// Two half circles that reach into each other, `count` points.
///
/// The upper one, class 0, is `(cos t, sin t)`, the lower one, class 1, `(1 - cos t, 1/2 - sin t)`,
/// with `t` in equal steps from 0 to pi, and normal noise of deviation `noise` on both coordinates.
/// In order of class; scikit-learn's `make_moons`.
///
/// ```
/// let moons = nn::data::moons(200, 0.1, &mut nn::seeded(1));
/// assert_eq!(*moons.x().shape(), [200, 2]);
/// assert_eq!(moons.class_counts(), [100, 100]);
/// ```
#[must_use]
pub fn moons(count: usize, noise: f64, rng: &mut impl Rng) -> Dataset<f64, Vec<usize>> {
    let (upper, lower) = halves(count);
    let upper = steps(PI, upper, true).map(|t| ([t.cos(), t.sin()], 0));
    let lower = steps(PI, lower, true).map(|t| ([1.0 - t.cos(), 1.0 - t.sin() - 0.5], 1));
    points(upper.chain(lower), noise, rng)
}

/// A circle of radius 1, class 0, around one of radius `factor`, class 1, `count` points.
///
/// Equal steps around each, and normal noise of deviation `noise` on both coordinates. In order of
/// class; scikit-learn's `make_circles`.
#[must_use]
pub fn circles(
    count: usize,
    factor: f64,
    noise: f64,
    rng: &mut impl Rng,
) -> Dataset<f64, Vec<usize>> {
    let (outer, inner) = halves(count);
    let outer = steps(TAU, outer, false).map(|t| ([t.cos(), t.sin()], 0));
    let inner = steps(TAU, inner, false).map(|t| ([t.cos() * factor, t.sin() * factor], 1));
    points(outer.chain(inner), noise, rng)
}

/// The arms of a spiral, one for each class, `count` points.
///
/// Arm `k` of `classes` is `(r sin t, r cos t)` with `r` in equal steps from 0 to 1 and
/// `t = 2 pi k / classes + 4 r`, and normal noise of deviation `noise` on the angle `t`. In order of
/// class; after Karpathy, CS231n, whose noise is 0.2 and whose arms are 4 radians apart.
#[must_use]
pub fn spirals(
    count: usize,
    classes: usize,
    noise: f64,
    rng: &mut impl Rng,
) -> Dataset<f64, Vec<usize>> {
    let mut arms = Vec::with_capacity(count);
    for class in 0..classes {
        let start = TAU * class as f64 / classes as f64;
        for r in steps(1.0, share(count, classes, class), true) {
            let t = start + 4.0 * r + noise * normal(rng);
            arms.push(([r * t.sin(), r * t.cos()], class));
        }
    }
    points(arms.into_iter(), 0.0, rng)
}

/// Clouds of points around centres in any number of dimensions, one for each class, `count` points.
///
/// Normal with the same deviation in every coordinate. In order of class; if the count cannot be
/// divided, the first classes have one more. Scikit-learn's `make_blobs`.
///
/// ```
/// let blobs = nn::data::blobs(100, &[[0.0, 0.0], [3.0, 0.0], [0.0, 3.0]], 0.5, &mut nn::seeded(1));
/// assert_eq!(blobs.class_counts(), [34, 33, 33]);
/// ```
#[must_use]
pub fn blobs<const N: usize>(
    count: usize,
    centres: &[[f64; N]],
    deviation: f64,
    rng: &mut impl Rng,
) -> Dataset<f64, Vec<usize>> {
    let classes = centres.len();
    let cloud = |class| std::iter::repeat_n((centres[class], class), share(count, classes, class));
    points((0..classes).flat_map(cloud), deviation, rng)
}

/// The points with noise, and their classes.
fn points<const N: usize>(
    points: impl Iterator<Item = ([f64; N], usize)>,
    noise: f64,
    rng: &mut impl Rng,
) -> Dataset<f64, Vec<usize>> {
    let (points, classes): (Vec<[f64; N]>, Vec<usize>) = points.unzip();
    let mut x = Array::new(&[points.len(), N], points.as_flattened());
    if noise != 0.0 {
        for x in x.as_mut_slice() {
            *x += noise * normal(rng);
        }
    }
    Dataset::new(x, classes)
}

/// Half of the points, rounded down, and the rest.
fn halves(count: usize) -> (usize, usize) {
    (count / 2, count - count / 2)
}

/// The points of one class of several.
fn share(count: usize, classes: usize, class: usize) -> usize {
    count / classes + usize::from(class < count % classes)
}

/// `count` equal steps from 0 to `end`, which is one of them or not.
fn steps(end: f64, count: usize, with_end: bool) -> impl Iterator<Item = f64> {
    let last = if with_end {
        count.saturating_sub(1)
    } else {
        count
    };
    (0..count).map(move |i| end * (i as f64 / last.max(1) as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeded;

    #[test]
    fn without_noise_they_are_those_of_scikit_learn() {
        // make_moons(5, shuffle=False), make_circles(5, shuffle=False, factor=0.5)
        let third = 0.4330127018922193;
        for (found, expected) in [
            (
                moons(5, 0.0, &mut seeded(1)),
                [[1.0, 0.0], [-1.0, 0.0], [0.0, 0.5], [1.0, -0.5], [2.0, 0.5]],
            ),
            (
                circles(5, 0.5, 0.0, &mut seeded(1)),
                [
                    [1.0, 0.0],
                    [-1.0, 0.0],
                    [0.5, 0.0],
                    [-0.25, third],
                    [-0.25, -third],
                ],
            ),
        ] {
            assert_eq!(**found.y(), [0, 0, 1, 1, 1]);
            for (found, expected) in found.x().iter().zip(expected.as_flattened()) {
                assert!((found - expected).abs() < 1e-15, "{found} {expected}");
            }
        }
    }

    #[test]
    fn noise_has_the_deviation_it_says() {
        let blobs = blobs(20_000, &[[5.0, -1.0, 0.0]], 0.5, &mut seeded(2));
        for (column, centre) in [5.0, -1.0, 0.0].iter().enumerate() {
            let off = blobs.x().rows().map(|row| row[column] - centre);
            let (sum, squares) = off.fold((0.0, 0.0), |(s, q), d| (s + d, q + d * d));
            assert!((sum / 20_000.0).abs() < 0.02);
            assert!((squares / 20_000.0 - 0.25).abs() < 0.01);
        }
        assert_ne!(moons(9, 0.1, &mut seeded(1)), moons(9, 0.1, &mut seeded(2)));
        assert_eq!(moons(9, 0.1, &mut seeded(1)), moons(9, 0.1, &mut seeded(1)));
    }

    #[test]
    fn the_arms_of_a_spiral_turn_and_stay_apart() {
        let arms = spirals(303, 3, 0.0, &mut seeded(1));
        assert_eq!(arms.class_counts(), [101; 3]);
        assert_eq!(arms.x().rows().nth(101).unwrap(), [0.0, 0.0]);
        for (x, &class) in arms.iter().filter(|(x, _)| x[0].hypot(x[1]) > 0.1) {
            let r = x[0].hypot(x[1]);
            let arm = ((x[0].atan2(x[1]) - 4.0 * r) / TAU * 3.0).rem_euclid(3.0);
            assert_eq!(arm.round() as usize % 3, class);
        }
    }

    #[test]
    fn no_points_and_no_classes() {
        let mut rng = seeded(1);
        for none in [
            moons(0, 0.1, &mut rng),
            circles(0, 0.5, 0.1, &mut rng),
            spirals(0, 3, 0.1, &mut rng),
            spirals(5, 0, 0.1, &mut rng),
            blobs(0, &[[1.0, 2.0]], 0.1, &mut rng),
            blobs::<2>(5, &[], 0.1, &mut rng),
        ] {
            assert_eq!(*none.x().shape(), [0, 2]);
        }
        assert_eq!(moons(1, 0.0, &mut rng).x().as_slice(), [0.0, 0.5]);
    }
}
