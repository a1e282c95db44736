//! Part 5: XOR, learned.

use indicatif::{ProgressBar, ProgressStyle};
use nn::Activation::Sigmoid;
use nn::scalar::{Mlp, loss};
use nn::{Init, Sgd};
use tape::Tape;

use super::page::{GRADIENT, Page};

const EPOCHS: usize = 3000;

/// The size of the curve, in characters.
const WIDTH: usize = 60;
const HEIGHT: usize = 6;

pub(super) fn write(page: &mut Page) {
    page.say(
        "Now nobody chooses. A network of the same shape, two hidden units and one output, starts \
         from random weights (seed 7: the same for you), and repeats what the neuron did before: \
         record the loss, sweep back, step down.",
    );
    page.code(include_str!("xor.rs"));
    let bar = bar();
    // shown:
    let x = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let y = [[0.0], [1.0], [1.0], [0.0]];
    let shape = [(2, Sigmoid), (1, Sigmoid)]; // units of each layer
    let mut net = Mlp::random(2, &shape, Init::Signed, &mut nn::seeded(7));
    let before = x.map(|x| net.predict(&x)[0]);

    let mut descent = Sgd::new(2.0);
    let tape = Tape::without_lines();
    let mut losses = Vec::new();
    for _ in 0..EPOCHS {
        tape.reset();
        let recorded = net.record(&tape);
        let loss = loss::quadratic(recorded.forward(&x).outputs(), &y);
        let gradient = loss.backward().of(&recorded.parameters());
        descent.step_list(net.parameters_mut(), &gradient);
        losses.push(loss.value());
        bar.inc(1);
    }
    let after = net.forward(&x);
    // :shown
    bar.finish();
    if !bar.is_hidden() {
        // A finished bar stays, and leaves the cursor in its line.
        eprintln!("\n");
    }
    page.line(" x1  x2  │  wanted  before   after  │  hidden units after");
    page.line(" ────────┼──────────────────────────┼────────────────────");
    for example in 0..4 {
        let ([x1, x2], [wanted], before) = (x[example], y[example], before[example]);
        let (hidden, output) = (&after.a[0][example], after.outputs()[example][0]);
        let learned = format!("{output:.4}  │  {:.4}  {:.4}", hidden[0], hidden[1]);
        page.line(&format!(
            " {x1:>2}  {x2:>2}  │  {wanted:>6}  {before:.4}  {learned}"
        ));
    }
    page.line("");
    page.line(&format!("The loss, over {EPOCHS} epochs:"));
    page.lines(&curve(&losses));
    page.say(
        "The start is flat: the two hidden units must first become different from each other. And \
         look what became of them. The first says \"x2 and not x1\", the second \"x1 and not x2\", \
         and the output says OR. Nobody told them.",
    );
}

/// On standard error, and only if that is a terminal.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("training {bar:40} {pos}/{len} epochs");
    ProgressBar::new(EPOCHS as u64).with_style(style.expect("a template"))
}

/// A curve of bars, each the mean of its share of the numbers.
fn curve(losses: &[f64]) -> String {
    const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let share = losses.len().div_ceil(WIDTH);
    let means: Vec<f64> = losses
        .chunks(share)
        .map(|part| part.iter().sum::<f64>() / part.len() as f64)
        .collect();
    let top = means.iter().copied().fold(0.0, f64::max);
    let mut text = String::new();
    for row in (0..HEIGHT).rev() {
        let bar = |mean: &f64| {
            let eighths = mean / top * (8 * HEIGHT) as f64 - (8 * row) as f64;
            EIGHTHS[eighths.ceil().clamp(0.0, 8.0) as usize]
        };
        let label = if row == HEIGHT - 1 {
            format!("{top:.3}")
        } else if row == 0 {
            "0".to_string()
        } else {
            String::new()
        };
        let bars: String = means.iter().map(bar).collect();
        let bars = bars.trim_end();
        text += &format!("{label:>7} │{GRADIENT}{bars}{GRADIENT:#}\n");
    }
    text
}
