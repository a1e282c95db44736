//! The error function and the smooth activations built on `exp` and on it.
//!
//! One plan for all: write the function in `e = exp(-|x|)`, which is at most 1, so that nothing
//! overflows, nothing cancels, and both tails keep their digits.

use std::f64::consts::FRAC_1_SQRT_2;

/// `x factor`, where a factor that has died out wins over an infinite `x`: `x sigmoid(x)` at -inf.
#[inline]
pub(crate) fn damped(x: f64, factor: f64) -> f64 {
    if factor == 0.0 && !x.is_nan() {
        0.0
    } else {
        x * factor
    }
}

/// `1/(1 + exp(-x))`, for `x < 0` as `e/(1 + e)`, `e = exp(x)`: neither side overflows.
#[inline]
pub(crate) fn sigmoid(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    (if x < 0.0 { e } else { 1.0 }) / (1.0 + e)
}

/// `sigmoid' x = e/(1+e)²`, `e = exp(-|x|)`. The textbook's `s(1-s)` is 1e-3 wrong at 30, 0 at 40.
#[inline]
pub(crate) fn sigmoid_slope(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    e / ((1.0 + e) * (1.0 + e))
}

/// `sech² x = tanh' x = 4e/(1+e)²`, `e = exp(-2|x|)`. The textbook's `1 - tanh²` is 77 %
/// wrong at 19.
#[inline]
pub(crate) fn sech_squared(x: f64) -> f64 {
    let e = (-2.0 * x.abs()).exp();
    4.0 * e / ((1.0 + e) * (1.0 + e))
}

/// `ln(1 + exp x) = max(x, 0) + ln_1p(exp(-|x|))`: exact on both sides, no threshold.
#[inline]
pub(crate) fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// `ln sigmoid x = -softplus(-x) = min(x, 0) - ln_1p(exp(-|x|))`.
#[inline]
pub(crate) fn log_sigmoid(x: f64) -> f64 {
    x.min(0.0) - (-x.abs()).exp().ln_1p()
}

/// `x sigmoid(x)`; 0 at -inf.
#[inline]
pub(crate) fn silu(x: f64) -> f64 {
    damped(x, sigmoid(x))
}

/// `x tanh(softplus x) = x q/(q + 2)`, `q = e² + 2e`, `e = exp x`; for `x > 0` divided through by
/// `e²`. One `exp`, no cancellation; 0 at -inf.
pub(crate) fn mish(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    let tanh_softplus = if x < 0.0 {
        let q = e * (e + 2.0);
        q / (q + 2.0)
    } else {
        let q = 1.0 + 2.0 * e;
        q / (q + 2.0 * e * e)
    };
    damped(x, tanh_softplus)
}

/// `x/(1 + |x|)`; ±1 at ±inf.
#[inline]
pub(crate) fn softsign(x: f64) -> f64 {
    if x.is_infinite() {
        x.signum()
    } else {
        x / (1.0 + x.abs())
    }
}

/// `x Φ(x) = x erfc(-x/√2)/2`; 0 at -inf.
#[inline]
pub(crate) fn gelu(x: f64) -> f64 {
    damped(x, normal_cdf(x))
}

/// `x (1 + tanh u)/2 = x sigmoid(2u)`, `u = √(2/π) (x + 0.044715 x³)`: `1 + tanh u` has one
/// digit left at -7.
pub(crate) fn gelu_tanh(x: f64) -> f64 {
    const SQRT_2_OVER_PI: f64 = 0.797_884_560_802_865_4;
    damped(
        x,
        sigmoid(2.0 * SQRT_2_OVER_PI * x * (1.0 + 0.044715 * x * x)),
    )
}

/// `x` for `x > 0`, else `α (exp x - 1)`.
#[inline]
pub(crate) fn elu(x: f64, alpha: f64) -> f64 {
    if x > 0.0 { x } else { alpha * x.exp_m1() }
}

/// `λ` of [`selu`].
pub(crate) const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
/// `α` of [`selu`].
pub(crate) const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;

/// `λ elu(x, α)`, with the constants that keep mean 0 and variance 1 (Klambauer et al. 2017).
#[inline]
pub(crate) fn selu(x: f64) -> f64 {
    SELU_SCALE * elu(x, SELU_ALPHA)
}

/// `erf x = 2/√π ∫₀ˣ exp(-t²) dt`.
#[inline]
pub(crate) fn erf(x: f64) -> f64 {
    libm::erf(x)
}

/// `erfc x = 1 - erf x`, never computed so: at `x = 6` the difference is 0, the value 2e-17.
#[inline]
pub(crate) fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

/// `Φ(x) = erfc(-x/√2)/2`, the normal distribution function. In the lower tail the rounding of `x/√2`
/// costs about `x²` ulp: 1e-14 relative at -10, 2e-13 at -37.
#[inline]
pub(crate) fn normal_cdf(x: f64) -> f64 {
    0.5 * erfc(-x * FRAC_1_SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::super::tests::close;
    use super::*;

    const INF: f64 = f64::INFINITY;

    type Function = fn(f64) -> f64;

    /// Reference values: mpmath, 50 digits.
    #[test]
    fn values_agree_with_mpmath() {
        for (case, got, want) in [
            ("sigmoid -30", sigmoid(-30.0), 9.357_622_968_839_299e-14),
            ("sigmoid 0.5", sigmoid(0.5), 0.622_459_331_201_854_6),
            (
                "sigmoid' -30",
                sigmoid_slope(-30.0),
                9.357_622_968_838_423e-14,
            ),
            ("sigmoid' 0.5", sigmoid_slope(0.5), 0.235_003_712_201_594_5),
            (
                "sigmoid' 40",
                sigmoid_slope(40.0),
                4.248_354_255_291_589e-18,
            ),
            ("sech^2 0.5", sech_squared(0.5), 0.786_447_732_965_927_4),
            ("sech^2 19", sech_squared(19.0), 1.255_653_116_819_211_8e-16),
            ("softplus -30", softplus(-30.0), 9.357_622_968_839_737e-14),
            ("softplus 0.5", softplus(0.5), 0.974_076_984_180_106_7),
            ("softplus 19", softplus(19.0), 19.000_000_005_602_796),
            (
                "log_sigmoid -3.7",
                log_sigmoid(-3.7),
                -3.724_422_845_933_779,
            ),
            (
                "log_sigmoid 40",
                log_sigmoid(40.0),
                -4.248_354_255_291_589e-18,
            ),
            ("silu -30", silu(-30.0), -2.807_286_890_651_789_7e-12),
            ("silu 0.5", silu(0.5), 0.311_229_665_600_927_3),
            ("mish -30", mish(-30.0), -2.807_286_890_651_921e-12),
            ("mish -3.7", mish(-3.7), -0.090_346_567_500_813_06),
            ("mish 0.5", mish(0.5), 0.375_245_211_304_895_1),
            ("mish 19", mish(19.0), 18.999_999_999_999_999),
            ("softsign -3", softsign(-3.0), -0.75),
            ("gelu -6", gelu(-6.0), -5.919_525_870_226_188_8e-9),
            ("gelu -1.25", gelu(-1.25), -0.132_062_217_083_569_07),
            ("gelu 3", gelu(3.0), 2.995_950_305_905_11),
            ("gelu_tanh -6", gelu_tanh(-6.0), -8.439_646_700_762_297e-11),
            (
                "gelu_tanh -1.25",
                gelu_tanh(-1.25),
                -0.132_285_797_030_285_4,
            ),
            ("gelu_tanh 3", gelu_tanh(3.0), 2.996_362_607_918_227),
            ("elu -3.7", elu(-3.7, 1.0), -0.975_276_473_529_660_6),
            ("selu -3.7", selu(-3.7), -1.714_632_925_256_450_5),
            ("selu 0.5", selu(0.5), 0.525_350_493_677_740_2),
            ("erf -1.25", erf(-1.25), -0.922_900_128_256_458_3),
            ("erfc 6", erfc(6.0), 2.151_973_671_249_891_3e-17),
            ("erfc 25", erfc(25.0), 8.300_172_571_196_523e-274),
        ] {
            close(case, got, want, 6e-15);
        }
        close("gelu -10", gelu(-10.0), -7.619_853_024_160_526e-23, 2e-14);
        let want = 5.725_571_222_524_577e-300;
        close("cdf -37", normal_cdf(-37.0), want, 3e-13);
    }

    #[test]
    fn infinities_give_limits_and_nan_stays() {
        let cases: [(&str, Function, f64, f64); 15] = [
            ("sigmoid", sigmoid, 0.0, 1.0),
            ("sigmoid_slope", sigmoid_slope, 0.0, 0.0),
            ("sech_squared", sech_squared, 0.0, 0.0),
            ("softplus", softplus, 0.0, INF),
            ("log_sigmoid", log_sigmoid, -INF, 0.0),
            ("silu", silu, 0.0, INF),
            ("mish", mish, 0.0, INF),
            ("softsign", softsign, -1.0, 1.0),
            ("gelu", gelu, 0.0, INF),
            ("gelu_tanh", gelu_tanh, 0.0, INF),
            ("elu", |x| elu(x, 2.0), -2.0, INF),
            ("selu", selu, -SELU_SCALE * SELU_ALPHA, INF),
            ("erf", erf, -1.0, 1.0),
            ("erfc", erfc, 2.0, 0.0),
            ("normal_cdf", normal_cdf, 0.0, 1.0),
        ];
        for (name, f, at_minus_inf, at_inf) in cases {
            for (x, limit) in [(-INF, at_minus_inf), (INF, at_inf)] {
                close(name, f(x), limit, 0.0);
                // No NaN on the way there, and no jump at the end.
                let near = f(x.signum() * 1e300);
                let arrived = near == limit || limit.is_infinite() && near.abs() >= 1e300;
                assert!(arrived, "{name}: {near:e} next to its limit {limit}");
            }
            assert!(f(f64::NAN).is_nan(), "{name} of NaN");
        }
    }

    #[test]
    fn subnormal_numbers_pass() {
        let tiny = 1e-310;
        for (case, got, want) in [
            ("silu", silu(tiny), 0.5e-310),
            ("gelu", gelu(-tiny), -0.5e-310),
            ("softsign", softsign(tiny), tiny),
            ("elu", elu(-tiny, 1.0), -tiny),
            ("sigmoid", sigmoid(-720.0), (-720f64).exp()),
        ] {
            close(case, got, want, 1e-12);
        }
    }
}
