//! What flows through a network, by numbers from elsewhere: by hand, from the gradient of a step,
//! and from networks that were broken on purpose.

use nn::flow::{FlowReport, Mark};
use nn::layers::{BatchNorm1d, Dropout, Gru, Linear, Residual, Sequential};
use nn::{Activation, Init, Module, Session, data::Dataset, flow, loss, seeded};
use tape::{Array, Element, Tensor};

fn sum_of_outputs<T: Element>(y: Tensor<T>, _: Tensor<T>) -> tape::Var {
    y.sum()
}

/// The flow of a sum of outputs.
fn of(net: &impl Module, x: impl Into<Array>) -> FlowReport {
    let x = x.into();
    let y = Array::zeros(&[x.shape()[0], 1]);
    flow(net, &Dataset::new(x, y).whole(), sum_of_outputs)
}

/// Relu of 1 - 2 = -1 and 3 - 0.5 = 2.5, in two units, the second of which is off.
#[test]
fn numbers_are_those_by_hand() {
    let net = Sequential::new()
        .then(Linear::from_arrays([[1.0, -1.0], [0.0, -1.0]], [0.0, 0.0]))
        .then(Activation::Relu)
        .then(Linear::from_arrays([[2.0, 4.0]], [0.5]));
    let report = of(&net, [[1.0, 2.0], [3.0, 0.5]]);
    let [linear, relu, out] = &report.layers[..] else {
        panic!("{report}");
    };
    assert_eq!(report.loss, 0.5 + 5.5);
    // [[-1, -2], [2.5, -0.5]]
    assert_eq!(linear.activations.mean, -0.25);
    let squares = 1.0 + 4.0 + 6.25 + 0.25;
    assert!((linear.activations.std - f64::sqrt(squares / 4.0 - 0.0625)).abs() < 1e-15);
    assert!((linear.activations.norm - f64::sqrt(squares)).abs() < 1e-15);
    // dy/dh = [2, 4] for each example, and 0 where relu is off.
    assert!((relu.gradient.as_ref().unwrap().norm - 40_f64.sqrt()).abs() < 1e-14);
    assert_eq!(linear.gradient.as_ref().unwrap().norm, 2.0);
    assert_eq!(
        (relu.activations.zeros, relu.dead, relu.flat),
        (0.75, 0.5, None)
    );
    // dE/dW = 2 x for the unit that is on, at the second example.
    let weights = linear.weights.unwrap();
    assert_eq!(weights.norm, 3_f64.sqrt());
    assert!((weights.gradient.unwrap() - 2.0 * 9.25_f64.sqrt()).abs() < 1e-14);
    assert_eq!(
        weights.ratio(),
        Some(weights.gradient.unwrap() / weights.norm)
    );
    assert_eq!(
        (out.gradient.as_ref().unwrap().norm, relu.weights),
        (2_f64.sqrt(), None)
    );
    assert!(report.is_healthy(), "{report}");
    assert_eq!(report.layer("1"), Some(relu));
}

#[test]
fn gradients_are_those_of_a_step() {
    fn check<T: Element>() {
        let mut rng = seeded(3);
        let block = Sequential::new()
            .then(Linear::new(6, 6, &mut rng))
            .then(BatchNorm1d::new(6));
        let net: Sequential<T> = Sequential::new()
            .then_named("block", Residual::new(block))
            .then(Dropout::new(0.5))
            .then(Linear::new(6, 2, &mut rng).without_bias());
        let x: Array<T> = Init::Normal.weights(&[8, 6], 1, 1, &mut rng);
        let y: Array<T> = Init::Normal.weights(&[8, 2], 1, 1, &mut rng);
        let before: Vec<_> = net
            .parameters()
            .iter()
            .map(|p| p.parameter.value())
            .collect();
        let report = flow(&net, &Dataset::new(x.clone(), y.clone()).whole(), loss::mse);
        let after: Vec<_> = net
            .parameters()
            .iter()
            .map(|p| p.parameter.value())
            .collect();
        assert_eq!(before, after, "buffers too");
        let (loss, gradient) = Session::new(0).step(|pass| {
            let (x, y) = (pass.tape().constant(&x), pass.tape().constant(&y));
            loss::mse(net.forward(x, pass), y)
        });
        assert_eq!(report.loss, loss);
        let paths: Vec<_> = report.layers.iter().map(|layer| &layer.path[..]).collect();
        assert_eq!(paths, ["block.0", "block.1", "block", "1", "2"]);
        // Scales of what was normalised are no weights.
        assert_eq!(report.layer("block.1").unwrap().weights, None);
        for path in ["block.0", "2"] {
            let name = format!("{path}.weight");
            let parameters = net.parameters();
            let slopes = gradient.of(parameters.get(&name).unwrap()).unwrap();
            let squares = slopes.iter().map(|slope| slope.to_f64().powi(2));
            let norm = squares.sum::<f64>().sqrt();
            let found = report
                .layer(path)
                .unwrap()
                .weights
                .unwrap()
                .gradient
                .unwrap();
            assert!(
                (found - norm).abs() < 1e-12 * norm,
                "{name}: {found} and {norm}"
            );
        }
    }
    check::<f64>();
    check::<f32>();
}

/// `path: marks` of each layer that has some.
fn marks(report: &FlowReport) -> String {
    let marked = report.layers.iter().filter(|layer| !layer.marks.is_empty());
    let line = marked.map(|layer| {
        let marks: Vec<_> = layer.marks.iter().map(Mark::to_string).collect();
        format!("{}: {}", layer.path, marks.join(", "))
    });
    line.collect::<Vec<_>>().join("; ")
}

/// A linear layer of one unit, with these weight and bias.
fn unit(weight: f64, bias: f64) -> Linear {
    Linear::from_arrays([[weight]], [bias])
}

#[test]
fn what_was_broken_on_purpose_is_marked() {
    let net = |first: Linear, activation: Activation, last: f64| {
        let net = Sequential::new().then(first).then(activation);
        net.then(unit(last, 0.0))
    };
    use Activation::{HardTanh, Identity, Relu, Sigmoid, Tanh};
    #[rustfmt::skip]
    let cases = [
        (net(unit(1.0, 0.0), Tanh, 1.0), ""),
        (net(unit(1.0, 0.0), Identity, 0.9e-3), "0: vanishing; 1: vanishing"),
        (net(unit(1.0, 0.0), Identity, 1.1e-3), ""),
        (net(unit(1.0, 0.0), Identity, -1.1e3), "0: exploding; 1: exploding"),
        (net(unit(1.0, 0.0), Identity, 0.9e3), ""),
        (net(unit(1.0, 0.0), Identity, 0.0), "0: vanishing; 1: vanishing; 2: dead"),
        (net(unit(1.0, -9.0), Relu, 1.0), "0: vanishing; 1: dead; 2: dead"),
        (net(unit(1.0, 9.0), Sigmoid, 1.0), "0: vanishing; 1: saturated"),
        (net(unit(1.0, -4.0), Tanh, 1.0), "1: saturated"),
        (net(unit(1.0, 9.0), HardTanh, 1.0), "0: vanishing; 1: saturated"),
        (net(unit(f64::NAN, 0.0), Tanh, 1.0), "0: not finite; 1: not finite; 2: not finite"),
        (net(unit(1e308, 0.0), Identity, 1e308), "0: exploding; 1: exploding; 2: not finite"),
    ];
    for (net, expected) in cases {
        let report = of(&net, [[0.5], [-0.5], [0.25]]);
        assert_eq!(marks(&report), expected, "{report}");
        assert_eq!(report.is_healthy(), expected.is_empty());
    }
}

#[test]
fn what_is_frozen_or_cut_off_is_not_marked() {
    let net = Sequential::new()
        .then(unit(2.0, 0.0))
        .then(Activation::Tanh)
        .then(unit(1.0, 0.0));
    net.parameters()
        .only(|named| named.name.starts_with('0'))
        .freeze();
    let report = of(&net, [[0.5], [-0.5]]);
    let first = report.layer("0").unwrap();
    assert_eq!(first.gradient, None);
    assert_eq!(
        first
            .weights
            .map(|weights| (weights.norm, weights.gradient)),
        Some((2.0, None))
    );
    assert!(report.is_healthy());
}

#[test]
fn modules_of_every_kind_have_rows() {
    assert_eq!(of(&Sequential::new(), [[1.0]]).layers.len(), 1);
    let alone = of(&unit(1.0, 0.0), [[1.0], [2.0]]);
    assert_eq!((&alone.layers[0].path[..], alone.layers.len()), ("", 1));
    let gru = Sequential::new().then(Gru::new(2, 3, &mut seeded(1)));
    let report = of(&gru, Array::full(&[4, 1, 2], 0.5));
    assert_eq!(report.layers[0].output, [4, 1, 3]);
    assert!(report.layers[0].weights.unwrap().gradient.unwrap() > 0.0);
    // A single example says nothing about units.
    let off = Sequential::new()
        .then(unit(1.0, -9.0))
        .then(Activation::Relu);
    assert_eq!(of(&off, [[1.0]]).layers[1].dead, 0.0);
}
