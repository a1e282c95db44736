//! Every operation, one row each.
//!
//! A row says what the operation is worth (`value`, on plain numbers), what its
//! derivative with respect to each operand is (`d x`, on any number type: on `f64`
//! it is a number, on a dual its derivative, on a [`Var`](crate::Var) it records
//! itself), how a textbook writes that derivative (`says`), the value in JavaScript for
//! the explorer's page (`js`; derivatives follow from the rule), how to typeset the
//! operation (`latex`) and where to sample it in tests (`domain`). Three more columns stand
//! where there is something to say: where the operation has a kink (`kink`: these operands at
//! this number; several places are separated by `;`), the usual mistake behind a value or a
//! derivative that is not finite (`cure`: when, then `mistake: cure`), and how it rounds
//! (`rounds`; else within a unit in the last place). Everything else (methods, sweeps, ledger,
//! page, command, tests) is made from the row.
//!
//! Two habits keep derivatives of any order right. A formula with a branch, `abs`
//! or `max` in it is a row of its own with a smooth rule (`sech_squared`,
//! `ln_slope`), never a branch inside a rule. And where an exact zero must win over
//! an infinity, the rule says `chain_mul` or `quotient_or_zero`.

use super::facts::logsumexp_rounding;
use super::{attributed_method, binary_method, define_ops, ternary_method, unary_method};
use crate::math;
use smallvec::SmallVec;

/// The height of the standard normal density, 1/sqrt(2 pi).
const INV_SQRT_2PI: f64 = 0.398_942_280_401_432_7;
/// Twice the inner factor of gelu's tanh form, 2 sqrt(2/pi).
const GELU_TANH_2K: f64 = 1.595_769_121_605_730_7;

define_ops! {
unary {
    // -- arithmetic ---------------------------------------------------------------
    /// Negation, `-x`.
    Neg = neg(x) -> y {
        value  { -x }
        d x    { N::from(-1.0) }
        says   { -1.0 }
        js     { "-x" }
        latex  { "-{x}" }
        domain { (-3.0, 3.0) }
        rounds { Rounding::NONE }
    }
    /// The square, `x^2`.
    Square = square(x) -> y {
        value  { x * x }
        d x    { x * 2.0 }
        says   { 2.0 * x }
        js     { "x * x" }
        latex  { "{x}^{2}" }
        domain { (-3.0, 3.0) }
        rounds { Rounding::of_product(x, x, y) }
    }
    /// The reciprocal, `1/x`.
    Recip = recip(x) -> y {
        value  { 1.0 / x }
        d x    { -(y * y) }
        says   { -1.0 / pow(x, 2.0) }
        js     { "1 / x" }
        latex  { "\\frac{1}{{x}}" }
        domain { (0.3, 3.0) }
        cure   {
            x == 0.0 => "a division by 0: add a small number to the divisor, or choose with select, whose other side counts for nothing"
        }
        rounds { Rounding::of_quotient(1.0, x, y) }
    }
    /// The square root. At 0 the derivative is +inf.
    Sqrt = sqrt(x) -> y {
        value  { (x + 0.0).sqrt() } // + 0.0: the root of -0.0 is +0.0, so that the slope there is +inf
        d x    { y.recip() * 0.5 }
        says   { 1.0 / (2.0 * y) }
        js     { "Math.sqrt(x + 0)" }
        latex  { "\\sqrt{{x}}" }
        domain { (0.2, 4.0) }
        kink   { x at 0.0 }
        cure   {
            x < 0.0 => "the root of a negative number: keep it at 0 or above with max or abs; a difference that should be 0 may be a little below",
            x == 0.0 => "the slope of a root at 0 is infinite: add a small number under the root; hypot and norm have the slope 0 there"
        }
        rounds { Rounding::of_root(x, y) }
    }
    /// The cube root, of negative numbers too. At 0 the derivative is +inf.
    Cbrt = cbrt(x) -> y {
        value  { x.cbrt() }
        d x    { (y * y * 3.0).recip() }
        says   { 1.0 / (3.0 * pow(y, 2.0)) }
        js     { "Math.cbrt(x)" }
        latex  { "\\sqrt[3]{{x}}" }
        domain { (0.2, 4.0) }
        kink   { x at 0.0 }
        cure   {
            x == 0.0 => "the slope of a cube root at 0 is infinite: add a small number to its operand"
        }
    }

    // -- exponentials and logarithms ----------------------------------------------
    /// The exponential, `e^x`.
    Exp = exp(x) -> y {
        value  { x.exp() }
        d x    { y }
        says   { exp(x) }
        js     { "Math.exp(x)" }
        latex  { "e^{{x}}" }
        domain { (-3.0, 3.0) }
        cure   {
            x > 709.0 => "an exponential above the largest double, 1.8e308: work with the exponent, as logsumexp, softplus and log_softmax do, or clamp it"
        }
    }
    /// The power of two, `2^x`.
    Exp2 = exp2(x) -> y {
        value  { x.exp2() }
        d x    { y * std::f64::consts::LN_2 }
        says   { ln(2.0) * exp2(x) }
        js     { "2 ** x" }
        latex  { "2^{{x}}" }
        domain { (-3.0, 3.0) }
        cure   {
            x > 1023.0 => "a power of two above the largest double, 1.8e308: work with the exponent, as logsumexp, softplus and log_softmax do, or clamp it"
        }
    }
    /// The power of ten, `10^x`.
    Exp10 = exp10(x) -> y {
        value  { math::exp10(x) }
        d x    { y * std::f64::consts::LN_10 }
        says   { ln(10.0) * exp10(x) }
        js     { "10 ** x" }
        latex  { "10^{{x}}" }
        domain { (-2.0, 2.0) }
        cure   {
            x > 308.0 => "a power of ten above the largest double, 1.8e308: work with the exponent, as logsumexp, softplus and log_softmax do, or clamp it"
        }
        rounds { Rounding::ulps(2.0, y) }
    }
    /// `e^x - 1`, exact for small `x`.
    Expm1 = expm1(x) -> y {
        value  { x.exp_m1() }
        d x    { x.exp() }
        says   { exp(x) }
        js     { "Math.expm1(x)" }
        latex  { "\\left(e^{{x}} - 1\\right)" }
        domain { (-3.0, 3.0) }
        cure   {
            x > 709.0 => "an exponential above the largest double, 1.8e308: work with the exponent, as logsumexp, softplus and log_softmax do, or clamp it"
        }
    }
    /// The natural logarithm. `ln 0` is -inf with derivative +inf; NaN below.
    Ln = ln(x) -> y {
        value  { x.ln() }
        d x    { x.ln_slope() }
        says   { 1.0 / x }
        js     { "Math.log(x)" }
        latex  { "\\ln {x}" }
        domain { (0.2, 4.0) }
        cure   {
            x < 0.0 => "the logarithm of a negative number: keep its operand above 0, as with softplus, exp or clamp",
            x == 0.0 => "the logarithm of 0: add a small number, use xlogy for x ln x, and log_softmax or a loss from logits for probabilities"
        }
    }
    /// The logarithm to base 2.
    Log2 = log2(x) -> y {
        value  { x.log2() }
        d x    { x.ln_slope() * std::f64::consts::LOG2_E }
        says   { 1.0 / (x * ln(2.0)) }
        js     { "Math.log2(x)" }
        latex  { "\\log_{2} {x}" }
        domain { (0.2, 4.0) }
        cure   {
            x < 0.0 => "the logarithm of a negative number: keep its operand above 0, as with softplus, exp or clamp",
            x == 0.0 => "the logarithm of 0: add a small number, use xlogy for x ln x, and log_softmax or a loss from logits for probabilities"
        }
    }
    /// The logarithm to base 10.
    Log10 = log10(x) -> y {
        value  { x.log10() }
        d x    { x.ln_slope() * std::f64::consts::LOG10_E }
        says   { 1.0 / (x * ln(10.0)) }
        js     { "Math.log10(x)" }
        latex  { "\\log_{10} {x}" }
        domain { (0.2, 4.0) }
        cure   {
            x < 0.0 => "the logarithm of a negative number: keep its operand above 0, as with softplus, exp or clamp",
            x == 0.0 => "the logarithm of 0: add a small number, use xlogy for x ln x, and log_softmax or a loss from logits for probabilities"
        }
    }
    /// `ln(1 + x)`, exact for small `x`.
    Log1p = log1p(x) -> y {
        value  { x.ln_1p() }
        d x    { (x + 1.0).ln_slope() }
        says   { 1.0 / (1.0 + x) }
        js     { "Math.log1p(x)" }
        latex  { "\\ln\\left(1 + {x}\\right)" }
        domain { (-0.7, 3.0) }
        cure   {
            x < -1.0 => "the logarithm of a negative number: keep the operand above -1",
            x == -1.0 => "the logarithm of 0: keep the operand above -1"
        }
    }
    /// The slope of `ln`: `1/x` where `ln` is defined, NaN below 0, +inf at 0.
    LnSlope = ln_slope(x) -> y {
        value  { math::ln_slope(x) }
        d x    { -(y * y) }
        says   { -1.0 / pow(x, 2.0) }
        js     { "x < 0 ? NaN : 1 / Math.abs(x)" }
        latex  { "\\ln'\\left({x}\\right)" }
        domain { (0.3, 3.0) }
        cure   {
            x < 0.0 => "the logarithm of a negative number: keep its operand above 0, as with softplus, exp or clamp",
            x == 0.0 => "the logarithm of 0: add a small number, use xlogy for x ln x, and log_softmax or a loss from logits for probabilities"
        }
    }

    // -- trigonometry -------------------------------------------------------------
    /// The sine of an angle in radians.
    Sin = sin(x) -> y {
        value  { x.sin() }
        d x    { x.cos() }
        says   { cos(x) }
        js     { "Math.sin(x)" }
        latex  { "\\sin {x}" }
        domain { (-3.0, 3.0) }
    }
    /// The cosine of an angle in radians.
    Cos = cos(x) -> y {
        value  { x.cos() }
        d x    { -x.sin() }
        says   { -sin(x) }
        js     { "Math.cos(x)" }
        latex  { "\\cos {x}" }
        domain { (-3.0, 3.0) }
    }
    /// The tangent of an angle in radians.
    Tan = tan(x) -> y {
        value  { x.tan() }
        d x    { y * y + 1.0 }
        says   { 1.0 + pow(tan(x), 2.0) }
        js     { "Math.tan(x)" }
        latex  { "\\tan {x}" }
        domain { (-1.2, 1.2) }
    }
    /// The arc sine, in radians.
    Asin = asin(x) -> y {
        value  { x.asin() }
        d x    { x.asin_slope() }
        says   { 1.0 / sqrt(1.0 - pow(x, 2.0)) }
        js     { "Math.asin(x)" }
        latex  { "\\arcsin {x}" }
        domain { (-0.8, 0.8) }
        kink   { x at 1.0_f64.copysign(x) }
        cure   {
            x.abs() > 1.0 => "an arc sine outside of [-1, 1]: clamp the operand; rounding may carry a ratio a little beyond",
            x.abs() == 1.0 => "the slope of an arc sine at 1 is infinite: keep the operand inside (-1, 1), or take atan2"
        }
    }
    /// The arc cosine, in radians.
    Acos = acos(x) -> y {
        value  { x.acos() }
        d x    { -x.asin_slope() }
        says   { -1.0 / sqrt(1.0 - pow(x, 2.0)) }
        js     { "Math.acos(x)" }
        latex  { "\\arccos {x}" }
        domain { (-0.8, 0.8) }
        kink   { x at 1.0_f64.copysign(x) }
        cure   {
            x.abs() > 1.0 => "an arc cosine outside of [-1, 1]: clamp the operand; rounding may carry a ratio a little beyond",
            x.abs() == 1.0 => "the slope of an arc cosine at 1 is infinite: keep the operand inside (-1, 1), or take atan2"
        }
    }
    /// The slope of `asin`, `1/sqrt(1 - x^2)`; NaN outside [-1, 1].
    AsinSlope = asin_slope(x) -> y {
        value  { math::asin_slope(x) }
        d x    { x.chain_mul(y * y * y) } // through (1 - x)(1 + x) it would lose x near 0
        says   { x / pow(1.0 - pow(x, 2.0), 1.5) }
        js     { "1 / Math.sqrt((1 - x) * (1 + x))" }
        latex  { "\\frac{1}{\\sqrt{1 - {x}^{2}}}" }
        domain { (-0.8, 0.8) }
        cure   {
            x.abs() > 1.0 => "an arc sine outside of [-1, 1]: clamp the operand; rounding may carry a ratio a little beyond",
            x.abs() == 1.0 => "the slope of an arc sine at 1 is infinite: keep the operand inside (-1, 1), or take atan2"
        }
        rounds { Rounding::ulps(3.0, y) }
    }
    /// The arc tangent, in radians.
    Atan = atan(x) -> y {
        value  { x.atan() }
        d x    { (x * x + 1.0).recip() }
        says   { 1.0 / (1.0 + pow(x, 2.0)) }
        js     { "Math.atan(x)" }
        latex  { "\\arctan {x}" }
        domain { (-3.0, 3.0) }
    }

    // -- hyperbolic functions -----------------------------------------------------
    /// Hyperbolic sine.
    Sinh = sinh(x) -> y {
        value  { x.sinh() }
        d x    { x.cosh() }
        says   { cosh(x) }
        js     { "Math.sinh(x)" }
        latex  { "\\sinh {x}" }
        domain { (-3.0, 3.0) }
        cure   {
            x.abs() > 709.0 => "a hyperbolic sine above the largest double, 1.8e308: work with the exponent, as logsumexp, softplus and log_softmax do, or clamp it"
        }
        rounds { Rounding::ulps(2.0, y) }
    }
    /// Hyperbolic cosine.
    Cosh = cosh(x) -> y {
        value  { x.cosh() }
        d x    { x.sinh() }
        says   { sinh(x) }
        js     { "Math.cosh(x)" }
        latex  { "\\cosh {x}" }
        domain { (-3.0, 3.0) }
        cure   {
            x.abs() > 709.0 => "a hyperbolic cosine above the largest double, 1.8e308: work with the exponent, as logsumexp, softplus and log_softmax do, or clamp it"
        }
        rounds { Rounding::ulps(2.0, y) }
    }
    /// Hyperbolic tangent.
    Tanh = tanh(x) -> y {
        value  { x.tanh() }
        d x    { x.sech_squared() }
        says   { 1.0 - pow(y, 2.0) }
        js     { "Math.tanh(x)" }
        latex  { "\\tanh {x}" }
        domain { (-3.0, 3.0) }
        rounds { Rounding::ulps(2.0, y) }
    }
    /// The slope of tanh, `1 - tanh(x)^2`, without its loss of digits in the tails.
    SechSquared = sech_squared(x) -> y {
        value  { math::sech_squared(x) }
        d x    { x.tanh().chain_mul(y) * -2.0 }
        says   { -2.0 * tanh(x) * y }
        js     { "4 * Math.exp(-2 * Math.abs(x)) / (1 + Math.exp(-2 * Math.abs(x))) ** 2" }
        latex  { "\\operatorname{sech}^{2} {x}" }
        domain { (-3.0, 3.0) }
        rounds { Rounding::ulps(3.0, y) }
    }
    /// Inverse hyperbolic sine.
    Asinh = asinh(x) -> y {
        value  { math::asinh(x) }
        d x    { x.hypot(N::from(1.0)).recip() }
        says   { 1.0 / sqrt(1.0 + pow(x, 2.0)) }
        js     { "Math.asinh(x)" }
        latex  { "\\operatorname{arsinh} {x}" }
        domain { (-3.0, 3.0) }
        rounds { Rounding::ulps(2.0, y) }
    }
    /// Inverse hyperbolic cosine; NaN below 1.
    Acosh = acosh(x) -> y {
        value  { math::acosh(x) }
        d x    { ((x - 1.0).sqrt() * (x + 1.0).sqrt()).recip() }
        says   { 1.0 / sqrt(pow(x, 2.0) - 1.0) }
        js     { "Math.acosh(x)" }
        latex  { "\\operatorname{arcosh} {x}" }
        domain { (1.3, 4.0) }
        kink   { x at 1.0 }
        cure   {
            x < 1.0 => "an inverse hyperbolic cosine below 1: keep the operand at 1 or above",
            x == 1.0 => "the slope of acosh at 1 is infinite: keep the operand above 1"
        }
        rounds { Rounding::ulps(2.0, y) }
    }
    /// Inverse hyperbolic tangent; NaN outside [-1, 1].
    Atanh = atanh(x) -> y {
        value  { math::atanh(x) }
        d x    { x.atanh_slope() }
        says   { 1.0 / (1.0 - pow(x, 2.0)) }
        js     { "Math.atanh(x)" }
        latex  { "\\operatorname{artanh} {x}" }
        domain { (-0.8, 0.8) }
        cure   {
            x.abs() > 1.0 => "an inverse hyperbolic tangent outside of [-1, 1]: keep the operand inside, as with tanh or clamp",
            x.abs() == 1.0 => "the inverse hyperbolic tangent of 1 is infinite: keep the operand inside (-1, 1)"
        }
        rounds { Rounding::ulps(2.0, y) }
    }
    /// The slope of `atanh`, `1/(1 - x^2)`; NaN outside [-1, 1].
    AtanhSlope = atanh_slope(x) -> y {
        value  { math::atanh_slope(x) }
        d x    { x.chain_mul(y * y) * 2.0 } // through (1 - x)(1 + x) it would lose x near 0
        says   { 2.0 * x * pow(y, 2.0) }
        js     { "Math.abs(x) > 1 ? NaN : 1 / ((1 - x) * (1 + x))" }
        latex  { "\\frac{1}{1 - {x}^{2}}" }
        domain { (-0.8, 0.8) }
        cure   {
            x.abs() > 1.0 => "an inverse hyperbolic tangent outside of [-1, 1]: keep the operand inside, as with tanh or clamp",
            x.abs() == 1.0 => "the inverse hyperbolic tangent of 1 is infinite: keep the operand inside (-1, 1)"
        }
        rounds { Rounding::ulps(2.0, y) }
    }

    // -- activations --------------------------------------------------------------
    /// The logistic sigmoid, `1 / (1 + e^-x)`.
    Sigmoid = sigmoid(x) -> y {
        value  { math::sigmoid(x) }
        d x    { x.sigmoid_slope() }
        says   { (1.0 - y) * y }
        js     { "1 / (1 + Math.exp(-x))" }
        latex  { "\\sigma\\left({x}\\right)" }
        domain { (-4.0, 4.0) }
        rounds { Rounding::ulps(2.0, y) }
    }
    /// The slope of the sigmoid, `s (1 - s)`, without its loss of digits in the tails.
    SigmoidSlope = sigmoid_slope(x) -> y {
        value  { math::sigmoid_slope(x) }
        d x    { -(y.chain_mul((x * 0.5).tanh())) }
        says   { y * (1.0 - 2.0 * sigmoid(x)) }
        js     { "Math.exp(-Math.abs(x)) / (1 + Math.exp(-Math.abs(x))) ** 2" }
        latex  { "\\sigma'\\left({x}\\right)" }
        domain { (-4.0, 4.0) }
        rounds { Rounding::ulps(3.0, y) }
    }
    /// The logarithm of the sigmoid, `-ln(1 + e^-x)`, finite wherever it is finite.
    LogSigmoid = log_sigmoid(x) -> y {
        value  { math::log_sigmoid(x) }
        d x    { (-x).sigmoid() }
        says   { 1.0 - sigmoid(x) }
        js     { "Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)))" }
        latex  { "\\ln\\sigma\\left({x}\\right)" }
        domain { (-4.0, 4.0) }
        rounds { Rounding::ulps(2.0, y) }
    }
    /// Softplus, `ln(1 + e^x)`, without threshold.
    Softplus = softplus(x) -> y {
        value  { math::softplus(x) }
        d x    { x.sigmoid() }
        says   { sigmoid(x) }
        js     { "Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))" }
        latex  { "\\operatorname{softplus}\\left({x}\\right)" }
        domain { (-4.0, 4.0) }
        rounds { Rounding::ulps(2.0, y) }
    }
    /// The rectifier: `x` above 0, else 0. At the kink its derivative is 0.
    Relu = relu(x) -> y {
        value  { math::relu(x) }
        d x    { x.relu_slope() }
        says   { relu_slope(x) }
        js     { "x <= 0 ? 0 : x" }
        latex  { "\\operatorname{relu}\\left({x}\\right)" }
        domain { (0.2, 3.0) }
        kink   { x at 0.0 }
        rounds { Rounding::NONE }
    }
    /// The slope of relu: 1 above 0, else 0. Its own derivative is 0.
    ReluSlope = relu_slope(x) -> y {
        value  { if x > 0.0 { 1.0 } else if x <= 0.0 { 0.0 } else { f64::NAN } }
        d x    { N::from(0.0) }
        says   { 0.0 }
        js     { "x > 0 ? 1 : x <= 0 ? 0 : NaN" }
        latex  { "\\operatorname{relu}'\\left({x}\\right)" }
        domain { (0.2, 3.0) }
        kink   { x at 0.0 }
        rounds { Rounding::NONE }
    }
    /// Scaled exponential linear unit (Klambauer et al. 2017): `elu` with alpha 1.673, times 1.0507.
    Selu = selu(x) -> y {
        value  { math::selu(x) }
        d x    { x.elu_slope(math::SELU_ALPHA) * math::SELU_SCALE }
        says   { elu_slope(x, 1.6732632423543772) * 1.0507009873554805 }
        js     { "1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))" }
        latex  { "\\operatorname{selu}\\left({x}\\right)" }
        domain { (-3.0, -0.2) }
        kink   { x at 0.0 }
        rounds { Rounding::ulps(3.0, y) }
    }
    /// Sigmoid linear unit (swish), `x sigmoid(x)`.
    Silu = silu(x) -> y {
        value  { math::silu(x) }
        d x    { x.sigmoid() + x.chain_mul(x.sigmoid_slope()) }
        says   { sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x))) }
        js     { "damped(x, 1 / (1 + Math.exp(-x)))" }
        latex  { "\\operatorname{silu}\\left({x}\\right)" }
        domain { (-4.0, 4.0) }
        rounds { Rounding::ulps(3.0, y) }
    }
    /// Mish (Misra 2019), `x tanh(softplus(x))`.
    Mish = mish(x) -> y {
        value  { math::mish(x) }
        d x    { let s = x.softplus(); s.tanh() + x.chain_mul(s.sech_squared().chain_mul(x.sigmoid())) }
        says   { tanh(softplus(x)) + x * sech_squared(softplus(x)) * sigmoid(x) }
        js     { "damped(x, Math.tanh(Math.log1p(Math.exp(x))))" }
        latex  { "\\operatorname{mish}\\left({x}\\right)" }
        domain { (-4.0, 4.0) }
        rounds { Rounding::ulps(4.0, y) }
    }
    /// Softsign, `x / (1 + |x|)`.
    Softsign = softsign(x) -> y {
        value  { math::softsign(x) }
        d x    { (x.abs() + 1.0).recip().square() }
        says   { 1.0 / pow(1.0 + abs(x), 2.0) }
        js     { "Math.abs(x) === Infinity ? Math.sign(x) : x / (1 + Math.abs(x))" }
        latex  { "\\operatorname{softsign}\\left({x}\\right)" }
        domain { (0.2, 3.0) }
        rounds { Rounding::ulps(2.0, y) }
    }
    /// Gaussian error linear unit in its exact form, `x Phi(x)` (Hendrycks, Gimpel 2016).
    Gelu = gelu(x) -> y {
        value  { math::gelu(x) }
        d x    {
            let phi = (x * x * -0.5).exp() * INV_SQRT_2PI;
            (x * -std::f64::consts::FRAC_1_SQRT_2).erfc() * 0.5 + x.chain_mul(phi)
        }
        says   { erfc(-x / sqrt(2.0)) / 2.0 + x * exp(-pow(x, 2.0) / 2.0) / sqrt(2.0 * PI) }
        js     { "damped(x, erfc(-x * Math.SQRT1_2) / 2)" }
        latex  { "\\operatorname{gelu}\\left({x}\\right)" }
        domain { (-3.0, 3.0) }
        rounds { Rounding::ulps(2.0 + 0.75 * x.min(0.0).powi(2), y) }
    }
    /// Gelu's tanh form, `x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))`.
    GeluTanh = gelu_tanh(x) -> y {
        value  { math::gelu_tanh(x) }
        d x    {
            let u = (x + x * x * x * 0.044715) * GELU_TANH_2K; // 1 + tanh(k) = 2 sigmoid(2k)
            let du = (x * x * (3.0 * 0.044715) + 1.0) * GELU_TANH_2K;
            u.sigmoid() + x.chain_mul(u.sigmoid_slope().chain_mul(du))
        }
        says   {
            (1.0 + tanh(sqrt(2.0 / PI) * (x + 0.044715 * pow(x, 3.0)))) / 2.0
                + x * sech_squared(sqrt(2.0 / PI) * (x + 0.044715 * pow(x, 3.0)))
                    * sqrt(2.0 / PI) * (1.0 + 0.134145 * pow(x, 2.0)) / 2.0
        }
        js     { "damped(x, 1 / (1 + Math.exp(-1.5957691216057308 * x * (1 + 0.044715 * x * x))))" }
        latex  { "\\operatorname{gelu}_{\\tanh}\\left({x}\\right)" }
        domain { (-3.0, 3.0) }
        rounds { Rounding::ulps(2.0 - x.min(0.0) * (0.08 * x * x + 1.6), y) }
    }
    /// Hard tanh: `x` held to [-1, 1]. At the corners its derivative is 0.
    HardTanh = hard_tanh(x) -> y {
        value  { math::hard_tanh(x) }
        d x    { x.within(N::from(-1.0), N::from(1.0)) }
        says   { within(x, -1.0, 1.0) }
        js     { "Math.min(Math.max(x, -1), 1)" }
        latex  { "\\operatorname{hardtanh}\\left({x}\\right)" }
        domain { (-0.9, 0.9) }
        kink   { x at -1.0; x at 1.0 }
        rounds { Rounding::NONE }
    }
    /// The lectures' ramp, `max(0, min(1, x + 1/2))`. At the corners its derivative is 0.
    Ramp = ramp(x) -> y {
        value  { math::ramp(x) }
        d x    { x.within(N::from(-0.5), N::from(0.5)) }
        says   { within(x, -0.5, 0.5) }
        js     { "Math.min(Math.max(x + 0.5, 0), 1)" }
        latex  { "\\operatorname{ramp}\\left({x}\\right)" }
        domain { (-0.4, 0.4) }
        kink   { x at -0.5; x at 0.5 }
    }

    // -- steps: derivative 0 everywhere -------------------------------------------
    /// The unit step: 0 below 0, 1 above, 1/2 at 0. Its derivative is 0.
    Step = step(x) -> y {
        value  { math::step(x) }
        d x    { N::from(0.0) }
        says   { 0.0 }
        js     { "0.5 + 0.5 * Math.sign(x)" }
        latex  { "\\operatorname{step}\\left({x}\\right)" }
        domain { (0.2, 3.0) }
        kink   { x at 0.0 }
        rounds { Rounding::NONE }
    }
    /// The sign: -1, 0 or 1; `sign(0)` is 0 (not 1, as with `f64::signum`). Its derivative is 0.
    Sign = sign(x) -> y {
        value  { math::sign(x) }
        d x    { N::from(0.0) }
        says   { 0.0 }
        js     { "Math.sign(x) + 0" }
        latex  { "\\operatorname{sign}\\left({x}\\right)" }
        domain { (0.2, 3.0) }
        kink   { x at 0.0 }
        rounds { Rounding::NONE }
    }
    /// The largest whole number not above `x`. Its derivative is 0.
    Floor = floor(x) -> y {
        value  { x.floor() }
        d x    { N::from(0.0) }
        says   { 0.0 }
        js     { "Math.floor(x)" }
        latex  { "\\left\\lfloor {x} \\right\\rfloor" }
        domain { (0.1, 0.9) }
        kink   { x at x.round() }
        rounds { Rounding::NONE }
    }
    /// The smallest whole number not below `x`. Its derivative is 0.
    Ceil = ceil(x) -> y {
        value  { x.ceil() }
        d x    { N::from(0.0) }
        says   { 0.0 }
        js     { "Math.ceil(x)" }
        latex  { "\\left\\lceil {x} \\right\\rceil" }
        domain { (0.1, 0.9) }
        kink   { x at x.round() }
        rounds { Rounding::NONE }
    }
    /// The nearest whole number, halves to even (not away from 0, as with `f64::round`). Its derivative is 0.
    Round = round(x) -> y {
        value  { math::round_half_even(x) }
        d x    { N::from(0.0) }
        says   { 0.0 }
        js     { "x - Math.floor(x) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)" }
        latex  { "\\operatorname{round}\\left({x}\\right)" }
        domain { (0.6, 1.4) }
        kink   { x at x.floor() + 0.5 }
        rounds { Rounding::NONE }
    }
    /// `x` without its fraction. Its derivative is 0.
    Trunc = trunc(x) -> y {
        value  { x.trunc() }
        d x    { N::from(0.0) }
        says   { 0.0 }
        js     { "Math.trunc(x)" }
        latex  { "\\operatorname{trunc}\\left({x}\\right)" }
        domain { (0.1, 0.9) }
        kink   { x at x.round() }
        rounds { Rounding::NONE }
    }
    /// The absolute value. At 0 its derivative is 0.
    Abs = abs(x) -> y {
        value  { x.abs() }
        d x    { x.sign() }
        says   { sign(x) }
        js     { "Math.abs(x)" }
        latex  { "\\left|{x}\\right|" }
        domain { (0.2, 3.0) }
        kink   { x at 0.0 }
        rounds { Rounding::NONE }
    }

    // -- special functions --------------------------------------------------------
    /// The error function.
    Erf = erf(x) -> y {
        value  { math::erf(x) }
        d x    { (-(x * x)).exp() * std::f64::consts::FRAC_2_SQRT_PI }
        says   { 2.0 / sqrt(PI) * exp(-pow(x, 2.0)) }
        js     { "erf(x)" }
        latex  { "\\operatorname{erf}\\left({x}\\right)" }
        domain { (-2.0, 2.0) }
        rounds { Rounding::ulps(2.0, y) }
    }
    /// The complementary error function, `1 - erf(x)`, exact in its tail.
    Erfc = erfc(x) -> y {
        value  { math::erfc(x) }
        d x    { (-(x * x)).exp() * -std::f64::consts::FRAC_2_SQRT_PI }
        says   { -2.0 / sqrt(PI) * exp(-pow(x, 2.0)) }
        js     { "erfc(x)" }
        latex  { "\\operatorname{erfc}\\left({x}\\right)" }
        domain { (-2.0, 2.0) }
        rounds { Rounding::ulps(2.0, y) }
    }
    /// The logarithm of the gamma function's absolute value.
    Lgamma = lgamma(x) -> y {
        value  { math::lgamma(x) }
        d x    { x.digamma() }
        says   { digamma(x) }
        js     { "lgamma(x)" }
        latex  { "\\ln\\left|\\Gamma\\left({x}\\right)\\right|" }
        domain { (0.4, 5.0) }
        cure   {
            x <= 0.0 && x.fract() == 0.0 => "a pole of the gamma function: keep the operand above 0"
        }
        rounds { Rounding::ulps(3.0, if x > 0.0 { y } else { y.abs().max(1.0) }) }
    }
    /// The digamma function, derivative of `lgamma`; NaN at its poles.
    Digamma = digamma(x) -> y {
        value  { math::digamma(x) }
        d x    { x.polygamma(1) }
        says   { polygamma(x, 1.0) }
        js     { "polygamma(0, x)" }
        latex  { "\\psi\\left({x}\\right)" }
        domain { (0.4, 5.0) }
        cure   {
            x <= 0.0 && x.fract() == 0.0 => "a pole of the gamma function: keep the operand above 0"
        }
        rounds { Rounding::ulps(6.0, y.abs().max(1.0)) }
    }
}
attributed {
    /// A whole power, `x^n`: exact for negative `x`; `x^0` is 1 with derivative 0, at NaN too.
    Powi = powi(x; n: i32 = [3, 0, 1, 2, 5, 12, -1, -2]) -> y {
        value  { math::powi(x, n) }
        d x    {
            // The square is by far the commonest; the rest is kept out of the sweep's loop.
            if n == 2 { x * 2.0 } else { powi_slope(x, n, y) }
        }
        says   { n * pow(x, n - 1.0) }
        js     { "x ** n" }
        latex  { "{x}^{{n}}" }
        domain { (0.3, 2.0) }
        cure   {
            x == 0.0 && n < 0.0 => "a negative power of 0, a division by 0: add a small number to the base"
        }
        rounds { Rounding::ulps(2.0, y) }
    }
    /// The polygamma function of order `n`: the n-th derivative of `digamma`.
    Polygamma = polygamma(x; n: i32 = [1, 0, 2, 3]) -> y {
        value  { if n < 0 { f64::NAN } else { math::polygamma(n as u32, x) } }
        d x    { if n < 0 { N::from(f64::NAN) } else { x.polygamma(n.saturating_add(1)) } }
        says   { polygamma(x, n + 1.0) }
        js     { "n < 0 ? NaN : polygamma(n, x)" }
        latex  { "\\psi^{({n})}\\left({x}\\right)" }
        domain { (0.4, 5.0) }
        cure   {
            x <= 0.0 && x.fract() == 0.0 => "a pole of the gamma function: keep the operand above 0"
        }
        rounds { Rounding::ulps(8.0, y) }
    }
    /// Leaky relu: `x` above 0, else `slope x`. At 0 its derivative is `slope`.
    LeakyRelu = leaky_relu(x; slope: f64 = [0.01, 0.2]) -> y {
        value  { if x > 0.0 { x } else { math::damped(x, slope) } }
        d x    { x.leaky_relu_slope(slope) }
        says   { leaky_relu_slope(x, slope) }
        js     { "x > 0 ? x : damped(x, slope)" }
        latex  { "\\operatorname{leakyrelu}_{{slope}}\\left({x}\\right)" }
        domain { (-3.0, -0.2) }
        kink   { x at 0.0 }
        rounds { if x > 0.0 { Rounding::NONE } else { Rounding::of_product(x, slope, y) } }
    }
    /// The slope of leaky relu: 1 above 0, else `slope`. Its own derivative is 0.
    LeakyReluSlope = leaky_relu_slope(x; slope: f64 = [0.01, 0.2]) -> y {
        value  { if x > 0.0 { 1.0 } else if x <= 0.0 { slope } else { f64::NAN } }
        d x    { N::from(0.0) }
        says   { 0.0 }
        js     { "x > 0 ? 1 : x <= 0 ? slope : NaN" }
        latex  { "\\operatorname{leakyrelu}'_{{slope}}\\left({x}\\right)" }
        domain { (-3.0, -0.2) }
        kink   { x at 0.0 }
        rounds { Rounding::NONE }
    }
    /// Exponential linear unit (Clevert et al. 2015): `x` above 0, else `alpha (e^x - 1)`.
    Elu = elu(x; alpha: f64 = [1.0, 0.5]) -> y {
        value  { math::elu(x, alpha) }
        d x    { x.elu_slope(alpha) }
        says   { elu_slope(x, alpha) }
        js     { "x > 0 ? x : alpha * Math.expm1(x)" }
        latex  { "\\operatorname{elu}_{{alpha}}\\left({x}\\right)" }
        domain { (-3.0, -0.2) }
        kink   { x at 0.0 }
        rounds { Rounding::ulps(2.0, y) }
    }
    /// The slope of elu: 1 above 0, else `alpha e^x`.
    EluSlope = elu_slope(x; alpha: f64 = [1.0, 0.5]) -> y {
        value  { if x > 0.0 { 1.0 } else { alpha * x.exp() } }
        d x    { x.elu_curve(alpha) }
        says   { elu_curve(x, alpha) }
        js     { "x > 0 ? 1 : alpha * Math.exp(x)" }
        latex  { "\\operatorname{elu}'_{{alpha}}\\left({x}\\right)" }
        domain { (-3.0, -0.2) }
        kink   { x at 0.0 }
        rounds { Rounding::ulps(2.0, y) }
    }
    /// The curvature of elu: 0 above 0, else `alpha e^x`; its own derivative.
    EluCurve = elu_curve(x; alpha: f64 = [1.0, 0.5]) -> y {
        value  { if x > 0.0 { 0.0 } else { alpha * x.exp() } }
        d x    { y }
        says   { y }
        js     { "x > 0 ? 0 : alpha * Math.exp(x)" }
        latex  { "\\operatorname{elu}''_{{alpha}}\\left({x}\\right)" }
        domain { (-3.0, -0.2) }
        kink   { x at 0.0 }
        rounds { Rounding::ulps(2.0, y) }
    }
}
binary {
    /// The sum of two numbers, `x + y`.
    Add = add(x, y) -> v {
        value  { x + y }
        d x    { N::from(1.0) }
        d y    { N::from(1.0) }
        says   { 1.0, 1.0 }
        js     { "x + y" }
        latex  { "{x} + {y}" }
        domain { (-3.0, 3.0), (-3.0, 3.0) }
        rounds { Rounding::of_sum(x, y, v) }
    }
    /// The difference, `x - y`.
    Sub = sub(x, y) -> v {
        value  { x - y }
        d x    { N::from(1.0) }
        d y    { N::from(-1.0) }
        says   { 1.0, -1.0 }
        js     { "x - y" }
        latex  { "{x} - {y}" }
        domain { (-3.0, 3.0), (-3.0, 3.0) }
        rounds { Rounding::of_sum(x, -y, v) }
    }
    /// The product, `x y`.
    Mul = mul(x, y) -> v {
        value  { x * y }
        d x    { y }
        d y    { x }
        says   { y, x }
        js     { "x * y" }
        latex  { "{x} \\cdot {y}" }
        domain { (-3.0, 3.0), (-3.0, 3.0) }
        rounds { Rounding::of_product(x, y, v) }
    }
    /// The quotient, `x / y`.
    Div = div(x, y) -> v {
        value  { x / y }
        d x    { y.recip() }
        d y    { -(v / y) } // not -x/y^2: y^2 overflows at 1e200
        says   { 1.0 / y, -x / pow(y, 2.0) }
        js     { "x / y" }
        latex  { "\\frac{{x}}{{y}}" }
        domain { (-3.0, 3.0), (0.3, 3.0) }
        cure   {
            x == 0.0 && y == 0.0 => "0 divided by 0: find out why both vanish; quotient_or_zero gives 0, select chooses",
            y == 0.0 => "a division by 0: add a small number to the divisor, or choose with select, whose other side counts for nothing"
        }
        rounds { Rounding::of_quotient(x, y, v) }
    }
    /// The product of the chain rule: `x y`, but 0 where either is exactly 0.
    ChainMul = chain_mul(x, y) -> v {
        value  { chain_product(x, y) }
        d x    { y }
        d y    { x }
        says   { y, x }
        js     { "x === 0 || y === 0 ? 0 : x * y + 0" }
        latex  { "{x} \\cdot {y}" }
        domain { (0.2, 3.0), (0.2, 3.0) }
        rounds { Rounding::of_product(x, y, v) }
    }
    /// The quotient `x / y`, but 0 where `y` is 0.
    QuotientOrZero = quotient_or_zero(x, y) -> v {
        value  { if y == 0.0 { 0.0 } else { x / y } }
        d x    { N::from(1.0).quotient_or_zero(y) }
        d y    { -(v.quotient_or_zero(y)) }
        says   { 1.0 / y, -x / pow(y, 2.0) }
        js     { "y === 0 ? 0 : x / y" }
        latex  { "\\frac{{x}}{{y}}" }
        domain { (-3.0, 3.0), (0.3, 3.0) }
        rounds { if y == 0.0 { Rounding::NONE } else { Rounding::of_quotient(x, y, v) } }
    }
    /// The power `x^y`, as IEEE 754 has it. With a literal exponent `ln x` is never touched.
    Pow = pow(x, y) -> v {
        value  { math::pow(x, y) }
        d x    { y.chain_mul(x.pow(y - 1.0)) }
        d y    { x.pow_ln(y) }
        says   { y * pow(x, y - 1.0), pow(x, y) * ln(x) }
        js     { "y === 0 || x === 1 ? 1 : x ** y" }
        latex  { "{x}^{{y}}" }
        domain { (0.3, 2.0), (-2.0, 3.0) }
        kink   { x at if 0.0 < y && y < 1.0 { 0.0 } else { f64::NAN } }
        cure   {
            x < 0.0 && y.fract() != 0.0 => "a negative number to a fractional power: keep the base at 0 or above, or use powi for a whole exponent",
            x < 0.0 => "the derivative by the exponent of a negative base does not exist: use powi, or a literal exponent",
            x == 0.0 && y < 0.0 => "a negative power of 0, a division by 0: add a small number to the base",
            x == 0.0 && y < 1.0 => "the slope of a power below 1 at 0 is infinite: add a small number to the base"
        }
    }
    /// `x^y ln x`, the derivative of a power by its exponent; at `x = 0`: 0 for `y >= 0`, else -inf.
    PowLn = pow_ln(x, y) -> v {
        value  { math::pow_ln(x, y) }
        d x    { x.pow_ln(y - 1.0).chain_mul(y) + x.pow(y - 1.0) }
        d y    { v.chain_mul(x.ln()) }
        says   { pow(x, y - 1.0) * (y * ln(x) + 1.0), pow(x, y) * pow(ln(x), 2.0) }
        js     { "Number.isNaN(y) ? y : x === 0 && y >= 0 ? 0 : damped(Math.log(x), x ** y)" }
        latex  { "{x}^{{y}} \\ln {x}" }
        domain { (0.3, 2.0), (-2.0, 3.0) }
        cure   {
            x < 0.0 && y.fract() != 0.0 => "a negative number to a fractional power: keep the base at 0 or above, or use powi for a whole exponent",
            x < 0.0 => "the derivative by the exponent of a negative base does not exist: use powi, or a literal exponent",
            x == 0.0 && y < 0.0 => "a negative power of 0, a division by 0: add a small number to the base",
            x == 0.0 && y < 1.0 => "the slope of a power below 1 at 0 is infinite: add a small number to the base"
        }
        rounds { Rounding::ulps(3.0, v) }
    }
    /// The remainder of `x / y` with the sign of `x`, as Rust's `%`.
    Rem = rem(x, y) -> v {
        value  { x % y }
        d x    { x.rem_slope(y) }
        d y    { -x.rem_quotient(y) }
        says   { 1.0, -trunc(x / y) }
        js     { "x % y" }
        latex  { "{x} \\bmod {y}" }
        domain { (2.3, 2.5), (0.95, 1.05) }
        kink   { x at y * (x / y).round() }
        cure   { y == 0.0 => "the remainder of a division by 0: keep the divisor away from 0" }
        rounds { Rounding::NONE }
    }
    /// How often `y` goes into `x`: the whole number in `x % y = x - q y`. Its derivative is 0.
    RemQuotient = rem_quotient(x, y) -> v {
        value  { math::rem_quotient(x, y) }
        d x    { N::from(0.0) }
        d y    { N::from(0.0) }
        says   { 0.0, 0.0 }
        js     { "Math.round((x - x % y) / y)" }
        latex  { "\\operatorname{trunc}\\left({x} / {y}\\right)" }
        domain { (2.3, 2.5), (0.95, 1.05) }
        kink   { x at y * (x / y).round() }
        rounds { Rounding::NONE }
    }
    /// The slope of `x % y` by `x`: 1, and NaN where there is no remainder. Its own derivative is 0.
    RemSlope = rem_slope(x, y) -> v {
        value  { if (x % y).is_nan() { f64::NAN } else { 1.0 } }
        d x    { N::from(0.0) }
        d y    { N::from(0.0) }
        says   { 0.0, 0.0 }
        js     { "Number.isNaN(x % y) ? NaN : 1" }
        latex  { "1" }
        domain { (2.3, 2.5), (0.95, 1.05) }
        rounds { Rounding::NONE }
    }
    /// The angle of the point (`x`, `y`), in radians: `y.atan2(x)`. Its gradient at the origin is 0.
    Atan2 = atan2(y, x) -> v {
        value  { y.atan2(x) }
        d y    { x.atan2_slope(y) }
        d x    { -y.atan2_slope(x) }
        says   { x / (pow(x, 2.0) + pow(y, 2.0)), -y / (pow(x, 2.0) + pow(y, 2.0)) }
        js     { "Math.atan2(y, x)" }
        latex  { "\\operatorname{atan2}\\left({y}, {x}\\right)" }
        domain { (0.3, 3.0), (0.3, 3.0) }
        kink   { y, x at 0.0; y at if x < 0.0 { 0.0 } else { f64::NAN } }
    }
    /// The slope of `atan2`, `x / (x^2 + y^2)`; 0 at the origin and at infinity.
    Atan2Slope = atan2_slope(x, y) -> v {
        value  { math::atan2_slope(x, y) }
        d x    { y.atan2_slope(x).square() - v.square() }
        d y    { v * y.atan2_slope(x) * -2.0 }
        says   {
            (pow(y, 2.0) - pow(x, 2.0)) / pow(pow(x, 2.0) + pow(y, 2.0), 2.0),
            -2.0 * x * y / pow(pow(x, 2.0) + pow(y, 2.0), 2.0)
        }
        js     { "[0, Infinity].includes(hypot(x, y)) ? 0 : x / hypot(x, y) / hypot(x, y)" }
        latex  { "\\frac{{x}}{{x}^{2} + {y}^{2}}" }
        domain { (0.3, 3.0), (0.3, 3.0) }
        kink   { x, y at 0.0 }
        rounds { Rounding::ulps(3.0, v) }
    }
    /// The length of the vector (`x`, `y`), without overflow. Its gradient at the origin is 0.
    Hypot = hypot(x, y) -> v {
        value  { math::hypot(x, y) }
        d x    { x.hypot_slope(y) }
        d y    { y.hypot_slope(x) }
        says   { x / v, y / v }
        js     { "hypot(x, y)" }
        latex  { "\\sqrt{{x}^{2} + {y}^{2}}" }
        domain { (0.3, 3.0), (0.3, 3.0) }
        kink   { x, y at 0.0 }
    }
    /// The slope of `hypot`, `x / hypot(x, y)`; 0 at the origin.
    HypotSlope = hypot_slope(x, y) -> v {
        value  { math::hypot_slope(x, y) }
        d x    { y.hypot_slope(x).square().quotient_or_zero(x.hypot(y)) }
        d y    { -(v.chain_mul(y.hypot_slope(x)).quotient_or_zero(x.hypot(y))) }
        says   { pow(y, 2.0) / pow(hypot(x, y), 3.0), -x * y / pow(hypot(x, y), 3.0) }
        js     { "hypotSlope(x, y)" }
        latex  { "\\frac{{x}}{\\sqrt{{x}^{2} + {y}^{2}}}" }
        domain { (0.3, 3.0), (0.3, 3.0) }
        kink   { x, y at 0.0 }
        rounds { Rounding::ulps(2.0, v) }
    }
    /// The size of `x` with the sign of `y` (that of -0.0 is minus).
    Copysign = copysign(x, y) -> v {
        value  { if y.is_nan() { f64::NAN } else { x.copysign(y) } }
        d x    { x.sign() * N::from(1.0).copysign(y) }
        d y    { N::from(0.0) }
        says   { sign(x) * sign(y), 0.0 }
        js     { "Number.isNaN(y) ? NaN : y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x)" }
        latex  { "\\operatorname{copysign}\\left({x}, {y}\\right)" }
        domain { (0.3, 3.0), (0.3, 3.0) }
        kink   { x at 0.0; y at 0.0 }
        rounds { Rounding::NONE }
    }
    /// The larger of two. A tie gives each operand half of the gradient; NaN is kept.
    Max = max(x, y) -> v {
        value  { math::max(x, y) }
        d x    { x.max_share(y) }
        d y    { y.max_share(x) }
        says   { max_share(x, y), max_share(y, x) }
        js     { "Math.max(x, y)" }
        latex  { "\\max\\left({x}, {y}\\right)" }
        domain { (2.0, 3.0), (0.0, 1.0) }
        kink   { x at y }
        rounds { Rounding::NONE }
    }
    /// The smaller of two. A tie gives each operand half of the gradient; NaN is kept.
    Min = min(x, y) -> v {
        value  { math::min(x, y) }
        d x    { y.max_share(x) }
        d y    { x.max_share(y) }
        says   { max_share(y, x), max_share(x, y) }
        js     { "Math.min(x, y)" }
        latex  { "\\min\\left({x}, {y}\\right)" }
        domain { (2.0, 3.0), (0.0, 1.0) }
        kink   { x at y }
        rounds { Rounding::NONE }
    }
    /// The share of `x` in `max(x, y)`: 1 where it is larger, 1/2 at a tie, else 0.
    MaxShare = max_share(x, y) -> v {
        value  { if x > y { 1.0 } else if x < y { 0.0 } else if x == y { 0.5 } else { f64::NAN } }
        d x    { N::from(0.0) }
        d y    { N::from(0.0) }
        says   { 0.0, 0.0 }
        js     { "x > y ? 1 : x < y ? 0 : x === y ? 0.5 : NaN" }
        latex  { "\\left[{x} > {y}\\right]" }
        domain { (2.0, 3.0), (0.0, 1.0) }
        kink   { x at y }
        rounds { Rounding::NONE }
    }
    /// `x ln y`, and 0 where `x` is 0.
    Xlogy = xlogy(x, y) -> v {
        value  { math::xlogy(x, y) }
        d x    { y.ln() }
        d y    { x.chain_mul(y.ln_slope()) }
        says   { ln(y), x / y }
        js     { "x === 0 && !Number.isNaN(y) ? 0 : x * Math.log(y)" }
        latex  { "{x} \\ln {y}" }
        domain { (0.3, 3.0), (0.3, 3.0) }
        cure   {
            y < 0.0 => "the logarithm of a negative number: keep the second operand above 0",
            y == 0.0 => "the logarithm of 0: where y is 0, x has to be 0 too; a loss from logits has no such case"
        }
        rounds { Rounding::ulps(2.0, v) }
    }
    /// `e^(x - m)` for the inside of a log-sum-exp: 1 where both are +inf, 0 where both are -inf.
    ExpShift = exp_shift(x, m) -> v {
        value  { if x == m { if x == f64::NEG_INFINITY { 0.0 } else { 1.0 } } else { (x - m).exp() } }
        d x    { v }
        d m    { -v }
        says   { exp(x - m), -exp(x - m) }
        js     { "x === m ? (x === -Infinity ? 0 : 1) : Math.exp(x - m)" }
        latex  { "e^{{x} - {m}}" }
        domain { (-3.0, 1.0), (1.0, 2.0) }
        rounds { Rounding::ulps(1.0 + 0.5 * (x - m).abs(), v) }
    }
}
ternary {
    /// `c` chooses: `a` where `c > 0`, else `b`. The side not taken contributes nothing, not even a NaN.
    Select = select(c, a, b) -> v {
        value  { if c > 0.0 { a } else { b } }
        d c    { N::from(0.0) }
        d a    { c.select(N::from(1.0), N::from(0.0)) }
        d b    { c.select(N::from(0.0), N::from(1.0)) }
        says   { 0.0, positive(c), 1.0 - positive(c) }
        js     { "c > 0 ? a : b" }
        latex  { "\\begin{cases}{a} & {c} > 0\\\\ {b} & \\text{else}\\end{cases}" }
        domain { (0.2, 1.0), (-3.0, 3.0), (-3.0, 3.0) }
        kink   { c at 0.0 }
        rounds { Rounding::NONE }
    }
    /// `x` held between `lo` and `hi`; `hi` if `lo > hi`. At a bound the derivative by `x` is 0.
    Clamp = clamp(x, lo, hi) -> v {
        value  { math::clamp(x, lo, hi) }
        d x    { x.within(lo, hi) }
        d lo   { x.clamp_low(lo, hi) }
        d hi   { x.clamp_high(lo, hi) }
        says   { within(x, lo, hi), clamp_low(x, lo, hi), clamp_high(x, lo, hi) }
        js     { "Math.min(Math.max(x, lo), hi)" }
        latex  { "\\operatorname{clamp}\\left({x}, {lo}, {hi}\\right)" }
        domain { (-0.5, 0.5), (-2.0, -1.0), (1.0, 2.0) }
        kink   { x at lo; x at hi }
        rounds { Rounding::NONE }
    }
    /// 1 where `lo < x < hi`, else 0. Its own derivative is 0.
    Within = within(x, lo, hi) -> v {
        value  {
            if x.is_nan() || lo.is_nan() || hi.is_nan() { f64::NAN }
            else if lo < x && x < hi { 1.0 } else { 0.0 }
        }
        d x    { N::from(0.0) }
        d lo   { N::from(0.0) }
        d hi   { N::from(0.0) }
        says   { 0.0, 0.0, 0.0 }
        js     { "[x, lo, hi].some(Number.isNaN) ? NaN : lo < x && x < hi ? 1 : 0" }
        latex  { "\\left[{lo} < {x} < {hi}\\right]" }
        domain { (-0.5, 0.5), (-2.0, -1.0), (1.0, 2.0) }
        kink   { x at lo; x at hi }
        rounds { Rounding::NONE }
    }
    /// 1 where `clamp` answers its lower bound, else 0. Its own derivative is 0.
    ClampLow = clamp_low(x, lo, hi) -> v {
        value  {
            if x.is_nan() || lo.is_nan() || hi.is_nan() { f64::NAN }
            else if x <= lo && lo <= hi { 1.0 } else { 0.0 }
        }
        d x    { N::from(0.0) }
        d lo   { N::from(0.0) }
        d hi   { N::from(0.0) }
        says   { 0.0, 0.0, 0.0 }
        js     { "[x, lo, hi].some(Number.isNaN) ? NaN : x <= lo && lo <= hi ? 1 : 0" }
        latex  { "\\left[{x} \\le {lo}\\right]" }
        domain { (-0.5, 0.5), (-2.0, -1.0), (1.0, 2.0) }
        kink   { x at lo }
        rounds { Rounding::NONE }
    }
    /// 1 where `clamp` answers its upper bound and not its lower, else 0. Its own derivative is 0.
    ClampHigh = clamp_high(x, lo, hi) -> v {
        value  {
            if x.is_nan() || lo.is_nan() || hi.is_nan() { f64::NAN }
            else if lo > hi || x >= hi && x > lo { 1.0 } else { 0.0 }
        }
        d x    { N::from(0.0) }
        d lo   { N::from(0.0) }
        d hi   { N::from(0.0) }
        says   { 0.0, 0.0, 0.0 }
        js     { "[x, lo, hi].some(Number.isNaN) ? NaN : lo > hi || x >= hi && x > lo ? 1 : 0" }
        latex  { "\\left[{x} \\ge {hi}\\right]" }
        domain { (-0.5, 0.5), (-2.0, -1.0), (1.0, 2.0) }
        kink   { x at hi }
        rounds { Rounding::NONE }
    }
    /// Multiply and add, `x y + z`, rounded twice like the two operations it stands for.
    MulAdd = mul_add(x, y, z) -> v {
        value  { x * y + z }
        d x    { y }
        d y    { x }
        d z    { N::from(1.0) }
        says   { y, x, 1.0 }
        js     { "x * y + z" }
        latex  { "{x} \\cdot {y} + {z}" }
        domain { (-3.0, 3.0), (-3.0, 3.0), (-3.0, 3.0) }
        rounds { Rounding::of_product(x, y, x * y).and(Rounding::of_sum(x * y, z, v)) }
    }
}
nary {
    /// The sum of any number of operands, pairwise in a fixed order; of none it is 0.
    Sum = sum [xs] -> y {
        value  { math::sum(xs) }
        d      { |partials| partials.fill(N::from(1.0)) }
        says   { |i| 1.0 }
        js     { "sum(xs)" }
        latex  { "\\sum\\left({xs}\\right)" }
        domain { (-3.0, 3.0) }
        rounds { Rounding::of_products(xs.iter().map(|&x| (x, 1.0)), y) }
    }
    /// The product of any number of operands; of none it is 1.
    Product = product [xs] -> y {
        value  { xs.iter().product() }
        d      { |partials| products_of_the_others(xs, partials) }
        says   { |i| product_but(xs, i) }
        js     { "xs.reduce((product, x) => product * x, 1)" }
        latex  { "\\prod\\left({xs}\\right)" }
        domain { (0.3, 2.0) }
        rounds { Rounding::ulps(0.5 * xs.len() as f64, y) }
    }
    /// The dot product of the first half of the operands with the second half.
    Dot = dot [xs] -> y {
        value  { let (a, b) = xs.split_at(xs.len() / 2); math::dot(a, b) }
        d      { |partials| {
            let half = xs.len() / 2;
            partials[..half].copy_from_slice(&xs[half..2 * half]);
            partials[half..2 * half].copy_from_slice(&xs[..half]);
        } }
        says   { |i| partner(xs, i) }
        js     { "dot(xs)" }
        latex  { "\\operatorname{dot}\\left({xs}\\right)" }
        domain { (-3.0, 3.0) }
        rounds { { let (a, b) = xs.split_at(xs.len() / 2); Rounding::of_products(a.iter().copied().zip(b.iter().copied()), y) } }
    }
    /// The length of a vector, without overflow; of none it is 0. Its gradient at the origin is 0.
    Norm = norm [xs] -> y {
        value  { math::norm(xs) }
        d      { |partials| for (partial, &x) in partials.iter_mut().zip(xs) {
            *partial = x.quotient_or_zero(y);
        } }
        says   { |i| xs[i] / y }
        js     { "norm(xs)" }
        latex  { "\\left\\lVert{xs}\\right\\rVert" }
        domain { (0.3, 3.0) }
        kink   { xs at 0.0 }
        rounds { Rounding::ulps(2.0 + 0.25 * xs.len().min(48) as f64, y) }
    }
    /// `ln(e^x1 + ... + e^xn)` by subtracting the largest; of none, or of all -inf, it is -inf with gradient 0.
    Logsumexp = logsumexp [xs] -> y {
        value  { math::logsumexp(xs) }
        d      { |partials| softmax(xs, partials) }
        says   { |i| exp(xs[i] - y) }
        js     { "logsumexp(xs)" }
        latex  { "\\operatorname{logsumexp}\\left({xs}\\right)" }
        domain { (-3.0, 3.0) }
        rounds { logsumexp_rounding(xs, y) }
    }
}
}

/// `x y`, but 0 where either is exactly 0: the product of the chain rule. Without a branch,
/// since the tangents of forward mode are mostly zeros.
///
/// No product is ever -0.0 (an underflow is +0.0), which lets -0.0 stand for "no
/// term yet" in a sweep: it is the number that addition leaves alone.
#[inline(always)]
pub(crate) fn chain_product(x: f64, y: f64) -> f64 {
    let product = x * y;
    (if (x == 0.0) | (y == 0.0) {
        0.0
    } else {
        product
    }) + 0.0
}

/// The derivative of `y = x^n`.
#[inline(never)]
fn powi_slope<N: super::Real>(x: N, n: i32, y: N) -> N {
    match n {
        0 => N::from(0.0),
        i32::MIN => y / x * f64::from(n), // there is no n - 1
        _ => x.powi(n - 1) * f64::from(n),
    }
}

/// `partials[i]` = the product of all operands but the i-th, without a division.
fn products_of_the_others<N: super::Real>(xs: &[N], partials: &mut [N]) {
    let mut before = N::from(1.0);
    for (partial, &x) in partials.iter_mut().zip(xs) {
        *partial = before;
        before *= x;
    }
    let mut after = N::from(1.0);
    for (partial, &x) in partials.iter_mut().zip(xs).rev() {
        *partial *= after;
        after *= x;
    }
}

/// The gradient of log-sum-exp: of operand `i` it is `1 / (1 + r)`, `r = sum e^(x_j - x_i)` over
/// the others. Written as `e^(x_i - m) / total`, its own derivative `p (1 - p)` would cancel to
/// nothing where one operand outweighs the others.
fn softmax<N: super::Real>(xs: &[N], partials: &mut [N]) {
    let Some(&first) = xs.first() else { return };
    let largest = xs[1..].iter().fold(first, |m, &x| m.max(x)).detach();
    if xs.len() <= 8 {
        for (i, &x) in xs.iter().enumerate() {
            let others = xs[..i]
                .iter()
                .chain(&xs[i + 1..])
                .map(|other| other.exp_shift(x));
            partials[i] = others.reduce(|a, b| a + b).unwrap_or_else(|| N::from(0.0));
        }
    } else {
        ratios(xs, largest, partials);
    }
    let all_are_minus_infinity = -(largest + f64::MAX); // if positive
    for partial in partials {
        *partial = all_are_minus_infinity.select(0.0, (*partial + 1.0).recip());
    }
}

/// The same `r` of each operand with one exponential each, for many operands: the sum of the
/// others over the own one, both after subtracting the largest. It does not depend on the largest,
/// which is therefore a constant. (At third order it overflows 230 below the largest; the direct
/// sum does not.)
fn ratios<N: super::Real>(xs: &[N], largest: N, ratios: &mut [N]) {
    let own: SmallVec<[N; 32]> = xs.iter().map(|&x| x.exp_shift(largest)).collect();
    let mut before = N::from(0.0);
    for (others, &own) in ratios.iter_mut().zip(&own) {
        *others = before;
        before += own;
    }
    let mut after = N::from(0.0);
    for (others, &own) in ratios.iter_mut().zip(&own).rev() {
        *others = (*others + after) / own;
        after += own;
    }
}
