//! # 29. Boundaries, as units and layers grow
//!
//! A network's boundary runs where it cannot say which of two classes it sees. One hidden unit
//! draws a line, two a strip or a wedge: next to nothing against two arms of a spiral that wind one
//! and a half times around each other. Eight units bend the boundary after most of the arms, and a
//! second layer, which bends what is bent already, follows them all the way.
//!
//! Each picture is what a network of so many hidden units says of the whole square: `:` is the arm
//! of the `x`, blank that of the `o`.
//!
//! ```text
//! [1]: 52 of 80 right               [2]: 42 of 80 right
//!
//!
//!         o o  o  o o                       o o  o  o o
//!      o               o                 o               o
//!    o      x xx x xx   o              o      x xx x xx   o
//!        xx          x   o                 xx          x   o
//!   o   x    oooooo  xx   o   :::   ::o   x    oooooo  xx   o
//!  o    x   oo  xxo::xx:::o::::x:   :o::::x   oo  xxo  xx   o    x
//!   ::::x:::oo::xxxxxx::::o:::x::   ::::::x:::oo  xxxxxx    o   x
//! :::::::x:::o::::::::::oo:::::::   :::::::x:::o::::      oo
//! ::::::::x:::oo:o:oo:o::::::x:::   ::::::::x:::oo:o:oo:o      x
//! :::::::::x:::::::::::::::x:::::   :::::::::x:::::::::::::::x
//! ::::::::::::x:x::x::x:x::::::::   ::::::::::::x:x::x::x:x::::::::
//! :::::::::::::::::::::::::::::::   :::::::::::::::::::::::::::::::
//! :::::::::::::::::::::::::::::::   :::::::::::::::::::::::::::::::
//!
//! [8]: 75 of 80 right               [8, 8]: 80 of 80 right
//!
//!
//!         o o  o  o o          ::           o o  o  o o
//!      o    ::::       o     ::::        o               o
//!    o    ::x:xx:x:xx   o  ::::::      o     :x:xx:x:xx   o       :
//!       :xx::::::::::x:  o                 xx::::::   :x   o    :::
//!   o  :x::: oooooo :xx:::o           o  :x::: oooooo::xx:  o  ::::
//!  o :::x:: oo  xxo::xx:: o  ::x     o :::x:::oo::xxo::xx:: o  ::x:
//! ::::::x:  oo  xxxxxx    o:::x::   ::::::x:::oo::xxxxxx    o  :x::
//! :::::::x   o::        oo:::::::   :::::::x:: o          oo:::::::
//! ::::::::x:: oo o oo o :::::x:::   ::::::  x:::oo o oo o :::::x:::
//! :::::::::x::::       ::::x:::::     :::::::x:::::      ::::x:::::
//! ::::::::::::x:x::x :x:x::::::::   ::::::::::::x:x::x::x:x::::::::
//! :::::::::::::::::::::::::::::::   :::::::::::::::::::::::::::::::
//! :::::::::::::::::::::::::::::::   :::::::::::::::::::::::::::::::
//! ```

use chainrule::nn::Activation::Tanh;
use chainrule::nn::data::Dataset;
use chainrule::nn::layers::{Linear, Sequential};
use chainrule::nn::{Adam, Module, Optimizer, Session, loss, predict, seeded};
use chainrule::prelude::*;
use std::f64::consts::TAU;

const EACH: usize = 40;
const ROWS: usize = 15;
const COLUMNS: usize = 31;

fn main() {
    let arms = spiral();
    let drawn = [&[1][..], &[2], &[8], &[8, 8]].map(|widths| {
        let net = network(widths);
        learn(&net, &arms);
        let right = predict(&net, arms.x())
            .iter()
            .zip(arms.y().iter())
            .filter(|(z, class)| usize::from(**z > 0.0) == **class)
            .count();
        let title = format!("{widths:?}: {right} of {} right", arms.len());
        (right, title, picture(&net, &arms))
    });
    for pair in drawn.chunks(2) {
        println!("{:COLUMNS$}   {}", pair[0].1, pair[1].1);
        for (left, right) in pair[0].2.iter().zip(&pair[1].2) {
            println!("{}", format!("{left}   {right}").trim_end());
        }
        println!();
    }
    let right = drawn.map(|(right, ..)| right);
    assert!(
        right[..2].iter().all(|&right| right < 60),
        "little better than a coin"
    );
    assert!(right[2] > 70 && right[3] == 80);
}

/// Points along two arms, and the arm of each.
fn spiral() -> Dataset<f64, Vec<usize>> {
    let points = Array::from_fn(&[2 * EACH, 2], |at| {
        let (arm, along) = (at[0] / EACH, (at[0] % EACH + 1) as f64 / EACH as f64);
        let angle = TAU * (arm as f64 / 2.0 + along * 1.5);
        along * if at[1] == 0 { angle.cos() } else { angle.sin() }
    });
    Dataset::new(points, (0..2 * EACH).map(|i| i / EACH).collect())
}

fn network(widths: &[usize]) -> Sequential {
    let mut rng = seeded(1);
    let (mut net, mut inputs) = (Sequential::new(), 2);
    for &width in widths {
        net = net.then(Linear::new(inputs, width, &mut rng)).then(Tanh);
        inputs = width;
    }
    net.then(Linear::new(inputs, 1, &mut rng))
}

/// Descends on the cross-entropy of all examples.
fn learn(net: &Sequential, data: &Dataset<f64, Vec<usize>>) {
    let targets = Array::from_fn(&[data.len(), 1], |at| data.y()[at[0]] as f64);
    let (mut session, mut optimizer) = (Session::new(0), Adam::new(0.05));
    for _ in 0..600 {
        let (_, gradient) = session.step(|pass| {
            let logits = net.forward(pass.data(data.x()), pass);
            loss::bce_with_logits(logits, pass.tape().constant(&targets))
        });
        optimizer.step(&gradient);
    }
}

/// The square around the examples, `:` where the network says the second class; the examples of
/// both, `o` and `x`.
fn picture(net: &Sequential, data: &Dataset<f64, Vec<usize>>) -> Vec<String> {
    let place = |i: usize, n: usize| 2.2 * (i as f64 / (n - 1) as f64 - 0.5);
    let square = Array::from_fn(&[ROWS * COLUMNS, 2], |at| match at[1] {
        0 => place(at[0] % COLUMNS, COLUMNS),
        _ => -place(at[0] / COLUMNS, ROWS),
    });
    let logits = predict(net, &square);
    let mut picture = Vec::from_iter(logits.iter().map(|&z| if z > 0.0 { ':' } else { ' ' }));
    for (x, &class) in data.iter() {
        let near = |x: f64, n: usize| ((x / 2.2 + 0.5) * (n - 1) as f64).round() as usize;
        picture[near(-x[1], ROWS) * COLUMNS + near(x[0], COLUMNS)] = ['o', 'x'][class];
    }
    picture.chunks(COLUMNS).map(String::from_iter).collect()
}
