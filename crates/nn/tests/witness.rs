//! The tape and the delta rule agree on every network.

use nn::scalar::{Layer, Mlp, Neuron, loss, witness};
use nn::{Activation, Cost, Init, seeded};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use rand::RngExt;
use tape::Tape;

/// Layers, inputs and targets of a network for which a cost is defined.
#[derive(Debug)]
struct Case {
    net: Mlp,
    x: Vec<Vec<f64>>,
    y: Vec<Vec<f64>>,
    cost: Cost,
}

/// Activations that may stand before a cost. Logarithms want positive outputs, or outputs below 1
/// too. Hinge and softmax do not go together: the errors of equal targets are equal, and cancel to
/// zero in softmax, where rounding is all that is left to compare.
fn last_activations(cost: Cost) -> Vec<Activation> {
    use Activation::{Identity, Relu, Sigmoid, Softmax, Softplus, Tanh};
    match cost {
        Cost::Quadratic | Cost::SumOfSquares | Cost::OneNeuron => Activation::ALL.to_vec(),
        Cost::Logistic | Cost::BinaryCrossEntropy => vec![Sigmoid],
        Cost::CrossEntropy => vec![Sigmoid, Softmax, Softplus],
        Cost::Hinge => vec![
            Identity,
            Relu,
            Activation::LEAKY_RELU,
            Sigmoid,
            Softplus,
            Tanh,
        ],
    }
}

fn cases() -> impl Strategy<Value = Case> {
    let widths = prop::collection::vec(1..=6_usize, 1..=4);
    let hidden = prop::collection::vec(prop::sample::select(Activation::ALL.to_vec()), 4);
    let last = prop::sample::select(Cost::ALL.to_vec())
        .prop_flat_map(|cost| (Just(cost), prop::sample::select(last_activations(cost))));
    (1..=6_usize, widths, hidden, last, 1..=5_usize, any::<u64>()).prop_map(
        |(inputs, widths, hidden, (cost, last), examples, seed)| {
            let mut rng = seeded(seed);
            let mut layers: Vec<_> = widths.iter().copied().zip(hidden).collect();
            let last_layer = layers.last_mut().expect("at least one layer");
            last_layer.1 = last;
            let outputs = last_layer.0;
            let net = Mlp::random(inputs, &layers, Init::Signed, &mut rng);
            let mut rows = |width: usize, draw: &dyn Fn(f64) -> f64| -> Vec<Vec<f64>> {
                let mut row = || (0..width).map(|_| draw(rng.random())).collect();
                (0..examples).map(|_| row()).collect()
            };
            let x = rows(inputs, &|u| 4.0 * u - 2.0);
            // Targets are as far from the outputs as classes are, so that no error is a mere rounding.
            let y = rows(outputs, &|u| match cost {
                Cost::Hinge => {
                    if u < 0.5 {
                        -1.0
                    } else {
                        1.0
                    }
                }
                _ => u.round(),
            });
            Case { net, x, y, cost }
        },
    )
}

proptest! {
    #![proptest_config(Config {
        cases: 2000, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..Config::default()
    })]

    #[test]
    fn on_random_networks(case in cases()) {
        let witness = witness(&case.net, &case.x, &case.y, case.cost).unwrap();
        prop_assert!(witness.largest_difference() < 1e-12, "{witness}");
    }
}

/// Losses from logits have no delta rule of their own: theirs is that of the layer with activation.
#[test]
fn losses_from_logits_have_the_errors_of_the_activation_they_contain() {
    let x = [vec![0.3, -0.8], vec![-1.1, 0.4], vec![0.9, 0.2]];
    let y = [
        vec![1.0, 0.0, 0.0],
        vec![0.0, 0.0, 1.0],
        vec![0.2, 0.5, 0.3],
    ];
    let layers = |last| [(4, Activation::Tanh), (3, last)];
    for (last, cost) in [
        (Activation::Softmax, Cost::CrossEntropy),
        (Activation::Sigmoid, Cost::BinaryCrossEntropy),
    ] {
        let network = Mlp::random(2, &layers(last), Init::Signed, &mut seeded(1))
            .to_delta()
            .unwrap();
        let back = network
            .backpropagate(cost, &network.forward(&x).unwrap(), &y)
            .unwrap();

        let logits = Mlp::random(
            2,
            &layers(Activation::Identity),
            Init::Signed,
            &mut seeded(1),
        );
        let tape = Tape::new();
        let forward = logits.record(&tape).forward(&x);
        let g = match cost {
            Cost::CrossEntropy => loss::cross_entropy_from_logits(forward.outputs(), &y),
            _ => loss::binary_cross_entropy_from_logits(forward.outputs(), &y),
        }
        .backward();
        for l in 0..2 {
            for (z, delta) in forward.z[l].concat().iter().zip(back.delta[l].concat()) {
                assert!(
                    (g[z] - delta).abs() < 1e-15,
                    "{}: {} {delta}",
                    cost.name(),
                    g[z]
                );
            }
        }
    }
}

#[test]
fn the_table_a_reader_sees() {
    let hidden = [
        Neuron::new(0.35, [0.15, 0.20]),
        Neuron::new(0.35, [0.25, 0.30]),
    ];
    let output = [
        Neuron::new(0.60, [0.40, 0.45]),
        Neuron::new(0.60, [0.50, 0.55]),
    ];
    let mazur = Mlp::new([hidden, output].map(|neurons| Layer::new(Activation::Sigmoid, neurons)));
    let witness = witness(&mazur, &[[0.05, 0.10]], &[[0.01, 0.99]], Cost::SumOfSquares).unwrap();
    // The differences depend on the platform's exponential: read all but the last column.
    let text = witness.to_string();
    let (table, last) = text.rsplit_once("\n\n").unwrap();
    let read: Vec<_> = table
        .lines()
        .map(|line| line.get(..60).unwrap_or(line).trim_end())
        .collect();
    assert_eq!(read, TABLE.lines().collect::<Vec<_>>());
    assert!(last.starts_with("largest difference, relative to the largest number of its layer: "));
}

const TABLE: &str = "\
The tape and the delta rule, cost sum_of_squares, 1 example

layer 2             delta rule   adjoint of             tape
delta[2][1]       0.1384985616   z[2][1]        0.1384985616
delta[2][2]      -0.0380982365   z[2][2]       -0.0380982365
dE/dw[2][1,1]     0.0821670406   w[2][1,1]      0.0821670406
dE/dw[2][1,2]     0.0826676278   w[2][1,2]      0.0826676278
dE/dw[2][2,1]    -0.0226025405   w[2][2,1]     -0.0226025405
dE/dw[2][2,2]    -0.0227402422   w[2][2,2]     -0.0227402422
dE/db[2][1]       0.1384985616   b[2][1]        0.1384985616
dE/db[2][2]      -0.0380982365   b[2][2]       -0.0380982365

layer 1             delta rule   adjoint of             tape
delta[1][1]       0.0087713547   z[1][1]        0.0087713547
delta[1][2]       0.0099542547   z[1][2]        0.0099542547
dE/dw[1][1,1]     0.0004385677   w[1][1,1]      0.0004385677
dE/dw[1][1,2]     0.0008771355   w[1][1,2]      0.0008771355
dE/dw[1][2,1]     0.0004977127   w[1][2,1]      0.0004977127
dE/dw[1][2,2]     0.0009954255   w[1][2,2]      0.0009954255
dE/db[1][1]       0.0087713547   b[1][1]        0.0087713547
dE/db[1][2]       0.0099542547   b[1][2]        0.0099542547

inputs              delta rule   adjoint of             tape
dE/dx[1]          0.0038042669   x[1]           0.0038042669
dE/dx[2]          0.0047405473   x[2]           0.0047405473
";
