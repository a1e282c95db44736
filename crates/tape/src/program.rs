//! A recorded function as plain data: replayed at new inputs without recording again.

use crate::dual::Dual;
use crate::drivers::Outputs;
use crate::error::{Error, ErrorKind};
use crate::graph::{Operand, Operands, Row};
use crate::guard::{Guards, Test};
use crate::op::{Attribute, Op, Real};
use crate::pull::{Observer, Values, is_untouched, pull, untouched};
use crate::recording::{Recording, Settings, record_input};
use crate::run::evaluate;
use crate::var::Var;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A function, recorded once at an example point: rows of operations, and nothing else.
///
/// No values, no closures, no lifetimes: a program is `Send + Sync`, can be cloned,
/// compared, printed and read back, and replayed on many threads at once.
///
/// Where the function looked at a value (a comparison, `value()`), the record follows one
/// branch. Such a look is a guard: a replay whose inputs would answer it otherwise is an
/// error that names the line, never a wrong number. [`select`](Var::select), `min`, `max`,
/// `abs` and `clamp` record both sides and need no guard.
///
/// ```
/// use tape::{ErrorKind, Program, Var};
///
/// fn huber(x: &[Var]) -> Var {
///     if x[0].abs() < 1.0 { x[0] * x[0] / 2.0 } else { x[0].abs() - 0.5 }
/// }
/// let program = Program::record(huber, &[0.3])?;
/// assert_eq!(program.eval(&[0.5])?, [0.125]);
/// assert_eq!(program.gradient(&[0.5])?, [0.5]);
/// assert_eq!(program.gradient(&[7.0]).unwrap_err().kind(), ErrorKind::BranchChanged);
/// # Ok::<(), tape::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    pub(crate) rows: Vec<Row>,
    /// Operand lists: a length, then that many operands, for each list row.
    pub(crate) lists: Vec<u32>,
    pub(crate) outputs: Vec<Output>,
    pub(crate) inputs: usize,
    pub(crate) guards: Vec<ProgramGuard>,
    pub(crate) names: BTreeMap<u32, String>,
    /// The line of each row (an index into `places`, or `NO_LINE`); empty if lines were off.
    pub(crate) lines: Vec<u32>,
    pub(crate) places: Vec<Place>,
}

/// An output of a program. Numbers are compared by their bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Output {
    Node(u32),
    Constant { bits: u64 },
}

/// A guard whose line is a text, so that it can leave the process.
#[derive(Clone, Debug)]
pub(crate) struct ProgramGuard {
    pub(crate) test: Test,
    pub(crate) left: Operand,
    pub(crate) right: Operand,
    pub(crate) answer: u64,
    pub(crate) place: Place,
}

impl PartialEq for ProgramGuard {
    fn eq(&self, other: &ProgramGuard) -> bool {
        let same = |a: Operand, b: Operand| match (a, b) {
            (Operand::Literal(a), Operand::Literal(b)) => a.to_bits() == b.to_bits(),
            _ => a == b,
        };
        (self.test, self.answer, &self.place) == (other.test, other.answer, &other.place)
            && same(self.left, other.left)
            && same(self.right, other.right)
    }
}

/// A place in source code.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The file, as the compiler was given it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl From<crate::recording::Line> for Place {
    fn from(line: crate::recording::Line) -> Place {
        Place { file: line.file().to_string(), line: line.line(), column: line.column() }
    }
}

/// Closes a driver's recording when the driver ends, by a panic too.
pub(crate) struct Session(pub(crate) Rc<Recording>);

impl Drop for Session {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Session {
    pub(crate) fn open(title: &'static str, settings: Settings) -> Session {
        Session(Recording::open(title, settings))
    }

    #[track_caller]
    pub(crate) fn inputs(&self, x: &[f64]) -> Vec<Var> {
        let mut vars = Vec::with_capacity(x.len());
        for &x in x {
            vars.push(record_input(&self.0, x));
        }
        vars
    }
}

impl Program {
    /// Records `f` at `example`. Its outputs may be one number, a `Vec`, an array or a tuple.
    ///
    /// # Errors
    /// If an output belongs to another recording.
    #[track_caller]
    pub fn record<O: Outputs<Var>>(f: impl FnOnce(&[Var]) -> O, example: &[f64]) -> Result<Program, Error> {
        let settings = Settings { lines: true, guards: Guards::Reads, ..Settings::BARE };
        let session = Session::open("a program being recorded", settings);
        let inputs = session.inputs(example);
        let outputs = f(&inputs).to_vec();
        Program::from_recording(&session.0, &outputs)
    }

    /// What a recording holds, as a program with these outputs.
    pub(crate) fn from_recording(recording: &Recording, outputs: &[Var]) -> Result<Program, Error> {
        let outputs = outputs
            .iter()
            .map(|&output| match recording.index(output) {
                Some(index) => Ok(Output::Node(index)),
                None if output.is_constant() => Ok(Output::Constant { bits: output.value.to_bits() }),
                None => {
                    let message = format!(
                        "an output of the program (value {}) was not computed from its inputs: it belongs to another recording",
                        output.value
                    );
                    Err(Error::new(ErrorKind::Record, message))
                }
            })
            .collect::<Result<Vec<_>, _>>()?;
        let mut program = recording.with(|nodes, store| Program {
            rows: nodes.iter().map(|node| node.row).collect(),
            lists: store.lists.clone(),
            outputs,
            inputs: nodes.iter().filter(|node| node.row.op == Op::Input).count(),
            guards: store
                .guards
                .iter()
                .map(|guard| ProgramGuard {
                    test: guard.test,
                    left: guard.left,
                    right: guard.right,
                    answer: guard.answer,
                    place: guard.line.into(),
                })
                .collect(),
            names: store.names.iter().map(|(&index, name)| (index, name.to_string())).collect(),
            lines: Vec::new(),
            places: Vec::new(),
        });
        program.take_lines(recording);
        Ok(program)
    }

    fn take_lines(&mut self, recording: &Recording) {
        let mut known: BTreeMap<Place, u32> = BTreeMap::new();
        for index in 0..self.rows.len() as u32 {
            let Some(line) = recording.line(index) else { return };
            let next = known.len() as u32;
            self.lines.push(*known.entry(line.into()).or_insert(next));
        }
        let mut places: Vec<(Place, u32)> = known.into_iter().collect();
        places.sort_by_key(|&(_, number)| number);
        self.places = places.into_iter().map(|(place, _)| place).collect();
    }

    /// The values of the outputs at `inputs`.
    ///
    /// # Errors
    /// If the number of inputs is wrong, or a guard answers otherwise than when the program was recorded.
    pub fn eval(&self, inputs: &[f64]) -> Result<Vec<f64>, Error> {
        let values = self.forward(inputs)?;
        Ok(self.outputs.iter().map(|output| output.value(&values)).collect())
    }

    /// The gradient of the one output at `inputs`.
    ///
    /// # Errors
    /// As [`eval`](Program::eval), and if the program has several outputs (see
    /// [`vjp`](Program::vjp) and [`jacobian`](Program::jacobian)).
    pub fn gradient(&self, inputs: &[f64]) -> Result<Vec<f64>, Error> {
        Ok(self.value_and_gradient(inputs)?.1)
    }

    /// The value and the gradient of the one output.
    ///
    /// # Errors
    /// As [`gradient`](Program::gradient).
    pub fn value_and_gradient(&self, inputs: &[f64]) -> Result<(f64, Vec<f64>), Error> {
        self.expect_one_output("gradient")?;
        let values = self.forward(inputs)?;
        Ok((self.outputs[0].value(&values), self.sweep(&values, &[1.0])))
    }

    /// The derivative, by each input, of the sum of the outputs weighted with `weights`.
    ///
    /// # Errors
    /// As [`eval`](Program::eval), and if there is not a weight per output.
    pub fn vjp(&self, inputs: &[f64], weights: &[f64]) -> Result<Vec<f64>, Error> {
        expect_length("weights", "output", weights.len(), self.outputs.len())?;
        let values = self.forward(inputs)?;
        Ok(self.sweep(&values, weights))
    }

    /// The derivative of each output along `direction`.
    ///
    /// # Errors
    /// As [`eval`](Program::eval), and if there is not a component per input.
    pub fn jvp(&self, inputs: &[f64], direction: &[f64]) -> Result<Vec<f64>, Error> {
        let values = self.forward_along(inputs, direction)?;
        Ok(self.outputs.iter().map(|output| output.value(&values).tangent[0]).collect())
    }

    /// The derivatives of each output (a row) by each input.
    ///
    /// # Errors
    /// As [`eval`](Program::eval).
    pub fn jacobian(&self, inputs: &[f64]) -> Result<Vec<Vec<f64>>, Error> {
        let values = self.forward(inputs)?;
        let mut weights = vec![0.0; self.outputs.len()];
        let mut rows = Vec::with_capacity(self.outputs.len());
        for output in 0..self.outputs.len() {
            weights[output] = 1.0;
            rows.push(self.sweep(&values, &weights));
            weights[output] = 0.0;
        }
        Ok(rows)
    }

    /// The product of the Hessian of the one output with `direction`: forward mode over the reverse sweep.
    ///
    /// # Errors
    /// As [`gradient`](Program::gradient), and if there is not a component per input.
    pub fn hvp(&self, inputs: &[f64], direction: &[f64]) -> Result<Vec<f64>, Error> {
        self.expect_one_output("hvp")?;
        let values = self.forward_along(inputs, direction)?;
        let swept = self.sweep(&values, &[Dual::from(1.0)]);
        Ok(swept.iter().map(|adjoint| adjoint.tangent[0]).collect())
    }

    /// The Hessian of the one output, a product with each unit vector.
    ///
    /// # Errors
    /// As [`gradient`](Program::gradient).
    pub fn hessian(&self, inputs: &[f64]) -> Result<Vec<Vec<f64>>, Error> {
        self.expect_one_output("hessian")?;
        let mut direction = vec![0.0; inputs.len()];
        let mut rows = Vec::with_capacity(inputs.len());
        for i in 0..inputs.len() {
            direction[i] = 1.0;
            rows.push(self.hvp(inputs, &direction)?);
            direction[i] = 0.0;
        }
        Ok(rows)
    }

    /// How many inputs the program takes.
    #[must_use]
    pub fn input_count(&self) -> usize {
        self.inputs
    }

    /// How many outputs it has.
    #[must_use]
    pub fn output_count(&self) -> usize {
        self.outputs.len()
    }

    /// How many rows it has, inputs included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The operation of a row.
    #[must_use]
    pub fn op(&self, row: usize) -> Op {
        self.rows[row].op
    }

    /// The operands of a row.
    #[must_use]
    pub fn operands(&self, row: usize) -> Operands {
        self.rows[row].operands(&self.lists)
    }

    /// The attribute of a row, such as the `n` of `x^n`.
    #[must_use]
    pub fn attribute(&self, row: usize) -> Attribute {
        self.rows[row].attribute()
    }

    /// The name of a row, if it was given one.
    #[must_use]
    pub fn name(&self, row: usize) -> Option<&str> {
        self.names.get(&(row as u32)).map(String::as_str)
    }

    /// The line of source code that recorded a row, if lines were on.
    #[must_use]
    pub fn place(&self, row: usize) -> Option<&Place> {
        self.places.get(*self.lines.get(row)? as usize)
    }

    pub(crate) fn has_guards(&self) -> bool {
        !self.guards.is_empty()
    }

    /// The outputs on any number type, guards unasked.
    pub(crate) fn replay<N: Real>(&self, inputs: &[N]) -> Vec<N> {
        let mut values = Vec::with_capacity(self.rows.len());
        evaluate(self.rows.iter().copied(), &self.lists, inputs, &mut values);
        self.outputs.iter().map(|output| output.value(&values)).collect()
    }

    /// The values of all rows, with every guard asked.
    pub(crate) fn forward(&self, inputs: &[f64]) -> Result<Vec<f64>, Error> {
        expect_length("inputs", "input of the program", inputs.len(), self.inputs)?;
        let mut values = Vec::with_capacity(self.rows.len());
        evaluate(self.rows.iter().copied(), &self.lists, inputs, &mut values);
        self.ask_guards(&values)?;
        Ok(values)
    }

    fn forward_along(&self, inputs: &[f64], direction: &[f64]) -> Result<Vec<Dual>, Error> {
        expect_length("inputs", "input of the program", inputs.len(), self.inputs)?;
        expect_length("components of the direction", "input of the program", direction.len(), self.inputs)?;
        let inputs: Vec<Dual> =
            inputs.iter().zip(direction).map(|(&value, &tangent)| Dual { value, tangent: [tangent] }).collect();
        let mut values = Vec::with_capacity(self.rows.len());
        evaluate(self.rows.iter().copied(), &self.lists, &inputs, &mut values);
        self.ask_guards(&values)?;
        Ok(values)
    }

    fn ask_guards<N: Real>(&self, values: &[N]) -> Result<(), Error> {
        for guard in &self.guards {
            let number = |operand: Operand| match operand {
                Operand::Node(index) => values[index as usize].peek(),
                Operand::Literal(number) => number,
            };
            let (left, right) = (number(guard.left), number(guard.right));
            if guard.test.ask(left, right) == guard.answer {
                continue;
            }
            let asked = match guard.test {
                Test::Equal | Test::Less | Test::LessEqual | Test::Greater | Test::GreaterEqual | Test::Compare => {
                    format!("the comparison `{left} {} {right}`", guard.test.name())
                }
                Test::Read => format!("a value read as a plain number, {left} now and {} then,", f64::from_bits(guard.answer)),
                Test::IsNan | Test::IsFinite | Test::IsInfinite | Test::IsSignNegative => {
                    format!("the test `{}` of {left}", guard.test.name())
                }
            };
            let message = format!(
                "the program would branch otherwise: {asked} at {} answers differently from when it was recorded. \
                 Record it again at these inputs, or use `select`, which records both sides",
                guard.place
            );
            return Err(Error::new(ErrorKind::BranchChanged, message));
        }
        Ok(())
    }

    /// The reverse sweep: the adjoints of the inputs.
    fn sweep<N: Real>(&self, values: &[N], seeds: &[N]) -> Vec<N> {
        let adjoints = self.adjoints(values, seeds, &mut ());
        let inputs = self.rows.iter().zip(&adjoints).filter(|(row, _)| row.op == Op::Input);
        inputs.map(|(_, &adjoint)| if is_untouched(adjoint) { N::from(0.0) } else { adjoint }).collect()
    }

    /// The reverse sweep: the adjoints of all rows.
    pub(crate) fn adjoints<N: Real>(&self, values: &[N], seeds: &[N], observer: &mut impl Observer<N>) -> Vec<N> {
        let mut adjoints = vec![untouched(); self.rows.len()];
        for (output, &seed) in self.outputs.iter().zip(seeds) {
            if let Output::Node(index) = *output {
                adjoints[index as usize] = adjoints[index as usize] + (seed + 0.0);
            }
        }
        pull(&Values { rows: &self.rows, values, lists: &self.lists }, &mut adjoints, observer);
        adjoints
    }

    fn expect_one_output(&self, doing: &str) -> Result<(), Error> {
        if self.outputs.len() == 1 {
            return Ok(());
        }
        let message = format!(
            "{doing} is for programs of one output, and this one has {}; use jacobian, or vjp with a weight per output",
            self.outputs.len()
        );
        Err(Error::new(ErrorKind::Length, message))
    }
}

impl Output {
    fn value<N: Real>(self, values: &[N]) -> N {
        match self {
            Output::Node(index) => values[index as usize],
            Output::Constant { bits } => N::from(f64::from_bits(bits)),
        }
    }
}

fn expect_length(what: &str, per: &str, got: usize, wanted: usize) -> Result<(), Error> {
    if got == wanted {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Length, format!("{got} {what} given, {wanted} wanted: one per {per}")))
}
