//! What can go wrong in a run.
use ito_data::DataError;
use ito_networks::ConfigError;
use ito_samplers::guidance::GuidanceError;
use ito_samplers::inversion::InversionError;
use ito_samplers::likelihood::LikelihoodError;
use ito_samplers::{Failure, RecipeError, UnknownSampler};
use ito_torch::{DeviceError, ShimError, WeightsError};
use std::path::PathBuf;

/// A run cannot start, go on or be read. Each message is one sentence that says what, where and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A value of the configuration makes no sense.
    #[error("{0}")]
    Config(String),
    /// The network's shape makes no sense.
    #[error(transparent)]
    Network(#[from] ConfigError),
    /// The data cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The device is not there.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// Weights cannot be written or read.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// libtorch refused.
    #[error(transparent)]
    Shim(#[from] ShimError),
    /// A density cannot be computed.
    #[error(transparent)]
    Likelihood(#[from] LikelihoodError),
    /// Guidance with numbers out of range.
    #[error("sample.guidance: {0}")]
    Guidance(#[from] GuidanceError),
    /// libtorch refused.
    #[error("libtorch: {}", first_line(.0))]
    Torch(#[from] tch::TchError),
    /// There is no such sampler.
    #[error(transparent)]
    Name(UnknownSampler),
    /// The sampler refuses an option, or its steps are too few.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// What was drawn is no picture.
    #[error(
        "picture {picture} came out with numbers that are not finite: the weights are broken, the steps too few, or the sampler \
         cannot start where the path's rates are infinite, as those of vp-sigmoid at pure noise (--grid karras starts below)"
    )]
    Picture {
        /// Its number, from 0.
        picture: usize,
    },
    /// A sampler cannot make a step.
    #[error(transparent)]
    Sampler(#[from] Failure),
    /// Pictures cannot be taken back to noise, or two of them not joined.
    #[error(transparent)]
    Inversion(#[from] InversionError),
    /// The file system refused.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// A run folder is not what it should be.
    #[error("{path}: {what}", path = path.display())]
    Run {
        /// The folder or file.
        path: PathBuf,
        /// What is wrong and what would be right.
        what: String,
    },
    /// A checkpoint of a layout that this version does not know.
    #[error("{path}: written by a newer Ito (checkpoint format {found}, this one reads up to {known}): update Ito", path = path.display())]
    Newer {
        /// The file that says so.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// Too many losses or gradients in a row were not finite.
    #[error(
        "{count} steps in a row had a loss or gradient that is not finite, the last at step {step}: lower train.lr"
    )]
    NonFinite {
        /// How many.
        count: u64,
        /// The step of the last one.
        step: u64,
    },
}

impl TrainError {
    /// For `map_err`: the file system's refusal of a path.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> TrainError {
        let path = path.into();
        move |source| TrainError::Io { path, source }
    }
}

fn first_line(error: &tch::TchError) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}
