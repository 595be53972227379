//! Drawing from an energy of clean data by walking in it.
use super::at_data::AtData;
use super::contrast_task::not_an_energy;
use crate::{Config, TrainError};
use ito_networks::Network;
use ito_sde::SdeError;
use ito_sde::langevin::{Metropolis, Unadjusted};
use ito_state::{Batch, Noise, Rows};
use ito_torch::State;

/// The states of a walk that are shown.
const SHOWN: usize = 50;

/// A Langevin walk from normal noise with the data's mean and deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Walk {
    kind: WalkName,
    moves: usize,
    /// Of a move, in squared deviations of the data.
    step: f64,
    mean: f64,
    deviation: f64,
}

/// The samplers of an energy of clean data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WalkName {
    /// [`Unadjusted`]: a bias of order h.
    Langevin,
    /// [`Metropolis`]: none.
    Mala,
}

impl Walk {
    /// What a configuration says, if it says so: none for a model on a path.
    ///
    /// # Errors
    /// [`TrainError::Config`] where sampler and objective do not go together.
    pub(crate) fn of(config: &Config) -> Result<Option<Walk>, TrainError> {
        let name = config.sample.sampler.as_str();
        let kind = match (config.at_data_alone(), name) {
            (true, "langevin") => WalkName::Langevin,
            (true, "mala") => WalkName::Mala,
            (true, other) => {
                let what = format!(
                    "sample.sampler = {other} walks down a path, but a model of train.objective = \"pcd\" is an energy"
                );
                return Err(TrainError::Config(format!("{what} of clean data: it must be langevin or mala")));
            }
            (false, "langevin" | "mala") => {
                let what = format!(
                    "sample.sampler = {name} draws from an energy of clean data, a model of train.objective = \"pcd\""
                );
                return Err(TrainError::Config(format!(
                    "{what}: for this one take annealed-langevin, pc or any other"
                )));
            }
            (false, _) => return Ok(None),
        };
        let step = config.sample.langevin_step.unwrap_or(config.chains.step);
        if !(step > 0.0 && step <= 1.0) {
            return Err(TrainError::Config(format!("sample.langevin_step = {step} must be above 0, at most 1")));
        }
        let (mean, deviation) = (config.data.mean.unwrap_or(0.0), config.data.deviation.unwrap_or(1.0));
        Ok(Some(Walk { kind, moves: config.sample.steps, step, mean, deviation }))
    }

    /// How many states [`Walk::draw`] shows.
    pub(crate) fn shown(&self) -> usize {
        self.moves.min(SHOWN)
    }

    /// Gradients a draw takes.
    pub(crate) fn evaluations(&self) -> f64 {
        (self.moves + usize::from(self.kind == WalkName::Mala)) as f64
    }

    /// Walks from standard normal `start` and returns data; `show` sees some states on the way, the last one last.
    ///
    /// # Errors
    /// [`TrainError`] for a network that is no energy, or an energy that is not finite.
    pub(crate) fn draw(
        &self,
        network: &dyn Network,
        start: State,
        noise: &mut dyn Noise<State>,
        show: &mut dyn FnMut(&State),
    ) -> Result<State, TrainError> {
        let energy = AtData(network.as_energy().ok_or_else(not_an_energy)?);
        let refused = |e: SdeError| TrainError::Config(format!("sample.sampler: {e}"));
        let legs: Vec<usize> =
            (0..self.shown()).map(|k| (k + 1) * self.moves / self.shown() - k * self.moves / self.shown()).collect();
        match self.kind {
            WalkName::Langevin => {
                let chain = Unadjusted::new(energy, self.step).map_err(refused)?;
                let mut y = start;
                for moves in legs {
                    y = chain.run(y, moves, noise);
                    show(&self.data(&y));
                }
                Ok(self.data(&y))
            }
            WalkName::Mala => {
                let chain = Metropolis::new(energy, self.step).map_err(refused)?;
                let mut walkers = chain.start(start).map_err(refused)?;
                for moves in legs {
                    chain.run(&mut walkers, moves, noise);
                    show(&self.data(walkers.position()));
                }
                Ok(self.data(walkers.position()))
            }
        }
    }

    /// `x = m + s y`.
    fn data(&self, y: &State) -> State {
        State::lincomb(&[(self.deviation, y), (self.mean, &y.fill_like(1.0))])
    }
}
