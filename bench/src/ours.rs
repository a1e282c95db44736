//! `chainrule-tape`, recorded each time: one `Tape`, reset before each recording, and one
//! `Gradients`, rewritten by `backward_into`. Without source lines, as `gradient` and the other
//! drivers record, and with them, as `Tape::new` does.
//!
//! A node is 24 bytes, and 8 more for its source line.

use tape::{Gradients, Program, Tape, Var};

use crate::contestant::{Clock, Contestant, Function, Misuse, Number};

/// One tape, one set of adjoints, the inputs.
pub(crate) struct Ours<const LINES: bool> {
    tape: Tape,
    gradients: Gradients,
    inputs: Vec<Var>,
}

impl<const LINES: bool> Default for Ours<LINES> {
    fn default() -> Self {
        Ours {
            tape: if LINES {
                Tape::new()
            } else {
                Tape::without_lines()
            },
            gradients: Gradients::default(),
            inputs: Vec::new(),
        }
    }
}

impl<const LINES: bool> Contestant for Ours<LINES> {
    const NAME: &'static str = if LINES {
        "chainrule (lines)"
    } else {
        "chainrule"
    };

    #[inline(always)]
    fn gradient<F: Function>(
        &mut self,
        f: &F,
        x: &[f64],
        gradient: &mut [f64],
        clock: &mut impl Clock,
    ) -> f64 {
        self.tape.reset();
        self.inputs.clear();
        self.tape.leaves_into(x, &mut self.inputs);
        let y = f.call(&self.inputs);
        clock.recorded();
        y.backward_into(&mut self.gradients);
        self.gradients.of_into(&self.inputs, gradient);
        y.peek()
    }

    fn misuse(&mut self, misuse: Misuse) -> Option<f64> {
        match misuse {
            Misuse::Stale => {
                let x = self.tape.leaf(3.0);
                self.tape.reset();
                let a = self.tape.leaf(5.0);
                Some((a * x).backward()[a])
            }
            Misuse::Nested => {
                let x = self.tape.leaf(3.0);
                let inner = Tape::new();
                let y = inner.leaf(5.0);
                Some((x * y).backward()[y])
            }
            Misuse::OtherThread => {
                let x = self.tape.leaf(3.0);
                let other = std::thread::spawn(move || {
                    let tape = Tape::new();
                    let y = tape.leaf(5.0);
                    (x * y).backward()[y]
                });
                Some(other.join().unwrap())
            }
            Misuse::ForConstant => {
                let x = self.tape.leaf(2.0);
                let c = Var::constant(3.0);
                Some((c * x).backward()[c])
            }
            Misuse::OfConstant => {
                let x = self.tape.leaf(3.0);
                Some(Var::constant(7.0).backward()[x])
            }
            Misuse::BranchChanged => {
                let branch = |x: &[Var]| if x[0] > 0.0 { x[0] * x[0] } else { -x[0] };
                let program = Program::record(branch, &[1.0]).unwrap();
                Some(program.gradient(&[-1.0]).unwrap()[0])
            }
            Misuse::AfterZeroGrad => None,
        }
    }
}

impl Number for Var {
    #[inline(always)]
    fn plus(self, c: f64) -> Self {
        self + c
    }
    #[inline(always)]
    fn times(self, c: f64) -> Self {
        self * c
    }
    #[inline(always)]
    fn under(self, c: f64) -> Self {
        c / self
    }
    #[inline(always)]
    fn exp(self) -> Self {
        Var::exp(self)
    }
    #[inline(always)]
    fn sin(self) -> Self {
        Var::sin(self)
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        Var::tanh(self)
    }
    fn sqrt(self) -> Self {
        Var::sqrt(self)
    }
    fn cbrt(self) -> Self {
        Var::cbrt(self)
    }
    fn abs(self) -> Self {
        Var::abs(self)
    }
    fn powi(self, n: i32) -> Self {
        Var::powi(self, n)
    }
    fn powf(self, c: f64) -> Self {
        Var::powf(self, c)
    }
    fn exponent_of(self, c: f64) -> Self {
        Var::powf(Var::constant(c), self)
    }
    fn max(self, other: Self) -> Self {
        Var::max(self, other)
    }
    fn hypot(self, other: Self) -> Self {
        Var::hypot(self, other)
    }
    fn atan2(self, x: Self) -> Self {
        Var::atan2(self, x)
    }
    fn rem(self, other: Self) -> Self {
        self % other
    }
}
