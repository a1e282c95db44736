//! Every number that the lectures print for a network, worked exactly.

use super::theta::{self, Theta};
use super::*;
use Activation::Sigmoid;

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

fn sigmoids(layers: Vec<(usize, Vec<f64>, Vec<f64>)>) -> Network {
    let layer = |(inputs, weight, bias): (usize, Vec<f64>, Vec<f64>)| {
        Layer::new(inputs, bias.len(), weight, bias, Sigmoid).unwrap()
    };
    Network::new(layers.into_iter().map(layer).collect()).unwrap()
}

#[test]
fn mazur_2_2_2() {
    let mut network = sigmoids(vec![
        (2, vec![0.15, 0.20, 0.25, 0.30], vec![0.35; 2]),
        (2, vec![0.40, 0.45, 0.50, 0.55], vec![0.60; 2]),
    ]);
    let (x, y) = ([vec![0.05, 0.10]], [vec![0.01, 0.99]]);
    let cost = Cost::SumOfSquares;

    let forward = network.forward(&x).unwrap();
    same(&forward.a[0][0], &[0.5932699921, 0.5968843783], 10);
    let output = [0.7513650696, 0.7729284653];
    same(&forward.output()[0], &output, 10);
    same(&[network.cost(cost, &x, &y).unwrap()], &[0.2983711088], 10);

    let back = network.backpropagate(cost, &forward, &y).unwrap();
    same(&back.delta[1][0], &[0.1384985616, -0.0380982365], 10);
    same(&back.delta[0][0], &[0.0087713547, 0.0099542547], 10);
    same(&back.gradient.weight[1][..1], &[0.0821670406], 10);

    network.update_weights(&back.gradient, 0.5).unwrap();
    let first = [0.1497807161, 0.1995614323, 0.2497511436, 0.2995022873];
    let second = [0.3589164797, 0.4086661861, 0.5113012702, 0.5613701211];
    same(&network.layers[0].weight, &first, 10);
    same(&network.layers[1].weight, &second, 10);
    assert_eq!(network.layers[0].bias, [0.35; 2]);
    assert_eq!(network.layers[1].bias, [0.60; 2]);
    same(&[network.cost(cost, &x, &y).unwrap()], &[0.2910277737], 10);

    for _ in 1..10_000 {
        let forward = network.forward(&x).unwrap();
        let back = network.backpropagate(cost, &forward, &y).unwrap();
        network.update_weights(&back.gradient, 0.5).unwrap();
    }
    same(&[network.cost(cost, &x, &y).unwrap()], &[3.5101878e-5], 12);
}

/// The lecture writes `Z = X W` with `W [in, out]` and one example per row; our weight is its transpose.
#[test]
fn matrix_form_2_3_1() {
    let transposed = |w: [[f64; 3]; 2]| (0..3).flat_map(|j| [w[0][j], w[1][j]]).collect::<Vec<_>>();
    let mut network = sigmoids(vec![
        (
            2,
            transposed([[0.5, -0.4, 0.3], [-0.2, 0.1, 0.6]]),
            vec![0.0; 3],
        ),
        (3, vec![0.7, -0.5, 0.2], vec![0.0]),
    ]);
    let x =
        [[3.0, 5.0], [5.0, 1.0], [10.0, 2.0]].map(|[sleep, study]| vec![sleep / 10.0, study / 5.0]);
    let y = [75.0, 82.0, 93.0].map(|score| vec![score / 100.0]);
    let cost = Cost::SumOfSquares;

    let forward = network.forward(&x).unwrap();
    same(
        &forward.output().concat(),
        &[0.556494016, 0.567700060, 0.584997001],
        9,
    );
    same(
        &[network.cost(cost, &x, &y).unwrap()],
        &[0.11006344721349759],
        16,
    );

    let back = network.backpropagate(cost, &forward, &y).unwrap();
    same(
        &back.delta[1].concat(),
        &[-0.047758907, -0.061918619, -0.083758279],
        9,
    );
    same(
        &back.gradient.weight[1],
        &[-0.108027453, -0.086242404, -0.119838983],
        9,
    );
    let dw1 = [
        [-0.021894194, 0.015767275, -0.006054408],
        [-0.016107954, 0.011559864, -0.004291623],
    ];
    same(&back.gradient.weight[0], &transposed(dw1), 9);

    same(
        &network.predict(&[8.0 / 10.0, 3.0 / 5.0]).unwrap(),
        &[0.576917423],
        9,
    );
    network.update_weights(&back.gradient, 0.01).unwrap();
    same(
        &[network.cost(cost, &x, &y).unwrap()],
        &[0.10971732030805567],
        16,
    );
}

#[test]
fn sigmoid_circuit_and_its_training_table() {
    let mut neuron = sigmoids(vec![(2, vec![2.0, -3.0], vec![-3.0])]);
    let (x, y) = ([vec![-1.0, -2.0]], [vec![0.43]]);

    // The circuit itself: df/dz, then df/dw and df/dx.
    let forward = neuron.forward(&x).unwrap();
    assert_eq!(
        (forward.z[0][0][0], forward.output()[0][0]),
        (1.0, 0.7310585786300049)
    );
    let slope = Sigmoid.carry_back(&forward.z[0][0], &[1.0]);
    same(&slope, &[0.196611933241481_85], 16);
    let back = neuron.backpropagate_from(&forward, vec![slope]).unwrap();
    same(&back.gradient.weight[0], &[-0.1966, -0.3932], 4);
    same(&back.gradient.bias[0], &[0.1966], 4);
    same(&back.x[0], &[0.3932, -0.5898], 4);

    // Training it towards 0.43.
    for round in 1..=19 {
        let forward = neuron.forward(&x).unwrap();
        let back = neuron
            .backpropagate(Cost::SumOfSquares, &forward, &y)
            .unwrap();
        neuron.step(&back.gradient, 1.0).unwrap();
        let row = match round {
            1 => [2.0592, -2.8816, -3.0592, 0.65585],
            2 => [2.1102, -2.7797, -3.1102, 0.58395],
            3 => [2.1476, -2.7049, -3.1476, 0.52861],
            19 => [2.2136, -2.5728, -3.2136, 0.43007],
            _ => continue,
        };
        let Layer { weight, bias, .. } = &neuron.layers[0];
        same(&[weight[0], weight[1], bias[0]], &row[..3], 4);
        same(&neuron.predict(&x[0]).unwrap(), &row[3..], 5);
    }
}

#[test]
fn gates_by_fixed_weights() {
    let one = |bias, weight: Vec<f64>| sigmoids(vec![(weight.len(), weight, vec![bias])]);
    let over = |first: [[f64; 3]; 2], [b, u, v]: [f64; 3]| {
        let weight = first.iter().flat_map(|[_, w1, w2]| [*w1, *w2]).collect();
        sigmoids(vec![
            (2, weight, first.map(|[b, _, _]| b).to_vec()),
            (2, vec![u, v], vec![b]),
        ])
    };
    let (and, or, nor) = (
        [-30.0, 20.0, 20.0],
        [-10.0, 20.0, 20.0],
        [10.0, -20.0, -20.0],
    );
    let gates = [
        ("AND", one(-30.0, vec![20.0, 20.0]), [0.0, 0.0, 0.0, 1.0]),
        ("OR", one(-10.0, vec![20.0, 20.0]), [0.0, 1.0, 1.0, 1.0]),
        ("NOR", one(10.0, vec![-20.0, -20.0]), [1.0, 0.0, 0.0, 0.0]),
        ("XNOR", over([and, nor], or), [1.0, 0.0, 0.0, 1.0]),
        (
            "XOR",
            over([or, and], [-10.0, 20.0, -20.0]),
            [0.0, 1.0, 1.0, 0.0],
        ),
    ];
    let inputs = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    for (name, gate, truth) in &gates {
        for (x, t) in inputs.iter().zip(truth) {
            let a = gate.predict(x).unwrap()[0];
            assert!((a - t).abs() < 5e-5, "{name} {x:?}: {a}");
        }
    }
    let not = one(10.0, vec![-20.0]);
    same(
        &[
            not.predict(&[0.0]).unwrap()[0],
            not.predict(&[1.0]).unwrap()[0],
        ],
        &[0.9999546, 0.0000454],
        7,
    );

    let xor = inputs.map(|x| gates[4].1.predict(&x).unwrap()[0]);
    same(&xor, &[4.5e-5, 0.9999545, 0.9999545, 4.5e-5], 6);

    // The same gate in the notation that puts the bias first.
    let theta = Theta::new(1, 2, and.to_vec()).unwrap();
    assert_eq!(theta::network(&[theta]).unwrap(), gates[0].1);
}

#[test]
fn two_costs_of_one_prediction() {
    let (h, y) = ([vec![0.7, 0.2, 0.1]], [vec![1.0, 0.0, 0.0]]);
    same(&[Cost::Logistic.value(&h, &y).unwrap()], &[0.68517901], 8);
    same(
        &[Cost::CrossEntropy.value(&h, &y).unwrap()],
        &[0.35667494],
        8,
    );
    // Elsewhere "the mean" of three outputs divides by three as well.
    same(
        &[Cost::Logistic.value(&h, &y).unwrap() / 3.0],
        &[0.22839300],
        8,
    );
}

#[test]
fn softmax_with_cross_entropy() {
    let identity = vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
    let layer = Layer::new(3, 3, identity, vec![0.0; 3], Activation::Softmax).unwrap();
    let network = Network::new(vec![layer]).unwrap();
    let x = [[0.1_f64, 0.6, 0.3].map(f64::ln).to_vec()];
    let y = [vec![0.0, 1.0, 0.0]];
    let forward = network.forward(&x).unwrap();
    same(&forward.output()[0], &[0.1, 0.6, 0.3], 15);
    same(
        &[network.cost(Cost::CrossEntropy, &x, &y).unwrap()],
        &[0.5108256238],
        10,
    );
    let delta = network
        .output_error(Cost::CrossEntropy, &forward, &y)
        .unwrap();
    same(&delta[0], &[0.1, -0.4, 0.3], 15);
    let product = Cost::CrossEntropy
        .error_by_product(Activation::Softmax, &forward.z[0], &y)
        .unwrap();
    same(&product[0], &[0.1, -0.4, 0.3], 15);
}

#[test]
fn gradient_check_at_the_lectures_epsilon() {
    let f = |w: &[f64]| {
        sigmoids(vec![(2, w[..2].to_vec(), vec![w[2]])])
            .predict(&[-1.0, -2.0])
            .unwrap()[0]
    };
    let (w, exact) = (
        [2.0, -3.0, -3.0],
        [-1.0, -2.0, 1.0].map(|x| x * 0.196611933241481_85),
    );
    let worst = |found: &[f64]| -> f64 {
        found
            .iter()
            .zip(exact)
            .map(|(f, e)| (f - e).abs())
            .fold(0.0, f64::max)
    };
    let two_sided = worst(&central_difference(f, &w, 1e-4));
    assert!((1e-10..1e-9).contains(&two_sided), "{two_sided:e}");
    let one_sided = worst(&[0, 1, 2].map(|k| {
        let mut above = w;
        above[k] += 1e-4;
        (f(&above) - f(&w)) / 1e-4
    }));
    assert!((1e-5..3e-5).contains(&one_sided), "{one_sided:e}");
}
