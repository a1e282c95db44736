//! Derivatives of a function, in one call.
//!
//! Write the function once, over `R: Real` (or as a closure), and hand it over:
//!
//! | you have | you want | use |
//! |---|---|---|
//! | many inputs, one output | the gradient | [`gradient`], [`value_and_gradient`]: one reverse sweep, whatever the number of inputs |
//! | up to about ten inputs | the gradient | [`forward::gradient`](crate::forward::gradient): duals, no tape, a fifth of its time on the five-input circuit |
//! | one direction | the derivative along it | [`jvp`] |
//! | several outputs | weighted sum of their gradients | [`vjp`] |
//! | several outputs | all derivatives | [`jacobian`]: a sweep per output |
//! | one output | curvature along a direction | [`hvp`]: about two gradients |
//! | one output | all second derivatives | [`hessian`]: an `hvp` per input |
//! | one input | derivatives of any order | [`derivatives`] |
//! | arrays in place of numbers | any of these | [`arrays`] |
//! | the same function at many points | any of these | [`Program::record`](crate::Program::record), once |

pub mod arrays;

use crate::dual::Dual;
use crate::gradients::Gradients;
use crate::op::Real;
use crate::program::{Program, Session};
use crate::recording::Settings;
use crate::var::Var;

/// What a function may answer: one number, a `Vec`, an array, or a tuple of up to four.
pub trait Outputs<N> {
    /// The numbers, in order.
    fn to_vec(self) -> Vec<N>;
}

impl<N: Real> Outputs<N> for N {
    fn to_vec(self) -> Vec<N> {
        vec![self]
    }
}

impl<N: Real> Outputs<N> for Vec<N> {
    fn to_vec(self) -> Vec<N> {
        self
    }
}

impl<N: Real, const K: usize> Outputs<N> for [N; K] {
    fn to_vec(self) -> Vec<N> {
        self.into()
    }
}

/// Tuples of numbers.
macro_rules! tuple_outputs {
    ($(($($N:ident $x:ident),*))*) => { $(
        impl<N: Real> Outputs<N> for ($($N,)*) {
            fn to_vec(self) -> Vec<N> {
                let ($($x,)*) = self;
                vec![$($x),*]
            }
        }
    )* };
}
tuple_outputs! { (N a) (N a, N b) (N a, N b, N c) (N a, N b, N c, N d) }

/// The gradient of `f` at `x`: one recording and one reverse sweep.
///
/// ```
/// use tape::{gradient, Real};
///
/// fn f<R: Real>(x: &[R]) -> R { x[0] * x[1] + x[0].sin() }
/// assert_eq!(gradient(f, &[0.0, 3.0]), [4.0, 0.0]);
/// assert_eq!(gradient(|x| x[0] * x[0], &[5.0]), [10.0]);
/// ```
///
/// # Panics
/// If `f` mixes in a variable of another recording, or answers one.
#[must_use]
#[track_caller]
pub fn gradient(f: impl FnOnce(&[Var]) -> Var, x: &[f64]) -> Vec<f64> {
    value_and_gradient(f, x).1
}

/// The value and the gradient of `f` at `x`.
///
/// ```
/// assert_eq!(tape::value_and_gradient(|x| x[0].powi(3), &[2.0]), (8.0, vec![12.0]));
/// ```
///
/// # Panics
/// As [`gradient`].
#[must_use]
#[track_caller]
pub fn value_and_gradient(f: impl FnOnce(&[Var]) -> Var, x: &[f64]) -> (f64, Vec<f64>) {
    let (value, gradient) = values_and_vjp(f, x, &[1.0]);
    (value[0], gradient)
}

/// The derivatives, by each input, of the outputs' sum weighted with `weights`.
///
/// ```
/// let weighted = tape::vjp(|x| [x[0] * x[1], x[0] + x[1]], &[2.0, 3.0], &[1.0, 10.0]);
/// assert_eq!(weighted, [13.0, 12.0]);
/// ```
///
/// # Panics
/// If there is not a weight per output; otherwise as [`gradient`].
#[must_use]
#[track_caller]
pub fn vjp<O: Outputs<Var>>(f: impl FnOnce(&[Var]) -> O, x: &[f64], weights: &[f64]) -> Vec<f64> {
    values_and_vjp(f, x, weights).1
}

#[track_caller]
fn values_and_vjp<O: Outputs<Var>>(
    f: impl FnOnce(&[Var]) -> O,
    x: &[f64],
    weights: &[f64],
) -> (Vec<f64>, Vec<f64>) {
    let session = Session::open("a gradient being taken", Settings::BARE);
    let inputs = session.inputs(x);
    let outputs = f(&inputs).to_vec();
    assert!(
        weights.len() == outputs.len(),
        "vjp: {} weights for {} outputs",
        weights.len(),
        outputs.len()
    );
    expect_own(&session, &outputs);
    let mut gradients = Gradients::new();
    let seeds = outputs.iter().copied().zip(weights.iter().copied());
    gradients.sweep(&session.0, seeds);
    (
        outputs.iter().map(|output| output.value).collect(),
        gradients.of(&inputs),
    )
}

/// An output must be a constant or of the driver's own recording.
#[track_caller]
fn expect_own(session: &Session, outputs: &[Var]) {
    for &output in outputs {
        assert!(
            output.is_constant() || session.0.index(output).is_some(),
            "the function answers a variable of another recording ({output:?}); \
             compute with the inputs that it is given, and nest derivatives with `gradient_of`"
        );
    }
}

/// The derivative of each output along `direction`, in forward mode.
///
/// ```
/// let along = tape::jvp(|x| [x[0] * x[1], x[0] + x[1]], &[2.0, 3.0], &[1.0, 0.0]);
/// assert_eq!(along, [3.0, 1.0]);
/// ```
///
/// # Panics
/// If `direction` and `x` differ in length.
#[must_use]
#[track_caller]
pub fn jvp<O: Outputs<Dual>>(
    f: impl FnOnce(&[Dual]) -> O,
    x: &[f64],
    direction: &[f64],
) -> Vec<f64> {
    assert_eq!(
        x.len(),
        direction.len(),
        "jvp: a direction of {} components for {} inputs",
        direction.len(),
        x.len()
    );
    let inputs: Vec<Dual> = x
        .iter()
        .zip(direction)
        .map(|(&value, &tangent)| Dual {
            value,
            tangent: [tangent],
        })
        .collect();
    f(&inputs)
        .to_vec()
        .iter()
        .map(|output| output.tangent[0])
        .collect()
}

/// Records `f` at `x`, where no other point will be asked for: reading values is free.
#[track_caller]
fn record<O: Outputs<Var>>(f: impl FnOnce(&[Var]) -> O, x: &[f64]) -> Program {
    let session = Session::open("a derivative being taken", Settings::BARE);
    let inputs = session.inputs(x);
    let outputs = f(&inputs).to_vec();
    expect_own(&session, &outputs);
    match Program::from_recording(&session.0, &outputs) {
        Ok(program) => program,
        Err(error) => panic!("{error}"),
    }
}

/// The derivatives of each output (a row) by each input: a reverse sweep per output.
///
/// ```
/// let j = tape::jacobian(|x| [x[0] * x[1], x[0] + x[1]], &[2.0, 3.0]);
/// assert_eq!(j, [[3.0, 2.0], [1.0, 1.0]]);
/// ```
///
/// # Panics
/// As [`gradient`].
#[must_use]
#[track_caller]
pub fn jacobian<O: Outputs<Var>>(f: impl FnOnce(&[Var]) -> O, x: &[f64]) -> Vec<Vec<f64>> {
    record(f, x)
        .jacobian(x)
        .expect("replayed where it was recorded")
}

/// The Hessian of `f` times `direction`: forward mode over the reverse sweep, about two gradients' work.
///
/// ```
/// assert_eq!(tape::hvp(|x| x[0] * x[0] * x[1], &[2.0, 3.0], &[1.0, 0.0]), [6.0, 4.0]);
/// ```
///
/// # Panics
/// If `direction` and `x` differ in length; otherwise as [`gradient`].
#[must_use]
#[track_caller]
pub fn hvp(f: impl FnOnce(&[Var]) -> Var, x: &[f64], direction: &[f64]) -> Vec<f64> {
    assert_eq!(
        x.len(),
        direction.len(),
        "hvp: a direction of {} components for {} inputs",
        direction.len(),
        x.len()
    );
    record(f, x)
        .hvp(x, direction)
        .expect("replayed where it was recorded")
}

/// The Hessian of `f` at `x`: its second derivatives.
///
/// ```
/// assert_eq!(tape::hessian(|x| x[0] * x[0] * x[1], &[2.0, 3.0]), [[6.0, 4.0], [4.0, 0.0]]);
/// ```
///
/// # Panics
/// As [`gradient`].
#[must_use]
#[track_caller]
pub fn hessian(f: impl FnOnce(&[Var]) -> Var, x: &[f64]) -> Vec<Vec<f64>> {
    record(f, x)
        .hessian(x)
        .expect("replayed where it was recorded")
}

/// The derivatives of a function of one variable, of order 0 (the value) to `order`.
///
/// The Taylor coefficients of every node are computed together, order by order, from the
/// operations' own derivatives: a cost quadratic in the order for most functions, where
/// differentiating again and again would be exponential.
///
/// ```
/// let d = tape::derivatives(|x| x.exp() * x, 0.0, 4);
/// assert_eq!(d, [0.0, 1.0, 2.0, 3.0, 4.0]);
/// ```
///
/// # Panics
/// If the order is above 1000; otherwise as [`gradient`].
#[must_use]
#[track_caller]
pub fn derivatives(f: impl FnOnce(Var) -> Var, x: f64, order: usize) -> Vec<f64> {
    match record(|x: &[Var]| f(x[0]), &[x]).derivatives(x, order) {
        Ok(derivatives) => derivatives,
        Err(error) => panic!("{error}"),
    }
}
