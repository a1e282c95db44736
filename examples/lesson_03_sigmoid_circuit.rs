//! # 3. The sigmoid circuit, and training by hand
//!
//! `f = 1 / (1 + exp(-(w0 x0 + w1 x1 + w2)))`, taken apart gate by gate and as one gate: the
//! same gradients. Then gradient descent on the loss `(f - 0.43)^2 / 2` with learning rate 1,
//! the inputs `x` held fixed.
//!
//! ```text
//!                f       w0       x0       w1       x1       w2
//!   apart  0.73106  -0.1966   0.3932  -0.3932  -0.5898   0.1966
//!    gate  0.73106  -0.1966   0.3932  -0.3932  -0.5898   0.1966
//!
//! round       w0       w1       w2        f
//!     1   2.0592  -2.8816  -3.0592  0.65585
//!     2   2.1102  -2.7797  -3.1102  0.58395
//!     3   2.1476  -2.7049  -3.1476  0.52861
//!    19   2.2136  -2.5728  -3.2136  0.43007
//! ```

use chainrule::prelude::*;

fn main() {
    let tape = Tape::new();
    let w = [
        tape.var("w0", 2.0),
        tape.var("w1", -3.0),
        tape.var("w2", -3.0),
    ];
    let x = [tape.var("x0", -1.0), tape.var("x1", -2.0)];
    let z = (w[0] * x[0] + w[1] * x[1] + w[2]).named("z");

    let apart = 1.0 / (1.0 + (-z).exp());
    let gate = z.sigmoid();
    println!(
        "        {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}",
        "f", "w0", "x0", "w1", "x1", "w2"
    );
    for (name, f) in [("apart", apart), ("gate", gate)] {
        let g = f.backward();
        let gradients = [w[0], x[0], w[1], x[1], w[2]].map(|v| format!("{:8.4}", g[v]));
        println!("{name:>7} {f:8.5} {}", gradients.join(" "));
    }

    println!();
    println!("round {:>8} {:>8} {:>8} {:>8}", "w0", "w1", "w2", "f");
    let mut weights = [2.0, -3.0, -3.0];
    for round in 1..=19 {
        let loss = |w: &[Var]| (output(w) - 0.43).square() / 2.0;
        let slope = gradient(loss, &weights);
        for (weight, slope) in weights.iter_mut().zip(slope) {
            *weight -= slope;
        }
        if round <= 3 || round == 19 {
            let [w0, w1, w2] = weights;
            println!(
                "{round:5} {w0:8.4} {w1:8.4} {w2:8.4} {:8.5}",
                output(&weights)
            );
        }
    }
}

/// The circuit, on any number type.
fn output<R: Real>(w: &[R]) -> R {
    (w[0] * -1.0 + w[1] * -2.0 + w[2]).sigmoid()
}
