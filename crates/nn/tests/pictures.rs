//! Pictures of networks, compared with those that somebody has looked at. Run with
//! `WRITE_SNAPSHOTS=1` to write them anew, and look at them.

use nn::layers::{Conv, Conv2d, Flatten, Linear, Sequential};
use nn::picture::{self, Network, Svg};
use nn::{Activation, Module, Parts, Pass, flow, loss, seeded};
use std::path::Path;
use tape::{Array, Tensor};

#[track_caller]
fn check(name: &str, svg: &Svg) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/snapshots/{name}.svg"));
    if std::env::var_os("WRITE_SNAPSHOTS").is_some() {
        svg.save(&path).expect("a snapshot can be written");
    }
    let expected = std::fs::read_to_string(&path).expect("a snapshot is there");
    assert!(svg.as_str() == expected, "{name}.svg differs:\n{svg}");
}

/// Exclusive or, in two layers.
fn xor() -> Sequential {
    Sequential::new()
        .then(Linear::from_arrays([[2.0, 2.0], [-1.5, -1.5]], [-1.0, 2.0]))
        .then(Activation::Tanh)
        .then_named("out", Linear::from_arrays([[1.0, 1.25]], [-0.75]))
        .then(Activation::Sigmoid)
}

fn corners() -> Array {
    Array::from([[0.0, 1.0], [1.0, 1.0], [0.0, 0.0], [1.0, 0.0]])
}

#[test]
fn a_small_network_has_all_its_weights() {
    check("network", &Network::new("XOR", &xor(), &corners()).svg());
    check(
        "network_values",
        &Network::new("XOR", &xor(), &corners()).values().svg(),
    );
}

#[test]
fn large_layers_and_images_are_shortened() {
    let mut rng = seeded(1);
    let net: Sequential = Sequential::new()
        .then(Conv2d::new(1, 2, [3, 3], Conv::new(), &mut rng))
        .then(Activation::Relu)
        .then(Flatten::new())
        .then(Linear::from_arrays(Array::full(&[40, 32], 0.5), Array::zeros(&[40])).without_bias())
        .then(Linear::from_arrays(Array::full(&[2, 40], -1.0), [0.0, 1.0]));
    let svg = Network::new("Large", &net, &Array::zeros(&[1, 1, 6, 6])).units(4);
    check("network_large", &svg.svg());
}

/// A layer that says of itself what it likes.
struct Hostile;

impl Module for Hostile {
    fn forward(&self, x: Tensor, _: &Pass<'_>) -> Tensor {
        x.sum_over(1).reshape(&[-1, 1])
    }
    fn describe(&self) -> String {
        "</text><script>alert(\"1\")</script>\u{0}&\u{202e}".to_string()
    }
    fn parts(&self, _: &mut Parts) {}
}

#[test]
fn hostile_names_and_numbers_are_shown_as_they_are() {
    let net = Sequential::new()
        .then(Linear::from_arrays(
            [[f64::NAN, 1.0], [f64::NEG_INFINITY, 0.0], [-1e300, 1e-300]],
            [f64::NAN, 0.0, 1.0],
        ))
        .then_named("<&>", Hostile);
    let x = Array::from([[1.0, -2e9]]);
    let svg = Network::new("a < b & \"c\"", &net, &x).values().svg();
    check("network_hostile", &svg);
    let batch = nn::data::Dataset::new(x, Array::from([[1.0]])).whole();
    let svg = picture::flow("a < b & \"c\"", &flow(&net, &batch, loss::mse));
    check("flow_hostile", &svg);
}

#[test]
fn nothing_has_a_picture_too() {
    let none = Linear::from_arrays(Array::zeros(&[0, 2]), Array::zeros(&[0]));
    let net = Sequential::new().then(none).then(Linear::from_arrays(
        Array::zeros(&[2, 0]),
        Array::zeros(&[2]),
    ));
    for x in [Array::from([[1.0, 2.0]]), Array::zeros(&[0, 2])] {
        for net in [&Sequential::new(), &net] {
            let svg = Network::new("", net, &x).values().svg();
            assert!(svg.as_str().ends_with("</svg>\n") && !svg.as_str().contains("NaN"));
            let batch = nn::data::Dataset::new(x.clone(), x.clone()).whole();
            let svg = picture::flow("", &flow(net, &batch, |y: Tensor, _: Tensor| y.sum()));
            assert!(svg.as_str().ends_with("</svg>\n") && !svg.as_str().contains("NaN"));
        }
    }
}

#[test]
fn many_layers_are_shortened_in_the_middle() {
    let mut net = Sequential::new();
    for _ in 0..100 {
        net = net
            .then(Linear::from_arrays([[1.0]], [0.0]))
            .then(Activation::Relu);
    }
    let x = Array::from([[1.0], [2.0]]);
    let svg = Network::new("Deep", &net, &x).svg();
    assert!(svg.as_str().contains(">85 more layers<"));
    let batch = nn::data::Dataset::new(x.clone(), x).whole();
    let svg = picture::flow("Deep", &flow(&net, &batch, loss::mse));
    assert!(svg.as_str().contains(">... 152 more layers<"));
}

#[test]
fn what_flows_has_a_histogram_for_each_layer() {
    let batch = nn::data::Dataset::new(corners(), Array::from([[1.0], [0.0], [0.0], [1.0]]));
    let report = flow(&xor(), &batch.whole(), loss::bce);
    check("flow", &picture::flow("XOR", &report));
}
