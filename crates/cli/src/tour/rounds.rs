//! Part 3: the neuron learns, round by round, beside what the lecture prints.

use tape::{Tape, Var};

use super::page::{FAINT, Page, VALUE};

/// What the lecture prints after a round: w0, w1, w2, f.
const LECTURE: [(usize, &str); 4] = [
    (1, "2.0592  -2.8816  -3.0592   .65585"),
    (2, "2.1102  -2.7797  -3.1102   .58395"),
    (3, "2.14    -2.7049  -3.1476   .52861"),
    (19, "2.2136  -2.5728  -3.2136   .43007"),
];

/// The round with the lecture's misprint.
const MISPRINT: usize = 3;

pub(super) fn write(page: &mut Page) {
    page.say(
        "Learning is walking downhill. We want f = 0.43 for the same inputs, call half of the \
         squared miss the loss, and let each weight step against its gradient (rate 1; the inputs \
         stay). Nineteen times:",
    );
    page.code(include_str!("rounds.rs"));
    // shown:
    let neuron = |[w0, w1, w2]: [Var; 3]| (w0 * -1.0 + w1 * -2.0 + w2).sigmoid();
    let tape = Tape::new();
    let mut weights = [2.0, -3.0, -3.0];
    let mut rounds = Vec::new();
    for round in 1..=19 {
        tape.reset();
        let w = weights.map(|weight| tape.leaf(weight));
        let loss = (neuron(w) - 0.43).powi(2) / 2.0;
        let gradient = loss.backward();
        for (weight, w) in weights.iter_mut().zip(w) {
            *weight -= gradient[w];
        }
        let f = neuron(weights.map(Var::constant)).value();
        rounds.push((round, weights, f));
    }
    // :shown
    page.line("round       w0       w1       w2        f    the lecture prints");
    for (round, weights, f) in rounds {
        page.line(&row(round, weights, f));
    }
    page.line("");
    page.say(
        "One row differs: in round 3 the lecture has 2.14 where it is 2.1476. The gradients of w0 \
         and w2 are always opposite (x0 = -1, and w2 stands alone), so w0 + w2 stays -1 in every \
         round, and 2.14 - 3.1476 is not -1: a misprint. A ledger that adds up finds such things.",
    );
}

fn row(round: usize, [w0, w1, w2]: [f64; 3], f: f64) -> String {
    let lecture = LECTURE.iter().find(|(known, _)| *known == round);
    let lecture = lecture.map_or(String::new(), |(_, printed)| {
        format!("{FAINT}{printed}{FAINT:#}")
    });
    let mark = if round == MISPRINT {
        "   <- misprint"
    } else {
        ""
    };
    format!(
        "{round:>5}  {w0:>7.4}  {w1:>7.4}  {w2:>7.4}  {VALUE}{f:>7.5}{VALUE:#}    {lecture}{mark}"
    )
}
