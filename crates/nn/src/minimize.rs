//! The lowest point of a function, from its values and gradients: for few parameters and all data
//! at once, where an [`optimizer`](crate::optimizer) would take thousands of steps.
//!
//! [`minimize`] takes any function of one vector; [`minimize_loss`] a network and its loss.

mod line_search;
mod loss;
mod method;

pub use loss::{loss_of, minimize_loss};
pub use method::Method;

use line_search::search;
use std::fmt;

/// The lowest point of `f` that is found downhill from `start`; `f` answers a value and the gradient
/// there.
///
/// Each step goes along a line that the [`Method`] chooses, to a point that satisfies the strong
/// Wolfe conditions (Nocedal, Wright, Numerical Optimization, 2006, algorithms 3.5 and 3.6). Where
/// `f` or its gradient is NaN or infinite, a step has gone too far, and a shorter one is tried: a
/// barrier, as `-ln x` has it, may be written as it is.
///
/// ```
/// use nn::minimize::{Options, Stop, minimize};
///
/// let rosenbrock = |x: &[f64]| {
///     tape::value_and_gradient(|x: &[tape::Var]| {
///         (x[1] - x[0] * x[0]).square() * 100.0 + (1.0 - x[0]).square()
///     }, x)
/// };
/// let found = minimize(rosenbrock, &[-1.2, 1.0], &Options::default());
/// assert_eq!(found.stop, Stop::Converged);
/// assert!(found.x.iter().all(|x| (x - 1.0).abs() < 1e-6));
/// ```
///
/// # Panics
/// If `f` answers a gradient of another length than the vector's.
#[track_caller]
pub fn minimize(
    mut f: impl FnMut(&[f64]) -> (f64, Vec<f64>),
    start: &[f64],
    options: &Options,
) -> Minimum {
    let mut evaluations = 0;
    let mut evaluate = |x: Vec<f64>| {
        evaluations += 1;
        let (value, gradient) = f(&x);
        assert!(
            gradient.len() == x.len(),
            "minimize: a gradient of {} derivatives by {} numbers",
            gradient.len(),
            x.len()
        );
        Point { x, value, gradient }
    };

    let mut at = evaluate(start.to_vec());
    let mut values = vec![at.value];
    let mut course = method::Course::new(options.method);
    let stop = loop {
        if at.value == f64::NEG_INFINITY {
            break Stop::Unbounded;
        }
        if !at.is_finite() {
            break Stop::NotFinite;
        }
        if at.steepest() <= options.tolerance {
            break Stop::Converged;
        }
        if values.len() > options.iterations {
            break Stop::Iterations;
        }
        let curvature = course.curvature();
        let mut line = course.line(&at);
        let mut found = search(&mut evaluate, &at, &line, curvature);
        if found.is_none() && !course.is_new() {
            // What was learned may be wrong here: once more, from the gradient alone.
            course.forget();
            line = course.line(&at);
            found = search(&mut evaluate, &at, &line, curvature);
        }
        let Some((next, length)) = found else {
            break Stop::NoLower;
        };
        course.learn(&at, &next, line, length);
        values.push(next.value);
        at = next;
    };
    Minimum {
        x: at.x,
        value: at.value,
        gradient: at.gradient,
        stop,
        evaluations,
        values,
    }
}

/// What [`minimize`] is to do, and when to stop.
///
/// ```
/// use nn::minimize::{Method, Options};
///
/// let options = Options { iterations: 50, method: Method::ConjugateGradient, ..Options::default() };
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// How directions are chosen; L-BFGS with a history of 10 unless set.
    pub method: Method,
    /// The most steps to take; 1000 unless set.
    pub iterations: usize,
    /// Where no derivative is larger than this, the search is over; 1e-6 unless set.
    pub tolerance: f64,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            method: Method::Lbfgs { history: 10 },
            iterations: 1000,
            tolerance: 1e-6,
        }
    }
}

/// What [`minimize`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct Minimum {
    /// The point.
    pub x: Vec<f64>,
    /// The value there.
    pub value: f64,
    /// The gradient there.
    pub gradient: Vec<f64>,
    /// Why the search ended.
    pub stop: Stop,
    /// How often the function was asked.
    pub evaluations: usize,
    /// The value at the start and after each step.
    pub values: Vec<f64>,
}

impl Minimum {
    /// How many steps there were.
    #[must_use]
    pub fn iterations(&self) -> usize {
        self.values.len() - 1
    }
}

/// `0.25 after 12 steps, 15 evaluations: the gradient is 0 within the tolerance`.
impl fmt::Display for Minimum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, steps, evaluations) = (self.value, self.iterations(), self.evaluations);
        write!(
            f,
            "{value:?} after {steps} steps, {evaluations} evaluations: {}",
            self.stop
        )
    }
}

/// Why a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The gradient is 0, within the tolerance.
    Converged,
    /// As many steps were taken as were allowed.
    Iterations,
    /// No point along the gradient is lower: the digits of the function are used up, or the
    /// gradient is not that of the function.
    NoLower,
    /// The function or its gradient is NaN or infinite at the start.
    NotFinite,
    /// The function has no lowest point: it reached minus infinity.
    Unbounded,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stop::Converged => "the gradient is 0 within the tolerance",
            Stop::Iterations => "the steps allowed are used up",
            Stop::NoLower => {
                "no point along the gradient is lower: the function has no more digits, \
                 or the gradient is not its own"
            }
            Stop::NotFinite => "the function or its gradient is not finite at the start",
            Stop::Unbounded => "the function reached minus infinity",
        })
    }
}

/// A point, and the function there.
#[derive(Clone, Debug)]
struct Point {
    x: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
}

impl Point {
    fn is_finite(&self) -> bool {
        self.value.is_finite() && self.gradient.iter().all(|g| g.is_finite())
    }

    /// The largest derivative.
    fn steepest(&self) -> f64 {
        self.gradient.iter().fold(0.0, |most, g| g.abs().max(most))
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
