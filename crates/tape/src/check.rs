//! Is a gradient right? Backprop against differences, input by input, and every operation's own
//! local derivative against differences of that operation, so that a wrong rule is named.
//!
//! ```
//! use tape::{Check, CustomOp, Var};
//!
//! let circuit = |x: &[Var]| 1.0 / (1.0 + (-(x[0] * x[1] + x[2])).exp());
//! let report = Check::new().run(circuit, &[2.0, -1.0, -3.0]);
//! assert!(report.passed(), "{report}");
//!
//! // A rule with a factor forgotten.
//! let wrong = CustomOp::with_derivative("wrong square", &[1.0], |x| x[0] * x[0], |x, _| vec![x[0]])?;
//! let report = Check::new().run(|x: &[Var]| wrong.call(&[x[0]]).sin() + x[0], &[0.5]);
//! assert!(!report.passed());
//! assert_eq!(report.culprits[0].op, "wrong square");
//! assert_eq!((report.culprits[0].rule, report.culprits[0].estimate.round()), (0.5, 1.0));
//! # Ok::<(), tape::Error>(())
//! ```
//!
//! | point | differences say | verdict | passes |
//! |---|---|---|---|
//! | smooth | a slope, backprop the same | [`Agrees`](Verdict::Agrees) | yes |
//! | smooth | a slope, backprop another, or none | [`Disagrees`](Verdict::Disagrees) | no |
//! | a kink, as of `abs` at 0 | two slopes, backprop one of them or between | [`Kink`](Verdict::Kink) | yes |
//! | a kink | two slopes, backprop outside | [`Disagrees`](Verdict::Disagrees) | no |
//! | a jump, or a slope without bound | other slopes at every step | [`Unsettled`](Verdict::Unsettled) | no |
//! | outside the domain | nothing finite | [`NotFinite`](Verdict::NotFinite) | no |
//! | at the edge of the domain | a slope from one side | as if smooth | |
//!
//! What could not be checked does not pass. [`detach`](Var::detach) cuts a path on purpose, and
//! differences see through it: where an input disagrees, it is listed among the culprits.

mod difference;
mod nodes;
mod report;

pub use report::{CheckReport, Comparison, Culprit, Verdict};

use crate::drivers::{gradient, value_and_gradient};
use crate::error::Error;
use crate::guard::Guards;
use crate::op::Op;
use crate::program::{Program, Session};
use crate::recording::Settings;
use crate::var::Var;
use difference::{Slope, Slopes, slopes};

/// A gap between the slopes on two sides is a kink if it is larger than this part of them.
const KINK: f64 = 1e-5;
/// Differences whose error is a larger part of the slope than this decide nothing.
const VAGUE: f64 = 1e-2;

/// A check of derivatives against differences. See [the module](crate::check).
#[derive(Clone, Debug)]
pub struct Check {
    epsilon: Option<f64>,
    one_sided: bool,
    order: u32,
    tolerance: f64,
    names: Vec<String>,
}

impl Default for Check {
    fn default() -> Check {
        Check::new()
    }
}

impl Check {
    /// Two-sided differences, extrapolated, at the best step for each input; first order.
    #[must_use]
    pub fn new() -> Check {
        Check {
            epsilon: None,
            one_sided: false,
            order: 1,
            tolerance: 1e-6,
            names: Vec::new(),
        }
    }

    /// Plain differences at this step, without extrapolation: `(f(x + e) - f(x - e)) / 2e`.
    #[must_use]
    pub fn epsilon(mut self, epsilon: f64) -> Check {
        self.epsilon = Some(epsilon);
        self
    }

    /// Differences to the right only, `(f(x + e) - f(x)) / e`: their error is of the first order
    /// in the step, that of two-sided ones of the second.
    #[must_use]
    pub fn one_sided(mut self) -> Check {
        self.one_sided = true;
        self
    }

    /// With order 2, the Hessian is checked too, against differences of the gradient.
    ///
    /// # Panics
    /// If `order` is neither 1 nor 2.
    #[must_use]
    pub fn order(mut self, order: u32) -> Check {
        assert!(
            order == 1 || order == 2,
            "a check is of order 1 or 2, not {order}"
        );
        self.order = order;
        self
    }

    /// How much of the slope may differ, beyond the differences' own error. The default is 1e-6.
    #[must_use]
    pub fn tolerance(mut self, relative: f64) -> Check {
        self.tolerance = relative;
        self
    }

    /// What the report calls the inputs; else they are called as the function
    /// [names](Var::named) them, or `x[0]`, `x[1]`, ...
    #[must_use]
    pub fn names<S: AsRef<str>>(mut self, names: &[S]) -> Check {
        self.names = names.iter().map(|name| name.as_ref().to_string()).collect();
        self
    }

    /// Checks the derivatives of `f` at `x`. `f` is recorded anew at every shifted point, so it
    /// may branch; it must answer the same when called again.
    ///
    /// # Panics
    /// If `f` mixes in a variable of another recording, or answers one.
    #[track_caller]
    pub fn run(&self, f: impl Fn(&[Var]) -> Var, x: &[f64]) -> CheckReport {
        let settings = Settings {
            lines: true,
            guards: Guards::Off,
            ..Settings::BARE
        };
        let session = Session::open("a function being checked", settings);
        let output = f(&session.inputs(x));
        let program = match Program::from_recording(&session.0, &[output]) {
            Ok(program) => program,
            Err(error) => panic!("{error}"),
        };
        drop(session);
        self.compare(&program, x, &|x| vec![value_and_gradient(&f, x).0], &|x| {
            gradient(&f, x)
        })
    }

    /// Checks the derivatives of a program at `x`. A shifted point at which a guard answers
    /// otherwise counts as outside the domain.
    ///
    /// # Errors
    /// If the program cannot be differentiated at `x`: see [`Program::gradient`].
    pub fn run_program(&self, program: &Program, x: &[f64]) -> Result<CheckReport, Error> {
        program.gradient(x)?;
        let nothing = |_| vec![f64::NAN; x.len().max(1)];
        Ok(self.compare(
            program,
            x,
            &|x| program.eval(x).unwrap_or_else(nothing),
            &|x| program.gradient(x).unwrap_or_else(nothing),
        ))
    }

    fn compare(
        &self,
        program: &Program,
        x: &[f64],
        value: &dyn Fn(&[f64]) -> Vec<f64>,
        gradient: &dyn Fn(&[f64]) -> Vec<f64>,
    ) -> CheckReport {
        let names = self.input_names(program);
        let slopes_along = |i: usize, noise: &[f64], f: &dyn Fn(&[f64]) -> Vec<f64>| {
            let mut shifted = x.to_vec();
            slopes(x[i], noise, self.epsilon, |shift| {
                shifted[i] = shift;
                f(&shifted)
            })
        };
        let backprop = program.gradient(x).expect("taken before");
        let value_rounding = rounding(program, x);
        let gradient_rounding = rounding(&program.gradient_program().expect("one output"), x);
        let first = |i: usize| {
            let slopes = slopes_along(i, &value_rounding, value);
            self.judge(
                names[i].clone(),
                backprop[i],
                gradient_rounding[i],
                &slopes[0],
            )
        };
        let mut report = CheckReport {
            method: self.to_string(),
            gradient: (0..x.len()).map(first).collect(),
            hessian: Vec::new(),
            culprits: Vec::new(),
        };
        if self.order == 2 {
            let hessian = program.hessian(x).expect("taken before");
            for j in 0..x.len() {
                let slopes = slopes_along(j, &gradient_rounding, gradient);
                report.hessian.extend((0..x.len()).map(|i| {
                    let name = format!("{}, {}", names[i], names[j]);
                    self.judge(name, hessian[j][i], 0.0, &slopes[i])
                }));
            }
        }
        report.culprits = nodes::culprits(self, program, x, report.inputs_pass());
        report
    }

    /// The verdict on one derivative, itself known up to `rounding`.
    fn judge(&self, name: String, backprop: f64, rounding: f64, slopes: &Slopes) -> Comparison {
        let Slopes { both, left, right } = *slopes;
        // At the edge of the domain there is one side only.
        let slope = match (self.one_sided, left, right) {
            (_, Slope::NotFinite, Slope::NotFinite) => both,
            (_, left, Slope::NotFinite) => left,
            (_, Slope::NotFinite, right) | (true, _, right) => right,
            (false, _, _) => both,
        };
        let (estimate, error) = match slope {
            Slope::Settled { slope, error } => (slope, error),
            Slope::Unsettled { slope } => (slope, f64::INFINITY),
            Slope::NotFinite => (f64::NAN, f64::NAN),
        };
        let mut comparison = Comparison {
            name,
            backprop,
            estimate,
            error,
            sides: None,
            verdict: Verdict::NotFinite,
        };
        let allowed = |slope: f64, error: f64| {
            self.tolerance * slope.abs() + error + rounding + f64::MIN_POSITIVE
        };

        if let (
            Slope::Settled {
                slope: l,
                error: l_error,
            },
            Slope::Settled {
                slope: r,
                error: r_error,
            },
        ) = (left, right)
            && (l - r).abs() > 2.0 * (l_error + r_error) + KINK * l.abs().max(r.abs())
        {
            let (least, most) = (l.min(r), l.max(r));
            let margin = allowed(least, l_error).max(allowed(most, r_error));
            let between = (least - margin..=most + margin).contains(&backprop);
            comparison.sides = Some((l, r));
            comparison.verdict = if between {
                Verdict::Kink
            } else {
                Verdict::Disagrees
            };
            return comparison;
        }
        let difference = (backprop - estimate).abs();
        let agrees = difference <= allowed(estimate, error);
        let scale = estimate.abs().max(1.0);
        let vague = error > VAGUE * scale && difference > self.tolerance * scale;
        comparison.verdict = match slope {
            Slope::NotFinite => Verdict::NotFinite,
            Slope::Unsettled { .. } if backprop.is_finite() => Verdict::Unsettled,
            Slope::Unsettled { .. } => Verdict::NotFinite,
            // At one fixed step the error is a guess, and a large one is no bound on anything.
            Slope::Settled { .. } if vague && (agrees || self.epsilon.is_some()) => {
                Verdict::Unsettled
            }
            Slope::Settled { .. } if agrees => Verdict::Agrees,
            Slope::Settled { .. } => Verdict::Disagrees,
        };
        comparison
    }

    fn input_names(&self, program: &Program) -> Vec<String> {
        let inputs = (0..program.len())
            .filter(|&row| program.op(row) == Op::Input)
            .enumerate();
        inputs
            .map(|(i, row)| match (self.names.get(i), program.name(row)) {
                (Some(name), _) => name.clone(),
                (None, Some(name)) => name.to_string(),
                (None, None) => format!("x[{i}]"),
            })
            .collect()
    }
}

/// What rounding can do to each output: the sum over the rows of `eps |value x adjoint|`. Inputs are exact.
fn rounding(program: &Program, x: &[f64]) -> Vec<f64> {
    let values = program.forward(x).unwrap_or_default();
    let mut weights = vec![0.0; program.output_count()];
    let bound = |i: usize| {
        weights[i] = 1.0;
        let adjoints = program.adjoints(&values, &weights, &mut ());
        weights[i] = 0.0;
        let term = |row: usize| (values[row] * adjoints[row]).abs();
        let computed =
            (0..values.len()).filter(|&row| !matches!(program.op(row), Op::Input | Op::Const));
        f64::EPSILON
            * computed
                .map(term)
                .filter(|term| term.is_finite())
                .sum::<f64>()
    };
    (0..program.output_count()).map(bound).collect()
}
