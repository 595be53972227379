use std::error::Error;
use std::fmt;

use ito_schedules::{Level, Path};
use ito_sde::ode::OdeError;
use ito_state::{Batch, Noise};

use crate::Denoiser;

/// A rule that takes a state one step down in noise.
///
/// History belongs to the sampler and nothing else does: build one anew for every trajectory.
pub trait Sampler<X: Batch> {
    /// What the sampler promises.
    fn order(&self) -> Order;

    /// The state at `at.to`, given `x` at `at.from`.
    ///
    /// # Errors
    /// [`Failure`] if the step is one that the sampler cannot take: none of a `Grid` on the path it was made of, but for a solver that
    /// cannot meet its tolerances.
    fn step(&mut self, at: &Step<X>, x: &X, noise: &mut dyn Noise<X>) -> Result<X, Failure>;
}

/// One step: the model, the path and the two levels.
pub struct Step<'a, X> {
    /// The denoiser.
    pub model: &'a dyn Denoiser<X>,
    /// The path both levels lie on.
    pub path: &'a dyn Path,
    /// Where the state is.
    pub from: Level,
    /// Where it shall go.
    pub to: Level,
}

impl<X> Step<'_, X> {
    /// The denoiser's estimate at one level, the same for all rows.
    pub(crate) fn denoised(&self, x: &X, at: Level) -> X {
        self.model.denoise(x, &[at])
    }

    /// The gate of every step: there is no noise left to remove at `sigma = 0`.
    pub(crate) fn leaves_noise(&self) -> Result<(), Failure> {
        if self.from.sigma > 0.0 { Ok(()) } else { Err(Failure::FromData { t: self.from.t }) }
    }

    /// The gate of steps that draw noise: they go down in noise.
    pub(crate) fn falls(&self) -> Result<(), Failure> {
        let falls = self.to.t < self.from.t || self.to.sigma == 0.0;
        if falls && self.to.log_snr() > self.from.log_snr() {
            return Ok(());
        }
        Err(Failure::Rising { from: self.from.t, to: self.to.t })
    }

    /// Whether the flow is regular in the path's own time at both ends of the step: not at data, nor where a rate is infinite.
    pub(crate) fn regular_in_time(&self) -> bool {
        let finite = |level: Level| {
            let rate = self.path.derivative(level.t);
            rate.alpha.is_finite() && rate.sigma.is_finite()
        };
        self.to.sigma > 0.0 && finite(self.from) && finite(self.to)
    }

    /// DDIM without noise: the probability flow with the estimate `D` held over the step, the step to data of most samplers.
    /// `x' = (sigma'/sigma) x + (alpha' - alpha sigma'/sigma) D`, finite wherever `sigma > 0`.
    pub(crate) fn held(&self, x: &X, denoised: &X) -> X
    where
        X: Batch,
    {
        let keep = self.to.sigma / self.from.sigma;
        X::lincomb(&[(keep, x), (self.to.alpha - self.from.alpha * keep, denoised)])
    }

    /// `dx/dt` of the probability flow in the path's own time, `(sigma'/sigma) x + (alpha' - alpha sigma'/sigma) D(x)` (primes for
    /// d/dt), at a level with noise in it.
    pub(crate) fn velocity(&self, x: &X, level: Level) -> X
    where
        X: Batch,
    {
        let rate = self.path.derivative(level.t);
        let shrink = rate.sigma / level.sigma;
        X::lincomb(&[(shrink, x), (rate.alpha - level.alpha * shrink, &self.denoised(x, level))])
    }
}

/// What a sampler promises; a test measures it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Global order in the size of the steps, warm-up and all: weak order (mean and covariance) if the sampler draws noise.
    pub order: u32,
    /// Evaluations of the denoiser a step, the same for all steps but the first and last; 0 if the sampler chooses.
    pub evaluations: u32,
    /// Whether it draws noise.
    pub noise: bool,
}

/// A step that cannot be taken.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// A solver inside of the step failed: tolerances that cannot be met, numbers that are not finite.
    Ode(OdeError),
    /// The step starts at data, where `sigma = 0` and no noise is left to remove.
    FromData {
        /// Time of the start.
        t: f64,
    },
    /// A level of the grid is not one of the path.
    AnotherPath {
        /// The level's time.
        t: f64,
        /// Its signal-to-noise ratio, as a logarithm.
        log_snr: f64,
        /// The path's at that time.
        expected: f64,
    },
    /// A step that draws noise goes from `from` to a noisier (or the same) time `to`.
    Rising {
        /// Time of the start.
        from: f64,
        /// Time of the end.
        to: f64,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Failure::Ode(error) => error.fmt(f),
            Failure::AnotherPath { t, log_snr, expected } => {
                write!(f, "the grid is of another path: at t = {t} its log-SNR is {log_snr}, the path's {expected}")
            }
            Failure::FromData { t } => write!(f, "a step cannot start at data: at t = {t} no noise is left"),
            Failure::Rising { from, to } => {
                write!(f, "a step that draws noise goes down in noise, not from t = {from} to {to}")
            }
        }
    }
}

impl Error for Failure {}

impl From<OdeError> for Failure {
    fn from(error: OdeError) -> Failure {
        Failure::Ode(error)
    }
}
