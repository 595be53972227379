//! Drawing pictures from weights.
use crate::{Config, TrainError};
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

/// What to draw and how: a configuration, proven and built.
pub struct Plan {
    network: UNetConfig,
    picture: [usize; 3],
    path: Box<dyn Path>,
    prediction: Prediction,
    preconditioning: Preconditioning,
    grid: Grid,
    sampler: Name,
    seed: u64,
    n: usize,
    batch: usize,
    device: Device,
    follow: usize,
}

impl Plan {
    /// Draws what `config.sample` says, pictures of `[channels, height, width]`.
    ///
    /// # Errors
    /// [`TrainError`] for an unknown sampler, an impossible grid, or settings that make no run.
    pub fn new(config: &Config, picture: [usize; 3], device: Device) -> Result<Plan, TrainError> {
        config.check()?;
        let path = config.path.build()?;
        Ok(Plan {
            network: config.network.clone(),
            picture,
            prediction: config.train.prediction.on(&*path, config.path.t_max)?,
            preconditioning: config.preconditioning()?,
            grid: config.path.grid(&*path, config.sample.grid, config.sample.steps)?,
            path,
            sampler: config.sample.sampler.parse().map_err(TrainError::Name)?,
            seed: config.sample.seed,
            n: config.sample.n,
            batch: config.sample.batch,
            device,
            follow: 0,
        })
    }

    /// Also keeps how the first `count` pictures looked at every level.
    pub fn following(self, count: usize) -> Plan {
        Plan { follow: count.min(self.n), ..self }
    }
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
    let network = |_| weights.bind(|scope| UNet::new(&plan.network, plan.picture, scope));
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
    if let Some(place) = drawn.pictures.iter().position(|p| !p.is_finite()) {
        return Err(TrainError::Picture { picture: place / size });
    }
    drawn.pictures.iter_mut().for_each(|p| *p = p.clamp(-1.0, 1.0));
    Ok(drawn)
}

impl Plan {
    fn rows(&self) -> usize {
        if self.device == Device::Cpu { MICRO_BATCH } else { self.batch.min(self.n) }
    }

    fn jobs(&self) -> usize {
        self.n.div_ceil(self.rows())
    }

    /// How often `progress` is called in all.
    pub fn steps_in_all(&self) -> u64 {
        (self.jobs() * self.grid.levels().len()) as u64
    }

    /// Mean and deviation of the start. At pure noise 0 and 1; at a level with data in it those of Gaussian data with the mean
    /// and deviation that the preconditioning knows, else those of the noise alone.
    fn start(&self) -> (f64, f64) {
        let Level { alpha, sigma, .. } = self.grid.levels()[0];
        match self.preconditioning {
            Preconditioning::Edm { mean, deviation } => (alpha * mean, (alpha * deviation).hypot(sigma)),
            Preconditioning::None => (0.0, sigma),
        }
    }

    fn part(&self, network: &UNet, job: usize, tick: &dyn Fn()) -> Result<Drawn, TrainError> {
        let first = (job * self.rows()) as u64;
        let noise = |name| HostNoise(SampleNoise::consecutive(Stream::new(self.seed, name), first, self.rows()));
        let [channels, height, width] = self.picture.map(|n| n as i64);
        let like = State(Tensor::zeros([self.rows() as i64, channels, height, width], (Kind::Float, self.device)));
        let start = noise("sample/start").normal_like(&like);
        let (mean, deviation) = self.start();
        let start = State::lincomb(&[(deviation, &start), (mean, &State(like.0.ones_like()))]);
        let model = Predictor {
            network,
            preconditioning: self.preconditioning,
            prediction: self.prediction,
            path: &*self.path,
        };
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
            sample(&counted, &*self.path, &self.grid, &mut *sampler, start, &mut noise("sample/steps"), &mut observe)?;
        Ok(Drawn { pictures: host(&end), frames, evaluations: counted.evaluations() as f64 })
    }
}

fn host(x: &State) -> Vec<f32> {
    let flat = x.0.to_device(Device::Cpu).to_kind(Kind::Float).flatten(0, -1);
    Vec::try_from(flat).expect("a vector of f32")
}
