//! Networks learn from real data, in a shortened form. The full runs, and what they reach, are in
//! `bench/record`.
//!
//! `CHAINRULE_DATA` names the folder with `mnist/t10k-*` and `text/tinyshakespeare.txt`; without it
//! these tests say that they are skipped.

use nn::Activation::Relu;
use nn::data::{Dataset, Part, Text, Window, mnist};
use nn::layers::{Carried, Conv, Conv2d, Flatten, Gru, Linear, MaxPool2d, Pool, Sequential};
use nn::schedule::OneCycle;
use nn::{Adam, AdamW, Module, Optimizer, Session, Trainer, loss, metrics, predict, seeded};
use std::path::PathBuf;

fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("CHAINRULE_DATA");
    if folder.is_none() {
        eprintln!("skipped: CHAINRULE_DATA names no folder of data");
    }
    folder.map(PathBuf::from)
}

/// The share of 2000 digits that a network knows after an epoch or two of `count` others.
fn learned(net: &impl Module<f32>, shape: &[i64], count: usize, epochs: usize) -> Option<f64> {
    let digits: Dataset<f32, Vec<usize>> = mnist(data()?.join("mnist"), Part::Test)
        .expect("the test set")
        .reshape(shape);
    let train = digits.select(&(0..count).collect::<Vec<_>>());
    let test = digits.select(&(8000..10_000).collect::<Vec<_>>());
    let cycle = OneCycle::new(6e-3, (count.div_ceil(64) * epochs) as u64);
    Trainer::new(loss::cross_entropy)
        .epochs(epochs)
        .batch_size(64)
        .schedule(|step| cycle.rate(step))
        .fit(net, &mut AdamW::new(1e-3), &train)
        .expect("training ends well");
    let found = metrics::classes(&predict(net, test.x()));
    Some(metrics::accuracy(&found, test.y()))
}

#[test]
fn handwritten_digits_are_learned_by_a_hidden_layer() {
    let mut rng = seeded(0);
    let net = Sequential::new()
        .then(Linear::new(784, 128, &mut rng))
        .then(Relu)
        .then(Linear::new(128, 10, &mut rng));
    if let Some(accuracy) = learned(&net, &[-1], 8000, 2) {
        assert!(accuracy > 0.92, "{accuracy}");
    }
}

#[test]
fn handwritten_digits_are_learned_by_convolutions() {
    let mut rng = seeded(0);
    let net = Sequential::new()
        .then(Conv2d::new(1, 8, [5, 5], Conv::new(), &mut rng))
        .then(Relu)
        .then(MaxPool2d::new(Pool::new(2)))
        .then(Conv2d::new(8, 16, [5, 5], Conv::new(), &mut rng))
        .then(Relu)
        .then(MaxPool2d::new(Pool::new(2)))
        .then(Flatten::new())
        .then(Linear::new(256, 10, &mut rng));
    if let Some(accuracy) = learned(&net, &[1, 28, 28], 4000, 1) {
        assert!(accuracy > 0.85, "{accuracy}");
    }
}

#[test]
fn a_text_is_learned_character_by_character() {
    let Some(folder) = data() else { return };
    let text = Text::read(folder.join("text/tinyshakespeare.txt")).expect("a text");
    let (train, _) = text.hold_out(0.1).expect("a tenth");
    let count = text.characters().len();
    let mut rng = seeded(0);
    let units: Gru<f32> = Gru::new(count, 48, &mut rng).batch_first();
    let scores = Linear::new(48, count, &mut rng);
    let (mut session, mut adam) = (Session::new(0), Adam::new(1e-2));
    let mut carried: Option<Carried<f32>> = None;
    let mut losses = Vec::new();
    for Window { x, y, .. } in train.streams(16, 32).expect("a long text").take(150) {
        let (loss, mut gradient) = session.step(|pass| {
            let start = carried.as_ref().map(|carried| carried.on(pass));
            let (shown, end) = units.run_classes(&x, start, pass);
            carried = Some(end.into());
            scores.forward(shown, pass).cross_entropy(y.as_slice())
        });
        gradient.clip_norm(1.0);
        adam.step(&gradient);
        losses.push(loss);
    }
    // A guess among all is ln 65 = 4.17 nats; the frequencies alone give 3.3.
    let last = losses[140..].iter().sum::<f64>() / 10.0;
    assert!(losses[0] > 4.0 && last < 2.6, "{} to {last}", losses[0]);
}
