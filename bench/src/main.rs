//! Times reverse-mode differentiation: a hand-written adjoint, `chainrule`'s tape, three other
//! libraries. What is measured and how to read it is in `README.md`.

mod contestant;
mod hand;
mod machine;
mod measure;
mod memory;
#[cfg(feature = "ours")]
mod ours;
#[cfg(feature = "ours")]
mod ours_forward;
#[cfg(feature = "ours")]
mod ours_replay;
mod probe;
mod rival;
mod table;
mod workload;

use std::process::exit;
use std::time::Duration;

use measure::{Effort, Row, measure};
use table::{Style, Table};
use workload::{Chain, Circuit, Network, Rosenbrock, Workload};

#[global_allocator]
static ALLOCATOR: memory::Counting = memory::Counting;

/// What `--only` accepts.
const NAMES: [&str; 6] = [
    "circuit",
    "rosenbrock-1000",
    "rosenbrock-100000",
    "network",
    "chain",
    "probes",
];

const USAGE: &str = "usage: bench [--markdown] [--quick] [--rounds N] [--only NAME]...

  --markdown   print Markdown tables
  --quick      a smoke run: 3 short rounds, a shorter chain
  --rounds N   how often each contestant has its turn (15)
  --only NAME  circuit, rosenbrock-1000, rosenbrock-100000, network, chain or probes";

/// What the command line asked for.
struct Wish {
    style: Style,
    effort: Effort,
    chain: usize,
    only: Vec<String>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, name, title] = arguments.as_slice()
        && flag == "--answer"
    {
        return probe::answer(name, title);
    }
    let wish = read(&arguments).unwrap_or_else(|problem| {
        eprintln!("{problem}\n\n{USAGE}");
        exit(2)
    });
    let fence = if wish.style == Style::Markdown {
        "```\n"
    } else {
        ""
    };
    println!("{fence}{}\n{fence}", machine::describe().join("\n"));
    time(&Circuit, &wish);
    time(&Rosenbrock::new(1000), &wish);
    time(&Rosenbrock::new(100_000), &wish);
    time(&Network::new(), &wish);
    time(&Chain::new(wish.chain), &wish);
    if wish.wants("probes") {
        print!("{}", probe::table().show(wish.style));
    }
}

impl Wish {
    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}

fn read(arguments: &[String]) -> Result<Wish, String> {
    let mut wish = Wish {
        style: Style::Text,
        effort: Effort {
            rounds: 15,
            turn: Duration::from_millis(20),
        },
        chain: 10_000_000,
        only: Vec::new(),
    };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--markdown" => wish.style = Style::Markdown,
            "--quick" => {
                wish.effort = Effort {
                    rounds: 3,
                    turn: Duration::from_millis(2),
                };
                wish.chain = 160_000;
            }
            "--rounds" => {
                let rounds = value()?.parse().ok().filter(|&rounds| rounds > 0);
                wish.effort.rounds = rounds.ok_or("--rounds needs a positive number")?;
            }
            "--only" => {
                let name = value()?;
                if !NAMES.contains(&name.as_str()) {
                    return Err(format!("there is no {name}"));
                }
                wish.only.push(name.clone());
            }
            _ => return Err(format!("{argument} is not an option")),
        }
    }
    Ok(wish)
}

/// Measures a workload and prints its table; ends the program if a gradient is wrong.
fn time<W: Workload>(workload: &W, wish: &Wish) {
    if !wish.wants(&workload.name()) {
        return;
    }
    let rows = measure(workload, wish.effort).unwrap_or_else(|mismatch| {
        eprintln!("{mismatch}");
        exit(1)
    });
    print!("{}", table(workload, &rows).show(wish.style));
}

/// Nanoseconds and bytes for each operation; for the circuit, for each whole evaluation.
fn table<W: Workload>(workload: &W, rows: &[Row]) -> Table {
    let operations = workload.operations();
    let inputs = workload.inputs().len();
    let whole = rows.iter().all(|row| row.phases.is_none());
    let (unit, divisor) = if whole {
        ("evaluation", 1.0)
    } else {
        ("operation", operations as f64)
    };
    let number = |number: Option<f64>| number.map_or("-".into(), |number| format!("{number:.2}"));
    let bytes = |bytes: Option<usize>| {
        bytes.map_or("-".into(), |bytes| format!("{:.1}", bytes as f64 / divisor))
    };
    let rows = rows.iter().map(|row| {
        vec![
            row.name.to_string(),
            number(row.phases.map(|phases| phases.0 / divisor)),
            number(row.phases.map(|phases| phases.1 / divisor)),
            number(Some(row.total / divisor)),
            format!("{:.0}%", 100.0 * row.spread),
            number(Some(row.to_hand)),
            number(row.to_ours),
            bytes(row.footprint.recorded),
            bytes(Some(row.footprint.peak)),
        ]
    });
    let header = [
        "", "record", "reverse", "total", "+-", "/ hand", "/ ours", "tape B", "peak B",
    ];
    Table {
        title: format!(
            "{}: {operations} operations, {inputs} inputs, ns and bytes per {unit}",
            workload.title()
        ),
        header: header.iter().map(|name| name.to_string()).collect(),
        rows: rows.collect(),
    }
}
