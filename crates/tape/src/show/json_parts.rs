//! Lists, numbers and strings of JSON.

use crate::array::Array;
use std::fmt;

/// The brackets of a list.
pub(super) const SQUARE: [char; 2] = ['[', ']'];

/// Things between brackets, commas between them.
pub(super) fn list<'f, T>(
    f: &mut fmt::Formatter<'f>,
    [open, close]: [char; 2],
    things: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut fmt::Formatter<'f>, T) -> fmt::Result,
) -> fmt::Result {
    write!(f, "{open}")?;
    for (place, thing) in things.into_iter().enumerate() {
        if place > 0 {
            f.write_str(",")?;
        }
        write(f, thing)?;
    }
    write!(f, "{close}")
}

/// A list of numbers.
pub(super) fn numbers(f: &mut fmt::Formatter<'_>, row: &Vec<f64>) -> fmt::Result {
    list(f, SQUARE, row, |f, &number| write!(f, "{}", Number(number)))
}

/// An array as lists of lists.
pub(super) fn nested(f: &mut fmt::Formatter<'_>, array: &Array) -> fmt::Result {
    parts(f, array.shape(), array.as_slice())
}

/// The part of an array that the axes of `lengths` hold.
fn parts(f: &mut fmt::Formatter<'_>, lengths: &[usize], elements: &[f64]) -> fmt::Result {
    let [length, inner @ ..] = lengths else {
        return write!(f, "{}", Number(elements[0]));
    };
    let size: usize = inner.iter().product();
    list(f, SQUARE, 0..*length, |f, place| {
        parts(f, inner, &elements[place * size..(place + 1) * size])
    })
}

/// A number, in digits that read back as the same number.
pub(super) struct Number(pub(super) f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            number if number.is_nan() => f.write_str("\"nan\""),
            f64::INFINITY => f.write_str("\"inf\""),
            f64::NEG_INFINITY => f.write_str("\"-inf\""),
            number => write!(f, "{number:?}"),
        }
    }
}

/// A string.
pub(super) struct Text<'a>(pub(super) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                // JSON lets these stand, but they end a line for JavaScript, or turn the text around.
                _ if c.is_control() || (super::is_invisible(c) && (c as u32) < 0x10000) => {
                    write!(f, "\\u{:04x}", c as u32)?;
                }
                _ => write!(f, "{c}")?,
            }
        }
        f.write_str("\"")
    }
}
