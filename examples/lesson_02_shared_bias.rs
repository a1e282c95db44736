//! # 2. Where paths meet, adjoints add
//!
//! A perceptron whose bias is used by both of its inputs: `y = (x1 w1 + b) + (x2 w2 + b)`.
//! Two paths lead from `b` to `y`, each carries a derivative of 1, and `dy/db = 2`: the
//! smallest case in which an adjoint is a sum.
//!
//! ```text
//! dy/dw1 = 1, dy/dw2 = 3, dy/db = 2
//!
//! b = 0.25 (input)                            examples/lesson_02_shared_bias.rs:22
//!     from right: 1 * 1 = 1    dright/db = 1
//!     from left:  1 * 1 = 1    dleft/db = 1
//!     adjoint 1 + 1 = 2
//! ```

use chainrule::prelude::*;

fn main() {
    let tape = Tape::new();
    let (x1, x2) = (tape.var("x1", 1.0), tape.var("x2", 3.0));
    let (w1, w2) = (tape.var("w1", 0.5), tape.var("w2", -1.0));
    let b = tape.var("b", 0.25);

    let y = ((x1 * w1 + b).named("left") + (x2 * w2 + b).named("right")).named("y");

    let g = y.backward();
    println!("dy/dw1 = {}, dy/dw2 = {}, dy/db = {}", g[w1], g[w2], g[b]);
    println!();
    println!("{}", y.explain().ledger(b));
}
