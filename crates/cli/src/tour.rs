//! `chainrule tour`: the chain rule at work, in six short parts.

mod circuit;
mod drawing;
mod gates;
mod page;
mod rounds;
mod sigmoid;
mod witness;
mod xor;

use std::io;

use crate::question::Stop;
use page::Page;

#[derive(clap::Args, Default)]
pub(crate) struct Arguments {
    /// One part, by its number or its name; all parts if left out
    part: Option<String>,

    /// List the parts
    #[arg(long)]
    list: bool,
}

/// A part of the tour.
struct Part {
    name: &'static str,
    title: &'static str,
    write: fn(&mut Page),
}

const PARTS: [Part; 6] = [
    Part {
        name: "circuit",
        title: "A circuit",
        write: circuit::write,
    },
    Part {
        name: "sigmoid",
        title: "A neuron, taken apart and as one gate",
        write: sigmoid::write,
    },
    Part {
        name: "updates",
        title: "Nineteen weight updates",
        write: rounds::write,
    },
    Part {
        name: "gates",
        title: "AND, OR, NOT, XNOR, XOR from chosen weights",
        write: gates::write,
    },
    Part {
        name: "xor",
        title: "XOR from random weights",
        write: xor::write,
    },
    Part {
        name: "witness",
        title: "Two ways to the same gradient",
        write: witness::write,
    },
];

pub(crate) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let chosen = arguments.part.as_deref().map(find).transpose()?;
    let mut page = Page::new();
    for (number, part) in PARTS.iter().enumerate() {
        if arguments.list {
            page.line(&format!("{}  {:<8}  {}", number + 1, part.name, part.title));
        } else if chosen.is_none_or(|chosen| chosen == number) {
            page.title(&format!("{}. {}", number + 1, part.title));
            (part.write)(&mut page);
        }
    }
    if chosen.is_none() && !arguments.list {
        farewell(&mut page);
    }
    page.finish().map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Stop::OutputClosed,
        _ => Stop::mistake(format!("cannot write standard output: {error}")),
    })
}

/// The number, from 0, of the part called `part`.
fn find(part: &str) -> Result<usize, Stop> {
    let number = part
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_sub(1));
    let found = number.filter(|number| *number < PARTS.len());
    let named = || {
        PARTS
            .iter()
            .position(|known| known.name.eq_ignore_ascii_case(part))
    };
    found.or_else(named).ok_or_else(|| {
        let names: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
        let hint = format!(
            "the parts are 1 to {}, or {}",
            PARTS.len(),
            names.join(", ")
        );
        Stop::mistake(format!(
            "the tour has no part `{}`\nhint: {hint}",
            crate::expr::clip(part)
        ))
    })
}

fn farewell(page: &mut Page) {
    page.title("Where to go next");
    page.code_text(
        "chainrule explain \"(x+y)*z\" x=-2 y=5 z=-4    your own expression, node by node\n\
         chainrule explain --help                     formats, functions, higher orders\n\
         chainrule check \"exp(x)*sin(y)\" x=1 y=2      its gradient, checked by differences\n\
         cargo run --example lesson_01_circuit        the first of the lessons in examples/\n\
         cargo doc --open                             the library: record, replay, train",
    );
}
