//! Loops over slices of doubles: sums and extremes, in a fixed order that machines with vectors
//! like, and changes in place.

use super::fast::Fast;
use super::lanes::{Loop, Vectors};

/// As many sums run side by side: two registers of the widest kind, and no wait for an addition.
const LANES: usize = 8;
/// Up to this many terms are added side by side; longer sums are halved first.
const BLOCK: usize = 256;

/// What is summed, for each element of a slice and its partner in another.
pub(crate) trait Term {
    /// One of the terms.
    fn at<const FMA: bool>(&self, x: f64, y: f64) -> f64;
}

impl<F: Fn(f64, f64) -> f64> Term for F {
    #[inline(always)]
    fn at<const FMA: bool>(&self, x: f64, y: f64) -> f64 {
        self(x, y)
    }
}

/// `e^(x - m)` for a number `m`.
struct ExpBelow(f64);

impl Term for ExpBelow {
    #[inline(always)]
    fn at<const FMA: bool>(&self, x: f64, _: f64) -> f64 {
        Fast::<f64, FMA>(x - self.0).exp().0
    }
}

/// `Σ term(xᵢ)`, pairwise in an order that depends on the length alone. Of nothing it is +0.
pub(crate) fn sum_of(xs: &[f64], term: &impl Fn(f64) -> f64) -> f64 {
    sum_of_pairs(xs, xs, &|x, _: f64| term(x))
}

/// `Σ e^(xᵢ - m)`, in the order of [`sum_of`].
pub(crate) fn sum_of_exp(xs: &[f64], m: f64) -> f64 {
    sum_of_pairs(xs, xs, &ExpBelow(m))
}

/// `Σ term(xᵢ, yᵢ)`, in the order of [`sum_of`].
pub(crate) fn sum_of_pairs(xs: &[f64], ys: &[f64], term: &impl Term) -> f64 {
    let count = xs.len();
    if count > BLOCK {
        let middle = (count / 2).next_multiple_of(LANES);
        return sum_of_pairs(&xs[..middle], &ys[..middle], term)
            + sum_of_pairs(&xs[middle..], &ys[middle..], term);
    }
    Vectors::widest().run(SideBySide { xs, ys, term })
}

/// A sum of a few terms.
struct SideBySide<'a, F> {
    xs: &'a [f64],
    ys: &'a [f64],
    term: &'a F,
}

impl<F: Term> Loop for SideBySide<'_, F> {
    type Out = f64;
    #[inline(always)]
    fn run<const FMA: bool>(self) -> f64 {
        let mut lanes = [0.0; LANES];
        let (x_lines, y_lines) = (self.xs.chunks_exact(LANES), self.ys.chunks_exact(LANES));
        let (x_rest, y_rest) = (x_lines.remainder(), y_lines.remainder());
        for (x, y) in x_lines.zip(y_lines) {
            for (lane, (&x, &y)) in lanes.iter_mut().zip(x.iter().zip(y)) {
                *lane += self.term.at::<FMA>(x, y);
            }
        }
        for (lane, (&x, &y)) in lanes.iter_mut().zip(x_rest.iter().zip(y_rest)) {
            *lane += self.term.at::<FMA>(x, y);
        }
        let [a, b, c, d, e, f, g, h] = lanes;
        ((a + b) + (c + d)) + ((e + f) + (g + h))
    }
}

/// `xᵢ = f(xᵢ, yᵢ)`.
pub(crate) fn update(xs: &mut [f64], ys: &[f64], f: impl Fn(f64, f64) -> f64) {
    Vectors::widest().run(Update { xs, ys, f });
}

/// `xᵢ = f(xᵢ)`.
pub(crate) fn update_each(xs: &mut [f64], f: impl Fn(f64) -> f64) {
    Vectors::widest().run(UpdateEach { xs, f });
}

/// `xᵢ = e^(xᵢ - m)`.
pub(crate) fn exp_below(xs: &mut [f64], m: f64) {
    Vectors::widest().run(ExpEach { xs, m });
}

struct Update<'a, F> {
    xs: &'a mut [f64],
    ys: &'a [f64],
    f: F,
}

impl<F: Fn(f64, f64) -> f64> Loop for Update<'_, F> {
    type Out = ();
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for (x, &y) in self.xs.iter_mut().zip(self.ys) {
            *x = (self.f)(*x, y);
        }
    }
}

struct UpdateEach<'a, F> {
    xs: &'a mut [f64],
    f: F,
}

impl<F: Fn(f64) -> f64> Loop for UpdateEach<'_, F> {
    type Out = ();
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for x in self.xs {
            *x = (self.f)(*x);
        }
    }
}

struct ExpEach<'a> {
    xs: &'a mut [f64],
    m: f64,
}

impl Loop for ExpEach<'_> {
    type Out = ();
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for x in self.xs {
            *x = Fast::<f64, FMA>(*x - self.m).exp().0;
        }
    }
}

/// `Σ xᵢ` without the element at a place.
pub(crate) fn sum_but(xs: &[f64], at: usize, term: &impl Fn(f64) -> f64) -> f64 {
    sum_of(&xs[..at], term) + sum_of(&xs[at + 1..], term)
}

/// The largest element, NaN if any is; -inf of nothing.
pub(crate) fn largest(xs: &[f64]) -> f64 {
    Vectors::widest().run(Largest(xs))
}

struct Largest<'a>(&'a [f64]);

impl Loop for Largest<'_> {
    type Out = f64;
    #[inline(always)]
    fn run<const FMA: bool>(self) -> f64 {
        let mut lanes = [f64::NEG_INFINITY; LANES];
        let mut unordered = [false; LANES];
        let lines = self.0.chunks_exact(LANES);
        let rest = lines.remainder();
        for line in lines {
            for ((lane, unordered), &x) in lanes.iter_mut().zip(&mut unordered).zip(line) {
                *lane = if x > *lane { x } else { *lane };
                *unordered |= x.is_nan();
            }
        }
        for ((lane, unordered), &x) in lanes.iter_mut().zip(&mut unordered).zip(rest) {
            *lane = if x > *lane { x } else { *lane };
            *unordered |= x.is_nan();
        }
        if unordered.contains(&true) {
            return f64::NAN;
        }
        lanes.into_iter().fold(f64::NEG_INFINITY, f64::max)
    }
}

/// The first place of the largest element; 0 if there is none.
pub(crate) fn place_of_largest(xs: &[f64]) -> usize {
    let largest = largest(xs);
    xs.iter().position(|&x| x == largest).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_extremes_of_any_length() {
        for count in [0, 1, 7, 8, 9, 255, 256, 257, 1000, 4097] {
            let xs: Vec<f64> = (0..count).map(|i| f64::from(i * 37 % 101)).collect();
            assert_eq!(sum_of(&xs, &|x| x), xs.iter().sum::<f64>() + 0.0);
            let (mut best, mut at) = (f64::NEG_INFINITY, 0);
            for (i, &x) in xs.iter().enumerate() {
                if x > best {
                    (best, at) = (x, i);
                }
            }
            assert_eq!((largest(&xs), place_of_largest(&xs)), (best, at));
        }
        assert!(largest(&[1.0, f64::NAN, 2.0]).is_nan());
        assert_eq!(sum_of(&[], &|x| x).to_bits(), 0);
    }

    #[test]
    fn a_long_sum_keeps_its_digits() {
        let xs = vec![0.1; 1_000_000];
        assert!((sum_of(&xs, &|x| x) - 1e5).abs() < 1e-10);
    }
}
