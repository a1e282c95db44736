//! The method: gradients compared, then contestants in turn, A B C A B C, then medians.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use easy_ml::differentiation::WengertList;

use crate::contestant::{Clock, Contestant};
use crate::hand::Hand;
use crate::memory::{Footprint, footprint};
use crate::rival::echidna_replay::EchidnaReplay;
use crate::rival::{ad_trait::AdTrait, easy_ml::EasyMl, echidna::Echidna};
use crate::workload::Workload;
#[cfg(feature = "ours")]
use crate::{ours::Ours, ours_forward, ours_forward::OursForward, ours_replay::OursReplay};

/// How long to measure.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    /// How often each contestant has its turn.
    pub(crate) rounds: usize,
    /// The least time of one turn.
    pub(crate) turn: Duration,
}

/// Everybody who is timed on this many inputs, fresh, in the order of the table.
fn contestants<'a, W: Workload>(
    list: &'a WengertList<f64>,
    _inputs: usize,
) -> Vec<Box<dyn Runner<W> + 'a>> {
    let mut contestants: Vec<Box<dyn Runner<W> + 'a>> = vec![Box::new(Hand::default())];
    #[cfg(feature = "ours")]
    {
        contestants.push(Box::new(Ours::<false>::default()));
        contestants.push(Box::new(Ours::<true>::default()));
        contestants.push(Box::new(OursReplay::default()));
        if _inputs == ours_forward::INPUTS {
            contestants.push(Box::new(OursForward));
        }
    }
    contestants.push(Box::new(Echidna::default()));
    contestants.push(Box::new(EchidnaReplay::default()));
    contestants.push(Box::new(AdTrait::default()));
    contestants.push(Box::new(EasyMl::new(list)));
    contestants
}

/// The name of our own row, to which the others are compared.
#[cfg(feature = "ours")]
const OURS: Option<&str> = Some(Ours::<false>::NAME);
#[cfg(not(feature = "ours"))]
const OURS: Option<&str> = None;

/// One line of the table; times in nanoseconds for one evaluation.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) total: f64,
    /// Recording and reverse sweep, where they can be told apart.
    pub(crate) phases: Option<(f64, f64)>,
    /// Half the distance between the quartiles of the total, relative to its median.
    pub(crate) spread: f64,
    pub(crate) to_hand: f64,
    pub(crate) to_ours: Option<f64>,
    pub(crate) footprint: Footprint,
}

/// Measures one workload, on a thread of its own so that thread-local tapes end with it.
///
/// The error names the contestant whose gradient differs from the hand-written one, and both
/// numbers.
pub(crate) fn measure<W: Workload>(workload: &W, effort: Effort) -> Result<Vec<Row>, String> {
    on_fresh_thread(|| compare_gradients(workload))?;
    let seats = contestants::<W>(&WengertList::new(), workload.inputs().len()).len();
    let footprints: Vec<_> = (0..seats)
        .map(|seat| on_fresh_thread(|| first_evaluation(workload, seat)))
        .collect();
    let rounds = on_fresh_thread(|| play(workload, effort));
    Ok(summarize(rounds, footprints))
}

fn on_fresh_thread<T: Send>(job: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(job).join()).expect("a contestant panicked")
}

/// A difference of 1e-10 relative stops the program; so does one of 1e-13 of the largest
/// component, for those that nearly cancel.
fn compare_gradients<W: Workload>(workload: &W) -> Result<(), String> {
    let list = WengertList::new();
    let mut truth = vec![0.0; workload.inputs().len()];
    let f = contestants(&list, workload.inputs().len())[0].evaluate(workload, &mut truth);
    let largest = truth.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
    for mut contestant in contestants::<W>(&list, workload.inputs().len()) {
        let name = contestant.name();
        let mut gradient = vec![f64::NAN; truth.len()];
        let y = contestant.evaluate(workload, &mut gradient);
        let pairs = std::iter::once((y, f)).chain(gradient.into_iter().zip(truth.iter().copied()));
        for (at, (found, by_hand)) in pairs.enumerate() {
            let scale = found.abs().max(by_hand.abs());
            let close = (found - by_hand).abs() <= (1e-10 * scale).max(1e-13 * largest);
            if !close {
                let what = match at {
                    0 => "value".to_string(),
                    at => format!("derivative {}", at - 1),
                };
                return Err(format!(
                    "{}: {what} of {name} is {found:e}, by hand it is {by_hand:e}",
                    workload.name()
                ));
            }
        }
    }
    Ok(())
}

/// The memory of one contestant that has done nothing before.
fn first_evaluation<W: Workload>(workload: &W, seat: usize) -> Footprint {
    let list = WengertList::new();
    let mut contestant = contestants::<W>(&list, workload.inputs().len()).swap_remove(seat);
    let mut gradient = vec![0.0; workload.inputs().len()];
    contestant.footprint(workload, &mut gradient)
}

/// One turn of one contestant.
#[derive(Clone, Copy)]
struct Turn {
    total: f64,
    record: Option<f64>,
}

/// All turns: for each contestant its name and one entry for each round.
fn play<W: Workload>(workload: &W, effort: Effort) -> Vec<(&'static str, Vec<Turn>)> {
    let list = WengertList::new();
    let mut contestants = contestants::<W>(&list, workload.inputs().len());
    let mut gradient = vec![0.0; workload.inputs().len()];
    let times: Vec<usize> = contestants
        .iter_mut()
        .map(|contestant| {
            contestant.run(workload, &mut gradient, 1);
            let mut times = 1;
            let mut turn =
                |times| times as f64 * contestant.run(workload, &mut gradient, times).total;
            while turn(times) < effort.turn.as_nanos() as f64 {
                times *= 2;
            }
            times
        })
        .collect();
    let mut turns = vec![Vec::new(); contestants.len()];
    for _ in 0..effort.rounds {
        for ((contestant, &times), turns) in contestants.iter_mut().zip(&times).zip(&mut turns) {
            turns.push(contestant.run(workload, &mut gradient, times));
        }
    }
    let names = contestants.iter().map(|contestant| contestant.name());
    names.zip(turns).collect()
}

/// Medians over the rounds; a ratio is the median of the ratios within each round.
fn summarize(rounds: Vec<(&'static str, Vec<Turn>)>, footprints: Vec<Footprint>) -> Vec<Row> {
    let totals = |turns: &[Turn]| turns.iter().map(|turn| turn.total).collect::<Vec<_>>();
    let hand = totals(&rounds[0].1);
    let ours = rounds.iter().find(|(name, _)| Some(*name) == OURS);
    let ours = ours.map(|(_, turns)| totals(turns));
    let ratio = |a: &[f64], b: &[f64]| quantile(a.iter().zip(b).map(|(a, b)| a / b), 0.5);
    let rows = rounds
        .iter()
        .zip(footprints)
        .map(|((name, turns), footprint)| {
            let total = totals(turns);
            let median = quantile(total.iter().copied(), 0.5);
            let phases = turns
                .iter()
                .map(|turn| Some((turn.record?, turn.total - turn.record?)));
            let phases: Option<Vec<(f64, f64)>> = phases.collect();
            Row {
                name,
                total: median,
                phases: phases.map(|phases| {
                    let record = quantile(phases.iter().map(|phase| phase.0), 0.5);
                    let reverse = quantile(phases.iter().map(|phase| phase.1), 0.5);
                    (record, reverse)
                }),
                spread: {
                    let upper = quantile(total.iter().copied(), 0.75);
                    let lower = quantile(total.iter().copied(), 0.25);
                    (upper - lower) / 2.0 / median
                },
                to_hand: ratio(&total, &hand),
                to_ours: ours.as_ref().map(|ours| ratio(&total, ours)),
                footprint,
            }
        });
    rows.collect()
}

/// The q-quantile, linear between neighbours.
fn quantile(values: impl Iterator<Item = f64>, q: f64) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let at = q * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

/// Below this many operations an evaluation is too short to read a clock in its middle.
const PHASES_FROM: usize = 1000;

/// A [`Contestant`] behind a pointer, with the loops inside: the virtual call is outside the
/// clock.
trait Runner<W> {
    fn name(&self) -> &'static str;

    fn evaluate(&mut self, workload: &W, gradient: &mut [f64]) -> f64;

    fn footprint(&mut self, workload: &W, gradient: &mut [f64]) -> Footprint;

    /// `times` evaluations; the mean of each phase in nanoseconds.
    fn run(&mut self, workload: &W, gradient: &mut [f64], times: usize) -> Turn;
}

impl<W: Workload, C: Contestant> Runner<W> for C {
    fn name(&self) -> &'static str {
        C::NAME
    }

    fn evaluate(&mut self, workload: &W, gradient: &mut [f64]) -> f64 {
        self.gradient(workload, workload.inputs(), gradient, &mut ())
    }

    fn footprint(&mut self, workload: &W, gradient: &mut [f64]) -> Footprint {
        footprint(|mark| {
            self.gradient(workload, workload.inputs(), gradient, mark);
        })
    }

    fn run(&mut self, workload: &W, gradient: &mut [f64], times: usize) -> Turn {
        let mut recording = Duration::ZERO;
        let start = Instant::now();
        for _ in 0..times {
            let x = black_box(workload.inputs());
            let gradient = black_box(&mut *gradient);
            if workload.operations() < PHASES_FROM {
                black_box(self.gradient(workload, x, gradient, &mut ()));
            } else {
                let mut stopwatch = Stopwatch::start();
                black_box(self.gradient(workload, x, gradient, &mut stopwatch));
                recording += stopwatch.recording;
            }
        }
        let mean = |whole: Duration| whole.as_nanos() as f64 / times as f64;
        Turn {
            total: mean(start.elapsed()),
            record: (!recording.is_zero()).then(|| mean(recording)),
        }
    }
}

/// Reads the clock at the start and when the recording is complete.
struct Stopwatch {
    start: Instant,
    recording: Duration,
}

impl Stopwatch {
    fn start() -> Self {
        Stopwatch {
            start: Instant::now(),
            recording: Duration::ZERO,
        }
    }
}

impl Clock for Stopwatch {
    #[inline(always)]
    fn recorded(&mut self) {
        self.recording = self.start.elapsed();
    }
}
