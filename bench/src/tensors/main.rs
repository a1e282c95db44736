//! Times arrays: our tensors beside candle's. `python/tensors.py` prints the same rows for
//! PyTorch and JAX.

#[cfg(feature = "candle")]
mod candle;
#[path = "../machine.rs"]
mod machine;
mod ours;
#[path = "../table.rs"]
mod table;
mod task;
#[path = "../time.rs"]
mod time;

use std::process::exit;
use std::time::{Duration, Instant};

use table::{Style, Table};
use task::Task;
use time::shown;

/// Runs a task once, hands out the result if it is asked for, and answers how long it took.
pub(crate) type Entry = Box<dyn FnMut(Option<&mut Vec<f64>>) -> Duration>;

const USAGE: &str =
    "usage: tensors [--markdown] [--quick] [--threads N] [--f32 | --f64] [--only WORDS]...

  --markdown    print Markdown tables
  --quick       a smoke run
  --threads N   threads for everybody (1)
  --f32, --f64  one element type alone
  --only WORDS  rows whose name holds these words";

/// What the command line asked for.
struct Wish {
    style: Style,
    rounds: usize,
    turn: Duration,
    threads: usize,
    single: Vec<bool>,
    only: Vec<String>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let wish = read(&arguments).unwrap_or_else(|problem| {
        eprintln!("{problem}\n\n{USAGE}");
        exit(2)
    });
    // SAFETY: no other thread has started yet. It is the only word that candle listens to.
    unsafe { std::env::set_var("RAYON_NUM_THREADS", wish.threads.to_string()) };
    tape::set_threads(wish.threads);
    println!("{}\n", machine::describe().join("\n"));
    for &single in &wish.single {
        let wanted = |task: &Task| {
            let name = task.name();
            wish.only.is_empty() || wish.only.iter().any(|words| name.contains(words))
        };
        let rows = Task::all().into_iter().filter(wanted);
        let rows = rows.map(|task| row(task, single, &wish)).collect();
        print!("{}", titled(rows, single, wish.threads).show(wish.style));
    }
}

fn read(arguments: &[String]) -> Result<Wish, String> {
    let mut wish = Wish {
        style: Style::Text,
        rounds: 9,
        turn: Duration::from_millis(20),
        threads: 1,
        single: vec![true, false],
        only: Vec::new(),
    };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--markdown" => wish.style = Style::Markdown,
            "--quick" => (wish.rounds, wish.turn) = (2, Duration::from_millis(2)),
            "--threads" => {
                let threads = value()?.parse().ok().filter(|&threads| threads > 0);
                wish.threads = threads.ok_or("--threads needs a positive number")?;
            }
            "--f32" => wish.single = vec![true],
            "--f64" => wish.single = vec![false],
            "--only" => wish.only.push(value()?.clone()),
            _ => return Err(format!("{argument} is not an option")),
        }
    }
    Ok(wish)
}

/// Everybody who takes part, ours first.
fn contestants(task: Task, single: bool) -> Vec<Entry> {
    vec![
        match single {
            true => ours::entry::<f32>(task),
            false => ours::entry::<f64>(task),
        },
        #[cfg(feature = "candle")]
        candle::entry(
            task,
            match single {
                true => candle_core::DType::F32,
                false => candle_core::DType::F64,
            },
        ),
    ]
}

/// Least and median time of one run, in nanoseconds.
struct Times {
    least: f64,
    median: f64,
}

/// Compares results, then lets contestants take turns, A B A B.
fn row(task: Task, single: bool, wish: &Wish) -> Vec<String> {
    compare(task, single);
    let mut contestants = contestants(task, single);
    let mut runs = vec![Vec::new(); contestants.len()];
    for _ in 0..wish.rounds {
        for (contestant, runs) in contestants.iter_mut().zip(&mut runs) {
            // Once for the caches.
            contestant(None);
            let start = Instant::now();
            while start.elapsed() < wish.turn {
                runs.push(contestant(None).as_nanos() as f64 / task.count() as f64);
            }
        }
    }
    let times: Vec<Times> = runs.into_iter().map(summarize).collect();
    let mut cells = vec![task.name()];
    for time in &times {
        cells.extend([shown(time.least), shown(time.median)]);
    }
    for rival in &times[1..] {
        cells.push(format!("{:.2}", times[0].least / rival.least));
    }
    cells
}

/// Ends the program where a result differs from ours by more than its element type explains.
fn compare(task: Task, single: bool) {
    let mut answers = contestants(task, single).into_iter().map(|mut contestant| {
        let mut answer = Vec::new();
        contestant(Some(&mut answer));
        answer
    });
    let ours = answers.next().expect("we take part");
    let largest = ours.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    let bound = match (task, single) {
        // Numbers of both signs cancel to about 1: whoever adds them in single precision is off by
        // roundings of what was added, half a million in magnitude, not of what is left.
        (Task::Sum(None), true) => {
            let added = task::numbers(task::SIDE * task::SIDE, 1);
            f64::from(f32::EPSILON) / 2.0 * added.iter().map(|x| x.abs()).sum::<f64>()
        }
        (_, true) => 1e-4 * largest,
        (_, false) => 1e-11 * largest,
    };
    for answer in answers {
        let off = ours.iter().zip(&answer).map(|(a, b)| (a - b).abs());
        let off = off.fold(0.0_f64, f64::max);
        if ours.len() != answer.len() || off > bound {
            eprintln!(
                "{}: results differ by {off:e}, allowed {bound:e}",
                task.name()
            );
            exit(1)
        }
    }
}

fn summarize(mut runs: Vec<f64>) -> Times {
    runs.sort_by(f64::total_cmp);
    Times {
        least: runs[0],
        median: runs[runs.len() / 2],
    }
}

fn titled(rows: Vec<Vec<String>>, single: bool, threads: usize) -> Table {
    let mut header = vec!["", "ours", "median"];
    if cfg!(feature = "candle") {
        header.extend(["candle", "median", "ours / candle"]);
    }
    Table {
        title: format!(
            "{}, threads: {threads}; least and median time of a run",
            if single { "f32" } else { "f64" }
        ),
        header: header.into_iter().map(String::from).collect(),
        rows,
    }
}
