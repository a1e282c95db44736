//! Networks learn, and learn the same on every run.

use nn::Activation::{Relu, Sigmoid, Softmax, Tanh};
use nn::scalar::{Mlp, loss};
use nn::{Activation, Init, Sgd, seeded};
use tape::{Program, Tape, Var};

const X: [[f64; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
const XOR: [[f64; 1]; 4] = [[0.0], [1.0], [1.0], [0.0]];

/// The loss before each step, and the network at the end.
fn train(
    mut net: Mlp,
    mut sgd: Sgd,
    steps: usize,
    loss: impl Fn(&Mlp<Var>) -> Var,
) -> (Vec<f64>, Mlp) {
    let tape = Tape::without_lines();
    let mut losses = Vec::new();
    for _ in 0..steps {
        tape.reset();
        let recorded = net.record(&tape);
        let loss = loss(&recorded);
        let gradient = loss.backward().of(&recorded.parameters());
        sgd.step_list(net.parameters_mut(), &gradient);
        losses.push(loss.value());
    }
    (losses, net)
}

fn xor(layers: &[(usize, Activation)], seed: u64) -> (f64, Mlp) {
    let net = Mlp::random(2, layers, Init::Signed, &mut seeded(seed));
    let quadratic = |net: &Mlp<Var>| loss::quadratic(net.forward(&X).outputs(), &XOR);
    let (losses, net) = train(net, Sgd::new(1.0).momentum(0.5), 1000, quadratic);
    (losses[losses.len() - 1], net)
}

/// Not from every start: of the seeds 0 to 99, 93 learn it with three hidden units, 55 with two;
/// the others are stuck.
#[test]
fn exclusive_or_is_learnt_from_a_random_start() {
    for seed in 1..=8 {
        let (loss, net) = xor(&[(3, Tanh), (1, Sigmoid)], seed);
        assert!(loss < 0.01, "seed {seed}: {loss}");
        let answers = X.map(|x| net.predict(&x)[0].round());
        assert_eq!(answers, [0.0, 1.0, 1.0, 0.0], "seed {seed}");
    }
    let (loss, _) = xor(&[(2, Tanh), (1, Sigmoid)], 2);
    assert!(loss < 0.01, "{loss}");
}

#[test]
fn the_same_seed_learns_the_same_bits() {
    let layers = [(3, Tanh), (1, Sigmoid)];
    assert_eq!(xor(&layers, 7), xor(&layers, 7));
    assert_ne!(xor(&layers, 7), xor(&layers, 8));
}

#[test]
fn classes_are_learnt_from_logits_and_behind_softmax_alike() {
    // Three clusters on a circle.
    let mut x = Vec::new();
    let mut y = Vec::new();
    for k in 0..30 {
        let angle = std::f64::consts::TAU * (k % 3) as f64 / 3.0 + 0.03 * f64::from(k);
        x.push([angle.cos(), angle.sin()]);
        y.push([0, 1, 2].map(|c| f64::from(u8::from(c == k % 3))));
    }
    let start = |last| Mlp::random(2, &[(5, Relu), (3, last)], Init::He, &mut seeded(2));
    let mean = |sum: Var| sum / 30.0;
    let behind = |net: &Mlp<Var>| {
        mean(loss::cross_entropy_from_probabilities(
            net.forward(&x).outputs(),
            &y,
        ))
    };
    let from = |net: &Mlp<Var>| {
        mean(loss::cross_entropy_from_logits(
            net.forward(&x).outputs(),
            &y,
        ))
    };
    let (losses, net) = train(start(Softmax), Sgd::new(0.5), 300, behind);
    let (same, _) = train(start(Activation::Identity), Sgd::new(0.5), 300, from);
    assert!(losses[299] < 0.05, "{}", losses[299]);
    for (a, b) in losses.iter().zip(same) {
        assert!((a - b).abs() < 1e-9 * a);
    }
    let largest = |p: Vec<f64>| (0..3).max_by(|&a, &b| p[a].total_cmp(&p[b]));
    let right = x
        .iter()
        .zip(&y)
        .filter(|(x, y)| largest(net.predict(*x)) == largest(y.to_vec()));
    assert_eq!(right.count(), 30);
}

#[test]
fn a_network_recorded_once_replays_at_new_parameters() {
    let net = Mlp::random(2, &[(3, Tanh), (2, Softmax)], Init::Signed, &mut seeded(1));
    let y = XOR.map(|[t]| [t, 1.0 - t]);
    let f =
        |p: &[Var]| loss::cross_entropy_from_probabilities(net.with(p).forward(&X).outputs(), &y);
    let program = Program::record(f, &net.parameters()).unwrap();
    let other =
        Mlp::random(2, &[(3, Tanh), (2, Softmax)], Init::Normal, &mut seeded(2)).parameters();
    assert_eq!(
        program.value_and_gradient(&other).unwrap(),
        tape::value_and_gradient(f, &other)
    );
}

/// Nodes recorded inside the crate carry the line of the one who called it.
#[test]
fn source_lines_are_the_users() {
    let net = Mlp::random(2, &[(2, Relu), (2, Softmax)], Init::Signed, &mut seeded(1));
    let f = |p: &[Var]| {
        let net = net.with(p);
        let probabilities = net.forward(&X);
        let logits = net.layers[0].weigh(&X[0]);
        let y = [[1.0, 0.0]];
        loss::cross_entropy_from_probabilities(&probabilities.outputs()[..1], &y)
            + loss::binary_cross_entropy_from_logits(&[&logits], &y)
            + loss::cross_entropy_from_logits(&[&logits], &y)
            + loss::hinge(&[&logits], &[[1.0, -1.0]])
            + loss::quadratic(&[&logits], &y)
            + loss::logistic(&[net.predict(&X[0])], &y)
            + loss::kl_divergence(&[net.predict(&X[0])], &y)
            + loss::penalty(&net, 0.1, 4)
    };
    let program = Program::record(f, &net.parameters()).unwrap();
    for row in program.input_count()..program.len() {
        let place = program.place(row).unwrap();
        assert!(
            place.file.ends_with("training.rs"),
            "{:?} at {place}",
            program.op(row)
        );
    }
}
