//! Products of matrices.

use crate::linear;

#[test]
fn matrix_products() {
    linear!("matmul", [[2, 3], [3, 4]], |x| x[0].matmul(x[1]));
    linear!("matmul, transposed", [[3, 2], [4, 3]], |x| x[0]
        .t()
        .matmul(x[1].t()));
    linear!("matmul, batched", [[5, 2, 3], [5, 3, 4]], |x| x[0]
        .matmul(x[1]));
    linear!("matmul, nothing inside", [[2, 0], [0, 4]], |x| x[0]
        .matmul(x[1]));
}
