//! The functions in which the rows' textbook formulas are written. Plain and on `f64`:
//! they are read by people, and checked against the rules by the op laws.

pub(super) use std::f64::consts::PI;

use crate::math;

macro_rules! as_functions {
    ($($name:ident = $f:expr;)*) => {
        $(pub(super) fn $name(x: f64) -> f64 { let f: fn(f64) -> f64 = $f; f(x) })*
    };
}

as_functions! {
    exp = f64::exp;
    exp2 = f64::exp2;
    exp10 = math::exp10;
    ln = f64::ln;
    sqrt = f64::sqrt;
    sin = f64::sin;
    cos = f64::cos;
    tan = f64::tan;
    sinh = f64::sinh;
    cosh = f64::cosh;
    tanh = f64::tanh;
    abs = f64::abs;
    trunc = f64::trunc;
    sign = math::sign;
    erfc = math::erfc;
    sigmoid = math::sigmoid;
    softplus = math::softplus;
    sech_squared = math::sech_squared;
    digamma = math::digamma;
    relu_slope = |x| if x > 0.0 { 1.0 } else { 0.0 };
    positive = |x| if x > 0.0 { 1.0 } else { 0.0 };
}

pub(super) fn pow(x: f64, y: f64) -> f64 {
    x.powf(y)
}

pub(super) fn hypot(x: f64, y: f64) -> f64 {
    (x * x + y * y).sqrt()
}

pub(super) fn polygamma(x: f64, order: f64) -> f64 {
    math::polygamma(order as u32, x)
}

pub(super) fn leaky_relu_slope(x: f64, slope: f64) -> f64 {
    if x > 0.0 { 1.0 } else { slope }
}

pub(super) fn elu_slope(x: f64, alpha: f64) -> f64 {
    if x > 0.0 { 1.0 } else { alpha * x.exp() }
}

pub(super) fn elu_curve(x: f64, alpha: f64) -> f64 {
    if x > 0.0 { 0.0 } else { alpha * x.exp() }
}

pub(super) fn max_share(x: f64, y: f64) -> f64 {
    if x > y {
        1.0
    } else if x < y {
        0.0
    } else {
        0.5
    }
}

pub(super) fn within(x: f64, lo: f64, hi: f64) -> f64 {
    if lo < x && x < hi { 1.0 } else { 0.0 }
}

pub(super) fn clamp_low(x: f64, lo: f64, hi: f64) -> f64 {
    if x <= lo && lo <= hi { 1.0 } else { 0.0 }
}

pub(super) fn clamp_high(x: f64, lo: f64, hi: f64) -> f64 {
    if lo > hi || x >= hi && x > lo {
        1.0
    } else {
        0.0
    }
}

/// The product of all but the i-th.
pub(super) fn product_but(xs: &[f64], i: usize) -> f64 {
    xs[..i].iter().chain(&xs[i + 1..]).product()
}

/// What the i-th operand of a dot product is multiplied with.
pub(super) fn partner(xs: &[f64], i: usize) -> f64 {
    xs[(i + xs.len() / 2) % xs.len()]
}
