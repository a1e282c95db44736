//! Operations of your own.

use crate::error::{Error, ErrorKind};
use crate::op::Real;
use crate::program::Program;
use crate::var::Var;
use std::sync::RwLock;

/// An operation of your own: one node on the tape, with a name, a value and a derivative.
///
/// Both are ordinary functions of [`Var`]s, recorded once into small programs; so the
/// operation works in every mode (reverse, forward, second order, gradient as a graph) and
/// a program that calls it can be printed. Leave the derivative out and it is derived.
///
/// ```
/// use tape::{CustomOp, Tape};
///
/// let soft_abs = CustomOp::define("soft_abs", &[1.0], |x| (x[0] * x[0] + 1e-6).sqrt())?;
/// let cube = CustomOp::with_derivative("cube", &[1.0], |x| x[0].powi(3), |x, _y| vec![3.0 * x[0] * x[0]])?;
///
/// let tape = Tape::new();
/// let x = tape.var("x", 2.0);
/// assert_eq!(cube.call(&[x]).backward()[x], 12.0);
/// assert!((soft_abs.call(&[x]).backward()[x] - 1.0).abs() < 1e-6);
/// # Ok::<(), tape::Error>(())
/// ```
#[derive(Debug)]
pub struct CustomOp {
    name: String,
    number: u32,
    value: Program,
    /// The operands and the value in, a derivative by each operand out.
    partials: Program,
    /// 1, or more if it is made of other custom operations.
    depth: usize,
}

/// How deep custom operations may nest: each level is a function call when it is applied.
const DEEPEST: usize = 64;

/// Every custom operation of the process, by number. They are few and live as long as it does.
static DEFINED: RwLock<Vec<&'static CustomOp>> = RwLock::new(Vec::new());

impl CustomOp {
    /// Defines an operation by its value alone; the derivative is derived from it. `example`
    /// is a point at which to record it: one number per operand.
    ///
    /// Defining the same operation under the same name again answers the first.
    ///
    /// # Errors
    /// If `value` branches on its operands (use [`select`](Var::select)), takes part in
    /// another recording, or if another operation has the name.
    pub fn define(
        name: &str,
        example: &[f64],
        value: impl Fn(&[Var]) -> Var,
    ) -> Result<&'static CustomOp, Error> {
        let arity = example.len();
        CustomOp::with_derivative(name, example, &value, |operands, _| {
            debug_assert_eq!(operands.len(), arity);
            value(operands).gradient_of(operands)
        })
    }

    /// Defines an operation with a derivative of its own: `derivative` gets the operands and
    /// the value, and answers the derivative by each operand.
    ///
    /// It is taken at its word; [`check`](crate::check) compares it with differences.
    ///
    /// # Errors
    /// As [`define`](CustomOp::define), and if `derivative` answers another number of
    /// derivatives than there are operands.
    pub fn with_derivative(
        name: &str,
        example: &[f64],
        value: impl Fn(&[Var]) -> Var,
        derivative: impl Fn(&[Var], Var) -> Vec<Var>,
    ) -> Result<&'static CustomOp, Error> {
        let value = Program::record(|x: &[Var]| value(x), example)?;
        let mut with_result = example.to_vec();
        with_result.push(value.eval(example)?[0]);
        let partials = Program::record(
            |x: &[Var]| {
                let (&result, operands) = x.split_last().expect("the value comes last");
                derivative(operands, result)
            },
            &with_result,
        )?;
        let depth = 1 + value.call_depth().max(partials.call_depth());
        let problem = if value.has_guards() || partials.has_guards() {
            Some("branches on a value; use select, min, max or clamp instead".to_string())
        } else if partials.output_count() != example.len() {
            Some(format!(
                "has {} derivatives for {} operands",
                partials.output_count(),
                example.len()
            ))
        } else if depth > DEEPEST {
            Some(format!("nests other operations more than {DEEPEST} deep"))
        } else {
            None
        };
        if let Some(problem) = problem {
            return Err(Error::new(
                ErrorKind::Record,
                format!("the operation `{name}` {problem}"),
            ));
        }

        let mut defined = DEFINED
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = defined.iter().find(|known| known.name == name) {
            if known.value == value && known.partials == partials {
                return Ok(known);
            }
            let message = format!(
                "another operation is called `{name}` already; a name means one thing in a process"
            );
            return Err(Error::new(ErrorKind::Record, message));
        }
        let number = defined.len() as u32;
        let op: &'static CustomOp = Box::leak(Box::new(CustomOp {
            name: name.to_string(),
            number,
            value,
            partials,
            depth,
        }));
        defined.push(op);
        Ok(op)
    }

    /// The operation of this name, if it has been defined.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static CustomOp> {
        let defined = DEFINED
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        defined.iter().copied().find(|op| op.name == name)
    }

    pub(crate) fn by_number(number: u32) -> &'static CustomOp {
        DEFINED
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)[number as usize]
    }

    /// Applies the operation.
    ///
    /// # Panics
    /// If the number of operands is not [`arity`](CustomOp::arity).
    #[track_caller]
    #[must_use]
    pub fn call<R: Real>(&'static self, operands: &[R]) -> R {
        assert_eq!(
            operands.len(),
            self.arity(),
            "`{}` takes {} operands",
            self.name,
            self.arity()
        );
        R::call(self, operands)
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many operands it takes.
    #[must_use]
    pub fn arity(&self) -> usize {
        self.value.input_count()
    }

    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    pub(crate) fn value<N: Real>(&self, operands: &[N]) -> N {
        self.value.replay(operands)[0]
    }

    pub(crate) fn partials<N: Real>(&self, operands: &[N], result: N, partials: &mut [N]) {
        let mut inputs: smallvec::SmallVec<[N; 8]> = operands.iter().copied().collect();
        inputs.push(result);
        partials.copy_from_slice(&self.partials.replay(&inputs));
    }
}
