//! A run on disk: `config.toml`, `metrics.jsonl`, `checkpoints/`, `samples/`.
use crate::config::Config;
use crate::{Checkpoint, TrainError, files};
use serde::Serialize;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The folder of a run.
#[derive(Debug)]
pub struct RunFolder {
    root: PathBuf,
    /// Held as long as this process trains in the folder.
    _lock: Option<File>,
}

impl RunFolder {
    /// A new run, with its `config.toml`; nobody else trains in the folder while this value lives.
    ///
    /// # Errors
    /// [`TrainError::Run`] if a run is already there or another process trains in it, [`TrainError::Io`] if the folder
    /// cannot be written, [`TrainError::Config`] as [`RunFolder::write_config`].
    pub fn create(root: &Path, config: &Config) -> Result<RunFolder, TrainError> {
        fs::create_dir_all(root).map_err(TrainError::io(root))?;
        // The lock comes first: of two processes that start at once, the second finds the first one's run.
        let run = RunFolder { root: root.to_owned(), _lock: Some(lock(root)?) };
        if root.join("config.toml").exists() {
            let what = "already holds a run: give --resume to go on with it, or another --run".to_owned();
            return Err(TrainError::Run { path: root.to_owned(), what });
        }
        run.write_config(config)?;
        Ok(run)
    }

    /// A run that is there, to look at.
    ///
    /// # Errors
    /// [`TrainError::Run`] if the folder holds no run.
    pub fn open(root: &Path) -> Result<RunFolder, TrainError> {
        if root.join("config.toml").is_file() {
            return Ok(RunFolder { root: root.to_owned(), _lock: None });
        }
        let what = "no run here (no config.toml): `cargo xtask train` makes one".to_owned();
        Err(TrainError::Run { path: root.to_owned(), what })
    }

    /// A run that is there, to go on training; nobody else may meanwhile.
    ///
    /// # Errors
    /// As [`RunFolder::open`], and [`TrainError::Run`] if another process trains in it.
    pub fn reopen(root: &Path) -> Result<RunFolder, TrainError> {
        let run = RunFolder::open(root)?;
        Ok(RunFolder { _lock: Some(lock(root)?), ..run })
    }

    /// The run in `runs` that was trained last; none if there is none.
    ///
    /// # Errors
    /// [`TrainError::Io`] if `runs` cannot be read.
    pub fn newest(runs: &Path) -> Result<Option<PathBuf>, TrainError> {
        let mut newest: Option<(SystemTime, PathBuf)> = None;
        if !runs.exists() {
            return Ok(None);
        }
        for entry in fs::read_dir(runs).map_err(TrainError::io(runs))? {
            let root = entry.map_err(TrainError::io(runs))?.path();
            let touched = |name: &str| fs::metadata(root.join(name)).and_then(|meta| meta.modified()).ok();
            if let Some(time) =
                touched("config.toml").max(touched("metrics.jsonl")).filter(|_| root.join("config.toml").is_file())
            {
                newest = newest.max(Some((time, root)));
            }
        }
        Ok(newest.map(|(_, root)| root))
    }

    /// The first of `name-1`, `name-2`, .. that is free in `runs`.
    pub fn free(runs: &Path, name: &str) -> PathBuf {
        let candidates = (1u64..).map(|k| runs.join(format!("{name}-{k}")));
        candidates.into_iter().find(|root| !root.exists()).expect("numbers do not end")
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where checkpoints are.
    pub fn checkpoints(&self) -> PathBuf {
        self.root.join("checkpoints")
    }

    /// Where the grids drawn during training go.
    pub fn samples(&self) -> PathBuf {
        self.root.join("samples")
    }

    /// The configuration of the run.
    ///
    /// # Errors
    /// [`TrainError::Run`] with what is wrong in the file and on which line, [`TrainError::Io`] if it cannot be read.
    pub fn config(&self) -> Result<Config, TrainError> {
        let path = self.root.join("config.toml");
        let text = fs::read_to_string(&path).map_err(TrainError::io(&path))?;
        toml::from_str(&text).map_err(|e| {
            let line = e.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            let what = format!("line {line}: {}", e.message().lines().collect::<Vec<_>>().join(", "));
            TrainError::Run { path, what }
        })
    }

    /// Writes `config.toml`, beside and renamed into place.
    ///
    /// # Errors
    /// [`TrainError::Io`]; [`TrainError::Config`] for a value that TOML cannot hold, as a path that is not UTF-8.
    pub fn write_config(&self, config: &Config) -> Result<(), TrainError> {
        let refused = |e| TrainError::Config(format!("the configuration cannot be written as TOML: {e}"));
        let text = toml::to_string(config).map_err(refused)?;
        files::put(&self.root.join("config.toml"), &self.root.join(".config.toml.writing"), &text)
    }

    /// All checkpoints by their names, oldest first; damaged ones too ([`RunFolder::newest_good`]).
    ///
    /// # Errors
    /// [`TrainError::Io`].
    pub fn all_checkpoints(&self) -> Result<Vec<Checkpoint>, TrainError> {
        Checkpoint::all(&self.checkpoints())
    }

    /// Tries checkpoints from the newest on until `load` takes one; damaged ones are named through `damaged`.
    ///
    /// # Errors
    /// [`TrainError::Run`] if there is none (left); whatever `load` says that is not damage.
    pub fn newest_good(
        &self,
        mut load: impl FnMut(&Checkpoint) -> Result<(), TrainError>,
        damaged: &mut dyn FnMut(&Checkpoint, &TrainError),
    ) -> Result<Checkpoint, TrainError> {
        for checkpoint in self.all_checkpoints()?.into_iter().rev() {
            match load(&checkpoint) {
                Ok(()) => return Ok(checkpoint),
                Err(e) if Checkpoint::is_damage(&e) => damaged(&checkpoint, &e),
                Err(e) => return Err(e),
            }
        }
        let what = "no usable checkpoint: the run was stopped before its first one, or all are damaged".to_owned();
        Err(TrainError::Run { path: self.checkpoints(), what })
    }

    /// Opens `metrics.jsonl` for the steps after `step`; lines of later steps, written by a process that died before its
    /// next checkpoint, are dropped.
    ///
    /// # Errors
    /// [`TrainError::Io`].
    pub fn metrics(&self, step: u64) -> Result<Metrics, TrainError> {
        let path = self.root.join("metrics.jsonl");
        let old = if path.exists() { fs::read_to_string(&path).map_err(TrainError::io(&path))? } else { String::new() };
        let kept: String =
            old.lines().filter(|line| line_step(line).is_some_and(|s| s <= step)).flat_map(|l| [l, "\n"]).collect();
        files::put(&path, &self.root.join(".metrics.jsonl.writing"), &kept)?;
        let file = OpenOptions::new().append(true).open(&path).map_err(TrainError::io(&path))?;
        Ok(Metrics { file, path })
    }
}

/// The lines of `metrics.jsonl`.
#[derive(Debug)]
pub struct Metrics {
    file: File,
    path: PathBuf,
}

/// One line: a step of training, or a measurement of the held-out loss after it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Line {
    /// A step.
    Step {
        /// Counted from 1.
        step: u64,
        /// Mean loss of the batch.
        loss: f64,
        /// Norm of the gradient before clipping.
        grad_norm: f64,
        /// Pictures a second.
        images_per_second: f64,
        /// Step size.
        lr: f64,
        /// False if the step was refused because loss or gradient was not finite.
        updated: bool,
    },
    /// A measurement.
    HeldOut {
        /// After this step.
        step: u64,
        /// Loss of the averaged weights on pictures never trained on, at fixed times and noise.
        held_out_loss: f64,
    },
}

impl Metrics {
    /// Appends a line.
    ///
    /// # Errors
    /// [`TrainError::Io`].
    pub fn write(&mut self, line: &Line) -> Result<(), TrainError> {
        let mut text = serde_json::to_string(line).expect("plain numbers");
        text.push('\n');
        self.file.write_all(text.as_bytes()).map_err(TrainError::io(&self.path))
    }
}

fn line_step(line: &str) -> Option<u64> {
    serde_json::from_str::<serde_json::Value>(line).ok()?.get("step")?.as_u64()
}

fn lock(root: &Path) -> Result<File, TrainError> {
    let path = root.join(".lock");
    let file = File::create(&path).map_err(TrainError::io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            let what = "another process is training in it: wait for that one, or give another --run".to_owned();
            Err(TrainError::Run { path: root.to_owned(), what })
        }
        Err(fs::TryLockError::Error(source)) => Err(TrainError::Io { path, source }),
    }
}
