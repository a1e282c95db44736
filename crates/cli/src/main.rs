//! `chainrule`: the derivatives of an expression, explained; and a tour of the chain rule.

mod arguments;
mod check;
mod compare;
mod evaluate;
mod explain;
mod expr;
mod extras;
mod functions;
mod lines;
mod output;
mod predict;
mod question;
mod stories;
mod tour;
mod train;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use question::Stop;

/// Derivatives that explain themselves.
#[derive(Parser)]
#[command(
    name = "chainrule",
    version,
    after_help = "Without a command: the tour."
)]
struct Command {
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Subcommand)]
enum Task {
    /// Explain the value and the gradient of an expression, node by node
    Explain(explain::Arguments),
    /// Check the gradient of an expression against differences of its values
    Check(check::Arguments),
    /// Compare two runs, and say where they part first
    Compare(compare::Arguments),
    /// Train a network on built-in data, images or a table
    Train(train::Arguments),
    /// Ask a trained network
    Predict(predict::Arguments),
    /// See the chain rule at work, from a circuit to a trained network
    Tour(tour::Arguments),
}

/// 0: all is well; 1: a gradient is wrong, or two runs differ; 2: the question was wrong.
fn main() -> ExitCode {
    let mut command = Command::command();
    let arguments = arguments::sort(std::env::args_os().collect(), &mut command);
    let matches = command.get_matches_from(arguments);
    let task = Command::from_arg_matches(&matches)
        .unwrap_or_else(|error| error.exit())
        .task;
    let done = match task {
        Some(Task::Explain(arguments)) => match &arguments.lines {
            Some(questions) => lines::run(questions, arguments.output.as_deref()),
            None => explain::run(&arguments),
        }
        .map(|()| ExitCode::SUCCESS),
        Some(Task::Check(arguments)) => check::run(&arguments),
        Some(Task::Compare(arguments)) => compare::run(&arguments),
        Some(Task::Train(arguments)) => train::run(&arguments).map(|()| ExitCode::SUCCESS),
        Some(Task::Predict(arguments)) => predict::run(&arguments).map(|()| ExitCode::SUCCESS),
        Some(Task::Tour(arguments)) => tour::run(&arguments).map(|()| ExitCode::SUCCESS),
        None => tour::run(&tour::Arguments::default()).map(|()| ExitCode::SUCCESS),
    };
    done.unwrap_or_else(|stop| match stop {
        Stop::Mistake(text) => {
            let style = anstyle::AnsiColor::Red.on_default().bold();
            // If nobody can be told, the exit code still says it.
            let _ = std::io::Write::write_all(
                &mut anstream::stderr(),
                format!("{style}error:{style:#} {text}\n").as_bytes(),
            );
            ExitCode::from(2)
        }
        Stop::OutputClosed => ExitCode::SUCCESS,
    })
}
