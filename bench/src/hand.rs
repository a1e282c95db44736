//! The yardstick: the adjoint program a patient person writes by hand, in plain Rust.

use crate::contestant::{Clock, Contestant, Function};

/// Runs each workload's own `adjoint`. Like the tapes it keeps its scratch space.
#[derive(Default)]
pub(crate) struct Hand {
    saved: Vec<f64>,
}

impl Contestant for Hand {
    const NAME: &'static str = "hand-written";

    #[inline(always)]
    fn gradient<F: Function>(
        &mut self,
        f: &F,
        x: &[f64],
        gradient: &mut [f64],
        _clock: &mut impl Clock,
    ) -> f64 {
        f.adjoint(x, gradient, &mut self.saved)
    }
}
