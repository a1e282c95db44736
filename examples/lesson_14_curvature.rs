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

/// The gradient at `theta`, and the product of the Hessian with `direction`.
fn slopes(theta: &Array, direction: &Array) -> (Array, Array) {
    let tape = Tape::without_lines();
    let theta = tape.tensor("theta", theta);
    let gradient = loss(&tape, theta).gradient_of(&[theta])[0];
    let along = (gradient * tape.constant(direction)).sum();
    let product = along.backward().array(theta).expect("a curved loss");
    (gradient.to_array(), product)
}

fn length(array: &Array) -> f64 {
    array.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// `a + factor b`.
fn step(a: &Array, factor: f64, b: &Array) -> Array {
    a.iter().zip(b).map(|(a, b)| a + factor * b).collect()
}

fn main() {
    let mut rest = Array::from([1.0, -1.0, -1.0, -1.0, 1.0, 1.0, 0.0]);
    let nowhere = Array::zeros(&[7]);
    for _ in 0..4000 {
        rest = step(&rest, -0.2, &slopes(&rest, &nowhere).0);
    }

    println!("the Hessian, a row for each of w1 w1 b1 b1 w2 w2 b2");
    let axis = |i| Array::from_fn(&[7], |at| f64::from(u8::from(at[0] == i)));
    let rows: Vec<Array> = (0..7).map(|i| slopes(&rest, &axis(i)).1).collect();
    println!(
        "{:.3}",
        Array::from_rows(&rows.iter().map(Array::as_slice).collect::<Vec<_>>())
    );

    // Multiplied again and again, any direction turns into that of the largest eigenvalue.
    let (mut direction, mut lambda) = (axis(0), 0.0);
    for _ in 0..200 {
        let product = slopes(&rest, &direction).1;
        lambda = length(&product);
        direction = product.map(|x| x / lambda);
    }
    println!("\nlargest curvature {lambda:.6} along {direction:.3}");

    println!("\n rate * lambda   |gradient| after 0, 10, 20, 30 steps");
    for share in [1.0, 1.9, 2.1] {
        let mut theta = step(&rest, 1e-6, &direction);
        print!("{share:14.1}");
        for n in 0..=30 {
            let gradient = slopes(&theta, &nowhere).0;
            if n % 10 == 0 {
                print!("   {:8.1e}", length(&gradient));
            }
            theta = step(&theta, -share / lambda, &gradient);
        }
        println!();
    }
}
