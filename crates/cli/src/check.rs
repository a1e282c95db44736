//! `chainrule check "EXPR" x=-2 y=5`: the gradient beside differences of the values.

use std::process::ExitCode;

use tape::{Check, Program};

use crate::evaluate::evaluate;
use crate::output::Output;
use crate::question::{Question, Stop};

#[derive(clap::Args)]
#[command(after_help = "The exit code is 1 if a derivative is not confirmed.")]
pub(crate) struct Arguments {
    /// What to check, such as "exp(x)*sin(y)"; see `chainrule explain --help`
    #[arg(value_name = "EXPR")]
    source: String,

    /// The inputs and their values, such as x=-2 y=5 z=-4
    #[arg(value_name = "NAME=VALUE")]
    assignments: Vec<String>,

    /// Take plain differences at this step, such as 1e-4; else the best step is sought
    #[arg(long, value_name = "E", value_parser = step)]
    epsilon: Option<f64>,

    /// Take differences to the right only, and see how much worse they are
    #[arg(long)]
    one_sided: bool,

    /// 2: check the second derivatives too
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=2))]
    order: u32,
}

fn step(text: &str) -> Result<f64, String> {
    let step = text.parse::<f64>().ok();
    step.filter(|step| step.is_finite() && *step > 0.0)
        .ok_or_else(|| "a step is a number above 0".to_string())
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    let question = Question::from_words(&arguments.source, &arguments.assignments)?;
    let names: Vec<&str> = question.inputs.iter().map(|input| &*input.name).collect();
    let mut check = Check::new().order(arguments.order).names(&names);
    if let Some(epsilon) = arguments.epsilon {
        check = check.epsilon(epsilon);
    }
    if arguments.one_sided {
        check = check.one_sided();
    }
    let mut output = Output::open(None)?;
    let mut passed = true;
    let outputs = question.expression.outputs.len();
    for index in 0..outputs {
        let values = question.values();
        let program = Program::record(|x| evaluate(&question.expression, x)[index], &values);
        let report = program
            .and_then(|program| check.run_program(&program, &values))
            .map_err(Stop::mistake)?;
        passed &= report.passed();
        if outputs > 1 {
            output.write(&format!("output {}, ", index + 1))?;
        }
        output.write(&report.to_string())?;
    }
    // The exit code holds even if nobody reads the report.
    match output.finish() {
        Ok(()) | Err(Stop::OutputClosed) if !passed => Ok(ExitCode::FAILURE),
        finished => finished.map(|()| ExitCode::SUCCESS),
    }
}
