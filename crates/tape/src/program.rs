//! A recorded function as plain data: replayed at new inputs without recording again.

mod gradient;
mod replay;
mod text;
mod validate;

use crate::drivers::Outputs;
use crate::error::{Error, ErrorKind};
use crate::graph::Line;
use crate::graph::Row;
use crate::graph::{Form, Operand, Operands};
use crate::guard::{Guard, Guards, Test};
use crate::op::{Attribute, Op};
use crate::recording::{Recording, Settings, record_inputs};
use crate::var::Var;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// A function, recorded once at an example point: rows of operations, and nothing else.
///
/// No values, no closures, no lifetimes: a program is `Send + Sync`, can be cloned,
/// compared, printed and [read back](#reading-and-printing), and replayed on many threads
/// at once.
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
///
/// # Reading and printing
/// `program.to_string()` is a text with a row per line; `text.parse::<Program>()` reads it
/// back, equal to the bit. A malformed text is an error with its line and column.
///
/// ```
/// use tape::Program;
///
/// let program: Program = "
///     chainrule program 1
///     %0 = input                  ; x
///     %1 = input                  ; y
///     %2 = add %0, %1             ; q  src/main.rs:12:9
///     %3 = mul %2, 3.0
///     output %3
///     end
/// ".parse()?;
/// assert_eq!(program.eval(&[1.0, 2.0])?, [9.0]);
/// assert_eq!(program.name(2), Some("q"));
/// assert_eq!(program.to_string().parse::<Program>()?, program);
///
/// let mistake = "chainrule program 1\n%0 = input\n%1 = sin %7".parse::<Program>().unwrap_err();
/// assert_eq!(mistake.to_string(), "line 3, column 10: expected a row before %1, found `%7`");
/// # Ok::<(), tape::Error>(())
/// ```
///
/// Programs are equal if they have the same rows, names, guards, outputs and places.
/// Numbers are compared by their bits: NaN equals itself, and -0.0 differs from 0.0.
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) rows: Vec<Row>,
    /// Operand lists: a length, then that many operands, for each list row.
    pub(crate) lists: Vec<u32>,
    pub(crate) outputs: Vec<Output>,
    pub(crate) inputs: usize,
    pub(crate) guards: Vec<ProgramGuard>,
    pub(crate) names: BTreeMap<u32, String>,
    /// The line of each row (an index into `places`, or [`NO_LINE`]); empty if lines were off.
    pub(crate) lines: Vec<u32>,
    pub(crate) places: Vec<Place>,
}

/// In [`Program::lines`]: no line is known for this row.
pub(crate) const NO_LINE: u32 = u32::MAX;

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

impl PartialEq for Program {
    fn eq(&self, other: &Program) -> bool {
        let same_row = |i: usize| match (self.rows[i], other.rows[i]) {
            // Where a list starts in its table is of no meaning; the custom op beside it is.
            (a, b) if a.form == Form::List && b.form == Form::List => {
                (a.op, a.shape, a.slot >> 32) == (b.op, b.shape, b.slot >> 32)
                    && a.list(&self.lists) == b.list(&other.lists)
            }
            (a, b) => a == b,
        };
        self.rows.len() == other.rows.len()
            && self.outputs == other.outputs
            && self.guards == other.guards
            && self.names == other.names
            && (0..self.rows.len()).all(|i| same_row(i) && self.place(i) == other.place(i))
    }
}

impl From<&Guard> for ProgramGuard {
    fn from(guard: &Guard) -> ProgramGuard {
        ProgramGuard {
            test: guard.test,
            left: guard.left,
            right: guard.right,
            answer: guard.answer,
            place: guard.line.into(),
        }
    }
}

impl ProgramGuard {
    /// Asks again, at the values of a replay of `what`.
    ///
    /// # Errors
    /// If the answer is another one.
    pub(crate) fn ask(&self, what: &str, value: impl Fn(u32) -> f64) -> Result<(), Error> {
        let number = |operand: Operand| match operand {
            Operand::Node(index) => value(index),
            Operand::Literal(number) => number,
        };
        let (left, right) = (number(self.left), number(self.right));
        if self.test.ask(left, right) == self.answer {
            return Ok(());
        }
        let asked = match self.test {
            Test::Equal
            | Test::Less
            | Test::LessEqual
            | Test::Greater
            | Test::GreaterEqual
            | Test::Compare => {
                format!("the comparison `{left} {} {right}`", self.test.name())
            }
            Test::Read => format!(
                "a value read as a plain number, {left} now and {} then,",
                f64::from_bits(self.answer)
            ),
            Test::IsNan | Test::IsFinite | Test::IsInfinite | Test::IsSignNegative => {
                format!("the test `{}` of {left}", self.test.name())
            }
        };
        let message = format!(
            "the {what} would branch otherwise: {asked} at {} answers differently from when it was recorded. \
             Record it again at these inputs, or use `select`, which records both sides",
            self.place
        );
        Err(Error::new(ErrorKind::BranchChanged, message))
    }
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

impl From<crate::graph::Line> for Place {
    fn from(line: crate::graph::Line) -> Place {
        Place {
            file: line.file().to_string(),
            line: line.line(),
            column: line.column(),
        }
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
        let mut vars = Vec::new();
        record_inputs(&self.0, x, &mut vars);
        vars
    }
}

impl Program {
    /// Records `f` at `example`. Its outputs may be one number, a `Vec`, an array or a tuple.
    ///
    /// # Errors
    /// If an output belongs to another recording, or `f` sweeps the recording itself: what it read
    /// would stay as it was.
    #[track_caller]
    pub fn record<O: Outputs<Var>>(
        f: impl FnOnce(&[Var]) -> O,
        example: &[f64],
    ) -> Result<Program, Error> {
        let settings = Settings {
            lines: true,
            guards: Guards::Reads,
            ..Settings::BARE
        };
        let session = Session::open("a program being recorded", settings);
        let inputs = session.inputs(example);
        let outputs = f(&inputs).to_vec();
        session.0.expect_followed("program")?;
        Program::from_recording(&session.0, &outputs)
    }

    /// What a recording holds, as a program with these outputs.
    pub(crate) fn from_recording(recording: &Recording, outputs: &[Var]) -> Result<Program, Error> {
        if recording.has_arrays() {
            return Err(Error::new(ErrorKind::Record, recording.first_array()));
        }
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
            guards: store.guards.iter().map(ProgramGuard::from).collect(),
            names: store
                .names
                .iter()
                .map(|(&index, name)| (index, name.to_string()))
                .collect(),
            lines: Vec::new(),
            places: Vec::new(),
        });
        program.take_lines(recording);
        Ok(program)
    }

    fn take_lines(&mut self, recording: &Recording) {
        let mut known: HashMap<Line, u32> = HashMap::new();
        for index in 0..self.rows.len() as u32 {
            let Some(line) = recording.line(index) else {
                return;
            };
            let next = self.places.len() as u32;
            let place = *known.entry(line).or_insert(next);
            if place == next {
                self.places.push(line.into());
            }
            self.lines.push(place);
        }
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

    /// The name of a row's operation: of a call, that of the user's operation.
    #[must_use]
    pub fn op_name(&self, row: usize) -> &str {
        self.rows[row].op_name()
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

    /// How deep the custom operations in it nest.
    pub(crate) fn call_depth(&self) -> usize {
        let calls = self.rows.iter().filter(|row| row.op == Op::Call);
        calls.map(|row| row.function().depth()).max().unwrap_or(0)
    }

    pub(crate) fn has_guards(&self) -> bool {
        !self.guards.is_empty()
    }
}
