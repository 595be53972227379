//! Makes the CPU copy of libtorch with pip, so that the user's own mirrors and proxies are honoured.
//!
//! All work is done in a folder beside the copy that is renamed at the end, under a lock: a run that is cut off leaves
//! nothing that could be taken for a copy, and of two at once the second waits.

use crate::find::{self, COPY, Libtorch, Origin, VERSION};
use crate::{cache, python, say};
use anyhow::{Context, Result, bail};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Unpacks what libtorch_cpu.so needs out of the wheels, then loads it.
const UNPACK: &str = include_str!("unpack.py");
/// tch asks the linker for `-ltorch`. The wheel's own libtorch.so needs every CUDA library, and is nothing but a list.
const LINKER_SCRIPT: &str = "INPUT ( AS_NEEDED ( -ltorch_cpu ) )\n";
/// The wheel's libtorch_cpu.so needs these two even where there is no GPU.
const NVIDIA: [&str; 2] = ["nvidia-cuda-runtime==13.0.96", "nvidia-cuda-cupti==13.0.85"];
/// The wheels and what is unpacked from them, which for a moment are on the disk together.
pub const NEEDED_BYTES: u64 = 1_200_000_000;

/// The copy in the cache folder, made now unless somebody else just made it.
pub fn copy() -> Result<Libtorch> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        bail!(
            "there is no libtorch {VERSION}, and only on Linux x86-64 a copy can be made: install Python's \
             (`python3 -m pip install torch=={VERSION}`), or set LIBTORCH to a libtorch {VERSION}"
        );
    }
    let home = cache::folder()?;
    fs::create_dir_all(&home).with_context(|| format!("cannot write the cache folder {}", home.display()))?;
    let lock = lock(&home)?;
    let target = home.join(COPY);
    if let Ok(found) = find::inspect(&target.join("torch"), Origin::Copy) {
        return Ok(found);
    }
    clear_leftovers(&home);
    let work = Work::new(&home)?;
    make(&work.0, &lock)?;
    if target.exists() {
        // It did not pass inspection; it goes with the work folder.
        fs::rename(&target, work.0.join("broken")).with_context(|| format!("cannot replace {}", target.display()))?;
    }
    fs::rename(work.0.join("copy"), &target).with_context(|| format!("cannot make {}", target.display()))?;
    find::inspect(&target.join("torch"), Origin::Copy)
}

fn make(work: &Path, lock: &File) -> Result<()> {
    let pip = python::pip()?;
    if let Some(free) = cache::free(work).filter(|free| *free < NEEDED_BYTES) {
        bail!(
            "a copy of libtorch needs {} of disk, and {} has {}: free some, or set XDG_CACHE_HOME to a folder on another disk",
            cache::gigabytes(NEEDED_BYTES),
            work.parent().unwrap_or(work).display(),
            cache::gigabytes(free)
        );
    }
    say(&format!("libtorch {VERSION} is not here yet: making a copy with pip (0.5 GB to download, once)"));
    download(&pip, &[&format!("torch=={VERSION}")], work, lock)?;
    if !has_cpu_wheel(work)? {
        download(&pip, &NVIDIA, work, lock)?;
    }
    say("unpacking");
    unpack(work, lock)?;
    let torch = work.join("copy").join("torch");
    fs::write(torch.join("lib/libtorch.so"), LINKER_SCRIPT)?;
    fs::write(torch.join("build-version"), format!("{VERSION}\n"))?;
    find::inspect(&torch, Origin::Copy).context("the downloaded libtorch")?;
    Ok(())
}

/// libtorch does not depend on Python's version, so the wheel is asked for by name and any Python may fetch it.
fn download(pip: &[&str], what: &[&str], work: &Path, lock: &File) -> Result<()> {
    let mut command = Command::new(pip[0]);
    command.args(&pip[1..]);
    command.args(["download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input"]);
    command.args(["--implementation=cp", "--python-version=3.12", "--abi=cp312"]);
    // Named one by one, since pip does not know that a newer platform takes the wheels of an older one.
    let platforms = (17..=28).map(|glibc| format!("--platform=manylinux_2_{glibc}_x86_64"));
    command.arg("--platform=manylinux2014_x86_64").args(platforms);
    command.arg("--dest").arg(work.join("wheels")).args(what);
    // pip's unfinished files stay in the work folder too.
    command.env("TMPDIR", work).env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    let ended = command
        .stdin(hold(lock)?)
        .stdout(std::io::stderr())
        .stderr(Stdio::piped())
        .spawn()
        .and_then(|child| child.wait_with_output())
        .context("pip does not run")?;
    if ended.status.success() {
        return Ok(());
    }
    bail!("pip could not download {}: {}", what.join(" and "), reason(&String::from_utf8_lossy(&ended.stderr)));
}

fn unpack(work: &Path, lock: &File) -> Result<()> {
    let python = python::interpreter().context("python3 has gone")?;
    let mut command = Command::new(python);
    command.args(["-c", UNPACK]).arg(work.join("wheels")).arg(work.join("copy")).stdin(hold(lock)?);
    let ended = command.output().context("python3 does not run")?;
    if !ended.status.success() {
        let words = String::from_utf8_lossy(&ended.stderr);
        bail!("the downloaded libtorch does not unpack or load: {}", words.lines().last().unwrap_or("no reason given"));
    }
    Ok(())
}

/// PyTorch's own index has a wheel without CUDA, `torch-2.11.0+cpu-...`; the user's pip may be set to it.
fn has_cpu_wheel(work: &Path) -> Result<bool> {
    let mut wheels = fs::read_dir(work.join("wheels")).context("pip left no wheel")?.flatten();
    Ok(wheels.any(|wheel| wheel.file_name().to_string_lossy().contains("+cpu")))
}

/// The sentence in pip's many lines.
fn reason(words: &str) -> String {
    let signs =
        ["connection broken by", "Max retries exceeded", "Failed to establish", "Temporary failure", "unreachable"];
    if signs.iter().any(|sign| words.contains(sign)) {
        return "it reaches no package index; check the network, or the proxy and mirror in `pip config list`, then run \
                `cargo xtask setup` again, or set LIBTORCH to a libtorch 2.11.0"
            .into();
    }
    // After `ERROR: Exception:` comes a traceback, whose last line is the reason.
    let sentence = |line: &&str| line.starts_with("ERROR: ") && !line.ends_with("Exception:");
    let full = || words.lines().rev().find(|line| !line.trim().is_empty());
    let line = words.lines().rev().find(sentence).or_else(full).unwrap_or("it was stopped");
    format!("{} (pip's words); mend it and run `cargo xtask setup` again", line.trim_start_matches("ERROR: "))
}

/// A child holds the lock as its stdin: should this program be killed and the child live on, the next run waits for it.
fn hold(lock: &File) -> Result<Stdio> {
    Ok(lock.try_clone().context("cannot share the lock")?.into())
}

fn lock(home: &Path) -> Result<File> {
    let path = home.join(format!("{COPY}.lock"));
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(false).open(&path);
    let file = file.with_context(|| format!("cannot write {}", path.display()))?;
    let taken = match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            say("another run is making the copy of libtorch: waiting for it");
            file.lock()
        }
        Err(TryLockError::Error(error)) => Err(error),
    };
    taken.with_context(|| format!("cannot lock {}; set XDG_CACHE_HOME to a local folder", path.display()))?;
    Ok(file)
}

/// The folder all work is done in; gone when dropped.
struct Work(PathBuf);

impl Work {
    fn new(home: &Path) -> Result<Work> {
        let path = home.join(format!("{COPY}.partial-{}", std::process::id()));
        fs::create_dir_all(path.join("wheels")).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Work(path))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Whoever holds the lock is alone, so every work folder is a dead run's.
fn clear_leftovers(home: &Path) {
    let leftover = |name: &str| name.starts_with(&format!("{COPY}.partial-"));
    for entry in fs::read_dir(home).into_iter().flatten().flatten() {
        if leftover(&entry.file_name().to_string_lossy()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
