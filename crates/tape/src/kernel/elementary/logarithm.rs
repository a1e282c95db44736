//! `ln` and its kin: `x = m 2^e` with `m` near 1, then `ln m` from `s = (m - 1)/(m + 1)` (fdlibm).

use crate::element::Element;
use crate::kernel::fast::Fast;
use crate::op::Real;
use std::f64::consts::LOG2_E;

/// `ln(1 + f)` in two parts, `f` itself and what is subtracted from it.
///
/// `ln(1 + f) = f - (f^2/2 - s (f^2/2 + R))`, `s = f/(2 + f)`, where `R` is a polynomial in `s^2`: the
/// large part is exact, and the small one carries the roundings.
#[inline(always)]
fn ln_parts<T: Element, const FMA: bool>(
    f: Fast<T, FMA>,
    polynomial: &[T],
    correction: Fast<T, FMA>,
) -> (Fast<T, FMA>, Fast<T, FMA>) {
    let s = f / (f + 2.0);
    let z = s * s;
    let half_square = f * f * 0.5;
    let small = s.fused(z.fused(z.polynomial(polynomial), half_square), correction);
    (f, half_square - small)
}

/// `ln(x) + correction` of a positive finite number.
#[inline(always)]
fn ln_of_positive<T: Element, const FMA: bool>(
    x: Fast<T, FMA>,
    correction: Fast<T, FMA>,
) -> Fast<T, FMA> {
    let (m, e) = x.0.split_exponent();
    let (m, e) = (Fast(m), Fast(e));
    let (f, less) = ln_parts(m - 1.0, T::LN, e.fused(Fast(T::LN_2.1), correction));
    e.fused(Fast(T::LN_2.0), f - less)
}

impl<T: Element, const FMA: bool> Fast<T, FMA> {
    /// `self`, computed for a positive finite `x`; at other `x` what a logarithm is there.
    #[inline(always)]
    fn as_logarithm_of(self, x: Self) -> Self {
        let outside = Fast::of(f64::NEG_INFINITY).when(x == 0.0, Fast::of(f64::NAN));
        let inside = self.when(x < f64::INFINITY, x); // and +inf, and NaN
        outside.when(x <= 0.0, inside)
    }

    /// The natural logarithm.
    #[inline(always)]
    pub(in crate::kernel) fn ln(self) -> Self {
        ln_of_positive(self, Fast::of(0.0)).as_logarithm_of(self)
    }

    /// The logarithm to base 2, exact at powers of two.
    #[inline(always)]
    pub(in crate::kernel) fn log2(self) -> Self {
        let (m, e) = self.0.split_exponent();
        let (f, less) = ln_parts(Fast(m) - 1.0, T::LN, Fast::of(0.0));
        (f - less)
            .fused(Fast::of(LOG2_E), Fast(e))
            .as_logarithm_of(self)
    }

    /// `ln(1 + x)`: `u = 1 + x` is rounded, and what the rounding lost comes back as `lost/u`.
    #[inline(always)]
    pub(in crate::kernel) fn log1p(self) -> Self {
        let u = self + 1.0;
        let x_in_u = u - 1.0;
        let lost = (1.0 - (u - x_in_u)) + (self - x_in_u); // exactly (Knuth's two-sum)
        let result = ln_of_positive(u, lost / u).as_logarithm_of(u);
        self.when(self == 0.0, result) // keeps -0.0
    }

    /// `ln(1 + x)` for `x` from 0 to 1, where nothing has to be taken apart: a division instead of two.
    #[inline(always)]
    pub(super) fn log1p_of_fraction(self) -> Self {
        let (f, less) = ln_parts(self, T::LN_WIDE, Fast::of(0.0));
        f - less
    }

    /// `1/x`; +inf at both zeros, NaN below.
    #[inline(always)]
    pub(in crate::kernel) fn ln_slope(self) -> Self {
        Fast::of(f64::NAN).when(self < 0.0, 1.0 / self.abs())
    }
}
