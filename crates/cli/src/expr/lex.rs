//! Text to lexemes: numbers, names and signs, each with its place.

use super::error::{ParseError, clip};

/// What a lexeme is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Name,
    Operator(Operator),
    Open,
    Close,
    Comma,
    Semicolon,
    Equals,
    End,
}

/// The operators. The lexer reads every minus sign as `Sub`; the parser knows
/// which of them are `Neg`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Sub,
    Mul,
    Div,
    Neg,
    Pow,
}

impl Operator {
    /// How tightly it binds.
    pub(super) fn precedence(self) -> u8 {
        match self {
            Operator::Add | Operator::Sub => 1,
            Operator::Mul | Operator::Div => 2,
            Operator::Neg => 3,
            Operator::Pow => 4,
        }
    }
}

/// A token, its text and its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lexeme<'a> {
    pub(super) token: Token,
    pub(super) text: &'a str,
    /// Where the text starts, in bytes of the source from 0.
    pub(super) start: usize,
    /// The same place in characters from 1, as people count.
    pub(super) column: usize,
}

impl Lexeme<'_> {
    /// Where the text ends, in bytes.
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// What people write instead of something the language has.
const STRAY: [(&str, &str); 17] = [
    ("**", "write `^` for a power"),
    ("==", "nothing compares here, and a binding has one `=`"),
    ("×", "write `*`"),
    ("·", "write `*`"),
    ("⋅", "write `*`"),
    ("÷", "write `/`"),
    ("−", "this is a Unicode minus sign: write `-`"),
    ("–", "this is a dash: write `-`"),
    ("²", "write `^2`"),
    ("³", "write `^3`"),
    ("√", "write sqrt(x)"),
    ("%", "write rem(x, y) for the remainder"),
    ("|", "write abs(x) for an absolute value"),
    ("[", "write `(`"),
    ("{", "write `(`"),
    ("]", "write `)`"),
    ("}", "write `)`"),
];

/// The lexemes of `source` up to its end or to its first lexical mistake, then
/// one `End`, and the mistake.
///
/// The parser reports the mistake when it comes to that `End`: what is wrong
/// further left is told first.
pub(super) fn lex(source: &str) -> (Vec<Lexeme<'_>>, Option<ParseError>) {
    let mut lexemes: Vec<Lexeme<'_>> = Vec::new();
    let (mut start, mut column, mut end_column) = (0, 1, 1);
    let mistake = loop {
        let rest = &source[start..];
        let Some(first) = rest.chars().next() else {
            break None;
        };
        if first.is_whitespace() {
            start += first.len_utf8();
            column += 1;
            continue;
        }
        let (token, text) = match token(first, rest) {
            Ok(found) => found,
            Err(mistake) => {
                break Some(ParseError {
                    column: Some(column),
                    ..mistake
                });
            }
        };
        lexemes.push(Lexeme {
            token,
            text,
            start,
            column,
        });
        start += text.len();
        column += text.chars().count();
        end_column = column;
    };
    lexemes.push(Lexeme {
        token: Token::End,
        text: "",
        start: lexemes.last().map_or(0, Lexeme::end),
        column: end_column,
    });
    (lexemes, mistake)
}

/// The token at the start of `rest`, and its text.
fn token(first: char, rest: &str) -> Result<(Token, &str), ParseError> {
    let stray = STRAY.iter().find(|(text, _)| rest.starts_with(text));
    if let Some((text, hint)) = stray {
        return Err(ParseError::new(format!("`{text}` is not in the language")).hint(*hint));
    }
    let sign = match first {
        '+' => Token::Operator(Operator::Add),
        '-' => Token::Operator(Operator::Sub),
        '*' => Token::Operator(Operator::Mul),
        '/' => Token::Operator(Operator::Div),
        '^' => Token::Operator(Operator::Pow),
        '(' => Token::Open,
        ')' => Token::Close,
        ',' => Token::Comma,
        ';' => Token::Semicolon,
        '=' => Token::Equals,
        '0'..='9' | '.' => return number(rest),
        c if is_name(&rest[..c.len_utf8()]) => {
            let length = rest.find(|c| !continues_name(c)).unwrap_or(rest.len());
            return Ok((Token::Name, &rest[..length]));
        }
        c => return Err(ParseError::new(format!("unexpected character {c:?}"))),
    };
    Ok((sign, &rest[..1]))
}

/// Whether `text` is one name.
pub(super) fn is_name(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.is_empty()
        && text.chars().all(continues_name)
}

fn continues_name(c: char) -> bool {
    c.is_alphabetic() || c.is_ascii_digit() || c == '_'
}

/// The number at the start of `rest`: digits with at most one point, then an
/// exponent. In `2exp(x)` the `e` starts a name; in `2e` and `2e+` it starts an
/// exponent that has no digits.
fn number(rest: &str) -> Result<(Token, &str), ParseError> {
    let digits = |from: usize| rest[from..].bytes().take_while(u8::is_ascii_digit).count();
    let mut length = digits(0);
    if rest[length..].starts_with('.') {
        length += 1;
        length += digits(length);
    }
    let mut broken = false;
    if let Some(exponent) = rest[length..].strip_prefix(['e', 'E']) {
        let sign = usize::from(exponent.starts_with(['+', '-']));
        let places = digits(length + 1 + sign);
        if places > 0 {
            length += 1 + sign + places;
        } else {
            broken = !exponent.starts_with(continues_name);
        }
    }
    broken |= rest[length..].starts_with(['.', '_']);
    let text = &rest[..length];
    match text.parse::<f64>() {
        Ok(value) if !broken && value.is_finite() => Ok((Token::Number(value), text)),
        Ok(_) if !broken => {
            let message = format!("the number `{}` is too large", clip(text));
            Err(ParseError::new(message).hint("the largest number is about 1.8e308"))
        }
        Ok(_) | Err(_) => {
            let length = rest
                .find(|c| !continues_name(c) && c != '.')
                .unwrap_or(rest.len());
            let message = format!("malformed number `{}`", clip(&rest[..length]));
            Err(ParseError::new(message).hint("numbers are written like 12, 0.5, 1e-3"))
        }
    }
}
