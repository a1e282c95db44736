//! `chainrule train`: a network, from data to a file, without a program.

pub(crate) mod network;
mod progress;
pub(crate) mod source;

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use nn::checkpoint::Checkpoint;
use nn::data::{Dataset, Targets};
use nn::metrics::{self, Confusion};
use nn::optimizer::{Adagrad, RmsProp};
use nn::schedule::OneCycle;
use nn::tensorboard::Events;
use nn::train::{Loss, Report};
use nn::{Adam, AdamW, Optimizer, Schedule, Sgd, Trainer};
use nn::{flow, loss, picture, predict, seeded, summary};
use tape::Array;

use crate::question::Stop;
use network::{Network, Plan};
use source::{Examples, Task};

#[derive(clap::Args)]
#[command(after_help = "\
Built-in data: digits (drawn, 12x12), moons, circles, spirals, blobs, iris. Files: a folder of IDX \
files as MNIST has them (plain or gzip), or a table with a header, data.csv.

  chainrule train
  chainrule train spirals --model mlp:2-64-64-3 --epochs 200 --plots out
  chainrule train flowers.csv --target species -o flowers.safetensors
  chainrule predict flowers.safetensors flowers.csv")]
pub(crate) struct Arguments {
    /// What to learn from: built-in data, a folder of IDX files, or a .csv file
    #[arg(default_value = "digits")]
    data: String,

    /// The column to be predicted (csv; the last one unless set)
    #[arg(long, value_name = "COLUMN")]
    target: Option<String>,

    /// The network: linear, mlp, mlp:64-32 (hidden layers), mlp:784-128-10 (all layers), cnn
    #[arg(long, default_value = "mlp")]
    model: String,

    /// What hidden units do with their sums: relu, tanh, sigmoid, gelu, silu
    #[arg(long, default_value = "relu")]
    activation: String,

    /// Drops this share of hidden units in each step
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    dropout: f64,

    /// How parameters follow their gradient
    #[arg(long, value_enum, default_value = "adamw")]
    optimizer: Descent,

    /// The learning rate (of one-cycle: the peak)
    #[arg(long, default_value_t = 3e-3)]
    rate: f64,

    /// Weight decay, of weights alone
    #[arg(long, default_value_t = 0.01)]
    decay: f64,

    /// How the learning rate changes
    #[arg(long, value_enum, default_value = "one-cycle")]
    schedule: Course,

    /// How often the data are gone through
    #[arg(long, default_value_t = 20)]
    epochs: usize,

    /// How many examples are in a step
    #[arg(long, default_value_t = 64)]
    batch: usize,

    /// The share of the data that is kept for validation
    #[arg(long, default_value_t = 0.2, value_name = "SHARE")]
    validation: f64,

    /// Stops when validation has not become better for so many epochs
    #[arg(long, value_name = "EPOCHS")]
    patience: Option<usize>,

    /// Shortens gradients that are longer than this
    #[arg(long, value_name = "NORM")]
    clip: Option<f64>,

    /// The same seed gives the same network, bit for bit
    #[arg(long, default_value_t = 0)]
    seed: u64,

    /// Draws loss curves, the confusion matrix, the network, and histograms of what flows through it,
    /// into this folder (SVG)
    #[arg(long, value_name = "FOLDER")]
    plots: Option<PathBuf>,

    /// Writes events for TensorBoard into this folder
    #[arg(long, value_name = "FOLDER")]
    tensorboard: Option<PathBuf>,

    /// Saves the network (safetensors), for `chainrule predict` and for PyTorch
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Descent {
    Sgd,
    Rmsprop,
    Adagrad,
    Adam,
    Adamw,
}

#[derive(Clone, Copy, ValueEnum)]
enum Course {
    Constant,
    Cosine,
    Exponential,
    OneCycle,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Stop> {
    arguments.check()?;
    // Before hours of work: can what is asked for be written?
    for folder in [&arguments.plots, &arguments.tensorboard]
        .into_iter()
        .flatten()
    {
        let made = fs::create_dir_all(folder);
        made.map_err(|error| {
            Stop::mistake(format!(
                "cannot make the folder {}: {error}",
                folder.display()
            ))
        })?;
    }
    if let Some(file) = &arguments.output {
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        if folder.is_some_and(|folder| !folder.is_dir()) || file.is_dir() {
            return Err(Stop::mistake(format!("cannot write {}", file.display())));
        }
    }
    let examples = source::read(&arguments.data, arguments.target.as_deref(), arguments.seed)?;
    let plan = Plan::parse(arguments, &examples)?;
    let network = plan.build(arguments.seed);
    let shares = [1.0 - arguments.validation, arguments.validation];
    let mut rng = seeded(arguments.seed);
    match &examples.task {
        Task::Classes(data, labels) => {
            let [train, test] = data
                .split_classes(&shares, &mut rng)
                .map_err(Stop::mistake)?;
            network.fit_scale(train.x());
            say_start(arguments, &examples, &network, train.len(), test.len());
            let trainer = Trainer::new(loss::cross_entropy).accuracy();
            train_on(arguments, trainer, &network, &train, &test)?;
            draw_network(arguments, &network, &train, loss::cross_entropy)?;
            let held = if test.is_empty() { &train } else { &test };
            let found = metrics::classes(&predict(&network, held.x()));
            let confusion = Confusion::new(labels.len(), &found, held.y());
            let confusion = confusion.with_names(labels.names().to_vec());
            println!("\n{confusion}");
            println!("accuracy {:.4}", confusion.accuracy());
            draw(arguments, "confusion.svg", || {
                picture::confusion("Confusion", &confusion)
            })?;
        }
        Task::Numbers(data) => {
            let [train, test] = data.split(&shares, &mut rng).map_err(Stop::mistake)?;
            network.fit_scale(train.x());
            say_start(arguments, &examples, &network, train.len(), test.len());
            let r2 = |outputs: &Array<f32>, targets: &Array<f32>| {
                metrics::r2(outputs.as_slice(), targets.as_slice())
            };
            let trainer = Trainer::new(loss::mse).metric("R2", r2);
            train_on(arguments, trainer, &network, &train, &test)?;
            draw_network(arguments, &network, &train, loss::mse)?;
        }
    }
    if let Some(file) = &arguments.output {
        let checkpoint = plan.note(Checkpoint::new().with_module(&network), &examples);
        checkpoint.save(file).map_err(Stop::mistake)?;
        println!("saved {}", file.display());
    }
    Ok(())
}

impl Arguments {
    /// What no data could make good.
    fn check(&self) -> Result<(), Stop> {
        let wrong = |what: &str, is: &dyn std::fmt::Display, wanted: &str| {
            Err(Stop::mistake(format!("--{what} {is}: {wanted} is wanted")))
        };
        let share = |number: f64| (0.0..1.0).contains(&number);
        if !share(self.dropout) {
            return wrong("dropout", &self.dropout, "a share from 0 to below 1");
        }
        if !share(self.validation) {
            return wrong("validation", &self.validation, "a share from 0 to below 1");
        }
        for (name, number) in [("rate", self.rate), ("decay", self.decay)] {
            if !(number >= 0.0 && number.is_finite()) {
                return wrong(name, &number, "a number that is not negative");
            }
        }
        if self.clip.is_some_and(|norm| norm.is_nan() || norm <= 0.0) {
            return wrong("clip", &self.clip.unwrap_or_default(), "a positive number");
        }
        if self.batch == 0 || self.epochs == 0 {
            return Err(Stop::mistake("--batch and --epochs are at least 1"));
        }
        Ok(())
    }

    fn descent(&self) -> Box<dyn Optimizer<f32>> {
        let (rate, decay) = (self.rate, self.decay);
        match self.optimizer {
            Descent::Sgd => Box::new(Sgd::new(rate).momentum(0.9).decay_weights(decay)),
            Descent::Rmsprop => Box::new(RmsProp::new(rate).decay_weights(decay)),
            Descent::Adagrad => Box::new(Adagrad::new(rate).decay_weights(decay)),
            Descent::Adam => Box::new(Adam::new(rate).decay_weights(decay)),
            Descent::Adamw => Box::new(AdamW::new(rate).decay_weights(decay)),
        }
    }

    fn course(&self, steps: u64) -> Schedule {
        let rate = self.rate;
        match self.schedule {
            Course::Constant => Schedule::Constant(rate),
            Course::Cosine => Schedule::Cosine {
                from: rate,
                to: 0.0,
                steps,
            },
            Course::Exponential => {
                let gamma = 0.01_f64.powf((steps.max(1) as f64).recip());
                Schedule::Exponential { rate, gamma }
            }
            Course::OneCycle => Schedule::OneCycle(OneCycle::new(rate, steps.max(2))),
        }
    }
}

fn say_start(
    arguments: &Arguments,
    examples: &Examples,
    network: &Network,
    train: usize,
    test: usize,
) {
    let mut input = vec![arguments.batch.min(train.max(1))];
    input.extend_from_slice(&examples.shape);
    println!(
        "{}: {train} examples to learn from, {test} to validate\n",
        arguments.data
    );
    println!("{}", summary(network, &input));
}

fn train_on<Y: Targets + Clone>(
    arguments: &Arguments,
    trainer: Trainer<'_, f32, Y>,
    network: &Network,
    train: &Dataset<f32, Y>,
    test: &Dataset<f32, Y>,
) -> Result<(), Stop> {
    let steps = train.len().div_ceil(arguments.batch) * arguments.epochs;
    let schedule = arguments.course(steps as u64);
    let bar = progress::bar(steps);
    let mut trainer = trainer
        .epochs(arguments.epochs)
        .batch_size(arguments.batch)
        .seed(arguments.seed)
        .schedule(|step| schedule.rate(step))
        .on_step(|step| progress::advance(&bar, step))
        .on_epoch(|epoch| bar.suspend(|| println!("{epoch}")));
    if !test.is_empty() {
        trainer = trainer.validation(test);
    }
    if let Some(patience) = arguments.patience {
        trainer = trainer.patience(patience);
    }
    if let Some(norm) = arguments.clip {
        trainer = trainer.clip_norm(norm);
    }
    let report = trainer.fit(network, &mut *arguments.descent(), train);
    bar.finish_and_clear();
    let report = report.map_err(Stop::mistake)?;
    draw(arguments, "loss.svg", || {
        report.curves("Loss").logarithmic().svg()
    })?;
    tell_tensorboard(arguments, &report)
}

/// The network that was learned, and what flows through it in the first batch.
fn draw_network<Y: Targets>(
    arguments: &Arguments,
    network: &Network,
    train: &Dataset<f32, Y>,
    loss: impl Loss<f32, Y>,
) -> Result<(), Stop> {
    let Some(batch) = train.batches(arguments.batch).next() else {
        return Ok(());
    };
    draw(arguments, "network.svg", || {
        picture::Network::new("Network", network, &batch.x).svg()
    })?;
    draw(arguments, "flow.svg", || {
        picture::flow("Flow", &flow(network, &batch, loss))
    })
}

fn draw(
    arguments: &Arguments,
    name: &str,
    drawing: impl FnOnce() -> picture::Svg,
) -> Result<(), Stop> {
    let Some(folder) = &arguments.plots else {
        return Ok(());
    };
    let path = folder.join(name);
    let saved = drawing().save(&path);
    saved.map_err(|error| unwritable(&path, &error))?;
    println!("drew {}", path.display());
    Ok(())
}

fn tell_tensorboard(arguments: &Arguments, report: &Report) -> Result<(), Stop> {
    let Some(folder) = &arguments.tensorboard else {
        return Ok(());
    };
    let told = Events::create(folder).and_then(|mut events| {
        report
            .epochs()
            .iter()
            .try_for_each(|epoch| events.epoch(epoch))?;
        events.flush()
    });
    told.map_err(|error| unwritable(folder, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Stop {
    Stop::mistake(format!("cannot write {}: {error}", path.display()))
}
