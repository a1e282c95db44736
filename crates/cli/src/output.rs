//! Where answers go: to standard output, or to a file that is replaced only when all is well.

use std::fs::{self, File};
use std::io::{self, BufWriter, Stdout, Write};
use std::path::{Path, PathBuf};
use std::process;

use crate::question::Stop;

/// Takes text, and keeps it once [`finish`](Output::finish) is called.
pub(crate) struct Output {
    to: To,
    /// How a message calls it.
    name: String,
}

enum To {
    Standard(BufWriter<Stdout>),
    /// A pipe or a device: it has no old content to keep.
    Device(BufWriter<File>),
    /// A new file beside the one it will replace.
    Replacement(BufWriter<File>, Replacement),
}

/// A file that takes another's place, or goes away when dropped.
struct Replacement {
    new: PathBuf,
    old: PathBuf,
}

impl Output {
    /// Opens `path`, or standard output if there is none.
    pub(crate) fn open(path: Option<&Path>) -> Result<Output, Stop> {
        let Some(path) = path else {
            let to = To::Standard(BufWriter::new(io::stdout()));
            let name = "standard output".to_string();
            return Ok(Output { to, name });
        };
        let name = path.display().to_string();
        match open(path) {
            Ok(to) => Ok(Output { to, name }),
            Err(error) => Err(unwritable(&name, &error)),
        }
    }

    /// Adds text.
    pub(crate) fn write(&mut self, text: &str) -> Result<(), Stop> {
        let written = self.writer().write_all(text.as_bytes());
        written.map_err(|error| self.failed(&error))
    }

    /// Lets a reader at the other end see what has been written.
    pub(crate) fn flush(&mut self) -> Result<(), Stop> {
        let flushed = self.writer().flush();
        flushed.map_err(|error| self.failed(&error))
    }

    /// Ends the output. A file has its old content until here.
    pub(crate) fn finish(mut self) -> Result<(), Stop> {
        self.flush()?;
        if let To::Replacement(_, replacement) = &self.to {
            let renamed = fs::rename(&replacement.new, &replacement.old);
            renamed.map_err(|error| self.failed(&error))?;
        }
        Ok(())
    }

    fn writer(&mut self) -> &mut dyn Write {
        match &mut self.to {
            To::Standard(writer) => writer,
            To::Device(writer) | To::Replacement(writer, _) => writer,
        }
    }

    fn failed(&self, error: &io::Error) -> Stop {
        match (&self.to, error.kind()) {
            (To::Standard(_), io::ErrorKind::BrokenPipe) => Stop::OutputClosed,
            _ => unwritable(&self.name, error),
        }
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        // After the renaming there is nothing to remove.
        let _ = fs::remove_file(&self.new);
    }
}

fn open(path: &Path) -> io::Result<To> {
    // A link stays, and what it leads to is replaced.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let before = fs::metadata(&path).ok();
    if before.as_ref().is_some_and(|before| !before.is_file()) {
        let file = File::options().write(true).open(&path)?;
        return Ok(To::Device(BufWriter::new(file)));
    }
    let Some(name) = path.file_name() else {
        return Err(io::ErrorKind::IsADirectory.into());
    };
    let new = path.with_file_name(format!(".{}.{}", name.to_string_lossy(), process::id()));
    let file = File::create_new(&new)?;
    let replacement = Replacement { new, old: path };
    if let Some(before) = before {
        if before.permissions().readonly() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        file.set_permissions(before.permissions())?;
    }
    Ok(To::Replacement(BufWriter::new(file), replacement))
}

fn unwritable(name: &str, error: &io::Error) -> Stop {
    Stop::mistake(format!("cannot write {name}: {error}"))
}
