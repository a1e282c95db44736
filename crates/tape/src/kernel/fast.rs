//! The number type of the kernels: one lane of a vector register.

use crate::custom::CustomOp;
use crate::element::Element;
use crate::number::{folds, operators};
use crate::op::{
    Attribute, AttributeType, Attributed, Binary, Lift, Nary, Op, Ternary, Unary, rule,
};
use smallvec::SmallVec;
use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

/// An element whose operations have no branch, so that a loop over them becomes vector code.
///
/// A row of the table, written for any number type, is thereby a vector kernel. The operations
/// that networks are made of are computed in `T` ([`elementary`](super::elementary)); the rest in
/// `f64`, as scalars are. With `FMA` multiply-adds are rounded once: only for code compiled for a
/// processor that has the instruction, or each becomes a library call (445 ns where 29 were meant).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fast<T, const FMA: bool>(pub(crate) T);

impl<T: Element, const FMA: bool> Fast<T, FMA> {
    /// A constant of a formula.
    #[inline(always)]
    pub(super) fn of(number: f64) -> Self {
        Fast(T::from_f64(number))
    }

    /// `self * factor + addend`, rounded once if `FMA`.
    #[inline(always)]
    pub(super) fn fused(self, factor: Self, addend: Self) -> Self {
        if FMA {
            Fast(self.0.mul_add(factor.0, addend.0))
        } else {
            Fast(self.0 * factor.0 + addend.0)
        }
    }

    /// `self` if `test`, else `other`; both are there already, so it is a blend and no branch.
    #[inline(always)]
    pub(super) fn when(self, test: bool, other: Self) -> Self {
        if test { self } else { other }
    }

    /// The row's own value, by way of `f64`.
    #[inline(always)]
    fn exactly(self, value: impl FnOnce(f64) -> f64) -> Self {
        Fast::of(value(self.0.to_f64()))
    }
}

/// Whether an operation, or what its derivative is made of, is computed in `f64` as scalars are.
/// Its loops are compiled once, and not for every vector unit, which would not make them faster.
pub(super) const fn is_by_row(op: Op) -> bool {
    use Op::*;
    matches!(
        op,
        Cbrt | Exp10
            | Log10
            | Sin
            | Cos
            | Tan
            | Asin
            | Acos
            | AsinSlope
            | Atan
            | Sinh
            | Cosh
            | Asinh
            | Acosh
            | Atanh
            | AtanhSlope
            | Mish
            | Lgamma
            | Digamma
            | Polygamma
            | Pow
            | PowLn
            | Rem
            | RemQuotient
            | RemSlope
            | Atan2
            | Atan2Slope
            | Hypot
            | HypotSlope
            | Copysign
            | Xlogy
            | ClampLow
            | ClampHigh
            | Within
    )
}

impl<T: Element, const FMA: bool> Lift for Fast<T, FMA> {
    #[inline(always)]
    fn unary<R: Unary>(self) -> Self {
        let x = self;
        match R::OP {
            Op::Neg => Fast(-x.0),
            Op::Square => x * x,
            Op::Recip => Fast::of(1.0) / x,
            Op::Sqrt => Fast((x + 0.0).0.sqrt()),
            Op::Abs => Fast(x.0.abs()),
            Op::Floor => Fast(x.0.floor()),
            Op::Ceil => Fast(x.0.ceil()),
            Op::Round => Fast(x.0.round_half_even()),
            Op::Trunc => Fast(x.0.trunc()),
            Op::Exp => x.exp(),
            Op::Exp2 => x.exp2(),
            Op::Expm1 => x.expm1(),
            Op::Ln => x.ln(),
            Op::Log2 => x.log2(),
            Op::Log1p => x.log1p(),
            Op::LnSlope => x.ln_slope(),
            Op::Tanh => x.tanh(),
            Op::SechSquared => x.sech_squared(),
            Op::Sigmoid => x.sigmoid(),
            Op::SigmoidSlope => x.sigmoid_slope(),
            Op::Softplus => x.softplus(),
            Op::LogSigmoid => x.log_sigmoid(),
            Op::Silu => x.silu(),
            Op::Mish => x.mish(),
            Op::Gelu => x.gelu(),
            Op::GeluTanh => x.gelu_tanh(),
            Op::Erf => x.erf(),
            Op::Erfc => x.erfc(),
            Op::Relu => x.relu(),
            Op::ReluSlope => x.step_between(0.0, 1.0),
            Op::HardTanh => x.clamp(Fast::of(-1.0), Fast::of(1.0)),
            Op::Ramp => (x + 0.5).clamp(Fast::of(0.0), Fast::of(1.0)),
            Op::Sign => x.sign(),
            Op::Step => x.sign() * 0.5 + 0.5,
            Op::Selu => x.elu(crate::math::SELU_ALPHA) * crate::math::SELU_SCALE,
            _ => x.exactly(R::value),
        }
    }

    #[inline(always)]
    fn attributed<R: Attributed>(self, attribute: R::Attribute) -> Self {
        let x = self;
        match (R::OP, attribute.describe()) {
            (Op::LeakyRelu, Attribute::Number(slope)) => x.when(x > 0.0, x.damped(Fast::of(slope))),
            (Op::LeakyReluSlope, Attribute::Number(slope)) => x.step_between(slope, 1.0),
            (Op::Elu, Attribute::Number(alpha)) => x.elu(alpha),
            (Op::EluSlope, Attribute::Number(alpha)) => {
                Fast::of(1.0).when(x > 0.0, x.exp() * alpha)
            }
            (Op::EluCurve, Attribute::Number(alpha)) => {
                Fast::of(0.0).when(x > 0.0, x.exp() * alpha)
            }
            (Op::Powi, Attribute::Integer(n @ -2..=4)) => x.powi(n),
            _ => x.exactly(|x| R::value(x, attribute)),
        }
    }

    #[inline(always)]
    fn binary<R: Binary>(self, other: Self) -> Self {
        let (x, y) = (self, other);
        match R::OP {
            Op::Add => Fast(x.0 + y.0),
            Op::Sub => Fast(x.0 - y.0),
            Op::Mul => Fast(x.0 * y.0),
            Op::Div => Fast(x.0 / y.0),
            Op::ChainMul => Fast::of(0.0).when((x == 0.0) | (y == 0.0), x * y) + 0.0,
            Op::QuotientOrZero => Fast::of(0.0).when(y == 0.0, x / y),
            Op::Max => x.max(y),
            Op::Min => x.min(y),
            Op::MaxShare => x.max_share(y),
            Op::ExpShift => x.exp_shift(y),
            _ => Fast::of(R::value(x.0.to_f64(), y.0.to_f64())),
        }
    }

    #[inline(always)]
    fn ternary<R: Ternary>(self, second: Self, third: Self) -> Self {
        let (x, y, z) = (self, second, third);
        match R::OP {
            Op::Select => y.when(x > 0.0, z),
            Op::Clamp => x.clamp(y, z),
            Op::MulAdd => x * y + z,
            _ => Fast::of(R::value(x.0.to_f64(), y.0.to_f64(), z.0.to_f64())),
        }
    }

    fn nary<R: Nary>(operands: &[Self]) -> Self {
        let operands: SmallVec<[f64; 8]> = operands.iter().map(|x| x.0.to_f64()).collect();
        Fast::of(R::value(&operands))
    }

    fn call(function: &'static CustomOp, operands: &[Self]) -> Self {
        let operands: SmallVec<[f64; 8]> = operands.iter().map(|x| x.0.to_f64()).collect();
        Fast::of(function.value(&operands))
    }

    #[inline(always)]
    fn detach(self) -> Self {
        self
    }

    #[inline(always)]
    fn peek(self) -> f64 {
        self.0.to_f64()
    }
}

operators! { [T: Element, const FMA: bool] Fast<T, FMA>:
    Add add AddAssign add_assign Fast::binary::<rule::Add>, right::<rule::Add, T, FMA>, left::<rule::Add, T, FMA>;
    Sub sub SubAssign sub_assign Fast::binary::<rule::Sub>, right::<rule::Sub, T, FMA>, left::<rule::Sub, T, FMA>;
    Mul mul MulAssign mul_assign Fast::binary::<rule::Mul>, right::<rule::Mul, T, FMA>, left::<rule::Mul, T, FMA>;
    Div div DivAssign div_assign Fast::binary::<rule::Div>, right::<rule::Div, T, FMA>, left::<rule::Div, T, FMA>;
    Rem rem RemAssign rem_assign Fast::binary::<rule::Rem>, right::<rule::Rem, T, FMA>, left::<rule::Rem, T, FMA>;
}
folds! { [T: Element, const FMA: bool] Fast<T, FMA> }

#[inline(always)]
fn right<R: Binary, T: Element, const FMA: bool>(x: Fast<T, FMA>, literal: f64) -> Fast<T, FMA> {
    x.binary::<R>(Fast::of(literal))
}

#[inline(always)]
fn left<R: Binary, T: Element, const FMA: bool>(literal: f64, x: Fast<T, FMA>) -> Fast<T, FMA> {
    Fast::of(literal).binary::<R>(x)
}

impl<T: Element, const FMA: bool> Neg for Fast<T, FMA> {
    type Output = Self;
    #[inline]
    fn neg(self) -> Self {
        Fast(-self.0)
    }
}

impl<T: Element, const FMA: bool> From<f64> for Fast<T, FMA> {
    #[inline(always)]
    fn from(number: f64) -> Self {
        Fast::of(number)
    }
}

impl<T: Element, const FMA: bool> PartialEq for Fast<T, FMA> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T: Element, const FMA: bool> PartialEq<f64> for Fast<T, FMA> {
    #[inline(always)]
    fn eq(&self, other: &f64) -> bool {
        self.0 == T::from_f64(*other)
    }
}

impl<T: Element, const FMA: bool> PartialOrd for Fast<T, FMA> {
    #[inline(always)]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.0.partial_cmp(&other.0)
    }
    #[inline(always)]
    fn lt(&self, other: &Self) -> bool {
        self.0 < other.0
    }
    #[inline(always)]
    fn le(&self, other: &Self) -> bool {
        self.0 <= other.0
    }
    #[inline(always)]
    fn gt(&self, other: &Self) -> bool {
        self.0 > other.0
    }
    #[inline(always)]
    fn ge(&self, other: &Self) -> bool {
        self.0 >= other.0
    }
}

/// Each comparison is one instruction; made from `partial_cmp` it would be two and a branch.
impl<T: Element, const FMA: bool> PartialOrd<f64> for Fast<T, FMA> {
    #[inline(always)]
    fn partial_cmp(&self, other: &f64) -> Option<Ordering> {
        self.0.partial_cmp(&T::from_f64(*other))
    }
    #[inline(always)]
    fn lt(&self, other: &f64) -> bool {
        self.0 < T::from_f64(*other)
    }
    #[inline(always)]
    fn le(&self, other: &f64) -> bool {
        self.0 <= T::from_f64(*other)
    }
    #[inline(always)]
    fn gt(&self, other: &f64) -> bool {
        self.0 > T::from_f64(*other)
    }
    #[inline(always)]
    fn ge(&self, other: &f64) -> bool {
        self.0 >= T::from_f64(*other)
    }
}

impl<T: Element, const FMA: bool> fmt::Display for Fast<T, FMA> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
