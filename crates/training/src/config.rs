//! Everything a run is made of, as the tables of `config.toml`.
use crate::condition::ConditionConfig;
use crate::paths::PathConfig;
use ito_networks::NetworkConfig;
use serde::{Deserialize, Serialize};

mod built;
mod chains;
mod check;
mod data;
mod names;
mod sample;
mod train;

pub use chains::ChainsConfig;
pub use data::DataConfig;
pub use names::{
    ClockName, Dataset, DtypeName, GridName, LastName, ObjectiveName, PreconditioningName, PredictionName, Times,
    WeightName,
};
pub use sample::SampleConfig;
pub use train::TrainConfig;

/// A run: what `config.toml` holds, resolved. Unknown keys are refused.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// What is learned.
    pub data: DataConfig,
    /// How data becomes noise.
    pub path: PathConfig,
    /// What learns.
    pub network: NetworkConfig,
    /// What it is told beside time.
    pub condition: ConditionConfig,
    /// How it learns.
    pub train: TrainConfig,
    /// Where an energy of clean data draws from while it learns.
    pub chains: ChainsConfig,
    /// What is kept.
    pub checkpoint: CheckpointConfig,
    /// How pictures are drawn.
    pub sample: SampleConfig,
}

/// What is kept of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CheckpointConfig {
    /// Steps between two checkpoints.
    pub every: u64,
    /// How many of the newest are kept; 0 keeps all.
    pub keep: usize,
}

impl Default for CheckpointConfig {
    fn default() -> Self {
        CheckpointConfig { every: 500, keep: 3 }
    }
}
