//! Which run is meant, and what it is called.
use crate::problem::BadArgument;
use anyhow::{Result, anyhow};
use ito_training::RunFolder;
use std::path::{Path, PathBuf};

/// Where runs are, seen from the current folder.
const RUNS: &str = "runs";

/// The folder of a run by its name.
pub fn named(name: &str) -> Result<PathBuf, BadArgument> {
    let no_name = name.is_empty() || name.starts_with(['.', '-']) || name.contains(['/', '\\', '\0']);
    if no_name {
        let what = format!("--run {name:?}: a name is one word such as mnist-2, without / and no . or - before it");
        return Err(BadArgument(format!("{what}; --out DIR trains in any folder")));
    }
    Ok(Path::new(RUNS).join(name))
}

/// A folder for a new run without a name.
pub fn fresh(data: &str) -> PathBuf {
    RunFolder::free(Path::new(RUNS), data)
}

/// The run that was trained last.
pub fn newest() -> Result<PathBuf> {
    let none = || anyhow!("no run yet in {RUNS}/: `cargo xtask train` makes one");
    RunFolder::newest(Path::new(RUNS))?.ok_or_else(none)
}

/// A run by name below `runs/`, or by folder.
pub fn existing(given: &str) -> Result<PathBuf> {
    let holds_run = |folder: &Path| folder.join("config.toml").is_file();
    let candidates = [Path::new(RUNS).join(given), PathBuf::from(given)];
    if let Some(found) = candidates.iter().find(|folder| holds_run(folder)) {
        return Ok(found.clone());
    }
    let names = names();
    let nearest = names.iter().min_by_key(|name| strsim::levenshtein(name, given));
    let hint = match nearest {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => "`cargo xtask train` makes one".to_owned(),
    };
    Err(anyhow!("no run {given}: neither {RUNS}/{given} nor the folder {given} holds a config.toml; {hint}"))
}

/// The words of a command line that name a run: `--run NAME` below `runs/`, else `--out` or another flag with the folder.
pub fn flag(root: &Path, elsewhere: &str) -> String {
    let name = root.strip_prefix(RUNS).ok().and_then(Path::to_str);
    match name.filter(|name| named(name).is_ok()) {
        Some(name) => format!("--run {}", quoted(name)),
        None => format!("{elsewhere} {}", quoted(&root.display().to_string())),
    }
}

fn names() -> Vec<String> {
    let entries = std::fs::read_dir(RUNS).into_iter().flatten().flatten();
    let runs = entries.filter(|entry| entry.path().join("config.toml").is_file());
    let mut names: Vec<String> = runs.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// As a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "._-/+=:,@".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_below_runs() {
        assert_eq!(named("mnist-2").unwrap(), Path::new("runs/mnist-2"));
        for name in ["", ".", "..", "a/b", "/tmp", "..\\x", "-h"] {
            assert!(named(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_run_is_called_as_it_can_be_typed() {
        let said = ["runs/mnist-1", "runs/a b", "/tmp/x", "else where"].map(|root| flag(Path::new(root), "--out"));
        assert_eq!(said, ["--run mnist-1", "--run 'a b'", "--out /tmp/x", "--out 'else where'"]);
    }
}
