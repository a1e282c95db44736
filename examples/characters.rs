//! # A text, character by character
//!
//! Gated recurrent units read a text and guess, at every character, the next one. The text runs in
//! parallel streams, read a window at a time; what the units remember at the end of a window is
//! where they start the next, as plain numbers: no adjoint goes back through it. In the end the
//! network writes on by itself: it draws a character, reads it, and draws the next.
//!
//! ```text
//! ```
//!
//! With a text of your own, of which the last tenth is held out, 128 units and 6000 steps:
//! `cargo run --release --example characters -- FILE 6000`.

use chainrule::prelude::*;
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

/// A text as the numbers of its characters, in the order of Unicode.
struct Text {
    characters: Vec<char>,
    classes: Vec<usize>,
}

impl Text {
    fn new(text: &str) -> Text {
        let mut characters: Vec<char> = text.chars().collect();
        characters.sort_unstable();
        characters.dedup();
        let class = |character| characters.binary_search(&character).expect("it is there");
        let classes = text.chars().map(class).collect();
        Text {
            characters,
            classes,
        }
    }
}

/// Parallel streams of a text, and how far they are read.
struct Streams<'a> {
    classes: &'a [usize],
    count: usize,
    at: usize,
}

impl<'a> Streams<'a> {
    fn new(classes: &'a [usize], count: usize) -> Streams<'a> {
        Streams {
            classes,
            count,
            at: 0,
        }
    }

    /// The next window of each stream, `[streams, steps]`, and the characters that follow; `None` at the end.
    fn window(&mut self, steps: usize) -> Option<[Indices; 2]> {
        let length = (self.classes.len() - 1) / self.count;
        let steps = steps.min(length - self.at);
        if steps == 0 {
            return None;
        }
        let window = [0, 1].map(|ahead| {
            let starts = (0..self.count).map(|stream| stream * length + self.at + ahead);
            let rows: Vec<usize> = starts
                .flat_map(|start| &self.classes[start..start + steps])
                .copied()
                .collect();
            Indices::new(&[self.count, steps], rows).expect("a row for each stream")
        });
        self.at += steps;
        Some(window)
    }
}

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
    fn loss(&self, classes: &[usize], session: &Session) -> f64 {
        let mut streams = Streams::new(classes, 1);
        let mut carried: Option<Carried<f32>> = None;
        let (mut total, mut count) = (0.0, 0);
        while let Some([x, y]) = streams.window(256) {
            let mean = session.evaluate(|pass| {
                let (scores, end) = self.read(&x, carried.as_ref(), pass);
                carried = Some(end.into());
                scores.cross_entropy(y.as_slice()).value()
            });
            total += mean * y.len() as f64;
            count += y.len();
        }
        total / count as f64
    }

    /// Writes on behind a first character.
    fn write(&self, text: &Text, first: char, length: usize, temperature: f64) -> String {
        let session = Session::new(0);
        let mut rng = seeded(7);
        let mut class = text
            .characters
            .binary_search(&first)
            .expect("it knows the character");
        let mut carried: Option<Carried<f32>> = None;
        let mut written = String::from(first);
        for _ in 1..length {
            let x = Indices::new(&[1, 1], [class]).expect("one class");
            class = session.evaluate(|pass| {
                let (scores, end) = self.read(&x, carried.as_ref(), pass);
                carried = Some(end.into());
                sample(&scores.to_vec(), temperature, &mut rng)
            });
            written.push(text.characters[class]);
        }
        written
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next();
    let number = |given: Option<String>, default| match given {
        Some(given) => given.parse().expect("a number of steps"),
        None => default,
    };
    let (source, units, streams, window, steps, held) = match &file {
        Some(path) => {
            let source = std::fs::read_to_string(path).expect("a text");
            (source, 128, 16, 64, number(arguments.next(), 6000), 0.1)
        }
        None => (VERSES.to_string(), 48, 4, 16, 400, 0.0),
    };
    let text = Text::new(&source);
    let learned = text.classes.len() - (held * text.classes.len() as f64) as usize;
    let (train, test) = text.classes.split_at(learned);
    let reader = Reader::new(text.characters.len(), units, 1);
    println!(
        "{} characters, {} different ones",
        text.classes.len(),
        text.characters.len()
    );

    let schedule = Schedule::Cosine {
        from: if file.is_some() { 3e-3 } else { 1e-2 },
        to: 0.0,
        steps,
    };
    let mut adam = Adam::new(schedule.rate(0));
    let mut session = Session::new(1);
    let mut reading = Streams::new(train, streams);
    let mut carried: Option<Carried<f32>> = None;
    let start = std::time::Instant::now();
    for step in 0..steps {
        let [x, y] = match reading.window(window) {
            Some(window) => window,
            None => {
                // From the start again, remembering nothing.
                carried = None;
                reading.at = 0;
                reading.window(window).expect("a text of some length")
            }
        };
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
    println!(
        "step {steps:>4}: {:.2} on what it read",
        reader.loss(&train[..train.len().min(2000)], &session)
    );
    if !test.is_empty() {
        println!("held out:  {:.4}", reader.loss(test, &session));
        eprintln!("{:.1} s", start.elapsed().as_secs_f64());
    }
    println!("\nand it writes:\n{}", reader.write(&text, 'F', 200, 0.5));
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
