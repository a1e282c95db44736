//! `echidna`, bytecode tape: recorded once, then evaluated again and again.
//!
//! The recording and its optimisation (`BytecodeTape::optimize`) happen in the first call,
//! outside the clock. What is timed is `gradient_with_buf`, a forward and a reverse sweep over
//! the recorded tape with the adjoint buffer kept. So compare it with replay, not with
//! recording: it does less, and it is only right while no branch changes.

use echidna::{BReverse, BytecodeTape, record};

use crate::contestant::{Clock, Contestant, Function, Misuse};

/// The recorded tape of the one function this contestant was first asked about.
#[derive(Default)]
pub(crate) struct EchidnaReplay {
    tape: Option<BytecodeTape<f64>>,
    adjoints: Vec<f64>,
}

impl Contestant for EchidnaReplay {
    const NAME: &'static str = "echidna 0.15.0 (replay)";

    #[inline(always)]
    fn gradient<F: Function>(
        &mut self,
        f: &F,
        x: &[f64],
        gradient: &mut [f64],
        _clock: &mut impl Clock,
    ) -> f64 {
        let tape = self.tape.get_or_insert_with(|| {
            let (mut tape, _) = record(|x| f.call(x), x);
            tape.optimize();
            tape
        });
        gradient.copy_from_slice(&tape.gradient_with_buf(x, &mut self.adjoints));
        tape.output_value()
    }

    fn misuse(&mut self, misuse: Misuse) -> Option<f64> {
        let mut kept = None;
        match misuse {
            Misuse::Stale => {
                record(|x| *kept.insert(x[0]), &[3.0]);
                let (mut tape, _) = record(|a| a[0] * kept.unwrap(), &[5.0]);
                Some(tape.gradient(&[5.0])[0])
            }
            Misuse::Nested => {
                let mut inner = None;
                record(
                    |x| {
                        let (mut tape, _) = record(|y| x[0] * y[0], &[5.0]);
                        inner = Some(tape.gradient(&[5.0])[0]);
                        x[0]
                    },
                    &[3.0],
                );
                inner
            }
            Misuse::OtherThread => {
                record(|x| *kept.insert(x[0]), &[3.0]);
                let x = kept.unwrap();
                let other = std::thread::spawn(move || {
                    let (mut tape, _) = record(|y| x * y[0], &[5.0]);
                    tape.gradient(&[5.0])[0]
                });
                Some(other.join().unwrap())
            }
            Misuse::BranchChanged => {
                let zero = BReverse::constant(0.0);
                let branch = |x: &[BReverse<f64>]| if x[0] > zero { x[0] * x[0] } else { -x[0] };
                let (mut tape, _) = record(branch, &[1.0]);
                Some(tape.gradient(&[-1.0])[0])
            }
            Misuse::OfConstant => {
                let (mut tape, _) = record(|_| BReverse::constant(7.0), &[3.0]);
                Some(tape.gradient(&[3.0])[0])
            }
            Misuse::ForConstant | Misuse::AfterZeroGrad => None,
        }
    }
}
