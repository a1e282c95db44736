//! # 31. Four classes: one against all
//!
//! Pedestrian, car, motorcycle or truck? The target is a column of four numbers with a single 1,
//! and a network of four outputs is punished by the lectures' cost, with `h` the outputs, `K` of
//! them, and `m` the number of examples:
//!
//! `J(Theta) = -1/m sum_i sum_k [y ln h + (1 - y) ln(1 - h)] + lambda/(2m) sum of squared weights`
//!
//! Without a hidden layer no weight is in two terms of the sum over `k`, so that the four outputs
//! learn what four machines learn apart, each one class against all others. But motorcycles and
//! cars lie between others, and no one line parts them from the rest: no machine is sure of them,
//! and it is left to the largest of four weak answers. With a hidden layer the network knows.
//!
//! ```text
//! four outputs:              J = 1.086988
//! four machines apart:       J = 1.086988
//! behind six hidden units:   J = 0.203379
//!
//! four outputs               h: pedestrian     car  motorcycle   truck
//! a typical pedestrian                0.994   0.157       0.443   0.000
//! a typical car                       0.000   0.270       0.170   0.004
//! a typical motorcycle                0.003   0.198       0.308   0.000
//! a typical truck                     0.000   0.367       0.075   0.996
//! 96.0 % of 400 new ones right
//!
//! behind six hidden units    h: pedestrian     car  motorcycle   truck
//! a typical pedestrian                0.992   0.002       0.009   0.001
//! a typical car                       0.001   0.965       0.012   0.023
//! a typical motorcycle                0.007   0.012       0.983   0.002
//! a typical truck                     0.001   0.025       0.003   0.975
//! 99.2 % of 400 new ones right
//! ```

use chainrule::nn::Activation::Sigmoid;
use chainrule::nn::data::{Dataset, blobs};
use chainrule::nn::layers::{Linear, Sequential};
use chainrule::nn::metrics::{accuracy, classes};
use chainrule::nn::minimize::{Options, minimize_loss};
use chainrule::nn::{Module, Pass, loss, predict, seeded};
use chainrule::prelude::*;

const LAMBDA: f64 = 0.1;
const KINDS: [&str; 4] = ["pedestrian", "car", "motorcycle", "truck"];
/// Length and width in metres of a typical one, made up.
const TYPICAL: [[f64; 2]; 4] = [[0.5, 0.5], [4.3, 1.7], [2.2, 1.0], [7.0, 2.5]];

fn main() {
    let mut rng = seeded(4);
    let seen = blobs(120, &TYPICAL, 0.3, &mut rng);
    let new = blobs(400, &TYPICAL, 0.3, &mut rng);
    let targets = seen.one_hot(4);

    let flat = network(None, 4);
    let j = minimum_of_j(&flat, &targets);
    println!("four outputs:              J = {j:.6}");
    let one_machine = |k: usize| {
        let own = Array::from_fn(&[seen.len(), 1], |at| targets.y()[[at[0], k]]);
        minimum_of_j(&network(None, 1), &targets.map_y(|_| own))
    };
    let apart: f64 = (0..4).map(one_machine).sum();
    println!("four machines apart:       J = {apart:.6}");
    assert!((apart - j).abs() < 1e-9, "the same");
    let deep = network(Some(6), 4);
    println!(
        "behind six hidden units:   J = {:.6}",
        minimum_of_j(&deep, &targets)
    );

    for (name, net) in [("four outputs", &flat), ("behind six hidden units", &deep)] {
        println!("\n{name:23}    h: pedestrian     car  motorcycle   truck");
        let h = predict(net, &TYPICAL.into());
        for (kind, h) in KINDS.iter().zip(h.rows()) {
            println!(
                "a typical {kind:13} {:17.3} {:7.3} {:11.3} {:7.3}",
                h[0], h[1], h[2], h[3]
            );
        }
        assert_eq!(classes(&h), [0, 1, 2, 3], "the largest is right");
        assert_eq!(
            h[[2, 2]] > 0.5,
            name != "four outputs",
            "sure of a motorcycle"
        );

        let right = accuracy(&classes(&predict(net, new.x())), new.y());
        println!("{:.1} % of 400 new ones right", 100.0 * right);
        assert!(right > if name == "four outputs" { 0.95 } else { 0.98 });
    }
}

/// Sigmoids on the features, with a hidden layer of so many units or none.
fn network(hidden: Option<usize>, outputs: usize) -> Sequential {
    let mut rng = seeded(1);
    let net = match hidden {
        None => Sequential::new().then(Linear::new(2, outputs, &mut rng)),
        Some(units) => Sequential::new()
            .then(Linear::new(2, units, &mut rng))
            .then(Sigmoid)
            .then(Linear::new(units, outputs, &mut rng)),
    };
    net.then(Sigmoid)
}

/// Brings a network to the lowest `J(Theta)` downhill, and answers it.
fn minimum_of_j(net: &Sequential, data: &Dataset) -> f64 {
    let j = |pass: &Pass<'_>| {
        let h = net.forward(pass.data(data.x()), pass);
        loss::logistic(h, pass.data(data.y())) + loss::penalty(net, pass, LAMBDA, data.len())
    };
    let options = Options {
        tolerance: 1e-9,
        ..Options::default()
    };
    minimize_loss(net, j, &options).value
}
