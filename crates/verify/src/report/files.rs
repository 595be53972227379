//! Files that are whole or not there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Proves, before the work begins, that files can be written there; makes the folder.
pub(crate) fn prove_writable(dir: &Path) -> Result<(), String> {
    if dir.is_file() {
        return Err(format!("--out {}: this is a file, not a folder", dir.display()));
    }
    for name in ["index.html", "verify.json"] {
        let path = dir.join(name);
        if path.is_dir() {
            return Err(format!("{} is a folder, so that the report cannot be written", path.display()));
        }
    }
    let proof = beside(&dir.join("proof"));
    let proven = fs::create_dir_all(dir).and_then(|()| fs::write(&proof, [])).and_then(|()| fs::remove_file(&proof));
    proven.map_err(|error| format!("--out {}: no report can be written there: {error}", dir.display()))
}

/// Writes beside and renames into place: whoever is interrupted leaves the old file or the new one.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let beside = beside(path);
    let done = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    done.map_err(|error: io::Error| {
        let _ = fs::remove_file(&beside);
        format!("{} cannot be written: {error}", path.display())
    })
}

fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.writing-{}", std::process::id()))
}
