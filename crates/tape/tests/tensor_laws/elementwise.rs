//! Elementwise operations, and the broadcasting beneath them.

use crate::{law, linear};

#[test]
fn operators_and_broadcasting() {
    law!("add, same shape", [[2, 3], [2, 3]], |x| x[0] + x[1]);
    law!("sub, row", [[2, 3], [3]], |x| x[0] - x[1]);
    linear!("mul, column", [[2, 3], [2, 1]], |x| x[0] * x[1]);
    law!("div, both stretch", [[2, 1], [1, 3]], |x| x[0] / x[1]);
    law!("mul, number", [[2, 3], [0; 0]], |x| x[0] * x[1]);
    law!("literals", [[4]], |x| (2.0 - x[0]) * 3.0 / (x[0] + 4.0));
    law!("empty", [[0, 3], [3]], |x| (x[0] + x[1]).exp());
    law!("higher rank", [[2, 1, 2, 2], [2, 2]], |x| x[0].square()
        * x[1]);
    law!("one operand twice", [[3]], |x| x[0] * x[0] + x[0]);
}

#[test]
fn rows_of_the_table() {
    law!("tanh", [[2, 3]], |x| x[0].tanh());
    law!("sigmoid", [[2, 3]], |x| x[0].sigmoid());
    law!("exp", [[2, 3]], |x| x[0].exp());
    law!("ln", [[2, 3]], |x| (x[0].square() + 0.1).ln());
    law!("powi", [[2, 3]], |x| x[0].powi(3));
    law!("max", [[2, 3], [2, 3]], |x| x[0].max(x[1]));
    law!("select", [[5], [5], [5]], |x| x[0].select(x[1], x[2]));
    law!("mul_add", [[5], [5], [5]], |x| x[0].mul_add(x[1], x[2]));
    law!("logsumexp of tensors", [[5], [5]], |x| tape::logsumexp(&[
        x[0], x[1]
    ]));
    law!("gelu", [[7]], |x| x[0].gelu());
    law!("atan2", [[7], [7]], |x| x[0].atan2(x[1]));
}
