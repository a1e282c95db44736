//! The one error of the crate.

use std::fmt;

/// What went wrong. The message says what, where, and what to try; [`kind`](Error::kind) is
/// for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

/// The kinds of error, for programs that handle them differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A replay met a comparison or a read-out that answers otherwise than when the program was recorded.
    BranchChanged,
    /// A slice has the wrong length for what it is used with.
    Length,
    /// A text is not a printed program.
    Parse,
    /// Something cannot be part of a program: a value of another recording, say.
    Record,
    /// Shapes that do not go together, or do not fit an operation.
    Shape,
    /// An axis that an array does not have, or one named twice.
    Axis,
    /// An index, class or range outside of an array.
    Index,
    /// An option that makes no sense: a stride of zero, a kernel larger than its input, a malformed pattern.
    Option,
    /// A matrix for which the answer does not exist: singular, or not positive definite.
    Singular,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error {
            kind,
            message: message.into(),
        }
    }

    /// The kind of error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// What a call answers, or a panic with the error's message at the user's line.
#[track_caller]
pub(crate) fn done<V>(result: Result<V, Error>) -> V {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}
