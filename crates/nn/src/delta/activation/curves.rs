//! The pieces that activations are made of.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_PI};

/// Upstream error times local derivative: zero if either is exactly zero, so that `0 * inf` is no NaN.
pub(in crate::delta) fn chain_product(upstream: f64, local: f64) -> f64 {
    if upstream == 0.0 || local == 0.0 {
        0.0
    } else {
        upstream * local
    }
}

pub(super) fn each(z: &[f64], f: impl Fn(f64) -> f64) -> Vec<f64> {
    z.iter().map(|&z| f(z)).collect()
}

/// `max(0, z)`, but NaN at NaN.
pub(in crate::delta) fn relu(z: f64) -> f64 {
    if z <= 0.0 { 0.0 } else { z }
}

/// `1 / (1 + e^-z)`, without overflow in the exponential.
pub(super) fn sigmoid(z: f64) -> f64 {
    let e = (-z.abs()).exp();
    if z >= 0.0 {
        1.0 / (1.0 + e)
    } else {
        e / (1.0 + e)
    }
}

/// `e / (1 + e)^2`, the slope of the sigmoid where `e = exp(-abs z)`.
pub(super) fn bell(e: f64) -> f64 {
    e / ((1.0 + e) * (1.0 + e))
}

/// 1 to the right of 0, `left` at 0 and to its left, NaN at NaN.
pub(in crate::delta) fn kinked(z: f64, left: f64) -> f64 {
    if z > 0.0 {
        1.0
    } else if z <= 0.0 {
        left
    } else {
        f64::NAN
    }
}

/// `p_j = e^(z_j - max z) / sum_k e^(z_k - max z)`: without the maximum, `e^1000` is infinite.
pub(super) fn softmax(z: &[f64]) -> Vec<f64> {
    let largest = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers = each(z, |z| (z - largest).exp());
    let sum: f64 = powers.iter().sum();
    each(&powers, |power| power / sum)
}

/// `l_j = z_j - max z - ln sum_k e^(z_k - max z)`: the largest first, or a large common part of all
/// `z` would hide the digits of what is left.
pub(super) fn log_softmax(z: &[f64]) -> Vec<f64> {
    let largest = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = z.iter().map(|z| (z - largest).exp()).sum();
    each(z, |z| z - largest - sum.ln())
}

/// `z` above 0, else `alpha (e^z - 1)`.
pub(super) fn elu(z: f64, alpha: f64) -> f64 {
    if z > 0.0 { z } else { alpha * z.exp_m1() }
}

/// The scale of selu.
pub(super) const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
/// The alpha of selu.
pub(super) const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;

/// `tanh(ln(1 + e^z)) = q / (q + 2)` with `q = e^z (e^z + 2)`; for positive `z` divided through by
/// `e^2z`, lest it overflow.
pub(super) fn tanh_softplus(z: f64) -> f64 {
    let e = (-z.abs()).exp();
    if z < 0.0 {
        let q = e * (e + 2.0);
        q / (q + 2.0)
    } else {
        (1.0 + 2.0 * e) / (1.0 + 2.0 * e + 2.0 * e * e)
    }
}

/// The part of the standard normal distribution below `z`: `erfc(-z / sqrt 2) / 2`. With `1 + erf`
/// there it would be 0 from -9 on.
pub(super) fn normal_below(z: f64) -> f64 {
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

/// `2u`, `u = sqrt(2 / pi) (z + 0.044715 z^3)`: `(1 + tanh u) / 2` is the sigmoid of it.
pub(super) fn gelu_tanh_inner(z: f64) -> f64 {
    2.0 * FRAC_2_PI.sqrt() * z * (1.0 + 0.044715 * z * z)
}

/// `z / (1 + abs z)`, and its limits.
pub(super) fn softsign(z: f64) -> f64 {
    if z.is_infinite() {
        z.signum()
    } else {
        z / (1.0 + z.abs())
    }
}

/// 0 below 0, `at_zero` at it, 1 above it, NaN at NaN.
pub(super) fn fires(z: f64, at_zero: f64) -> f64 {
    if z > 0.0 {
        1.0
    } else if z < 0.0 {
        0.0
    } else if z == 0.0 {
        at_zero
    } else {
        f64::NAN
    }
}

/// 1 strictly between plus and minus `corner`, 0 elsewhere, NaN at NaN.
pub(super) fn inside(z: f64, corner: f64) -> f64 {
    if z.is_nan() {
        f64::NAN
    } else if z.abs() < corner {
        1.0
    } else {
        0.0
    }
}
