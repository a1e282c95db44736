//! A user's operations and casts, held to the laws.

use crate::{law, linear};
use tape::{Element, Real, TensorOp};

fn softmax<T: Element>() -> TensorOp<T> {
    TensorOp::with_derivative(
        "softmax of all",
        |x| {
            let e = (x[0] - x[0].amax()).exp();
            e / e.sum()
        },
        |_, y, g| vec![y * (g - (g * y).sum())],
    )
}

fn product<T: Element>() -> TensorOp<T> {
    TensorOp::with_derivative(
        "product",
        |x| x[0].matmul(x[1]),
        |x, _, g| vec![g.matmul(x[1].t()), x[0].t().matmul(g)],
    )
}

fn distance<T: Element>() -> TensorOp<T> {
    TensorOp::define("distance", |x| (x[0] - x[1]).square().sum().sqrt())
}

fn curve<T: Element>() -> TensorOp<T> {
    TensorOp::define("curve", |x| x[0].sin() * x[1] + x[0].powi(2))
}

#[test]
fn operations_of_a_user() {
    law!("softmax", [[5]], |x| softmax().call(x));
    law!("softmax", [[2, 3]], |x| softmax().call(x).square());
    law!("product", [[2, 3], [3, 4]], |x| product().call(x));
    law!("product, nothing inside", [[2, 0], [0, 4]], |x| product()
        .call(x));
    law!("a number from arrays", [[2, 3], [2, 3]], |x| distance()
        .call(x));
    law!("derived", [[2, 3], [2, 3]], |x| curve().call(x).exp());
    law!("derived, of numbers", [[], []], |x| curve().call(x));
    law!("one in another", [[3], [3]], |x| softmax()
        .call(&[curve().call(x)]));
}

#[test]
fn a_cast_to_the_type_that_is_there_already() {
    linear!("cast", [[2, 3]], |x| x[0].cast());
}

#[test]
fn generic_functions() {
    fn f<R: Real>(x: R, y: R) -> R {
        (x * y).tanh() + y.exp() / (x * x + 1.0)
    }
    law!("a generic function", [[2, 3], [2, 3]], |x| f(x[0], x[1]));
}
