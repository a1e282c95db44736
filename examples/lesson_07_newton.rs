//! # 7. Newton's method
//!
//! The gradient says which way is down, the Hessian how the slope itself changes; Newton's
//! method solves for the step at which the gradient would vanish. Close to the minimum the
//! number of correct digits doubles with every step.
//!
//! ```text
//! step            x            y            f    |slope|
//!    0  -1.00000000   1.00000000   9.16207023     2.05e1
//!    1  -0.05236252   0.35399802   3.73378771     6.81e0
//!    2  -0.10563453   0.10582090   2.71665315     1.73e0
//!    3  -0.31848538   0.02521397   2.56404324    3.08e-1
//!    4  -0.34513821   0.00071872   2.55927231    9.07e-3
//!    5  -0.34657243   0.00000103   2.55926670    1.23e-5
//!    6  -0.34657359   0.00000000   2.55926670   1.51e-11
//!    7  -0.34657359   0.00000000   2.55926670   2.48e-16
//! ```

use chainrule::prelude::*;

/// A smooth bowl that is not quadratic: `e^(x + 3y) + e^(x - 3y) + e^-x` (Boyd, Vandenberghe, 9.2).
fn bowl<R: Real>(x: &[R]) -> R {
    (x[0] + x[1] * 3.0 - 0.1).exp() + (x[0] - x[1] * 3.0 - 0.1).exp() + (-x[0] - 0.1).exp()
}

fn main() {
    let mut x = [-1.0, 1.0];
    println!("step {:>12} {:>12} {:>12} {:>10}", "x", "y", "f", "|slope|");
    for step in 0.. {
        let (value, slope) = value_and_gradient(bowl, &x);
        let size = slope[0].hypot(slope[1]);
        println!(
            "{step:4} {:12.8} {:12.8} {value:12.8} {size:10.2e}",
            x[0], x[1]
        );
        if size < 1e-12 {
            break;
        }
        let h = hessian(bowl, &x);
        let determinant = h[0][0] * h[1][1] - h[0][1] * h[1][0];
        x[0] -= (h[1][1] * slope[0] - h[0][1] * slope[1]) / determinant;
        x[1] -= (h[0][0] * slope[1] - h[1][0] * slope[0]) / determinant;
    }
}
