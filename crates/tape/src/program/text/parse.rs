//! Reading a printed program back: one pass over the lines, no recursion, and no memory
//! beyond what the text itself is long.

use super::line::Line;
use super::{ORDERINGS, is_comparison};
use crate::custom::CustomOp;
use crate::error::Error;
use crate::graph::{Form, Operand, Operands, Row};
use crate::guard::Test;
use crate::op::{Arity, Op};
use crate::program::validate::check_count;
use crate::program::{NO_LINE, Output, Place, Program, ProgramGuard};
use crate::recording::MOST_NODES;
use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;
use std::sync::OnceLock;

impl FromStr for Program {
    type Err = Error;

    /// Reads a printed program.
    ///
    /// # Errors
    /// [`ErrorKind::Parse`](crate::ErrorKind::Parse), with line and column and what was expected there; also if the
    /// program calls an operation that has not been [defined](CustomOp).
    fn from_str(text: &str) -> Result<Program, Error> {
        let mut lines = text
            .lines()
            .enumerate()
            .map(|(i, text)| Line::new(text, i + 1))
            .filter(|line| !line.is_blank());
        let end = || Line::new("", text.lines().count() + 1);
        let statement = "a row, a guard, an output or `end`";

        lines.next().unwrap_or_else(end).header()?;
        let mut reader = Reader::default();
        loop {
            let Some(mut line) = lines.next() else {
                return Err(end().wanted_instead(0, statement, "the end of the text"));
            };
            if line.next_is("%") {
                reader.row(&mut line)?;
            } else if line.eat_word("guard") {
                reader.guard(&mut line)?;
            } else if line.eat_word("output") {
                reader.output(&mut line)?;
            } else if line.eat_word("end") {
                line.finish()?;
                break;
            } else {
                return Err(line.wanted(statement));
            }
        }
        match lines.next() {
            Some(line) => Err(line.wanted("nothing after `end`")),
            None => Ok(reader.program),
        }
    }
}

/// What has been read so far.
struct Reader {
    program: Program,
    /// The number of each place, by its file, line and column.
    places: HashMap<Place, u32>,
}

impl Default for Reader {
    fn default() -> Reader {
        let program = Program {
            rows: Vec::new(),
            lists: Vec::new(),
            outputs: Vec::new(),
            inputs: 0,
            guards: Vec::new(),
            names: BTreeMap::new(),
            lines: Vec::new(),
            places: Vec::new(),
        };
        Reader {
            program,
            places: HashMap::new(),
        }
    }
}

impl Reader {
    /// `%3 = powi %2, n = 3  ; name  file:line:column`
    fn row(&mut self, line: &mut Line<'_>) -> Result<(), Error> {
        let index = self.program.rows.len();
        let start = line.skip_blanks();
        if line.row_number() != Some(index as u64) || index >= MOST_NODES {
            return Err(line.wanted_at(start, &format!("%{index}, the next row")));
        }
        line.expect("=")?;
        let start = line.skip_blanks();
        let op = *operations()
            .get(line.word())
            .ok_or_else(|| line.wanted_at(start, "an operation"))?;
        let row = match op {
            Op::Input => self.leaf(op, 0),
            Op::Const => self.leaf(op, line.number()?.to_bits()),
            _ => self.application(op, line)?,
        };
        self.program.inputs += usize::from(op == Op::Input);
        self.program.rows.push(row);
        let (name, place) = line.remarks()?;
        if let Some(name) = name {
            self.program.names.insert(index as u32, name);
        }
        let place = place.map_or(NO_LINE, |place| self.place(place));
        self.program.lines.push(place);
        Ok(())
    }

    fn leaf(&self, op: Op, slot: u64) -> Row {
        Row {
            slot,
            first: self.program.rows.len() as u32,
            op,
            form: Form::Leaf,
            shape: 0,
        }
    }

    /// An operation on operands.
    fn application(&mut self, op: Op, line: &mut Line<'_>) -> Result<Row, Error> {
        let function = if op == Op::Call {
            Some(line.custom_op()?)
        } else {
            None
        };
        let start = line.skip_blanks();
        let mut operands = Operands::new();
        let info = op.info();
        let attribute = if let Arity::OneAndAttribute { integer } = info.arity {
            Some(integer)
        } else {
            None
        };
        if !line.is_at_remarks() {
            loop {
                operands.push(line.operand(self.program.rows.len())?);
                if attribute.is_some() || line.is_at_remarks() {
                    break;
                }
                line.expect(",")?;
            }
        }
        let name = function.map_or(info.name, CustomOp::name);
        check_count(op, name, operands.len(), || {
            function.map_or(0, CustomOp::arity)
        })
        .map_err(|wanted| line.wanted_instead(start, &wanted, &operands.len().to_string()))?;
        let slot = match attribute {
            Some(integer) => line.attribute(info.attribute, integer)?,
            None => 0,
        };

        let (form, first, slot) = match (info.arity, operands.as_slice()) {
            (Arity::One | Arity::OneAndAttribute { .. }, &[Operand::Node(x)]) => {
                (Form::One, x, slot)
            }
            (Arity::Two, &[Operand::Node(x), Operand::Node(y)]) => (Form::Two, x, u64::from(y)),
            (Arity::Two, &[Operand::Node(x), Operand::Literal(c)]) => {
                (Form::LiteralRight, x, c.to_bits())
            }
            (Arity::Two, &[Operand::Literal(c), Operand::Node(x)]) => {
                (Form::LiteralLeft, x, c.to_bits())
            }
            (Arity::Three | Arity::Any, operands) => {
                let start_of_list = u32::try_from(self.program.lists.len())
                    .map_err(|_| line.wanted_at(start, "fewer than 2^32 operands in all"))?;
                self.program.lists.push(operands.len() as u32);
                for operand in operands {
                    let Operand::Node(row) = *operand else {
                        return Err(
                            line.wanted_at(start, "rows only (a number is a row here, `const`)")
                        );
                    };
                    self.program.lists.push(row);
                }
                let number = function.map_or(0, CustomOp::number);
                (
                    Form::List,
                    self.program.rows.len() as u32,
                    u64::from(start_of_list) | u64::from(number) << 32,
                )
            }
            _ => return Err(line.wanted_at(start, "a row among the operands")),
        };
        Ok(Row {
            slot,
            first,
            op,
            form,
            shape: 0,
        })
    }

    fn place(&mut self, place: Place) -> u32 {
        let next = self.program.places.len() as u32;
        *self.places.entry(place).or_insert_with_key(|place| {
            self.program.places.push(place.clone());
            next
        })
    }

    /// `guard %1 < 2.0 is true  ; file:line:column`
    fn guard(&mut self, line: &mut Line<'_>) -> Result<(), Error> {
        let rows = self.program.rows.len();
        let question = Test::ALL
            .into_iter()
            .find(|&test| !is_comparison(test) && line.eat_word(test.name()));
        let (test, left, right) = match question {
            Some(test) => (test, line.operand(rows)?, Operand::Literal(0.0)),
            None => {
                let left = line.operand(rows)?;
                // The longest first: `<` begins `<=`, and that `<=>`.
                const COMPARISONS: [Test; 6] = [
                    Test::Compare,
                    Test::LessEqual,
                    Test::GreaterEqual,
                    Test::Equal,
                    Test::Less,
                    Test::Greater,
                ];
                let test = COMPARISONS.into_iter().find(|test| line.eat(test.name()));
                (
                    test.ok_or_else(|| line.wanted("a comparison"))?,
                    left,
                    line.operand(rows)?,
                )
            }
        };
        if !line.eat_word("is") {
            return Err(line.wanted("`is`"));
        }
        let start = line.skip_blanks();
        let answer = match test {
            Test::Read => line.number()?.to_bits(),
            Test::Compare => {
                let word = line.word();
                let answer = ORDERINGS.iter().position(|&ordering| ordering == word);
                answer.ok_or_else(|| {
                    line.wanted_at(start, "`less`, `equal`, `greater` or `unordered`")
                })? as u64
            }
            _ => match line.word() {
                "true" => 1,
                "false" => 0,
                _ => return Err(line.wanted_at(start, "`true` or `false`")),
            },
        };
        let (None, Some(place)) = line.remarks()? else {
            return Err(line.wanted("`;` and the place of the guard"));
        };
        self.program.guards.push(ProgramGuard {
            test,
            left,
            right,
            answer,
            place,
        });
        Ok(())
    }

    /// `output %3`
    fn output(&mut self, line: &mut Line<'_>) -> Result<(), Error> {
        self.program
            .outputs
            .push(match line.operand(self.program.rows.len())? {
                Operand::Node(row) => Output::Node(row),
                Operand::Literal(number) => Output::Constant {
                    bits: number.to_bits(),
                },
            });
        line.finish()
    }
}

/// Every operation by its name.
fn operations() -> &'static HashMap<&'static str, Op> {
    static OPERATIONS: OnceLock<HashMap<&'static str, Op>> = OnceLock::new();
    OPERATIONS.get_or_init(|| {
        let others = [Op::Input, Op::Const, Op::Detach, Op::Call];
        Op::ALL
            .iter()
            .copied()
            .chain(others)
            .map(|op| (op.info().name, op))
            .collect()
    })
}
