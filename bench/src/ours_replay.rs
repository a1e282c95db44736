//! `chainrule-tape`, recorded once and then replayed: `Program::value_and_gradient_into`. The
//! recording
//! happens in the first call, outside the clock, as with the other replay.

use tape::Program;

use crate::contestant::{Clock, Contestant, Function};

/// The program of the one function this contestant was first asked about.
#[derive(Default)]
pub(crate) struct OursReplay {
    program: Option<Program>,
}

impl Contestant for OursReplay {
    const NAME: &'static str = "chainrule (replay)";

    #[inline(always)]
    fn gradient<F: Function>(
        &mut self,
        f: &F,
        x: &[f64],
        gradient: &mut [f64],
        _clock: &mut impl Clock,
    ) -> f64 {
        let program = self.program.get_or_insert_with(|| {
            Program::record(|x| f.call(x), x).expect("the output is on the recording")
        });
        program
            .value_and_gradient_into(x, gradient)
            .expect("no workload has a branch")
    }
}
