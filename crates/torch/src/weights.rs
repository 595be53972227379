//! Named tensors in a fixed order.
use crate::safetensors_file;
use crate::scope::Scope;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use tch::{Device, Kind, Tensor};

/// The weights of a network: names and tensors in the order of their creation, which is the order of the optimiser.
#[derive(Debug)]
pub struct Weights {
    pub(crate) entries: Vec<Entry>,
}

/// One tensor of a network.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) tensor: Tensor,
    /// False for what belongs to the network but is never trained, as random frequencies.
    pub(crate) trained: bool,
}

impl Entry {
    fn with(&self, tensor: Tensor) -> Entry {
        Entry { name: self.name.clone(), tensor, trained: self.trained }
    }
}

/// A file of weights cannot be written, read, or does not fit the network.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The file system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// The bytes are no whole safetensors file.
    #[error("{path}: no whole safetensors file ({what})")]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Names, shapes or dtypes differ from the network's.
    #[error("{path} does not fit the network: {mismatch}")]
    Mismatch {
        /// The file.
        path: PathBuf,
        /// Every difference.
        mismatch: Mismatch,
    },
    /// A network computes in one dtype.
    #[error("{path}: weights of different dtypes, {one} and {other}: save all of them in one, most simply f32")]
    Mixed {
        /// The file.
        path: PathBuf,
        /// Name and form of a tensor.
        one: String,
        /// Name and form of one of another dtype.
        other: String,
    },
}

/// How a file's tensors differ from those that the network has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mismatch {
    /// `name [shape]` of each tensor that the file lacks.
    pub missing: Vec<String>,
    /// `name [shape]` of each tensor that only the file has.
    pub surplus: Vec<String>,
    /// `name: file's, network's` for each other shape or dtype.
    pub different: Vec<String>,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [("missing", &self.missing), ("surplus", &self.surplus), ("different", &self.different)];
        let mut between = "";
        for (what, names) in parts.into_iter().filter(|(_, names)| !names.is_empty()) {
            let shown = names.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
            let more = if names.len() > 5 { format!(" and {} more", names.len() - 5) } else { String::new() };
            write!(f, "{between}{what} {shown}{more}")?;
            between = "; ";
        }
        Ok(())
    }
}

impl Weights {
    /// Builds a network and its weights; every tensor's first values are a function of (seed, name) alone.
    pub fn create<N>(seed: u64, device: Device, build: impl FnOnce(&Scope) -> N) -> (Weights, N) {
        let scope = Scope::creating(seed, device);
        let network = build(&scope);
        (Weights { entries: scope.into_made() }, network)
    }

    /// Builds a network over these weights; it shares their storage.
    ///
    /// # Panics
    /// If the network asks for a tensor of another name or shape, that is, was built from another configuration.
    pub fn bind<N>(&self, build: impl FnOnce(&Scope) -> N) -> N {
        build(&Scope::binding(self))
    }

    /// The same storage as leaves of a new graph; the trained ones want gradients. A worker's own copy.
    pub fn leaves(&self) -> Weights {
        let leaf = |entry: &Entry| entry.with(entry.tensor.detach().set_requires_grad(entry.trained));
        Weights { entries: self.entries.iter().map(leaf).collect() }
    }

    /// The same names with new tensors.
    pub fn map(&self, each: impl Fn(&Tensor) -> Tensor) -> Weights {
        let _no_grad = tch::no_grad_guard();
        Weights { entries: self.entries.iter().map(|entry| entry.with(each(&entry.tensor))).collect() }
    }

    /// Names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// Handles to the tensors in order; they share storage with the weights.
    pub fn tensors(&self) -> Vec<Tensor> {
        self.entries.iter().map(|entry| entry.tensor.shallow_clone()).collect()
    }

    /// Handles to those that are trained, in order.
    pub fn trained(&self) -> Vec<Tensor> {
        self.entries.iter().filter(|entry| entry.trained).map(|entry| entry.tensor.shallow_clone()).collect()
    }

    /// How many numbers there are in all.
    pub fn count(&self) -> usize {
        self.entries.iter().map(|entry| entry.tensor.numel()).sum()
    }

    /// Writes a safetensors file with metadata and waits until it is on the disk.
    ///
    /// # Errors
    /// [`WeightsError::Io`].
    pub fn save(&self, path: &Path, metadata: HashMap<String, String>) -> Result<(), WeightsError> {
        safetensors_file::write(path, self.entries.iter().map(|entry| (entry.name.as_str(), &entry.tensor)), metadata)
    }

    /// Copies the values of a safetensors file into these tensors, all or none.
    ///
    /// # Errors
    /// [`WeightsError`]; [`WeightsError::Mismatch`] lists every missing and surplus name, other shape and other dtype.
    pub fn load(&mut self, path: &Path) -> Result<(), WeightsError> {
        let file: BTreeMap<String, Tensor> = safetensors_file::read(path)?.into_iter().collect();
        self.compare(path, &file, |a, b| a == b)?;
        let _no_grad = tch::no_grad_guard();
        for entry in &mut self.entries {
            entry.tensor.copy_(&file[&entry.name]);
        }
        Ok(())
    }

    /// Names, shapes, and the dtypes that do not go together.
    pub(crate) fn compare(
        &self,
        path: &Path,
        file: &BTreeMap<String, Tensor>,
        together: impl Fn(Kind, Kind) -> bool,
    ) -> Result<(), WeightsError> {
        let mut mismatch = Mismatch::default();
        for Entry { name, tensor: w, .. } in &self.entries {
            match file.get(name) {
                None => mismatch.missing.push(format!("{name} {:?}", w.size())),
                Some(f) if f.size() != w.size() || !together(f.kind(), w.kind()) => {
                    mismatch.different.push(format!("{name}: {} in the file, {} here", form(f), form(w)));
                }
                Some(_) => {}
            }
        }
        let own: BTreeSet<&str> = self.names().collect();
        let surplus = file.iter().filter(|(name, _)| !own.contains(name.as_str()));
        mismatch.surplus = surplus.map(|(name, w)| format!("{name} {:?}", w.size())).collect();
        let fits = mismatch == Mismatch::default();
        if fits { Ok(()) } else { Err(WeightsError::Mismatch { path: path.to_owned(), mismatch }) }
    }
}

/// Dtype and shape, for people.
pub(crate) fn form(w: &Tensor) -> String {
    let dtype = match w.kind() {
        Kind::Float => "f32".to_owned(),
        Kind::Double => "f64".to_owned(),
        Kind::BFloat16 => "bf16".to_owned(),
        Kind::Half => "f16".to_owned(),
        other => format!("{other:?}"),
    };
    format!("{dtype} {:?}", w.size())
}
