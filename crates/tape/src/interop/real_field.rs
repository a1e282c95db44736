//! The traits that `nalgebra` asks of its numbers, for [`Var`]: a function of `Matrix3<T>` with
//! `T: RealField` can be differentiated as it stands.
//!
//! Comparisons (a pivot that is sought, a tolerance that is met) are guards, as everywhere. To
//! read a number out of a `Var` (`to_subset`, `try_convert`) cuts the derivative.

use crate::op::Real;
use crate::var::Var;
use approx::{AbsDiffEq, RelativeEq, UlpsEq};
use num_traits::{Float, FloatConst};
use simba::scalar::{ComplexField, Field, RealField, SubsetOf};
use simba::simd::{PrimitiveSimdValue, SimdValue};

impl PrimitiveSimdValue for Var {}

/// One lane.
impl SimdValue for Var {
    const LANES: usize = 1;
    type Element = Var;
    type SimdBool = bool;

    fn splat(number: Var) -> Var {
        number
    }

    fn extract(&self, lane: usize) -> Var {
        assert_eq!(lane, 0, "a number has one lane");
        *self
    }

    unsafe fn extract_unchecked(&self, _: usize) -> Var {
        *self
    }

    fn replace(&mut self, lane: usize, number: Var) {
        assert_eq!(lane, 0, "a number has one lane");
        *self = number;
    }

    unsafe fn replace_unchecked(&mut self, _: usize, number: Var) {
        *self = number;
    }

    fn select(self, condition: bool, other: Var) -> Var {
        if condition { self } else { other }
    }
}

impl Field for Var {}

impl SubsetOf<Var> for Var {
    fn to_superset(&self) -> Var {
        *self
    }
    fn from_superset_unchecked(number: &Var) -> Var {
        *number
    }
    fn is_in_subset(_: &Var) -> bool {
        true
    }
}

macro_rules! plain_numbers {
    ($($Plain:ident)*) => { $(
        /// A plain number is a constant; back, it is read, which cuts the derivative.
        impl SubsetOf<Var> for $Plain {
            fn to_superset(&self) -> Var {
                Var::from(f64::from(*self))
            }
            #[track_caller]
            fn from_superset_unchecked(number: &Var) -> $Plain {
                number.value() as $Plain
            }
            fn is_in_subset(_: &Var) -> bool {
                true
            }
        }
    )* };
}

plain_numbers! { f32 f64 }

/// By value, as for `f64`.
impl AbsDiffEq for Var {
    type Epsilon = Var;
    fn default_epsilon() -> Var {
        Var::from(f64::default_epsilon())
    }
    #[track_caller]
    fn abs_diff_eq(&self, other: &Var, epsilon: Var) -> bool {
        self.value().abs_diff_eq(&other.value(), epsilon.value())
    }
}

/// By value, as for `f64`.
impl RelativeEq for Var {
    fn default_max_relative() -> Var {
        Var::from(f64::default_max_relative())
    }
    #[track_caller]
    fn relative_eq(&self, other: &Var, epsilon: Var, most: Var) -> bool {
        let (epsilon, most) = (epsilon.value(), most.value());
        self.value().relative_eq(&other.value(), epsilon, most)
    }
}

/// By value, as for `f64`.
impl UlpsEq for Var {
    fn default_max_ulps() -> u32 {
        f64::default_max_ulps()
    }
    #[track_caller]
    fn ulps_eq(&self, other: &Var, epsilon: Var, most: u32) -> bool {
        self.value().ulps_eq(&other.value(), epsilon.value(), most)
    }
}

/// Methods that are those of another trait.
macro_rules! methods {
    ($Trait:ident: $($name:ident($($other:ident),*) => $method:ident;)*) => { $(
        #[inline]
        #[track_caller]
        fn $name(self $(, $other: Var)*) -> Var { $Trait::$method(self $(, $other)*) }
    )* };
}

/// Numbers that need no operand.
macro_rules! constants {
    ($($name:ident = $number:expr;)*) => { $(
        fn $name() -> Var { Var::from($number) }
    )* };
}

impl ComplexField for Var {
    type RealField = Var;

    methods! { Real:
        abs() => abs; modulus() => abs; norm1() => abs; modulus_squared() => square; recip() => recip;
        floor() => floor; ceil() => ceil; trunc() => trunc; sqrt() => sqrt; cbrt() => cbrt;
        hypot(other) => hypot; powf(exponent) => pow; powc(exponent) => pow;
        exp() => exp; exp2() => exp2; exp_m1() => expm1;
        ln() => ln; log2() => log2; log10() => log10; ln_1p() => log1p;
        sin() => sin; cos() => cos; tan() => tan; asin() => asin; acos() => acos; atan() => atan;
        sinh() => sinh; cosh() => cosh; tanh() => tanh; asinh() => asinh; acosh() => acosh; atanh() => atanh;
        mul_add(factor, addend) => mul_add;
    }
    methods! { Float:
        round() => round; fract() => fract; signum() => signum; log(base) => log;
    }

    #[track_caller]
    fn powi(self, exponent: i32) -> Var {
        Real::powi(self, exponent)
    }
    #[track_caller]
    fn sin_cos(self) -> (Var, Var) {
        (Real::sin(self), Real::cos(self))
    }
    fn from_real(number: Var) -> Var {
        number
    }
    fn real(self) -> Var {
        self
    }
    fn imaginary(self) -> Var {
        Var::from(0.0)
    }
    fn conjugate(self) -> Var {
        self
    }
    #[track_caller]
    fn argument(self) -> Var {
        Var::from(if self >= 0.0 { 0.0 } else { f64::PI() })
    }
    #[track_caller]
    fn to_exp(self) -> (Var, Var) {
        match self >= 0.0 {
            true => (self, Var::from(1.0)),
            false => (-self, Var::from(-1.0)),
        }
    }
    #[track_caller]
    fn scale(self, factor: Var) -> Var {
        self * factor
    }
    #[track_caller]
    fn unscale(self, factor: Var) -> Var {
        self / factor
    }
    #[track_caller]
    fn is_finite(&self) -> bool {
        Float::is_finite(*self)
    }
    #[track_caller]
    fn try_sqrt(self) -> Option<Var> {
        (self >= 0.0).then(|| Real::sqrt(self))
    }
}

impl RealField for Var {
    methods! { Real:
        copysign(sign) => copysign; max(other) => max; min(other) => min; clamp(low, high) => clamp;
        atan2(x) => atan2;
    }
    #[track_caller]
    fn is_sign_positive(&self) -> bool {
        Float::is_sign_positive(*self)
    }
    #[track_caller]
    fn is_sign_negative(&self) -> bool {
        Float::is_sign_negative(*self)
    }
    fn min_value() -> Option<Var> {
        Some(Var::from(f64::MIN))
    }
    fn max_value() -> Option<Var> {
        Some(Var::from(f64::MAX))
    }
    constants! {
        pi = f64::PI(); two_pi = f64::TAU(); e = f64::E(); ln_2 = f64::LN_2(); ln_10 = f64::LN_10();
        frac_pi_2 = f64::FRAC_PI_2(); frac_pi_3 = f64::FRAC_PI_3(); frac_pi_4 = f64::FRAC_PI_4();
        frac_pi_6 = f64::FRAC_PI_6(); frac_pi_8 = f64::FRAC_PI_8();
        frac_1_pi = f64::FRAC_1_PI(); frac_2_pi = f64::FRAC_2_PI(); frac_2_sqrt_pi = f64::FRAC_2_SQRT_PI();
        log2_e = f64::LOG2_E(); log10_e = f64::LOG10_E();
    }
}
