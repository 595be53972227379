//! How a network learns.
use crate::config::{ClockName, ObjectiveName, PreconditioningName, PredictionName, Times, WeightName};
use serde::{Deserialize, Serialize};

/// How the network learns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainConfig {
    /// Seed of everything random in training.
    pub seed: u64,
    /// `auto`, `cpu`, `cuda` or `cuda:K`.
    pub device: String,
    /// What the network predicts: `velocity`, `x0`, `eps`, `v`, `score` or `f`.
    pub prediction: PredictionName,
    /// What stands around the network: `edm`, `none`, `vp`, `ve` or `iddpm`.
    pub preconditioning: PreconditioningName,
    /// The time that the network is told; none given: that of the preconditioning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<ClockName>,
    /// How much each level counts.
    pub weight: WeightName,
    /// How times are drawn.
    pub times: Times,
    /// What is made small: `dsm`, `ssm` or `pcd`.
    pub objective: ObjectiveName,
    /// Steps in all; 0 means that `minutes` decides.
    pub steps: u64,
    /// Minutes that training may take; turned into `steps` once, by the speed of the first steps.
    pub minutes: f64,
    /// Pictures a step.
    pub batch: usize,
    /// Pictures that one CPU worker takes at once; part of the arithmetic, so it stays the same for a run. 0 means an equal
    /// share for each worker, from 8 to 32 (of points to 1024), settled when the run starts.
    pub micro_batch: usize,
    /// Highest learning rate.
    pub lr: f64,
    /// Steps over which the learning rate rises from 0.
    pub warmup: u64,
    /// AdamW's decay of the first moment.
    pub beta1: f64,
    /// AdamW's decay of the second moment.
    pub beta2: f64,
    /// AdamW's decoupled weight decay.
    pub weight_decay: f64,
    /// Largest norm of the gradient; a longer one is scaled down to it.
    pub clip: f64,
    /// Decay of the weights' moving average, reached after a warm-up `(1 + n) / (10 + n)`.
    pub ema: f64,
    /// Non-finite steps in a row after which the run stops.
    pub non_finite_limit: u64,
    /// Steps between two measurements of the held-out loss.
    pub held_out_every: u64,
}

impl Default for TrainConfig {
    fn default() -> Self {
        TrainConfig {
            seed: 0,
            device: "auto".to_owned(),
            prediction: PredictionName::Velocity,
            preconditioning: PreconditioningName::Edm,
            clock: None,
            weight: WeightName::None,
            times: Times::LogitNormal,
            objective: ObjectiveName::Dsm,
            steps: 0,
            minutes: 6.0,
            batch: 64,
            micro_batch: 0,
            lr: 2e-3,
            warmup: 100,
            beta1: 0.9,
            beta2: 0.99,
            weight_decay: 0.01,
            clip: 1.0,
            ema: 0.998,
            non_finite_limit: 20,
            held_out_every: 250,
        }
    }
}
