//! `reverse`: `Var` on a `Tape`. Probed for correctness, not timed, since its gradient of
//! c / x is wrong and the sigmoid circuit needs it.

use reverse::{Gradient, Powf, Tape, Var};

use crate::contestant::{Clock, Contestant, Function, Misuse, Number};

/// A fresh tape for each gradient.
#[derive(Default)]
pub(crate) struct Reverse;

impl Contestant for Reverse {
    const NAME: &'static str = "reverse 0.2.2";

    fn gradient<F: Function>(
        &mut self,
        f: &F,
        x: &[f64],
        gradient: &mut [f64],
        clock: &mut impl Clock,
    ) -> f64 {
        let tape = Tape::new();
        let inputs = tape.add_vars(x);
        let y = f.call(&inputs);
        clock.recorded();
        gradient.copy_from_slice(&y.grad().wrt(&inputs));
        y.val()
    }

    fn misuse(&mut self, misuse: Misuse) -> Option<f64> {
        let tape = Tape::new();
        match misuse {
            Misuse::Stale => {
                let x = tape.add_var(3.0);
                tape.clear();
                let a = tape.add_var(5.0);
                Some((a * x).grad().wrt(&a))
            }
            Misuse::Nested => {
                let inner = Tape::new();
                let x = tape.add_var(3.0);
                let y = inner.add_var(5.0);
                Some((x * y).grad().wrt(&y))
            }
            Misuse::AfterZeroGrad => {
                let x = tape.add_var(3.0);
                let y = x * x;
                tape.zero_grad();
                Some(y.grad().wrt(&x))
            }
            Misuse::OtherThread
            | Misuse::BranchChanged
            | Misuse::ForConstant
            | Misuse::OfConstant => None,
        }
    }
}

impl Number for Var<'_> {
    fn plus(self, c: f64) -> Self {
        self + c
    }
    fn times(self, c: f64) -> Self {
        self * c
    }
    fn under(self, c: f64) -> Self {
        c / self
    }
    fn exp(self) -> Self {
        Var::exp(&self)
    }
    fn sin(self) -> Self {
        Var::sin(&self)
    }
    fn tanh(self) -> Self {
        Var::tanh(&self)
    }
    fn sqrt(self) -> Self {
        Var::sqrt(&self)
    }
    fn cbrt(self) -> Self {
        Var::cbrt(&self)
    }
    fn abs(self) -> Self {
        Var::abs(&self)
    }
    fn powi(self, n: i32) -> Self {
        Var::powi(&self, n)
    }
    fn powf(self, c: f64) -> Self {
        Powf::powf(&self, c)
    }
    fn exponent_of(self, c: f64) -> Self {
        Powf::powf(&c, self)
    }
}
