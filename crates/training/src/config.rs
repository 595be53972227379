//! Everything a run is made of, as the tables of `config.toml`.
use crate::TrainError;
use crate::condition::{ConditionConfig, Conditions};
use crate::paths::PathConfig;
use crate::score_matching::{Walk, not_an_energy};
use ito_networks::{Clock, Interface, NetworkConfig, Preconditioning};
use ito_samplers::{Clipping, Options, Recipe};
use ito_schedules::Weight;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

mod chains;
mod names;
mod sample;

pub use chains::ChainsConfig;
pub use names::{
    ClockName, Dataset, GridName, LastName, ObjectiveName, PreconditioningName, PredictionName, Times, WeightName,
};
pub use sample::SampleConfig;

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

/// What is learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataConfig {
    /// Name of the data set: `mnist`; `moons`, `swiss-roll`, `checkerboard`, `spirals` or `mixture`, a million points of that law;
    /// `points`, those of `file`.
    pub dataset: Dataset,
    /// Folder with the official training files; the bundled 10,000 test digits where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// File of the points, float32 or float64 `[n, d]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// Mean of each column of the points: the network learns `(x - mean) / deviation`. Measured when the run starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column_means: Option<Vec<f64>>,
    /// Deviation of each column; measured when the run starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column_deviations: Option<Vec<f64>>,
    /// File of numbers that belong to each example, float32 or float64 `[n, m]`, in its order; the network is told them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vectors: Option<PathBuf>,
    /// Shape of a row, `[channels, height, width]` of pictures, `[columns]` of points; found when the run starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<usize>>,
    /// Mean of all numbers of the training data, of pictures in [-1, 1]; measured when the run starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// Their standard deviation; measured when the run starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deviation: Option<f64>,
    /// Share of the data never trained on, in [0, 0.5]: its loss shows overfitting.
    pub held_out: f64,
}

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

/// What is kept of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CheckpointConfig {
    /// Steps between two checkpoints.
    pub every: u64,
    /// How many of the newest are kept; 0 keeps all.
    pub keep: usize,
}

impl Default for DataConfig {
    fn default() -> Self {
        DataConfig {
            dataset: Dataset::Mnist,
            folder: None,
            file: None,
            column_means: None,
            column_deviations: None,
            vectors: None,
            shape: None,
            mean: None,
            deviation: None,
            held_out: 0.05,
        }
    }
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

impl Default for CheckpointConfig {
    fn default() -> Self {
        CheckpointConfig { every: 500, keep: 3 }
    }
}

impl Config {
    /// What stands around the network; `edm` needs the measured mean and deviation of the data.
    ///
    /// # Errors
    /// [`TrainError::Config`] where they are missing or make no sense.
    pub fn preconditioning(&self) -> Result<Preconditioning, TrainError> {
        match (self.train.preconditioning, self.data.mean, self.data.deviation) {
            (PreconditioningName::None, ..) => Ok(Preconditioning::None),
            (PreconditioningName::Vp | PreconditioningName::Iddpm, ..) => Ok(Preconditioning::UnitNoise),
            (PreconditioningName::Ve, ..) => Ok(Preconditioning::Ve),
            (PreconditioningName::Edm, Some(mean), Some(deviation)) if mean.is_finite() && deviation > 0.0 => {
                Ok(Preconditioning::Edm { mean, deviation })
            }
            (PreconditioningName::Edm, mean, deviation) => Err(TrainError::Config(format!(
                "data.mean = {mean:?} and data.deviation = {deviation:?} must be finite and above 0: they are measured when \
                 a run starts"
            ))),
        }
    }

    /// The time that the network is told.
    pub fn clock(&self) -> Clock {
        match (self.train.clock, self.train.preconditioning) {
            (Some(ClockName::Unit), _) => Clock::Unit,
            (Some(ClockName::Thousand), _) => Clock::Thousand,
            (Some(ClockName::Timestep), _) => Clock::Timestep { steps: self.path.timesteps().unwrap_or(1000) },
            (Some(ClockName::Edm), _) => Clock::Edm,
            (None, PreconditioningName::Vp) => Clock::Vp,
            (None, PreconditioningName::Ve) => Clock::Ve,
            (None, PreconditioningName::Iddpm) => Clock::Iddpm,
            (None, PreconditioningName::None | PreconditioningName::Edm) => Clock::Unit,
        }
    }

    /// What the network must take and give.
    pub fn interface(&self) -> Interface {
        // Of a configuration that makes no sense, which `check` refuses, the plain one.
        Conditions::new(self).unwrap_or_default().interface(&self.shape())
    }

    /// Shape of a row of the data.
    pub(crate) fn shape(&self) -> Vec<usize> {
        // Runs from before shapes were written down are of digits; a run that has not begun knows its shape by the data set.
        let unmeasured = if self.data.dataset.is_points() { vec![2] } else { vec![1, 28, 28] };
        self.data.shape.clone().unwrap_or(unmeasured)
    }

    /// The loss weight; `none` has no value.
    ///
    /// # Errors
    /// [`TrainError::Config`] for `edm` on data without a deviation.
    pub fn weight(&self) -> Result<Option<Weight>, TrainError> {
        let weight = match self.train.weight {
            WeightName::None => return Ok(None),
            WeightName::X0 => Ok(Weight::UNIFORM_X0),
            WeightName::Eps => Ok(Weight::UNIFORM_EPS),
            WeightName::MinSnr => Weight::min_snr(5.0),
            WeightName::Edm => Weight::edm(self.data.deviation.unwrap_or(f64::NAN)),
            WeightName::Sigmoid => Weight::sigmoid(2.0),
            WeightName::P2 => Weight::p2(1.0, 1.0),
        };
        weight.map(Some).map_err(|e| TrainError::Config(format!("train.weight: {e}")))
    }

    /// The sampler with its options.
    ///
    /// # Errors
    /// [`TrainError`] for a name that no sampler has, an option that it does not know, or too few steps for it.
    pub fn recipe(&self) -> Result<Recipe, TrainError> {
        let SampleConfig { eta, churn, noise, tolerance, snr, .. } = self.sample;
        let name = self.sample.sampler.parse().map_err(TrainError::Name)?;
        // The network computes in f32: below, rounding alone exceeds the tolerance, and the solver creeps.
        if let Some(given) = tolerance.filter(|t| !(1e-5..=0.1).contains(t)) {
            return Err(TrainError::Config(format!("sample.tolerance = {given:?} must lie from 1e-5 to 0.1")));
        }
        Ok(Recipe::new(name, self.sample.steps, &Options { eta, churn, noise, tolerance, snr })?)
    }

    /// How the estimate of the data is kept in range while drawing, if at all.
    ///
    /// # Errors
    /// [`TrainError::Config`] for a range that is none, or two of them.
    pub fn clipping(&self) -> Result<Option<Clipping>, TrainError> {
        let SampleConfig { clip, threshold, threshold_max, .. } = self.sample;
        let made = match (clip, threshold, threshold_max) {
            (None, None, None) => return Ok(None),
            (Some(most), None, None) => Clipping::fixed(most),
            (None, Some(share), most) => Clipping::dynamic(share, most.unwrap_or(1.0)),
            (Some(_), Some(_), _) => {
                let what = "sample.clip and sample.threshold are two ways to the same end: give one";
                return Err(TrainError::Config(what.to_owned()));
            }
            (_, None, Some(_)) => {
                let what = "sample.threshold_max bounds what sample.threshold finds: give both";
                return Err(TrainError::Config(what.to_owned()));
            }
        };
        let key = if clip.is_some() { "sample.clip" } else { "sample.threshold" };
        made.map(Some).map_err(|e| TrainError::Config(format!("{key}: {e}")))
    }

    /// Whether the model is an energy of clean data, and of no noisier level.
    pub fn at_data_alone(&self) -> bool {
        self.train.objective == ObjectiveName::Pcd
    }

    /// Whether sampler, network and what it is told go with the objective.
    fn check_objective(&self) -> Result<(), TrainError> {
        if self.at_data_alone() {
            self.chains.check(self.train.batch)?;
        }
        Walk::of(self)?;
        let twice = match &self.network {
            NetworkConfig::Energy(_) | NetworkConfig::EnergyUnet(_) | NetworkConfig::Mlp(_) => true,
            NetworkConfig::Unet(_) | NetworkConfig::Unet2d(_) => false,
        };
        match self.train.objective {
            ObjectiveName::Dsm => Ok(()),
            ObjectiveName::Ssm if twice => Ok(()),
            ObjectiveName::Ssm => {
                let what =
                    "train.objective = \"ssm\" differentiates the network twice, which fused attention does not allow";
                Err(TrainError::Config(format!("{what}: network.kind must be mlp, energy or energy-unet")))
            }
            ObjectiveName::Pcd if !self.network.is_energy() => Err(not_an_energy()),
            ObjectiveName::Pcd if self.condition != ConditionConfig::default() => {
                let what = "train.objective = \"pcd\" learns the law of all data";
                Err(TrainError::Config(format!("{what}: the table condition must say nothing")))
            }
            ObjectiveName::Pcd => Ok(()),
        }
    }

    /// Proves the values that no type proves.
    ///
    /// # Errors
    /// [`TrainError::Config`] with the key, its value and the range it must lie in.
    pub fn check(&self) -> Result<(), TrainError> {
        let TrainConfig { batch, micro_batch, lr, beta1, beta2, ema, minutes, clip, weight_decay, .. } = self.train;
        let limit = self.train.non_finite_limit;
        let positive = |x: f64| x > 0.0 && x.is_finite();
        let checks = [
            ((0.0..=0.5).contains(&self.data.held_out), "data.held_out", self.data.held_out, "in [0, 0.5]"),
            ((1..=65_536).contains(&batch), "train.batch", batch as f64, "from 1 to 65536"),
            (micro_batch <= 65_536, "train.micro_batch", micro_batch as f64, "from 0 to 65536"),
            (positive(lr), "train.lr", lr, "above 0"),
            (positive(clip), "train.clip", clip, "above 0"),
            (minutes > 0.0 && minutes <= 1e6, "train.minutes", minutes, "above 0, at most 1e6"),
            (limit > 0, "train.non_finite_limit", limit as f64, "at least 1"),
            ((0.0..1.0).contains(&beta1), "train.beta1", beta1, "in [0, 1)"),
            ((0.0..1.0).contains(&beta2), "train.beta2", beta2, "in [0, 1)"),
            ((0.0..1.0).contains(&ema), "train.ema", ema, "in [0, 1)"),
            ((0.0..1.0).contains(&weight_decay), "train.weight_decay", weight_decay, "in [0, 1)"),
            ((1..=1_000_000).contains(&self.sample.n), "sample.n", self.sample.n as f64, "from 1 to 1000000"),
            ((1..=65_536).contains(&self.sample.batch), "sample.batch", self.sample.batch as f64, "from 1 to 65536"),
            ((1..=100_000).contains(&self.sample.steps), "sample.steps", self.sample.steps as f64, "from 1 to 100000"),
        ];
        match checks.into_iter().find(|(holds, ..)| !holds) {
            Some((_, key, value, range)) => Err(TrainError::Config(format!("{key} = {value} must be {range}"))),
            None => Conditions::new(self).and_then(|_| self.check_objective()),
        }
    }
}
