//! # 8. An operation of your own
//!
//! A function with a name becomes an operation: one node in the ledger. Its derivative is
//! derived, or you give your own, and a check against differences tells whether it is right.
//!
//! ```text
//! y = 1.2. A node's adjoint is the derivative of y by that node:
//! the sum, over its children, of the child's adjoint * the child's local derivative.
//!
//! y = v1 * 2 = 1.2                            examples/lesson_08_custom_op.rs:47
//!     output: 1    dy/dy = 1
//!     adjoint 1
//!
//! v1 = soft_sign(x) = 0.6                     examples/lesson_08_custom_op.rs:47
//!     from y: 1 * 2 = 2    dy/dv1 = 2
//!     adjoint 2
//!
//! x = 0.75 (input)                            examples/lesson_08_custom_op.rs:46
//!     from v1: 2 * 0.512 = 1.024    dv1/dx = own rule = 0.512
//!     adjoint 1.024
//!
//! passed: two-sided differences, extrapolated
//!   input  backprop  differences        off by   verdict
//!   x[0]    1.024     1.02399999999993  7.0e-14  agrees
//!
//! FAILED: two-sided differences, extrapolated
//!   input  backprop  differences        off by  verdict
//!   x[0]    1.6       1.02399999999993  5.8e-1  DISAGREES
//! local derivatives that are wrong:
//!   %1 = careless, by operand 0: the rule says 0.8, differences 0.511999999999965  examples/lesson_08_custom_op.rs:51:50
//! ```

use chainrule::prelude::*;

fn main() -> Result<(), chainrule::tape::Error> {
    // x / sqrt(1 + x^2), a soft sign; its derivative is (1 + x^2)^(-3/2).
    let value = |x: &[Var]| x[0] / (1.0 + x[0] * x[0]).sqrt();
    let soft_sign = CustomOp::with_derivative("soft_sign", &[1.0], value, |x, _| {
        vec![(1.0 + x[0] * x[0]).powf(-1.5)]
    })?;
    let careless = CustomOp::with_derivative("careless", &[1.0], value, |x, _| {
        vec![1.0 / (1.0 + x[0] * x[0]).sqrt()]
    })?;

    let tape = Tape::new();
    let x = tape.var("x", 0.75);
    let y = (soft_sign.call(&[x]) * 2.0).named("y");
    println!("{}", y.explain());

    println!("{}", Check::new().run(|x| soft_sign.call(x) * 2.0, &[0.75]));
    println!("{}", Check::new().run(|x| careless.call(x) * 2.0, &[0.75]));
    Ok(())
}
