//! # 15. Numbers and arrays on one tape
//!
//! A matrix of scores divided by one temperature, made into probabilities and judged: softmax
//! regression, calibrated. A number is an array without axes, so `Var`s and `Tensor`s mix in
//! every operator, and one sweep finds both gradients. The temperature is used by every element:
//! its adjoint is a sum, as of the shared bias in lesson 2.
//!
//! ```text
//! ```

use chainrule::prelude::*;

fn main() {
    let tape = Tape::new();
    let scores = tape.tensor("scores", [[2.0, 1.0, -1.0], [0.5, 2.5, 0.0]]);
    let temperature = tape.var("temperature", 2.0);

    let logits = (scores / temperature).named("logits");
    let loss = logits.cross_entropy(&[0, 2]).named("loss");
    println!("p =\n{:.4}", logits.softmax(-1).to_array());
    println!("loss = {loss:.6}");

    let g = loss.backward();
    println!("dloss/dscores =\n{:.6}", g.array(scores).unwrap());
    println!("dloss/dtemperature = {:.6}", g[temperature]);

    // The same by hand: dloss/dlogits = (p - onehot) / rows, and each element of `logits` sends
    // the temperature a term, its adjoint times -scores / temperature^2.
    let upstream = tape.constant(g.array(logits).unwrap());
    let terms = upstream * (-scores / temperature.square());
    println!("\nterms of its adjoint =\n{:.6}", terms.to_array());
    println!("their sum = {:.6}", terms.sum());

    // The temperature at which the loss is lowest, found downhill along the number alone.
    let mut t = temperature.value();
    for _ in 0..200 {
        tape.reset();
        let temperature = tape.leaf(t);
        let scores = tape.constant([[2.0, 1.0, -1.0], [0.5, 2.5, 0.0]]);
        t -= 4.0 * (scores / temperature).cross_entropy(&[0, 2]).backward()[temperature];
    }
    println!("\ncalibrated temperature = {t:.4}");
}
