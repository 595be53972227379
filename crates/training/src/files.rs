//! Files and folders that are there whole or not at all, also after a power cut.
use crate::TrainError;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::Path;

/// Writes a file and waits until it is on the disk.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), TrainError> {
    fs::write(path, text).map_err(TrainError::io(path))?;
    sync(path)
}

/// Writes a file beside its place, then renames it in: a reader sees the old text or the new one.
pub(crate) fn put(path: &Path, beside: &Path, text: &str) -> Result<(), TrainError> {
    write(beside, text)?;
    rename(beside, path)?;
    sync_parent(path)
}

/// Renames a finished folder into place. What is there gives way to `old`, comes back if the new one cannot move in,
/// and is removed when that one is safe.
pub(crate) fn replace(beside: &Path, place: &Path, old: &Path) -> Result<(), TrainError> {
    let before = place.exists();
    if before {
        clear(old)?;
        rename(place, old)?;
    }
    let moved = rename(beside, place);
    if moved.is_err() && before {
        let _ = fs::rename(old, place);
    }
    moved?;
    sync_parent(place)?;
    // Also what a killed process left of it; whatever stays has a name that nobody reads, and goes with the next save.
    let _ = clear(old);
    Ok(())
}

/// Removes a folder by way of the name `old`: a removal that is cut off leaves no half folder under its own name.
pub(crate) fn discard(place: &Path, old: &Path) -> Result<(), TrainError> {
    clear(old)?;
    rename(place, old)?;
    clear(old)
}

/// Removes a folder if it is there.
pub(crate) fn clear(folder: &Path) -> Result<(), TrainError> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(TrainError::io(folder)(e)),
        _ => Ok(()),
    }
}

/// Waits until a file, or the names in a folder, are on the disk.
pub(crate) fn sync(path: &Path) -> Result<(), TrainError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(TrainError::io(path))
}

/// CRC-32 (that of gzip) of a file's bytes.
pub(crate) fn checksum(path: &Path) -> Result<u32, TrainError> {
    Ok(crc32fast::hash(&fs::read(path).map_err(TrainError::io(path))?))
}

fn rename(from: &Path, to: &Path) -> Result<(), TrainError> {
    fs::rename(from, to).map_err(TrainError::io(to))
}

fn sync_parent(path: &Path) -> Result<(), TrainError> {
    path.parent().map_or(Ok(()), sync)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replacement_that_fails_leaves_what_was_there() {
        let root = tempfile::tempdir().unwrap();
        let [place, old, missing] = ["place", ".old", "missing"].map(|name| root.path().join(name));
        fs::create_dir(&place).unwrap();
        fs::write(place.join("file"), "before").unwrap();
        replace(&missing, &place, &old).unwrap_err();
        assert_eq!(fs::read_to_string(place.join("file")).unwrap(), "before");
        assert!(!old.exists());
    }
}
