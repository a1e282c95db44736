//! Every number that the lectures print for a network, found on a tape.

use nn::Activation::{Identity, Sigmoid};
use nn::scalar::{Forward, Layer, Mlp, Neuron, loss};
use nn::{Sgd, delta::Network};
use tape::{Gradients, Tape, Var};

/// Equal to as many decimals (`digits`) as the lecture prints.
#[track_caller]
fn same(found: &[f64], printed: &[f64], digits: i32) {
    assert_eq!(found.len(), printed.len());
    for (f, p) in found.iter().zip(printed) {
        assert!(
            (f - p).abs() < 0.51 * 10f64.powi(-digits),
            "found {found:.12?}, printed {printed:?}"
        );
    }
}

fn values(vars: &[Var]) -> Vec<f64> {
    vars.iter().map(|v| v.value()).collect()
}

/// One forward and one backward pass of half the squared error.
fn pass(net: &Mlp<Var>, x: &[Vec<f64>], y: &[Vec<f64>]) -> (Forward<Var>, f64, Gradients) {
    let forward = net.forward(x);
    let e = loss::sum_of_squares(forward.outputs(), y);
    (forward, e.value(), e.backward())
}

#[test]
fn mazur_2_2_2() {
    let mut net = Mlp::new([
        Layer::new(
            Sigmoid,
            [
                Neuron::new(0.35, [0.15, 0.20]),
                Neuron::new(0.35, [0.25, 0.30]),
            ],
        ),
        Layer::new(
            Sigmoid,
            [
                Neuron::new(0.60, [0.40, 0.45]),
                Neuron::new(0.60, [0.50, 0.55]),
            ],
        ),
    ]);
    let (x, y) = ([vec![0.05, 0.10]], [vec![0.01, 0.99]]);
    let tape = Tape::new();
    let recorded = net.record(&tape).named();
    let (forward, e, g) = pass(&recorded, &x, &y);

    same(&values(&forward.a[0][0]), &[0.5932699921, 0.5968843783], 10);
    same(
        &values(&forward.outputs()[0]),
        &[0.7513650696, 0.7729284653],
        10,
    );
    same(&[e], &[0.2983711088], 10);
    same(&g.of(&forward.z[1][0]), &[0.1384985616, -0.0380982365], 10);
    same(&g.of(&forward.z[0][0]), &[0.0087713547, 0.0099542547], 10);
    let w5 = recorded.layers[1].neurons[0].weights[0];
    assert_eq!(w5.name().as_deref(), Some("w[2][1,1]"));
    same(&[g[w5]], &[0.0821670406], 10);

    // Biases stay as they are.
    let mut sgd = Sgd::new(0.5);
    sgd.step_list(net.weights_mut(), &g.of(&recorded.weights()));
    same(
        &net.weights(),
        &[
            0.1497807161,
            0.1995614323,
            0.2497511436,
            0.2995022873, // layer 1
            0.3589164797,
            0.4086661861,
            0.5113012702,
            0.5613701211, // layer 2
        ],
        10,
    );
    let biases: Vec<f64> = net
        .layers
        .iter()
        .flat_map(|l| &l.neurons)
        .map(|n| n.bias)
        .collect();
    assert_eq!(biases, [0.35, 0.35, 0.60, 0.60]);
    same(&[pass(&net.record(&tape), &x, &y).1], &[0.2910277737], 10);

    for _ in 1..10_000 {
        tape.reset();
        let recorded = net.record(&tape);
        let (_, _, g) = pass(&recorded, &x, &y);
        sgd.step_list(net.weights_mut(), &g.of(&recorded.weights()));
    }
    same(&[pass(&net.record(&tape), &x, &y).1], &[3.5101878e-5], 12);
}

/// The lecture writes `Z = X W` with `W [in, out]`: column `j` of its matrix is our neuron `j`.
#[test]
fn matrix_form_2_3_1() {
    let w1 = [[0.5, -0.4, 0.3], [-0.2, 0.1, 0.6]];
    let hidden: Vec<_> = (0..3)
        .map(|j| Neuron::new(0.0, [w1[0][j], w1[1][j]]))
        .collect();
    let output = [Neuron::new(0.0, [0.7, -0.5, 0.2])];
    let mut net = Mlp::new([Layer::new(Sigmoid, hidden), Layer::new(Sigmoid, output)]);
    let x = [[3.0, 5.0], [5.0, 1.0], [10.0, 2.0]].map(|[a, b]| vec![a / 10.0, b / 5.0]);
    let y = [75.0, 82.0, 93.0].map(|score| vec![score / 100.0]);

    let tape = Tape::new();
    let recorded = net.record(&tape);
    let (forward, j, g) = pass(&recorded, &x, &y);
    same(
        &values(&forward.outputs().concat()),
        &[0.556494016, 0.567700060, 0.584997001],
        9,
    );
    same(&[j], &[0.11006344721349759], 16);
    same(
        &g.of(&forward.z[1].concat()),
        &[-0.047758907, -0.061918619, -0.083758279],
        9,
    );
    let output = &recorded.layers[1].neurons[0];
    same(
        &g.of(&output.weights),
        &[-0.108027453, -0.086242404, -0.119838983],
        9,
    );
    let dw1 = [
        [-0.021894194, 0.015767275, -0.006054408],
        [-0.016107954, 0.011559864, -0.004291623],
    ];
    for (j, neuron) in recorded.layers[0].neurons.iter().enumerate() {
        same(&g.of(&neuron.weights), &[dw1[0][j], dw1[1][j]], 9);
    }

    same(&net.predict(&[8.0 / 10.0, 3.0 / 5.0]), &[0.576917423], 9);
    Sgd::new(0.01).step_list(net.weights_mut(), &g.of(&recorded.weights()));
    same(
        &[pass(&net.record(&tape), &x, &y).1],
        &[0.10971732030805567],
        16,
    );
}

#[test]
fn sigmoid_circuit_and_its_training_table() {
    let mut net = Mlp::new([Layer::new(Sigmoid, [Neuron::new(-3.0, [2.0, -3.0])])]);
    let tape = Tape::new();
    let x = tape.leaves(&[-1.0, -2.0]);
    let neuron = net.layers[0].neurons[0].record(&tape);
    let z = neuron.weigh(&x);
    let f = z.sigmoid();
    let g = f.backward();
    assert_eq!((z.value(), f.value()), (1.0, 0.7310585786300049));
    same(&[g[z]], &[0.196611933241481_85], 16);
    same(&g.of(&neuron.weights), &[-0.1966, -0.3932], 4);
    same(&[g[neuron.bias]], &[0.1966], 4);
    same(&g.of(&x), &[0.3932, -0.5898], 4);

    // Training it towards 0.43.
    let (x, y) = ([vec![-1.0, -2.0]], [vec![0.43]]);
    let mut sgd = Sgd::new(1.0);
    for round in 1..=19 {
        tape.reset();
        let recorded = net.record(&tape);
        let (_, _, g) = pass(&recorded, &x, &y);
        sgd.step_list(net.parameters_mut(), &g.of(&recorded.parameters()));
        let row = match round {
            1 => [2.0592, -2.8816, -3.0592, 0.65585],
            2 => [2.1102, -2.7797, -3.1102, 0.58395],
            3 => [2.1476, -2.7049, -3.1476, 0.52861],
            19 => [2.2136, -2.5728, -3.2136, 0.43007],
            _ => continue,
        };
        let Neuron { bias, weights } = &net.layers[0].neurons[0];
        same(&[weights[0], weights[1], *bias], &row[..3], 4);
        same(&net.predict(&x[0]), &row[3..], 5);
    }
}

#[test]
fn two_output_errors_on_one_network() {
    let net = Mlp::new([Layer::new(Sigmoid, [Neuron::new(-3.0, [2.0, -3.0])])]);
    let (x, y) = ([[-1.0, -2.0]], [[1.0]]);
    let tape = Tape::new();
    let forward = net.record(&tape).forward(&x);
    let (z, a) = (forward.z[0][0][0], forward.a[0][0][0]);

    let logarithms = loss::binary_cross_entropy(forward.outputs(), &y).backward();
    same(&[logarithms[z]], &[a.value() - 1.0], 15); // a - y
    let squares = loss::sum_of_squares(forward.outputs(), &y).backward();
    same(
        &[squares[z]],
        &[(a.value() - 1.0) * a.value() * (1.0 - a.value())],
        15,
    );
}

#[test]
fn costs_of_one_prediction() {
    let (h, y) = ([[0.7, 0.2, 0.1]], [[1.0, 0.0, 0.0]]);
    same(&[loss::logistic(&h, &y)], &[0.68517901], 8);
    same(
        &[loss::cross_entropy_from_probabilities(&h, &y)],
        &[0.35667494],
        8,
    );
    // Elsewhere "the mean" of three outputs divides by three as well.
    same(
        &[loss::binary_cross_entropy::<f64, _, _>(&h, &y) / 3.0],
        &[0.22839300],
        8,
    );

    let (p, q) = ([[0.2, 0.5, 0.3]], [[0.1, 0.6, 0.3]]);
    same(
        &[loss::cross_entropy_from_probabilities(&q, &p)],
        &[1.0771216718],
        10,
    );
    same(
        &[loss::cross_entropy_from_probabilities(&p, &p)],
        &[1.0296530141],
        10,
    );
    same(&[loss::kl_divergence(&q, &p)], &[0.0474686577], 10);
}

#[test]
fn softmax_with_cross_entropy() {
    let z = [0.1, 0.6, 0.3].map(f64::ln);
    let y = [[0.0, 1.0, 0.0]];
    let (value, gradient) =
        tape::value_and_gradient(|z| loss::cross_entropy_from_logits(&[z], &y), &z);
    same(&[value], &[0.5108256238], 10);
    same(&gradient, &[0.1, -0.4, 0.3], 15);
}

/// 10-10-10-1 unrolls to 110 + 110 + 11 numbers.
#[test]
fn unrolled_length() {
    let layers = [(10, Sigmoid), (10, Sigmoid), (1, Identity)];
    let net = Mlp::random(10, &layers, nn::Init::Epsilon(0.12), &mut nn::seeded(1));
    assert_eq!(net.parameters().len(), 231);
    let network: Network = net.to_delta().unwrap();
    assert_eq!(Mlp::from(&network), net);
}
