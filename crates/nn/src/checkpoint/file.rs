//! Files: written beside the old one and put in its place, read with suspicion.

use super::error::{CheckpointError, Result};
use super::stored::Stored;
use safetensors::tensor::{Metadata, TensorView};
use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

pub(super) type Parts = (Vec<(String, Stored)>, BTreeMap<String, String>);

/// A header is not longer than this: the format's own limit.
const LONGEST_HEADER: u64 = 100_000_000;

pub(super) fn to_bytes(
    arrays: &[(String, Stored)],
    notes: &BTreeMap<String, String>,
) -> Result<Vec<u8>> {
    let mut names = HashSet::new();
    let mut views = Vec::with_capacity(arrays.len());
    for (name, stored) in arrays {
        if !names.insert(name) || name == "__metadata__" {
            let message = format!("two arrays of the name {name}; a file holds one of each");
            return Err(CheckpointError::format(message));
        }
        let view = TensorView::new(stored.dtype, stored.shape.clone(), &stored.bytes);
        views.push((name, view.map_err(malformed)?));
    }
    let bytes = safetensors::serialize(views, None).map_err(malformed)?;
    match notes.is_empty() {
        true => Ok(bytes),
        false => Ok(noted(&bytes, notes)),
    }
}

/// The same file with notes in its header, sorted by name: the crate would write them in an order of
/// chance, and equal networks would be unequal files.
fn noted(bytes: &[u8], notes: &BTreeMap<String, String>) -> Vec<u8> {
    let (length, rest) = bytes.split_at(8);
    let length = u64::from_le_bytes(length.try_into().expect("8 bytes"));
    let (header, arrays) = rest.split_at(length as usize);
    let notes = serde_json::to_string(notes).expect("text by text");
    let entries = header.trim_ascii_end();
    let mut header = format!("{{\"__metadata__\":{notes}").into_bytes();
    if entries != b"{}" {
        header.push(b',');
    }
    header.extend_from_slice(&entries[1..]);
    // Arrays begin at a multiple of 8.
    header.resize(header.len().next_multiple_of(8), b' ');
    let length = (header.len() as u64).to_le_bytes();
    [&length[..], &header, arrays].concat()
}

fn malformed(error: impl std::fmt::Display) -> CheckpointError {
    CheckpointError::format(format!("not a safetensors file: {error}"))
}

pub(super) fn read(path: &Path) -> Result<Parts> {
    let about = fs::metadata(path).map_err(CheckpointError::unreadable)?;
    if !about.is_file() {
        let error = io::Error::other("it is not a file");
        return Err(CheckpointError::unreadable(error));
    }
    let file = File::open(path).map_err(CheckpointError::unreadable)?;
    parse(io::BufReader::new(file), about.len())
}

/// What a file of this length says. No memory is taken that its length does not justify.
pub(super) fn parse(mut file: impl Read, length: u64) -> Result<Parts> {
    let mut read = |count: u64| {
        let mut bytes = Vec::new();
        let count = usize::try_from(count).map_err(malformed)?;
        bytes
            .try_reserve_exact(count)
            .map_err(|error| CheckpointError::unreadable(io::Error::other(error)))?;
        bytes.resize(count, 0);
        file.read_exact(&mut bytes)
            .map_err(CheckpointError::unreadable)?;
        Ok(bytes)
    };
    let Some(rest) = length.checked_sub(8) else {
        let message = format!(
            "not a safetensors file: {length} bytes, of which the first 8 say how long its header is"
        );
        return Err(CheckpointError::format(message));
    };
    let first: Vec<u8> = read(8)?;
    let header = u64::from_le_bytes(first.try_into().expect("8 bytes"));
    if header > rest || header > LONGEST_HEADER {
        let message = format!(
            "not a safetensors file, or cut short: a header of {header} bytes in a file of {length}"
        );
        return Err(CheckpointError::format(message));
    }
    let metadata: Metadata = serde_json::from_slice(&read(header)?).map_err(malformed)?;
    let (told, there) = (metadata.data_len() as u64, rest - header);
    if told != there {
        let message = format!(
            "cut short, or too long: the header speaks of {told} bytes of arrays, the file has {there}"
        );
        return Err(CheckpointError::format(message));
    }
    let mut arrays = Vec::new();
    for name in metadata.offset_keys() {
        let info = metadata.info(&name).expect("one of its names");
        let (start, end) = info.data_offsets;
        let bytes = read((end - start) as u64)?;
        let stored = Stored {
            dtype: info.dtype,
            shape: info.shape.clone(),
            bytes,
        };
        arrays.push((name, stored));
    }
    let notes = metadata.metadata().clone().unwrap_or_default();
    Ok((arrays, notes.into_iter().collect()))
}

/// Writes a file beside this one, forces it to the disk, and puts it in this one's place.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_with(path, |file| file.write_all(bytes))
}

fn replace_with(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    // Through a link to the file itself, which keeps its permissions.
    let old = fs::canonicalize(path).ok();
    let path = old.as_deref().unwrap_or(path);
    let about = fs::metadata(path).ok();
    if about.as_ref().is_some_and(|about| !about.is_file()) {
        return Err(io::Error::other("it is there, and not a file"));
    }
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let beside = folder.join(format!(".chainrule-{}-{number}.part", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&beside)?;
    let write = || {
        write(&mut file)?;
        if let Some(about) = about {
            file.set_permissions(about.permissions())?;
        }
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    let written = write();
    match written {
        // The new name reaches the disk with the folder; where that cannot be opened, later.
        Ok(()) => drop(File::open(folder).and_then(|folder| folder.sync_all())),
        Err(_) => drop(fs::remove_file(&beside)),
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_fails_keeps_the_old_file_and_leaves_nothing_behind() {
        let folder = std::env::temp_dir().join(format!("chainrule-replace-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("weights");
        replace(&path, b"old").unwrap();
        let full = |file: &mut File| {
            file.write_all(b"half of")?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        };
        let error = replace_with(&path, full).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);

        replace(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        let error = replace(&folder, b"no folder").unwrap_err();
        assert_eq!(error.to_string(), "it is there, and not a file");
        assert!(replace(&folder.join("no/such"), b"").is_err());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_permissions_are_kept() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = std::env::temp_dir().join(format!("chainrule-link-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (path, link) = (folder.join("weights"), folder.join("latest"));
        replace(&path, b"old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&path, &link).unwrap();
        replace(&link, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        fs::remove_dir_all(&folder).unwrap();
    }
}
