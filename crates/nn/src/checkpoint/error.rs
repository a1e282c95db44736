//! The error of this module.

use crate::Mismatch;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

pub(super) type Result<V> = std::result::Result<V, CheckpointError>;

/// Why something could not be saved or loaded. Nothing has been changed then, neither a file nor a
/// network.
#[derive(Debug)]
pub struct CheckpointError {
    kind: CheckpointErrorKind,
    file: Option<PathBuf>,
    message: String,
    mismatch: Option<Box<Mismatch>>,
    source: Option<io::Error>,
}

/// The kinds of [`CheckpointError`], for programs that handle them differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CheckpointErrorKind {
    /// A file cannot be opened or read.
    Read,
    /// A file cannot be written.
    Write,
    /// A file is not what its format says: cut short, too long, or malformed.
    Format,
    /// A file is well-formed, and not of this network or this optimizer.
    Mismatch,
}

impl CheckpointError {
    pub(super) fn new(kind: CheckpointErrorKind, message: impl Into<String>) -> CheckpointError {
        CheckpointError {
            kind,
            file: None,
            message: message.into(),
            mismatch: None,
            source: None,
        }
    }

    /// A checkpoint of something else.
    pub(crate) fn unlike(message: impl Into<String>) -> CheckpointError {
        CheckpointError::new(CheckpointErrorKind::Mismatch, message)
    }

    pub(super) fn format(message: impl Into<String>) -> CheckpointError {
        CheckpointError::new(CheckpointErrorKind::Format, message)
    }

    pub(super) fn unreadable(source: io::Error) -> CheckpointError {
        CheckpointError {
            source: Some(source),
            ..CheckpointError::new(CheckpointErrorKind::Read, "cannot be read")
        }
    }

    pub(super) fn unwritable(path: &Path, source: io::Error) -> CheckpointError {
        CheckpointError {
            file: Some(path.to_path_buf()),
            source: Some(source),
            ..CheckpointError::new(CheckpointErrorKind::Write, "cannot be written")
        }
    }

    /// Arrays that do not fit `whom`.
    pub(super) fn mismatch_of(whom: &str, mismatch: Mismatch) -> CheckpointError {
        let message = format!("the arrays do not fit the {whom}, and nothing was changed");
        CheckpointError {
            mismatch: Some(Box::new(mismatch)),
            ..CheckpointError::new(CheckpointErrorKind::Mismatch, message)
        }
    }

    pub(crate) fn in_file(self, path: &Path) -> CheckpointError {
        CheckpointError {
            file: Some(path.to_path_buf()),
            ..self
        }
    }

    /// The kind of error.
    #[must_use]
    pub fn kind(&self) -> CheckpointErrorKind {
        self.kind
    }

    /// The file that it is about.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The arrays that do not fit, each by name: missing, too many, of another shape or type.
    #[must_use]
    pub fn mismatch(&self) -> Option<&Mismatch> {
        self.mismatch.as_deref()
    }
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}: ", file.display())?;
        }
        f.write_str(&self.message)?;
        if let Some(source) = &self.source {
            write!(f, ": {source}")?;
        }
        if let Some(mismatch) = &self.mismatch {
            write!(f, "\n{mismatch}")?;
        }
        Ok(())
    }
}

impl std::error::Error for CheckpointError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
