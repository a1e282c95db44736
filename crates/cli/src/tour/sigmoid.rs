//! Part 2: the sigmoid circuit, taken apart and as one gate.

use tape::{Tape, Var};

use super::drawing::draw;
use super::page::Page;

const APART: &str = "
    {+w0}
 w0 ─────┐
    {-w0}│ {+a }
         × ──────┐
    {+x0}│ {-a } │
 x0 ─────┘       │
    {-x0}        │ {+s }
                 + ──────┐
    {+w1}        │ {-s } │
 w1 ─────┐       │       │
    {-w1}│ {+b } │       │
         × ──────┘       │ {+z }     {+n }     {+e }    {+d }     {+f }
    {+x1}│ {-b }         + ───── ×-1 ───── exp ───── +1 ───── 1/x ───── f
 x1 ─────┘               │ {-z }     {-n }     {-e }    {-d }     {-f }
    {-x1}                │
    {+w2}                │
 w2 ─────────────────────┘
    {-w2}";

const ONE_GATE: &str = "
   {+z }         {+f }
 z ───── sigmoid ───── f
   {-z }         {-f }";

pub(super) fn write(page: &mut Page) {
    page.say(
        "A neuron weighs its inputs, adds a bias, and squashes: f = 1 / (1 + e^-z) with \
         z = w0 x0 + w1 x1 + w2. First taken apart into the simplest gates there are:",
    );
    page.code(include_str!("sigmoid.rs"));
    // shown:
    let tape = Tape::new();
    let (w0, x0) = (tape.var("w0", 2.0), tape.var("x0", -1.0));
    let (w1, x1) = (tape.var("w1", -3.0), tape.var("x1", -2.0));
    let w2 = tape.var("w2", -3.0);

    let (a, b) = (w0 * x0, w1 * x1);
    let s = a + b;
    let z = s + w2;
    let n = -z;
    let e = n.exp();
    let d = e + 1.0;
    let f = 1.0 / d;
    let apart = f.backward();

    let gate = z.sigmoid(); // the same, as one gate
    let grouped = gate.backward();
    // :shown
    let wires = [w0, x0, w1, x1, w2, a, b, s, z, n, e, d, f];
    let names = [
        "w0", "x0", "w1", "x1", "w2", "a", "b", "s", "z", "n", "e", "d", "f",
    ];
    let wire = |name: &str| -> Var {
        let known = names.iter().zip(wires).find(|(known, _)| **known == name);
        known.map_or(f, |(_, var)| var)
    };
    page.lines(&draw(APART, 2, |name| {
        (wire(name).value(), apart[wire(name)])
    }));
    page.say(
        "From the right: 1/x has the slope -1/x², so 1 becomes -1/1.37² = -0.53. +1 passes it on. \
         exp has itself for its slope: -0.53 × 0.37 = -0.20. ×-1 turns the sign.",
    );
    page.say(
        "Four gates for one thing, whose slope the books know: f (1 - f) = 0.73 × 0.27 = 0.20. \
         So let it be one gate:",
    );
    page.lines(&draw(ONE_GATE, 2, |name| match name {
        "z" => (z.value(), grouped[z]),
        _ => (gate.value(), grouped[gate]),
    }));
    let digits = |gradient: &tape::Gradients| -> String {
        let numbers = [w0, x0, w1, x1, w2].map(|var| format!("{:>8.4}", gradient[var]));
        numbers.concat()
    };
    page.lines(&format!(
        "            df/dw0  df/dx0  df/dw1  df/dx1  df/dw2\n\
         apart     {}\n\
         one gate  {}",
        digits(&apart),
        digits(&grouped)
    ));
    page.say(
        "Same gradients. What counts as a gate is a matter of taste, as long as it knows its slope.",
    );
}
