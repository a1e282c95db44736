//! # 22. Backpropagation through time
//!
//! A recurrent unit reads its own last state: `h_t = tanh(w h_(t-1) + u x_t + b)`. Over three
//! steps that is a network of three layers which share one weight, and the adjoint of `w` is a sum
//! of three terms, one for each step that used it. The formulas of the books carry an error back
//! by hand, `delta_t = (dE/dh_t + w delta_(t+1)) (1 - h_t^2)`, and add up `delta_t h_(t-1)`: the
//! same numbers. The further back a step, the more factors `w (1 - h^2)` its term has.
//!
//! ```text
//! h1 =  0.800499
//! h2 =  0.413975
//! h3 =  0.523523
//! E  =  0.339095
//!
//! w = 0.8 (input)                             examples/lesson_22_through_time.rs:41
//!     from wh2: 0.597815 * 0.413975 = 0.247481    dwh2/dw = h2 = 0.413975
//!     from wh1: 0.396291 * 0.800499 = 0.317231    dwh1/dw = h1 = 0.800499
//!     from wh0: 0.113879 * 0.5 = 0.0569393        dwh0/dw = 0.5
//!     adjoint 0.247481 + 0.317231 + 0.0569393 = 0.621651
//!
//! step   delta_t   h_(t-1)      term
//!    3  0.597815  0.413975  0.247481
//!    2  0.396291  0.800499  0.317231
//!    1  0.113879  0.500000  0.056939
//!
//!            dE/dw     dE/du     dE/db
//! tape     0.621651  0.065187  1.107985
//! by hand  0.621651  0.065187  1.107985
//! ```

use chainrule::prelude::*;

const INPUTS: [f64; 3] = [1.0, -0.5, 0.25];
const FIRST: f64 = 0.5; // the state before the first step
const TARGET: f64 = -0.3;
const START: [f64; 3] = [0.8, 0.6, 0.1]; // w, u, b

fn main() {
    let tape = Tape::new();
    let (w, u, b) = (
        tape.var("w", START[0]),
        tape.var("u", START[1]),
        tape.var("b", START[2]),
    );
    let mut h = Var::constant(FIRST);
    for (t, x) in (1..).zip(INPUTS) {
        let fed_back = (w * h).named(format!("wh{}", t - 1));
        h = (fed_back + u * x + b).tanh().named(format!("h{t}"));
        println!("h{t} = {h:9.6}");
    }
    let e = ((h - TARGET).square() / 2.0).named("E");
    println!("E  = {e:9.6}\n");

    let story = e.explain();
    println!("{}", story.ledger(w));
    let node = story.node(w).expect("E depends on w");
    assert_eq!(node.terms.len(), 3);

    // By hand, from the last step to the first.
    let (by_hand, deltas) = through_time(START);
    println!("step   delta_t   h_(t-1)      term");
    // The sweep meets the last step first.
    for (t, term) in (0..3).rev().zip(&node.terms) {
        let (delta, before) = deltas[t];
        let product = delta * before;
        println!("{:4} {delta:9.6} {before:9.6} {product:9.6}", t + 1);
        assert!((term.upstream * term.local - product).abs() < 1e-15);
    }

    println!("\n           dE/dw     dE/du     dE/db");
    let taped = e.backward().of(&[w, u, b]);
    for (name, slopes) in [("tape", &taped[..]), ("by hand", &by_hand)] {
        let [dw, du, db] = [slopes[0], slopes[1], slopes[2]];
        println!("{name:7} {dw:9.6} {du:9.6} {db:9.6}");
    }
    for (taped, by_hand) in taped.iter().zip(by_hand) {
        assert!((taped - by_hand).abs() < 1e-15);
    }
}

/// Backpropagation through time as the books write it, without a tape: the gradient by w, u and b,
/// and for each step `delta_t` and the state that it read.
fn through_time([w, u, b]: [f64; 3]) -> ([f64; 3], [(f64, f64); 3]) {
    let mut h = [FIRST; 4];
    for t in 0..3 {
        h[t + 1] = (w * h[t] + u * INPUTS[t] + b).tanh();
    }
    let mut gradient = [0.0; 3];
    let mut deltas = [(0.0, 0.0); 3];
    let mut error = h[3] - TARGET; // dE/dh of the step at hand
    for t in (0..3).rev() {
        let delta = error * (1.0 - h[t + 1] * h[t + 1]);
        deltas[t] = (delta, h[t]);
        gradient[0] += delta * h[t];
        gradient[1] += delta * INPUTS[t];
        gradient[2] += delta;
        error = w * delta;
    }
    (gradient, deltas)
}
