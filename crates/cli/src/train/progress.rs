//! A bar on standard error, if that is a terminal.

use indicatif::{ProgressBar, ProgressStyle};
use nn::train::Step;

pub(super) fn bar(steps: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} steps, {eta} left  {msg}");
    ProgressBar::new(steps as u64).with_style(style.expect("a template"))
}

pub(super) fn advance(bar: &ProgressBar, step: &Step) {
    bar.set_position(step.total);
    if !bar.is_hidden() {
        bar.set_message(format!("loss {:.4}", step.loss));
    }
}
