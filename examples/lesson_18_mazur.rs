//! # 18. A step by step example, step by step
//!
//! The network of Matt Mazur's page, "A Step by Step Backpropagation Example": two inputs, two
//! hidden units, two outputs, sigmoids throughout, and `E = 1/2 sum (target - out)^2`.
//! Backpropagation's errors are adjoints: that of an output unit is the adjoint of its weighted sum
//! `net_o`, that of a hidden unit the adjoint of `net_h`. The ledger of `w5` is the page's chain
//! rule, number by number. As on the page, the biases stay. (The page rounds between its steps: its
//! `E` after the first differs in the seventh digit.)
//!
//! ```text
//! hidden outputs 0.5932699921  0.5968843783
//! outputs        0.7513650696  0.7729284653
//! E              0.2983711088
//! output errors  0.1384985616  -0.0380982365
//! hidden errors  0.0087713547  0.0099542547
//!
//! w5 = 0.4000000000 (input)                   examples/lesson_18_mazur.rs:67
//!     from v18: 0.1384985616 * 0.5932699921 = 0.0821670406    dv18/dw5 = out_h1 = 0.5932699921
//!     adjoint 0.0821670406
//!
//! w1 .. w4       0.1497807161  0.1995614323  0.2497511436  0.2995022873
//! w5 .. w8       0.3589164797  0.4086661861  0.5113012702  0.5613701211
//! E              0.2910277737
//!
//! after 10 000 steps, E = 3.5101878e-5
//! ```

use chainrule::prelude::*;

const INPUTS: [f64; 2] = [0.05, 0.10];
const TARGETS: [f64; 2] = [0.01, 0.99];
const BIASES: [f64; 2] = [0.35, 0.60];
const START: [f64; 8] = [0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55];
const RATE: f64 = 0.5;

/// One unit: its two weights, what it reads, its bias. Answers its sum and its output.
fn unit<R: Real>(w: &[R], x: [R; 2], bias: f64) -> (R, R) {
    let net = w[0] * x[0] + w[1] * x[1] + bias;
    (net, net.sigmoid())
}

/// Sums and outputs of the two hidden units, then of the two output units.
fn network<R: Real>(w: &[R]) -> [(R, R); 4] {
    let x = INPUTS.map(R::from);
    let (h1, h2) = (unit(&w[0..2], x, BIASES[0]), unit(&w[2..4], x, BIASES[0]));
    let h = [h1.1, h2.1];
    [
        h1,
        h2,
        unit(&w[4..6], h, BIASES[1]),
        unit(&w[6..8], h, BIASES[1]),
    ]
}

fn error<R: Real>(o1: R, o2: R) -> R {
    ((o1 - TARGETS[0]).square() + (o2 - TARGETS[1]).square()) / 2.0
}

fn total_error<R: Real>(w: &[R]) -> R {
    let [_, _, (_, o1), (_, o2)] = network(w);
    error(o1, o2)
}

fn main() {
    let tape = Tape::new();
    let w: Vec<Var> = (0..8)
        .map(|i| tape.var(format!("w{}", i + 1), START[i]))
        .collect();
    let units = network(&w);
    for ((net, out), name) in units.iter().zip(["h1", "h2", "o1", "o2"]) {
        net.named(format!("net_{name}"));
        out.named(format!("out_{name}"));
    }
    let e = error(units[2].1, units[3].1).named("E");
    let g = e.backward();

    show(
        "hidden outputs",
        &[units[0].1, units[1].1].map(Var::value),
        &[0.5932699921, 0.5968843783],
    );
    show(
        "outputs",
        &[units[2].1, units[3].1].map(Var::value),
        &[0.7513650696, 0.7729284653],
    );
    show("E", &[e.value()], &[0.2983711088]);
    show(
        "output errors",
        &g.of(&[units[2].0, units[3].0]),
        &[0.1384985616, -0.0380982365],
    );
    show(
        "hidden errors",
        &g.of(&[units[0].0, units[1].0]),
        &[0.0087713547, 0.0099542547],
    );
    println!();
    print!("{}", e.explain().digits(10).ledger(w[4]));

    // One step down, all weights at once, from the gradient at the old ones.
    let mut weights = START;
    descend(&mut weights);
    println!();
    show(
        "w1 .. w4",
        &weights[..4],
        &[0.1497807161, 0.1995614323, 0.2497511436, 0.2995022873],
    );
    show(
        "w5 .. w8",
        &weights[4..],
        &[0.3589164797, 0.4086661861, 0.5113012702, 0.5613701211],
    );
    show("E", &[total_error(&weights)], &[0.2910277737]);

    for _ in 1..10_000 {
        descend(&mut weights);
    }
    let after = total_error(&weights);
    println!("\nafter 10 000 steps, E = {after:.7e}");
    assert!((after - 3.5101878e-5).abs() < 5e-13);
}

fn descend(weights: &mut [f64; 8]) {
    let slopes = gradient(total_error, &*weights);
    for (weight, slope) in weights.iter_mut().zip(slopes) {
        *weight -= RATE * slope;
    }
}

/// Prints numbers, which must be the worked example's to its ten digits.
fn show(name: &str, found: &[f64], worked: &[f64]) {
    let digits: Vec<String> = found.iter().map(|x| format!("{x:.10}")).collect();
    println!("{name:14} {}", digits.join("  "));
    assert_eq!(found.len(), worked.len(), "{name}");
    let close = |(found, worked): (&f64, &f64)| (found - worked).abs() < 6e-11;
    assert!(found.iter().zip(worked).all(close), "{name}: {found:?}");
}
