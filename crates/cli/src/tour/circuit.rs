//! Part 1: (x + y) z, the smallest circuit that has a chain in it.

use tape::Tape;

use super::drawing::draw;
use super::page::Page;

const DRAWING: &str = "
        {+x}
    x ───────┐
        {-x} │      {+q}
             + q ────────┐
        {+y} │      {-q} │       {+f}
    y ───────┘           × f ─────────
        {-y}             │       {-f}
        {+z}             │
    z ───────────────────┘
        {-z}";

pub(super) fn write(page: &mut Page) {
    page.say(
        "A calculation is a circuit: numbers flow from left to right through gates. Here \
         f = (x + y) z, with a name, q, for the sum. Each operation is written down on a tape \
         while it is done.",
    );
    let before = page.numbered_code(include_str!("circuit.rs"));
    // shown:
    let tape = Tape::new();
    let x = tape.var("x", -2.0);
    let y = tape.var("y", 5.0);
    let z = tape.var("z", -4.0);
    let q = (x + y).named("q");
    let f = (q * z).named("f");
    let gradient = f.backward(); // gradient[x] is df/dx
    // :shown
    page.say("Values stand above the wires, gradients (how fast f grows with this wire) below:");
    let numbers = |wire: &str| {
        let var = match wire {
            "x" => x,
            "y" => y,
            "z" => z,
            "q" => q,
            _ => f,
        };
        (var.value(), gradient[var])
    };
    page.lines(&draw(DRAWING, 0, numbers));
    page.say(
        "Look at it from the right. The gradient of f by itself is 1. The gate × passes each of \
         its wires the gradient times the OTHER wire: q gets 1 × -4, z gets 1 × 3. The gate + \
         passes on what it gets: x and y both get -4. That is the chain rule: what comes from \
         the right, times the gate's own slope. The ledger, `f.explain()`, has it node by node, \
         with the line that made each node:",
    );
    page.lines(&with_shown_lines(&f.explain().to_string(), before));
}

/// The lines of this file in a ledger, as numbers of the lines shown.
fn with_shown_lines(ledger: &str, before: usize) -> String {
    let mut text = String::new();
    for line in ledger.lines() {
        let place = line.split_once(concat!(file!(), ":"));
        let number = place.and_then(|(_, number)| number.parse::<usize>().ok());
        match place.zip(number) {
            Some(((left, _), number)) => text += &format!("{left}line {}", number - before),
            None => text += line,
        }
        text.push('\n');
    }
    text
}
