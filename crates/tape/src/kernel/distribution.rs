//! Softmax and its kin on one row, in place.
//!
//! All subtract the largest. Where one probability is nearly 1, what is left of it is summed from
//! the others: `1 - p` has no digit left at `p = 1 - 1e-17`, the sum of the others has them all.

use super::slices::{
    exp_below, largest, place_of_largest, sum_but, sum_of, sum_of_exp, sum_of_pairs, update,
    update_each,
};
use crate::op::chain_product;

/// `e^(x - m)` for the largest `m` of a row, infinite: 1 where both are +inf, 0 where both are -inf.
fn exp_below_infinity(x: f64, m: f64) -> f64 {
    if x == m {
        f64::from(u8::from(m > 0.0))
    } else {
        (x - m).exp()
    }
}

/// `ln Σ e^(xⱼ - m)` of a row with the largest element `m`: 1 and a small rest.
fn log_total(row: &[f64], m: f64) -> f64 {
    let at = row.iter().position(|&x| x == m).unwrap_or(0);
    let rest = if m.is_finite() {
        sum_of_exp(&row[..at], m) + sum_of_exp(&row[at + 1..], m)
    } else {
        sum_but(row, at, &|x| exp_below_infinity(x, m))
    };
    rest.ln_1p()
}

/// `ln Σ e^xⱼ`. Of nothing, or all -inf: -inf.
pub(crate) fn logsumexp(row: &[f64]) -> f64 {
    let m = largest(row);
    if m.is_finite() {
        m + log_total(row, m)
    } else {
        m
    }
}

/// `e^xᵢ / Σ e^xⱼ`. A row of nothing but -inf has none; `of_nothing` stands in.
pub(crate) fn softmax(row: &mut [f64], of_nothing: f64) {
    let m = largest(row);
    if m == f64::NEG_INFINITY {
        row.fill(of_nothing);
        return;
    }
    if m.is_finite() {
        exp_below(row, m);
    } else {
        for x in row.iter_mut() {
            *x = exp_below_infinity(*x, m);
        }
    }
    let total = sum_of(row, &|e| e);
    update_each(row, |e| e / total);
}

/// `xᵢ - ln Σ e^xⱼ`; NaN where all are -inf.
pub(crate) fn log_softmax(row: &mut [f64]) {
    let m = largest(row);
    let log_total = log_total(row, m);
    update_each(row, |x| {
        let below = if x == m && m > 0.0 { 0.0 } else { x - m };
        below - log_total
    });
}

/// `ln Σ e^xⱼ - xᵢ` for one `i`.
pub(crate) fn cross_entropy(row: &[f64], class: usize) -> f64 {
    let m = largest(row);
    let x = row[class];
    let below = if x == m && m > 0.0 { 0.0 } else { m - x };
    below + log_total(row, m)
}

/// `gⱼ (pⱼ - [j = class])` with `p` the softmax of the row.
pub(crate) fn cross_entropy_pull(row: &mut [f64], g: &[f64], class: usize) {
    softmax(row, f64::NAN);
    let p = row[class];
    row[class] = if p > 0.5 {
        -sum_but(row, class, &|p| p)
    } else {
        p - 1.0
    };
    update(row, g, |p, g| chain_product(g, p));
}

/// `gᵢ - Σ pⱼ gⱼ`, for `p` that sum to 1, in place of `p`: how far each is from the mean.
pub(crate) fn centre(p: &mut [f64], g: &[f64]) {
    let rest = beside_the_likeliest(p, g);
    update(p, g, |_, g| (g - rest.at) - rest.mean);
}

/// `pᵢ (gᵢ - Σ pⱼ gⱼ)`: the derivative of softmax, applied to `g`. In place of `p`.
pub(crate) fn softmax_pull(p: &mut [f64], g: &[f64]) {
    let rest = beside_the_likeliest(p, g);
    update(p, g, |p, g| chain_product(p, (g - rest.at) - rest.mean));
}

/// A mean, taken relative to the element of the likeliest place.
struct Relative {
    at: f64,
    mean: f64,
}

/// `Σ pⱼ (gⱼ - gₘ)`: the likeliest place `m`, whose own share would drown the others', drops out.
fn beside_the_likeliest(p: &[f64], g: &[f64]) -> Relative {
    let at = match g[place_of_largest(p)] {
        at if at.is_finite() => at,
        _ => 0.0,
    };
    Relative {
        at,
        mean: sum_of_pairs(p, g, &|p: f64, g: f64| chain_product(p, g - at)),
    }
}

/// `gᵢ - pᵢ Σ gⱼ`: the derivative of log-softmax, applied to `g`. In place of `p`.
pub(crate) fn log_softmax_pull(p: &mut [f64], g: &[f64]) {
    let at = place_of_largest(p);
    let total = sum_of(g, &|g| g);
    let likeliest =
        chain_product(g[at], sum_but(p, at, &|p| p)) - chain_product(p[at], sum_but(g, at, &|g| g));
    update(p, g, |p, g| g - chain_product(p, total));
    p[at] = likeliest;
}
