//! How pictures are drawn.
use crate::condition::Classes;
use crate::config::{DtypeName, GridName, LastName};
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
    /// Classes, of which sample k takes number `k mod m`: `all`, `none`, or a list as `0,1,2`; all of a conditional model if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<Classes>,
    /// Weight of classifier-free guidance; 1 draws from the conditional law itself.
    pub guidance: f64,
    /// Guided only where sigma / alpha is above this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guidance_low: Option<f64>,
    /// Guided only where sigma / alpha is at most this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guidance_high: Option<f64>,
    /// How much of the spread of the conditional estimate is brought back, in [0, 1].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guidance_rescale: Option<f64>,
    /// `langevin`, `mala`: size of a move, in squared deviations of the data; that of `chains` if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub langevin_step: Option<f64>,
    /// Steps of the sampler.
    pub steps: usize,
    /// The grid of levels.
    pub grid: GridName,
    /// What becomes of the noise at its end.
    pub last: LastName,
    /// The estimate of the data is cut to `[-clip, clip]` at every step: 1 for pictures, as DDPM does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip: Option<f64>,
    /// Dynamic thresholding: the estimate is cut at the size that this share of its numbers do not exceed, at least 1, and divided
    /// by it; often 0.995. Saharia et al. 2022.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// At most this size; 1 if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold_max: Option<f64>,
    /// What the network computes in: `own` or `bf16`.
    pub dtype: DtypeName,
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
            class: None,
            guidance: 1.0,
            guidance_low: None,
            guidance_high: None,
            guidance_rescale: None,
            langevin_step: None,
            steps: 50,
            grid: GridName::Uniform,
            last: LastName::ToZero,
            clip: None,
            threshold: None,
            threshold_max: None,
            dtype: DtypeName::Own,
            seed: 0,
            batch: 256,
            every: 1000,
        }
    }
}
