//! `exp` and what is made of it: reduce to `|r| <= ln 2 / 2`, a polynomial, a power of two.

use crate::element::Element;
use crate::kernel::fast::Fast;
use std::f64::consts::{LN_2, LOG2_E};

/// What [`exp_raised`](Fast::exp_raised) is the exponential times: `2^64`.
pub(in crate::kernel) const RAISED: f64 = (1u128 << 64) as f64;

/// A number taken apart: `e^x = 2^n (1 + rest)`.
struct Reduced<T, const FMA: bool> {
    /// `n`, still on top of [`SHIFT`](crate::kernel::float::Float::SHIFT).
    shifted: Fast<T, FMA>,
    /// `e^r - 1`, `|r| <= ln 2 / 2`.
    rest: Fast<T, FMA>,
}

impl<T: Element, const FMA: bool> Reduced<T, FMA> {
    /// Of a number so small that `n` fits the exponent.
    ///
    /// `x - n ln 2 = r = high - low`, `high` exact, and `e^r - 1 = high + (r^2 q(r) - low)`: with the large
    /// part added last, its roundings are those of one addition. From a rounded `r` the result would be
    /// 1.15 ulp off.
    #[inline(always)]
    fn new(x: Fast<T, FMA>) -> Self {
        let shifted = x.fused(Fast::of(LOG2_E), Fast(T::SHIFT));
        let n = shifted - Fast(T::SHIFT);
        let high = n.fused(Fast(-T::LN_2.0), x);
        let low = n * Fast(T::LN_2.1);
        let r = high - low;
        let rest = high + (r * r).fused(r.polynomial(T::EXP), -low);
        Reduced { shifted, rest }
    }

    /// `2^n (1 + rest)`, rounded once into the subnormal numbers or to infinity.
    #[inline(always)]
    fn exp(self) -> Fast<T, FMA> {
        let (first, second) = self.shifted.0.halves_of_power();
        (self.rest + 1.0) * Fast(first) * Fast(second)
    }

    /// `2^n e^r - 1 = 2 (2^(n-1) (e^r - 1) + (2^(n-1) - 1/2))`: half of it, since `2^n` may overflow.
    #[inline(always)]
    fn expm1(self) -> Fast<T, FMA> {
        let (first, second) = self.shifted.0.halves_of_power();
        let half = Fast(first) * 0.5 * Fast(second);
        self.rest.fused(half, half - 0.5) * 2.0
    }
}

impl<T: Element, const FMA: bool> Fast<T, FMA> {
    /// `c[0] + c[1] x + c[2] x^2 + ..`, by Horner's rule.
    #[inline(always)]
    pub(super) fn polynomial(self, coefficients: &[T]) -> Self {
        let (&last, rest) = coefficients.split_last().expect("a polynomial has terms");
        rest.iter()
            .rev()
            .fold(Fast(last), |sum, &c| sum.fused(self, Fast(c)))
    }

    /// Held between two bounds; NaN stays NaN. An instruction each, where a maximum that keeps NaN
    /// of either side would be four.
    #[inline(always)]
    fn held(self, least: Self, most: Self) -> Self {
        self.at_least(least).at_most(most)
    }

    #[inline(always)]
    pub(super) fn at_least(self, least: Self) -> Self {
        least.when(self < least, self)
    }

    #[inline(always)]
    pub(super) fn at_most(self, most: Self) -> Self {
        most.when(self > most, self)
    }

    /// `e^x`.
    #[inline(always)]
    pub(in crate::kernel) fn exp(self) -> Self {
        Reduced::new(self.held(Fast(T::EXP_MIN), Fast(T::EXP_MAX))).exp()
    }

    /// `e^x` where `x` is not large; meant for `e^(-|x|)`.
    #[inline(always)]
    pub(super) fn exp_of_negative(self) -> Self {
        Reduced::new(self.at_least(Fast(T::EXP_MIN))).exp()
    }

    /// `2^x`: the whole part of `x` is the exponent, the fraction is exact.
    #[inline(always)]
    pub(in crate::kernel) fn exp2(self) -> Self {
        // 0 and infinity begin where those of e^x do.
        let x = self.held(Fast(T::EXP_MIN) * LOG2_E, Fast(T::EXP_MAX) * LOG2_E);
        let shifted = x + Fast(T::SHIFT);
        let r = (x - (shifted - Fast(T::SHIFT))) * LN_2;
        let rest = (r * r).fused(r.polynomial(T::EXP), r);
        Reduced { shifted, rest }.exp()
    }

    /// `e^x - 1`.
    #[inline(always)]
    pub(in crate::kernel) fn expm1(self) -> Self {
        let result = Reduced::new(self.held(Fast(T::EXPM1_MIN), Fast(T::EXP_MAX))).expm1();
        let tiny = Fast(T::TINY);
        self.when((self < tiny) & (self > -tiny), result) // keeps -0.0 and the last bit of subnormals
    }

    /// `e^x - 1` where `x` is not positive: a dozen instructions of thirty fewer than
    /// [`expm1`](Fast::expm1), for `2^n` is a normal number wherever it counts, and `-0.0` is not asked for.
    #[inline(always)]
    pub(super) fn expm1_of_negative(self) -> Self {
        let Reduced { shifted, rest } = Reduced::new(self.at_least(Fast(T::EXPM1_MIN)));
        let power = Fast(shifted.0.power());
        rest.fused(power, power - 1.0)
    }

    /// `e^x 2^64` where `x` is not positive, and not NaN. It is a normal number wherever `e^x` is not 0: one addition of
    /// bits makes it, where [`exp`](Fast::exp) takes two products. Of what is divided by a sum of such numbers
    /// the power drops out, and the quotient is rounded once. At -inf it is so small that without the power
    /// it is 0, after rounding.
    #[inline(always)]
    pub(in crate::kernel) fn exp_raised(self) -> Self {
        let Reduced { shifted, rest } = Reduced::new(self.at_least(Fast(T::EXP_MIN)));
        let power = Fast::of(-4.0 * RAISED);
        Fast(rest.fused(power, power).0.raised_from_negative(shifted.0))
    }
}
