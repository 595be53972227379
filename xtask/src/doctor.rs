//! `cargo xtask doctor`: what is here, and for everything missing the command that mends it.

use crate::find::{self, Libtorch, VERSION};
use crate::{cache, compiler, fetch, print, python, workspace};
use anyhow::Result;
use std::env;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

/// The room that a release build of the whole workspace with its tests takes.
const BUILD_BYTES: u64 = 2_000_000_000;

/// The word `doctor`: exit code 0 if all that is needed is here, else 1.
pub fn doctor() -> Result<ExitCode> {
    let (libtorch, found) = libtorch();
    let lines =
        [rust(), compiler(), libtorch, pip(found.is_some()), cuda(found.as_ref()), disk(), cache(found.is_some())];
    let whole = lines.iter().all(|line| !matches!(line, Line::Missing(..)));
    let mut report: String = lines.iter().map(Line::render).collect();
    report += if whole { "Everything needed is here: cargo xtask train\n" } else { "Something is missing.\n" };
    print(&report);
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One thing looked at: its name and what was seen.
enum Line {
    Good(&'static str, String),
    /// Worth knowing; nothing fails without it.
    Note(&'static str, String),
    Missing(&'static str, String),
}

impl Line {
    fn render(&self) -> String {
        let (mark, name, text) = match self {
            Line::Good(name, text) => ("ok", name, text),
            Line::Note(name, text) => ("-", name, text),
            Line::Missing(name, text) => ("MISSING", name, text),
        };
        format!("{mark:>7}  {name:<9} {text}\n")
    }
}

fn rust() -> Line {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    match first_line(Command::new(rustc).arg("--version")) {
        Some(version) => Line::Good("rust", version),
        None => Line::Missing("rust", "rustc does not run: install it from https://rustup.rs".into()),
    }
}

fn compiler() -> Line {
    match compiler::compiles() {
        Ok(version) => Line::Good("compiler", version),
        Err(error) => Line::Missing("compiler", format!("{error:#}")),
    }
}

fn libtorch() -> (Line, Option<Libtorch>) {
    match find::search() {
        Ok(find::Search { found: Some(found), .. }) => (Line::Good("libtorch", found.to_string()), Some(found)),
        Ok(find::Search { passed_over, .. }) => {
            let seen: String = passed_over.iter().map(|sentence| format!(" ({sentence})")).collect();
            (Line::Missing("libtorch", format!("no libtorch {VERSION}{seen}: get it with `cargo xtask setup`")), None)
        }
        Err(error) => (Line::Missing("libtorch", format!("{error:#}")), None),
    }
}

/// Only a missing libtorch makes pip needed.
fn pip(has_libtorch: bool) -> Line {
    match python::pip() {
        Ok(words) => Line::Good(
            "pip",
            first_line(Command::new(words[0]).args(&words[1..]).arg("--version")).unwrap_or_else(|| words.join(" ")),
        ),
        Err(_) if has_libtorch => Line::Note("pip", "not found, and not needed: libtorch is here".into()),
        Err(error) => Line::Missing("pip", format!("{error:#}")),
    }
}

fn cuda(libtorch: Option<&Libtorch>) -> Line {
    let gpu = first_line(Command::new("nvidia-smi").args(["--query-gpu=name,driver_version", "--format=csv,noheader"]));
    match (gpu, libtorch) {
        (Some(gpu), Some(Libtorch { cuda: true, .. })) => Line::Good("CUDA", format!("{gpu}, and libtorch can use it")),
        (Some(gpu), _) => Line::Note(
            "CUDA",
            format!(
                "{gpu}; a libtorch that can use it: python3 -m pip install torch=={VERSION} && \
                 LIBTORCH=$(python3 -c 'import torch; print(torch.__path__[0])') cargo xtask setup"
            ),
        ),
        (None, _) => Line::Note("CUDA", "nvidia-smi shows no GPU: everything runs on the CPU".into()),
    }
}

fn disk() -> Line {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace::root().join("target"), PathBuf::from);
    room("disk", target, BUILD_BYTES, "`cargo clean` frees some, CARGO_TARGET_DIR names another disk")
}

fn cache(has_libtorch: bool) -> Line {
    match cache::folder() {
        Ok(folder) => {
            let needed = if has_libtorch { 0 } else { fetch::NEEDED_BYTES };
            room("cache", folder, needed, "free some, or set XDG_CACHE_HOME to a folder on another disk")
        }
        Err(error) => Line::Missing("cache", format!("{error:#}")),
    }
}

fn room(name: &'static str, folder: PathBuf, needed: u64, mend: &str) -> Line {
    let shown = folder.display();
    match cache::free(&folder) {
        None => Line::Note(name, format!("{shown} (df does not say how much is free)")),
        Some(free) if free < needed => {
            let (free, needed) = (cache::gigabytes(free), cache::gigabytes(needed));
            Line::Missing(name, format!("{shown}, {free} free of the {needed} needed: {mend}"))
        }
        Some(free) => Line::Good(name, format!("{shown}, {} free", cache::gigabytes(free))),
    }
}

/// The first line a program prints, if it succeeds.
fn first_line(command: &mut Command) -> Option<String> {
    let answer = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&answer.stdout);
    text.lines().next().filter(|_| answer.status.success()).map(str::to_owned)
}
