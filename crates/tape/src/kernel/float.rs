//! What the kernels need of an element: arithmetic, rounding, and its bits.

use super::coefficients::Coefficients;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// The arithmetic of `f32` and `f64`, in one notation.
pub trait Float:
    Copy
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + Coefficients
{
    /// The smallest normal number.
    const MIN_POSITIVE: Self;
    /// 1.5 times the power of two whose last place is 1, and twice the exponent's bias on top.
    /// Added to a small number it rounds it to a whole one, `n`, and leaves `n` in the last
    /// bits for [`halves_of_power`](Float::halves_of_power).
    const SHIFT: Self;
    /// The factor that takes a number's upper half of digits off (Dekker 1971).
    const SPLIT: Self;

    /// `self * factor + addend`, rounded once.
    fn mul_add(self, factor: Self, addend: Self) -> Self;
    /// Whether it is no number.
    fn is_nan(self) -> bool;
    /// The size.
    fn abs(self) -> Self;
    /// The size of `self` with the sign bit of `sign`.
    fn copysign(self, sign: Self) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// The largest whole number not above.
    fn floor(self) -> Self;
    /// The smallest whole number not below.
    fn ceil(self) -> Self;
    /// The whole part.
    fn trunc(self) -> Self;
    /// The nearest whole number, halves to even.
    fn round_half_even(self) -> Self;
    /// Of `SHIFT + n`: two powers of two whose product is `2^n`. Each is a normal number even
    /// where `2^n` overflows or is subnormal, so that only the last product is rounded.
    fn halves_of_power(self) -> (Self, Self);
    /// Of `SHIFT + n`: `2^n`, where that is a normal number.
    fn power(self) -> Self;
    /// Of `-y` and `SHIFT + n`: `y 2^(n - 2)`, where that is a normal number. The bits are added: those
    /// of the exponent hold `n` and twice the bias, which is 2 less than what carries into the sign.
    fn raised_from_negative(self, shifted: Self) -> Self;
    /// `(m, e)` with `self = m 2^e` and `m` in `[sqrt(1/2), sqrt(2))`, of a positive number.
    fn split_exponent(self) -> (Self, Self);
}

macro_rules! float {
    ($Type:ident, bits $Bits:ident, split $split:literal) => {
        impl Float for $Type {
            const MIN_POSITIVE: Self = $Type::MIN_POSITIVE;
            const SHIFT: Self = 1.5 / $Type::EPSILON + 2.0 * BIAS as $Type;
            const SPLIT: Self = $split;

            #[inline(always)]
            fn mul_add(self, factor: Self, addend: Self) -> Self {
                self.mul_add(factor, addend)
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                self.is_nan()
            }
            #[inline(always)]
            fn abs(self) -> Self {
                self.abs()
            }
            #[inline(always)]
            fn copysign(self, sign: Self) -> Self {
                self.copysign(sign)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                self.sqrt()
            }
            #[inline(always)]
            fn floor(self) -> Self {
                self.floor()
            }
            #[inline(always)]
            fn ceil(self) -> Self {
                self.ceil()
            }
            #[inline(always)]
            fn trunc(self) -> Self {
                self.trunc()
            }
            #[inline(always)]
            fn round_half_even(self) -> Self {
                self.round_ties_even()
            }
            #[inline(always)]
            fn halves_of_power(self) -> (Self, Self) {
                // The last bits hold n + 2 bias: half of it is the biased exponent of each.
                let both = self.to_bits();
                let one = both >> 1;
                (
                    $Type::from_bits(one << DIGITS),
                    $Type::from_bits(both.wrapping_sub(one) << DIGITS),
                )
            }
            #[inline(always)]
            fn power(self) -> Self {
                $Type::from_bits(self.to_bits().wrapping_sub(BIAS as $Bits) << DIGITS)
            }
            #[inline(always)]
            fn raised_from_negative(self, shifted: Self) -> Self {
                let power = shifted.to_bits() << DIGITS;
                $Type::from_bits(self.to_bits().wrapping_add(power))
            }
            #[inline(always)]
            fn split_exponent(self) -> (Self, Self) {
                const LIFT: $Type = 2.0 / $Type::EPSILON; // takes every subnormal to a normal number
                const LIFTED: $Type = (DIGITS + 1) as $Type;
                const SQRT_HALF: $Bits = std::$Type::consts::FRAC_1_SQRT_2.to_bits();
                const WHOLE: $Type = 1.0 / $Type::EPSILON; // its last place is 1
                let subnormal = self < $Type::MIN_POSITIVE;
                let bits = (if subnormal { self * LIFT } else { self }).to_bits();
                // Seen from sqrt(1/2), the exponent is that of the power of two wanted.
                let bits = bits.wrapping_add((1.0 as $Type).to_bits() - SQRT_HALF);
                let m = $Type::from_bits((bits & ((1 << DIGITS) - 1)) + SQRT_HALF);
                let biased = $Type::from_bits((bits >> DIGITS) | WHOLE.to_bits()) - WHOLE;
                let lifted = if subnormal { LIFTED } else { 0.0 };
                (m, biased - (BIAS as $Type + lifted))
            }
        }
    };
}

mod single {
    use super::Float;
    const DIGITS: u32 = f32::MANTISSA_DIGITS - 1;
    const BIAS: i32 = f32::MAX_EXP - 1;
    float! { f32, bits u32, split 4097.0 }
}

mod double {
    use super::Float;
    const DIGITS: u32 = f64::MANTISSA_DIGITS - 1;
    const BIAS: i32 = f64::MAX_EXP - 1;
    float! { f64, bits u64, split 134_217_729.0 }
}
