//! Operations that move elements.

use crate::linear;

#[test]
fn shapes_and_axes() {
    linear!("reshape", [[2, 3]], |x| x[0].reshape(&[3, -1]));
    linear!("reshape of a transpose", [[2, 3]], |x| x[0]
        .t()
        .reshape(&[6]));
    linear!("permute", [[2, 3, 4]], |x| x[0].permute(&[2, 0, 1]));
    linear!("transpose", [[2, 3, 4]], |x| x[0].transpose(0, -1));
    linear!("expand", [[2, 1]], |x| x[0].expand(&[4, 2, 3]));
    linear!("expand a number", [[0; 0]], |x| x[0].expand(&[2, 3]));
}
