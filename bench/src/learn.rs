//! Whole trainings on real data, one command each: what is reached, and in what time.
//!
//! `cargo run --release --features steps --bin learn -- FOLDER [mlp] [dropout] [conv] [--seeds N]`,
//! where FOLDER holds MNIST's `t10k-*` files. Of the 10 000 digits the first 8000 are learned from
//! and the last 2000 asked. (A text, character by character, is `examples/characters.rs`.)

use std::time::Instant;

use nn::Activation::Relu;
use nn::data::{Dataset, Part, mnist};
use nn::layers::{Conv, Conv2d, Dropout, Flatten, Linear, MaxPool2d, Pool, Sequential};
use nn::schedule::OneCycle;
use nn::{AdamW, Module, Optimizer, Session, metrics, predict, seeded};

type Digits = Dataset<f32, Vec<usize>>;

fn main() {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let mut seeds = 1;
    if let Some(at) = words.iter().position(|word| word == "--seeds") {
        seeds = words
            .get(at + 1)
            .and_then(|n| n.parse().ok())
            .expect("--seeds N");
        words.drain(at..at + 2);
    }
    let folder = words.first().expect("the folder of the data").clone();
    let wanted = |name: &str| words.len() == 1 || words[1..].iter().any(|word| word == name);
    let digits = || {
        let all: Digits = mnist(&folder, Part::Test).expect("MNIST's test set");
        let part = |range: std::ops::Range<usize>| all.select(&range.collect::<Vec<_>>());
        (part(0..8000), part(8000..10_000))
    };
    for seed in 0..seeds {
        if wanted("mlp") {
            let mut rng = seeded(seed);
            let net = Sequential::new()
                .then(Flatten::new())
                .then(Linear::new(784, 128, &mut rng))
                .then(Relu)
                .then(Linear::new(128, 10, &mut rng));
            classify("784-128-10", &net, digits(), seed, 20, 3e-3);
        }
        if wanted("dropout") {
            let mut rng = seeded(seed);
            let net = Sequential::new()
                .then(Flatten::new())
                .then(Linear::new(784, 512, &mut rng))
                .then(Relu)
                .then(Dropout::new(0.3))
                .then(Linear::new(512, 256, &mut rng))
                .then(Relu)
                .then(Dropout::new(0.3))
                .then(Linear::new(256, 10, &mut rng));
            classify(
                "784-512-256-10, dropout 0.3",
                &net,
                digits(),
                seed,
                20,
                3e-3,
            );
        }
        if wanted("conv") {
            let mut rng = seeded(seed);
            let net = Sequential::new()
                .then(Conv2d::new(1, 8, [5, 5], Conv::new(), &mut rng))
                .then(Relu)
                .then(MaxPool2d::new(Pool::new(2)))
                .then(Conv2d::new(8, 16, [5, 5], Conv::new(), &mut rng))
                .then(Relu)
                .then(MaxPool2d::new(Pool::new(2)))
                .then(Flatten::new())
                .then(Linear::new(256, 10, &mut rng));
            let (train, test) = digits();
            let images = (train.reshape(&[1, 28, 28]), test.reshape(&[1, 28, 28]));
            classify(
                "conv 5x5x8, pool, conv 5x5x16, pool, linear",
                &net,
                images,
                seed,
                15,
                6e-3,
            );
        }
    }
}

/// AdamW, one cycle to the peak, batches of 64: PyTorch's definitions, the cycle of momentum too.
fn classify(
    name: &str,
    net: &impl Module<f32>,
    (train, test): (Digits, Digits),
    seed: u64,
    epochs: usize,
    peak: f64,
) {
    let mut rng = seeded(1000 + seed);
    let steps = (train.len().div_ceil(64) * epochs) as u64;
    let cycle = OneCycle::new(peak, steps);
    let mut optimizer = AdamW::new(peak).decay(0.01);
    let mut session = Session::new(seed);
    let start = Instant::now();
    for _ in 0..epochs {
        for batch in train.shuffled(64, &mut rng) {
            let step = session.steps();
            optimizer.set_rate(cycle.rate(step));
            optimizer.set_betas(cycle.momentum(step), 0.999);
            let (_, gradient) = session.step(|pass| {
                net.forward(pass.data(&batch.x), pass)
                    .cross_entropy(&batch.y)
            });
            optimizer.step(&gradient);
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let found = metrics::classes(&predict(net, test.x()));
    let accuracy = metrics::accuracy(&found, test.y());
    println!(
        "{name}, seed {seed}: {:.2} % right, {seconds:.2} s",
        100.0 * accuracy
    );
}
