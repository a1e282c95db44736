//! Every operation of the table, element by element; operators; comparison.

use super::record::record_elementwise;
use super::{Tensor, done};
use crate::custom::CustomOp;
use crate::element::Element;
use crate::error::Error;
use crate::number::{folds, operators};
use crate::op::{AttributeType, Attributed, Binary, Lift, Nary, Op, Ternary, Unary, rule};
use crate::var::Var;
use smallvec::SmallVec;
use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

impl<T: Element> Tensor<T> {
    /// An elementwise operation of two operands, with an error in place of a panic.
    #[track_caller]
    pub(crate) fn try_binary<R: Binary>(self, other: Tensor<T>) -> Result<Tensor<T>, Error> {
        let operands = [self.var(), other.var()];
        Ok(match record_elementwise(T::TYPE, R::OP, 0, &operands)? {
            Some(recorded) => Tensor::of(recorded),
            None => Tensor::of(self.var().binary::<R>(other.var())),
        })
    }

    /// The chain rule's product; a factor that is the number 1 is left out.
    #[track_caller]
    pub(crate) fn chain_unless_one(self, local: Tensor<T>) -> Tensor<T> {
        let is_one = |tensor: Tensor<T>| tensor.var().is_constant() && tensor.var().peek() == 1.0;
        match (is_one(self), is_one(local)) {
            (true, _) => local,
            (_, true) => self,
            _ => self.chain(local),
        }
    }

    #[track_caller]
    fn both<R: Binary>(self, other: Tensor<T>) -> Tensor<T> {
        done(self.try_binary::<R>(other))
    }

    #[track_caller]
    fn right<R: Binary>(self, number: f64) -> Tensor<T> {
        self.both::<R>(Tensor::from(number))
    }

    #[track_caller]
    fn left<R: Binary>(number: f64, this: Tensor<T>) -> Tensor<T> {
        Tensor::from(number).both::<R>(this)
    }

    /// What several elements answer to a question, if they all answer the same.
    #[track_caller]
    fn agreed<V: PartialEq>(
        self,
        other: Tensor<T>,
        scalar: impl Fn(Var, Var) -> V,
        ask: impl Fn(&f64, &f64) -> V,
    ) -> V {
        if self.is_number() && other.is_number() {
            return scalar(self.var(), other.var());
        }
        let (a, b) = (self.to_array(), other.to_array());
        let of = |array: &crate::array::Array<T>, i: usize| match array.as_slice() {
            [one] => one.to_f64(),
            many => many[i].to_f64(),
        };
        let count = a.as_slice().len().max(b.as_slice().len());
        let same_shape = a.shape() == b.shape() || self.is_number() || other.is_number();
        let mut answers = (0..count).map(|i| ask(&of(&a, i), &of(&b, i)));
        match answers.next() {
            Some(first) if same_shape && answers.all(|answer| answer == first) => first,
            _ => panic!(
                "a comparison of tensors of shapes {} and {} has no one answer: \
                 `select` chooses element by element, `greater` and its kin answer with a tensor of 0 and 1",
                a.shape(),
                b.shape()
            ),
        }
    }
}

/// The handles of numbers.
fn vars<T: Element>(tensors: &[Tensor<T>]) -> SmallVec<[Var; 8]> {
    tensors.iter().map(|tensor| tensor.var()).collect()
}

impl<T: Element> Lift for Tensor<T> {
    #[track_caller]
    fn unary<R: Unary>(self) -> Tensor<T> {
        match done(record_elementwise(T::TYPE, R::OP, 0, &[self.var()])) {
            Some(recorded) => Tensor::of(recorded),
            None => Tensor::of(self.var().unary::<R>()),
        }
    }

    #[track_caller]
    fn attributed<R: Attributed>(self, attribute: R::Attribute) -> Tensor<T> {
        let bits = attribute.to_bits();
        match done(record_elementwise(T::TYPE, R::OP, bits, &[self.var()])) {
            Some(recorded) => Tensor::of(recorded),
            None => Tensor::of(self.var().attributed::<R>(attribute)),
        }
    }

    #[track_caller]
    fn binary<R: Binary>(self, other: Tensor<T>) -> Tensor<T> {
        self.both::<R>(other)
    }

    #[track_caller]
    fn ternary<R: Ternary>(self, second: Tensor<T>, third: Tensor<T>) -> Tensor<T> {
        let [x, y, z] = [self.var(), second.var(), third.var()];
        match done(record_elementwise(T::TYPE, R::OP, 0, &[x, y, z])) {
            Some(recorded) => Tensor::of(recorded),
            None => Tensor::of(x.ternary::<R>(y, z)),
        }
    }

    #[track_caller]
    fn nary<R: Nary>(operands: &[Tensor<T>]) -> Tensor<T> {
        let operands = vars(operands);
        match done(record_elementwise(T::TYPE, R::OP, 0, &operands)) {
            Some(recorded) => Tensor::of(recorded),
            None => Tensor::of(Var::nary::<R>(&operands)),
        }
    }

    #[track_caller]
    fn call(function: &'static CustomOp, operands: &[Tensor<T>]) -> Tensor<T> {
        let (operands, number) = (vars(operands), u64::from(function.number()));
        match done(record_elementwise(T::TYPE, Op::Call, number, &operands)) {
            Some(recorded) => Tensor::of(recorded),
            None => Tensor::of(Var::call(function, &operands)),
        }
    }

    #[track_caller]
    fn detach(self) -> Tensor<T> {
        super::record::record_detach(self)
    }

    fn peek(self) -> f64 {
        if self.is_number() {
            self.var().peek()
        } else {
            f64::NAN
        }
    }
}

operators! { [T: Element] Tensor<T>:
    Add add AddAssign add_assign Tensor::both::<rule::Add>, Tensor::right::<rule::Add>, Tensor::left::<rule::Add>;
    Sub sub SubAssign sub_assign Tensor::both::<rule::Sub>, Tensor::right::<rule::Sub>, Tensor::left::<rule::Sub>;
    Mul mul MulAssign mul_assign Tensor::both::<rule::Mul>, Tensor::right::<rule::Mul>, Tensor::left::<rule::Mul>;
    Div div DivAssign div_assign Tensor::both::<rule::Div>, Tensor::right::<rule::Div>, Tensor::left::<rule::Div>;
    Rem rem RemAssign rem_assign Tensor::both::<rule::Rem>, Tensor::right::<rule::Rem>, Tensor::left::<rule::Rem>;
}
folds! { [T: Element] Tensor<T> }

/// Operators between tensors and `Var`s.
macro_rules! mixed {
    ($($Trait:ident $method:ident $Assign:ident $assign:ident;)*) => { $(
        impl<T: Element> $Trait<Var> for Tensor<T> {
            type Output = Tensor<T>;
            #[track_caller]
            fn $method(self, other: Var) -> Tensor<T> { self.both::<rule::$Trait>(Tensor::from(other)) }
        }
        impl<T: Element> $Trait<Tensor<T>> for Var {
            type Output = Tensor<T>;
            #[track_caller]
            fn $method(self, other: Tensor<T>) -> Tensor<T> { Tensor::from(self).both::<rule::$Trait>(other) }
        }
        impl<T: Element> std::ops::$Assign<Var> for Tensor<T> {
            #[track_caller]
            fn $assign(&mut self, other: Var) { *self = self.both::<rule::$Trait>(Tensor::from(other)) }
        }
    )* };
}

mixed! {
    Add add AddAssign add_assign;
    Sub sub SubAssign sub_assign;
    Mul mul MulAssign mul_assign;
    Div div DivAssign div_assign;
    Rem rem RemAssign rem_assign;
}

impl<T: Element> Neg for Tensor<T> {
    type Output = Tensor<T>;
    #[track_caller]
    fn neg(self) -> Tensor<T> {
        self.unary::<rule::Neg>()
    }
}

impl<T: Element> Neg for &Tensor<T> {
    type Output = Tensor<T>;
    #[track_caller]
    fn neg(self) -> Tensor<T> {
        -*self
    }
}

/// By value. Of arrays a comparison is answered if all elements give the same answer; else it panics.
impl<T: Element> PartialEq for Tensor<T> {
    #[track_caller]
    fn eq(&self, other: &Tensor<T>) -> bool {
        self.agreed(*other, |a, b| a == b, |a, b| a == b)
    }
}

impl<T: Element> PartialOrd for Tensor<T> {
    #[track_caller]
    fn partial_cmp(&self, other: &Tensor<T>) -> Option<Ordering> {
        self.agreed(*other, |a, b| a.partial_cmp(&b), |a, b| a.partial_cmp(b))
    }
}

impl<T: Element> PartialEq<f64> for Tensor<T> {
    #[track_caller]
    fn eq(&self, other: &f64) -> bool {
        *self == Tensor::from(*other)
    }
}

impl<T: Element> PartialOrd<f64> for Tensor<T> {
    #[track_caller]
    fn partial_cmp(&self, other: &f64) -> Option<Ordering> {
        self.partial_cmp(&Tensor::from(*other))
    }
}
