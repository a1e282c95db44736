//! A training in a process of its own, for `python/alone.py`, which looks at the clock when the
//! process starts and when the line `first` arrives.

use std::io::Write;

use crate::contestant::Contestant;
use crate::work::Work;

/// Takes `count` steps and prints the losses of the first and the last, and how much memory the
/// process held before them and at most, in KiB.
pub(crate) fn run(contestant: Contestant, work: Work, count: usize) -> Result<(), String> {
    let before = most_memory();
    let mut step = contestant
        .step(work, work.rule())
        .ok_or_else(|| format!("{}: no row {}", contestant.name(), work.name()))?;
    let mut out = std::io::stdout();
    let mut say = |line: String| writeln!(out, "{line}").and_then(|()| out.flush());
    let mut loss = step();
    say(format!("first {loss:.6}")).map_err(|error| error.to_string())?;
    for _ in 1..count {
        loss = step();
    }
    say(format!("last {loss:.6}\nmemory {before} {}", most_memory()))
        .map_err(|error| error.to_string())
}

/// The most memory that this process held so far, in KiB; 0 where the system does not say.
fn most_memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
