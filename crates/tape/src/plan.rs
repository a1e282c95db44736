//! A computation on arrays and its gradient, recorded once and run again.

mod inputs;

use crate::array::Array;
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::gradients::Gradients;
use crate::program::ProgramGuard;
use crate::pull::{Observer, Term, untouched};
use crate::recording::Recording;
use crate::tape::Tape;
use crate::tensor::{ArrayObserver, Replay, Step, Tensor};
use crate::var::Var;
use std::fmt;
use std::ops::Range;

/// A computation with its gradient, recorded once and run again at other inputs: numbers, arrays,
/// or both.
///
/// What recording costs, the checks of shapes and handles, the choice of rules, the places in memory,
/// is paid once. A run computes every value, and every adjoint, anew where it lies, by the kernels
/// that computed it first: its numbers are those of a fresh recording, bit for bit, and it allocates
/// nothing. On small arrays that is several times as fast; where the kernels take the time it makes no
/// difference.
///
/// The handles that the recording gave are the keys to it afterwards: to [set](Plan::set) inputs,
/// to read [values](Plan::array), and to look up derivatives.
///
/// ```
/// use tape::{Gradients, Plan};
///
/// // A line through points that arrive three at a time.
/// let (mut plan, (x, y, line)) = Plan::record(|tape| {
///     let line = tape.tensor("line", [0.0, 0.0]);
///     let (x, y) = (tape.constant([0.0; 3]), tape.constant([0.0; 3]));
///     let loss = (line.at([1]) * x + line.at([0]) - y).square().mean();
///     (loss, (x, y, line))
/// })?;
/// let (mut gradients, mut now) = (Gradients::new(), [0.0_f64, 0.0]);
/// for step in 0..300 {
///     let batch = [0, 1, 2].map(|i| ((7 * step + 3 * i) % 11) as f64 / 10.0);
///     plan.set(x, &batch)?;
///     plan.set(y, &batch.map(|x| 3.0 * x - 1.0))?;
///     plan.set(line, &now)?;
///     plan.run(&mut gradients)?;
///     now = [0, 1].map(|i| now[i] - 0.5 * gradients[line][i]);
/// }
/// assert!((now[0] + 1.0).abs() < 1e-3 && (now[1] - 3.0).abs() < 1e-3);
/// # Ok::<(), tape::Error>(())
/// ```
///
/// # What a plan follows
/// It does again what was recorded. Where your code looked at a number meanwhile (a comparison,
/// [`Var::value`]), the plan keeps a guard: a run in which the answer would be another one is an
/// error that names the line, as in a [`Program`](crate::Program). Code that reads the elements
/// of an array (`with`, `to_vec`, printing; `sort` and `argmax` do) cannot be followed, nor a sweep
/// of the plan's own tape ([`gradient_of`](Var::gradient_of) is recorded, and is), nor a user's
/// operation on arrays ([`TensorOp`](crate::TensorOp)): [`record`](Plan::record) says so. What is
/// for looking only leaves no guard, so nothing may depend on it: [`Var::peek`], a number that is
/// printed, [`Var::explain`]. (To log a loss while it is recorded, `peek`: `value` would hold every
/// run to it.) Numbers that you drew, and arrays that you made outside, are data like
/// others: leaves, as they were, until they are set.
pub struct Plan {
    replay: Replay,
    guards: Vec<ProgramGuard>,
    /// How many of them are about the user's nodes.
    guards_forward: usize,
    output: u32,
    /// Id of the first node, and how many are the user's.
    base: u64,
    length: u32,
    /// What the first sweep left, with the adjoints of numbers as a sweep begins.
    start: Gradients,
}

impl Plan {
    /// Records a computation on a tape of its own: `record` answers the number to be differentiated,
    /// and whatever handles are wanted later.
    ///
    /// # Errors
    /// If something cannot be [followed](Plan#what-a-plan-follows), or the number was not computed
    /// on the tape.
    #[track_caller]
    pub fn record<H>(record: impl FnOnce(&Tape) -> (Var, H)) -> Result<(Plan, H), Error> {
        let tape = Tape::watched();
        let (output, handles) = record(&tape);
        Ok((Plan::of(&tape.recording, output)?, handles))
    }

    #[track_caller]
    fn of(recording: &Recording, output: Var) -> Result<Plan, Error> {
        let Some(index) = recording.index(output) else {
            let message = format!(
                "the number that a plan is to differentiate (value {}) was not computed on its tape",
                output.peek()
            );
            return Err(Error::new(ErrorKind::Record, message));
        };
        let guards_forward = recording.with(|_, store| store.guards.len());
        let mut capture = Capture::new(recording.len() as u32);
        let mut start = Gradients::new();
        start.sweep_from_number(recording, (output, 1.0), &mut capture);
        let replay = capture.replay.expect("the sweep is done");
        if let Some(name) = replay.first_call() {
            let message = format!(
                "a plan does not run the code of a user's operation on arrays, `{name}`; \
                 write it with tensors, or record every time"
            );
            return Err(Error::new(ErrorKind::Record, message));
        }
        recording.expect_followed("plan")?;
        for (index, adjoint) in start.adjoints_mut().iter_mut().enumerate() {
            if replay.is_number(index) {
                *adjoint = untouched();
            }
        }
        start.adjoints_mut()[index as usize] = 1.0;
        Ok(Plan {
            guards: capture.guards,
            guards_forward,
            output: index,
            base: recording.base(),
            length: recording.len() as u32,
            start,
            replay,
        })
    }

    /// The number at the inputs as they are set, and its derivatives by every node, into `gradients`,
    /// whose memory is used again.
    ///
    /// # Errors
    /// If a guard answers otherwise than when the plan was recorded, or an array was
    /// [given back](Plan::give_back).
    pub fn run(&mut self, gradients: &mut Gradients) -> Result<f64, Error> {
        let value = self.eval()?;
        let replay = &mut self.replay;
        gradients.swept_again(&self.start, |memory, adjoints| {
            replay.backward(memory, adjoints);
        });
        self.ask(self.guards_forward..self.guards.len())?;
        Ok(value)
    }

    /// The number at the inputs as they are set, without derivatives.
    ///
    /// # Errors
    /// As [`run`](Plan::run).
    pub fn eval(&mut self) -> Result<f64, Error> {
        self.expect_lent()?;
        self.replay.forward();
        self.ask(0..self.guards_forward)?;
        Ok(self.replay.nodes[self.output as usize].value)
    }

    fn ask(&self, guards: Range<usize>) -> Result<(), Error> {
        let nodes = &self.replay.nodes;
        let mut guards = self.guards[guards].iter();
        guards.try_for_each(|guard| guard.ask("plan", |index| nodes[index as usize].value))
    }

    /// The value that a number had in the last run.
    ///
    /// # Panics
    /// If the handle is not of this plan's recording.
    #[must_use]
    #[track_caller]
    pub fn value(&self, var: Var) -> f64 {
        match var.is_constant() {
            true => var.peek(),
            false => self.replay.nodes[self.expect(var)].value,
        }
    }

    /// The elements that a tensor had in the last run.
    ///
    /// # Panics
    /// If the handle is not of this plan's recording, or the elements are those of an array that was
    /// [given back](Plan::give_back).
    #[must_use]
    #[track_caller]
    pub fn array<T: Element>(&self, tensor: Tensor<T>) -> Array<T> {
        match tensor.var().is_constant() {
            true => Array::from(T::from_f64(tensor.var().peek())),
            false => {
                let array = self.replay.array(self.expect(tensor.var()));
                array
                    .expect("these elements are those of an array that was given back to its owner")
            }
        }
    }

    /// How many nodes were recorded.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length as usize
    }

    /// Whether none were: never.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The place of a handle's node.
    fn index(&self, var: Var) -> Option<usize> {
        let index = var.id.wrapping_sub(self.base);
        (!var.is_constant() && index < u64::from(self.length)).then_some(index as usize)
    }

    #[track_caller]
    fn expect(&self, var: Var) -> usize {
        self.index(var).unwrap_or_else(|| {
            panic!(
                "a handle of value {} is not of this plan's recording",
                var.peek()
            )
        })
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plan of {} nodes", self.length)
    }
}

/// Notes what a sweep does.
struct Capture {
    length: u32,
    steps: Vec<Step>,
    replay: Option<Replay>,
    guards: Vec<ProgramGuard>,
}

impl Capture {
    fn new(length: u32) -> Capture {
        Capture {
            length,
            steps: Vec::new(),
            replay: None,
            guards: Vec::new(),
        }
    }
}

impl Observer<f64> for Capture {
    #[inline(always)]
    fn term(&mut self, _: Term<f64>) {}
}

impl ArrayObserver for Capture {
    // One that had to be moved to be changed would cost the next run all its places.
    const APART: bool = true;

    fn did(&mut self, step: impl FnOnce() -> Step) {
        self.steps.push(step());
    }

    fn done(&mut self, recording: &Recording) {
        let steps = std::mem::take(&mut self.steps);
        self.replay = Some(Replay::new(recording, self.length, steps));
        self.guards = recording.with(|_, store| store.guards.iter().map(Into::into).collect());
    }
}
