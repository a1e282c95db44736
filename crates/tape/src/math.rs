//! Values that `std` lacks, or gets wrong where calculus looks hardest.
//!
//! Plain functions of `f64`, one formula each, with the reason for that formula where a shorter
//! one exists. Four promises hold for all of them: NaN in is NaN out (except `x^0` and `1^y`, which
//! IEEE 754 makes 1); at an infinity the value is the limit, where there is one; subnormal numbers
//! are not flushed; outside its domain a function is NaN.
//!
//! `std` is used wherever it is right. It loses digits in `acosh` near 1 (7e-10 relative) and in
//! `atanh` near ±1 (6e-14); `libm` is at 2e-16 in both, and has the error function.
//! `f64::signum(0.0)` is 1, `f64::max(NAN, 1.0)` is 1, `f64::round(2.5)` is 3: not ours.

mod activation;
mod gamma;
pub(crate) use activation::{
    SELU_ALPHA, SELU_SCALE, damped, elu, erf, erfc, gelu, gelu_tanh, log_sigmoid, mish,
    sech_squared, selu, sigmoid, sigmoid_slope, silu, softplus, softsign,
};
pub(crate) use gamma::{digamma, lgamma, polygamma};

// ---- sums ---------------------------------------------------------------------------------------

/// Up to this many terms are added from left to right; longer sums are halved first.
const BLOCK: usize = 32;

/// `Σ xᵢ`, pairwise in an order that depends on the length alone: the error grows with `log n`, not
/// with `n`. The empty sum is +0 (the one of `Iterator::sum` is -0).
pub(crate) fn sum(xs: &[f64]) -> f64 {
    sum_of(xs, &|x| x)
}

/// `Σ term(xᵢ)`, in the order of [`sum`].
fn sum_of(xs: &[f64], term: &impl Fn(f64) -> f64) -> f64 {
    if xs.len() <= BLOCK {
        return xs.iter().fold(0.0, |total, &x| total + term(x));
    }
    let (left, right) = xs.split_at(xs.len() / 2);
    sum_of(left, term) + sum_of(right, term)
}

/// `Σ xᵢ yᵢ`, summed like [`sum`].
#[track_caller]
pub(crate) fn dot(x: &[f64], y: &[f64]) -> f64 {
    assert_eq!(
        x.len(),
        y.len(),
        "dot takes pairs: the first half of its operands with the second half"
    );
    let products: smallvec::SmallVec<[f64; 32]> = x.iter().zip(y).map(|(x, y)| x * y).collect();
    sum(&products)
}

/// `ln Σ exp(xᵢ) = m + ln(1 + Σ' exp(xᵢ - m))`, `m` the first maximum, `Σ'` the sum over the others.
///
/// No `exp` overflows, and `ln_1p` keeps a small rest: `logsumexp([0, -40])` is 4e-18, not 0.
/// Empty, or all -inf: -inf. Any +inf: inf.
pub(crate) fn logsumexp(xs: &[f64]) -> f64 {
    let m = xs.iter().copied().fold(f64::NEG_INFINITY, max);
    if !m.is_finite() {
        return m;
    }
    let at = xs.iter().position(|&x| x == m).unwrap_or(0);
    let term = |x: f64| (x - m).exp();
    m + (sum_of(&xs[..at], &term) + sum_of(&xs[at + 1..], &term)).ln_1p()
}

/// `√(Σ xᵢ²) = m √(Σ (xᵢ/m)²)`, `m` the largest magnitude: `[1e200, 1e200]` and `[1e-200, 1e-200]`
/// neither overflow nor vanish. Empty: 0.
pub(crate) fn norm(xs: &[f64]) -> f64 {
    let m = xs.iter().map(|x| x.abs()).fold(0.0, max);
    if m == 0.0 || !m.is_finite() {
        return m;
    }
    m * sum_of(xs, &|x| (x / m) * (x / m)).sqrt()
}

// ---- powers, logarithms, roots ------------------------------------------------------------------

/// `x^n`; `x^0` is 1, at NaN too.
///
/// Up to the fourth power by multiplication, within 2 ulp. Beyond that by `powf`, which is exact for
/// a negative `x` with a whole exponent: repeated squaring is 2e-11 wrong at `n = 1e6`.
/// `1/x/x` instead of `1/(x x)`, whose denominator overflows at 1e155 while the quotient is a number.
#[inline]
pub(crate) fn powi(x: f64, n: i32) -> f64 {
    match n {
        2 => x * x,
        0 => 1.0,
        1 => x,
        3 => x * x * x,
        4 => (x * x) * (x * x),
        -1 => 1.0 / x,
        -2 => 1.0 / x / x,
        _ => x.powf(f64::from(n)),
    }
}

/// `x^y` as in IEEE 754: `x^0 = 1^y = 1`, NaN for a negative `x` with a fractional `y`.
#[inline]
pub(crate) fn pow(x: f64, y: f64) -> f64 {
    x.powf(y)
}

/// `x^y ln x`, the partial of `x^y` in `y`. At `x = 0`: 0 for `y >= 0`, -inf below. NaN for `x < 0`.
pub(crate) fn pow_ln(x: f64, y: f64) -> f64 {
    if y.is_nan() {
        y // 1^NaN is 1, and 1 ln 1 would hide the NaN
    } else if x == 0.0 && y >= 0.0 {
        0.0
    } else {
        damped(x.ln(), x.powf(y))
    }
}

/// `10^x`, within an ulp (`libm::exp10` is four times further off).
#[inline]
pub(crate) fn exp10(x: f64) -> f64 {
    10f64.powf(x)
}

/// `x ln y`, and 0 for `x = 0` whatever `y` is, unless it is NaN.
pub(crate) fn xlogy(x: f64, y: f64) -> f64 {
    if x == 0.0 && !y.is_nan() {
        0.0
    } else {
        x * y.ln()
    }
}

/// `ln' x = 1/x`: +inf at +0 and at -0, NaN for `x < 0`, where `1/x` alone would be a number.
#[inline]
pub(crate) fn ln_slope(x: f64) -> f64 {
    if x < 0.0 { f64::NAN } else { 1.0 / x.abs() }
}

// ---- the plane: hypot and atan2 -----------------------------------------------------------------

/// `√(x² + y²)` without overflow. NaN beats infinity, unlike `f64::hypot(INFINITY, NAN)`.
#[inline]
pub(crate) fn hypot(x: f64, y: f64) -> f64 {
    if x.is_nan() || y.is_nan() {
        f64::NAN
    } else {
        x.hypot(y)
    }
}

/// `∂/∂x hypot(x, y) = x/h`: 0 at the origin, ±1 for `x` infinite, 0 for `y` infinite, NaN for both.
pub(crate) fn hypot_slope(x: f64, y: f64) -> f64 {
    let h = hypot(x, y);
    if h.is_normal() {
        x / h
    } else if h == 0.0 {
        0.0
    } else if x.is_infinite() && y.is_finite() {
        x.signum()
    } else {
        // h has overflowed or lost bits: both halves of the quotient by an exact power of two.
        let scale = if h > 1.0 { 0.25 } else { 2f64.powi(64) };
        x * scale / (x * scale).hypot(y * scale)
    }
}

/// `∂/∂y atan2(y, x) = (x/h)/h`, `h = hypot(x, y)`: 0 at the origin, 0 at infinity. The other
/// partial is `-atan2_slope(y, x)`. Never `x/(x² + y²)`, which overflows at 1e155.
pub(crate) fn atan2_slope(x: f64, y: f64) -> f64 {
    let h = hypot(x, y);
    if h == 0.0 || h.is_infinite() {
        0.0
    } else {
        hypot_slope(x, y) / h
    }
}

/// `q = trunc(x/y)`, the whole number in `x % y = x - q y`, so `∂(x % y)/∂y = -q`. NaN where `x % y`
/// is. By way of the remainder, since `x/y` rounds: `1.0 / 0.1` is 10, but 0.1 is a little more than a
/// tenth and goes into 1 nine times.
pub(crate) fn rem_quotient(x: f64, y: f64) -> f64 {
    ((x - x % y) / y).round()
}

// ---- inverse functions ---------------------------------------------------------------------------

/// `asin' x = 1/√((1-x)(1+x))`: NaN for `|x| > 1`. `1 - x²` would lose digits near ±1.
#[inline]
pub(crate) fn asin_slope(x: f64) -> f64 {
    1.0 / ((1.0 - x) * (1.0 + x)).sqrt()
}

/// `asinh x`.
#[inline]
pub(crate) fn asinh(x: f64) -> f64 {
    libm::asinh(x)
}

/// `acosh x`, to the last digits near 1 too.
#[inline]
pub(crate) fn acosh(x: f64) -> f64 {
    libm::acosh(x)
}

/// `atanh x`, to the last digits near ±1 too.
#[inline]
pub(crate) fn atanh(x: f64) -> f64 {
    libm::atanh(x)
}

/// `atanh' x = 1/((1-x)(1+x))`: NaN for `|x| > 1`, where the formula alone would be a number.
#[inline]
pub(crate) fn atanh_slope(x: f64) -> f64 {
    if x.abs() > 1.0 {
        f64::NAN
    } else {
        1.0 / ((1.0 - x) * (1.0 + x))
    }
}

// ---- kinks and steps ----------------------------------------------------------------------------

/// The larger of two, NaN if either is (`f64::max` would drop it).
#[inline]
pub(crate) fn max(x: f64, y: f64) -> f64 {
    if x >= y || x.is_nan() { x } else { y }
}

/// The smaller of two, NaN if either is (`f64::min` would drop it).
#[inline]
pub(crate) fn min(x: f64, y: f64) -> f64 {
    if x <= y || x.is_nan() { x } else { y }
}

/// `min(max(x, lo), hi)`: `lo > hi` gives `hi`, where `f64::clamp` panics.
#[inline]
pub(crate) fn clamp(x: f64, lo: f64, hi: f64) -> f64 {
    min(max(x, lo), hi)
}

/// `max(x, 0)`: +0 for -0.
#[inline]
pub(crate) fn relu(x: f64) -> f64 {
    if x <= 0.0 { 0.0 } else { x }
}

/// `max(0, min(1, z + 1/2))`.
#[inline]
pub(crate) fn ramp(z: f64) -> f64 {
    clamp(z + 0.5, 0.0, 1.0)
}

/// `max(-1, min(1, x))`.
#[inline]
pub(crate) fn hard_tanh(x: f64) -> f64 {
    clamp(x, -1.0, 1.0)
}

/// -1, 0 or 1; 0 at -0 and +0, where `f64::signum` is ±1.
#[inline]
pub(crate) fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

/// 0 below zero, 1/2 at zero, 1 above: `(1 + sign x)/2`.
#[inline]
pub(crate) fn step(x: f64) -> f64 {
    0.5 + 0.5 * sign(x)
}

/// The nearest whole number, a half to the even one: 2.5 to 2 (`f64::round` says 3).
#[inline]
pub(crate) fn round_half_even(x: f64) -> f64 {
    x.round_ties_even()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const INF: f64 = f64::INFINITY;

    /// Demands `got` within `tolerance` of `want`, relative; infinities and zeros exactly, NaN for NaN.
    #[track_caller]
    pub(crate) fn close(case: &str, got: f64, want: f64, tolerance: f64) {
        let right = got == want
            || got.is_nan() && want.is_nan()
            || (got - want).abs() <= tolerance * want.abs();
        assert!(right, "{case}: got {got:e}, want {want:e}");
    }

    /// Reference values: mpmath, 50 digits.
    #[test]
    fn values_agree_with_mpmath() {
        for (case, got, want) in [
            ("powi -1.3^3", powi(-1.3, 3), -2.197),
            ("powi 1.25^4", powi(1.25, 4), 2.441_406_25),
            ("powi -1.7^5", powi(-1.7, 5), -14.198_569_999_999_998),
            ("powi -0.4^-1", powi(-0.4, -1), -2.5),
            ("powi 1.7^-2", powi(1.7, -2), 0.346_020_761_245_674_76),
            ("powi -3.3^-3", powi(-3.3, -3), -0.027_826_474_107_465_847),
            (
                "powi large n",
                powi(-1.000001, 1_000_001),
                -2.718_283_187_376_222,
            ),
            ("powi 1e155^-2", powi(1e155, -2), 1e-310),
            ("pow_ln", pow_ln(0.01, 1.5), -0.004_605_170_185_988_092),
            ("pow_ln", pow_ln(1e10, -2.5), 2.302_585_092_994_046e-24),
            ("exp10", exp10(-0.7), 0.199_526_231_496_887_98),
            ("exp10", exp10(300.0), 1e300),
            ("xlogy", xlogy(2.0, 1e-30), -138.155_105_579_642_74),
            ("acosh near 1", acosh(1.000001), 0.001_414_213_444_463_82),
            ("acosh huge", acosh(1e300), 691.468_675_078_773_7),
            ("atanh near 1", atanh(0.999999), 7.254_328_619_247_669),
            (
                "atanh' near 1",
                atanh_slope(0.999999),
                500_000.249_985_747_17,
            ),
            ("asinh huge", asinh(-1e300), -691.468_675_078_773_7),
            ("hypot' large", hypot_slope(3e300, 4e300), 0.6),
            (
                "hypot' at the rim",
                hypot_slope(1.7e308, 1.7e308),
                0.5f64.sqrt(),
            ),
            ("hypot' subnormal", hypot_slope(3e-310, 4e-310), 0.6),
            (
                "hypot' last bit",
                hypot_slope(-5e-324, 5e-324),
                -(0.5f64.sqrt()),
            ),
            ("atan2' large", atan2_slope(3e300, 4e300), 1.2e-301),
            ("atan2'", atan2_slope(-1.0, 2.0), -0.2),
            (
                "logsumexp",
                logsumexp(&[0.1, 0.6, 0.3]),
                1.453_286_555_329_249,
            ),
            (
                "logsumexp small rest",
                logsumexp(&[0.0, -40.0]),
                4.248_354_255_291_589e-18,
            ),
            (
                "logsumexp at an offset",
                logsumexp(&[1e6, 1_000_000.5, 999_999.0]),
                1_000_001.104_130_605_3,
            ),
            ("norm large", norm(&[3e200, 4e200]), 5e200),
            ("norm small", norm(&[3e-200, -4e-200]), 5e-200),
        ] {
            close(case, got, want, 1e-15);
        }
    }

    /// (case, value, what the conventions demand), exactly.
    #[test]
    fn edges_follow_the_conventions() {
        for (case, got, want) in [
            ("sum of nothing", 1.0 / sum(&[]), INF),
            ("logsumexp of nothing", logsumexp(&[]), -INF),
            ("logsumexp of -inf", logsumexp(&[-INF, -INF]), -INF),
            ("logsumexp with inf", logsumexp(&[INF, 1.0, -INF]), INF),
            ("logsumexp of a tie", logsumexp(&[0.0, 0.0]), 2f64.ln()),
            ("norm of nothing", norm(&[]), 0.0),
            ("norm of zeros", norm(&[0.0, -0.0]), 0.0),
            ("norm with inf", norm(&[1.0, -INF]), INF),
            ("NaN^0", powi(f64::NAN, 0), 1.0),
            ("0^-1", powi(-0.0, -1), -INF),
            ("pow 0^0", pow(0.0, 0.0), 1.0),
            ("pow 1^NaN", pow(1.0, f64::NAN), 1.0),
            ("pow (-2)^3", pow(-2.0, 3.0), -8.0),
            ("pow_ln 0^2", pow_ln(0.0, 2.0), 0.0),
            ("pow_ln 0^0", pow_ln(-0.0, 0.0), 0.0),
            ("pow_ln 0^-1", pow_ln(0.0, -1.0), -INF),
            ("pow_ln inf^-1", pow_ln(INF, -1.0), 0.0),
            ("pow_ln inf^1", pow_ln(INF, 1.0), INF),
            ("xlogy 0 ln 0", xlogy(0.0, 0.0), 0.0),
            ("xlogy 0 ln inf", xlogy(0.0, INF), 0.0),
            ("ln' +0", ln_slope(0.0), INF),
            ("ln' -0", ln_slope(-0.0), INF),
            ("ln' inf", ln_slope(INF), 0.0),
            ("hypot' origin", hypot_slope(0.0, -0.0), 0.0),
            ("hypot' (-inf, 1)", hypot_slope(-INF, 1.0), -1.0),
            ("hypot' (1, inf)", hypot_slope(1.0, INF), 0.0),
            ("atan2' origin", atan2_slope(0.0, 0.0), 0.0),
            ("atan2' (inf, inf)", atan2_slope(INF, INF), 0.0),
            ("rem 5.5 by -2", rem_quotient(5.5, -2.0), -2.0),
            ("rem 1 by 0.1", rem_quotient(1.0, 0.1), 9.0),
            ("rem by inf", rem_quotient(-1.0, INF), 0.0),
            ("asin' 1", asin_slope(1.0), INF),
            ("atanh 1", atanh(1.0), INF),
            ("atanh' -1", atanh_slope(-1.0), INF),
            ("clamp, bounds crossed", clamp(0.0, 2.0, 1.0), 1.0),
            ("relu -1", relu(-1.0), 0.0),
            ("ramp 0.25", ramp(0.25), 0.75),
            ("ramp inf", ramp(INF), 1.0),
            ("hard_tanh -inf", hard_tanh(-INF), -1.0),
            ("sign -0", sign(-0.0), 0.0),
            ("sign -3", sign(-3.0), -1.0),
            ("step 0", step(-0.0), 0.5),
            ("step -inf", step(-INF), 0.0),
            ("round 2.5", round_half_even(2.5), 2.0),
            ("round -3.5", round_half_even(-3.5), -4.0),
        ] {
            close(case, got, want, 0.0);
        }
    }

    #[test]
    fn nan_is_kept_and_made_outside_the_domain() {
        const NAN: f64 = f64::NAN;
        for (case, got) in [
            ("sum", sum(&[1.0, NAN])),
            ("logsumexp", logsumexp(&[INF, NAN, 1.0])),
            ("norm", norm(&[INF, NAN])),
            ("powi", powi(NAN, 2)),
            ("pow -2^0.5", pow(-2.0, 0.5)),
            ("pow_ln 1^NaN", pow_ln(1.0, NAN)),
            ("pow_ln NaN^0", pow_ln(NAN, 0.0)),
            ("pow_ln -2^3", pow_ln(-2.0, 3.0)),
            ("pow_ln -2^-5000", pow_ln(-2.0, -5000.0)),
            ("xlogy 0 ln NaN", xlogy(0.0, NAN)),
            ("xlogy NaN ln 1", xlogy(NAN, 1.0)),
            ("xlogy 1 ln -1", xlogy(1.0, -1.0)),
            ("ln' -1", ln_slope(-1.0)),
            ("ln'", ln_slope(NAN)),
            ("hypot", hypot(INF, NAN)),
            ("hypot' (inf, NaN)", hypot_slope(INF, NAN)),
            ("hypot' (0, NaN)", hypot_slope(0.0, NAN)),
            ("hypot' (inf, inf)", hypot_slope(INF, -INF)),
            ("atan2'", atan2_slope(INF, NAN)),
            ("rem by 0", rem_quotient(1.0, 0.0)),
            ("rem of inf", rem_quotient(INF, 1.0)),
            ("acosh 0.5", acosh(0.5)),
            ("asin' 2", asin_slope(2.0)),
            ("asin' inf", asin_slope(INF)),
            ("atanh' 2", atanh_slope(2.0)),
            ("atanh'", atanh_slope(NAN)),
            ("max", max(NAN, 1.0)),
            ("max", max(1.0, NAN)),
            ("min", min(NAN, 1.0)),
            ("min", min(1.0, NAN)),
            ("clamp", clamp(NAN, 0.0, 1.0)),
            ("relu", relu(NAN)),
            ("ramp", ramp(NAN)),
            ("hard_tanh", hard_tanh(NAN)),
            ("sign", sign(NAN)),
            ("step", step(NAN)),
            ("round", round_half_even(NAN)),
        ] {
            assert!(got.is_nan(), "{case}: got {got:e}, want NaN");
        }
    }

    #[test]
    fn sums_keep_their_digits() {
        // From left to right the first is 1e-11 off, and the second loses every small term.
        close("a million tenths", sum(&vec![0.1; 1_000_000]), 1e5, 1e-15);
        let mut xs = vec![1.0; 4097];
        xs[0] = 1e16;
        close("one large term", sum(&xs), 1e16 + 4096.0, 1e-14);
    }

    #[test]
    fn squares_are_products() {
        for x in [0.1, -1.7, 3e-160, 1e200, f64::MIN_POSITIVE] {
            assert_eq!(powi(x, 2), x * x);
        }
    }
}
