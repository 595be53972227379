//! Files that are whole or not there.
use crate::problem::BadArgument;
use anyhow::{Context, Result, bail};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Proves, before the work begins, that a file of that ending can be written.
pub fn prove_writable(path: &Path, flag: &str, ending: &str) -> Result<()> {
    if path.extension().is_none_or(|found| !found.eq_ignore_ascii_case(ending)) {
        return Err(BadArgument(format!("{flag} {}: the file's name must end in .{ending}", path.display())).into());
    }
    if path.is_dir() {
        bail!("{flag} {}: this is a folder; give a file in it", path.display());
    }
    let cannot = || format!("{flag} {}: cannot be written", path.display());
    let beside = beside(path);
    fs::write(&beside, []).and_then(|()| fs::remove_file(&beside)).with_context(cannot)
}

/// Writes beside and renames into place.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = beside(path);
    let done = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    if done.is_err() {
        let _ = fs::remove_file(&beside);
    }
    done
}

fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.writing-{}", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_stays_of_a_file_that_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("grid.png");
        fs::create_dir_all(place.join("full")).unwrap();
        assert!(write(&place, b"x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_place_is_proven_before_the_work() {
        let folder = tempfile::tempdir().unwrap();
        let prove = |name: &str| prove_writable(&folder.path().join(name), "--out", "png").map_err(|e| e.to_string());
        assert_eq!(prove("a.png"), Ok(()));
        assert!(prove("a.jpg").unwrap_err().contains("must end in .png"));
        assert!(prove("none/a.png").unwrap_err().contains("cannot be written"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
