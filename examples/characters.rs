//! # A text, character by character
//!
//! Gated recurrent units read a text and guess, at every character, the next one. The text runs in
//! parallel streams, read a window at a time; what the units remember at the end of a window is
//! where they start the next, as plain numbers: no adjoint goes back through it. In the end the
//! network writes on by itself: it draws a character, reads it, and draws the next.
//!
//! ```text
//! 352 characters, 34 different ones
//! step    0: 3.50 nats per character
//! step  100: 1.44 nats per character
//! step  200: 0.34 nats per character
//! step  300: 0.12 nats per character
//! step  400: 0.24
//!
//! and it writes:
//! From fairest creatures res, bou thine ewe dine might eyes,
//! Feed'st thy light's flamese wherelasuld to thine increase,
//! That thereby beauty's rose might never die,
//! But thoutdantial f-etyes bst al ine di
//! ```
//!
//! With a text of your own, of which the last tenth is held out, 128 units and 6000 steps:
//! `cargo run --release --example characters -- FILE 6000`.

use chainrule::prelude::*;
use nn::data::{DataError, Text, Window};
use nn::layers::{Carried, Gru, Linear};
use nn::{Adam, Module, Optimizer, Parts, Pass, Schedule, Session, sample, seeded};
use tape::RecurrentState;

const VERSES: &str = "\
From fairest creatures we desire increase,
That thereby beauty's rose might never die,
But as the riper should by time decease,
His tender heir might bear his memory:
But thou, contracted to thine own bright eyes,
Feed'st thy light's flame with self-substantial fuel,
Making a famine where abundance lies,
Thyself thy foe, to thy sweet self too cruel.
";

/// Units that read, and scores for the next character from what they show.
struct Reader {
    units: Gru<f32>,
    scores: Linear<f32>,
}

impl Reader {
    fn new(characters: usize, units: usize, seed: u64) -> Reader {
        let mut rng = seeded(seed);
        Reader {
            units: Gru::new(characters, units, &mut rng).batch_first(),
            scores: Linear::new(units, characters, &mut rng),
        }
    }

    /// The scores at each place, and the state to go on from.
    fn read(
        &self,
        x: &Indices,
        start: Option<&Carried<f32>>,
        pass: &Pass<'_, f32>,
    ) -> (Tensor<f32>, RecurrentState<f32>) {
        let start = start.map(|start| start.on(pass));
        let (shown, end) = self.units.run_classes(x, start, pass);
        (self.scores.forward(shown, pass), end)
    }

    /// Nats per character of a text that is read in one go.
    fn loss(&self, text: &Text, session: &Session) -> Result<f64, DataError> {
        let mut carried: Option<Carried<f32>> = None;
        let (mut total, mut count) = (0.0, 0);
        for Window { x, y, .. } in text.streams(1, 256)? {
            let mean = session.evaluate(|pass| {
                let (scores, end) = self.read(&x, carried.as_ref(), pass);
                carried = Some(end.into());
                scores.cross_entropy(y.as_slice()).value()
            });
            total += mean * y.len() as f64;
            count += y.len();
        }
        Ok(total / count as f64)
    }

    /// Writes on behind a first character.
    fn write(&self, text: &Text, first: char, length: usize) -> Result<String, DataError> {
        let session = Session::new(0);
        let mut rng = seeded(7);
        let mut written = text.characters().encode(&first.to_string())?;
        let mut carried: Option<Carried<f32>> = None;
        while written.len() < length {
            let x = Indices::new(&[1, 1], [written[written.len() - 1]]).expect("one class");
            written.push(session.evaluate(|pass| {
                let (scores, end) = self.read(&x, carried.as_ref(), pass);
                carried = Some(end.into());
                sample(&scores.to_vec(), 0.5, &mut rng)
            }));
        }
        text.characters().decode(&written)
    }
}

fn main() -> Result<(), DataError> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next();
    let (text, units, streams, window, rate, mut steps) = match &file {
        Some(path) => (Text::read(path)?, 128, 16, 64, 3e-3, 6000),
        None => (Text::new(VERSES), 48, 4, 16, 1e-2, 400),
    };
    if let Some(given) = arguments.next() {
        steps = given.parse().expect("a number of steps");
    }
    let (train, test) = text.hold_out(if file.is_some() { 0.1 } else { 0.0 })?;
    let reader = Reader::new(text.characters().len(), units, 1);
    let (length, different) = (text.len(), text.characters().len());
    println!("{length} characters, {different} different ones");

    let schedule = Schedule::Cosine {
        from: rate,
        to: 0.0,
        steps,
    };
    let mut adam = Adam::new(rate);
    let mut session = Session::new(1);
    let mut windows = train.streams(streams, window)?;
    let mut carried: Option<Carried<f32>> = None;
    let start = std::time::Instant::now();
    for step in 0..steps {
        let Window { x, y, first } = match windows.next() {
            Some(window) => window,
            None => {
                windows = train.streams(streams, window)?;
                windows.next().expect("there is a first window")
            }
        };
        if first {
            carried = None; // nothing is behind it
        }
        let (loss, mut gradient) = session.step(|pass| {
            let (scores, end) = reader.read(&x, carried.as_ref(), pass);
            carried = Some(end.into());
            scores.cross_entropy(y.as_slice())
        });
        gradient.clip_norm(1.0);
        adam.set_rate(schedule.rate(step));
        adam.step(&gradient);
        if step % (steps / 4).max(1) == 0 {
            println!("step {step:>4}: {loss:.2} nats per character");
        }
    }
    match test.is_empty() {
        true => println!("step {steps:>4}: {:.2}", reader.loss(&train, &session)?),
        false => {
            println!(
                "held out: {:.4} nats per character",
                reader.loss(&test, &session)?
            );
            eprintln!("{:.1} s", start.elapsed().as_secs_f64());
        }
    }
    println!("\nand it writes:\n{}", reader.write(&text, 'F', 200)?);
    Ok(())
}

// A module of your own lists its parts, and has names for all parameters.
impl Module<f32> for Reader {
    fn forward(&self, x: Tensor<f32>, pass: &Pass<'_, f32>) -> Tensor<f32> {
        self.scores.forward(self.units.forward(x, pass), pass)
    }
    fn parts(&self, parts: &mut Parts<f32>) {
        parts.module("units", &self.units);
        parts.module("scores", &self.scores);
    }
}
