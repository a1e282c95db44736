//! What several tests of the table of operations need.

use tape::Op;
use tape::op::{Arity, OpInfo};

/// Every operation of the table with each attribute that its row samples (0 where it takes
/// none) and a number of operands that it takes.
pub(crate) fn for_every_op(mut check: impl FnMut(Op, &'static OpInfo, f64, usize)) {
    for &op in Op::ALL {
        let info = op.info();
        let count = match info.arity {
            Arity::Leaf => continue,
            Arity::One | Arity::OneAndAttribute { .. } => 1,
            Arity::Two => 2,
            Arity::Three => 3,
            Arity::Any => 4,
        };
        let none: &[f64] = &[0.0];
        for &attribute in if info.attributes.is_empty() {
            none
        } else {
            info.attributes
        } {
            check(op, info, attribute, count);
        }
    }
}
