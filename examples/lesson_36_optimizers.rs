//! # 36. Optimizers in a bent valley
//!
//! Rosenbrock's function, `100 (y - x^2)^2 + (1 - x)^2`, is a narrow valley along a parabola: steep
//! walls, and a floor that hardly falls. Plain descent must take steps small enough for the walls,
//! and creeps along the floor. Momentum gathers speed there. RMSprop, Adagrad and Adam divide each
//! derivative by its usual size; RMSprop's steps therefore never get small by themselves, and it
//! arrives only with a rate that falls. L-BFGS and conjugate gradients learn the curvature from the
//! steps they took, and search along a line for each, which takes more than one gradient.
//!
//! From (-1.2, 1) until the value is below 1e-8, each at a rate that suits it; never is not within
//! 20 000 steps.
//!
//! ```text
//!                      rate              steps   gradients
//! SGD                  0.002             10373       10373
//! momentum 0.95        0.001               870         870
//! Nesterov 0.95        0.001               708         708
//! Adagrad              0.5               10830       10830
//! RMSprop              0.01              never       never
//! RMSprop              0.01 x 0.999^n     7694        7694
//! Adam                 0.1                1358        1358
//! conjugate gradients  searched             30          94
//! L-BFGS               searched             35          44
//! ```

use chainrule::nn::minimize::{Method, Options, minimize};
use chainrule::nn::optimizer::{Descent, Rule};
use chainrule::nn::{Adagrad, Adam, Optimizer, RmsProp, Schedule, Sgd};
use chainrule::prelude::*;

const START: [f64; 2] = [-1.2, 1.0];
const GOAL: f64 = 1e-8;
const MOST: usize = 20_000;

fn rosenbrock<R: Real>(at: &[R]) -> R {
    (at[1] - at[0].square()).square() * 100.0 + (at[0] - 1.0).square()
}

fn main() {
    println!("                     rate              steps   gradients");
    let plain = walk("SGD", Sgd::new(0.002));
    let momentum = walk("momentum 0.95", Sgd::new(0.001).momentum(0.95));
    let nesterov = walk("Nesterov 0.95", Sgd::new(0.001).momentum(0.95).nesterov());
    walk("Adagrad", Adagrad::new(0.5));
    let hovering = walk("RMSprop", RmsProp::new(0.01));
    let falling = Schedule::Exponential {
        rate: 0.01,
        gamma: 0.999,
    };
    let arrived = walk_at("RMSprop", "0.01 x 0.999^n", RmsProp::new(0.01), |n| {
        falling.rate(n)
    });
    let adam = walk("Adam", Adam::new(0.1));
    let conjugate = search("conjugate gradients", Method::ConjugateGradient);
    let lbfgs = search("L-BFGS", Method::Lbfgs { history: 10 });

    assert!(hovering.is_none() && arrived.is_some());
    let steps = [plain, momentum, nesterov, lbfgs].map(|steps| steps.expect("it arrives"));
    assert!(steps.is_sorted_by(|a, b| a > b) && steps[1] * 10 < steps[0]);
    assert!(adam < plain && conjugate < nesterov);
}

/// Steps at a constant rate until the goal; `None` if there are too many.
fn walk<R: Rule<f64>>(name: &str, optimizer: Descent<R>) -> Option<usize> {
    let rate = optimizer.rate();
    walk_at(name, &rate.to_string(), optimizer, |_| rate)
}

/// The same at the rate of each step.
fn walk_at<R: Rule<f64>>(
    name: &str,
    says: &str,
    mut optimizer: Descent<R>,
    rate: impl Fn(u64) -> f64,
) -> Option<usize> {
    let mut at = START;
    let mut steps = 0;
    let found = loop {
        let (value, slopes) = value_and_gradient(rosenbrock, &at);
        if value < GOAL {
            break Some(steps);
        }
        if steps == MOST {
            break None;
        }
        optimizer.set_rate(rate(steps as u64));
        optimizer.step_list(&mut at, &slopes);
        steps += 1;
    };
    let shown = found.map_or("never".to_string(), |steps| steps.to_string());
    println!("{name:19}  {says:14}  {shown:>7}  {shown:>10}");
    found
}

/// Steps along lines.
fn search(name: &str, method: Method) -> Option<usize> {
    let mut gradients = 0;
    let mut lowest = f64::INFINITY;
    let asked = |at: &[f64]| {
        let (value, slopes) = value_and_gradient(rosenbrock, at);
        gradients += usize::from(lowest >= GOAL);
        lowest = lowest.min(value);
        (value, slopes)
    };
    let found = minimize(
        asked,
        &START,
        &Options {
            method,
            ..Options::default()
        },
    );
    let steps = found.values.iter().position(|value| *value < GOAL)?;
    println!("{name:19}  {:14}  {steps:7}  {gradients:10}", "searched");
    Some(steps)
}
