//! Drawing pictures from weights.
use crate::TrainError;
use ito_networks::{Preconditioning, Predictor, UNet, UNetConfig};
use ito_noise::{SampleNoise, Stream};
use ito_samplers::{Counted, Name, sample};
use ito_schedules::{Grid, Level, Path, Prediction};
use ito_state::{Batch, Noise};
use ito_torch::{HostNoise, State, Weights, workers};
use std::sync::atomic::{AtomicU64, Ordering};
use tch::{Device, Kind, Tensor};

/// Pictures that one CPU worker evaluates at once. Sample k always stands in row k mod 16 of micro-batch k div 16, whatever
/// else is asked for, so its bits depend on nothing but its seed and number.
const MICRO_BATCH: usize = 16;

/// What to draw and how.
pub struct Plan<'a> {
    /// Shape of the network.
    pub network: &'a UNetConfig,
    /// Channels, height, width.
    pub picture: [usize; 3],
    /// What is predicted.
    pub prediction: Prediction,
    /// What stands around the network.
    pub preconditioning: Preconditioning,
    /// The path it was trained on.
    pub path: &'a dyn Path,
    /// The levels to visit.
    pub grid: &'a Grid,
    /// The sampler.
    pub sampler: Name,
    /// Seed; sample k of a seed is the same picture in any company.
    pub seed: u64,
    /// How many pictures.
    pub n: usize,
    /// Pictures a GPU evaluates at once.
    pub batch: usize,
    /// Where to compute.
    pub device: Device,
    /// How many of the first pictures to follow through all steps.
    pub follow: usize,
}

/// What was drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// `[n, channels, height, width]`, in [-1, 1].
    pub pictures: Vec<f32>,
    /// For each visited level, the followed pictures as they then were.
    pub frames: Vec<Vec<f32>>,
    /// Network evaluations a picture.
    pub evaluations: f64,
}

/// Draws `plan.n` pictures. `progress` is called with the number of sampler steps done, of `plan.steps_in_all()`.
///
/// # Errors
/// [`TrainError`] for a network that cannot be built or a sampler that cannot step.
pub fn generate(weights: &Weights, plan: &Plan, progress: &(dyn Fn(u64) + Sync)) -> Result<Drawn, TrainError> {
    let count = if plan.device == Device::Cpu { workers::available().min(plan.jobs()) } else { 1 };
    let network = |_| weights.bind(|scope| UNet::new(plan.network, plan.picture, scope));
    let mut networks = (0..count).map(network).collect::<Result<Vec<_>, _>>()?;
    let done = AtomicU64::new(0);
    let tick = || progress(done.fetch_add(1, Ordering::Relaxed) + 1);
    let parts = workers::over(&mut networks, plan.jobs(), |network, job| plan.part(network, job, &tick));
    let size: usize = plan.picture.iter().product();
    let mut drawn =
        Drawn { pictures: Vec::new(), frames: vec![Vec::new(); plan.grid.levels().len()], evaluations: 0.0 };
    for part in parts {
        let part = part?;
        drawn.pictures.extend(part.pictures);
        for (all, frame) in drawn.frames.iter_mut().zip(part.frames) {
            all.extend(frame);
        }
        drawn.evaluations = part.evaluations;
    }
    drawn.pictures.truncate(plan.n * size);
    drawn.frames.iter_mut().for_each(|frame| frame.truncate(plan.follow * size));
    if plan.follow == 0 {
        drawn.frames.clear();
    }
    drawn.pictures.iter_mut().for_each(|p| *p = p.clamp(-1.0, 1.0));
    Ok(drawn)
}

impl Plan<'_> {
    fn rows(&self) -> usize {
        if self.device == Device::Cpu { MICRO_BATCH } else { self.batch }
    }

    fn jobs(&self) -> usize {
        self.n.div_ceil(self.rows())
    }

    /// How often `progress` is called in all.
    pub fn steps_in_all(&self) -> u64 {
        (self.jobs() * self.grid.levels().len()) as u64
    }

    fn part(&self, network: &UNet, job: usize, tick: &dyn Fn()) -> Result<Drawn, TrainError> {
        let first = (job * self.rows()) as u64;
        let noise = |name| HostNoise(SampleNoise::consecutive(Stream::new(self.seed, name), first, self.rows()));
        let [channels, height, width] = self.picture.map(|n| n as i64);
        let like = State(Tensor::zeros([self.rows() as i64, channels, height, width], (Kind::Float, self.device)));
        let start = noise("sample/start").normal_like(&like);
        let start = State::lincomb(&[(self.grid.levels()[0].sigma, &start)]);
        let model =
            Predictor { network, preconditioning: self.preconditioning, prediction: self.prediction, path: self.path };
        let counted = Counted::new(&model);
        let follows = (first as usize) < self.follow;
        let mut frames = Vec::new();
        let mut observe = |_: usize, x: &State, _: Level| {
            if follows {
                frames.push(host(x));
            }
            tick();
        };
        let mut sampler = self.sampler.build::<State>();
        let end =
            sample(&counted, self.path, self.grid, &mut *sampler, start, &mut noise("sample/steps"), &mut observe)?;
        Ok(Drawn { pictures: host(&end), frames, evaluations: counted.evaluations() as f64 })
    }
}

fn host(x: &State) -> Vec<f32> {
    let flat = x.0.to_device(Device::Cpu).to_kind(Kind::Float).flatten(0, -1);
    Vec::try_from(flat).expect("a vector of f32")
}
