//! The training loop: one can read it aloud.
use crate::generate::{Drawn, Plan, generate};
use crate::optimiser::MEASURED;
use crate::run::{Line, Metrics};
use crate::{Checkpoint, Report, RunFolder, TrainError, Trainer};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The first steps are slower (libtorch compiles its kernels then) and not timed.
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
    let mut clock = Clock::new();
    let mut saved = trainer.step;
    while !trainer.finished() && !stop.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let report = trainer.step()?;
        let speed = clock.add(begun.elapsed(), trainer.config.train.batch);
        metrics.write(&line(&report, speed))?;
        watch(Event::Step(&report, speed))?;
        judge(&report, trainer.config.train.non_finite_limit)?;
        if let Some(steps) = clock.steps_for_minutes(trainer) {
            tracing::info!(steps, "minutes have become steps");
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
            save(trainer, folder, watch)?;
            saved = report.step;
        }
        if due(trainer.config.sample.every) {
            watch(Event::Drawn(report.step, &trainer.draw()?))?;
        }
    }
    if saved < trainer.step {
        save(trainer, folder, watch)?;
    }
    Ok(if trainer.finished() { Outcome::Finished } else { Outcome::Stopped })
}

fn save(
    trainer: &Trainer,
    folder: &RunFolder,
    watch: &mut dyn FnMut(Event) -> Result<(), TrainError>,
) -> Result<(), TrainError> {
    let checkpoint = trainer.save(&folder.checkpoints())?;
    tracing::info!(step = checkpoint.step, folder = %checkpoint.folder.display(), "checkpoint written");
    watch(Event::Saved(&checkpoint))
}

/// Counts and names a step that was refused; after too many in a row the run ends.
fn judge(report: &Report, limit: u64) -> Result<(), TrainError> {
    if report.updated {
        return Ok(());
    }
    tracing::info!(step = report.step, loss = report.loss, grad_norm = report.grad_norm, "step refused: not finite");
    if report.refused < limit {
        return Ok(());
    }
    Err(TrainError::NonFinite { count: report.refused, step: report.step })
}

fn line(report: &Report, images_per_second: f64) -> Line {
    let Report { step, loss, grad_norm, lr, updated, .. } = *report;
    Line::Step { step, loss, grad_norm, images_per_second, lr, updated }
}

fn measure(
    trainer: &mut Trainer,
    metrics: &mut Metrics,
    watch: &mut dyn FnMut(Event) -> Result<(), TrainError>,
) -> Result<(), TrainError> {
    let step = trainer.step;
    if let Some(held_out_loss) = trainer.held_out_loss()? {
        tracing::info!(step, held_out_loss, "measured");
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
        let plan = Plan::new(&self.config, self.device())?.told_held_out(&self.config, self.data())?;
        generate(&self.average, &plan, &|_| ())
    }
}

/// The speed of the steps alone, without what happens between them.
struct Clock {
    begun: Instant,
    made: u64,
    timed: Duration,
    smooth: f64,
}

impl Clock {
    fn new() -> Clock {
        Clock { begun: Instant::now(), made: 0, timed: Duration::ZERO, smooth: 0.0 }
    }

    /// Adds a step; returns pictures a second, smoothed over some ten steps.
    fn add(&mut self, taken: Duration, batch: usize) -> f64 {
        self.made += 1;
        if self.made > UNTIMED {
            self.timed += taken;
        }
        let speed = batch as f64 / taken.as_secs_f64().max(1e-9);
        self.smooth = if self.smooth == 0.0 { speed } else { 0.9 * self.smooth + 0.1 * speed };
        self.smooth
    }

    /// Once, when enough steps are timed and no number of steps was given: how many fit into the minutes. Very slow steps are
    /// judged sooner, by the first timed one after a tenth of the minutes.
    fn steps_for_minutes(&self, trainer: &Trainer) -> Option<u64> {
        let seconds = 60.0 * trainer.config.train.minutes;
        let gone = self.begun.elapsed().as_secs_f64();
        if trainer.config.train.steps > 0 || self.made <= UNTIMED || self.made < MEASURED && gone < 0.1 * seconds {
            return None;
        }
        let a_step = self.timed.as_secs_f64() / (self.made - UNTIMED) as f64;
        let left = (seconds * (1.0 - OVERHEAD) - gone).max(0.0);
        Some((trainer.step + (left / a_step) as u64).max(1))
    }
}
