//! # 12. Two layers, written out
//!
//! Three arms of a spiral, which no straight lines separate, and a network of two layers that
//! does: `softmax(relu(X W1 + b1) W2 + b2)`. There is no layer type here and no optimizer, only
//! operations on tensors, a reverse sweep, and a loop that steps down the gradient. (The data and
//! the network are those of Stanford's CS231n, smaller.)
//!
//! ```text
//! step    0  loss 1.4458  right  27 of 90
//! step  100  loss 0.2316  right  85 of 90
//! step  200  loss 0.1269  right  89 of 90
//! step  300  loss 0.0901  right  90 of 90
//! step  400  loss 0.0709  right  90 of 90
//!
//! ...############################
//! .....##########################
//! ........#######################
//! .............##################
//! ...................############
//! ....................###########
//! ..........oooo.......##########
//! ........oooooooo.#########ooooo
//! ........oooooo##########ooooooo
//! ........ooooooo#######ooooooooo
//! .........oooooooooooooooooooooo
//! ..........ooooooooooooooooooooo
//! ..........ooooooooooooooooooooo
//! ..........ooooooooooooooooooooo
//! ..........ooooooooooooooooooooo
//! ```

use chainrule::nn::{Init, seeded};
use chainrule::prelude::*;
use std::f64::consts::TAU;

const ARMS: usize = 3;
const EACH: usize = 30;
const HIDDEN: usize = 24;

fn main() {
    let mut rng = seeded(1);
    let (points, arms) = spiral();
    let random = |rng: &mut _, i, o| Array::from_fn(&[i, o], |_| Init::He.weight(i, o, rng));
    let mut parameters = [
        random(&mut rng, 2, HIDDEN),
        Array::zeros(&[HIDDEN]),
        random(&mut rng, HIDDEN, ARMS),
        Array::zeros(&[ARMS]),
    ];

    let tape = Tape::without_lines();
    for step in 0..=400 {
        tape.reset();
        let recorded = parameters
            .each_ref()
            .map(|array| tape.tensor_of(array.shape(), array.as_slice()));
        let logits = network(tape.constant(&points), recorded);
        let loss = logits.cross_entropy(&arms);
        if step % 100 == 0 {
            let found = logits.argmax(-1);
            let pairs = found.as_slice().iter().zip(&arms);
            let right = pairs.filter(|(found, arm)| found == arm).count();
            println!(
                "step {step:4}  loss {loss:.4}  right {right:3} of {}",
                arms.len()
            );
        }
        let gradient = loss.backward();
        for (parameter, recorded) in parameters.iter_mut().zip(recorded) {
            for (weight, slope) in parameter.as_mut_slice().iter_mut().zip(&gradient[recorded]) {
                *weight -= slope;
            }
        }
    }

    // What it says of the whole square: one batch of all places.
    let (rows, columns) = (15, 31);
    let place = |i: usize, n: usize| 2.2 * (i as f64 / (n - 1) as f64 - 0.5);
    let square = Array::from_fn(&[rows * columns, 2], |at| match at[1] {
        0 => place(at[0] % columns, columns),
        _ => -place(at[0] / columns, rows),
    });
    tape.reset();
    let trained = parameters.each_ref().map(|array| tape.constant(array));
    let arms = network(tape.constant(&square), trained).argmax(-1);
    println!();
    for row in arms.as_slice().chunks(columns) {
        let line: String = row.iter().map(|&arm| ['.', 'o', '#'][arm]).collect();
        println!("{line}");
    }
}

/// The logits of the three arms, a row for each point.
fn network(x: Tensor, [w1, b1, w2, b2]: [Tensor; 4]) -> Tensor {
    let hidden = (x.matmul(w1) + b1).relu();
    hidden.matmul(w2) + b2
}

/// Points along three arms that wind two thirds of a turn, and the arm of each.
fn spiral() -> (Array, Vec<usize>) {
    let arms = (0..ARMS * EACH).map(|i| i / EACH).collect();
    let points = Array::from_fn(&[ARMS * EACH, 2], |at| {
        let (arm, along) = (at[0] / EACH, (at[0] % EACH + 1) as f64 / EACH as f64);
        let angle = TAU * (arm as f64 / ARMS as f64 + along * 2.0 / 3.0);
        along * if at[1] == 0 { angle.cos() } else { angle.sin() }
    });
    (points, arms)
}
