//! Steps of training.

use crate::gradient::Gradient;
use crate::pass::Pass;
use tape::{Element, Tape, Var};

/// A tape that is used again for each step of training, the seed of what is random in them, and
/// how many there were.
///
/// ```
/// use nn::{Parameter, Session};
///
/// let w = Parameter::weight([3.0_f64]);
/// let mut session = Session::new(7);
/// for _ in 0..100 {
///     let (_, gradient) = session.step(|pass| pass.parameter(&w).square().sum());
///     let slope = gradient.of(&w).unwrap()[0];
///     w.change(|w| w[0] -= 0.25 * slope);
/// }
/// assert!(w.value()[[0]].abs() < 1e-12);
/// ```
#[derive(Debug, Default)]
pub struct Session {
    tape: Tape,
    seed: u64,
    steps: u64,
}

impl Session {
    /// A session whose random numbers come from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Session {
        Session::resumed(seed, 0)
    }

    /// A session that goes on behind `steps` steps, as a checkpoint recorded them.
    #[must_use]
    pub fn resumed(seed: u64, steps: u64) -> Session {
        Session {
            tape: Tape::without_lines(),
            seed,
            steps,
        }
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How many steps there were.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// One step: records a loss, sweeps it backward, and answers its value and the gradient by the
    /// parameters. The tape is empty again when this returns.
    #[track_caller]
    pub fn step<T: Element>(
        &mut self,
        loss: impl FnOnce(&Pass<'_, T>) -> Var,
    ) -> (f64, Gradient<T>) {
        self.tape.reset();
        let pass = Pass::learning(&self.tape, self.seed, self.steps);
        let loss = loss(&pass);
        let value = loss.value();
        let gradient = pass.gradient(loss);
        self.steps += 1;
        self.tape.reset();
        (value, gradient)
    }

    /// Runs a network in use, not learning: `look` answers what it read off the tape.
    #[track_caller]
    pub fn evaluate<T: Element, V>(&self, look: impl FnOnce(&Pass<'_, T>) -> V) -> V {
        self.tape.reset();
        let pass = Pass::new(&self.tape);
        let answer = look(&pass);
        self.tape.reset();
        answer
    }
}
