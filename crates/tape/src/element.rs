//! The numbers that arrays are made of.

use std::fmt::{Debug, Display, LowerExp};

/// The type of an array's elements: `f64`, or `f32` where speed and memory matter more than digits.
pub trait Element:
    sealed::Sealed
    + Copy
    + Default
    + Debug
    + Display
    + LowerExp
    + PartialEq
    + PartialOrd
    + Send
    + Sync
    + 'static
{
    /// Which of the two it is.
    const TYPE: ElementType;
    /// The nearest number of this type.
    fn from_f64(number: f64) -> Self;
    /// The number, exactly.
    fn to_f64(self) -> f64;
}

/// The types that elements may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ElementType {
    /// Double precision.
    F64,
    /// Single precision.
    F32,
}

/// Where an element type is known only when the program runs: the expression for the one it is, with
/// `$T` its name: `by_element!(layout.element, T => arrays.copied::<T>(source))`.
macro_rules! by_element {
    ($element:expr, $T:ident => $body:expr) => {
        match $element {
            $crate::element::ElementType::F64 => {
                type $T = f64;
                $body
            }
            $crate::element::ElementType::F32 => {
                type $T = f32;
                $body
            }
        }
    };
}

pub(crate) use by_element;

mod sealed {
    use crate::tensor::{Lent, Loan};

    /// Arrays keep their elements in memory of plain bits: only `f64` and `f32` may be elements.
    pub trait Sealed: crate::kernel::Float {
        /// Elements, as what they are.
        fn elements(elements: &[Self]) -> Elements<'_>;
        /// Those of the arrays lent to a recording that have elements of this type.
        fn lent(lent: &Lent) -> &[Loan<Self>]
        where
            Self: crate::Element;
        /// The same, to add one.
        fn lent_mut(lent: &mut Lent) -> &mut Vec<Loan<Self>>
        where
            Self: crate::Element;
    }

    impl Sealed for f64 {
        fn elements(elements: &[f64]) -> Elements<'_> {
            Elements::F64(elements)
        }
        #[inline(always)]
        fn lent(lent: &Lent) -> &[Loan<f64>] {
            &lent.doubles
        }
        fn lent_mut(lent: &mut Lent) -> &mut Vec<Loan<f64>> {
            &mut lent.doubles
        }
    }

    impl Sealed for f32 {
        fn elements(elements: &[f32]) -> Elements<'_> {
            Elements::F32(elements)
        }
        #[inline(always)]
        fn lent(lent: &Lent) -> &[Loan<f32>] {
            &lent.singles
        }
        fn lent_mut(lent: &mut Lent) -> &mut Vec<Loan<f32>> {
            &mut lent.singles
        }
    }

    /// Elements of either type, where a type parameter ends.
    #[derive(Clone, Copy, Debug)]
    pub enum Elements<'a> {
        /// Double precision.
        F64(&'a [f64]),
        /// Single precision.
        F32(&'a [f32]),
    }
}

pub(crate) use sealed::Elements;

impl Element for f64 {
    const TYPE: ElementType = ElementType::F64;
    #[inline(always)]
    fn from_f64(number: f64) -> f64 {
        number
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
}

impl Element for f32 {
    const TYPE: ElementType = ElementType::F32;
    #[inline(always)]
    fn from_f64(number: f64) -> f32 {
        number as f32
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}
