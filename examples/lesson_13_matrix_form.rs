//! # 13. Backpropagation in matrix form
//!
//! Hours slept and hours studied predict a test score: a 2-3-1 network without biases, an example
//! in each row. The matrix form of backpropagation is two lines for each layer,
//!
//! `delta3 = (yhat - y) * f'(z3)`, `dJ/dW2 = a2^T delta3`,
//! `delta2 = delta3 W2^T * f'(z2)`, `dJ/dW1 = X^T delta2`,
//!
//! and each of these is an adjoint on the tape: `delta3` is that of `z3`, `delta2` that of `z2`.
//!
//! ```text
//! yhat
//! [[0.556494016]
//!  [0.56770006 ]
//!  [0.584997001]]
//! J = 0.110063447213
//! delta3, the adjoint of z3
//! [[-0.047758907]
//!  [-0.061918619]
//!  [-0.083758279]]
//! dJ/dW2
//! [[-0.108027453]
//!  [-0.086242404]
//!  [-0.119838983]]
//! dJ/dW1
//! [[-0.021894194  0.015767275 -0.006054408]
//!  [-0.016107954  0.011559864 -0.004291623]]
//! prediction for (8, 3)
//! [[0.576917423]]
//! J after one step = 0.109717320308
//! ```

use chainrule::prelude::*;

/// The prediction, with the sums before each activation.
fn forward(x: Tensor, w1: Tensor, w2: Tensor) -> (Tensor, Tensor, Tensor) {
    let z2 = x.matmul(w1).named("z2");
    let z3 = z2.sigmoid().matmul(w2).named("z3");
    (z2, z3, z3.sigmoid().named("yhat"))
}

/// Half the sum of squared errors.
fn cost(y: Tensor, yhat: Tensor) -> Var {
    ((y - yhat).square().sum() / 2.0).named("J")
}

fn main() {
    let tape = Tape::new();
    // Each column over its largest number; scores of 100.
    let x = tape.constant([[0.3, 1.0], [0.5, 0.2], [1.0, 0.4]]);
    let y = tape.constant([[0.75], [0.82], [0.93]]);
    let w1 = tape.tensor("W1", [[0.5, -0.4, 0.3], [-0.2, 0.1, 0.6]]);
    let w2 = tape.tensor("W2", [[0.7], [-0.5], [0.2]]);

    let (z2, z3, yhat) = forward(x, w1, w2);
    let j = cost(y, yhat);
    show("yhat", yhat, [[0.556494016], [0.567700060], [0.584997001]]);
    println!("J = {j:.12}");
    assert!((j.value() - 0.11006344721349759).abs() < 1e-16);

    let g = j.backward();
    let adjoint = |tensor: Tensor| tape.constant(g.array(tensor).expect("J depends on it"));
    let worked = [[-0.047758907], [-0.061918619], [-0.083758279]];
    show("delta3, the adjoint of z3", adjoint(z3), worked);
    let worked = [[-0.108027453], [-0.086242404], [-0.119838983]];
    show("dJ/dW2", adjoint(w2), worked);
    let worked = [
        [-0.021894194, 0.015767275, -0.006054408],
        [-0.016107954, 0.011559864, -0.004291623],
    ];
    show("dJ/dW1", adjoint(w1), worked);

    // The two lines for each layer, written out.
    let slope = |z: Tensor| z.sigmoid() * (1.0 - z.sigmoid());
    let delta3 = (yhat - y) * slope(z3);
    let dw2 = z2.sigmoid().t().matmul(delta3);
    let delta2 = delta3.matmul(w2.t()) * slope(z2);
    let dw1 = x.t().matmul(delta2);
    for (found, formula) in [(w2, dw2), (w1, dw1), (z3, delta3), (z2, delta2)] {
        let apart = (adjoint(found) - formula).abs().amax();
        assert!(apart < 1e-16, "the formula is {apart} off");
    }

    // A new student, 8 hours slept and 3 studied; then one step of 0.01 down the gradient.
    let student = tape.constant([[0.8, 0.6]]);
    let (_, _, prediction) = forward(student, w1, w2);
    show("prediction for (8, 3)", prediction, [[0.576917423]]);
    let (_, _, yhat) = forward(x, w1 - 0.01 * dw1, w2 - 0.01 * dw2);
    let j = cost(y, yhat);
    println!("J after one step = {j:.12}");
    assert!((j.value() - 0.10971732030805567).abs() < 1e-16);
}

/// Prints a tensor, which must be what the worked example says, to its nine digits.
fn show(name: &str, tensor: Tensor, worked: impl Into<Array>) {
    println!("{name}\n{tensor:.9}");
    let (found, worked) = (tensor.to_array(), worked.into());
    assert_eq!(found.shape(), worked.shape(), "{name}");
    let close = |(found, worked): (&f64, &f64)| (found - worked).abs() < 6e-10;
    assert!(found.iter().zip(&worked).all(close), "{name}: {found}");
}
