//! What the values of a configuration make.
use crate::TrainError;
use crate::condition::Conditions;
use crate::config::{ClockName, Config, ObjectiveName, PreconditioningName, SampleConfig, WeightName};
use ito_networks::{Clock, Interface, Preconditioning};
use ito_samplers::{Clipping, Options, Recipe};
use ito_schedules::Weight;

impl Config {
    /// What stands around the network; `edm` needs the measured mean and deviation of the data.
    ///
    /// # Errors
    /// [`TrainError::Config`] where they are missing or make no sense.
    pub fn preconditioning(&self) -> Result<Preconditioning, TrainError> {
        match (self.train.preconditioning, self.data.mean, self.data.deviation) {
            (PreconditioningName::None, ..) => Ok(Preconditioning::None),
            (PreconditioningName::Vp | PreconditioningName::Iddpm, ..) => Ok(Preconditioning::UnitNoise),
            (PreconditioningName::Ve, ..) => Ok(Preconditioning::Ve),
            (PreconditioningName::Edm, Some(mean), Some(deviation)) if mean.is_finite() && deviation > 0.0 => {
                Ok(Preconditioning::Edm { mean, deviation })
            }
            (PreconditioningName::Edm, mean, deviation) => Err(TrainError::Config(format!(
                "data.mean = {mean:?} and data.deviation = {deviation:?} must be finite and above 0: they are measured when \
                 a run starts"
            ))),
        }
    }

    /// The time that the network is told.
    pub fn clock(&self) -> Clock {
        match (self.train.clock, self.train.preconditioning) {
            (Some(ClockName::Unit), _) => Clock::Unit,
            (Some(ClockName::Thousand), _) => Clock::Thousand,
            (Some(ClockName::Timestep), _) => Clock::Timestep { steps: self.path.timesteps().unwrap_or(1000) },
            (Some(ClockName::Edm), _) => Clock::Edm,
            (None, PreconditioningName::Vp) => Clock::Vp,
            (None, PreconditioningName::Ve) => Clock::Ve,
            (None, PreconditioningName::Iddpm) => Clock::Iddpm,
            (None, PreconditioningName::None | PreconditioningName::Edm) => Clock::Unit,
        }
    }

    /// What the network must take and give.
    pub fn interface(&self) -> Interface {
        // Of a configuration that makes no sense, which `check` refuses, the plain one.
        Conditions::new(self).unwrap_or_default().interface(&self.shape())
    }

    /// Shape of a row of the data.
    pub(crate) fn shape(&self) -> Vec<usize> {
        // Runs from before shapes were written down are of digits; a run that has not begun knows its shape by the data set.
        let unmeasured = if self.data.dataset.is_points() { vec![2] } else { vec![1, 28, 28] };
        self.data.shape.clone().unwrap_or(unmeasured)
    }

    /// The loss weight; `none` has no value.
    ///
    /// # Errors
    /// [`TrainError::Config`] for `edm` on data without a deviation.
    pub fn weight(&self) -> Result<Option<Weight>, TrainError> {
        let weight = match self.train.weight {
            WeightName::None => return Ok(None),
            WeightName::X0 => Ok(Weight::UNIFORM_X0),
            WeightName::Eps => Ok(Weight::UNIFORM_EPS),
            WeightName::MinSnr => Weight::min_snr(5.0),
            WeightName::Edm => Weight::edm(self.data.deviation.unwrap_or(f64::NAN)),
            WeightName::Sigmoid => Weight::sigmoid(2.0),
            WeightName::P2 => Weight::p2(1.0, 1.0),
        };
        weight.map(Some).map_err(|e| TrainError::Config(format!("train.weight: {e}")))
    }

    /// The sampler with its options.
    ///
    /// # Errors
    /// [`TrainError`] for a name that no sampler has, an option that it does not know, or too few steps for it.
    pub fn recipe(&self) -> Result<Recipe, TrainError> {
        let SampleConfig { eta, churn, noise, tolerance, snr, .. } = self.sample;
        let name = self.sample.sampler.parse().map_err(TrainError::Name)?;
        // The network computes in f32: below, rounding alone exceeds the tolerance, and the solver creeps.
        if let Some(given) = tolerance.filter(|t| !(1e-5..=0.1).contains(t)) {
            return Err(TrainError::Config(format!("sample.tolerance = {given:?} must lie from 1e-5 to 0.1")));
        }
        Ok(Recipe::new(name, self.sample.steps, &Options { eta, churn, noise, tolerance, snr })?)
    }

    /// How the estimate of the data is kept in range while drawing, if at all.
    ///
    /// # Errors
    /// [`TrainError::Config`] for a range that is none, or two of them.
    pub fn clipping(&self) -> Result<Option<Clipping>, TrainError> {
        let SampleConfig { clip, threshold, threshold_max, .. } = self.sample;
        let made = match (clip, threshold, threshold_max) {
            (None, None, None) => return Ok(None),
            (Some(most), None, None) => Clipping::fixed(most),
            (None, Some(share), most) => Clipping::dynamic(share, most.unwrap_or(1.0)),
            (Some(_), Some(_), _) => {
                let what = "sample.clip and sample.threshold are two ways to the same end: give one";
                return Err(TrainError::Config(what.to_owned()));
            }
            (_, None, Some(_)) => {
                let what = "sample.threshold_max bounds what sample.threshold finds: give both";
                return Err(TrainError::Config(what.to_owned()));
            }
        };
        let key = if clip.is_some() { "sample.clip" } else { "sample.threshold" };
        made.map(Some).map_err(|e| TrainError::Config(format!("{key}: {e}")))
    }

    /// Whether the model is an energy of clean data, and of no noisier level.
    pub fn at_data_alone(&self) -> bool {
        self.train.objective == ObjectiveName::Pcd
    }
}
