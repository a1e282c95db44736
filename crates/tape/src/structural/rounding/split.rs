//! Numbers in two parts, of which one is computed with exactly.

use super::zip;
use crate::array::Array;

/// Numbers as `high + low`, where all `high` are whole multiples of one power of two, of at most
/// 2^`bits` of it: their sums and products are exact as long as they fit 53 bits. So what an
/// operation adds by rounding is found by the operation itself:
///
/// ```text
/// f(x) - exact = f(x) - f(high) - f(low),  f(high) exact, f(low) small (Ozaki and others, 2012)
/// ```
///
/// `None` where numbers are too large or too small for it, or none.
pub(super) fn split(x: &Array, bits: i32) -> Option<[Array; 2]> {
    let largest = x.iter().fold(0.0, |m, &x| crate::math::max(m, x.abs()));
    if largest == 0.0 {
        return Some([x.clone(), x.clone()]);
    }
    if !(1e-140..1e140).contains(&largest) || bits < 1 {
        return None;
    }
    let power = f64::from_bits(largest.to_bits() & 0x7ff << 52);
    let grid = power * 2f64.powi(1 - bits);
    let high = x.map(|x: f64| (x / grid).round_ties_even() * grid);
    let low = zip(x, &high, |x, high| x - high);
    Some([high, low])
}

/// How many bits a sum of as many numbers is longer than one of them.
pub(super) fn bits(count: &Array) -> i32 {
    let most = count.iter().fold(1.0, |m: f64, &count| m.max(count));
    most.log2().ceil() as i32
}
