//! The path of a run, by name.
use crate::TrainError;
use crate::config::{GridName, PredictionName};
use ito_schedules::{Grid, Path, Prediction, Straight, VpCosine, VpLinear};
use serde::{Deserialize, Serialize};

/// How data becomes noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PathConfig {
    /// `straight`, `vp-linear` or `vp-cosine`.
    pub name: PathName,
    /// The noisiest time trained and sampled from, in (0, 1]. Below 1 where a prediction is singular at pure noise.
    pub t_max: f64,
    /// First beta of `vp-linear`.
    pub beta_min: f64,
    /// Last beta of `vp-linear`.
    pub beta_max: f64,
    /// Offset s of `vp-cosine`.
    pub offset: f64,
}

/// The paths by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PathName {
    /// `x = (1 - t) x0 + t eps`.
    Straight,
    /// Variance-preserving with linear beta.
    VpLinear,
    /// Variance-preserving with a cosine alpha.
    VpCosine,
}

impl Default for PathConfig {
    fn default() -> Self {
        PathConfig { name: PathName::Straight, t_max: 1.0, beta_min: 0.1, beta_max: 20.0, offset: 0.008 }
    }
}

impl PathConfig {
    /// The path itself.
    ///
    /// # Errors
    /// [`TrainError::Config`] for parameters that make no path.
    pub fn build(&self) -> Result<Box<dyn Path>, TrainError> {
        let wrong = |e: &dyn std::fmt::Display| TrainError::Config(format!("path: {e}"));
        if !(self.t_max > 0.0 && self.t_max <= 1.0) {
            return Err(TrainError::Config(format!("path.t_max = {} must lie in (0, 1]", self.t_max)));
        }
        Ok(match self.name {
            PathName::Straight => Box::new(Straight),
            PathName::VpLinear => Box::new(VpLinear::new(self.beta_min, self.beta_max).map_err(|e| wrong(&e))?),
            PathName::VpCosine => Box::new(VpCosine::new(self.offset).map_err(|e| wrong(&e))?),
        })
    }

    /// The levels a sampler visits from `t_max` down to data.
    ///
    /// # Errors
    /// [`TrainError::Config`], for instance for no steps.
    pub fn grid(&self, path: &dyn Path, name: GridName, steps: usize) -> Result<Grid, TrainError> {
        let grid = match name {
            GridName::Uniform => Grid::uniform(path, self.t_max, 0.0, steps),
            GridName::Karras => {
                let highest = path.at(self.t_max).noise_to_signal().min(80.0);
                Grid::karras(path, 0.002, highest, 7.0, steps)
            }
        };
        grid.map_err(|e| TrainError::Config(format!("sample.steps, sample.grid: {e}")))
    }
}

impl PredictionName {
    /// The prediction, proven to be finite from data to `t_max` of the path.
    ///
    /// # Errors
    /// [`TrainError::Config`] where it is singular at an end of the path.
    pub fn on(self, path: &dyn Path, t_max: f64) -> Result<Prediction, TrainError> {
        let prediction = match self {
            PredictionName::Velocity => Prediction::Velocity,
            PredictionName::X0 => Prediction::X0,
            PredictionName::Eps => Prediction::Eps,
            PredictionName::V => Prediction::V,
        };
        for t in [0.0, t_max] {
            let singular = |e| {
                TrainError::Config(format!(
                    "train.prediction: {e}; choose another prediction (velocity goes with straight, x0 and v with every \
                     path) or, if it is the noisy end, path.t_max below 1"
                ))
            };
            prediction.check(path.at(t), path.derivative(t)).map_err(singular)?;
        }
        Ok(prediction)
    }
}
