//! What a contestant is: a number type that records, and a way to get a gradient out of it.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// A recording number: the four operators between variables, and the few named
/// operations that the workloads need.
///
/// The second half is only for the correctness probes. A library that does not offer an
/// operation leaves the default, which ends the probe's own process (see `probe.rs`).
pub(crate) trait Number:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// self + c, the constant not recorded where the library can avoid it.
    fn plus(self, c: f64) -> Self;
    /// self c.
    fn times(self, c: f64) -> Self;
    /// c / self.
    fn under(self, c: f64) -> Self;
    fn exp(self) -> Self;
    fn sin(self) -> Self;
    fn tanh(self) -> Self;

    fn sqrt(self) -> Self {
        not_offered()
    }
    fn cbrt(self) -> Self {
        not_offered()
    }
    fn abs(self) -> Self {
        not_offered()
    }
    fn powi(self, _n: i32) -> Self {
        not_offered()
    }
    fn powf(self, _c: f64) -> Self {
        not_offered()
    }
    /// c^self.
    fn exponent_of(self, _c: f64) -> Self {
        not_offered()
    }
    fn max(self, _other: Self) -> Self {
        not_offered()
    }
    fn hypot(self, _other: Self) -> Self {
        not_offered()
    }
    /// The angle of the point (x, y), self being y.
    fn atan2(self, _x: Self) -> Self {
        not_offered()
    }
    /// The remainder with the sign of self, as `%` has it on `f64`.
    fn rem(self, _other: Self) -> Self {
        not_offered()
    }
}

/// Exit code of a probe whose operation the library does not offer.
pub(crate) const NOT_OFFERED: i32 = 3;

fn not_offered() -> ! {
    std::process::exit(NOT_OFFERED)
}

/// A scalar function of many variables, written once for all contestants.
pub(crate) trait Function {
    /// f(x).
    fn call<N: Number>(&self, x: &[N]) -> N;

    /// The same by hand, without a tape: returns f(x) and overwrites `gradient`.
    /// `saved` is scratch space kept between calls. Workloads have one, probes do not.
    fn adjoint(&self, _x: &[f64], _gradient: &mut [f64], _saved: &mut Vec<f64>) -> f64 {
        unreachable!("this function has no hand-written adjoint")
    }
}

/// A library under test, in the fastest use of it that its documentation describes.
pub(crate) trait Contestant {
    /// Row title, with the pinned version.
    const NAME: &'static str;

    /// Evaluates `f` at `x` and overwrites `gradient`; returns f(x). Calls
    /// `clock.recorded()` between recording and reverse sweep if the library separates them.
    fn gradient<F: Function>(
        &mut self,
        f: &F,
        x: &[f64],
        gradient: &mut [f64],
        clock: &mut impl Clock,
    ) -> f64;

    /// The answer to a probe of misuse (see [`Misuse`]), or `None` where the library's types
    /// or interface make the misuse impossible to write.
    fn misuse(&mut self, _misuse: Misuse) -> Option<f64> {
        None
    }
}

/// Told when a recording is complete and the reverse sweep is about to start.
pub(crate) trait Clock {
    fn recorded(&mut self);
}

/// Measures nothing.
impl Clock for () {
    #[inline(always)]
    fn recorded(&mut self) {}
}

/// Programs that a type checker or a run-time check should stop, or that have one
/// right answer all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misuse {
    /// x = 3 is recorded, the tape is cleared, a = 5 is recorded: d(a x)/da is 3, not 8.
    Stale,
    /// Outer variable x = 3 inside an inner gradient over y = 5: d(x y)/dy is 3, not 8.
    Nested,
    /// x = 3 recorded on another thread: d(x y)/dy is 3, not 8.
    OtherThread,
    /// `if x > 0 { x * x } else { -x }` recorded at 1 and replayed at -1: -1, not -2.
    BranchChanged,
    /// The gradient of 3 x at x = 2 with respect to a constant: 0, not 3.
    ForConstant,
    /// The gradient of a constant with respect to x: 0.
    OfConstant,
    /// d(x^2)/dx at 3 after "zero all gradients": 6, not 0.
    AfterZeroGrad,
}
