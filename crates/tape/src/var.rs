//! The handle of a scalar.

use crate::custom::CustomOp;
use crate::graph::Form;
use crate::guard::{Guard, Guards, Test};
use crate::number::{folds, operators};
use crate::op::{AttributeType, Attributed, Binary, Lift, Nary, Op, Ternary, Unary};
use crate::recording::{Recording, guard, record_list, record_one, record_two};
use smallvec::SmallVec;
use std::cmp::Ordering;
use std::fmt;

/// A scalar whose operations are recorded on a [`Tape`](crate::Tape).
///
/// A `Var` is plain data, 16 bytes: its value, and an id that says which node of which
/// recording it is. It is `Copy`, lives as long as you like, and mixes with plain numbers
/// on either side of every operator. A `Var` made from a plain number is a constant: it
/// needs no tape, and constants fold among themselves.
///
/// ```
/// let tape = tape::Tape::new();
/// let x = tape.var("x", 3.0);
/// let y = 2.0 * x * x + x / 4.0 - 1.0;
/// assert_eq!(y.backward()[x], 12.25);
/// ```
///
/// Comparisons are by value and give a plain `bool`, so that an ordinary `if` works; a
/// program being recorded remembers them as guards (see [`Program`](crate::Program)).
///
/// # Panics
/// An operation on a handle that is stale (its tape was reset or dropped, or lives on
/// another thread), or on handles of two recordings, panics at your line and says which.
#[derive(Clone, Copy)]
pub struct Var {
    pub(crate) value: f64,
    /// The node's id, unique in the process; 0 is a constant.
    pub(crate) id: u64,
}

/// Identifies a node for as long as the process runs; fit for a map key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VarId(u64);

impl Var {
    /// A constant: a number without a tape.
    #[must_use]
    #[inline]
    pub const fn constant(value: f64) -> Var {
        Var { value, id: 0 }
    }

    /// Whether this is a constant.
    #[must_use]
    #[inline]
    pub const fn is_constant(self) -> bool {
        self.id == 0
    }

    /// The value. While a program is being recorded, reading it leaves a guard: a replay in
    /// which it would differ is an error. See [`peek`](Var::peek).
    #[must_use]
    #[inline]
    #[track_caller]
    pub fn value(self) -> f64 {
        guard(
            Guards::Reads,
            [self, Var::constant(0.0)],
            self.asked(Test::Read, 0.0),
        );
        self.value
    }

    /// The value, for looking at only: it leaves no guard, so a program must not depend on it.
    #[must_use]
    #[inline]
    pub const fn peek(self) -> f64 {
        self.value
    }

    /// An id fit for a map key. All constants share one.
    #[must_use]
    pub const fn id(self) -> VarId {
        VarId(self.id)
    }

    /// Names the node, for the ledger and for messages, and answers the handle.
    ///
    /// # Panics
    /// If the handle is stale. Naming a constant does nothing.
    #[track_caller]
    pub fn named(self, name: impl AsRef<str>) -> Var {
        if !self.is_constant() {
            let recording = Recording::expect_owner(self, "named");
            recording.name(
                recording.index(self).expect("the owner holds the handle"),
                name.as_ref(),
            );
        }
        self
    }

    /// The node's name, if it has one.
    #[must_use]
    pub fn name(self) -> Option<String> {
        Recording::owner_of(self)?.name_of(self)
    }

    /// The operation that recorded it; `None` of a constant, and of a stale handle.
    #[must_use]
    pub fn op(self) -> Option<Op> {
        let owner = Recording::owner_of(self)?;
        Some(owner.node(owner.index(self)?).row.op)
    }

    /// The same value, cut off from what it was computed from: no gradient flows through.
    #[must_use]
    #[inline]
    #[track_caller]
    pub fn detach(self) -> Var {
        <Var as Lift>::detach(self)
    }

    /// A power with a literal exponent, as in the standard library.
    #[must_use]
    #[inline]
    #[track_caller]
    pub fn powf(self, exponent: impl Into<Var>) -> Var {
        self.pow(exponent)
    }

    /// Whether the value is NaN; a guard while recording.
    #[must_use]
    #[track_caller]
    pub fn is_nan(self) -> bool {
        self.test(Test::IsNan)
    }

    /// Whether the value is neither infinite nor NaN; a guard while recording.
    #[must_use]
    #[track_caller]
    pub fn is_finite(self) -> bool {
        self.test(Test::IsFinite)
    }

    /// Whether the value is infinite; a guard while recording.
    #[must_use]
    #[track_caller]
    pub fn is_infinite(self) -> bool {
        self.test(Test::IsInfinite)
    }

    /// Whether the value has a minus sign, -0.0 included; a guard while recording.
    #[must_use]
    #[track_caller]
    pub fn is_sign_negative(self) -> bool {
        self.test(Test::IsSignNegative)
    }

    /// Whether the value has no minus sign; a guard while recording.
    #[must_use]
    #[track_caller]
    pub fn is_sign_positive(self) -> bool {
        !self.test(Test::IsSignNegative)
    }

    #[track_caller]
    fn test(self, test: Test) -> bool {
        guard(
            Guards::Branches,
            [self, Var::constant(0.0)],
            self.asked(test, 0.0),
        );
        test.ask(self.value, 0.0) == 1
    }

    #[inline]
    #[track_caller]
    fn compare(self, test: Test, other: Var) -> bool {
        guard(
            Guards::Branches,
            [self, other],
            self.asked(test, other.value),
        );
        test.ask(self.value, other.value) == 1
    }

    /// The guard of a question about this value and a second one.
    fn asked(
        self,
        test: Test,
        other: f64,
    ) -> impl FnOnce([crate::graph::Operand; 2], crate::graph::Line) -> Guard {
        let answer = test.ask(self.value, other);
        move |[left, right], line| Guard {
            test,
            left,
            right,
            answer,
            line,
        }
    }

    #[inline(always)]
    #[track_caller]
    fn both<R: Binary>(self, other: Var) -> Var {
        record_two(R::OP, self, other, R::value(self.value, other.value))
    }

    #[inline(always)]
    #[track_caller]
    fn literal_right<R: Binary>(self, other: f64) -> Var {
        record_one(
            R::OP,
            Form::LiteralRight,
            self,
            other.to_bits(),
            R::value(self.value, other),
        )
    }

    #[inline(always)]
    #[track_caller]
    fn literal_left<R: Binary>(other: f64, this: Var) -> Var {
        record_one(
            R::OP,
            Form::LiteralLeft,
            this,
            other.to_bits(),
            R::value(other, this.value),
        )
    }
}

impl Lift for Var {
    #[inline(always)]
    #[track_caller]
    fn unary<R: Unary>(self) -> Var {
        record_one(R::OP, Form::One, self, 0, R::value(self.value))
    }

    #[inline(always)]
    #[track_caller]
    fn attributed<R: Attributed>(self, attribute: R::Attribute) -> Var {
        record_one(
            R::OP,
            Form::One,
            self,
            attribute.to_bits(),
            R::value(self.value, attribute),
        )
    }

    #[inline(always)]
    #[track_caller]
    fn binary<R: Binary>(self, other: Var) -> Var {
        if other.is_constant() {
            self.literal_right::<R>(other.value)
        } else if self.is_constant() {
            Var::literal_left::<R>(self.value, other)
        } else {
            self.both::<R>(other)
        }
    }

    #[track_caller]
    fn ternary<R: Ternary>(self, second: Var, third: Var) -> Var {
        record_list(
            R::OP,
            0,
            &[self, second, third],
            R::value(self.value, second.value, third.value),
        )
    }

    #[track_caller]
    fn nary<R: Nary>(operands: &[Var]) -> Var {
        let values: SmallVec<[f64; 16]> = operands.iter().map(|v| v.value).collect();
        record_list(R::OP, 0, operands, R::value(&values))
    }

    #[track_caller]
    fn call(function: &'static CustomOp, operands: &[Var]) -> Var {
        let values: SmallVec<[f64; 16]> = operands.iter().map(|v| v.value).collect();
        record_list(
            Op::Call,
            function.number(),
            operands,
            f64::call(function, &values),
        )
    }

    #[inline]
    #[track_caller]
    fn detach(self) -> Var {
        record_one(Op::Detach, Form::One, self, 0, self.value)
    }

    #[inline]
    fn peek(self) -> f64 {
        self.value
    }
}

use crate::op::rule;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

operators! { [] Var:
    Add add AddAssign add_assign Var::both::<rule::Add>, Var::literal_right::<rule::Add>, Var::literal_left::<rule::Add>;
    Sub sub SubAssign sub_assign Var::both::<rule::Sub>, Var::literal_right::<rule::Sub>, Var::literal_left::<rule::Sub>;
    Mul mul MulAssign mul_assign Var::both::<rule::Mul>, Var::literal_right::<rule::Mul>, Var::literal_left::<rule::Mul>;
    Div div DivAssign div_assign Var::both::<rule::Div>, Var::literal_right::<rule::Div>, Var::literal_left::<rule::Div>;
    Rem rem RemAssign rem_assign Var::both::<rule::Rem>, Var::literal_right::<rule::Rem>, Var::literal_left::<rule::Rem>;
}
folds! { [] Var }

impl Neg for Var {
    type Output = Var;
    #[inline]
    #[track_caller]
    fn neg(self) -> Var {
        self.unary::<rule::Neg>()
    }
}

impl Neg for &Var {
    type Output = Var;
    #[inline]
    #[track_caller]
    fn neg(self) -> Var {
        -*self
    }
}

impl From<f64> for Var {
    #[inline]
    fn from(value: f64) -> Var {
        Var::constant(value)
    }
}

impl From<&Var> for Var {
    #[inline]
    fn from(var: &Var) -> Var {
        *var
    }
}

/// The constant 0.
impl Default for Var {
    fn default() -> Var {
        Var::constant(0.0)
    }
}

// `ne` is written out, here and below: the default one would put the standard library's line into the guard.
#[allow(clippy::partialeq_ne_impl)]
impl PartialEq for Var {
    #[track_caller]
    fn ne(&self, other: &Var) -> bool {
        !self.compare(Test::Equal, *other)
    }
    #[track_caller]
    fn eq(&self, other: &Var) -> bool {
        self.compare(Test::Equal, *other)
    }
}

impl PartialOrd for Var {
    #[track_caller]
    fn partial_cmp(&self, other: &Var) -> Option<Ordering> {
        guard(
            Guards::Branches,
            [*self, *other],
            self.asked(Test::Compare, other.value),
        );
        self.value.partial_cmp(&other.value)
    }
    #[track_caller]
    fn lt(&self, other: &Var) -> bool {
        self.compare(Test::Less, *other)
    }
    #[track_caller]
    fn le(&self, other: &Var) -> bool {
        self.compare(Test::LessEqual, *other)
    }
    #[track_caller]
    fn gt(&self, other: &Var) -> bool {
        self.compare(Test::Greater, *other)
    }
    #[track_caller]
    fn ge(&self, other: &Var) -> bool {
        self.compare(Test::GreaterEqual, *other)
    }
}

/// Comparison with plain numbers, on either side.
macro_rules! compare_with_numbers {
    ($($Left:ty, $Right:ty, $left:expr, $right:expr;)*) => { $(
        #[allow(clippy::partialeq_ne_impl)]
        impl PartialEq<$Right> for $Left {
            #[track_caller]
            fn ne(&self, other: &$Right) -> bool { $left(*self) != $right(*other) }
            #[track_caller]
            fn eq(&self, other: &$Right) -> bool { $left(*self) == $right(*other) }
        }
        impl PartialOrd<$Right> for $Left {
            #[track_caller]
            fn partial_cmp(&self, other: &$Right) -> Option<Ordering> { $left(*self).partial_cmp(&$right(*other)) }
            #[track_caller]
            fn lt(&self, other: &$Right) -> bool { $left(*self) < $right(*other) }
            #[track_caller]
            fn le(&self, other: &$Right) -> bool { $left(*self) <= $right(*other) }
            #[track_caller]
            fn gt(&self, other: &$Right) -> bool { $left(*self) > $right(*other) }
            #[track_caller]
            fn ge(&self, other: &$Right) -> bool { $left(*self) >= $right(*other) }
        }
    )* };
}

compare_with_numbers! {
    Var, f64, Var::from, Var::from;
    f64, Var, Var::from, Var::from;
}

/// The value. Printing is for looking at: like [`peek`](Var::peek) it leaves no guard.
impl fmt::Display for Var {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)
    }
}

impl fmt::Debug for Var {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "Var({name} = {:?})", self.value),
            None if self.is_constant() => write!(f, "Var({:?})", self.value),
            None => write!(f, "Var(#{} = {:?})", self.id & 0xff_ffff_ffff, self.value),
        }
    }
}
