//! A program as a text that a person can read and [`parse`](str::parse) reads back.
//!
//! ```text
//! chainrule program 1                     the format and its version
//! # a remark                              skipped, like empty lines
//! %0 = input                  ; x         a row: its number, its operation; its name, its place
//! %1 = powi %0, n = 3         ; src/main.rs:4:9
//! %2 = mul 2.0, %1            ; "a name"  operands are earlier rows, or plain numbers
//! %3 = call soft_abs %2                   a user's operation, by its name
//! %4 = const 0.5                          a number as a row, for operations on lists
//! %5 = sum %3, %4, %0
//! guard %1 < 2.0 is true      ; src/main.rs:5:8
//! guard is_nan %1 is false    ; src/main.rs:6:8
//! output %5
//! end
//! ```
//!
//! Rows are numbered from 0 without a gap. Numbers are the shortest that read back to the same
//! bits; besides them there are `inf`, `nan`, `-nan`, and `nan(0x...)` for NaNs of other bits.
//! A name or a file with blanks or signs of another meaning stands in quotes, as in Rust.

mod line;
mod parse;

use super::{Place, Program, ProgramGuard};
use crate::graph::Operand;
use crate::guard::Test;
use crate::op::{Attribute, Op};
use std::fmt::{self, Write};

/// The first line, less the version.
const HEADER: &str = "chainrule program";
/// The version of the format that is written and read.
const VERSION: &str = "1";
/// Where remarks are aligned.
const REMARK_COLUMN: usize = 28;
/// What a comparison of two values answers, in the order of its numbers.
const ORDERINGS: [&str; 4] = ["less", "equal", "greater", "unordered"];

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER} {VERSION}")?;
        let mut line = String::new();
        for row in 0..self.rows.len() {
            line.clear();
            self.write_row(row, &mut line)?;
            write_line(f, &line, self.name(row), self.place(row))?;
        }
        for guard in &self.guards {
            line.clear();
            guard.write(&mut line)?;
            write_line(f, &line, None, Some(&guard.place))?;
        }
        for output in &self.outputs {
            writeln!(f, "output {}", Printed(output.operand()))?;
        }
        writeln!(f, "end")
    }
}

impl Program {
    fn write_row(&self, row: usize, line: &mut String) -> fmt::Result {
        let op = self.op(row);
        write!(line, "%{row} = {}", op.info().name)?;
        if op == Op::Call {
            write!(line, " {}", Word(self.op_name(row)))?;
        }
        if op == Op::Const {
            let number = f64::from_bits(self.rows[row].slot);
            write!(line, " {}", Printed(Operand::Literal(number)))?;
        }
        for (i, operand) in self.operands(row).into_iter().enumerate() {
            write!(
                line,
                "{} {}",
                if i == 0 { "" } else { "," },
                Printed(operand)
            )?;
        }
        let attribute = op.info().attribute;
        match self.attribute(row) {
            Attribute::None => Ok(()),
            Attribute::Integer(n) => write!(line, ", {attribute} = {n}"),
            Attribute::Number(c) => {
                write!(line, ", {attribute} = {}", Printed(Operand::Literal(c)))
            }
        }
    }
}

impl ProgramGuard {
    fn write(&self, line: &mut String) -> fmt::Result {
        let (left, right) = (Printed(self.left), Printed(self.right));
        let test = self.test.name();
        if is_comparison(self.test) {
            write!(line, "guard {left} {test} {right} is ")?;
        } else {
            write!(line, "guard {test} {left} is ")?;
        }
        match self.test {
            Test::Compare => line.write_str(ORDERINGS[self.answer as usize & 3]),
            Test::Read => write!(
                line,
                "{}",
                Printed(Operand::Literal(f64::from_bits(self.answer)))
            ),
            _ => write!(line, "{}", self.answer == 1),
        }
    }
}

/// Whether a test asks about two values.
fn is_comparison(test: Test) -> bool {
    match test {
        Test::Equal
        | Test::Less
        | Test::LessEqual
        | Test::Greater
        | Test::GreaterEqual
        | Test::Compare => true,
        Test::IsNan | Test::IsFinite | Test::IsInfinite | Test::IsSignNegative | Test::Read => {
            false
        }
    }
}

/// One line with its remarks.
fn write_line(
    f: &mut fmt::Formatter<'_>,
    line: &str,
    name: Option<&str>,
    place: Option<&Place>,
) -> fmt::Result {
    match (name, place) {
        (None, None) => writeln!(f, "{line}"),
        (Some(name), None) => writeln!(f, "{line:<REMARK_COLUMN$}; {}", Word(name)),
        (None, Some(place)) => writeln!(f, "{line:<REMARK_COLUMN$}; {}", PlaceWord(place)),
        (Some(name), Some(place)) => {
            writeln!(
                f,
                "{line:<REMARK_COLUMN$}; {}  {}",
                Word(name),
                PlaceWord(place)
            )
        }
    }
}

/// An operand as it is printed.
struct Printed(Operand);

impl fmt::Display for Printed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAN: u64 = f64::NAN.to_bits();
        const MINUS_NAN: u64 = NAN | 1 << 63;
        match self.0 {
            Operand::Node(row) => write!(f, "%{row}"),
            Operand::Literal(number) if number.is_nan() => match number.to_bits() {
                NAN => f.write_str("nan"),
                MINUS_NAN => f.write_str("-nan"),
                bits => write!(f, "nan(0x{bits:016x})"),
            },
            Operand::Literal(number) => write!(f, "{number:?}"),
        }
    }
}

/// A name: bare if it can be, else in quotes.
struct Word<'a>(&'a str);

impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_bare(self.0) {
            f.write_str(self.0)
        } else {
            write!(f, "{:?}", self.0)
        }
    }
}

/// Whether a name can stand without quotes.
fn is_bare(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || "_.[](){}'^+-*/|!?&@".contains(c))
}

/// A place, its file in quotes where it must be.
struct PlaceWord<'a>(&'a Place);

impl fmt::Display for PlaceWord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { file, line, column } = self.0;
        if is_bare_file(file) {
            write!(f, "{file}:{line}:{column}")
        } else {
            write!(f, "{file:?}:{line}:{column}")
        }
    }
}

/// Whether a file name can stand without quotes.
fn is_bare_file(file: &str) -> bool {
    !file.is_empty()
        && file
            .chars()
            .all(|c| c.is_alphanumeric() || c.is_ascii_graphic() && c != '"')
}
