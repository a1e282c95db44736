//! Learning rates that change with the step.
//!
//! A [`Schedule`] is a function of the step and nothing else: whoever resumes at step 700 has the
//! rate of step 700. [`Plateau`] alone looks at the loss, and remembers.

mod one_cycle;
mod plateau;

pub use one_cycle::OneCycle;
pub use plateau::{Plateau, PlateauState};

use std::f64::consts::PI;

/// The learning rate as a function of the step: steps count from 0, and may as well be epochs.
///
/// Each is defined as in PyTorch's `lr_scheduler`.
///
/// ```
/// use nn::{Optimizer, Schedule, Sgd};
///
/// let schedule = Schedule::Cosine { from: 0.5, to: 0.0, steps: 100 }.after_warm_up(10, 0.1);
/// let mut sgd: Sgd = Sgd::new(schedule.rate(0));
/// for step in 0..110 {
///     sgd.set_rate(schedule.rate(step));
///     // .. sgd.step(&gradient)
/// }
/// let rates = [0, 5, 10, 60, 110].map(|step| format!("{:.4}", schedule.rate(step)));
/// assert_eq!(rates, ["0.0500", "0.2750", "0.5000", "0.2500", "0.0000"]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// The same rate in every step.
    Constant(f64),
    /// `rate gamma^n`, with `n` the number of times that `every` steps have passed (`StepLR`).
    Step {
        /// The rate at first.
        rate: f64,
        /// What it is multiplied by each time.
        gamma: f64,
        /// After how many steps, at least 1.
        every: u64,
    },
    /// `rate gamma^n`, with `n` the number of milestones that are reached (`MultiStepLR`).
    MultiStep {
        /// The rate at first.
        rate: f64,
        /// What it is multiplied by at each milestone.
        gamma: f64,
        /// Steps, in any order.
        milestones: Vec<u64>,
    },
    /// `rate gamma^step` (`ExponentialLR`).
    Exponential {
        /// The rate at first.
        rate: f64,
        /// What it is multiplied by in each step.
        gamma: f64,
    },
    /// From one rate to another in a straight line, then the same (`LinearLR`).
    Linear {
        /// The rate at first.
        from: f64,
        /// The rate at last.
        to: f64,
        /// When it is reached.
        steps: u64,
    },
    /// `rate (1 - step/steps)^power`, then 0 (`PolynomialLR`).
    Polynomial {
        /// The rate at first.
        rate: f64,
        /// 1 for a straight line.
        power: f64,
        /// When 0 is reached.
        steps: u64,
    },
    /// `to + (from - to) (1 + cos(pi step/steps)) / 2`, half a wave (`CosineAnnealingLR`). As in
    /// PyTorch the wave goes on behind it: the rate rises again.
    Cosine {
        /// The rate at first.
        from: f64,
        /// The rate after `steps`.
        to: f64,
        /// Half the length of the wave.
        steps: u64,
    },
    /// Up to a peak, then down to almost nothing (`OneCycleLR`).
    OneCycle(OneCycle),
    /// The first rate of `then`, times a factor that rises from `factor` to 1 in a straight line;
    /// then `then`, counted from there. (`SequentialLR` of `LinearLR` and another.)
    WarmUp {
        /// The factor at first.
        factor: f64,
        /// When it is 1.
        steps: u64,
        /// What follows.
        then: Box<Schedule>,
    },
}

impl Schedule {
    /// The rate of a step.
    #[must_use]
    pub fn rate(&self, step: u64) -> f64 {
        match *self {
            Schedule::Constant(rate) => rate,
            Schedule::Step { rate, gamma, every } => rate * power(gamma, step / every.max(1)),
            Schedule::MultiStep {
                rate,
                gamma,
                ref milestones,
            } => {
                let reached = milestones.iter().filter(|&&milestone| milestone <= step);
                rate * power(gamma, reached.count() as u64)
            }
            Schedule::Exponential { rate, gamma } => rate * power(gamma, step),
            Schedule::Linear { from, to, steps } => from + (to - from) * part(step, steps),
            Schedule::Polynomial { rate, power, steps } => {
                rate * (1.0 - part(step, steps)).powf(power)
            }
            Schedule::Cosine { from, to, steps } => {
                let wave = step as f64 / steps.max(1) as f64;
                to + (from - to) * (1.0 + (PI * wave).cos()) / 2.0
            }
            Schedule::OneCycle(ref cycle) => cycle.rate(step),
            Schedule::WarmUp {
                factor,
                steps,
                ref then,
            } => match step.checked_sub(steps) {
                Some(after) => then.rate(after),
                None => then.rate(0) * (factor + (1.0 - factor) * part(step, steps)),
            },
        }
    }

    /// This schedule behind a warm-up: for `steps` steps its first rate times a factor that rises
    /// from `factor` to 1.
    #[must_use]
    pub fn after_warm_up(self, steps: u64, factor: f64) -> Schedule {
        Schedule::WarmUp {
            factor,
            steps,
            then: Box::new(self),
        }
    }
}

/// How much of the way is behind, from 0 to 1.
fn part(step: u64, steps: u64) -> f64 {
    match step >= steps {
        true => 1.0,
        false => step as f64 / steps as f64,
    }
}

fn power(gamma: f64, exponent: u64) -> f64 {
    gamma.powf(exponent as f64)
}
