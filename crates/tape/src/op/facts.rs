//! What a row says besides value and derivative: where it has kinks, and how it rounds.

use super::{Arity, Op};
use smallvec::SmallVec;

/// A place where an operation is not differentiable: found by [`Op::kinks`].
#[derive(Clone, Debug, PartialEq)]
pub struct KinkPoint {
    /// The operands that have to be there, all of them, counted from 0.
    pub slots: SmallVec<[usize; 2]>,
    /// The number at which they have to be.
    pub at: f64,
}

/// How far a computed value is from the exact value at the same operands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rounding {
    /// By this much: computed less exact.
    Off(f64),
    /// By no more than this.
    Within(f64),
}

impl Rounding {
    /// Nothing was rounded.
    pub(crate) const NONE: Rounding = Rounding::Off(0.0);

    /// Within `count` units in the last place of numbers as large as `size`.
    pub(crate) fn ulps(count: f64, size: f64) -> Rounding {
        // A unit in the last place is at most EPSILON of the number, or the smallest subnormal.
        Rounding::Within(count * (size.abs() * f64::EPSILON).max(f64::from_bits(1)))
    }

    /// `x + y` was rounded to `sum` (Knuth's TwoSum: the remainder is exact).
    pub(crate) fn of_sum(x: f64, y: f64, sum: f64) -> Rounding {
        Rounding::off(-remainder(x, y, sum))
    }

    /// `x y` was rounded to `product`; 0 is exact where a factor is.
    pub(crate) fn of_product(x: f64, y: f64, product: f64) -> Rounding {
        if x == 0.0 || y == 0.0 {
            Rounding::NONE
        } else if product.abs() < SMALL {
            Rounding::ulps(0.5, product)
        } else {
            Rounding::off(-x.mul_add(y, -product))
        }
    }

    /// `x / y` was rounded to `quotient`: `x - q y` is exact.
    pub(crate) fn of_quotient(x: f64, y: f64, quotient: f64) -> Rounding {
        if x == 0.0 {
            Rounding::NONE
        } else if quotient.abs() < SMALL || x.abs() < SMALL {
            Rounding::ulps(0.5, quotient)
        } else {
            Rounding::off((-quotient).mul_add(y, x) / -y)
        }
    }

    /// The root of `x` was rounded to `root`: `x - y^2 = (sqrt x - y) 2 y`, nearly.
    pub(crate) fn of_root(x: f64, root: f64) -> Rounding {
        if x.abs() < SMALL {
            Rounding::ulps(if x == 0.0 { 0.0 } else { 0.5 }, root)
        } else {
            Rounding::off((-root).mul_add(root, x) / (-2.0 * root))
        }
    }

    /// A sum of products was computed as `sum`: compared with the sum in twice the digits.
    pub(crate) fn of_products(pairs: impl Iterator<Item = (f64, f64)>, sum: f64) -> Rounding {
        let (mut high, mut low) = (0.0, 0.0);
        for (x, y) in pairs {
            let product = x * y;
            let before = high;
            high += product;
            low += remainder(before, product, high) + x.mul_add(y, -product);
        }
        Rounding::off((sum - high) - low)
    }

    /// Both, one after the other.
    pub(crate) fn and(self, then: Rounding) -> Rounding {
        match (self, then) {
            (Rounding::Off(a), Rounding::Off(b)) => Rounding::Off(a + b),
            (Rounding::Off(a) | Rounding::Within(a), Rounding::Off(b) | Rounding::Within(b)) => {
                Rounding::Within(a.abs() + b.abs())
            }
        }
    }

    /// An exact remainder; there is none of what is not finite.
    fn off(error: f64) -> Rounding {
        Rounding::Off(if error.is_finite() { error } else { 0.0 })
    }
}

/// Remainders of smaller numbers are subnormal, and no longer exact.
const SMALL: f64 = 1e-290;

/// What is missing in `sum`, which is `x + y` rounded.
fn remainder(x: f64, y: f64, sum: f64) -> f64 {
    let part = sum - x;
    (x - (sum - part)) + (y - part)
}

/// `y = m + ln(1 + S)`: half a unit of `y`, and the roundings of the sum `S` as far as they reach.
pub(super) fn logsumexp_rounding(xs: &[f64], y: f64) -> Rounding {
    let largest = xs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let reach = -(largest - y).exp_m1(); // S / (1 + S)
    let count = 3.0 + 0.5 * xs.len().min(40) as f64;
    Rounding::ulps(0.5, y).and(Rounding::ulps(
        count,
        if reach.is_finite() { reach } else { 0.0 },
    ))
}

impl Op {
    /// The operands of these names; of an operation on any number of operands, all.
    pub(super) fn slots(self, names: &[&str], count: usize) -> SmallVec<[usize; 2]> {
        let info = self.info();
        if info.arity == Arity::Any {
            return (0..count).collect();
        }
        let place = |name: &&str| info.operands.iter().position(|operand| operand == name);
        names.iter().filter_map(place).collect()
    }
}
