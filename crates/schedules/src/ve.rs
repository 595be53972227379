use crate::error::within;
use crate::{Level, Path, Rate, ScheduleError};

/// The variance-exploding path, `alpha = 1`, `sigma = sigma_min (sigma_max / sigma_min)^t`.
///
/// Song et al. 2021, arXiv:2011.13456, appendix C. It has no exact data: at `t = 0` the noise
/// `sigma_min` is still there, so a grid on it that ends in data ([`crate::LastStep::ToZero`]) leaves the path in its
/// last step. Never pure noise either: a sampler starts from `N(0, sigma_max^2)`. Straight in log-SNR.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ve {
    sigma_min: f64,
    /// `ln(sigma_max / sigma_min)`.
    span: f64,
    sigma_max: f64,
}

impl Ve {
    /// `sigma_min` lies in (1e-9, 1e6], `sigma_max` in (`sigma_min`, 1e6], in units of the data.
    ///
    /// # Errors
    /// [`ScheduleError`] names the level that is out of range or not a number.
    pub fn new(sigma_min: f64, sigma_max: f64) -> Result<Self, ScheduleError> {
        within("sigma_min", sigma_min, 1e-9, 1e6)?;
        within("sigma_max", sigma_max, sigma_min, 1e6)?;
        Ok(Ve { sigma_min, span: (sigma_max / sigma_min).ln(), sigma_max })
    }
}

impl Default for Ve {
    /// `sigma` from 0.01 to 50, as in score_sde on CIFAR-10.
    fn default() -> Self {
        Ve { sigma_min: 0.01, span: 5000f64.ln(), sigma_max: 50.0 }
    }
}

impl Path for Ve {
    fn at(&self, t: f64) -> Level {
        let t = t.clamp(0.0, 1.0);
        // Both ends exactly as given.
        let sigma = if t < 1.0 { self.sigma_min * (t * self.span).exp() } else { self.sigma_max };
        Level { t, alpha: 1.0, sigma: sigma.min(self.sigma_max) }
    }

    fn derivative(&self, t: f64) -> Rate {
        Rate { alpha: 0.0, sigma: self.span * self.at(t).sigma }
    }

    fn at_log_snr(&self, lambda: f64) -> Level {
        let sigma = (-0.5 * lambda).exp().clamp(self.sigma_min, self.sigma_max);
        Level { t: ((sigma / self.sigma_min).ln() / self.span).clamp(0.0, 1.0), alpha: 1.0, sigma }
    }

    fn noise_rate(&self, t: f64) -> f64 {
        2.0 * self.span * self.at(t).sigma.powi(2)
    }
}
