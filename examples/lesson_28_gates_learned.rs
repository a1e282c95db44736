//! # 28. Gates, learned
//!
//! In lesson 4 somebody chose the weights of AND, OR and NOT. Here they start at random, and the
//! truth table is all that a network is told: descent on the cross-entropy finds weights of its
//! own. One unit is enough where a line parts the zeros from the ones. XOR and XNOR take a hidden
//! layer of two units, and nobody told these two what to become: gates that one line can part.
//! (With so few units many other starts end in a worse minimum; more units have more luck.)
//!
//! ```text
//! AND   wanted   at first   learned
//! 0 0        0      0.601     0.000
//! 0 1        0      0.617     0.018
//! 1 0        0      0.721     0.019
//! 1 1        1      0.734     0.979
//!       b = -11.8, w = 7.8, 7.8
//!
//! OR    wanted   at first   learned
//! 0 0        0      0.601     0.008
//! 0 1        1      0.617     0.996
//! 1 0        1      0.721     0.997
//! 1 1        1      0.734     1.000
//!       b = -4.8, w = 10.5, 10.3
//!
//! NOT   wanted   at first   learned
//!   0        1      0.524     0.993
//!   1        0      0.703     0.006
//!       b = 5.0, w = -10.1
//!
//! XOR   wanted   at first   learned
//! 0 0        0      0.354     0.004
//! 0 1        1      0.338     0.997
//! 1 0        1      0.357     0.997
//! 1 1        0      0.344     0.003
//!       b = -5.6, w = 11.7, -12.3
//!       hidden units: OR and AND
//!
//! XNOR  wanted   at first   learned
//! 0 0        1      0.354     0.996
//! 0 1        0      0.338     0.003
//! 1 0        0      0.357     0.003
//! 1 1        1      0.344     0.997
//!       b = 5.6, w = 12.7, -11.9
//!       hidden units: AND and OR
//! ```

use chainrule::nn::Activation::Sigmoid;
use chainrule::nn::data::Gate;
use chainrule::nn::layers::{Linear, Sequential};
use chainrule::nn::{Adam, Module, Optimizer, Session, loss, predict, seeded};
use chainrule::prelude::*;

fn main() {
    for gate in [Gate::And, Gate::Or, Gate::Not, Gate::Xor, Gate::Xnor] {
        let (table, mut rng) = (gate.table(), seeded(2));
        let hidden = match gate {
            Gate::Xor | Gate::Xnor => Sequential::new()
                .then(Linear::new(2, 2, &mut rng))
                .then(Sigmoid),
            _ => Sequential::new(),
        };
        let width = predict(&hidden, table.x()).shape()[1];
        let unit = Linear::new(width, 1, &mut rng);
        let answers = || {
            let logits = predict(&unit, &predict(&hidden, table.x()));
            logits.map(|z| z.sigmoid()).into_vec()
        };

        let before = answers();
        let (mut session, mut optimizer) = (Session::new(0), Adam::new(0.1));
        for _ in 0..500 {
            let (_, gradient) = session.step(|pass| {
                let (x, y) = (pass.data(table.x()), pass.data(table.y()));
                loss::bce_with_logits(unit.forward(hidden.forward(x, pass), pass), y)
            });
            optimizer.step(&gradient);
        }
        let after = answers();

        println!("{:4}  wanted   at first   learned", gate.name());
        for (i, (x, y)) in table.iter().enumerate() {
            let x: String = x.iter().map(|x| format!("{x} ")).collect();
            println!("{x:>4}  {:6}   {:8.3}   {:7.3}", y[0], before[i], after[i]);
            assert!((after[i] - y[0]).abs() < 0.05, "learned");
        }
        let bias = unit.bias().expect("it has one").value();
        let weights = unit.weight().value();
        let w = Vec::from_iter(weights.iter().map(|w| format!("{w:.1}"))).join(", ");
        println!("      b = {:.1}, w = {w}", bias[[0]]);
        if !hidden.is_empty() {
            let units = predict(&hidden, table.x());
            let named = [0, 1].map(|j| name_of(units.rows().map(|row| row[j] > 0.5).collect()));
            println!("      hidden units: {} and {}", named[0], named[1]);
        }
        println!();
    }
}

/// The gate of two inputs that has these outputs.
fn name_of(outputs: Vec<bool>) -> &'static str {
    let same = |gate: &&Gate| {
        let table = gate.table();
        table
            .y()
            .iter()
            .map(|&y| y > 0.5)
            .eq(outputs.iter().copied())
    };
    Gate::ALL
        .iter()
        .find(same)
        .map_or("another", |gate| gate.name())
}
