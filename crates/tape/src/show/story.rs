//! The stories as text.

mod blame;
pub(super) mod json;
mod kinks;
mod paths;
pub(super) mod precision;

use super::visible;
use crate::story::Mention;
use std::fmt;

/// Prints `q = x + y`.
impl fmt::Display for Mention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", visible(&self.label), self.expression)
    }
}

/// The end of a headline: the line of code, if it is known.
fn source(mention: &Mention) -> String {
    match &mention.source {
        Some(source) => format!("    {source}"),
        None => String::new(),
    }
}

/// A few things and how many there are besides.
fn few(things: &[String], most: usize) -> String {
    let shown = things[..things.len().min(most)].join(", ");
    match things.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
