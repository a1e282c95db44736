//! Steps of training.

use crate::gradient::Gradient;
use crate::pass::{Kept, Pass};
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
#[derive(Debug)]
pub struct Session {
    tape: Tape,
    seed: u64,
    steps: u64,
}

impl Default for Session {
    fn default() -> Session {
        Session::new(0)
    }
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

    /// Counts a step that was made elsewhere, on a plan.
    pub(crate) fn count(&mut self) {
        self.steps += 1;
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

    /// One step whose batch is cut into parts: `loss` records the loss of each part, on a tape of
    /// its own, and the step's loss and gradient are the sums of theirs.
    ///
    /// With the feature `rayon` the parts run on as many threads as
    /// [`tape::set_threads`] allows. Sums are added in pairs, in an order that the number of parts
    /// alone decides: the bits do not depend on the threads. What is random in a part depends on
    /// its number too. All parts see the buffers of the step before; of those that several parts
    /// [`keep`](Pass::keep), the last part's value stays.
    ///
    /// ```
    /// use nn::{Parameter, Session};
    ///
    /// let w = Parameter::weight([3.0]);
    /// let halves = [[1.0, 2.0], [3.0, 4.0]];
    /// let (loss, gradient) = Session::new(7).step_in_parts(2, |part, pass| {
    ///     let x = pass.tape().constant(halves[part]);
    ///     (pass.parameter(&w) * x).sum()
    /// });
    /// assert_eq!((loss, gradient.of(&w)), (30.0, Some(&[10.0][..])));
    /// ```
    ///
    /// # Panics
    /// If there are no parts, and as `loss` does.
    #[track_caller]
    pub fn step_in_parts<T: Element>(
        &mut self,
        parts: usize,
        loss: impl Fn(usize, &Pass<'_, T>) -> Var + Sync,
    ) -> (f64, Gradient<T>) {
        assert!(
            parts > 0,
            "step_in_parts(0, ..): a batch has at least one part"
        );
        let (seed, step) = (self.seed, self.steps);
        let one = |part: usize| {
            let tape = Tape::without_lines();
            let pass = Pass::learning_part(&tape, seed, step, part as u64);
            let loss = loss(part, &pass);
            let (gradient, kept) = pass.gradient_and_kept(loss);
            Part {
                loss: loss.value(),
                gradient,
                kept,
            }
        };
        let sum = in_pairs(0, parts, &one);
        for (buffer, value) in sum.kept {
            buffer.set(value);
        }
        self.steps += 1;
        (sum.loss, sum.gradient)
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

/// What a part of a batch, or several, found.
struct Part<T: Element> {
    loss: f64,
    gradient: Gradient<T>,
    kept: Kept<T>,
}

/// The sum of the parts from `first` up to `end`: of either half, then of both.
fn in_pairs<T: Element>(
    first: usize,
    end: usize,
    part: &(impl Fn(usize) -> Part<T> + Sync),
) -> Part<T> {
    if end - first == 1 {
        return part(first);
    }
    let middle = first + (end - first) / 2;
    let left = || in_pairs(first, middle, part);
    let right = || in_pairs(middle, end, part);
    let (mut sum, more) = both(left, right);
    sum.loss += more.loss;
    sum.gradient.add(&more.gradient);
    sum.kept.extend(more.kept);
    sum
}

fn both<A: Send, B: Send>(
    left: impl FnOnce() -> A + Send,
    right: impl FnOnce() -> B + Send,
) -> (A, B) {
    #[cfg(feature = "rayon")]
    if tape::threads() > 1 {
        return rayon::join(left, right);
    }
    (left(), right())
}
