//! The C++ compiler, which the build of torch-sys needs.

use crate::hints;
use anyhow::{Context, Result, bail};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

/// Whether there is a compiler at all: cheap enough to ask before every build.
pub fn present() -> Result<()> {
    let name = name();
    if cfg!(windows) || Path::new(&name).is_file() || hints::on_path(&name) {
        return Ok(());
    }
    bail!("there is no C++ compiler `{name}`: {}", hints::install(hints::Need::Compiler));
}

/// Compiles and links a small program as torch-sys would, and returns the compiler's name and version.
pub fn compiles() -> Result<String> {
    present()?;
    let name = name();
    let folder = env::temp_dir().join(format!("ito-doctor-{}", std::process::id()));
    fs::create_dir_all(&folder).with_context(|| format!("cannot write {}", folder.display()))?;
    let tried = compile(&name, &folder.join("tiny"));
    let _ = fs::remove_dir_all(&folder);
    tried?;
    let version = Command::new(&name).arg("--version").output().map(|answer| answer.stdout).unwrap_or_default();
    Ok(String::from_utf8_lossy(&version).lines().next().unwrap_or(&name).to_owned())
}

fn compile(name: &str, out: &Path) -> Result<()> {
    let mut command = Command::new(name);
    command.args(["-std=c++17", "-x", "c++", "-"]).arg("-o").arg(out);
    if cfg!(target_os = "linux") {
        command.arg("-lgomp");
    }
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("the C++ compiler `{name}` does not start"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A compiler that died at once has closed its end; its own words say why.
        let _ = stdin.write_all(b"#include <vector>\nint main() { return std::vector<int>(1)[0]; }\n");
    }
    let ended = child.wait_with_output().with_context(|| format!("the C++ compiler `{name}` does not run"))?;
    if ended.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&ended.stderr);
    let reason =
        words.lines().find(|line| line.contains("error") || line.contains("cannot")).unwrap_or("no reason given");
    bail!("the C++ compiler `{name}` fails on a small program ({reason}): {}", hints::install(hints::Need::Compiler));
}

/// What torch-sys's build script will call.
fn name() -> String {
    env::var("CXX").ok().filter(|name| !name.trim().is_empty()).unwrap_or_else(|| "c++".into())
}
