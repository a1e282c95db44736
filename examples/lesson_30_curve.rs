//! # 30. One hidden layer fits a curve
//!
//! A hidden unit of tanh is a smooth step: a weight says how steep, a bias where, and the output's
//! weight how high. A network of one hidden layer adds such steps up, and with enough of them comes
//! as near to a curve as one likes (Cybenko 1989). A sine takes few: one step cannot turn round,
//! two go up and down again, and what is left of the error is the noise. (A small penalty on the
//! weights keeps them from growing without end.)
//!
//! ```text
//! units  mean squared error
//!     1  0.0961
//!     2  0.0093
//!     3  0.0082
//!
//! Two units (*), and what they learned from (o)
//!
//!                                           o
//!                                           **oo*   o
//!                                        **o     oo**
//!                                      **o           o*o
//!                                    oo o              **
//!                                  **                   o*o
//!                                 *o                       o
//!                               o*o                         *o
//! o o                          **                             *
//!  *                        oo*o                              o
//!   *o                       *
//!     **                   **
//!      oo*                *
//!         ** o         o*oo
//!         oo***    o**o*
//!             oo*o**o
//!
//!
//!    x      bias   v1 tanh(w1 x + b1)   v2 tanh(w2 x + b2)      sum
//! -3.0     0.233               -5.385                4.985   -0.167
//! -1.5     0.233               -3.697                2.455   -1.009
//!  0.0     0.233                0.187               -0.365    0.055
//!  1.5     0.233                3.919               -3.140    1.012
//!  3.0     0.233                5.451               -5.555    0.129
//! ```

use chainrule::nn::Activation::Tanh;
use chainrule::nn::data::{Dataset, sine};
use chainrule::nn::layers::{Linear, Sequential};
use chainrule::nn::minimize::{Options, minimize_loss};
use chainrule::nn::{Module, loss, metrics, predict, seeded};
use chainrule::prelude::*;
use std::f64::consts::PI;

const LAMBDA: f64 = 0.001;
const ROWS: usize = 17;
const COLUMNS: usize = 61;

fn main() {
    let data = sine(41, 0.1, &mut seeded(5));
    println!("units  mean squared error");
    let mut best = f64::INFINITY;
    for units in [1, 2, 3] {
        let (_, mse) = fit(units, &data);
        println!("{units:5}  {mse:.4}");
        assert!(mse < best);
        best = mse;
    }

    let (net, mse) = fit(2, &data);
    assert!(mse < 0.011, "the noise, whose mean square is 0.01");
    println!("\nTwo units (*), and what they learned from (o)\n");
    draw(&net, &data);

    // The output, taken apart into its steps.
    let [w, b, v, c] = ["0.weight", "0.bias", "2.weight", "2.bias"].map(|name| {
        net.parameters()
            .get(name)
            .expect("a parameter of this name")
            .value()
    });
    println!("\n   x      bias   v1 tanh(w1 x + b1)   v2 tanh(w2 x + b2)      sum");
    for x in [-3.0, -1.5, 0.0, 1.5, 3.0] {
        let steps = [0, 1].map(|j| v[[0, j]] * (w[[j, 0]] * x + b[[j]]).tanh());
        let sum = c[[0]] + steps.iter().sum::<f64>();
        println!(
            "{x:4.1}  {:8.3}  {:19.3}  {:19.3}  {sum:7.3}",
            c[[0]],
            steps[0],
            steps[1]
        );
        let says = predict(&net, &Array::from([[x]])).item();
        assert!((sum - says).abs() < 1e-12, "the network is the sum");
    }
}

/// A network of so many hidden units, at the lowest cost found downhill from its start.
fn fit(units: usize, data: &Dataset) -> (Sequential, f64) {
    let mut rng = seeded(2);
    let net = Sequential::new()
        .then(Linear::new(1, units, &mut rng))
        .then(Tanh)
        .then(Linear::new(units, 1, &mut rng));
    let found = minimize_loss(
        &net,
        |pass| {
            let outputs = net.forward(pass.data(data.x()), pass);
            loss::mse(outputs, pass.data(data.y())) + loss::penalty(&net, pass, LAMBDA, data.len())
        },
        &Options {
            tolerance: 1e-8,
            ..Options::default()
        },
    );
    assert!(
        found.gradient.iter().all(|slope| slope.abs() < 1e-6),
        "level ground"
    );
    let mse = metrics::mse(predict(&net, data.x()).as_slice(), data.y().as_slice());
    (net, mse)
}

fn draw(net: &Sequential, data: &Dataset) {
    let mut picture = [[' '; COLUMNS]; ROWS];
    let mut mark = |x: f64, y: f64, with: char| {
        let row = (1.2 - y) / 2.4 * (ROWS - 1) as f64;
        let column = (x / PI + 1.0) / 2.0 * (COLUMNS - 1) as f64;
        picture[row.round() as usize][column.round() as usize] = with;
    };
    let x = Array::linspace(-PI, PI, COLUMNS).reshape(&[-1, 1]);
    for (x, y) in x.iter().zip(&predict(net, &x)) {
        mark(*x, *y, '*');
    }
    for (x, y) in data.iter() {
        mark(x[0], y[0], 'o');
    }
    for row in picture {
        println!("{}", String::from_iter(row).trim_end());
    }
}
