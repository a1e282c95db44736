//! `echidna`, eager reverse mode: `Reverse<f64>` on a tape in the style of Adept.
//!
//! Used through its public `Tape` and `TapeGuard`, not through `echidna::grad`: the same
//! recording, but the tape is cleared and reused by us, the inputs need no second vector, and
//! the two phases can be timed apart. `Tape::reverse` returns a fresh adjoint vector; there is
//! no variant that writes into an old one.
//!
//! A node is an 8-byte statement and 12 bytes for each operand that is not a constant.

use echidna::tape::{Tape, TapeGuard};
use echidna::{Reverse, grad};
use num_traits::{Float, ToPrimitive};

use crate::contestant::{Clock, Contestant, Function, Misuse, Number};

/// One tape, cleared before each recording.
#[derive(Default)]
pub(crate) struct Echidna {
    tape: Tape<f64>,
    inputs: Vec<Reverse<f64>>,
}

impl Contestant for Echidna {
    const NAME: &'static str = "echidna 0.15.0";

    #[inline(always)]
    fn gradient<F: Function>(
        &mut self,
        f: &F,
        x: &[f64],
        gradient: &mut [f64],
        clock: &mut impl Clock,
    ) -> f64 {
        let tape = &mut self.tape;
        tape.clear();
        self.inputs.clear();
        self.inputs.extend(x.iter().map(|&value| {
            let (index, value) = tape.new_variable(value);
            Reverse::from_tape(value, index)
        }));
        let guard = TapeGuard::new(tape);
        let y = f.call(&self.inputs);
        drop(guard);
        clock.recorded();
        let adjoints = self.tape.reverse(y.index());
        gradient.copy_from_slice(&adjoints[..x.len()]);
        value(y)
    }

    fn misuse(&mut self, misuse: Misuse) -> Option<f64> {
        let mut kept = None;
        match misuse {
            Misuse::Stale => {
                grad(|x| *kept.insert(x[0]), &[3.0]);
                Some(grad(|a| a[0] * kept.unwrap(), &[5.0])[0])
            }
            Misuse::Nested => {
                let mut inner = None;
                grad(
                    |x| {
                        inner = Some(grad(|y| x[0] * y[0], &[5.0])[0]);
                        x[0]
                    },
                    &[3.0],
                );
                inner
            }
            Misuse::OtherThread => {
                grad(|x| *kept.insert(x[0]), &[3.0]);
                let x = kept.unwrap();
                let other = std::thread::spawn(move || grad(|y| x * y[0], &[5.0])[0]);
                Some(other.join().unwrap())
            }
            Misuse::OfConstant => Some(grad(|_| Reverse::constant(7.0), &[3.0])[0]),
            Misuse::BranchChanged | Misuse::ForConstant | Misuse::AfterZeroGrad => None,
        }
    }
}

fn value(y: Reverse<f64>) -> f64 {
    y.to_f64().expect("a Reverse<f64> always has an f64")
}

/// `Reverse` and `BReverse` have the same operators and the same `num_traits::Float` methods.
macro_rules! number {
    ($type:ty) => {
        impl Number for $type {
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
                Float::exp(self)
            }
            #[inline(always)]
            fn sin(self) -> Self {
                Float::sin(self)
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                Float::tanh(self)
            }
            fn sqrt(self) -> Self {
                Float::sqrt(self)
            }
            fn cbrt(self) -> Self {
                Float::cbrt(self)
            }
            fn abs(self) -> Self {
                Float::abs(self)
            }
            fn powi(self, n: i32) -> Self {
                Float::powi(self, n)
            }
            fn powf(self, c: f64) -> Self {
                Float::powf(self, <$type>::constant(c))
            }
            fn exponent_of(self, c: f64) -> Self {
                Float::powf(<$type>::constant(c), self)
            }
            fn max(self, other: Self) -> Self {
                Float::max(self, other)
            }
            fn hypot(self, other: Self) -> Self {
                Float::hypot(self, other)
            }
            fn atan2(self, x: Self) -> Self {
                Float::atan2(self, x)
            }
            fn rem(self, other: Self) -> Self {
                self % other
            }
        }
    };
}

number!(Reverse<f64>);
number!(echidna::BReverse<f64>);
