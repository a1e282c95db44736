//! What chooses: maxima, steps, signs. NaN is chosen wherever it is offered.

use crate::element::Element;
use crate::kernel::fast::Fast;

impl<T: Element, const FMA: bool> Fast<T, FMA> {
    /// The larger of two.
    #[inline(always)]
    pub(in crate::kernel) fn max(self, other: Self) -> Self {
        self.when((self >= other) | self.is_nan(), other)
    }

    /// The smaller of two.
    #[inline(always)]
    pub(in crate::kernel) fn min(self, other: Self) -> Self {
        self.when((self <= other) | self.is_nan(), other)
    }

    /// `min(max(x, low), high)`.
    #[inline(always)]
    pub(in crate::kernel) fn clamp(self, low: Self, high: Self) -> Self {
        self.max(low).min(high)
    }

    /// The share of `x` in `max(x, y)`.
    #[inline(always)]
    pub(in crate::kernel) fn max_share(self, other: Self) -> Self {
        let not_above = Fast::of(0.5).when(self == other, Fast::of(f64::NAN));
        let not_above = Fast::of(0.0).when(self < other, not_above);
        Fast::of(1.0).when(self > other, not_above)
    }

    /// `x` above 0, else +0.
    #[inline(always)]
    pub(in crate::kernel) fn relu(self) -> Self {
        Fast::of(0.0).when(self <= 0.0, self)
    }

    /// `above` above 0, else `below`.
    #[inline(always)]
    pub(in crate::kernel) fn step_between(self, below: f64, above: f64) -> Self {
        let not_above = Fast::of(below).when(self <= 0.0, self);
        Fast::of(above).when(self > 0.0, not_above)
    }

    /// -1, 0 or 1.
    #[inline(always)]
    pub(in crate::kernel) fn sign(self) -> Self {
        let not_above = Fast::of(-1.0).when(self < 0.0, self + 0.0);
        Fast::of(1.0).when(self > 0.0, not_above)
    }

    /// `x^n` for `n` from -2 to 4.
    #[inline(always)]
    pub(in crate::kernel) fn powi(self, n: i32) -> Self {
        let square = self * self;
        match n {
            0 => Fast::of(1.0),
            1 => self,
            2 => square,
            3 => square * self,
            4 => square * square,
            -1 => 1.0 / self,
            -2 => 1.0 / self / self,
            _ => unreachable!("a small power"),
        }
    }

    #[inline(always)]
    pub(super) fn is_nan(self) -> bool {
        self.0.is_nan()
    }
}
