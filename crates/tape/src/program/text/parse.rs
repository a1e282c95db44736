//! Reading a printed program back: one pass over the lines, no recursion, and no memory
//! beyond what the text itself is long.

use super::{HEADER, ORDERINGS, VERSION, is_bare, is_bare_file, is_comparison};
use crate::custom::CustomOp;
use crate::error::{Error, ErrorKind};
use crate::graph::{Form, Operand, Operands, Row};
use crate::guard::Test;
use crate::op::{Arity, AttributeType, Op};
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
    /// [`ErrorKind::Parse`], with line and column and what was expected there; also if the
    /// program calls an operation that has not been [defined](CustomOp).
    fn from_str(text: &str) -> Result<Program, Error> {
        let mut lines = text
            .lines()
            .enumerate()
            .map(|(i, text)| Line { text, at: 0, number: i + 1 })
            .filter(|line| !line.text.trim_start().is_empty() && !line.text.trim_start().starts_with('#'));
        let end = || Line { text: "", at: 0, number: text.lines().count() + 1 };
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
        Reader { program, places: HashMap::new() }
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
        let op = *operations().get(line.word()).ok_or_else(|| line.wanted_at(start, "an operation"))?;
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
        Row { slot, first: self.program.rows.len() as u32, op, form: Form::Leaf, shape: 0 }
    }

    /// An operation on operands.
    fn application(&mut self, op: Op, line: &mut Line<'_>) -> Result<Row, Error> {
        let function = if op == Op::Call { Some(line.custom_op()?) } else { None };
        let start = line.skip_blanks();
        let mut operands = Operands::new();
        let info = op.info();
        let attribute = if let Arity::OneAndAttribute { integer } = info.arity { Some(integer) } else { None };
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
        check_count(op, name, operands.len(), || function.map_or(0, CustomOp::arity))
            .map_err(|wanted| line.wanted_instead(start, &wanted, &operands.len().to_string()))?;
        let slot = match attribute {
            Some(integer) => line.attribute(info.attribute, integer)?,
            None => 0,
        };

        let (form, first, slot) = match (info.arity, operands.as_slice()) {
            (Arity::One | Arity::OneAndAttribute { .. }, &[Operand::Node(x)]) => (Form::One, x, slot),
            (Arity::Two, &[Operand::Node(x), Operand::Node(y)]) => (Form::Two, x, u64::from(y)),
            (Arity::Two, &[Operand::Node(x), Operand::Literal(c)]) => (Form::LiteralRight, x, c.to_bits()),
            (Arity::Two, &[Operand::Literal(c), Operand::Node(x)]) => (Form::LiteralLeft, x, c.to_bits()),
            (Arity::Three | Arity::Any, operands) => {
                let start_of_list = u32::try_from(self.program.lists.len())
                    .map_err(|_| line.wanted_at(start, "fewer than 2^32 operands in all"))?;
                self.program.lists.push(operands.len() as u32);
                for operand in operands {
                    let Operand::Node(row) = *operand else {
                        return Err(line.wanted_at(start, "rows only (a number is a row here, `const`)"));
                    };
                    self.program.lists.push(row);
                }
                let number = function.map_or(0, CustomOp::number);
                (Form::List, self.program.rows.len() as u32, u64::from(start_of_list) | u64::from(number) << 32)
            }
            _ => return Err(line.wanted_at(start, "a row among the operands")),
        };
        Ok(Row { slot, first, op, form, shape: 0 })
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
        let question = Test::ALL.into_iter().find(|&test| !is_comparison(test) && line.eat_word(test.name()));
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
                (test.ok_or_else(|| line.wanted("a comparison"))?, left, line.operand(rows)?)
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
                answer.ok_or_else(|| line.wanted_at(start, "`less`, `equal`, `greater` or `unordered`"))? as u64
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
        self.program.guards.push(ProgramGuard { test, left, right, answer, place });
        Ok(())
    }

    /// `output %3`
    fn output(&mut self, line: &mut Line<'_>) -> Result<(), Error> {
        self.program.outputs.push(match line.operand(self.program.rows.len())? {
            Operand::Node(row) => Output::Node(row),
            Operand::Literal(number) => Output::Constant { bits: number.to_bits() },
        });
        line.finish()
    }
}

/// Every operation by its name.
fn operations() -> &'static HashMap<&'static str, Op> {
    static OPERATIONS: OnceLock<HashMap<&'static str, Op>> = OnceLock::new();
    OPERATIONS.get_or_init(|| {
        let others = [Op::Input, Op::Const, Op::Detach, Op::Call];
        Op::ALL.iter().copied().chain(others).map(|op| (op.info().name, op)).collect()
    })
}

/// A line, and how far it has been read.
struct Line<'a> {
    text: &'a str,
    at: usize,
    number: usize,
}

impl<'a> Line<'a> {
    fn header(mut self) -> Result<(), Error> {
        let start = self.skip_blanks();
        if !self.eat(HEADER) {
            return Err(self.wanted_at(start, &format!("the header `{HEADER} {VERSION}`")));
        }
        let start = self.skip_blanks();
        if self.word() != VERSION {
            return Err(self.wanted_at(start, &format!("version {VERSION} of the format, the only one known here")));
        }
        self.finish()
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_blanks(&mut self) -> usize {
        self.at = self.text.len() - self.rest().trim_start().len();
        self.at
    }

    fn next_is(&mut self, sign: &str) -> bool {
        self.skip_blanks();
        self.rest().starts_with(sign)
    }

    fn eat(&mut self, sign: &str) -> bool {
        let found = self.next_is(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), Error> {
        if self.eat(sign) { Ok(()) } else { Err(self.wanted(&format!("`{sign}`"))) }
    }

    /// The characters up to the next blank or sign.
    fn word(&mut self) -> &'a str {
        self.skip_blanks();
        let ends = |c: char| c.is_whitespace() || ",;=<>\"%".contains(c);
        let word = self.rest().split(ends).next().unwrap_or_default();
        self.at += word.len();
        word
    }

    fn eat_word(&mut self, wanted: &str) -> bool {
        let start = self.skip_blanks();
        let found = self.word() == wanted;
        if !found {
            self.at = start;
        }
        found
    }

    /// `%3`, as a number of any size that fits.
    fn row_number(&mut self) -> Option<u64> {
        if !self.eat("%") {
            return None;
        }
        let digits = self.rest().len() - self.rest().trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number = self.rest()[..digits].parse().ok();
        self.at += digits;
        number
    }

    /// A row before row `rows`, or a plain number.
    fn operand(&mut self, rows: usize) -> Result<Operand, Error> {
        let start = self.skip_blanks();
        if !self.next_is("%") {
            return Ok(Operand::Literal(self.number_or("a row such as %0, or a number")?));
        }
        match self.row_number() {
            Some(row) if row < rows as u64 => Ok(Operand::Node(row as u32)),
            _ if rows == 0 => Err(self.wanted_at(start, "no operand yet, in the first row")),
            _ => Err(self.wanted_at(start, &format!("a row before %{rows}"))),
        }
    }

    fn number(&mut self) -> Result<f64, Error> {
        self.number_or("a number")
    }

    fn number_or(&mut self, wanted: &str) -> Result<f64, Error> {
        let start = self.skip_blanks();
        let word = self.word();
        let number = match word {
            "nan" => Some(f64::NAN),
            "-nan" => Some(-f64::NAN),
            "inf" => Some(f64::INFINITY),
            "-inf" => Some(f64::NEG_INFINITY),
            _ => match word.strip_prefix("nan(0x").and_then(|word| word.strip_suffix(')')) {
                Some(bits) => u64::from_str_radix(bits, 16).ok().map(f64::from_bits).filter(|x| x.is_nan()),
                None if word.contains(|c: char| c.is_ascii_digit()) => {
                    word.parse().ok().filter(|x: &f64| x.is_finite())
                }
                None => None,
            },
        };
        number.ok_or_else(|| self.wanted_at(start, wanted))
    }

    /// `, n = 3`, as the bits that a row keeps of it.
    fn attribute(&mut self, name: &str, integer: bool) -> Result<u64, Error> {
        self.expect(",")?;
        let start = self.skip_blanks();
        if self.word() != name {
            return Err(self.wanted_at(start, &format!("`{name} =` and a number")));
        }
        self.expect("=")?;
        if !integer {
            return Ok(self.number()?.to_bits());
        }
        let start = self.skip_blanks();
        let number: Result<i32, _> = self.word().parse();
        Ok(AttributeType::to_bits(number.map_err(|_| self.wanted_at(start, "a whole number of 32 bits"))?))
    }

    /// The name of a user's operation, which must be known.
    fn custom_op(&mut self) -> Result<&'static CustomOp, Error> {
        let start = self.skip_blanks();
        let wanted = "the name of an operation";
        let name = match self.quoted()? {
            Some(name) => name,
            None => self.word().to_string(),
        };
        if name.is_empty() {
            return Err(self.wanted_at(start, wanted));
        }
        CustomOp::find(&name).ok_or_else(|| {
            let story = format!("the operation {name:?} is not defined here; define it (`CustomOp::define`), then read again");
            self.error_at(start, &story)
        })
    }

    fn is_at_remarks(&mut self) -> bool {
        self.skip_blanks();
        self.rest().is_empty() || self.rest().starts_with(';')
    }

    /// Nothing but blanks may be left.
    fn finish(&mut self) -> Result<(), Error> {
        self.skip_blanks();
        if self.rest().is_empty() { Ok(()) } else { Err(self.wanted("the end of the line")) }
    }

    /// `; name  file:line:column`, either or both or nothing, up to the end of the line.
    fn remarks(&mut self) -> Result<(Option<String>, Option<Place>), Error> {
        let (mut name, mut place) = (None, None);
        if self.eat(";") {
            if !self.is_place() {
                name = self.name()?;
            }
            if self.is_place() {
                place = Some(self.place()?);
            }
        }
        self.finish()?;
        Ok((name, place))
    }

    /// The characters up to the next blank.
    fn chunk(&self) -> &'a str {
        self.rest().split(char::is_whitespace).next().unwrap_or_default()
    }

    /// Whether a place comes next, and no name: it ends with a line and a column.
    fn is_place(&mut self) -> bool {
        let start = self.skip_blanks();
        let quoted = matches!(self.quoted(), Ok(Some(_)));
        let place = if quoted { self.rest().starts_with(':') } else { self.chunk().contains(':') };
        self.at = start;
        place
    }

    fn name(&mut self) -> Result<Option<String>, Error> {
        let start = self.skip_blanks();
        if let Some(name) = self.quoted()? {
            return Ok(Some(name));
        }
        let chunk = self.chunk();
        if chunk.is_empty() {
            return Ok(None);
        }
        if !is_bare(chunk) {
            return Err(self.wanted_at(start, "a name (in quotes, with signs such as these) or a place"));
        }
        self.at += chunk.len();
        Ok(Some(chunk.to_string()))
    }

    fn place(&mut self) -> Result<Place, Error> {
        let start = self.skip_blanks();
        let quoted = self.quoted()?;
        let chunk = self.chunk();
        let mut parts = chunk.rsplitn(3, ':');
        let mut number = || parts.next().filter(|s| s.bytes().all(|b| b.is_ascii_digit()))?.parse().ok();
        let (column, line) = (number(), number());
        let file = match (quoted, parts.next()) {
            (Some(file), Some("")) => Some(file),
            (None, Some(file)) if is_bare_file(file) => Some(file.to_string()),
            _ => None,
        };
        let (Some(file), Some(line), Some(column)) = (file, line, column) else {
            return Err(self.wanted_at(start, "a place such as src/main.rs:12:9"));
        };
        self.at += chunk.len();
        Ok(Place { file, line, column })
    }

    /// A text in quotes, if one comes next; with the escapes that Rust prints.
    fn quoted(&mut self) -> Result<Option<String>, Error> {
        let start = self.skip_blanks();
        let Some(inside) = self.rest().strip_prefix('"') else { return Ok(None) };
        let mut text = String::new();
        let mut chars = inside.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += 1 + at + 1;
                    return Ok(Some(text));
                }
                '\\' => {
                    let wrong = || self.wanted_at(start + 1 + at, "an escape such as \\n or \\u{7f}");
                    text.push(match chars.next().ok_or_else(wrong)?.1 {
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        '0' => '\0',
                        same @ ('\\' | '\'' | '"') => same,
                        'u' => {
                            let (digits, _) = chars
                                .as_str()
                                .strip_prefix('{')
                                .and_then(|digits| digits.split_at_checked(digits.bytes().take(7).position(|b| b == b'}')?))
                                .ok_or_else(wrong)?;
                            let code = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
                            chars.nth(digits.len() + 1);
                            code.ok_or_else(wrong)?
                        }
                        _ => return Err(wrong()),
                    });
                }
                _ => text.push(c),
            }
        }
        Err(self.wanted_at(start, "a closing quote"))
    }

    /// That something else was expected where reading has come to.
    fn wanted(&self, what: &str) -> Error {
        self.wanted_at(self.at, what)
    }

    fn wanted_at(&self, at: usize, what: &str) -> Error {
        let rest = self.text[at..].trim_start();
        let mut ends = rest.char_indices().skip(1).filter(|&(_, c)| c.is_whitespace() || ",;".contains(c));
        let found = &rest[..ends.next().map_or(rest.len(), |(end, _)| end)];
        if found.is_empty() {
            return self.wanted_instead(at, what, "the end of the line");
        }
        // What a terminal would obey rather than show is escaped.
        let show = |c: char| if "\"'\\".contains(c) { c.to_string() } else { c.escape_debug().to_string() };
        let shown: String = found.chars().take(24).map(show).collect();
        self.wanted_instead(at, what, &format!("`{shown}`"))
    }

    fn wanted_instead(&self, at: usize, what: &str, found: &str) -> Error {
        self.error_at(at, &format!("expected {what}, found {found}"))
    }

    fn error_at(&self, at: usize, story: &str) -> Error {
        let blanks = self.text[at..].len() - self.text[at..].trim_start().len();
        let column = self.text[..at + blanks].chars().count() + 1;
        Error::new(ErrorKind::Parse, format!("line {}, column {column}: {story}", self.number))
    }
}
