//! Checkpoints: written beside, renamed into place, read newest first.
use crate::{TrainError, Trainer, files};
use ito_torch::{Weights, WeightsError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Version of the layout of a checkpoint folder.
const FORMAT: u32 = 1;
const STATE: &str = "state.json";
const AVERAGE: &str = "ema.safetensors";
const CHAINS: &str = "chains.safetensors";
/// Where a checkpoint is made, and where one that gives way goes. The run's lock allows one writer, so one name each is
/// enough, and what a killed process left there is cleared by the next save.
const WRITING: &str = ".writing";
const OLD: &str = ".old";

/// The one key that every format has: read before all others, which a newer format may have renamed.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

/// What a checkpoint holds besides tensors. Random streams and the data cursor follow from seed and step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct State {
    format: u32,
    step: u64,
    updates: u64,
    seed: u64,
    /// CRC-32 of each file of tensors by its name: safetensors has none, so it would not notice a flipped bit.
    checksums: BTreeMap<String, u32>,
}

/// A checkpoint on disk, found by its name. Whether its files are whole, loading tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its step.
    pub step: u64,
    /// Its folder.
    pub folder: PathBuf,
}

impl Checkpoint {
    /// All folders with the name of a checkpoint, oldest first. Those half-written or half-removed have other names and
    /// are not seen; damaged ones are.
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
            if let Some(Ok(step)) = name.strip_prefix("step-").map(str::parse)
                && path.is_dir()
            {
                found.push(Checkpoint { step, folder: path });
            }
        }
        found.sort_by_key(|checkpoint| checkpoint.step);
        Ok(found)
    }

    /// Reads the averaged weights into `weights`.
    ///
    /// # Errors
    /// [`TrainError`]: damaged files ([`Checkpoint::is_damage`]), or those of another network or a newer format.
    pub fn load_average(&self, weights: &mut Weights) -> Result<(), TrainError> {
        self.prove(&self.state()?, AVERAGE)?;
        Ok(weights.load(&self.folder.join(AVERAGE))?)
    }

    /// True for an error that means missing, torn or changed files: an older checkpoint may do. False for files that
    /// are whole but of another network or a newer format, and where the system refuses to read: an older checkpoint
    /// would hide that.
    pub fn is_damage(error: &TrainError) -> bool {
        let gone = |e: &io::Error| matches!(e.kind(), ErrorKind::NotFound | ErrorKind::UnexpectedEof);
        match error {
            TrainError::Io { source, .. } | TrainError::Weights(WeightsError::Io { source, .. }) => gone(source),
            TrainError::Weights(WeightsError::Format { .. }) | TrainError::Run { .. } => true,
            _ => false,
        }
    }

    fn state(&self) -> Result<State, TrainError> {
        let path = self.folder.join(STATE);
        let text = fs::read(&path).map_err(TrainError::io(&path))?;
        let damaged = |e| TrainError::Run { path: path.clone(), what: format!("damaged ({e})") };
        let Format { format } = serde_json::from_slice(&text).map_err(damaged)?;
        if format > FORMAT {
            return Err(TrainError::Newer { path, found: format, known: FORMAT });
        }
        serde_json::from_slice(&text).map_err(damaged)
    }

    /// Compares a file's bytes with the checksum of when they were written.
    fn prove(&self, state: &State, name: &str) -> Result<(), TrainError> {
        let path = self.folder.join(name);
        let now = files::checksum(&path)?;
        let what = match state.checksums.get(name) {
            Some(&then) if then == now => return Ok(()),
            Some(then) => format!("damaged (its CRC-32 is {now:08x}, but {STATE} says {then:08x})"),
            None => format!("{STATE} has no checksum of it"),
        };
        Err(TrainError::Run { path, what })
    }
}

impl Trainer {
    /// Writes a checkpoint into `folder` under the name of the step, then removes those beyond `checkpoint.keep`.
    ///
    /// # Errors
    /// [`TrainError`] of the file system; what was there before is still there.
    pub fn save(&self, folder: &Path) -> Result<Checkpoint, TrainError> {
        fs::create_dir_all(folder).map_err(TrainError::io(folder))?;
        let (beside, old) = (folder.join(WRITING), folder.join(OLD));
        let checkpoint = Checkpoint { step: self.step, folder: folder.join(format!("step-{:08}", self.step)) };
        let written = self.write(&beside).and_then(|()| files::replace(&beside, &checkpoint.folder, &old));
        if written.is_err() {
            let _ = files::clear(&beside);
        }
        written?;
        // The checkpoint is there: what cannot be removed now is no reason to stop, and the next save tries again.
        let _ = prune(folder, self.config.checkpoint.keep, &checkpoint);
        Ok(checkpoint)
    }

    fn write(&self, folder: &Path) -> Result<(), TrainError> {
        files::clear(folder)?;
        fs::create_dir(folder).map_err(TrainError::io(folder))?;
        let mut checksums = BTreeMap::new();
        for (name, weights) in self.files() {
            let path = folder.join(name);
            weights.save(&path, HashMap::from([("step".to_owned(), self.step.to_string())]))?;
            checksums.insert(name.to_owned(), files::checksum(&path)?);
        }
        let seed = self.config.train.seed;
        let state = State { format: FORMAT, step: self.step, updates: self.optimiser.count, seed, checksums };
        files::write(&folder.join(STATE), &serde_json::to_string_pretty(&state).expect("plain numbers"))?;
        files::sync(folder)
    }

    /// Goes on from a checkpoint: weights, their average, the optimiser and the step are replaced.
    ///
    /// # Errors
    /// [`TrainError`]: damaged files ([`Checkpoint::is_damage`]), or those of another network, seed or format. Weights
    /// may then be partly replaced: load another checkpoint, which replaces them all, or drop the trainer.
    pub fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainError> {
        let state = checkpoint.state()?;
        let own = self.config.train.seed;
        if state.seed != own {
            let what = format!("train.seed is {own}, but the checkpoint's is {}: a run keeps its seed", state.seed);
            return Err(TrainError::Config(what));
        }
        self.files().iter().try_for_each(|(name, _)| checkpoint.prove(&state, name))?;
        for (name, weights) in self.files_mut() {
            weights.load(&checkpoint.folder.join(name))?;
        }
        self.step = state.step;
        self.optimiser.count = state.updates;
        Ok(())
    }

    fn files(&self) -> Vec<(&'static str, &Weights)> {
        let all = [
            ("weights.safetensors", &self.weights),
            (AVERAGE, &self.average),
            ("optimiser-first.safetensors", &self.optimiser.first),
            ("optimiser-second.safetensors", &self.optimiser.second),
        ];
        all.into_iter().chain(self.chains.as_ref().map(|chains| (CHAINS, &chains.states))).collect()
    }

    fn files_mut(&mut self) -> Vec<(&'static str, &mut Weights)> {
        let all = [
            ("weights.safetensors", &mut self.weights),
            (AVERAGE, &mut self.average),
            ("optimiser-first.safetensors", &mut self.optimiser.first),
            ("optimiser-second.safetensors", &mut self.optimiser.second),
        ];
        all.into_iter().chain(self.chains.as_mut().map(|chains| (CHAINS, &mut chains.states))).collect()
    }
}

/// Leaves `keep` checkpoints (0: all), the one just `written` always. Those of later steps, which the run fell back
/// past because they are damaged, go first; then the oldest.
fn prune(folder: &Path, keep: usize, written: &Checkpoint) -> Result<(), TrainError> {
    let old = folder.join(OLD);
    let mut others = Checkpoint::all(folder)?;
    others.retain(|other| other.folder != written.folder);
    others.sort_by_key(|other| (other.step < written.step, other.step));
    let surplus = if keep == 0 { 0 } else { (others.len() + 1).saturating_sub(keep) };
    others[..surplus].iter().try_for_each(|other| files::discard(&other.folder, &old))
}
