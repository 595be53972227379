//! Python as a tool: where its torch is, and a pip that works.

use crate::{find::VERSION, hints};
use anyhow::{Result, bail};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Importing torch takes seconds; to find its folder is enough. The working directory, the empty string at the head of
/// sys.path, may hold a folder `torch` that is none.
const WHERE_IS_TORCH: &str = "
import importlib.util, os, sys
sys.path[:] = [place for place in sys.path if place]
spec = importlib.util.find_spec('torch')
print(os.path.dirname(spec.origin) if spec and spec.origin else '')
";

/// The folder of the torch that the user's Python would import, of whatever version.
pub fn torch_folder() -> Option<PathBuf> {
    let answer = Command::new(interpreter()?).args(["-c", WHERE_IS_TORCH]).stdin(Stdio::null()).output().ok()?;
    let folder = String::from_utf8(answer.stdout).ok()?;
    Some(folder.trim()).filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

/// The name of a Python 3 that runs.
pub fn interpreter() -> Option<&'static str> {
    let runs =
        |name: &&str| succeeds(Command::new(name).args(["-c", "import sys; sys.exit(sys.version_info < (3, 7))"]));
    ["python3", "python"].into_iter().find(runs)
}

/// The words that start a working pip, or a sentence with the command that gets one.
pub fn pip() -> Result<Vec<&'static str>> {
    let Some(python) = interpreter() else {
        bail!(
            "a copy of libtorch is made with Python's pip, and there is no python3: {}, or set LIBTORCH to a libtorch {VERSION}",
            hints::install(hints::Need::Pip)
        );
    };
    let known = [vec![python, "-m", "pip"], vec!["pip3"], vec!["pip"]];
    let works = |words: &Vec<&str>| succeeds(Command::new(words[0]).args(&words[1..]).arg("--version"));
    let Some(pip) = known.into_iter().find(works) else {
        bail!(
            "a copy of libtorch is made with pip, and {python} has none: {}, or set LIBTORCH to a libtorch {VERSION}",
            hints::install(hints::Need::Pip)
        );
    };
    Ok(pip)
}

fn succeeds(command: &mut Command) -> bool {
    let silent = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    silent.status().is_ok_and(|status| status.success())
}
