//! `train`, `sample`, `score`, `export`, `verify` and `test`: set up what is missing, then hand over to cargo.

use crate::find::Libtorch;
use crate::{compiler, setup, workspace};
use anyhow::{Context, Result, bail};
use std::env;
use std::ffi::OsString;
use std::process::{Command, ExitCode, Stdio};

/// Builds the program `ito` and becomes it. Its arguments, working directory, Ctrl-C and exit code are the user's.
pub fn ito(word: &str, args: &[OsString]) -> Result<ExitCode> {
    let libtorch = ready()?;
    built(with(&libtorch, &["build"]), "ito-cli", "ito")?;
    let mut run = with(&libtorch, &["run"]);
    run.args(["--quiet", "--release", "--package", "ito-cli", "--", word]).args(args);
    hand_over(run)
}

/// Builds the program `ito-verify` and becomes it. It stands on no libtorch, so none is looked for.
pub fn verify(args: &[OsString]) -> Result<ExitCode> {
    // 1 is the code of a claim that failed; what could not be built is 2, as what could not be verified.
    if let Err(error) = built(cargo(&["build"]), "ito-verify", "ito-verify") {
        crate::say(&format!("error: {error:#}"));
        return Ok(ExitCode::from(2));
    }
    let mut run = cargo(&["run"]);
    run.args(["--quiet", "--release", "--package", "ito-verify", "--"]);
    // Where reports go unless --out says otherwise.
    run.arg("--base").arg(workspace::root().join("target").join("verify")).args(args);
    hand_over(run)
}

/// Runs every test of the workspace in the release profile, so that torch-sys compiles once for training and tests.
pub fn test(args: &[OsString]) -> Result<ExitCode> {
    let libtorch = ready()?;
    let nextest = Command::new(cargo_program())
        .args(["nextest", "--version"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    let mut tests = with(&libtorch, if nextest { &["nextest", "run"] } else { &["test"] });
    tests.arg("--release").args(chosen(args)).args(args);
    // nextest runs no doc tests; arguments for it mean nothing to cargo's own runner.
    if !nextest || !args.is_empty() {
        return hand_over(tests);
    }
    let ended = tests.status().context("cargo does not run")?;
    if !ended.success() {
        return Ok(ExitCode::from(ended.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)));
    }
    let mut docs = with(&libtorch, &["test"]);
    docs.args(["--doc", "--release", "--workspace"]);
    hand_over(docs)
}

/// Everything that a build of the whole workspace needs.
fn ready() -> Result<Libtorch> {
    compiler::present()?;
    setup::ensure()
}

/// `--workspace`, unless the arguments choose packages.
fn chosen(args: &[OsString]) -> Option<&'static str> {
    let chooses =
        |arg: &OsString| arg.to_str().is_some_and(|arg| arg.starts_with("-p") || arg.starts_with("--package"));
    (!args.iter().take_while(|arg| *arg != "--").any(chooses)).then_some("--workspace")
}

/// The first of two cargos: it shows how building goes. The second is silent and becomes the program; both are needed
/// because only cargo knows where its target folder is.
fn built(mut build: Command, package: &str, program: &str) -> Result<()> {
    let built = build.args(["--release", "--package", package]).status().context("cargo does not run")?;
    if !built.success() {
        bail!("{program} did not build; cargo's lines above say why");
    }
    Ok(())
}

/// A cargo with LIBTORCH set, because what cargo handed to us may be the value of an earlier setup.
fn with(libtorch: &Libtorch, words: &[&str]) -> Command {
    let mut command = cargo(words);
    command.env("LIBTORCH", &libtorch.dir);
    command
}

fn cargo(words: &[&str]) -> Command {
    let mut command = Command::new(cargo_program());
    command.args(words).arg("--manifest-path").arg(workspace::root().join("Cargo.toml"));
    command
}

fn cargo_program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

#[cfg(unix)]
fn hand_over(mut command: Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(command.exec()).context("cargo does not run")
}

#[cfg(not(unix))]
fn hand_over(mut command: Command) -> Result<ExitCode> {
    let ended = command.status().context("cargo does not run")?;
    Ok(ExitCode::from(ended.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}
