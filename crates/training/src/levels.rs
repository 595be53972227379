//! The levels that a sampler visits, and what a network may predict on them, by name.
use crate::config::{Config, GridName, LastName, PreconditioningName, PredictionName};
use crate::{PathConfig, TrainError};
use ito_networks::at_clock;
use ito_schedules::{Grid, GridError, LastStep, Level, Path, Prediction, Spacing};

/// The noise-to-signal ratios between which EDM's grids lie.
const CLEANEST: f64 = 0.002;
const NOISIEST: f64 = 80.0;

impl PathConfig {
    /// The levels a sampler visits from `t_max` down, in so many steps.
    ///
    /// # Errors
    /// [`TrainError::Config`], for instance for no steps.
    pub fn grid(&self, path: &dyn Path, name: GridName, last: LastName, steps: usize) -> Result<Grid, TrainError> {
        if let Some(spacing) = name.spacing() {
            return self.timesteps_of(spacing, last.step(), steps);
        }
        let grid = self.levels(path, name, last.step(), steps);
        grid.map_err(|e| TrainError::Config(format!("sample.steps, sample.grid: {e}")))
    }

    /// `steps` timesteps of a table; the last step from the cleanest of them to data, if it is taken, is one of `steps`.
    fn timesteps_of(&self, spacing: Spacing, last: LastStep, steps: usize) -> Result<Grid, TrainError> {
        let name = spacing.name();
        let table = self.table()?.filter(|_| self.t_max == 1.0).ok_or_else(|| {
            let what = "picks timesteps of a whole table: path.name = \"table\" with path.t_max = 1";
            TrainError::Config(format!("sample.grid = {name:?} {what}"))
        })?;
        let grid = Grid::on_table(&table, spacing, steps).and_then(|grid| grid.ending(last));
        grid.map_err(|e| TrainError::Config(format!("sample.steps, sample.grid: {e}")))
    }

    /// A last step that is added, or taken away, is one of `steps`.
    fn levels(&self, path: &dyn Path, name: GridName, last: LastStep, steps: usize) -> Result<Grid, GridError> {
        let from = at_clock(path, self.noisiest(path));
        let in_sigma = matches!(name, GridName::Karras | GridName::LogSnr);
        let steps = match (last, in_sigma || path.at(0.0).sigma == 0.0) {
            (LastStep::ToZero, false) if steps == 1 => return Grid::new(vec![from, Level::DATA]),
            (LastStep::ToZero, false) => steps - 1,
            (LastStep::ToSigmaMin | LastStep::Tweedie, true) => steps + 1,
            _ => steps,
        };
        let (low, high) = (CLEANEST.max(path.at(0.0).noise_to_signal()), NOISIEST.min(from.noise_to_signal()));
        let grid = match name {
            GridName::Uniform => Grid::uniform(path, from.t, 0.0, steps),
            GridName::Quadratic => Grid::quadratic(path, from.t, 0.0, steps),
            GridName::Cosine => Grid::cosine(path, from.t, 0.0, steps),
            GridName::Karras => Grid::karras(path, low, high, 7.0, steps),
            GridName::LogSnr => Grid::polyexponential(path, low, high, 1.0, steps),
            GridName::Leading | GridName::Linspace | GridName::Trailing => unreachable!("timesteps of a table"),
        };
        grid?.ending(last)
    }
}

impl GridName {
    /// The spacing, of those that pick timesteps of a table.
    fn spacing(self) -> Option<Spacing> {
        match self {
            GridName::Leading => Some(Spacing::Leading),
            GridName::Linspace => Some(Spacing::Linspace),
            GridName::Trailing => Some(Spacing::Trailing),
            _ => None,
        }
    }
}

impl LastName {
    fn step(self) -> LastStep {
        match self {
            LastName::ToZero => LastStep::ToZero,
            LastName::ToSigmaMin => LastStep::ToSigmaMin,
            LastName::Tweedie => LastStep::Tweedie,
        }
    }
}

impl PredictionName {
    /// The prediction, proven to be finite from data to `t_max` of the path.
    ///
    /// # Errors
    /// [`TrainError::Config`] where it is singular at an end of the path.
    pub fn on(self, path: &dyn Path, config: &Config) -> Result<Prediction, TrainError> {
        let prediction = match self {
            PredictionName::Velocity => Prediction::Velocity,
            PredictionName::X0 => Prediction::X0,
            PredictionName::Eps => Prediction::Eps,
            PredictionName::V => Prediction::V,
            PredictionName::Score => Prediction::Score,
            PredictionName::F => Prediction::F { data_deviation: config.data.deviation.unwrap_or(1.0) },
        };
        let of_eps = [PreconditioningName::Vp, PreconditioningName::Ve, PreconditioningName::Iddpm]
            .contains(&config.train.preconditioning);
        if of_eps && self != PredictionName::Eps {
            let what = "train.preconditioning = \"vp\", \"ve\" and \"iddpm\" are those of networks that predict eps: set train.prediction = \"eps\"";
            return Err(TrainError::Config(what.to_owned()));
        }
        for level in [path.at(0.0), at_clock(path, config.path.noisiest(path))] {
            let singular = |e| {
                TrainError::Config(format!(
                    "train.prediction: {e}; choose another prediction (velocity goes with straight, x0 and v with every \
                     path) or, if it is the noisy end, path.t_max below 1"
                ))
            };
            prediction.check(level, path.derivative(level.t)).map_err(singular)?;
        }
        Ok(prediction)
    }
}
