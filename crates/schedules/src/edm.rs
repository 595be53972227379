use crate::error::within;
use crate::{Level, Path, Rate, ScheduleError};

/// EDM's path, whose time is the noise level itself: `alpha = 1`, `sigma = t`, `t` in [0, `sigma_max`].
///
/// Karras et al. 2022, arXiv:2206.00364, table 1, column "Ours". Exact data at `t = 0`; never pure noise: a sampler
/// starts from `N(0, sigma_max^2)`. Forward SDE `dX = sqrt(2 t) dW`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edm {
    sigma_max: f64,
}

impl Edm {
    /// The largest noise level lies in (1e-6, 1e6], in units of the data.
    ///
    /// # Errors
    /// [`ScheduleError`] when it is out of range or not a number.
    pub fn new(sigma_max: f64) -> Result<Self, ScheduleError> {
        within("sigma_max", sigma_max, 1e-6, 1e6)?;
        Ok(Edm { sigma_max })
    }
}

impl Default for Edm {
    /// `sigma_max = 80`, as in the paper.
    fn default() -> Self {
        Edm { sigma_max: 80.0 }
    }
}

impl Path for Edm {
    /// `sigma_max`.
    fn end(&self) -> f64 {
        self.sigma_max
    }

    fn at(&self, t: f64) -> Level {
        let t = t.clamp(0.0, self.sigma_max);
        Level { t, alpha: 1.0, sigma: t }
    }

    fn derivative(&self, _t: f64) -> Rate {
        Rate { alpha: 0.0, sigma: 1.0 }
    }

    fn at_log_snr(&self, lambda: f64) -> Level {
        self.at((-0.5 * lambda).exp())
    }

    fn noise_rate(&self, t: f64) -> f64 {
        2.0 * t.clamp(0.0, self.sigma_max)
    }
}
