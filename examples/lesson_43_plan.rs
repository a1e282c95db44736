//! # 43. A step recorded once
//!
//! A tape is recorded anew for every step, so every step may be another computation: that is what makes
//! it easy to use. A small network pays for it, since recording takes longer than computing. A plan is
//! one recording with its sweep, kept as a list of things to do, each in its place in memory, and done
//! again at other inputs. It gives the same numbers to the last bit; XOR with four hidden units takes a
//! fraction of the time (`bench/record`).
//!
//! What a plan cannot follow it refuses, and where the recording took one side of a branch it asks
//! again each time.
//!
//! ```text
//! XOR, 2-4-1, 100 steps of descent
//!   recorded every time   loss 0.02746
//!   recorded once         loss 0.02746   the same bits in all 100 steps: true
//!
//! Classes are inputs too: one network, two batches in turn
//!   classes [0, 1, 1]   loss 0.00125
//!   classes [1, 1, 0]   loss 0.00125
//!
//! A branch: recorded at x = 2, where it took the square
//!   x = 3:   y = 9, dy/dx = 6
//!   x = -1:  the plan would branch otherwise: the comparison `-1 > 0`
//!
//! Dropout: a layer draws random numbers in each step
//! ```

use chainrule::nn::Activation::Tanh;
use chainrule::nn::layers::{Dropout, Linear, Sequential};
use chainrule::nn::{Module, Optimizer, Parameter, Pass, Session, Sgd, StepPlan, seeded};
use chainrule::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("XOR, 2-4-1, 100 steps of descent");
    let network = || {
        let rng = &mut seeded(3);
        Sequential::new()
            .then(Linear::new(2, 4, rng))
            .then(Tanh)
            .then(Linear::new(4, 1, rng))
    };
    let loss = |net: &Sequential, pass: &Pass<'_>| {
        let tape = pass.tape();
        let x = tape.constant([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
        let y = tape.constant([[0.0], [1.0], [1.0], [0.0]]);
        (net.forward(x, pass) - y).square().mean()
    };

    let (net, mut sgd, mut session) = (network(), Sgd::new(0.3), Session::new(0));
    let mut recorded = Vec::new();
    for _ in 0..100 {
        let (loss, gradient) = session.step(|pass| loss(&net, pass));
        sgd.step(&gradient);
        recorded.push(loss);
    }
    println!("  recorded every time   loss {:.5}", recorded[99]);

    let (net, mut sgd) = (network(), Sgd::new(0.3));
    let mut plan = StepPlan::record(|pass| loss(&net, pass))?;
    let mut planned = Vec::new();
    for _ in 0..100 {
        let (loss, gradient) = plan.step()?;
        sgd.step(gradient);
        planned.push(loss);
    }
    let same = recorded
        .iter()
        .zip(&planned)
        .all(|(a, b)| a.to_bits() == b.to_bits());
    println!(
        "  recorded once         loss {:.5}   the same bits in all 100 steps: {same}\n",
        planned[99]
    );

    println!("Classes are inputs too: one network, two batches in turn");
    let scores = Parameter::weight([[0.0; 2]; 6]);
    let mut plan = StepPlan::record(|pass| {
        let rows = pass.parameter(&scores).index_select(0, [0, 1, 2]);
        rows.cross_entropy(&[0, 1, 1])
    })?;
    let batches = [([0, 1, 2], [0, 1, 1]), ([3, 4, 5], [1, 1, 0])];
    let (mut sgd, mut losses) = (Sgd::new(3.0), [0.0; 2]);
    for step in 0..800 {
        let (rows, classes) = batches[step % 2];
        plan.set_positions(0, &rows)?;
        plan.set_positions(1, &classes)?;
        let (loss, gradient) = plan.step()?;
        sgd.step(gradient);
        losses[step % 2] = loss;
    }
    for ((_, classes), loss) in batches.iter().zip(losses) {
        println!("  classes {classes:?}   loss {loss:.5}");
    }

    println!("\nA branch: recorded at x = 2, where it took the square");
    let (mut plan, x) = Plan::record(|tape| {
        let x = tape.leaf(2.0);
        (if x > 0.0 { x * x } else { -x }, x)
    })?;
    let mut gradients = Gradients::new();
    plan.set_number(x, 3.0)?;
    let y = plan.run(&mut gradients)?;
    println!("  x = 3:   y = {y}, dy/dx = {}", gradients[x]);
    plan.set_number(x, -1.0)?;
    let error = plan.run(&mut gradients).unwrap_err().to_string();
    println!(
        "  x = -1:  {}\n",
        error.split(" at ").next().unwrap_or(&error)
    );

    let net = network().then(Dropout::new(0.5));
    let error = StepPlan::record(|pass| loss(&net, pass))
        .unwrap_err()
        .to_string();
    println!("Dropout: {}", error.split(" (").next().unwrap_or(&error));
    Ok(())
}
