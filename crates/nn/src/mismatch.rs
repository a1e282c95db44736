//! Arrays with names that do not fit where they are to go.

use std::error::Error;
use std::fmt;

/// Arrays with names do not fit where they are to go: what is missing, what is too much, and what
/// has another shape, each by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mismatch {
    /// Names that are needed and not there.
    pub missing: Vec<String>,
    /// Names that are there and not needed.
    pub extra: Vec<String>,
    /// Names, each with what is wrong about its array.
    pub misfits: Vec<(String, String)>,
}

impl Mismatch {
    /// An error, unless there is nothing to complain about.
    pub(crate) fn into_result(self) -> Result<(), Mismatch> {
        match self == Mismatch::default() {
            true => Ok(()),
            false => Err(self),
        }
    }
}

/// A line for each of the three that there is. Long lists end after eight names.
impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let misfits: Vec<String> = self
            .misfits
            .iter()
            .map(|(name, what)| format!("{name} ({what})"))
            .collect();
        let lists = [
            ("missing", &self.missing),
            ("extra", &self.extra),
            ("misfit", &misfits),
        ];
        let lists = lists.iter().filter(|(_, names)| !names.is_empty());
        for (place, (what, names)) in lists.enumerate() {
            let line = if place == 0 { "" } else { "\n" };
            write!(
                f,
                "{line}{what}: {}",
                names[..names.len().min(8)].join(", ")
            )?;
            if names.len() > 8 {
                write!(f, ", and {} more", names.len() - 8)?;
            }
        }
        Ok(())
    }
}

impl Error for Mismatch {}
