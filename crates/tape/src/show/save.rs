//! The ledger as a file.

use crate::explain::Explanation;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;

impl Explanation {
    /// Writes the ledger to a file, in the form that the end of its name says: `.html` (the
    /// [explorer](Explanation::html)), `.svg`, `.dot`, `.tex`, `.md`, `.json` or `.txt`.
    ///
    /// The file is written beside the old one and then takes its place: whatever goes wrong, the
    /// old one stays.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let x = tape.var("x", 2.0);
    /// let path = std::env::temp_dir().join("square.svg");
    /// (x * x).explain().save(&path)?;
    /// assert!(std::fs::read_to_string(&path)?.starts_with("<svg"));
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the name ends otherwise, or the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let path = path.as_ref();
        let extension = path
            .extension()
            .map(|end| end.to_string_lossy().to_lowercase());
        let text = match extension.as_deref() {
            Some("html" | "htm") => self.html(),
            Some("svg") => self.svg(),
            Some("dot" | "gv") => self.dot(),
            Some("tex") => self.latex(),
            Some("md") => self.markdown(),
            Some("json") => self.json().to_string(),
            Some("txt") => self.to_string(),
            _ => {
                let message = format!(
                    "{}: a ledger is saved as .html, .svg, .dot, .tex, .md, .json or .txt",
                    path.display()
                );
                return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
            }
        };
        let mut beside = OsString::from(path);
        beside.push(format!(".{}.part", std::process::id()));
        let written = fs::write(&beside, text).and_then(|()| fs::rename(&beside, path));
        written.map_err(|error| {
            // It may not be there; the error to tell is the first one.
            let _ = fs::remove_file(&beside);
            io::Error::new(error.kind(), format!("{}: {error}", path.display()))
        })
    }
}
