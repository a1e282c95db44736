//! # 17. Why a network of step units does not learn
//!
//! The same 2-2-1 network twice, on XOR, from the same weights: with units that step from 0 to 1,
//! and with sigmoids. The loss of step units is a staircase over every weight: flat, a jump, flat
//! again. Its derivative is 0 wherever it has one, so the gradient is 0 (not missing: every weight
//! has a path to the loss, and 0 is what comes along it), and descent stays where it started. The
//! rule of lesson 16 is no help: nobody says what a hidden unit should have answered. The sigmoid is
//! the same step with its corner rounded, and every weight is told a direction.
//!
//! ```text
//! the loss over the output unit's bias, the weights fixed
//!     bias      step    slope   sigmoid    slope
//!    -1.75    0.5000        0    0.3861  -0.0841
//!    -1.25    0.5000        0    0.3404  -0.0962
//!    -0.75    0.5000        0    0.2935  -0.0867
//!    -0.25    0.5000        0    0.2588  -0.0470
//!     0.25    0.2500        0    0.2500   0.0131
//!     0.75    0.2500        0    0.2710   0.0673
//!     1.25    0.5000        0    0.3126   0.0941
//!     1.75    0.5000        0    0.3603   0.0929
//!     2.25    0.5000        0    0.4029   0.0760
//!
//! step units
//! step    0  loss 0.5000  |gradient| 0.000000
//! step  500  loss 0.5000  |gradient| 0.000000
//! step 1000  loss 0.5000  |gradient| 0.000000
//! step 1500  loss 0.5000  |gradient| 0.000000
//! step 2000  loss 0.5000  |gradient| 0.000000
//!
//! sigmoid units
//! step    0  loss 0.2599  |gradient| 0.060616
//! step  500  loss 0.0021  |gradient| 0.001249
//! step 1000  loss 0.0008  |gradient| 0.000506
//! step 1500  loss 0.0005  |gradient| 0.000313
//! step 2000  loss 0.0004  |gradient| 0.000226
//! ```

use chainrule::nn::{Init::Signed, seeded};
use chainrule::prelude::*;

/// W1, b1, W2, b2.
type Parameters = [Array; 4];

fn main() {
    let mut rng = seeded(7);
    let mut random = |shape: &[usize]| Signed.weights(shape, 2, 2, &mut rng);
    let start = [random(&[2, 2]), random(&[2]), random(&[2, 1]), random(&[1])];

    println!("the loss over the output unit's bias, the weights fixed");
    println!("    bias      step    slope   sigmoid    slope");
    for i in 0..=8 {
        let bias = f64::from(i) / 2.0 - 1.75;
        let mut there = start.clone();
        there[3][[0]] = bias;
        let [(step, flat), (sigmoid, slope)] = [Tensor::step, Tensor::sigmoid].map(|unit| {
            let (loss, gradient) = loss_and_gradient(&there, unit);
            (loss, gradient[3][[0]])
        });
        println!("{bias:8.2} {step:9.4} {flat:8} {sigmoid:9.4} {slope:8.4}");
    }

    for (name, unit) in [
        ("step", Tensor::step as fn(Tensor) -> Tensor),
        ("sigmoid", Tensor::sigmoid),
    ] {
        println!("\n{name} units");
        let mut parameters = start.clone();
        for step in 0..=2000 {
            let (loss, gradient) = loss_and_gradient(&parameters, unit);
            let squares = gradient
                .iter()
                .flat_map(Array::iter)
                .map(|slope| slope * slope);
            let length = squares.sum::<f64>().sqrt();
            if step % 500 == 0 {
                println!("step {step:4}  loss {loss:.4}  |gradient| {length:.6}");
            }
            for (parameter, slope) in parameters.iter_mut().zip(&gradient) {
                for (weight, slope) in parameter.as_mut_slice().iter_mut().zip(slope) {
                    *weight -= 4.0 * slope;
                }
            }
            if name == "step" {
                assert_eq!(length, 0.0);
            }
        }
        let (loss, _) = loss_and_gradient(&parameters, unit);
        assert_eq!(
            parameters == start,
            name == "step",
            "only the step units stay"
        );
        assert!(name == "step" || loss < 0.01, "the sigmoids learn XOR");
    }
}

/// The mean squared error on XOR, and its gradient by each parameter.
fn loss_and_gradient(parameters: &Parameters, unit: fn(Tensor) -> Tensor) -> (f64, Vec<Array>) {
    let tape = Tape::without_lines();
    let x = tape.constant([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
    let y = tape.constant([[0.0], [1.0], [1.0], [0.0]]);
    let recorded = |array: &Array| tape.tensor_of(array.shape(), array.as_slice());
    let [w1, b1, w2, b2] = parameters.each_ref().map(recorded);
    let hidden = unit(x.matmul(w1) + b1);
    let loss = (unit(hidden.matmul(w2) + b2) - y).square().mean();
    let gradient = loss.backward();
    // `array` answers `None` where no path leads to the loss; there is one from each.
    let slopes = [w1, b1, w2, b2].map(|p| gradient.array(p).expect("a path to the loss"));
    (loss.value(), slopes.into())
}
