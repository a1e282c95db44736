//! # 11. Logistic regression, and where lambda goes
//!
//! The regularised cost of the lectures,
//!
//! `J = -(1/m) sum [y ln h + (1 - y) ln(1 - h)] + lambda/(2m) sum of theta_j^2 without the bias`,
//!
//! has the gradient `(Delta + lambda theta) / m`, where `Delta = X^T (h - y)` and the bias has no
//! lambda. The form `Delta/m + lambda theta`, also in print, is that of another cost.
//!
//! ```text
//! the tape's gradient of J  [-0.233584 -0.18072  -0.206243]
//! (Delta + lambda theta)/m  [-0.233584 -0.18072  -0.206243]
//! Delta/m + lambda theta    [-0.233584 -0.071345  0.012507]
//!
//! step 0: J = 0.615243, theta = [-1.    0.25  0.5 ]
//! h      = [0.12 0.1  0.18 0.27 0.27 0.32 0.44 0.44]
//!
//! step 100: J = 0.342929, theta = [0.1814 1.0495 1.4133]
//! h      = [0.12 0.02 0.29 0.38 0.55 0.83 0.88 0.93]
//! passed = [0. 0. 0. 0. 1. 1. 1. 1.]
//! ```

use chainrule::prelude::*;

/// Hours slept, hours studied, and whether the exam was passed.
const EXAMS: [[f64; 3]; 8] = [
    [8.0, 1.0, 0.0],
    [5.0, 2.0, 0.0],
    [7.0, 2.5, 0.0],
    [4.0, 5.0, 0.0],
    [6.0, 4.0, 1.0],
    [8.0, 3.5, 1.0],
    [5.0, 6.0, 1.0],
    [7.0, 5.0, 1.0],
];
const LAMBDA: f64 = 0.5;

/// The cost, and the hypotheses that it judges.
fn cost(x: Tensor, y: Tensor, theta: Tensor) -> (Var, Tensor) {
    let m = EXAMS.len() as f64;
    let z = x.matmul(theta);
    let fit = z.bce_with_logits_each(y).sum();
    let penalty = LAMBDA / 2.0 * theta.slice(0, 1..).square().sum();
    ((fit + penalty) / m, z.sigmoid())
}

fn main() {
    let m = EXAMS.len() as f64;
    // Hours are counted from those of an ordinary day, so that descent is quick.
    let examples = Array::from(EXAMS.map(|[slept, studied, _]| [1.0, slept - 6.0, studied - 4.0]));
    let passed = Array::from(EXAMS.map(|[_, _, passed]| passed));
    let mut parameters = Array::from([-1.0, 0.25, 0.5]);

    let tape = Tape::new();
    for step in 0..=100 {
        tape.reset();
        let (x, y) = (tape.constant(&examples), tape.constant(&passed));
        let theta = tape.tensor("theta", &parameters);
        let (cost, h) = cost(x, y, theta);
        let gradient = cost.backward();

        if step == 0 {
            let delta = x.t().matmul(h - y);
            let weights = theta * tape.constant([0.0, 1.0, 1.0]);
            let right = (delta + LAMBDA * weights) / m;
            let other = delta / m + LAMBDA * weights;
            let taped = gradient.array(theta).expect("J depends on theta");
            println!("the tape's gradient of J  {taped:.6}");
            println!("(Delta + lambda theta)/m  {right:.6}");
            println!("Delta/m + lambda theta    {other:.6}");
        }
        if step % 100 == 0 {
            println!("\nstep {step}: J = {cost:.6}, theta = {theta:.4}");
            println!("h      = {h:.2}");
        }
        for (parameter, slope) in parameters.as_mut_slice().iter_mut().zip(&gradient[theta]) {
            *parameter -= 0.5 * slope;
        }
    }
    println!("passed = {passed:.2}");
}
