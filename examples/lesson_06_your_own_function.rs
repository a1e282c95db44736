//! # 6. The gradient of your own function
//!
//! Write the function once, generic over `R: Real`. With `f64` it computes; the drivers run the
//! same body on variables that record, or on duals that carry their derivative along.
//!
//! ```text
//! f           = 6.5
//! gradient    = [151.0, -50.0]
//! hessian     = [[1902.0, -600.0], [-600.0, 200.0]]
//! hessian . v = [1902.0, -600.0]
//! forward     = [151.0, -50.0]
//! (x e^x)^(k) at 0, k = 0..6: [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
//! replayed at 4:  gradient [0.25]
//! replayed at -1: BranchChanged
//! ```

use chainrule::prelude::*;

/// Rosenbrock's valley: a flat, curved floor with its lowest point at (1, 1, ...).
fn rosenbrock<R: Real>(x: &[R]) -> R {
    x.windows(2)
        .map(|w| (w[1] - w[0] * w[0]).powi(2) * 100.0 + (w[0] - 1.0).powi(2))
        .sum()
}

fn main() {
    let x = [1.5, 2.0];
    let (value, slope) = value_and_gradient(rosenbrock, &x);
    println!("f           = {value}");
    println!("gradient    = {slope:?}");
    println!("hessian     = {:?}", hessian(rosenbrock, &x));
    println!("hessian . v = {:?}", hvp(rosenbrock, &x, &[1.0, 0.0]));
    println!(
        "forward     = {:?}",
        chainrule::tape::forward::gradient(|x| rosenbrock(x), &x)
    );

    let d = derivatives(|x| x * x.exp(), 0.0, 6);
    println!("(x e^x)^(k) at 0, k = 0..6: {d:?}");

    // Recorded once, replayed at other inputs; a replay that would take another branch is an error.
    let program = Program::record(
        |x: &[Var]| if x[0] > 0.0 { x[0].ln() } else { -x[0] },
        &[2.0],
    )
    .unwrap();
    println!(
        "replayed at 4:  gradient {:?}",
        program.gradient(&[4.0]).unwrap()
    );
    println!(
        "replayed at -1: {:?}",
        program.gradient(&[-1.0]).unwrap_err().kind()
    );
}
