//! The activations, each in `e = exp(-|x|)` as in [`math`](crate::math).

use crate::element::Element;
use crate::kernel::fast::Fast;
use crate::op::Real;

impl<T: Element, const FMA: bool> Fast<T, FMA> {
    /// `x factor`, where a factor that has died out wins over an infinite `x`.
    #[inline(always)]
    pub(in crate::kernel) fn damped(self, factor: Self) -> Self {
        Fast::of(0.0).when((factor == 0.0) & !self.is_nan(), self * factor)
    }

    /// `tanh x = -t/(2 + t)` with `t = e^(-2|x|) - 1`, and the sign of `x`.
    #[inline(always)]
    pub(in crate::kernel) fn tanh(self) -> Self {
        let t = (self.abs() * -2.0).expm1_of_negative();
        Fast((-t / (t + 2.0)).0.copysign(self.0))
    }

    /// `4 e/(1 + e)^2`, `e = exp(-2|x|)`.
    #[inline(always)]
    pub(in crate::kernel) fn sech_squared(self) -> Self {
        let e = (self.abs() * -2.0).exp_of_negative();
        let below = e + 1.0;
        e * 4.0 / (below * below)
    }

    /// `1/(1 + e)`, for negative `x` `e/(1 + e)`.
    ///
    /// What `1 + e` loses to rounding changes the quotient by `quotient lost/(1 + e)`. That is taken back,
    /// with 1 for the denominator, which leaves at most half of it: 1.96 ulp instead of more than 2.
    #[inline(always)]
    pub(in crate::kernel) fn sigmoid(self) -> Self {
        let e = (-self.abs()).exp_of_negative();
        let below = e + 1.0;
        let lost = (1.0 - below) + e; // exactly (Dekker's fast two-sum)
        let quotient = e.when(self < 0.0, Fast::of(1.0)) / below;
        (-quotient).fused(lost, quotient)
    }

    /// `e/(1 + e)^2`.
    #[inline(always)]
    pub(in crate::kernel) fn sigmoid_slope(self) -> Self {
        let e = (-self.abs()).exp_of_negative();
        let below = e + 1.0;
        e / (below * below)
    }

    /// `ln(1 + e)`, what softplus adds to `max(x, 0)`.
    #[inline(always)]
    fn softening(self) -> Self {
        (-self.abs()).exp_of_negative().log1p_of_fraction()
    }

    /// `max(x, 0) + ln(1 + e)`.
    #[inline(always)]
    pub(in crate::kernel) fn softplus(self) -> Self {
        self.relu() + self.softening()
    }

    /// `min(x, 0) - ln(1 + e)`.
    #[inline(always)]
    pub(in crate::kernel) fn log_sigmoid(self) -> Self {
        self.min(Fast::of(0.0)) - self.softening()
    }

    /// `x sigmoid(x)`.
    #[inline(always)]
    pub(in crate::kernel) fn silu(self) -> Self {
        self.damped(self.sigmoid())
    }

    /// `x q/(q + d)`; for `x < 0`: `q = e (e + 2)`, `d = 2`, else `q = 1 + 2 e`, `d = 2 e^2`.
    #[inline(always)]
    pub(in crate::kernel) fn mish(self) -> Self {
        let e = (-self.abs()).exp_of_negative();
        let q = (e * (e + 2.0)).when(self < 0.0, e * 2.0 + 1.0);
        let d = Fast::of(2.0).when(self < 0.0, e * 2.0 * e);
        self.damped(q / (q + d))
    }

    /// `x sigmoid(2 u)`, `u = sqrt(2/pi) (x + 0.044715 x^3)`.
    #[inline(always)]
    pub(in crate::kernel) fn gelu_tanh(self) -> Self {
        const TWICE_SQRT_2_OVER_PI: f64 = 1.595_769_121_605_730_7;
        let u = self * TWICE_SQRT_2_OVER_PI * (self * self * 0.044715 + 1.0);
        self.damped(u.sigmoid())
    }

    /// `x` above 0, else `alpha (e^x - 1)`.
    #[inline(always)]
    pub(in crate::kernel) fn elu(self, alpha: f64) -> Self {
        self.when(self > 0.0, self.expm1() * alpha)
    }

    /// `e^(x - m)`; where both are the same infinity, 1 at +inf and 0 at -inf.
    #[inline(always)]
    pub(in crate::kernel) fn exp_shift(self, m: Self) -> Self {
        let same = Fast::of(0.0).when(self == f64::NEG_INFINITY, Fast::of(1.0));
        same.when(self == m, (self - m).exp())
    }
}
