//! Drawing pictures from weights.
use crate::condition::{Classes, Guidance, Told};
use crate::config::SampleConfig;
use crate::model::{Model, host};
use crate::score_matching::Walk;
use crate::{Config, TrainError};
use ito_networks::{Given, Network};
use ito_samplers::{Clipped, Clipping, Counted, Denoiser, Recipe, sample};
use ito_schedules::{Grid, LastStep, Level};
use ito_state::{Batch, Noise, Rows};
use ito_torch::{State, Weights, workers};
use std::sync::atomic::{AtomicU64, Ordering};
use tch::{Device, Tensor};

/// What to draw and how: a configuration, proven and built.
pub struct Plan {
    pub(crate) model: Model,
    pub(crate) grid: Grid,
    pub(crate) sampler: Recipe,
    /// In place of the sampler and its grid, for an energy of clean data.
    pub(crate) walk: Option<Walk>,
    clipping: Option<Clipping>,
    pub(crate) told: Told,
    pub(crate) guidance: Guidance,
    pub(crate) n: usize,
    pub(crate) seed: u64,
    batch: usize,
    follow: usize,
    /// Where the pictures start; empty: at noise of the seed.
    starts: Vec<f32>,
}

impl Plan {
    /// Draws what `config.sample` says, rows of the shape that `config.data` says.
    ///
    /// # Errors
    /// [`TrainError`] for an unknown sampler, an impossible grid, or settings that make no run.
    pub fn new(config: &Config, device: Device) -> Result<Plan, TrainError> {
        let (model, told) = (Model::new(config, device)?, Told::new(config, &Classes::All)?);
        let walk = Walk::of(config)?;
        Ok(Plan {
            grid: config.path.grid(&*model.path, config.sample.grid, config.sample.last, config.sample.steps)?,
            model,
            sampler: if walk.is_some() { unused(config)? } else { config.recipe()? },
            walk,
            clipping: config.clipping()?,
            guidance: Guidance::new(&config.sample, &told.conditions)?,
            told,
            seed: config.sample.seed,
            n: config.sample.n,
            batch: config.sample.batch,
            follow: 0,
            starts: Vec::new(),
        })
    }

    /// Starts there, `[n, channels, height, width]`, and not at noise of the seed.
    pub(crate) fn starting(self, starts: Vec<f32>) -> Plan {
        Plan { starts, ..self }
    }

    /// Also keeps how the first `count` pictures looked at every level.
    pub fn following(self, count: usize) -> Plan {
        Plan { follow: count.min(self.n), ..self }
    }
}

/// A sampler for a plan that walks: it is never asked.
fn unused(config: &Config) -> Result<Recipe, TrainError> {
    Config { sample: SampleConfig::default(), ..config.clone() }.recipe()
}

/// What was drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// Row by row, `[n, ...]`; pictures in [-1, 1].
    pub values: Vec<f32>,
    /// For each visited level, the followed pictures as they then were.
    pub frames: Vec<Vec<f32>>,
    /// The pictures that the samples were told, as rows of the same shape: a low resolution blown up, a picture with gray holes.
    pub shown: Option<Vec<f32>>,
    /// How many classes were drawn in turn.
    pub turn: usize,
    /// Network evaluations a picture.
    pub evaluations: f64,
}

/// Draws `plan.n` pictures. `progress` is called with the number of sampler steps done, of `plan.steps_in_all()`.
///
/// # Errors
/// [`TrainError`] for a network that cannot be built or a sampler that cannot step.
pub fn generate(weights: &Weights, plan: &Plan, progress: &(dyn Fn(u64) + Sync)) -> Result<Drawn, TrainError> {
    plan.told.complete()?;
    let mut networks = plan.model.networks(weights, plan.jobs())?;
    let done = AtomicU64::new(0);
    let tick = || progress(done.fetch_add(1, Ordering::Relaxed) + 1);
    let parts = workers::over(&mut networks, plan.jobs(), |network, job| plan.part(&**network, job, &tick));
    let size = plan.model.size();
    let (shown, turn, frames) = (plan.told.shown(plan.n), plan.told.turn(), vec![Vec::new(); plan.visited()]);
    let mut drawn = Drawn { values: Vec::new(), frames, shown, turn, evaluations: 0.0 };
    for part in parts {
        let part = part?;
        drawn.values.extend(part.values);
        for (all, frame) in drawn.frames.iter_mut().zip(part.frames) {
            all.extend(frame);
        }
        drawn.evaluations = part.evaluations;
    }
    drawn.values.truncate(plan.n * size);
    drawn.frames.iter_mut().for_each(|frame| frame.truncate(plan.follow * size));
    if plan.follow == 0 {
        drawn.frames.clear();
    }
    if let Some(place) = drawn.values.iter().position(|p| !p.is_finite()) {
        return Err(TrainError::Picture { picture: place / size });
    }
    if plan.model.interface.shape.len() == 3 {
        drawn.values.iter_mut().for_each(|p| *p = p.clamp(-1.0, 1.0));
    }
    plan.told.put_back(&mut drawn.values);
    Ok(drawn)
}

impl Plan {
    /// Rows of a micro-batch.
    pub(crate) fn rows(&self) -> usize {
        self.model.rows(self.batch.min(self.n))
    }

    fn jobs(&self) -> usize {
        self.n.div_ceil(self.rows())
    }

    /// How many states a sampler shows: one a level, and the estimate behind the last.
    fn visited(&self) -> usize {
        if let Some(walk) = self.walk {
            return walk.shown();
        }
        self.grid.levels().len() + usize::from(self.grid.last_step() == LastStep::Tweedie)
    }

    /// How often `progress` is called in all.
    pub fn steps_in_all(&self) -> u64 {
        (self.jobs() * self.visited()) as u64
    }

    /// The states of one micro-batch at the first level. Given starts are repeated where they do not fill it.
    fn start(&self, first: u64) -> State {
        let like = self.model.zeros(self.rows());
        if self.starts.is_empty() {
            let z = self.model.noise(self.seed, "sample/start", first, self.rows()).normal_like(&like);
            let (mean, deviation) = self.model.start(self.grid.levels()[0]);
            return State::lincomb(&[(deviation, &z), (mean, &z.fill_like(1.0))]);
        }
        let rows = self.starts.chunks_exact(self.model.size()).cycle().skip(first as usize).take(self.rows());
        let values: Vec<f32> = rows.flatten().copied().collect();
        State(Tensor::from_slice(&values).view_as(&like.0).to_device(like.0.device()))
    }

    /// What the samples `first`, `first + 1`, .. of a micro-batch are told, and that without class and vector.
    pub(crate) fn given(&self, first: u64) -> (Given, Given) {
        let (rows, device) = (self.rows(), self.model.device);
        (self.told.given(first, rows, device), self.told.without(first, rows, device))
    }

    /// One micro-batch of a walk.
    fn walked(&self, walk: Walk, network: &dyn Network, first: u64, tick: &dyn Fn()) -> Result<Drawn, TrainError> {
        let start =
            self.model.noise(self.seed, "sample/start", first, self.rows()).normal_like(&self.model.zeros(self.rows()));
        let mut noise = self.model.noise(self.seed, "sample/steps", first, self.rows());
        let mut frames = Vec::new();
        let end = walk.draw(network, start, &mut noise, &mut |x| {
            if (first as usize) < self.follow {
                frames.push(host(x));
            }
            tick();
        })?;
        Ok(Drawn { values: host(&end), frames, shown: None, turn: 0, evaluations: walk.evaluations() })
    }

    fn part(&self, network: &dyn Network, job: usize, tick: &dyn Fn()) -> Result<Drawn, TrainError> {
        let first = (job * self.rows()) as u64;
        if let Some(walk) = self.walk {
            return self.walked(walk, network, first, tick);
        }
        let start = self.start(first);
        let (given, without) = self.given(first);
        let (told, other) = (self.model.predictor(network, &given), self.model.predictor(network, &without));
        let (told, other) = (Counted::new(&told), Counted::new(&other));
        let guided = self.guidance.around(&told, &other)?;
        let clipped = self.clipping.map(|clipping| Clipped { model: &*guided, clipping });
        let model: &dyn Denoiser<State> = clipped.as_ref().map_or(&*guided, |clipped| clipped);
        let follows = (first as usize) < self.follow;
        let mut frames = Vec::new();
        let mut observe = |_: usize, x: &State, _: Level| {
            if follows {
                frames.push(host(x));
            }
            tick();
        };
        let mut noise = self.model.noise(self.seed, "sample/steps", first, self.rows());
        let mut sampler = self.sampler.build::<State>();
        let end = sample(model, &*self.model.path, &self.grid, &mut *sampler, start, &mut noise, &mut observe)?;
        let evaluations = (told.evaluations() + other.evaluations()) as f64;
        Ok(Drawn { values: host(&end), frames, shown: None, turn: 0, evaluations })
    }
}
