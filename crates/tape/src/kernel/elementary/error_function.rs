//! The error function and gelu, all by way of `e^(a^2) erfc(a)`, which falls like `1/a`.

use crate::element::Element;
use crate::kernel::fast::Fast;
use crate::op::Real;
use std::f64::consts::FRAC_1_SQRT_2;

/// `e^(a^2) erfc(a)` for `a` from 0 to [`ERFC_MAX`](super::super::coefficients::Coefficients::ERFC_MAX).
/// Times `1 + 2 a` it lies between 1 and 1.24 (the transformation of Shepherd and Laframboise 1981).
#[inline(always)]
fn scaled_erfc<T: Element, const FMA: bool>(a: Fast<T, FMA>) -> Fast<T, FMA> {
    let q = (a - 4.0) / (a + 4.0);
    (q.polynomial(T::ERFC) + 1.0) / (a * 2.0 + 1.0)
}

impl<T: Element, const FMA: bool> Fast<T, FMA> {
    /// `e^(-factor x^2)`, `factor` a power of two. Rounding the square alone would cost `x^2` ulp.
    #[inline(always)]
    fn bell(self, factor: f64) -> Self {
        let square = self * self;
        let low = self.rest_of_square(square) * factor;
        let e = (square * -factor).exp_of_negative();
        (e * -1.0).fused(low, e)
    }

    /// `x^2 - square`, exactly, where `square` is the rounded one.
    #[inline(always)]
    fn rest_of_square(self, square: Self) -> Self {
        if FMA {
            return self.fused(self, -square);
        }
        let large = self * Fast(T::SPLIT);
        let high = large - (large - self); // the upper half of the digits (Dekker 1971)
        let low = self - high;
        (high * high - square) + high * low * 2.0 + low * low
    }

    /// `erfc(|x|)`.
    #[inline(always)]
    fn erfc_of_size(self) -> Self {
        let a = self.abs().at_most(Fast(T::ERFC_MAX));
        a.bell(1.0) * scaled_erfc(a)
    }

    /// The complementary error function.
    #[inline(always)]
    pub(in crate::kernel) fn erfc(self) -> Self {
        let tail = self.erfc_of_size();
        (2.0 - tail).when(self < 0.0, tail)
    }

    /// The error function: an odd polynomial in the middle, `1 - erfc` where that cancels nothing.
    #[inline(always)]
    pub(in crate::kernel) fn erf(self) -> Self {
        let outer = (1.0 - self.erfc_of_size()).0.copysign(self.0);
        let inner = self.fused((self * self).polynomial(T::ERF), self);
        inner.when(self.abs() < 0.65, Fast(outer))
    }

    /// The normal distribution function `erfc(-x/sqrt 2)/2`, with `e^(-x^2/2)` taken from `x` itself.
    #[inline(always)]
    fn normal_cdf(self) -> Self {
        let (a, most) = (self.abs(), Fast(T::ERFC_MAX));
        let scaled = (a * FRAC_1_SQRT_2).at_most(most);
        let a = a.at_most(most / FRAC_1_SQRT_2);
        let tail = a.bell(0.5) * scaled_erfc(scaled) * 0.5;
        tail.when(self < 0.0, 1.0 - tail)
    }

    /// `x Phi(x)`.
    #[inline(always)]
    pub(in crate::kernel) fn gelu(self) -> Self {
        self.damped(self.normal_cdf())
    }
}
