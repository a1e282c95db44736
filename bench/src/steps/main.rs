//! Times steps of training: our networks, through the interface that users have, beside loops
//! written by hand, candle and burn. `python/steps.py` prints the same rows for PyTorch and JAX.

mod alone;
#[cfg(feature = "burn")]
mod burn;
#[cfg(feature = "candle")]
mod candle;
mod contestant;
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

use contestant::Contestant;
use table::{Style, Table};
use time::shown;
use work::{Rule, Work};

/// Takes one step and answers the loss before it.
pub(crate) type Step = Box<dyn FnMut() -> f64>;

const USAGE: &str =
    "usage: steps [--markdown] [--quick] [--rounds N] [--threads N] [--only WORDS]...
       steps --alone NAME --count N --only WORDS

  --markdown    print a Markdown table
  --quick       a smoke run
  --rounds N    turns of each contestant (9)
  --threads N   threads for everybody (1)
  --only WORDS  rows whose name holds these words
  --alone NAME  no table: one contestant takes the steps of the first of those rows, and says
                how much memory the process held
  --count N     how many steps (100)";

/// What the command line asked for.
struct Wish {
    style: Style,
    rounds: usize,
    turn: Duration,
    threads: usize,
    only: Vec<String>,
    alone: Option<String>,
    count: usize,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Err(problem) = read(&arguments).and_then(|wish| run(&wish)) {
        eprintln!("{problem}\n\n{USAGE}");
        exit(2)
    }
}

fn read(arguments: &[String]) -> Result<Wish, String> {
    let mut wish = Wish {
        style: Style::Text,
        rounds: 9,
        turn: Duration::from_millis(50),
        threads: 1,
        only: Vec::new(),
        alone: None,
        count: 100,
    };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().ok_or(format!("{argument} needs a value"));
        let positive = |text: &String| {
            let number = text.parse().ok().filter(|&number: &usize| number > 0);
            number.ok_or(format!("{argument} needs a positive number"))
        };
        match argument.as_str() {
            "--markdown" => wish.style = Style::Markdown,
            "--quick" => (wish.rounds, wish.turn) = (2, Duration::from_millis(2)),
            "--rounds" => wish.rounds = positive(value()?)?,
            "--threads" => wish.threads = positive(value()?)?,
            "--count" => wish.count = positive(value()?)?,
            "--only" => wish.only.push(value()?.clone()),
            "--alone" => wish.alone = Some(value()?.clone()),
            _ => return Err(format!("{argument} is not an option")),
        }
    }
    Ok(wish)
}

fn run(wish: &Wish) -> Result<(), String> {
    // SAFETY: no other thread has started yet. It is the only word that candle listens to.
    unsafe { std::env::set_var("RAYON_NUM_THREADS", wish.threads.to_string()) };
    tape::set_threads(wish.threads);
    let wanted = |work: &Work| {
        let name = work.name();
        wish.only.is_empty() || wish.only.iter().any(|words| name.contains(words))
    };
    let mut works = Work::ALL.into_iter().filter(wanted);
    let contestants = Contestant::all(wish.threads);
    if let Some(name) = &wish.alone {
        let found = contestants.into_iter().find(|c| c.name() == name);
        let contestant = found.ok_or(format!("{name} does not take part"))?;
        let work = works.next().ok_or("no row has these words")?;
        return alone::run(contestant, work, wish.count);
    }
    println!("{}\n", machine::describe().join("\n"));
    let mut header = vec![String::new()];
    for contestant in &contestants {
        header.extend([contestant.name(), "median"].map(String::from));
    }
    let rivals = &contestants[1..];
    header.extend(
        rivals
            .iter()
            .map(|rival| format!("ours / {}", rival.name())),
    );
    let table = Table {
        title: format!(
            "f32, threads: {}; least and median time of a step",
            wish.threads
        ),
        header,
        rows: works.map(|work| row(work, &contestants, wish)).collect(),
    };
    print!("{}", table.show(wish.style));
    Ok(())
}

/// Compares losses, then lets contestants take turns, A B A B.
fn row(work: Work, contestants: &[Contestant], wish: &Wish) -> Vec<String> {
    compare(work, Rule::Descent, contestants);
    compare(work, work.rule(), contestants);
    let mut steps: Vec<Option<Step>> = contestants
        .iter()
        .map(|contestant| contestant.step(work, work.rule()))
        .collect();
    let mut runs = vec![Vec::new(); steps.len()];
    for _ in 0..wish.rounds {
        for (step, runs) in steps.iter_mut().zip(&mut runs) {
            let Some(step) = step else { continue };
            step();
            // So many steps between two looks at the clock that the clock does not count.
            let several = work.several();
            let end = Instant::now() + wish.turn;
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
    for rival in &runs[1..] {
        let ratio = rival
            .first()
            .map(|least| format!("{:.2}", runs[0][0] / least));
        cells.push(ratio.unwrap_or_default());
    }
    cells
}

/// Ends the program where losses of the first steps differ by more than single precision explains.
/// Adam hides a gradient that is wrong by a factor, so descent is compared in every row.
fn compare(work: Work, rule: Rule, contestants: &[Contestant]) {
    let mut all = contestants.iter().filter_map(|contestant| {
        let mut step = contestant.step(work, rule)?;
        Some((contestant.name(), [(); 5].map(|()| step())))
    });
    let (_, ours) = all.next().expect("we take part");
    eprintln!("{} ({rule:?}): losses {ours:.6?}", work.name());
    let mut wrong = false;
    for (name, theirs) in all {
        let differ = |(a, b): (&f64, &f64)| (a - b).abs() > 1e-4 * a.abs();
        if ours.iter().zip(&theirs).any(differ) {
            eprintln!("{} ({rule:?}): {name} {theirs:.6?}", work.name());
            wrong = true;
        }
    }
    if wrong {
        exit(1)
    }
}
