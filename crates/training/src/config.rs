//! Everything a run is made of, as the tables of `config.toml`.
use crate::TrainError;
use crate::paths::PathConfig;
use ito_networks::{Preconditioning, UNetConfig};
use ito_samplers::{Options, Recipe};
use ito_schedules::Weight;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A run: what `config.toml` holds, resolved. Unknown keys are refused.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// What is learned.
    pub data: DataConfig,
    /// How data becomes noise.
    pub path: PathConfig,
    /// What learns.
    pub network: UNetConfig,
    /// How it learns.
    pub train: TrainConfig,
    /// What is kept.
    pub checkpoint: CheckpointConfig,
    /// How pictures are drawn.
    pub sample: SampleConfig,
}

/// What is learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataConfig {
    /// Name of the data set: `mnist`.
    pub dataset: Dataset,
    /// Folder with the official training files; the bundled 10,000 test digits where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// Mean of all numbers of the training pictures, in [-1, 1]; measured when the run starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// Their standard deviation; measured when the run starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deviation: Option<f64>,
    /// Share of the data never trained on, in [0, 0.5]: its loss shows overfitting.
    pub held_out: f64,
}

/// The data sets that are known by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dataset {
    /// Handwritten digits, 28 x 28, gray.
    Mnist,
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
    /// What stands around the network: `edm` or `none`.
    pub preconditioning: PreconditioningName,
    /// How much each level counts.
    pub weight: WeightName,
    /// How times are drawn.
    pub times: Times,
    /// Steps in all; 0 means that `minutes` decides.
    pub steps: u64,
    /// Minutes that training may take; turned into `steps` once, by the speed of the first steps.
    pub minutes: f64,
    /// Pictures a step.
    pub batch: usize,
    /// Pictures that one CPU worker takes at once; part of the arithmetic, so it stays the same for a run. 0 means an equal
    /// share for each worker, from 8 to 32, settled when the run starts.
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

/// The names of the predictions in a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PredictionName {
    /// The path's own velocity (flow matching).
    Velocity,
    /// The data.
    X0,
    /// The noise.
    Eps,
    /// Salimans and Ho's v.
    V,
    /// The score, `-eps / sigma`.
    Score,
    /// The network of EDM's preconditioning, on data of the measured deviation; goes with `preconditioning = "none"`.
    F,
}

/// The names of the preconditionings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PreconditioningName {
    /// The network corrects the exact denoiser of Gaussian data with the data's mean and deviation.
    Edm,
    /// The network is the prediction.
    None,
}

/// The law of the training times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Times {
    /// Uniform on [0, t_max], on the network's clock.
    Uniform,
    /// `t_max` times the logistic function of a standard normal: Esser et al. 2024, arXiv:2403.03206, section 3.1.
    LogitNormal,
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

/// The grids by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GridName {
    /// Uniform in the path's own time.
    Uniform,
    /// Karras et al. 2022: rho = 7, sigma / alpha from 80 (or the path's own end) to 0.002, then data.
    Karras,
    /// Uniform in log-SNR between the same ends, then data.
    LogSnr,
    /// Quadratic in the path's own time: fine near data.
    Quadratic,
    /// A half cosine in the path's own time: fine at both ends.
    Cosine,
}

/// What becomes of the noise at the end of a grid; each is one of the steps but for the estimate of `tweedie`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LastName {
    /// The sampler's own step takes it away.
    ToZero,
    /// It stays: the last level is the cleanest one with noise.
    ToSigmaMin,
    /// It stays, and the picture is then replaced by the network's estimate of it.
    Tweedie,
}

/// The names of the loss weights, of the error of the data whatever is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WeightName {
    /// None: the mean square of the prediction's own error.
    None,
    /// The data's error as it is.
    X0,
    /// The noise's error as it is: the SNR.
    Eps,
    /// `min(SNR, 5)`: Hang et al. 2023.
    MinSnr,
    /// EDM's, with the data's measured deviation: Karras et al. 2022.
    Edm,
    /// `SNR S(2 - log SNR)`, S the logistic function: Kingma and Gao 2023.
    Sigmoid,
    /// `SNR / (1 + SNR)`: Choi et al. 2022.
    P2,
}

impl Default for DataConfig {
    fn default() -> Self {
        DataConfig { dataset: Dataset::Mnist, folder: None, mean: None, deviation: None, held_out: 0.05 }
    }
}

impl Default for TrainConfig {
    fn default() -> Self {
        TrainConfig {
            seed: 0,
            device: "auto".to_owned(),
            prediction: PredictionName::Velocity,
            preconditioning: PreconditioningName::Edm,
            weight: WeightName::None,
            times: Times::LogitNormal,
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

impl Config {
    /// What stands around the network; `edm` needs the measured mean and deviation of the data.
    ///
    /// # Errors
    /// [`TrainError::Config`] where they are missing or make no sense.
    pub fn preconditioning(&self) -> Result<Preconditioning, TrainError> {
        match (self.train.preconditioning, self.data.mean, self.data.deviation) {
            (PreconditioningName::None, ..) => Ok(Preconditioning::None),
            (PreconditioningName::Edm, Some(mean), Some(deviation)) if mean.is_finite() && deviation > 0.0 => {
                Ok(Preconditioning::Edm { mean, deviation })
            }
            (PreconditioningName::Edm, mean, deviation) => Err(TrainError::Config(format!(
                "data.mean = {mean:?} and data.deviation = {deviation:?} must be finite and above 0: they are measured when \
                 a run starts"
            ))),
        }
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
            return Err(TrainError::Config(format!("sample.tolerance = {given} must lie from 1e-5 to 0.1")));
        }
        Ok(Recipe::new(name, self.sample.steps, &Options { eta, churn, noise, tolerance, snr })?)
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
            None => Ok(()),
        }
    }
}
