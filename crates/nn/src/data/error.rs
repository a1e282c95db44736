//! The error of this module, and where it points.

use std::fmt;
use std::path::{Path, PathBuf};

pub(super) type Result<V, E = DataError> = std::result::Result<V, E>;

/// What is wrong with data, and where: the file, and the line or the byte.
///
/// The message says what was expected and what was found. [`kind`](DataError::kind) and the place
/// are for programs.
///
/// ```
/// use nn::data::{Csv, DataErrorKind};
///
/// let error = Csv::new().parse("age,weight\n7,21\n8,x\n").unwrap_err();
/// assert_eq!(error.kind(), DataErrorKind::Format);
/// assert_eq!((error.line(), error.column()), (Some(3), Some("\"weight\"")));
/// assert_eq!(error.to_string(), "line 3, column \"weight\": expected a number, as in the lines \
///     above, found \"x\"; if the column holds categories, say `.categorical(\"weight\")`");
/// ```
#[derive(Debug)]
pub struct DataError {
    kind: DataErrorKind,
    file: Option<PathBuf>,
    line: Option<u64>,
    column: Option<String>,
    byte: Option<u64>,
    message: String,
    source: Option<std::io::Error>,
}

/// The kinds of [`DataError`], for programs that handle them differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DataErrorKind {
    /// A file cannot be opened or read.
    Read,
    /// A file is not what its format says: cut short, too long, or malformed.
    Format,
    /// A value is missing, and nothing says what to do then.
    Missing,
    /// A label, a character or a column that is not known.
    Unknown,
    /// Lengths or shapes that do not go together.
    Shape,
    /// An option that makes no sense: a batch of no examples, shares that do not add up to 1.
    Option,
}

impl DataError {
    pub(super) fn new(kind: DataErrorKind, message: impl Into<String>) -> DataError {
        DataError {
            kind,
            file: None,
            line: None,
            column: None,
            byte: None,
            message: message.into(),
            source: None,
        }
    }

    /// A file that the system does not give us.
    pub(super) fn unreadable(path: &Path, source: std::io::Error) -> DataError {
        DataError {
            source: Some(source),
            ..DataError::new(DataErrorKind::Read, "cannot be read").in_file(path)
        }
    }

    pub(super) fn at_line(self, line: u64) -> DataError {
        let line = Some(line);
        DataError { line, ..self }
    }

    /// `column` as it is to be read: a number, or a name in quotes.
    pub(super) fn in_column(self, column: impl Into<String>) -> DataError {
        let column = Some(column.into());
        DataError { column, ..self }
    }

    pub(super) fn at_byte(self, byte: u64) -> DataError {
        let byte = Some(byte);
        DataError { byte, ..self }
    }

    pub(super) fn in_file(self, path: &Path) -> DataError {
        let file = Some(path.to_path_buf());
        DataError { file, ..self }
    }

    /// The kind of error.
    #[must_use]
    pub fn kind(&self) -> DataErrorKind {
        self.kind
    }

    /// The file that it is about.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The line, counted from 1, in a text.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        self.line
    }

    /// The column in that line: a number, counted from 1, in plain text; a name, in quotes, in a
    /// table.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        self.column.as_deref()
    }

    /// The offset in bytes, counted from 0, in a binary file (of what is compressed, if it is), or
    /// in a text that is not UTF-8.
    #[must_use]
    pub fn byte(&self) -> Option<u64> {
        self.byte
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut place = Vec::new();
        place.extend(self.file().map(|file| file.display().to_string()));
        place.extend(self.line.map(|line| format!("line {line}")));
        place.extend(self.column().map(|column| format!("column {column}")));
        place.extend(self.byte.map(|byte| format!("byte {byte}")));
        if !place.is_empty() {
            write!(f, "{}: ", place.join(", "))?;
        }
        f.write_str(&self.message)?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for DataError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

/// What a call answers, or a panic with the error's message at the user's line.
#[track_caller]
pub(super) fn done<V>(result: Result<V>) -> V {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}

/// A shortened quotation of something found in a file: one line, at most 40 characters.
pub(super) fn quoted(found: &str) -> String {
    let mut start: String = found.chars().take(40).collect();
    if start.len() < found.len() {
        start.push_str("...");
    }
    format!("{start:?}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;

    #[test]
    fn an_error_says_where_and_hands_on_its_cause() {
        let error = DataError::new(DataErrorKind::Format, "too short").in_file(Path::new("a.idx"));
        assert_eq!(error.at_byte(4).to_string(), "a.idx, byte 4: too short");

        let missing = std::fs::read("no/such/file").unwrap_err();
        let error = DataError::unreadable(Path::new("no/such/file"), missing);
        assert_eq!(error.kind(), DataErrorKind::Read);
        assert_eq!(error.file(), Some(Path::new("no/such/file")));
        assert!(error.source().is_some());
        assert!(
            error
                .to_string()
                .starts_with("no/such/file: cannot be read: ")
        );
    }

    #[test]
    fn what_was_found_is_quoted_on_one_line() {
        assert_eq!(quoted("a\nb"), r#""a\nb""#);
        assert_eq!(quoted(&"x".repeat(1000)).len(), 45);
    }
}
