//! What a number type must be able to do before the operations of the table make it a
//! [`Real`](crate::Real): arithmetic with itself, with references and with plain numbers.

use crate::op::Lift;
use std::fmt::{Debug, Display};
use std::iter::{Product, Sum};
use std::ops::{
    Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Rem, RemAssign, Sub, SubAssign,
};

/// Arithmetic, comparison, sums and printing: the supertrait of [`Real`](crate::Real).
///
/// It is implemented for every type that has all of it; there is nothing to write.
pub trait Number:
    Lift
    + Debug
    + Display
    + Default
    + From<f64>
    + PartialEq
    + PartialEq<f64>
    + PartialOrd
    + PartialOrd<f64>
    + Neg<Output = Self>
    + Arithmetic<Self>
    + Arithmetic<f64>
    + for<'a> Arithmetic<&'a Self>
    + Sum
    + for<'a> Sum<&'a Self>
    + Product
    + for<'a> Product<&'a Self>
{
}

impl<N> Number for N where
    N: Lift
        + Debug
        + Display
        + Default
        + From<f64>
        + PartialEq
        + PartialEq<f64>
        + PartialOrd
        + PartialOrd<f64>
        + Neg<Output = N>
        + Arithmetic<N>
        + Arithmetic<f64>
        + for<'a> Arithmetic<&'a N>
        + Sum
        + for<'a> Sum<&'a N>
        + Product
        + for<'a> Product<&'a N>
{
}

/// The five operators and their assigning forms, with a right-hand side of type `T`.
pub trait Arithmetic<T>:
    Sized
    + Add<T, Output = Self>
    + Sub<T, Output = Self>
    + Mul<T, Output = Self>
    + Div<T, Output = Self>
    + Rem<T, Output = Self>
    + AddAssign<T>
    + SubAssign<T>
    + MulAssign<T>
    + DivAssign<T>
    + RemAssign<T>
{
}

impl<N, T> Arithmetic<T> for N where
    N: Add<T, Output = N>
        + Sub<T, Output = N>
        + Mul<T, Output = N>
        + Div<T, Output = N>
        + Rem<T, Output = N>
        + AddAssign<T>
        + SubAssign<T>
        + MulAssign<T>
        + DivAssign<T>
        + RemAssign<T>
{
}

/// Writes, for a `Copy` number type, the operators that follow from three functions per
/// operator: with itself, with a number on the right, with a number on the left.
macro_rules! operators {
    ($generics:tt $Type:ty: $($Trait:ident $method:ident $Assign:ident $assign:ident
        $both:expr, $right:expr, $left:expr;)*) => {
        $($crate::number::operator! { $generics $Type: $Trait $method $Assign $assign $both, $right, $left })*
    };
}

/// One operator of [`operators`].
macro_rules! operator {
    ([$($generics:tt)*] $Type:ty: $Trait:ident $method:ident $Assign:ident $assign:ident
        $both:expr, $right:expr, $left:expr) => {
        impl<$($generics)*> $Trait for $Type {
            type Output = $Type;
            #[inline]
            #[track_caller]
            fn $method(self, other: $Type) -> $Type { $both(self, other) }
        }
        impl<$($generics)*> $Trait<&$Type> for $Type {
            type Output = $Type;
            #[inline]
            #[track_caller]
            fn $method(self, other: &$Type) -> $Type { $both(self, *other) }
        }
        impl<$($generics)*> $Trait<$Type> for &$Type {
            type Output = $Type;
            #[inline]
            #[track_caller]
            fn $method(self, other: $Type) -> $Type { $both(*self, other) }
        }
        impl<$($generics)*> $Trait<&$Type> for &$Type {
            type Output = $Type;
            #[inline]
            #[track_caller]
            fn $method(self, other: &$Type) -> $Type { $both(*self, *other) }
        }
        impl<$($generics)*> $Trait<f64> for $Type {
            type Output = $Type;
            #[inline]
            #[track_caller]
            fn $method(self, other: f64) -> $Type { $right(self, other) }
        }
        impl<$($generics)*> $Trait<f64> for &$Type {
            type Output = $Type;
            #[inline]
            #[track_caller]
            fn $method(self, other: f64) -> $Type { $right(*self, other) }
        }
        impl<$($generics)*> $Trait<$Type> for f64 {
            type Output = $Type;
            #[inline]
            #[track_caller]
            fn $method(self, other: $Type) -> $Type { $left(self, other) }
        }
        impl<$($generics)*> $Trait<&$Type> for f64 {
            type Output = $Type;
            #[inline]
            #[track_caller]
            fn $method(self, other: &$Type) -> $Type { $left(self, *other) }
        }
        impl<$($generics)*> std::ops::$Assign for $Type {
            #[inline]
            #[track_caller]
            fn $assign(&mut self, other: $Type) { *self = $both(*self, other) }
        }
        impl<$($generics)*> std::ops::$Assign<&$Type> for $Type {
            #[inline]
            #[track_caller]
            fn $assign(&mut self, other: &$Type) { *self = $both(*self, *other) }
        }
        impl<$($generics)*> std::ops::$Assign<f64> for $Type {
            #[inline]
            #[track_caller]
            fn $assign(&mut self, other: f64) { *self = $right(*self, other) }
        }
        };
}

/// Sums and products, left to right from the first element; of nothing 0 and 1.
macro_rules! folds {
    ([$($generics:tt)*] $Type:ty) => {
        impl<$($generics)*> std::iter::Sum for $Type {
            #[track_caller]
            fn sum<I: Iterator<Item = $Type>>(items: I) -> $Type {
                items.reduce(|a, b| a + b).unwrap_or_else(|| <$Type>::from(0.0))
            }
        }
        impl<'a, $($generics)*> std::iter::Sum<&'a $Type> for $Type {
            #[track_caller]
            fn sum<I: Iterator<Item = &'a $Type>>(items: I) -> $Type {
                items.copied().sum()
            }
        }
        impl<$($generics)*> std::iter::Product for $Type {
            #[track_caller]
            fn product<I: Iterator<Item = $Type>>(items: I) -> $Type {
                items.reduce(|a, b| a * b).unwrap_or_else(|| <$Type>::from(1.0))
            }
        }
        impl<'a, $($generics)*> std::iter::Product<&'a $Type> for $Type {
            #[track_caller]
            fn product<I: Iterator<Item = &'a $Type>>(items: I) -> $Type {
                items.copied().product()
            }
        }
    };
}

pub(crate) use {folds, operator, operators};
