//! One line of a printed program, read word by word.

use super::{HEADER, VERSION, is_bare, is_bare_file};
use crate::custom::CustomOp;
use crate::error::{Error, ErrorKind};
use crate::graph::Operand;
use crate::op::AttributeType;
use crate::program::Place;

/// A line, and how far it has been read.
pub(super) struct Line<'a> {
    text: &'a str,
    at: usize,
    /// From 1.
    number: usize,
}

impl<'a> Line<'a> {
    pub(super) fn new(text: &'a str, number: usize) -> Line<'a> {
        Line {
            text,
            at: 0,
            number,
        }
    }

    /// Whether there is nothing to read here, or a remark.
    pub(super) fn is_blank(&self) -> bool {
        let text = self.text.trim_start();
        text.is_empty() || text.starts_with('#')
    }

    /// The first line.
    pub(super) fn header(mut self) -> Result<(), Error> {
        let start = self.skip_blanks();
        if !self.eat(HEADER) {
            return Err(self.wanted_at(start, &format!("the header `{HEADER} {VERSION}`")));
        }
        let start = self.skip_blanks();
        if self.word() != VERSION {
            return Err(self.wanted_at(
                start,
                &format!("version {VERSION} of the format, the only one known here"),
            ));
        }
        self.finish()
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn skip_blanks(&mut self) -> usize {
        self.at = self.text.len() - self.rest().trim_start().len();
        self.at
    }

    pub(super) fn next_is(&mut self, sign: &str) -> bool {
        self.skip_blanks();
        self.rest().starts_with(sign)
    }

    pub(super) fn eat(&mut self, sign: &str) -> bool {
        let found = self.next_is(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    pub(super) fn expect(&mut self, sign: &str) -> Result<(), Error> {
        if self.eat(sign) {
            Ok(())
        } else {
            Err(self.wanted(&format!("`{sign}`")))
        }
    }

    /// The characters up to the next blank or sign.
    pub(super) fn word(&mut self) -> &'a str {
        self.skip_blanks();
        let ends = |c: char| c.is_whitespace() || ",;=<>\"%".contains(c);
        let word = self.rest().split(ends).next().unwrap_or_default();
        self.at += word.len();
        word
    }

    pub(super) fn eat_word(&mut self, wanted: &str) -> bool {
        let start = self.skip_blanks();
        let found = self.word() == wanted;
        if !found {
            self.at = start;
        }
        found
    }

    /// `%3`, as a number of any size that fits.
    pub(super) fn row_number(&mut self) -> Option<u64> {
        if !self.eat("%") {
            return None;
        }
        let digits = self.rest().len()
            - self
                .rest()
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .len();
        let number = self.rest()[..digits].parse().ok();
        self.at += digits;
        number
    }

    /// A row before row `rows`, or a plain number.
    pub(super) fn operand(&mut self, rows: usize) -> Result<Operand, Error> {
        let start = self.skip_blanks();
        if !self.next_is("%") {
            return Ok(Operand::Literal(
                self.number_or("a row such as %0, or a number")?,
            ));
        }
        match self.row_number() {
            Some(row) if row < rows as u64 => Ok(Operand::Node(row as u32)),
            _ if rows == 0 => Err(self.wanted_at(start, "no operand yet, in the first row")),
            _ => Err(self.wanted_at(start, &format!("a row before %{rows}"))),
        }
    }

    pub(super) fn number(&mut self) -> Result<f64, Error> {
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
            _ => match word
                .strip_prefix("nan(0x")
                .and_then(|word| word.strip_suffix(')'))
            {
                Some(bits) => u64::from_str_radix(bits, 16)
                    .ok()
                    .map(f64::from_bits)
                    .filter(|x| x.is_nan()),
                None if word.contains(|c: char| c.is_ascii_digit()) => {
                    word.parse().ok().filter(|x: &f64| x.is_finite())
                }
                None => None,
            },
        };
        number.ok_or_else(|| self.wanted_at(start, wanted))
    }

    /// `, n = 3`, as the bits that a row keeps of it.
    pub(super) fn attribute(&mut self, name: &str, integer: bool) -> Result<u64, Error> {
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
        Ok(AttributeType::to_bits(number.map_err(|_| {
            self.wanted_at(start, "a whole number of 32 bits")
        })?))
    }

    /// The name of a user's operation, which must be known.
    pub(super) fn custom_op(&mut self) -> Result<&'static CustomOp, Error> {
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

    pub(super) fn is_at_remarks(&mut self) -> bool {
        self.skip_blanks();
        self.rest().is_empty() || self.rest().starts_with(';')
    }

    /// Nothing but blanks may be left.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        self.skip_blanks();
        if self.rest().is_empty() {
            Ok(())
        } else {
            Err(self.wanted("the end of the line"))
        }
    }

    /// `; name  file:line:column`, either or both or nothing, up to the end of the line.
    pub(super) fn remarks(&mut self) -> Result<(Option<String>, Option<Place>), Error> {
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
        self.rest()
            .split(char::is_whitespace)
            .next()
            .unwrap_or_default()
    }

    /// Whether a place comes next, and no name: it ends with a line and a column.
    fn is_place(&mut self) -> bool {
        let start = self.skip_blanks();
        let quoted = matches!(self.quoted(), Ok(Some(_)));
        let place = if quoted {
            self.rest().starts_with(':')
        } else {
            self.chunk().contains(':')
        };
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
            return Err(self.wanted_at(
                start,
                "a name (in quotes, with signs such as these) or a place",
            ));
        }
        self.at += chunk.len();
        Ok(Some(chunk.to_string()))
    }

    fn place(&mut self) -> Result<Place, Error> {
        let start = self.skip_blanks();
        let quoted = self.quoted()?;
        let chunk = self.chunk();
        let mut parts = chunk.rsplitn(3, ':');
        let mut number = || {
            parts
                .next()
                .filter(|s| s.bytes().all(|b| b.is_ascii_digit()))?
                .parse()
                .ok()
        };
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
        let Some(inside) = self.rest().strip_prefix('"') else {
            return Ok(None);
        };
        let mut text = String::new();
        let mut chars = inside.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += 1 + at + 1;
                    return Ok(Some(text));
                }
                '\\' => {
                    let wrong =
                        || self.wanted_at(start + 1 + at, "an escape such as \\n or \\u{7f}");
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
                                .and_then(|digits| {
                                    digits.split_at_checked(
                                        digits.bytes().take(7).position(|b| b == b'}')?,
                                    )
                                })
                                .ok_or_else(wrong)?;
                            let code = u32::from_str_radix(digits, 16)
                                .ok()
                                .and_then(char::from_u32);
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
    pub(super) fn wanted(&self, what: &str) -> Error {
        self.wanted_at(self.at, what)
    }

    pub(super) fn wanted_at(&self, at: usize, what: &str) -> Error {
        let rest = self.text[at..].trim_start();
        let mut ends = rest
            .char_indices()
            .skip(1)
            .filter(|&(_, c)| c.is_whitespace() || ",;".contains(c));
        let found = &rest[..ends.next().map_or(rest.len(), |(end, _)| end)];
        if found.is_empty() {
            return self.wanted_instead(at, what, "the end of the line");
        }
        // What a terminal would obey rather than show is escaped.
        let show = |c: char| {
            if "\"'\\".contains(c) {
                c.to_string()
            } else {
                c.escape_debug().to_string()
            }
        };
        let shown: String = found.chars().take(24).map(show).collect();
        self.wanted_instead(at, what, &format!("`{shown}`"))
    }

    pub(super) fn wanted_instead(&self, at: usize, what: &str, found: &str) -> Error {
        self.error_at(at, &format!("expected {what}, found {found}"))
    }

    fn error_at(&self, at: usize, story: &str) -> Error {
        let blanks = self.text[at..].len() - self.text[at..].trim_start().len();
        let column = self.text[..at + blanks].chars().count() + 1;
        Error::new(
            ErrorKind::Parse,
            format!("line {}, column {column}: {story}", self.number),
        )
    }
}
