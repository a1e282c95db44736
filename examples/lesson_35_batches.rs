//! # 35. All examples, one, or a few
//!
//! Full-batch descent looks at every example before it takes a step. Descent on single examples
//! takes a step after each: its gradient is right on average only, so it arrives with far less
//! work, and then jitters for ever. A mini-batch of 16 has a quarter of that noise, for the mean of
//! `n` has `1/sqrt(n)` of it: it arrives in as few steps as the full batch, with a sixteenth of the
//! work.
//!
//! The picture has the error above its minimum on a logarithmic scale, a row for a factor of two,
//! for the first 60 steps: `f` full batch, `m` mini-batch (under `f` where it is not seen), `1`
//! single examples.
//!
//! ```text
//! lowest mean squared error 0.095421
//!
//!           noise of    steps to 1.1    examples    in the end, on
//!   batch   gradient    times lowest        seen    average, times lowest
//! f   256      0.000              36        9216            1.0000
//! m    16      0.310              36         576            1.0059
//! 1     1      1.229              28          28            1.1497
//!
//!    32.000 |f
//!    16.000 | fff
//!     8.000 | 11 ffff
//!     4.000 |   11111ffff
//!     2.000 |           1fffff
//!     1.000 |                1fffff   111
//!     0.500 |                  111 fffff
//!     0.250 |                     111  mfffff    1                   1
//!     0.125 |                                fffff  11 11 1  11 1
//!     0.062 |                               1   1 fffff  1     1       1
//!     0.031 |                            111 11    1   fffff1   mmm 1
//!     0.016 |                                              mfffff    m1  m
//!     0.008 |                                              1     fffffffff
//!            0                            30                            60
//! ```

use chainrule::nn::data::{Batch, Dataset, line};
use chainrule::nn::layers::Linear;
use chainrule::nn::minimize::{Options, minimize_loss};
use chainrule::nn::{Module, Optimizer, Pass, Session, Sgd, loss, predict, seeded};
use chainrule::prelude::*;

const EXAMPLES: usize = 256;
const STEPS: usize = 512;

fn main() {
    let data = line(EXAMPLES, 2.0, 1.0, 0.3, &mut seeded(8));
    let best = start();
    let lowest = minimize_loss(
        &best,
        |pass| mse(&best, &data.whole(), pass),
        &Options::default(),
    );
    let lowest = lowest.value;
    println!("lowest mean squared error {lowest:.6}\n");

    println!("          noise of    steps to 1.1    examples    in the end, on");
    println!("  batch   gradient    times lowest        seen    average, times lowest");
    let mut rows = [[' '; 61]; 13];
    let mut found = Vec::new();
    for (mark, size) in [('f', EXAMPLES), ('m', 16), ('1', 1)] {
        let (noise, errors) = (noise(&data, size), descend(&data, size));
        let near = |error: &f64| *error < 1.1 * lowest;
        let steps = errors.iter().position(near).expect("it arrives");
        let rest = &errors[STEPS / 2..];
        let rest = rest.iter().sum::<f64>() / rest.len() as f64 / lowest;
        println!(
            "{mark} {size:5} {noise:10.3} {steps:15} {:11} {rest:17.4}",
            steps * size
        );
        for (step, error) in errors.iter().take(61).enumerate() {
            let row = 5.0 - ((error - lowest) / lowest).log2();
            let place = &mut rows[row.round().clamp(0.0, 12.0) as usize][step];
            if *place == ' ' {
                *place = mark; // the full batch was first
            }
        }
        found.push((noise, steps, rest));
    }
    println!();
    for (row, marks) in rows.iter().enumerate() {
        let times = 2f64.powi(5 - row as i32);
        println!("{times:9.3} |{}", String::from_iter(marks).trim_end());
    }
    println!("{:>12}{:>30}{:>30}", 0, 30, 60);

    let [full, mini, single] = found[..] else {
        unreachable!("three of them")
    };
    assert!(full.0 < 1e-12, "the gradient itself");
    assert!(
        (single.0 / mini.0 - 4.0).abs() < 0.5,
        "the square root of 16"
    );
    assert!(mini.1 < 2 * full.1 && 16 * mini.1 < EXAMPLES * full.1 / 4);
    assert!(full.2 < 1.001 && full.2 < mini.2 && mini.2 < single.2);
}

fn start() -> Linear {
    Linear::from_arrays([[0.0]], [0.0])
}

fn mse(net: &Linear, batch: &Batch, pass: &Pass<'_>) -> Var {
    loss::mse(net.forward(pass.data(&batch.x), pass), pass.data(&batch.y))
}

/// The error on all examples at the start and after each step, with batches of this size.
fn descend(data: &Dataset, size: usize) -> Vec<f64> {
    let (net, mut rng) = (start(), seeded(2));
    let (mut session, mut sgd) = (Session::new(0), Sgd::new(0.1));
    let mut errors = Vec::new();
    loop {
        for batch in data.shuffled(size, &mut rng) {
            let outputs = predict(&net, data.x());
            let squares = outputs
                .iter()
                .zip(data.y().iter())
                .map(|(a, t)| (a - t).powi(2));
            errors.push(squares.sum::<f64>() / EXAMPLES as f64);
            if errors.len() > STEPS {
                return errors;
            }
            let (_, gradient) = session.step(|pass| mse(&net, &batch, pass));
            sgd.step(&gradient);
        }
    }
}

/// How far a batch's gradient at the start is from that of all examples, as a share of its length:
/// the root of the mean square over an epoch.
fn noise(data: &Dataset, size: usize) -> f64 {
    let (net, mut session) = (start(), Session::new(0));
    let mut slopes = |batch: &Batch| {
        let (_, gradient) = session.step(|pass| mse(&net, batch, pass));
        Vec::from_iter(gradient.iter().flat_map(|(_, slopes)| slopes.to_vec()))
    };
    let full = slopes(&data.whole());
    let off = Vec::from_iter(data.shuffled(size, &mut seeded(3)).map(|batch| {
        let off = slopes(&batch)
            .iter()
            .zip(&full)
            .map(|(g, f)| (g - f).powi(2))
            .sum::<f64>();
        off / dot(&full, &full)
    }));
    (off.iter().sum::<f64>() / off.len() as f64).sqrt()
}
