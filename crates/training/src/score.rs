//! How likely pictures are under a model.
use crate::condition::{Classes, Told};
use crate::config::DtypeName;
use crate::model::Model;
use crate::score_matching::AT_DATA;
use crate::{Config, TrainError};
use ito_networks::{Network, at_clock};
use ito_samplers::likelihood::{BitsPerDim, Divergence, FlowDensity, LogDensity, Pixels, Probe};
use ito_state::Rows;
use ito_torch::{State, Weights, workers};
use std::sync::atomic::{AtomicU64, Ordering};
use tch::{Device, Kind, Tensor};

/// The noise-to-signal ratio that the flow starts from, or the cleanest of the path: EDM's smallest, a quarter of a step of pixel
/// values.
const CLEANEST: f64 = 0.002;

/// How to score: what a configuration says, proven and built, and the size of the work.
pub struct Scoring {
    model: Model,
    told: Told,
    noisiest: f64,
    divergence: Divergence,
    tolerance: f64,
    seed: u64,
}

/// What one picture got.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Log-density in nats, for numbers in [-1, 1].
    pub density: LogDensity,
    /// Bits a number, for pixels of 256 values.
    pub bits: BitsPerDim,
}

impl Scoring {
    /// With the exact divergence, seed 0 and a tolerance of 1e-4, under the law of `sample.class` where the network is told classes;
    /// if none is named, under the unconditional law.
    ///
    /// # Errors
    /// [`TrainError`] for settings that make no run.
    pub fn new(config: &Config, device: Device) -> Result<Scoring, TrainError> {
        if config.at_data_alone() {
            return Err(TrainError::Config(AT_DATA.to_owned()));
        }
        let (model, told) = (Model::new(config, device)?, Told::new(config, &Classes::None)?);
        // Divergences and tolerances need all the digits there are.
        let model = Model { dtype: DtypeName::Own, ..model };
        told.complete()?;
        let noisiest = config.path.noisiest(&*model.path);
        Ok(Scoring { model, told, noisiest, divergence: Divergence::Exact, tolerance: 1e-4, seed: 0 })
    }

    /// Hutchinson's estimate from so many probes, where the exact divergence takes a backward pass for each number of a picture.
    pub fn probes(self, count: usize) -> Scoring {
        Scoring { divergence: Divergence::Hutchinson { probe: Probe::Rademacher, count }, ..self }
    }

    /// Seed of the probes and of what is added to bytes.
    pub fn seed(self, seed: u64) -> Scoring {
        Scoring { seed, ..self }
    }

    /// Relative and absolute tolerance of the flow.
    pub fn tolerance(self, tolerance: f64) -> Scoring {
        Scoring { tolerance, ..self }
    }

    fn item(&self, network: &dyn Network, k: usize, picture: &[f32], bytes: bool) -> Result<Score, TrainError> {
        let shape = self.model.zeros(1).0.size();
        let values = Tensor::from_slice(picture).view(shape.as_slice()).to_kind(Kind::Double);
        let clean = State(values.to_device(self.model.device));
        let noise = |name| self.model.noise(self.seed, name, k as u64, 1);
        let pixels = Pixels::new(256, -1.0, 1.0)?;
        let clean = if bytes { pixels.dequantise(&clean, &mut noise("score/pixels")) } else { clean };
        let path = &*self.model.path;
        let (from, to) = (path.at_log_snr(-2.0 * CLEANEST.ln()), at_clock(path, self.noisiest));
        let (mean, deviation) = self.model.start(to);
        let flow = FlowDensity::new(path, from, to)?.divergence(self.divergence)?;
        let flow = flow.tolerance(self.tolerance, self.tolerance)?.prior(deviation)?;
        let given = self.told.given(k as u64, 1, self.model.device);
        let scores = flow.of_data(&self.model.predictor(network, &given), &clean, &mut noise("score/probes"))?;
        let (LogDensity { nats, error }, size) = (scores.items[0], self.model.size());
        let density = LogDensity { nats: nats + around(&scores.latent, mean, deviation), error };
        Ok(Score { density, bits: pixels.log_probability(density, size).bits_per_dim(size) })
    }
}

/// `log N(x; mean, deviation^2) - log N(x; 0, deviation^2)` of a state of one row: sampling starts around the mean that the
/// noisiest level has of the data.
fn around(x: &State, mean: f64, deviation: f64) -> f64 {
    let centre = x.fill_like(mean);
    (x.dot_rows(&centre)[0] - 0.5 * centre.dot_rows(&centre)[0]) / (deviation * deviation)
}

/// The log-density of each of `pictures`, `[n, channels, height, width]` in [-1, 1], by the flow (Chen et al. 2018,
/// arXiv:1806.07366; Song et al. 2021, arXiv:2011.13456, appendix D.2), of data with noise of 0.002 in them. Pictures that are
/// `bytes` are first spread evenly over the width of a pixel value.
///
/// Every picture is solved for by itself, and picture k draws as sample k of the seed: so its numbers do not depend on the
/// others. `progress` is called with how many are done.
///
/// # Errors
/// [`TrainError`] for a network that cannot be built or tolerances that cannot be met.
pub fn score(
    weights: &Weights,
    scoring: &Scoring,
    pictures: &[f32],
    bytes: bool,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Vec<Score>, TrainError> {
    let pictures: Vec<&[f32]> = pictures.chunks_exact(scoring.model.size()).collect();
    let mut networks = scoring.model.networks(weights, pictures.len())?;
    let done = AtomicU64::new(0);
    let scores = workers::over(&mut networks, pictures.len(), |network, k| {
        let score = scoring.item(&**network, k, pictures[k], bytes);
        progress(done.fetch_add(1, Ordering::Relaxed) + 1);
        score
    });
    scores.into_iter().collect()
}
