//! The user's cache folder, and how much room a disk has.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The folder of this project in the user's cache: `~/.cache/ito`, or what the platform has instead.
pub fn folder() -> Result<PathBuf> {
    let set = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = if cfg!(windows) {
        set("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        set("HOME").map(|home| home.join("Library/Caches"))
    } else {
        set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")))
    };
    Ok(base.context("there is no cache folder: set HOME or XDG_CACHE_HOME to an absolute path")?.join("ito"))
}

/// The free bytes of the disk that holds `path`, which need not exist yet. None where `df` does not say.
pub fn free(path: &Path) -> Option<u64> {
    let there = path.ancestors().find(|folder| fs::exists(folder).unwrap_or(false))?;
    let table = Command::new("df").arg("-Pk").arg(there).output().ok()?;
    let text = String::from_utf8(table.stdout).ok()?;
    // Filesystem, blocks, used, available, per cent, mount point; the name of the file system may hold spaces.
    let words: Vec<&str> = text.lines().nth(1)?.split_whitespace().collect();
    let percent = words.iter().position(|word| word.ends_with('%'))?;
    words.get(percent.checked_sub(1)?)?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// `1.2 GB`.
pub fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}
