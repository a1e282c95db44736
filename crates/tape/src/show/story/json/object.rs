//! Objects and lists of JSON, from what can be written.

use crate::show::json_parts::{Number, SQUARE, list};
use std::fmt::{self, Display, Formatter};

/// What a closure writes.
pub(super) struct By<F>(pub(super) F);

impl<F: Fn(&mut Formatter<'_>) -> fmt::Result> Display for By<F> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        (self.0)(f)
    }
}

/// `{"key":value, ..}`
pub(super) fn object(f: &mut Formatter<'_>, fields: &[(&str, &dyn Display)]) -> fmt::Result {
    list(f, ['{', '}'], fields, |f, (key, value)| {
        write!(f, "\"{key}\":{value}")
    })
}

/// A list, each thing as `write` has it.
pub(super) fn each<'a, T>(
    things: &'a [T],
    write: impl Fn(&mut Formatter<'_>, &T) -> fmt::Result + 'a,
) -> impl Display + 'a {
    By(move |f: &mut Formatter<'_>| list(f, SQUARE, things, |f, thing| write(f, thing)))
}

/// What may be missing: then it is null.
pub(super) fn maybe<'a, T>(
    thing: Option<&'a T>,
    write: impl Fn(&mut Formatter<'_>, &T) -> fmt::Result + 'a,
) -> impl Display + 'a {
    By(move |f: &mut Formatter<'_>| match thing {
        Some(thing) => write(f, thing),
        None => f.write_str("null"),
    })
}

pub(super) fn index(index: Option<&Vec<usize>>) -> impl Display + '_ {
    maybe(index, |f, index| {
        list(f, SQUARE, index, |f, place| write!(f, "{place}"))
    })
}

pub(super) fn numbers(numbers: &[f64]) -> impl Display + '_ {
    each(numbers, |f, &number| write!(f, "{}", Number(number)))
}
