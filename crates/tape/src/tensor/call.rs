//! Operations of a user's own, on arrays.

use super::record::{on_tape, told, try_owner};
use super::{Tensor, done, mismatch};
use crate::array::Array;
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::graph::Line;
use crate::op::Op;
use crate::program::Session;
use crate::recording::{Recording, Settings};
use crate::shape::Shape;
use crate::structural::{Call, Pulled, anew};
use crate::tensor::store::Numbers;
use smallvec::SmallVec;
use std::cell::Cell;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

/// An operation of your own on arrays: one node on the tape, with a name, a value and a derivative.
///
/// Both are code, written with operations on tensors. So the derivative can be differentiated
/// again, to any order; but the operation cannot be printed as a program or exported. (One of
/// numbers that can is a [`CustomOp`](crate::CustomOp); it works element by element, too.)
///
/// The value is computed on a tape of its own, and of it the result alone is kept. What the value
/// depends on must be among its operands: a tensor of another tape, brought in by the closure, is
/// an error that names both tapes.
///
/// ```
/// use tape::{Tape, Tensor, TensorOp};
///
/// // A row of probabilities, with the derivative that knows its own result.
/// let softmax: TensorOp = TensorOp::with_derivative(
///     "my softmax",
///     |x| {
///         let e = (x[0] - x[0].amax()).exp();
///         e / e.sum()
///     },
///     |_x, y, g| vec![y * (g - (g * y).sum())],
/// );
///
/// let tape = Tape::new();
/// let x = tape.tensor("x", [0.0, 0.0]);
/// let y = softmax.call(&[x]);
/// assert_eq!(y.to_vec(), [0.5, 0.5]);
/// assert_eq!(y.vjp(&[1.0, 0.0].into())[x], [0.25, -0.25]);
/// ```
///
/// Leave the derivative out, with [`define`](TensorOp::define), and it is derived: the value is
/// recorded again by the sweep. That is how a computation is kept off the tape and paid for twice
/// instead (checkpointing).
pub struct TensorOp<T: Element = f64> {
    rule: Arc<Rule<T>>,
}

impl<T: Element> Clone for TensorOp<T> {
    fn clone(&self) -> TensorOp<T> {
        TensorOp {
            rule: Arc::clone(&self.rule),
        }
    }
}

impl<T: Element> fmt::Debug for TensorOp<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TensorOp({}, {})", self.rule.name, self.rule.line)
    }
}

type Value<T> = dyn Fn(&[Tensor<T>]) -> Tensor<T> + Send + Sync;
/// Operands, result and upstream adjoint in, a term for each operand out.
type Derivative<T> = dyn Fn(&[Tensor<T>], Tensor<T>, Tensor<T>) -> Vec<Tensor<T>> + Send + Sync;

/// What a user's operation computes.
pub(crate) struct Rule<T: Element> {
    name: Arc<str>,
    /// Where it was defined.
    line: Line,
    value: Box<Value<T>>,
    derivative: Box<Derivative<T>>,
}

impl<T: Element> TensorOp<T> {
    /// An operation of this name, given by its value alone; the derivative is derived from it.
    #[track_caller]
    pub fn define<Y: Into<Tensor<T>>>(
        name: &str,
        value: impl Fn(&[Tensor<T>]) -> Y + Send + Sync + 'static,
    ) -> TensorOp<T> {
        let value = Arc::new(move |x: &[Tensor<T>]| value(x).into());
        let again = Arc::clone(&value);
        TensorOp::with_derivative(
            name,
            move |x| value(x),
            move |x, _, g| again(x).gradient_of(g, x),
        )
    }

    /// An operation of this name with a derivative of its own: `derivative` gets the operands, the
    /// result and its adjoint `g` (as what comes after the operation has it), and answers for each
    /// operand the term that it adds to that one's adjoint, in the operand's shape: the transposed
    /// local derivative, applied to `g`. A plain number stands for an array of it: `0.0.into()`.
    ///
    /// It is taken at its word; [`Check::run_arrays`](crate::Check::run_arrays) compares it with
    /// differences.
    #[track_caller]
    pub fn with_derivative<Y: Into<Tensor<T>>>(
        name: &str,
        value: impl Fn(&[Tensor<T>]) -> Y + Send + Sync + 'static,
        derivative: impl Fn(&[Tensor<T>], Tensor<T>, Tensor<T>) -> Vec<Tensor<T>>
        + Send
        + Sync
        + 'static,
    ) -> TensorOp<T> {
        TensorOp {
            rule: Arc::new(Rule {
                name: name.into(),
                line: Location::caller(),
                value: Box::new(move |x| value(x).into()),
                derivative: Box::new(derivative),
            }),
        }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.rule.name
    }

    /// Applies the operation: one node.
    ///
    /// # Panics
    /// If no operand is on a tape, if the value brings in a tensor of another tape, or if
    /// operations of this kind are nested more than 64 deep: one that calls itself, say.
    #[must_use]
    #[track_caller]
    pub fn call(&self, operands: &[Tensor<T>]) -> Tensor<T> {
        done(self.try_call(operands))
    }

    /// As [`call`](TensorOp::call), with the error as a value. A mistake in an operation that the
    /// value is made of is a panic all the same.
    ///
    /// # Errors
    /// Where `call` panics.
    #[track_caller]
    pub fn try_call(&self, operands: &[Tensor<T>]) -> Result<Tensor<T>, Error> {
        let Some(recording) = try_owner(operands, &self.rule.name)? else {
            return Err(Error::new(
                ErrorKind::Shape,
                format!(
                    "{}: all operands are plain numbers; an array starts on a tape (`tape.constant`) ({})",
                    self.rule.name,
                    Location::caller()
                ),
            ));
        };
        let result = match self.rule.result(operands) {
            Ok(result) => result,
            Err(error) => return Err(told(error, &self.rule.name, &recording, operands)),
        };
        let mut found = SmallVec::<[u32; 4]>::new();
        for &tensor in operands {
            let tensor = on_tape(&recording, tensor);
            let Some(index) = recording.index(tensor.var()) else {
                panic!("{}: its value reset the tape", self.rule.name)
            };
            found.push(index);
        }
        let op = Call::new(&self.rule, result.shape());
        let (layout, slot) = match result {
            Copied::Number(number) => (0, number.to_bits()),
            Copied::Array(array) => recording.with_arrays(|arrays| {
                let layout = arrays.contiguous::<T>(array.shape());
                let slot = arrays.compute::<T>(layout, &[], Numbers::Alone, |_, _, out| {
                    out.copy_from_slice(array.as_slice());
                });
                (layout, slot)
            }),
        };
        let node = recording.append_structural(op.into(), &found, layout, slot);
        Ok(Tensor::of(node))
    }
}

/// A tensor's value on its way from one tape to another. Numbers are double precision everywhere.
enum Copied<T: Element> {
    Number(f64),
    Array(Array<T>),
}

impl<T: Element> Copied<T> {
    #[track_caller]
    fn from(tensor: Tensor<T>) -> Copied<T> {
        match tensor.is_number() {
            true => Copied::Number(tensor.var().peek()),
            false => Copied::Array(tensor.to_array()),
        }
    }

    fn shape(&self) -> Shape {
        match self {
            Copied::Number(_) => Shape::scalar(),
            Copied::Array(array) => array.shape().clone(),
        }
    }

    #[track_caller]
    fn leaf(&self, op: Op, recording: &Recording) -> Tensor<T> {
        match self {
            Copied::Number(number) if op == Op::Const => Tensor::of(recording.constant(*number)),
            Copied::Number(number) => {
                Tensor::of(crate::recording::record_input(recording, *number))
            }
            Copied::Array(array) => recording.array_leaf(op, array.shape(), array.as_slice()),
        }
    }
}

impl<T: Element> Rule<T> {
    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The value, computed on a tape of its own from copies of the operands.
    #[track_caller]
    fn result(&self, operands: &[Tensor<T>]) -> Result<Copied<T>, Error> {
        let mut copies = SmallVec::<[Copied<T>; 4]>::new();
        for &operand in operands {
            copies.push(Copied::from(operand));
        }
        self.computed(&copies)
    }

    #[track_caller]
    fn computed(&self, operands: &[Copied<T>]) -> Result<Copied<T>, Error> {
        let _level = Level::enter()?;
        let session = Session::open("the value of an operation", Settings::BARE);
        let mut inputs = SmallVec::<[Tensor<T>; 4]>::new();
        for operand in operands {
            inputs.push(operand.leaf(Op::Input, &session.0));
        }
        let result = (self.value)(&inputs);
        self.own(&session.0, result)?;
        Ok(Copied::from(result))
    }

    /// The value at some arrays.
    #[track_caller]
    pub(crate) fn value_at(&self, operands: &[Array<T>]) -> Array<T> {
        let copied: Vec<Copied<T>> = operands
            .iter()
            .map(|array| match array.as_slice() {
                [number] if array.rank() == 0 => Copied::Number(number.to_f64()),
                _ => Copied::Array(array.clone()),
            })
            .collect();
        match done(self.computed(&copied)) {
            Copied::Number(number) => Array::from(T::from_f64(number)),
            Copied::Array(array) => array,
        }
    }

    /// Hands the terms of wanted operands to `give`.
    ///
    /// In a gradient graph they are nodes like any others. In a sweep they are computed on a tape
    /// of their own: what a sweep records is forgotten, and the user's code may have kept handles.
    pub(crate) fn terms(
        &self,
        node: &Pulled<T>,
        wanted: &dyn Fn(usize) -> bool,
        give: &mut dyn FnMut(usize, Tensor<T>),
    ) {
        let recording = Recording::expect_owner(node.result.var(), &self.name);
        let _level = done(Level::enter());
        if !recording.is_sweeping() {
            let operands: SmallVec<[Tensor<T>; 4]> =
                node.operands.iter().copied().map(anew).collect();
            let terms = self.fitted(&recording, &operands, node.result, node.upstream);
            for (slot, &term) in terms.iter().enumerate().filter(|&(slot, _)| wanted(slot)) {
                give(slot, term);
            }
            return;
        }
        let mut copies = SmallVec::<[(usize, Copied<T>); 4]>::new();
        {
            let session = Session::open("the derivative of an operation", Settings::BARE);
            let copy = |tensor: Tensor<T>| Copied::from(tensor).leaf(Op::Input, &session.0);
            let operands: SmallVec<[Tensor<T>; 4]> =
                node.operands.iter().map(|&operand| copy(operand)).collect();
            let (result, upstream) = (copy(node.result), copy(node.upstream));
            let terms = self.fitted(&session.0, &operands, result, upstream);
            for (slot, &term) in terms.iter().enumerate().filter(|&(slot, _)| wanted(slot)) {
                copies.push((slot, Copied::from(term)));
            }
        }
        assert!(
            recording.index(node.result.var()).is_some(),
            "the derivative of `{}` reset the tape that is being swept ({})",
            self.name,
            self.line
        );
        for (slot, copy) in &copies {
            give(*slot, copy.leaf(Op::Const, &recording));
        }
    }

    /// The terms, each in its operand's shape.
    fn fitted(
        &self,
        recording: &Recording,
        operands: &[Tensor<T>],
        result: Tensor<T>,
        upstream: Tensor<T>,
    ) -> SmallVec<[Tensor<T>; 4]> {
        let terms = (self.derivative)(operands, result, upstream);
        assert!(
            terms.len() == operands.len(),
            "the derivative of `{}` answers {} terms for {} operands ({})",
            self.name,
            terms.len(),
            operands.len(),
            self.line
        );
        let fit = |(slot, (&term, operand)): (usize, (&Tensor<T>, &Tensor<T>))| {
            done(self.own(recording, term));
            let (given, shape) = (term.shape(), operand.shape());
            if given == shape {
                return term;
            }
            assert!(
                given.rank() == 0,
                "the derivative of `{}` answers a term of shape {given} for operand {slot} of shape {shape} ({})",
                self.name,
                self.line
            );
            on_tape(recording, term).expand_to(shape)
        };
        let pairs = terms.iter().zip(operands);
        pairs.enumerate().map(fit).collect()
    }

    /// What the user's code answers must be made of what it was given.
    fn own(&self, recording: &Recording, answer: Tensor<T>) -> Result<(), Error> {
        let var = answer.var();
        if var.is_constant() || recording.index(var).is_some() {
            return Ok(());
        }
        Err(mismatch(format!(
            "`{}` answers a tensor that is not made from its operands: it is of another tape, or stale ({})",
            self.name, self.line
        )))
    }
}

/// How deep user's operations may nest: each level is a function call when it is applied.
const DEEPEST: usize = 64;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// A level of nesting, left when this is dropped.
struct Level;

impl Level {
    fn enter() -> Result<Level, Error> {
        let depth = DEPTH.get();
        if depth == DEEPEST {
            return Err(Error::new(
                ErrorKind::Record,
                format!("operations nest more than {DEEPEST} deep; does one call itself?"),
            ));
        }
        DEPTH.set(depth + 1);
        Ok(Level)
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}
