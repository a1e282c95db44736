//! Times steps of training: our networks, through the interface that users have, beside loops
//! written by hand. `python/steps.py` prints the same rows for PyTorch and JAX.

mod hand;
#[path = "../machine.rs"]
mod machine;
mod ours;
#[path = "../table.rs"]
mod table;
#[path = "../time.rs"]
mod time;
mod work;

use std::process::exit;
use std::time::{Duration, Instant};

use table::{Style, Table};
use time::shown;
use work::Work;

/// Takes one step and answers the loss before it.
pub(crate) type Step = Box<dyn FnMut() -> f64>;

const USAGE: &str = "usage: steps [--markdown] [--quick] [--only WORDS]...

  --markdown    print a Markdown table
  --quick       a smoke run
  --only WORDS  rows whose name holds these words";

fn main() {
    let (mut style, mut rounds, mut turn) = (Style::Text, 9, Duration::from_millis(50));
    let mut only = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--markdown" => style = Style::Markdown,
            "--quick" => (rounds, turn) = (2, Duration::from_millis(2)),
            "--only" => only.extend(arguments.next()),
            _ => {
                eprintln!("{argument} is not an option\n\n{USAGE}");
                exit(2)
            }
        }
    }
    println!("{}\n", machine::describe().join("\n"));
    let wanted = |work: &Work| {
        only.is_empty()
            || only
                .iter()
                .any(|words: &String| work.name().contains(words))
    };
    let works = Work::ALL.into_iter().filter(wanted);
    let table = Table {
        title: "f32, one thread; least and median time of a step".to_string(),
        header: ["", "ours", "median", "by hand", "median", "ours / by hand"]
            .map(String::from)
            .to_vec(),
        rows: works.map(|work| row(work, rounds, turn)).collect(),
    };
    print!("{}", table.show(style));
}

/// Compares losses, then lets contestants take turns, A B A B.
fn row(work: Work, rounds: usize, turn: Duration) -> Vec<String> {
    let mut contestants: Vec<Option<Step>> = vec![Some(ours::step(work)), hand::step(work)];
    compare(work, &mut contestants);
    let mut runs = vec![Vec::new(); contestants.len()];
    for _ in 0..rounds {
        for (contestant, runs) in contestants.iter_mut().zip(&mut runs) {
            let Some(step) = contestant else { continue };
            step();
            // So many steps between two looks at the clock that the clock does not count.
            let several = work.several();
            let end = Instant::now() + turn;
            while Instant::now() < end {
                let start = Instant::now();
                for _ in 0..several {
                    std::hint::black_box(step());
                }
                runs.push(start.elapsed().as_nanos() as f64 / several as f64);
            }
        }
    }
    let mut cells = vec![work.name()];
    for runs in &mut runs {
        runs.sort_by(f64::total_cmp);
        match runs.first() {
            Some(&least) => cells.extend([shown(least), shown(runs[runs.len() / 2])]),
            None => cells.extend([String::new(), String::new()]),
        }
    }
    let ratio = runs[1]
        .first()
        .map(|least| format!("{:.2}", runs[0][0] / least));
    cells.push(ratio.unwrap_or_default());
    cells
}

/// Ends the program where losses of the first steps differ by more than single precision explains.
fn compare(work: Work, contestants: &mut [Option<Step>]) {
    let mut losses = contestants
        .iter_mut()
        .flatten()
        .map(|step| [(); 5].map(|()| step()));
    let ours = losses.next().expect("we take part");
    eprintln!("{}: losses {ours:.6?}", work.name());
    for theirs in losses {
        let differ = |(a, b): (&f64, &f64)| (a - b).abs() > 1e-4 * a.abs();
        if ours.iter().zip(&theirs).any(differ) {
            eprintln!("{}: by hand {theirs:.6?}", work.name());
            exit(1)
        }
    }
}
