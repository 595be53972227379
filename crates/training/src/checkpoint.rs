//! Checkpoints: written beside, renamed into place, read newest first.
use crate::{TrainError, Trainer};
use ito_torch::{Weights, WeightsError};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Version of the layout of a checkpoint folder.
const FORMAT: u32 = 1;
const STATE: &str = "state.json";

/// What a checkpoint holds besides tensors. Random streams and the data cursor follow from seed and step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct State {
    format: u32,
    step: u64,
    updates: u64,
    seed: u64,
}

/// One complete checkpoint on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its step.
    pub step: u64,
    /// Its folder.
    pub folder: PathBuf,
}

impl Checkpoint {
    /// All checkpoints in a folder, oldest first. Half-written ones have other names and are not seen.
    ///
    /// # Errors
    /// [`TrainError::Io`] if the folder cannot be read; a folder that is not there has none.
    pub fn all(folder: &Path) -> Result<Vec<Checkpoint>, TrainError> {
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).map_err(TrainError::io(folder))? {
            let path = entry.map_err(TrainError::io(folder))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if let Some(Ok(step)) = name.strip_prefix("step-").map(str::parse) {
                found.push(Checkpoint { step, folder: path });
            }
        }
        found.sort_by_key(|checkpoint| checkpoint.step);
        Ok(found)
    }

    /// Reads the averaged weights into `weights`.
    ///
    /// # Errors
    /// [`TrainError::Weights`] where the file is damaged or does not fit.
    pub fn load_average(&self, weights: &mut Weights) -> Result<(), TrainError> {
        Ok(weights.load(&self.folder.join("ema.safetensors"))?)
    }

    /// True for an error that means damaged files, not files of another network: an older checkpoint may do.
    pub fn is_damage(error: &TrainError) -> bool {
        match error {
            TrainError::Weights(WeightsError::Mismatch { .. }) => false,
            TrainError::Weights(_) | TrainError::Io { .. } | TrainError::Run { .. } => true,
            _ => false,
        }
    }
}

impl Trainer {
    /// Writes a checkpoint into `folder` under the name of the step, then removes the oldest beyond `checkpoint.keep`.
    ///
    /// # Errors
    /// [`TrainError`] of the file system; what was there before is still there.
    pub fn save(&self, folder: &Path) -> Result<Checkpoint, TrainError> {
        fs::create_dir_all(folder).map_err(TrainError::io(folder))?;
        let place = folder.join(format!("step-{:08}", self.step));
        let beside = folder.join(format!(".writing-{}", std::process::id()));
        let written = self.write(&beside).and_then(|()| replace(&beside, &place));
        if written.is_err() {
            let _ = fs::remove_dir_all(&beside);
        }
        written?;
        sync(folder)?;
        prune(folder, self.config.checkpoint.keep)?;
        Ok(Checkpoint { step: self.step, folder: place })
    }

    fn write(&self, folder: &Path) -> Result<(), TrainError> {
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder).map_err(TrainError::io(folder))?;
        for (name, weights) in self.files() {
            weights.save(&folder.join(name), HashMap::from([("step".to_owned(), self.step.to_string())]))?;
        }
        let seed = self.config.train.seed;
        let state = State { format: FORMAT, step: self.step, updates: self.optimiser.count, seed };
        let path = folder.join(STATE);
        fs::write(&path, serde_json::to_string_pretty(&state).expect("plain numbers"))
            .map_err(TrainError::io(&path))?;
        sync(&path)?;
        sync(folder)
    }

    /// Goes on from a checkpoint.
    ///
    /// # Errors
    /// [`TrainError`]: damaged files ([`Checkpoint::is_damage`]), or those of another network, seed or format. Weights may
    /// then be partly replaced, so the trainer is not to be used.
    pub fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainError> {
        let path = checkpoint.folder.join(STATE);
        let text = fs::read_to_string(&path).map_err(TrainError::io(&path))?;
        let wrong = |what: String| TrainError::Run { path: path.clone(), what };
        let state: State = serde_json::from_str(&text).map_err(|e| wrong(format!("damaged ({e})")))?;
        if state.format > FORMAT {
            return Err(TrainError::Newer { path, found: state.format, known: FORMAT });
        }
        if state.seed != self.config.train.seed {
            let own = self.config.train.seed;
            let what = format!("train.seed is {own}, but the checkpoint's is {}: a run keeps its seed", state.seed);
            return Err(TrainError::Config(what));
        }
        for (name, weights) in self.files_mut() {
            weights.load(&checkpoint.folder.join(name))?;
        }
        self.step = state.step;
        self.optimiser.count = state.updates;
        Ok(())
    }

    fn files(&self) -> [(&'static str, &Weights); 4] {
        [
            ("weights.safetensors", &self.weights),
            ("ema.safetensors", &self.average),
            ("optimiser-first.safetensors", &self.optimiser.first),
            ("optimiser-second.safetensors", &self.optimiser.second),
        ]
    }

    fn files_mut(&mut self) -> [(&'static str, &mut Weights); 4] {
        [
            ("weights.safetensors", &mut self.weights),
            ("ema.safetensors", &mut self.average),
            ("optimiser-first.safetensors", &mut self.optimiser.first),
            ("optimiser-second.safetensors", &mut self.optimiser.second),
        ]
    }
}

/// Renames a finished folder into place; a checkpoint of the same step that is already there gives way.
fn replace(beside: &Path, place: &Path) -> Result<(), TrainError> {
    if place.exists() {
        fs::remove_dir_all(place).map_err(TrainError::io(place))?;
    }
    fs::rename(beside, place).map_err(TrainError::io(place))
}

fn prune(folder: &Path, keep: usize) -> Result<(), TrainError> {
    let all = Checkpoint::all(folder)?;
    let surplus = if keep == 0 { 0 } else { all.len().saturating_sub(keep) };
    for checkpoint in &all[..surplus] {
        fs::remove_dir_all(&checkpoint.folder).map_err(TrainError::io(&checkpoint.folder))?;
    }
    Ok(())
}

/// Waits until a file, or the names in a folder, are on the disk.
fn sync(path: &Path) -> Result<(), TrainError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(TrainError::io(path))
}
