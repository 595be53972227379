//! Looks for libtorch: what LIBTORCH names, the copy in the cache folder, Python's torch, in this order.

use crate::{cache, python, workspace};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::{env, fmt, fs};

/// The version that tch is made for.
pub const VERSION: &str = "2.11.0";
/// The name of the copy below the cache folder.
pub const COPY: &str = "libtorch-2.11.0-cpu";

/// A libtorch of the right version that cargo can build with.
pub struct Libtorch {
    /// The folder that holds `lib` and `include`.
    pub dir: PathBuf,
    pub origin: Origin,
    /// Whether it carries the CUDA kernels.
    pub cuda: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Variable,
    Remembered,
    Copy,
    Python,
}

/// What a search found, and what it passed over, each a sentence.
pub struct Search {
    pub found: Option<Libtorch>,
    pub passed_over: Vec<String>,
}

/// Looks in every place. A LIBTORCH of the user's own that does not fit is an error, not a reason to take another.
pub fn search() -> Result<Search> {
    let mut passed_over = Vec::new();
    if let Some(dir) = env::var_os("LIBTORCH").filter(|dir| !dir.is_empty()).map(PathBuf::from) {
        // What an earlier setup wrote comes back to us through cargo as if the user had set it.
        let remembered = workspace::remembers(&dir);
        let origin = if remembered { remembered_origin(&dir) } else { Origin::Variable };
        match inspect(&dir, origin) {
            Ok(found) => return Ok(Search { found: Some(found), passed_over }),
            Err(unfit) if remembered => passed_over.push(format!("what an earlier setup chose {unfit:#}")),
            Err(unfit) => bail!("LIBTORCH {unfit:#}; unset it, or set it to a libtorch {VERSION}"),
        }
    }
    let copy = copy_folder()?.join("torch");
    if copy.exists() {
        match inspect(&copy, Origin::Copy) {
            Ok(found) => return Ok(Search { found: Some(found), passed_over }),
            Err(unfit) => passed_over.push(format!("the copy in the cache folder {unfit:#}")),
        }
    }
    if let Some(dir) = python::torch_folder() {
        match inspect(&dir, Origin::Python) {
            Ok(found) => return Ok(Search { found: Some(found), passed_over }),
            Err(unfit) => passed_over.push(format!("Python's torch {unfit:#}")),
        }
    }
    Ok(Search { found: None, passed_over })
}

/// The folder of the copy: `torch` and `nvidia` stand in it side by side, as in a Python installation.
pub fn copy_folder() -> Result<PathBuf> {
    Ok(cache::folder()?.join(COPY))
}

/// The libtorch in `dir`, or what it lacks, as the rest of a sentence.
pub fn inspect(dir: &Path, origin: Origin) -> Result<Libtorch> {
    // A build script runs in its own folder, so a relative path would mean something else there.
    let dir = std::path::absolute(dir).with_context(|| format!("names no folder ({})", dir.display()))?;
    let shown = dir.display();
    if !dir.is_dir() {
        bail!("is {shown}, and there is no such folder");
    }
    let library = match env::consts::OS {
        "windows" => "torch_cpu.dll".into(),
        _ => format!("libtorch_cpu{}", env::consts::DLL_SUFFIX),
    };
    for needed in ["include/torch/csrc/api/include/torch/torch.h", &format!("lib/{library}")] {
        if !dir.join(needed).is_file() {
            bail!("is {shown}, which has no {needed}");
        }
    }
    let versions: Vec<String> = [build_version(&dir), python_version(&dir)].into_iter().flatten().collect();
    if let Some(other) = versions.iter().find(|version| plain(version) != VERSION) {
        bail!("is {shown}, which is version {other}, and {VERSION} is wanted");
    }
    if versions.is_empty() {
        bail!("is {shown}, which does not say its version; if it is {VERSION}: echo {VERSION} > {shown}/build-version");
    }
    let cuda = ["libtorch_cuda.so", "torch_cuda.dll"].iter().any(|name| dir.join("lib").join(name).exists());
    Ok(Libtorch { dir, origin, cuda })
}

/// The version in libtorch's own distribution.
fn build_version(dir: &Path) -> Option<String> {
    Some(fs::read_to_string(dir.join("build-version")).ok()?.trim().into())
}

/// The version in a Python wheel: the line `__version__ = '2.11.0+cu130'`.
fn python_version(dir: &Path) -> Option<String> {
    let text = fs::read_to_string(dir.join("version.py")).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix("__version__"))?;
    value.split(['\'', '"']).nth(1).map(str::to_owned)
}

/// `2.11.0` of `2.11.0+cu130`.
fn plain(version: &str) -> &str {
    version.split('+').next().unwrap_or(version)
}

fn remembered_origin(dir: &Path) -> Origin {
    match copy_folder() {
        Ok(copy) if copy.join("torch") == dir => Origin::Copy,
        _ => Origin::Remembered,
    }
}

impl fmt::Display for Libtorch {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        let kernels = if self.cuda { "CPU and CUDA" } else { "CPU only" };
        let origin = match self.origin {
            Origin::Variable => "set by LIBTORCH",
            Origin::Remembered => "remembered in .cargo/libtorch.toml",
            Origin::Copy => "the copy in the cache folder",
            Origin::Python => "Python's torch",
        };
        write!(out, "libtorch {VERSION}, {kernels}: {} ({origin})", self.dir.display())
    }
}
