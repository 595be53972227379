//! How pictures are drawn.
use crate::config::{GridName, LastName};
use serde::{Deserialize, Serialize};

/// How pictures are drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SampleConfig {
    /// How many.
    pub n: usize,
    /// Name of the sampler.
    pub sampler: String,
    /// `ddim`: how much of the noise of `ancestral` is drawn, in [0, 1].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eta: Option<f64>,
    /// `edm`: S_churn, the noise added over all steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub churn: Option<f64>,
    /// `sde`: times the noise of the forward process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<f64>,
    /// `dopri5`: relative and absolute tolerance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
    /// `pc`: signal-to-noise ratio of the corrector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snr: Option<f64>,
    /// Steps of the sampler.
    pub steps: usize,
    /// The grid of levels.
    pub grid: GridName,
    /// What becomes of the noise at its end.
    pub last: LastName,
    /// Seed of the pictures.
    pub seed: u64,
    /// Pictures a GPU takes at once. On the CPU it changes nothing but the order of work.
    pub batch: usize,
    /// Steps of training between two sample grids; 0 draws only at the end.
    pub every: u64,
}

impl Default for SampleConfig {
    fn default() -> Self {
        SampleConfig {
            n: 64,
            sampler: "ancestral".to_owned(),
            eta: None,
            churn: None,
            noise: None,
            tolerance: None,
            snr: None,
            steps: 50,
            grid: GridName::Uniform,
            last: LastName::ToZero,
            seed: 0,
            batch: 256,
            every: 1000,
        }
    }
}
