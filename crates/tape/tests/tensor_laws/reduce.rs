//! Reductions over axes.

use crate::linear;

#[test]
fn sums() {
    linear!("sum over 0", [[2, 3]], |x| x[0].sum_over(0));
    linear!("sum over the last, kept", [[2, 3]], |x| x[0]
        .sum_over(tape::axes(-1).keep()));
    linear!("sum over two", [[2, 3, 4]], |x| x[0].sum_over([0, 2]));
    linear!("sum of all", [[2, 3]], |x| x[0].sum());
    linear!("mean of all", [[2, 3]], |x| x[0].mean());
}
