//! # 15. Numbers and arrays on one tape
//!
//! A matrix of scores, divided by one temperature, made into probabilities and judged. A number is
//! an array without axes, so `Var`s and `Tensor`s mix in every operator, and one sweep finds both
//! gradients. Every element uses the temperature: its adjoint is a sum, like that of the shared
//! bias in lesson 2.
//!
//! ```text
//! p =
//! [[0.5465 0.3315 0.122 ]
//!  [0.2224 0.6045 0.1732]]
//! loss = 1.178780
//! dloss/dscores =
//! [[-0.113363  0.082875  0.030488]
//!  [ 0.055592  0.151114 -0.206705]]
//! dloss/dtemperature = -0.115621
//!
//! terms of its adjoint =
//! [[ 0.113363 -0.041437  0.015244]
//!  [-0.013898 -0.188892  0.      ]]
//! their sum = -0.115621
//!
//! temperature = 2 (input)                     examples/lesson_15_numbers_and_arrays.rs:33
//!     from v2: -0.115621    sum of dloss/dv2 over all axes
//!     adjoint -0.115621
//! ```

use chainrule::prelude::*;

fn main() {
    let tape = Tape::new();
    let scores = tape.tensor("scores", [[2.0, 1.0, -1.0], [0.5, 2.5, 0.0]]);
    let temperature = tape.var("temperature", 2.0);

    let logits = (scores / temperature).named("logits");
    let loss = logits.cross_entropy(&[0, 2]).named("loss");
    println!("p =\n{:.4}", logits.softmax(-1));
    println!("loss = {loss:.6}");

    let g = loss.backward();
    println!("dloss/dscores =\n{:.6}", g.array(scores).unwrap());
    println!("dloss/dtemperature = {:.6}", g[temperature]);

    // Each element of `logits` sends the temperature a term: its adjoint, times
    // -scores / temperature^2.
    let upstream = tape.constant(g.array(logits).unwrap());
    let terms = upstream * (-scores / temperature.square());
    println!("\nterms of its adjoint =\n{terms:.6}");
    println!("their sum = {:.6}\n", terms.sum());
    print!("{}", loss.explain().ledger(temperature));
}
