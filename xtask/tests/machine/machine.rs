//! A machine made for one test: a workspace, a home, a cache and a PATH of its own, with nothing in them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Gone when dropped.
pub struct Machine {
    root: tempfile::TempDir,
}

/// What a run left behind.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Machine {
    pub fn new() -> Machine {
        let machine = Machine { root: tempfile::tempdir().unwrap() };
        for folder in ["workspace/.cargo", "workspace/xtask", "home", "bin"] {
            fs::create_dir_all(machine.path(folder)).unwrap();
        }
        machine
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.root.path().join(below)
    }

    /// The cache folder of the project.
    pub fn cache(&self) -> PathBuf {
        self.path(if cfg!(target_os = "macos") { "home/Library/Caches/ito" } else { "home/.cache/ito" })
    }

    /// A program on the PATH, in the language of sh.
    pub fn program(&self, name: &str, script: &str) -> &Machine {
        let file = self.path("bin").join(name);
        fs::write(&file, format!("#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// A Python with the torch of this folder, or with none, and without pip.
    pub fn python(&self, torch: &str) -> &Machine {
        self.program("python3", &format!("case \"$2\" in *find_spec*) echo '{torch}';; pip) exit 1;; esac"))
    }

    /// What looks like a libtorch of this version, as a Python wheel has it.
    pub fn libtorch(&self, folder: &Path, version: &str) -> String {
        for needed in [
            "include/torch/csrc/api/include/torch/torch.h",
            &format!("lib/libtorch_cpu{}", std::env::consts::DLL_SUFFIX),
        ] {
            let file = folder.join(needed);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        fs::write(folder.join("version.py"), format!("__all__ = ['__version__']\n__version__ = '{version}'\n"))
            .unwrap();
        folder.to_str().unwrap().into()
    }

    /// What setup wrote for cargo.
    pub fn remembered(&self) -> Option<String> {
        let text = fs::read_to_string(self.path("workspace/.cargo/libtorch.toml")).ok()?;
        Some(text.strip_prefix("[env]\nLIBTORCH = \"").unwrap().strip_suffix("\"\n").unwrap().into())
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(words).env_clear().current_dir(self.path("home")).stdin(Stdio::null());
        command.env("PATH", self.path("bin")).env("HOME", self.path("home"));
        command.env("CARGO_MANIFEST_DIR", self.path("workspace/xtask")).env("CARGO", self.path("bin/cargo"));
        command
    }

    pub fn xtask(&self, words: &[&str], variables: &[(&str, &str)]) -> Ran {
        Ran::new(self.command(words).envs(variables.iter().copied()).output().unwrap())
    }
}

impl Ran {
    pub fn new(output: Output) -> Ran {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// One line on stderr that holds these words, and the exit code.
    #[track_caller]
    pub fn fails(&self, code: i32, words: &[&str]) {
        let last = self.stderr.lines().last().unwrap_or_default();
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        assert!(last.starts_with("error: "), "{}", self.stderr);
        assert!(!self.stderr.contains("panicked") && !self.stderr.contains("backtrace"), "{}", self.stderr);
        for word in words {
            assert!(last.contains(word), "no `{word}` in: {last}");
        }
    }

    #[track_caller]
    pub fn succeeds(&self) -> &Ran {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self
    }
}
