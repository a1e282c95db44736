//! `chainrule-tape` in forward mode: duals with five tangents, and no tape. It takes part where
//! there are five inputs.

use tape::{Dual, forward};

use crate::contestant::{Clock, Contestant, Function, Number};

/// The number of inputs it is compiled for.
pub(crate) const INPUTS: usize = 5;

/// Keeps nothing between calls.
pub(crate) struct OursForward;

impl Contestant for OursForward {
    const NAME: &'static str = "chainrule (forward)";

    #[inline(always)]
    fn gradient<F: Function>(
        &mut self,
        f: &F,
        x: &[f64],
        gradient: &mut [f64],
        _clock: &mut impl Clock,
    ) -> f64 {
        let x: &[f64; INPUTS] = x.try_into().expect("as many inputs as it takes part for");
        let (value, tangents) = forward::value_and_gradient(|x| f.call(x), x);
        gradient.copy_from_slice(&tangents);
        value
    }
}

impl Number for Dual<f64, INPUTS> {
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
        tape::Real::exp(self)
    }
    #[inline(always)]
    fn sin(self) -> Self {
        tape::Real::sin(self)
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        tape::Real::tanh(self)
    }
}
