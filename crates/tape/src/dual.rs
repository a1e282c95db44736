//! Forward mode: a number that carries its derivatives along.

use crate::custom::CustomOp;
use crate::number::{folds, operators};
use crate::op::{Attributed, Binary, Lift, Nary, Real, Ternary, Unary, rule};
use smallvec::SmallVec;
use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

/// A value with its derivatives in `K` directions, all carried forward together.
///
/// Each operation computes `y = f(x)` and `dy = f'(x) dx` in one go: no tape. For a
/// function of few inputs that is the fastest way to a gradient (see
/// [`forward`](crate::forward)). `N` may itself be a dual, for second derivatives.
///
/// ```
/// use tape::{Dual, Real};
///
/// let x: Dual = Dual::variable(3.0, 0); // value 3, derivative 1 in direction 0
/// let y = x.powi(2) * 2.0;
/// assert_eq!((y.value, y.tangent), (18.0, [12.0]));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Dual<N = f64, const K: usize = 1> {
    /// The value.
    pub value: N,
    /// The derivative of the value in each direction.
    pub tangent: [N; K],
}

impl<N: Real, const K: usize> Dual<N, K> {
    /// A number that does not depend on any direction.
    #[must_use]
    #[inline]
    pub fn constant(value: N) -> Self {
        Dual {
            value,
            tangent: [N::from(0.0); K],
        }
    }

    /// A variable: its derivative is 1 in `direction` and 0 in the others.
    ///
    /// # Panics
    /// If `direction` is not below `K`.
    #[must_use]
    #[inline]
    pub fn variable(value: N, direction: usize) -> Self {
        let mut dual = Dual::constant(value);
        dual.tangent[direction] = N::from(1.0);
        dual
    }

    /// The sum of `partial x tangent` over some operands, where an exact zero on either side wins.
    #[inline(always)]
    fn chain<const M: usize>(value: N, terms: [(N, &[N; K]); M]) -> Self {
        let tangent = std::array::from_fn(|k| {
            let mut sum = terms[0].0.binary::<rule::ChainMul>(terms[0].1[k]);
            for (partial, tangent) in &terms[1..] {
                sum += partial.binary::<rule::ChainMul>(tangent[k]);
            }
            sum
        });
        Dual { value, tangent }
    }

    /// The same for a list of operands.
    fn chain_list(value: N, operands: &[Self], partials: &[N]) -> Self {
        let tangent = std::array::from_fn(|k| {
            let products = operands
                .iter()
                .zip(partials)
                .map(|(x, p)| p.binary::<rule::ChainMul>(x.tangent[k]));
            products
                .reduce(|a, b| a + b)
                .unwrap_or_else(|| N::from(0.0))
        });
        Dual { value, tangent }
    }
}

impl<N: Real, const K: usize> Lift for Dual<N, K> {
    #[inline(always)]
    fn unary<R: Unary>(self) -> Self {
        let y = self.value.unary::<R>();
        Dual::chain(y, [(R::partial(self.value, y), &self.tangent)])
    }

    #[inline(always)]
    fn attributed<R: Attributed>(self, attribute: R::Attribute) -> Self {
        let y = self.value.attributed::<R>(attribute);
        Dual::chain(y, [(R::partial(self.value, attribute, y), &self.tangent)])
    }

    #[inline(always)]
    fn binary<R: Binary>(self, other: Self) -> Self {
        let (x, y) = (self.value, other.value);
        let v = x.binary::<R>(y);
        Dual::chain(
            v,
            [
                (R::first(x, y, v), &self.tangent),
                (R::second(x, y, v), &other.tangent),
            ],
        )
    }

    fn ternary<R: Ternary>(self, second: Self, third: Self) -> Self {
        let (x, y, z) = (self.value, second.value, third.value);
        let v = x.ternary::<R>(y, z);
        let [p, q, r] = R::partials(x, y, z, v);
        Dual::chain(
            v,
            [
                (p, &self.tangent),
                (q, &second.tangent),
                (r, &third.tangent),
            ],
        )
    }

    fn nary<R: Nary>(operands: &[Self]) -> Self {
        let values: SmallVec<[N; 8]> = operands.iter().map(|x| x.value).collect();
        let y = N::nary::<R>(&values);
        let mut partials: SmallVec<[N; 8]> = SmallVec::from_elem(N::from(0.0), operands.len());
        R::partials(&values, y, &mut partials);
        Dual::chain_list(y, operands, &partials)
    }

    fn call(function: &'static CustomOp, operands: &[Self]) -> Self {
        let values: SmallVec<[N; 8]> = operands.iter().map(|x| x.value).collect();
        let y = N::call(function, &values);
        let mut partials: SmallVec<[N; 8]> = SmallVec::from_elem(N::from(0.0), operands.len());
        function.partials(&values, y, &mut partials);
        Dual::chain_list(y, operands, &partials)
    }

    fn detach(self) -> Self {
        Dual::constant(self.value.detach())
    }

    #[inline(always)]
    fn peek(self) -> f64 {
        self.value.peek()
    }
}

/// A number that stands on one side of an operator: it has no tangent to carry.
impl<N: Real, const K: usize> Dual<N, K> {
    #[inline(always)]
    fn right<R: Binary>(self, literal: f64) -> Self {
        let literal = N::from(literal);
        let v = self.value.binary::<R>(literal);
        Dual::chain(v, [(R::first(self.value, literal, v), &self.tangent)])
    }

    #[inline(always)]
    fn left<R: Binary>(literal: f64, this: Self) -> Self {
        let literal = N::from(literal);
        let v = literal.binary::<R>(this.value);
        Dual::chain(v, [(R::second(literal, this.value, v), &this.tangent)])
    }
}

operators! { [N: Real, const K: usize] Dual<N, K>:
    Add add AddAssign add_assign Dual::binary::<rule::Add>, Dual::right::<rule::Add>, Dual::left::<rule::Add>;
    Sub sub SubAssign sub_assign Dual::binary::<rule::Sub>, Dual::right::<rule::Sub>, Dual::left::<rule::Sub>;
    Mul mul MulAssign mul_assign Dual::binary::<rule::Mul>, Dual::right::<rule::Mul>, Dual::left::<rule::Mul>;
    Div div DivAssign div_assign Dual::binary::<rule::Div>, Dual::right::<rule::Div>, Dual::left::<rule::Div>;
    Rem rem RemAssign rem_assign Dual::binary::<rule::Rem>, Dual::right::<rule::Rem>, Dual::left::<rule::Rem>;
}
folds! { [N: Real, const K: usize] Dual<N, K> }

impl<N: Real, const K: usize> Neg for Dual<N, K> {
    type Output = Self;
    #[inline]
    fn neg(self) -> Self {
        self.unary::<rule::Neg>()
    }
}

impl<N: Real, const K: usize> From<f64> for Dual<N, K> {
    #[inline]
    fn from(value: f64) -> Self {
        Dual::constant(N::from(value))
    }
}

impl<N: Real, const K: usize> Default for Dual<N, K> {
    fn default() -> Self {
        Dual::from(0.0)
    }
}

/// Comparison is by value; tangents play no part.
impl<N: Real, const K: usize> PartialEq for Dual<N, K> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<N: Real, const K: usize> PartialEq<f64> for Dual<N, K> {
    fn eq(&self, other: &f64) -> bool {
        self.value == *other
    }
}

impl<N: Real, const K: usize> PartialOrd for Dual<N, K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl<N: Real, const K: usize> PartialOrd<f64> for Dual<N, K> {
    fn partial_cmp(&self, other: &f64) -> Option<Ordering> {
        self.value.partial_cmp(other)
    }
}

impl<N: Real, const K: usize> fmt::Display for Dual<N, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)
    }
}
