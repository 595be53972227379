//! The training loop: one can read it aloud.
use crate::generate::{Drawn, Plan, generate};
use crate::run::{Line, Metrics};
use crate::{Checkpoint, Report, RunFolder, TrainError, Trainer};
use ito_samplers::Name;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Steps that are timed before `minutes` becomes a number of steps; the first few are warm-up.
const TIMED: u64 = 60;
const UNTIMED: u64 = 4;
/// Share of the minutes left for held-out losses, sample grids and checkpoints.
const OVERHEAD: f64 = 0.04;

/// What happened, for whoever shows it.
#[derive(Debug)]
pub enum Event<'a> {
    /// A step, and how many pictures a second the run makes.
    Step(&'a Report, f64),
    /// `minutes` has become this number of steps.
    Measured(u64),
    /// Held-out loss after a step.
    HeldOut(u64, f64),
    /// Pictures drawn after a step.
    Drawn(u64, &'a Drawn),
    /// A checkpoint was written.
    Saved(&'a Checkpoint),
}

/// How a session of training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All steps are done.
    Finished,
    /// Asked to stop; a checkpoint was written.
    Stopped,
}

/// Trains until all steps are done or `stop` is set, which finishes the step and saves.
///
/// # Errors
/// [`TrainError`]; the checkpoints written so far stay.
pub fn train(
    trainer: &mut Trainer,
    folder: &RunFolder,
    stop: &AtomicBool,
    watch: &mut dyn FnMut(Event) -> Result<(), TrainError>,
) -> Result<Outcome, TrainError> {
    let mut metrics = folder.metrics(trainer.step)?;
    let mut clock = Clock::start(trainer.step);
    let mut saved = trainer.step;
    while !trainer.finished() && !stop.load(Ordering::Relaxed) {
        let report = trainer.step()?;
        let speed = clock.speed(trainer);
        metrics.write(&line(&report, speed))?;
        watch(Event::Step(&report, speed))?;
        if let Some(steps) = clock.steps_for_minutes(trainer) {
            trainer.config.train.steps = steps;
            folder.write_config(&trainer.config)?;
            watch(Event::Measured(steps))?;
        }
        let last = trainer.finished();
        let due = |every: u64| last || every > 0 && report.step.is_multiple_of(every);
        if due(trainer.config.train.held_out_every) {
            measure(trainer, &mut metrics, watch)?;
        }
        if due(trainer.config.checkpoint.every) {
            watch(Event::Saved(&trainer.save(&folder.checkpoints())?))?;
            saved = report.step;
        }
        if due(trainer.config.sample.every) {
            watch(Event::Drawn(report.step, &trainer.draw()?))?;
        }
    }
    if saved < trainer.step {
        watch(Event::Saved(&trainer.save(&folder.checkpoints())?))?;
    }
    Ok(if trainer.finished() { Outcome::Finished } else { Outcome::Stopped })
}

fn line(report: &Report, images_per_second: f64) -> Line {
    let Report { step, loss, grad_norm, lr, updated } = *report;
    Line::Step { step, loss, grad_norm, images_per_second, lr, updated }
}

fn measure(
    trainer: &mut Trainer,
    metrics: &mut Metrics,
    watch: &mut dyn FnMut(Event) -> Result<(), TrainError>,
) -> Result<(), TrainError> {
    let step = trainer.step;
    if let Some(held_out_loss) = trainer.held_out_loss()? {
        metrics.write(&Line::HeldOut { step, held_out_loss })?;
        watch(Event::HeldOut(step, held_out_loss))?;
    }
    Ok(())
}

impl Trainer {
    /// True when the last step is done; a run whose steps are still to be measured is not.
    pub fn finished(&self) -> bool {
        self.config.train.steps > 0 && self.step >= self.config.train.steps
    }

    /// Draws the pictures that the configuration asks for, with the averaged weights.
    ///
    /// # Errors
    /// [`TrainError`] for an unknown sampler or an impossible grid.
    pub fn draw(&self) -> Result<Drawn, TrainError> {
        let config = &self.config;
        let path = config.path.build()?;
        let plan = Plan {
            network: &config.network,
            picture: self.picture(),
            prediction: config.train.prediction.on(&*path, config.path.t_max)?,
            preconditioning: config.preconditioning()?,
            path: &*path,
            grid: &config.path.grid(&*path, config.sample.grid, config.sample.steps)?,
            sampler: config.sample.sampler.parse::<Name>().map_err(|e| TrainError::Config(e.to_string()))?,
            seed: config.sample.seed,
            n: config.sample.n,
            batch: config.sample.batch,
            device: self.device(),
            follow: 0,
        };
        generate(&self.average, &plan, &|_| ())
    }
}

/// Measures the speed of the steps alone.
struct Clock {
    begun: Instant,
    timed: Option<(u64, Instant)>,
    last: Instant,
    smooth: f64,
    first_step: u64,
}

impl Clock {
    fn start(first_step: u64) -> Clock {
        let now = Instant::now();
        Clock { begun: now, timed: None, last: now, smooth: 0.0, first_step }
    }

    /// Pictures a second, smoothed over some ten steps.
    fn speed(&mut self, trainer: &Trainer) -> f64 {
        let now = Instant::now();
        let speed = trainer.config.train.batch as f64 / (now - self.last).as_secs_f64().max(1e-9);
        self.last = now;
        self.smooth = if self.smooth == 0.0 { speed } else { 0.9 * self.smooth + 0.1 * speed };
        self.smooth
    }

    /// Once, when enough steps are timed and no number of steps was given: how many fit into the minutes.
    fn steps_for_minutes(&mut self, trainer: &Trainer) -> Option<u64> {
        if trainer.config.train.steps > 0 {
            return None;
        }
        let made = trainer.step - self.first_step;
        if made == UNTIMED {
            self.timed = Some((trainer.step, Instant::now()));
        }
        let (from, at) = self.timed.filter(|_| made >= UNTIMED + TIMED || self.spent(trainer) > 0.1)?;
        let timed = (trainer.step - from) as f64;
        if timed == 0.0 {
            return None;
        }
        let left = 60.0 * trainer.config.train.minutes * (1.0 - OVERHEAD) - self.begun.elapsed().as_secs_f64();
        let more = (left.max(0.0) * timed / at.elapsed().as_secs_f64()) as u64;
        Some((trainer.step + more).max(1))
    }

    /// Share of the minutes that is gone.
    fn spent(&self, trainer: &Trainer) -> f64 {
        self.begun.elapsed().as_secs_f64() / (60.0 * trainer.config.train.minutes)
    }
}
