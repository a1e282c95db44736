//! Part 4: logic from chosen weights.

use std::fmt::Write;

use nn::scalar::gates;
use tape::Real;

use super::page::Page;

const XOR: &str = "
 x1 ──┬──── OR ────┐
      ╳            ├──── OR and not AND ──── XOR
 x2 ──┴──── AND ───┘";

pub(super) fn write(page: &mut Page) {
    page.say(
        "What can a neuron say? Let 0 be false and 1 be true. The weights of these are so large \
         that the sigmoid is all but a switch; nothing is learned here.",
    );
    page.lines(&weights());
    page.code(include_str!("gates.rs"));
    // shown:
    let (and, or, not) = (gates::and(), gates::or(), gates::not()); // one neuron each
    let (xnor, xor) = (gates::xnor(), gates::xor()); // two layers
    let mut table = Vec::new();
    for x in [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]] {
        let (and, or) = (and.weigh(&x).sigmoid(), or.weigh(&x).sigmoid());
        table.push((x, [and, or, xnor.predict(&x)[0], xor.predict(&x)[0]]));
    }
    let inverted = [0.0, 1.0].map(|x| not.weigh(&[x]).sigmoid());
    // :shown
    page.line(" x1  x2  │      AND       OR  │     XNOR      XOR         x1  │      NOT");
    page.line(" ────────┼────────────────────┼──────────────────        ────┼─────────");
    for (row, ([x1, x2], [and, or, xnor, xor])) in table.into_iter().enumerate() {
        let mut line = format!(" {x1:>2}  {x2:>2}  │  {and:.5}  {or:.5}  │  {xnor:.5}  {xor:.5}");
        if let Some(not) = inverted.get(row) {
            let _ = write!(line, "       {row:>4}  │  {not:.5}");
        }
        page.line(&line);
    }
    page.line("");
    page.say(
        "One neuron draws one straight line between its 0s and its 1s, and no line has 01 and 10 \
         on one side and 00 and 11 on the other. XOR and XNOR need a layer in between. XNOR is OR of AND and NOR, and XOR is this:",
    );
    page.lines(XOR);
}

fn weights() -> String {
    let mut text = " gate  bias   w1   w2\n".to_string();
    let gates = [
        ("AND", gates::and()),
        ("OR", gates::or()),
        ("NOR", gates::nor()),
        ("NOT", gates::not()),
    ];
    for (name, gate) in gates {
        let _ = write!(text, " {name:<4}  {:>4}", gate.bias);
        for weight in &gate.weights {
            let _ = write!(text, " {weight:>4}");
        }
        text.push('\n');
    }
    text
}
