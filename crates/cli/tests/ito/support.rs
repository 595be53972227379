//! A folder to run `ito` in, and a network so small that training it takes a second.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// What a command said and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// An empty folder in which commands run.
pub struct Place(TempDir);

impl Place {
    pub fn new() -> Place {
        Place(tempfile::tempdir().expect("a temporary folder"))
    }

    /// With the run `tiny`: 6 steps, checkpoints after steps 2, 4 and 6.
    pub fn trained() -> Place {
        let place = Place::new();
        let said = place.train(&["--run", "tiny", "--steps", "6", "--set", "checkpoint.every=2"]);
        assert_eq!(said.code, Some(0), "{said:?}");
        place
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    pub fn bytes(&self, below: &str) -> Vec<u8> {
        fs::read(self.path(below)).unwrap_or_else(|e| panic!("{below}: {e}"))
    }

    /// The names in a folder, sorted; none if it is not there.
    pub fn names(&self, below: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(below)).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// A command that is ready to start.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ito"));
        command.args(args).current_dir(self.0.path()).env("RUST_BACKTRACE", "1").env_remove("RUST_LOG");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn ito(&self, args: &[&str]) -> Said {
        said(self.command(args).output().expect("ito starts"))
    }

    /// Trains the tiny network, with some more arguments.
    pub fn train(&self, args: &[&str]) -> Said {
        self.ito(&[TINY, args].concat())
    }
}

/// The arguments of a training that takes a second.
pub const TINY: &[&str] = &[
    "train",
    "--device=cpu",
    "--batch=8",
    "--set=network.channels=[8, 16]",
    "--set=network.layers=1",
    "--set=network.attention_levels=[1]",
    "--set=network.groups=4",
    "--set=network.head_dim=8",
    "--set=data.held_out=0.005",
    "--set=train.held_out_every=1000",
    "--set=train.micro_batch=4",
    "--set=sample.n=4",
    "--set=sample.steps=2",
];

pub fn said(output: Output) -> Said {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// It ended with this code, its last line on stderr is one sentence with these words, and there is no trace of a panic.
pub fn refused(said: &Said, code: i32, words: &[&str]) {
    let last = said.err.lines().last().unwrap_or_default();
    assert_eq!(said.code, Some(code), "{said:?}");
    assert!(last.starts_with("error: ") && words.iter().all(|word| last.contains(word)), "{words:?} in {said:?}");
    let trace = ["panicked", "stack backtrace", "RUST_BACKTRACE", "internal error"];
    assert!(!trace.iter().any(|word| said.err.contains(word)), "{said:?}");
    assert_eq!(said.err.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{said:?}");
}

/// All files below a folder with their bytes.
pub fn files(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path())
            } else {
                found.push((entry.path(), fs::read(entry.path()).expect("a file")))
            }
        }
    }
    found.sort();
    found
}
