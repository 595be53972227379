//! What a user sees of training while it runs.
use crate::points::Cloud;
use crate::progress::{Progress, Smooth};
use crate::{files, show};
use ito_training::{Drawn, Event, TrainError, Trainer};
use std::path::Path;

/// The grid drawn at the end.
pub const SAMPLES: &str = "samples.png";

/// Shows and draws what happens.
pub struct Watcher<'a> {
    root: &'a Path,
    shape: &'a [usize],
    cloud: Option<Cloud>,
    /// How far it is.
    pub progress: Progress,
    loss: Smooth,
    /// The last held-out loss.
    pub held_out: Option<f64>,
}

impl Watcher<'_> {
    /// Before the first step of a session.
    pub fn new<'a>(root: &'a Path, trainer: &Trainer, shape: &'a [usize], cloud: Option<Cloud>) -> Watcher<'a> {
        let total = Some(trainer.config().train.steps).filter(|&steps| steps > 0);
        let progress = Progress::new("step", trainer.steps_done(), total);
        Watcher { root, shape, cloud, progress, loss: Smooth::default(), held_out: None }
    }

    /// Shows one event.
    pub fn see(&mut self, event: &Event) -> Result<(), TrainError> {
        match *event {
            Event::Step(report, speed) => {
                let loss = self.loss.add(report.loss);
                self.progress.at(
                    report.step,
                    &format!("loss {loss:.4}, {speed:.0} {}/s", if self.cloud.is_some() { "points" } else { "images" }),
                );
                if !report.updated {
                    let step = report.step;
                    self.progress
                        .line(&format!("warning: step {step} was refused: its loss or gradient is not finite"));
                }
            }
            Event::Measured(steps) => {
                self.progress.total(steps);
                self.progress.line(&format!("these minutes are {steps} steps"));
            }
            Event::HeldOut(step, loss) => {
                self.held_out = Some(loss);
                self.progress.line(&format!("step {step}: held-out loss {loss:.4}"));
            }
            Event::Drawn(step, drawn) => {
                let place = self.root.join("samples").join(format!("step-{step:08}.png"));
                show(&place, drawn, self.shape, self.cloud.as_ref())?;
                show(&self.root.join(SAMPLES), drawn, self.shape, self.cloud.as_ref())?;
                self.progress.line(&format!("step {step}: drawn {}", place.display()));
            }
            Event::Saved(_) => {}
        }
        Ok(())
    }
}

/// Writes a grid of what was drawn, with the folder that it goes to.
pub fn show(place: &Path, drawn: &Drawn, shape: &[usize], cloud: Option<&Cloud>) -> Result<(), TrainError> {
    let refused = |source| TrainError::Io { path: place.to_owned(), source };
    let png = cloud.map_or_else(|| show::sheet(drawn, shape), |cloud| cloud.png(&drawn.values));
    let png = png.map_err(|e| refused(std::io::Error::other(e)))?;
    place.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(refused)?;
    files::write(place, &png).map_err(refused)
}
