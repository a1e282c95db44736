//! `chainrule predict`: what a saved network says of data.

use std::path::PathBuf;

use nn::checkpoint::Checkpoint;
use nn::metrics::{self, Confusion};
use tape::Array;

use crate::output::Output;
use crate::question::Stop;
use crate::train::network::{Plan, Restored};
use crate::train::source::{self, Task};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A network that `chainrule train -o` saved
    network: PathBuf,

    /// Data as `chainrule train` reads them
    #[arg(default_value = "digits")]
    data: String,

    /// Writes a line for each example to a file, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// The seed of built-in data: another one than in training gives examples never seen
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let in_file = |stop: Stop| match stop {
        Stop::Mistake(text) => Stop::Mistake(format!("{}: {text}", arguments.network.display())),
        stop => stop,
    };
    let checkpoint = Checkpoint::read(&arguments.network).map_err(Stop::mistake)?;
    let restored = Plan::restore(&checkpoint).map_err(in_file)?;
    let examples = source::read(&arguments.data, restored.target.as_deref(), arguments.seed)?;
    if examples.shape != restored.shape {
        return Err(Stop::mistake(format!(
            "{} has examples of shape {:?}, the network reads {:?}",
            arguments.data, examples.shape, restored.shape
        )));
    }
    let y = nn::predict(&restored.network, examples.task.x());
    let mut output = Output::open(arguments.output.as_deref())?;
    output.write(&lines(&restored, &y, &examples.task)?)?;
    output.finish()
}

/// A line for each example, behind a header, and at last how good they are.
fn lines(restored: &Restored, y: &Array<f32>, task: &Task) -> Result<String, Stop> {
    let mut text = String::new();
    match (&restored.labels, task) {
        (Some(labels), Task::Classes(data, own)) => {
            if labels.len() != y.shape()[1] {
                return Err(Stop::mistake(
                    "the network does not have an output for each label",
                ));
            }
            text += "predicted,probability,actual\n";
            let found = metrics::classes(y);
            for ((row, &class), &actual) in y.rows().zip(&found).zip(data.y().iter()) {
                let sum: f32 = row.iter().map(|z| (z - row[class]).exp()).sum();
                let actual = own.name(actual).unwrap_or("?");
                text += &format!("{},{:.4},{actual}\n", labels[class], sum.recip());
            }
            if labels == own.names() {
                let confusion = Confusion::new(labels.len(), &found, data.y());
                text += &format!("# accuracy {:.4}\n", confusion.accuracy());
            }
        }
        (None, Task::Numbers(data)) => {
            text += "predicted,actual\n";
            for (row, actual) in y.rows().zip(data.y().rows()) {
                let shown =
                    |row: &[f32]| row.iter().map(f32::to_string).collect::<Vec<_>>().join(" ");
                text += &format!("{},{}\n", shown(row), shown(actual));
            }
            let r2 = metrics::r2(y.as_slice(), data.y().as_slice());
            text += &format!("# R2 {r2:.4}\n");
        }
        _ => {
            return Err(Stop::mistake(
                "the network was trained for another kind of target",
            ));
        }
    }
    Ok(text)
}
