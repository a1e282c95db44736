//! The traits of `num-traits`, for [`Var`] and for [`Dual`]: a function written over
//! `T: Float` can be differentiated as it stands.
//!
//! ```
//! use num_traits::Float;
//! use tape::gradient;
//!
//! fn norm<T: Float>(x: &[T]) -> T {
//!     x.iter().fold(T::zero(), |sum, &x| sum + x * x).sqrt()
//! }
//! assert_eq!(norm(&[2.0; 4]), 4.0);
//! assert_eq!(gradient(norm, &[2.0; 4]), [0.5; 4]);
//! ```
//!
//! Values are those of `f64`, up to rounding, with these exceptions:
//!
//! - `max`, `min` and `hypot` keep NaN; `f64` may drop it. `clamp` with bounds that are the wrong way round
//!   answers the upper one; `f64` panics.
//! - `mul_add` rounds twice; `f64` rounds once.
//! - `sqrt(-0.0)` is 0.0, and `abs_sub` of two equal infinities is NaN.
//!
//! `is_zero` and `is_one` are comparisons, and `to_i32`, `integer_decode` and their like read the
//! number. While a [`Program`](crate::Program) is recorded, both leave a guard: a replay in which
//! they would answer otherwise is an error. So does a cast from a `Var` (`T::from(x)`, `NumCast`),
//! which goes through a plain number: **it cuts the derivative**.
//!
//! The derivative of `signum`, `floor`, `ceil`, `round` and `trunc` is 0; that of `fract` is 1.

use crate::dual::Dual;
use crate::op::Real;
use crate::var::Var;
use num_traits::{Float, FloatConst, FromPrimitive, Num, NumCast, One, Signed, ToPrimitive, Zero};
use std::num::FpCategory;

/// What a number type answers about its number; while a program is recorded, with a guard.
trait Asked: Copy {
    fn number(self) -> f64;
    fn nan(self) -> bool;
    fn finite(self) -> bool;
    fn infinite(self) -> bool;
    fn negative(self) -> bool;
}

macro_rules! asked {
    ([$($generics:tt)*] $Type:ty: $x:ident => $number:expr, $inner:expr) => {
        impl<$($generics)*> Asked for $Type {
            #[track_caller]
            fn number(self) -> f64 { let $x = self; $number }
            #[track_caller]
            fn nan(self) -> bool { let $x = self; $inner.is_nan() }
            #[track_caller]
            fn finite(self) -> bool { let $x = self; $inner.is_finite() }
            #[track_caller]
            fn infinite(self) -> bool { let $x = self; $inner.is_infinite() }
            #[track_caller]
            fn negative(self) -> bool { let $x = self; $inner.is_sign_negative() }
        }
    };
}
asked! { [] Var: x => x.value(), x }
asked! { [const K: usize] Dual<f64, K>: x => x.value, x.value }

/// A constant.
fn plain<N: From<f64>>(number: f64) -> N {
    N::from(number)
}

/// Methods that are operations of the table, under their names there.
macro_rules! operations {
    ($($name:ident($($other:ident),*) => $op:ident;)*) => { $(
        #[inline]
        #[track_caller]
        fn $name(self $(, $other: Self)*) -> Self { <Self as Real>::$op(self $(, $other)*) }
    )* };
}

/// Numbers that need no operand.
macro_rules! constants {
    ($($name:ident = $number:expr;)*) => { $(
        #[inline]
        fn $name() -> Self { plain($number) }
    )* };
}

macro_rules! convert_to {
    ($($name:ident -> $Type:ty;)*) => { $(
        #[track_caller]
        fn $name(&self) -> Option<$Type> { self.number().$name() }
    )* };
}

macro_rules! convert_from {
    ($($name:ident($Type:ty);)*) => { $(
        fn $name(number: $Type) -> Option<Self> { f64::$name(number).map(plain) }
    )* };
}

macro_rules! float {
    ([$($generics:tt)*] $Type:ty) => {
        impl<$($generics)*> Zero for $Type {
            constants! { zero = 0.0; }
            #[track_caller]
            fn is_zero(&self) -> bool { *self == 0.0 }
        }

        impl<$($generics)*> One for $Type {
            constants! { one = 1.0; }
            #[track_caller]
            fn is_one(&self) -> bool { *self == 1.0 }
        }

        impl<$($generics)*> Num for $Type {
            type FromStrRadixErr = <f64 as Num>::FromStrRadixErr;
            fn from_str_radix(text: &str, radix: u32) -> Result<Self, Self::FromStrRadixErr> {
                f64::from_str_radix(text, radix).map(plain)
            }
        }

        impl<$($generics)*> ToPrimitive for $Type {
            convert_to! {
                to_isize -> isize; to_i8 -> i8; to_i16 -> i16; to_i32 -> i32; to_i64 -> i64; to_i128 -> i128;
                to_usize -> usize; to_u8 -> u8; to_u16 -> u16; to_u32 -> u32; to_u64 -> u64; to_u128 -> u128;
                to_f32 -> f32; to_f64 -> f64;
            }
        }

        impl<$($generics)*> FromPrimitive for $Type {
            convert_from! {
                from_isize(isize); from_i8(i8); from_i16(i16); from_i32(i32); from_i64(i64); from_i128(i128);
                from_usize(usize); from_u8(u8); from_u16(u16); from_u32(u32); from_u64(u64); from_u128(u128);
                from_f32(f32); from_f64(f64);
            }
        }

        impl<$($generics)*> NumCast for $Type {
            #[track_caller]
            fn from<T: ToPrimitive>(number: T) -> Option<Self> { number.to_f64().map(plain) }
        }

        impl<$($generics)*> FloatConst for $Type {
            float_constants! {
                E FRAC_1_PI FRAC_1_SQRT_2 FRAC_2_PI FRAC_2_SQRT_PI FRAC_PI_2 FRAC_PI_3 FRAC_PI_4 FRAC_PI_6
                FRAC_PI_8 LN_10 LN_2 LOG10_E LOG2_E PI SQRT_2 TAU LOG10_2 LOG2_10
            }
        }

        impl<$($generics)*> Signed for $Type {
            #[track_caller]
            fn abs(&self) -> Self { Real::abs(*self) }
            #[track_caller]
            fn abs_sub(&self, other: &Self) -> Self { Float::abs_sub(*self, *other) }
            #[track_caller]
            fn signum(&self) -> Self { Float::signum(*self) }
            #[track_caller]
            fn is_positive(&self) -> bool { !self.negative() }
            #[track_caller]
            fn is_negative(&self) -> bool { self.negative() }
        }

        impl<$($generics)*> Float for $Type {
            constants! {
                nan = f64::NAN; infinity = f64::INFINITY; neg_infinity = f64::NEG_INFINITY; neg_zero = -0.0;
                min_value = f64::MIN; min_positive_value = f64::MIN_POSITIVE; max_value = f64::MAX;
                epsilon = f64::EPSILON;
            }
            operations! {
                floor() => floor; ceil() => ceil; trunc() => trunc; abs() => abs; recip() => recip;
                sqrt() => sqrt; cbrt() => cbrt; hypot(other) => hypot; powf(exponent) => pow;
                exp() => exp; exp2() => exp2; exp_m1() => expm1;
                ln() => ln; log2() => log2; log10() => log10; ln_1p() => log1p;
                sin() => sin; cos() => cos; tan() => tan; asin() => asin; acos() => acos; atan() => atan;
                atan2(x) => atan2;
                sinh() => sinh; cosh() => cosh; tanh() => tanh; asinh() => asinh; acosh() => acosh; atanh() => atanh;
                max(other) => max; min(other) => min; clamp(low, high) => clamp;
                copysign(sign) => copysign; mul_add(factor, addend) => mul_add;
            }
            #[track_caller]
            fn powi(self, exponent: i32) -> Self { Real::powi(self, exponent) }
            #[track_caller]
            fn log(self, base: Self) -> Self { Real::ln(self) / Real::ln(base) }
            #[track_caller]
            fn sin_cos(self) -> (Self, Self) { (Real::sin(self), Real::cos(self)) }
            #[track_caller]
            fn to_degrees(self) -> Self { self * (180.0 / std::f64::consts::PI) }
            #[track_caller]
            fn to_radians(self) -> Self { self * (std::f64::consts::PI / 180.0) }
            #[track_caller]
            fn fract(self) -> Self { self - Real::trunc(self) }
            #[track_caller]
            fn abs_sub(self, other: Self) -> Self { Real::relu(self - other) }
            /// 1 with the sign of the number, so 1 at 0; `sign` is 0 there.
            #[track_caller]
            fn signum(self) -> Self { Real::copysign(plain::<Self>(1.0), self) }
            /// Halves away from 0; the operation `round` takes them to even.
            #[track_caller]
            fn round(self) -> Self {
                // Doubling the fraction is exact; beyond 2^53 (and at infinity) there is none.
                const WHOLE: f64 = 9_007_199_254_740_992.0;
                let small = Real::clamp(self, -WHOLE, WHOLE);
                Real::trunc(self) + Real::trunc(Float::fract(small) * 2.0)
            }

            #[track_caller]
            fn is_nan(self) -> bool { self.nan() }
            #[track_caller]
            fn is_infinite(self) -> bool { self.infinite() }
            #[track_caller]
            fn is_finite(self) -> bool { self.finite() }
            #[track_caller]
            fn is_sign_positive(self) -> bool { !self.negative() }
            #[track_caller]
            fn is_sign_negative(self) -> bool { self.negative() }
            #[track_caller]
            fn is_normal(self) -> bool {
                self.finite() && (self >= f64::MIN_POSITIVE || self <= -f64::MIN_POSITIVE)
            }
            #[track_caller]
            fn is_subnormal(self) -> bool { self.finite() && self != 0.0 && !Float::is_normal(self) }
            #[track_caller]
            fn classify(self) -> FpCategory {
                match self {
                    x if x.nan() => FpCategory::Nan,
                    x if x.infinite() => FpCategory::Infinite,
                    x if x == 0.0 => FpCategory::Zero,
                    x if Float::is_normal(x) => FpCategory::Normal,
                    _ => FpCategory::Subnormal,
                }
            }
            #[track_caller]
            fn integer_decode(self) -> (u64, i16, i8) { self.number().integer_decode() }
        }
    };
}

macro_rules! float_constants {
    ($($name:ident)*) => { $(
        #[inline]
        fn $name() -> Self { plain(<f64 as FloatConst>::$name()) }
    )* };
}

float! { [] Var }
float! { [const K: usize] Dual<f64, K> }
