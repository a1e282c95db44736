//! `chainrule compare A.json B.json`: two runs side by side, and where they part first.

use std::path::PathBuf;
use std::process::ExitCode;

use tape::compare::{Comparison, Tolerance};

use crate::output::Output;
use crate::question::Stop;

#[derive(clap::Args)]
#[command(
    after_help = "A run is what `chainrule explain -o FILE.json` writes, or tools/chainrule_dump.py of a\n\
                  module of PyTorch; for that, try --relative 1e-4 --absolute 1e-6.\n\
                  The exit code is 1 if something differs."
)]
pub(crate) struct Arguments {
    /// A run
    #[arg(value_name = "A.json")]
    first: PathBuf,

    /// The other
    #[arg(value_name = "B.json")]
    second: PathBuf,

    /// Numbers count as equal within this part of the larger of both, such as 1e-4; else exactly
    #[arg(long, value_name = "R", value_parser = bound)]
    relative: Option<f64>,

    /// Numbers count as equal within this, such as 1e-6
    #[arg(long, value_name = "E", value_parser = bound)]
    absolute: Option<f64>,

    /// Numbers count as equal within so many units in the last place
    #[arg(long, value_name = "N", conflicts_with_all = ["relative", "absolute"])]
    ulps: Option<u64>,
}

fn bound(text: &str) -> Result<f64, String> {
    let bound = text.parse::<f64>().ok();
    bound
        .filter(|bound| bound.is_finite() && *bound >= 0.0)
        .ok_or_else(|| "a bound is a number, 0 or more".to_string())
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    let files = [&arguments.first, &arguments.second];
    let first = nn::dump::read(files[0]).map_err(Stop::mistake)?;
    let second = nn::dump::read(files[1]).map_err(Stop::mistake)?;
    let mut names = [(&first, files[0]), (&second, files[1])].map(|(run, file)| {
        let stem = || file.file_stem().unwrap_or_default().to_string_lossy();
        run.producer()
            .map_or_else(|| stem().into_owned(), str::to_string)
    });
    if names[0] == names[1] {
        names = files.map(|file| file.display().to_string());
    }
    let comparison = Comparison::of(&first, &second, tolerance(arguments));
    let comparison = comparison.called([&names[0], &names[1]]);
    let agrees = comparison.agrees();
    let mut output = Output::open(None)?;
    output.write(&comparison.to_string())?;
    // The exit code holds even if nobody reads the table.
    match output.finish() {
        Ok(()) | Err(Stop::OutputClosed) if !agrees => Ok(ExitCode::FAILURE),
        finished => finished.map(|()| ExitCode::SUCCESS),
    }
}

fn tolerance(arguments: &Arguments) -> Tolerance {
    match (arguments.ulps, arguments.absolute, arguments.relative) {
        (Some(most), _, _) => Tolerance::Ulps(most),
        (None, None, None) => Tolerance::Exact,
        (None, absolute, relative) => Tolerance::Within {
            absolute: absolute.unwrap_or(0.0),
            relative: relative.unwrap_or(0.0),
        },
    }
}
