//! An operation on both sides of a kink: its row is asked one double below and above.

use super::{Side, is_same};
use crate::graph::Row;
use crate::op::KinkPoint;
use crate::run::local_partials;
use smallvec::SmallVec;

/// Below the kink, as it is, and above: the first operand of the kink is moved, the others are put on it.
pub(super) fn sides(row: &Row, at: &[f64], kink: &KinkPoint) -> [Side; 3] {
    let mut there = SmallVec::<[f64; 4]>::from_slice(at);
    for &slot in &kink.slots {
        there[slot] = kink.at;
    }
    let moving = kink.slots[0];
    let exact = side(row, &there);
    let mut beside = |number: f64| {
        there[moving] = number;
        let mut side = side(row, &there);
        if is_same(side.value, exact.value) {
            side.value = exact.value;
        }
        // A neighbour of an infinite slope has a slope that is merely large.
        for (slope, exact) in side.slopes.iter_mut().zip(&exact.slopes) {
            if exact.is_infinite() && slope.abs() > 1e6 {
                *slope = f64::INFINITY.copysign(*slope);
            }
        }
        side
    };
    let [below, above] = [kink.at.next_down(), kink.at.next_up()].map(&mut beside);
    let taken = side(row, at);
    [below, taken, above]
}

/// The value of a row, and its derivatives.
fn side(row: &Row, at: &[f64]) -> Side {
    let attribute = row.attribute().as_f64();
    let value = row.op.apply(at, attribute).unwrap_or(f64::NAN);
    Side {
        value,
        slopes: local_partials(row, at, value, |_| true),
    }
}
