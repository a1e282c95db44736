//! # 14. The Hessian, and how large a step may be
//!
//! A tiny network is trained to rest; there its gradient is recorded as nodes and swept once
//! more. Each sweep of `gradient . v` is a product of the Hessian with `v`: one for each axis
//! makes the whole matrix, a few in turn find the direction of largest curvature without it.
//! That one number, `lambda`, says how descent behaves: along its direction an error is
//! multiplied by `1 - rate lambda` in every step, so a rate below `2 / lambda` comes to rest and
//! a rate above it does not.
//!
//! ```text
//! the Hessian, a row for each of w1 w1 b1 b1 w2 w2 b2
//!   0.579  0.085  0.473  0.004  0.340 -0.634  0.553
//!   0.085  0.279  0.004 -0.244  0.380 -0.255 -0.331
//!   0.473  0.004  0.654  0.252 -0.001 -0.589  0.818
//!   0.004 -0.244  0.252  0.483 -0.469  0.010  0.650
//!   0.340  0.380 -0.001 -0.469  1.235 -0.862 -0.574
//!  -0.634 -0.255 -0.589  0.010 -0.862  1.345 -0.419
//!   0.553 -0.331  0.818  0.650 -0.574 -0.419  2.020
//!
//! lambda = 3.188016 along [ 0.303 -0.075  0.402  0.237 -0.082 -0.352  0.744]
//!
//! rate lambda   |gradient| after 0, 10, 20 and 30 steps
//!         1.0  0.003187  0.000000  0.000000  0.000000
//!         1.9  0.003187  0.001111  0.000387  0.000135
//!         2.1  0.003187  0.008265  0.021422  0.055304
//! ```

use chainrule::prelude::*;

/// Two hidden units: `w2 . tanh(w1 x + b1) + b2`, its seven parameters in one vector.
fn loss(tape: &Tape, theta: Tensor) -> Var {
    let x = tape.constant([[-2.0], [-1.0], [0.0], [1.0], [2.0]]);
    let y = tape.constant([0.8, 0.5, -0.4, 0.3, 0.9]);
    let (w1, b1) = (theta.slice(0, 0..2), theta.slice(0, 2..4));
    let (w2, b2) = (theta.slice(0, 4..6), theta.at([6]));
    let output = (x * w1.unsqueeze(0) + b1).tanh().matmul(w2) + b2;
    // A little weight decay, so that there is one lowest point and not a valley floor.
    (output - y).square().mean() + 0.01 * theta.square().sum()
}

/// The gradient at `theta`.
fn gradient_at(tape: &Tape, theta: &Array) -> Array {
    tape.reset();
    let theta = tape.tensor("theta", theta);
    loss(tape, theta)
        .backward()
        .array(theta)
        .expect("it depends on all")
}

/// The product of the Hessian at `theta` with a vector: the gradient of `gradient . v`.
fn curvature_along(tape: &Tape, theta: &Array, v: &Array) -> Array {
    tape.reset();
    let theta = tape.tensor("theta", theta);
    let gradient = loss(tape, theta).gradient_of(&[theta])[0];
    let along = (gradient * tape.constant(v)).sum();
    along.backward().array(theta).expect("a curved loss")
}

fn length(array: &Array) -> f64 {
    array.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// `a + factor b`.
fn moved(a: &Array, factor: f64, b: &Array) -> Array {
    a.iter().zip(b).map(|(a, b)| a + factor * b).collect()
}

fn main() {
    let tape = &Tape::without_lines();
    let mut rest = Array::from([1.0, -1.0, -1.0, -1.0, 1.0, 1.0, 0.0]);
    for _ in 0..1500 {
        rest = moved(&rest, -0.5, &gradient_at(tape, &rest));
    }

    println!("the Hessian, a row for each of w1 w1 b1 b1 w2 w2 b2");
    let axes = Array::eye(7);
    for axis in axes.rows() {
        let row = curvature_along(tape, &rest, &axis.into());
        println!(
            "{}",
            row.iter().map(|x| format!("{x:7.3}")).collect::<String>()
        );
    }

    // Multiplied again and again, any direction turns into that of the largest eigenvalue.
    let (mut direction, mut lambda) = (Array::ones(&[7]), 0.0);
    for _ in 0..100 {
        let product = curvature_along(tape, &rest, &direction);
        lambda = length(&product);
        direction = product.map(|x| x / lambda);
    }
    println!("\nlambda = {lambda:.6} along {direction:.3}");

    println!("\nrate lambda   |gradient| after 0, 10, 20 and 30 steps");
    for share in [1.0, 1.9, 2.1] {
        let mut theta = moved(&rest, 1e-3, &direction);
        print!("{share:11.1}");
        for step in 0..=30 {
            let gradient = gradient_at(tape, &theta);
            if step % 10 == 0 {
                print!("{:10.6}", length(&gradient));
            }
            theta = moved(&theta, -share / lambda, &gradient);
        }
        println!();
    }
}
