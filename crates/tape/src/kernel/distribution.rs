//! Softmax and its kin on one row, in the row's own type; sums are wider.
//!
//! All subtract the largest. Where one probability is nearly 1, what is left of it is summed from
//! the others: `1 - p` has no digit left at `p = 1 - 1e-17`, the sum of the others has them all.

use super::elementary::RAISED;
use super::fast::Fast;
use super::slices::{Rule, largest, map, place_of_largest, sum_of, sums, update, update_each};
use crate::element::Element;
use crate::op::{Lift, rule};

/// `x y`, where an exact zero wins.
#[inline(always)]
fn chain<T: Element>(x: T, y: T) -> T {
    Fast::<T, false>(x).binary::<rule::ChainMul>(Fast(y)).0
}

fn number<T: Element>(x: f64) -> T {
    T::from_f64(x)
}

/// `e^(x - m)` for the largest `m` of a row, infinite: 1 where both are +inf, 0 where both are -inf.
fn exp_below_infinity<T: Element>(x: T, m: T) -> T {
    let (x, m) = (x.to_f64(), m.to_f64());
    number(if x == m {
        f64::from(u8::from(m > 0.0))
    } else {
        (x - m).exp()
    })
}

/// `e^(x - m) 2^64` for a number `m` that no `x` exceeds.
#[derive(Clone, Copy)]
struct ExpBelow<T>(T);

impl<T: Element> Rule<T, 1, 1> for ExpBelow<T> {
    #[inline(always)]
    fn at<const FMA: bool>(&self, [x]: [T; 1]) -> [T; 1] {
        [Fast::<T, FMA>(x - self.0).exp_raised().0]
    }
}

/// The same, but 0 for `m` itself, and how many that is.
#[derive(Clone, Copy)]
struct BesideTheLargest<T>(T);

impl<T: Element> Rule<T, 1, 2> for BesideTheLargest<T> {
    #[inline(always)]
    fn at<const FMA: bool>(&self, [x]: [T; 1]) -> [T; 2] {
        let (zero, one) = (number(0.0), number(1.0));
        let [e] = ExpBelow(self.0).at::<FMA>([x]);
        // What is masked weighs nothing at all.
        let e = if x - self.0 < T::EXP_MIN { zero } else { e };
        if x == self.0 { [zero, one] } else { [e, zero] }
    }
}

/// `ln Σ e^(xⱼ - m)` of a row with the largest element `m`: 1 and a small rest.
fn log_total<T: Element>(row: &[T], m: T) -> f64 {
    let [rest, largest] = if m.to_f64().is_finite() {
        let [rest, largest] = sums([row], BesideTheLargest(m));
        [rest / RAISED, largest]
    } else {
        let total = sum_of(row, move |x| exp_below_infinity(x, m));
        [total, 0.0]
    };
    (rest + (largest - 1.0)).ln_1p()
}

/// `ln Σ e^xⱼ`. Of nothing, or all -inf: -inf.
pub(crate) fn logsumexp<T: Element>(row: &[T]) -> f64 {
    let m = largest(row);
    if m.to_f64().is_finite() {
        m.to_f64() + log_total(row, m)
    } else {
        m.to_f64()
    }
}

/// `e^xᵢ / Σ e^xⱼ`. A row of nothing but -inf has none; `of_nothing` stands in.
pub(crate) fn softmax<T: Element>(row: &[T], out: &mut [T], of_nothing: f64) {
    let m = largest(row);
    if m.to_f64() == f64::NEG_INFINITY {
        out.fill(number(of_nothing));
        return;
    }
    if m.to_f64().is_finite() {
        map([row], out, ExpBelow(m));
    } else {
        for (out, &x) in out.iter_mut().zip(row) {
            *out = exp_below_infinity(x, m);
        }
    }
    let total = sum_of(out, |e| e);
    // One division for the row: half a last place more, and half the time.
    let share: T = number(total.recip());
    update_each(out, move |e| e * share);
}

/// `xᵢ - ln Σ e^xⱼ`; NaN where all are -inf.
pub(crate) fn log_softmax<T: Element>(row: &[T], out: &mut [T]) {
    let m = largest(row);
    let log_total: T = number(log_total(row, m));
    let is_infinite = m.to_f64() == f64::INFINITY;
    map([row], out, move |[x]: [T; 1]| {
        let below = if is_infinite & (x == m) {
            number(0.0)
        } else {
            x - m
        };
        [below - log_total]
    });
}

/// `ln Σ e^xⱼ - xᵢ` for one `i`.
pub(crate) fn cross_entropy<T: Element>(row: &[T], class: usize) -> f64 {
    let m = largest(row);
    let x = row[class];
    let below = if x == m && m.to_f64() > 0.0 {
        0.0
    } else {
        m.to_f64() - x.to_f64()
    };
    below + log_total(row, m)
}

/// `gⱼ (pⱼ - [j = class])` with `p` the softmax of the row.
pub(crate) fn cross_entropy_pull<T: Element>(row: &[T], g: &[T], class: usize, out: &mut [T]) {
    softmax(row, out, f64::NAN);
    let p = out[class].to_f64();
    out[class] = number(if p > 0.5 {
        -sum_but(out, class)
    } else {
        p - 1.0
    });
    update(out, g, move |p, g| chain(g, p));
}

/// `gᵢ - Σ pⱼ gⱼ`, for `p` that sum to 1: how far each is from the mean.
pub(crate) fn centre<T: Element>(p: &[T], g: &[T], out: &mut [T]) {
    let Relative { at, mean } = beside_the_likeliest(p, g);
    map([g], out, move |[g]: [T; 1]| [(g - at) - mean]);
}

/// `pᵢ (gᵢ - Σ pⱼ gⱼ)`: the derivative of softmax, applied to `g`.
pub(crate) fn softmax_pull<T: Element>(p: &[T], g: &[T], out: &mut [T]) {
    let Relative { at, mean } = beside_the_likeliest(p, g);
    map([p, g], out, move |[p, g]: [T; 2]| {
        [chain(p, (g - at) - mean)]
    });
}

/// A mean, taken relative to the element of the likeliest place.
struct Relative<T> {
    at: T,
    mean: T,
}

/// `Σ pⱼ (gⱼ - gₘ)`: the likeliest place `m`, whose own share would drown the others', drops out.
fn beside_the_likeliest<T: Element>(p: &[T], g: &[T]) -> Relative<T> {
    let at = match g[place_of_largest(p)] {
        at if at.to_f64().is_finite() => at,
        _ => number(0.0),
    };
    let [mean] = sums([p, g], move |[p, g]: [T; 2]| [chain(p, g - at)]);
    Relative {
        at,
        mean: number(mean),
    }
}

/// `gᵢ - pᵢ Σ gⱼ`: the derivative of log-softmax, applied to `g`.
pub(crate) fn log_softmax_pull<T: Element>(p: &[T], g: &[T], out: &mut [T]) {
    let at = place_of_largest(p);
    let total: T = number(sum_of(g, |g| g));
    map([p, g], out, move |[p, g]: [T; 2]| [g - chain(p, total)]);
    let (others, rest): (T, T) = (number(sum_but(g, at)), number(sum_but(p, at)));
    out[at] = chain(g[at], rest) - chain(p[at], others);
}

/// `Σ xᵢ` without the element at a place.
fn sum_but<T: Element>(xs: &[T], at: usize) -> f64 {
    sum_of(&xs[..at], |x| x) + sum_of(&xs[at + 1..], move |x| x)
}
