use crate::error::within;
use crate::{BetaTable, Level, Path, Rate, ScheduleError};

/// The variance-preserving path whose noise rate rises linearly, `beta(t) = beta_min + t (beta_max - beta_min)`.
///
/// `alpha = exp(-B/2)`, `sigma = sqrt(1 - exp(-B))` with `B(t) = beta_min t + (beta_max - beta_min) t^2 / 2`: the
/// continuous limit of DDPM's linear betas. Song et al. 2021, arXiv:2011.13456, equation 33 (their `t` runs the same
/// way). Data (`sigma = 0`) at `t = 0`, where `d sigma/dt` is infinite; with the default 0.1 and 20, `alpha = 0.0066`
/// at `t = 1`, not 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VpLinear {
    beta_min: f64,
    beta_max: f64,
}

impl VpLinear {
    /// Both rates lie in (0, 700]: then `B` rises strictly and `alpha` at `t = 1` is a normal number.
    ///
    /// # Errors
    /// [`ScheduleError`] names the rate that is out of range or not a number.
    pub fn new(beta_min: f64, beta_max: f64) -> Result<Self, ScheduleError> {
        within("beta_min", beta_min, 0.0, 700.0)?;
        within("beta_max", beta_max, 0.0, 700.0)?;
        Ok(VpLinear { beta_min, beta_max })
    }

    /// The discrete betas of `steps` steps, `linspace(beta_min/T, beta_max/T, T)`: DDPM's from 0.0001 to 0.02 for a
    /// thousand steps of the default path, and scaled by 1000/T for others. Ho et al. 2020, arXiv:2006.11239.
    ///
    /// # Errors
    /// [`ScheduleError`] for fewer than 2 steps, or so few that a beta reaches 1.
    pub fn table(&self, steps: usize) -> Result<BetaTable, ScheduleError> {
        BetaTable::even(steps, |u| self.beta(u) / steps as f64)
    }

    pub(crate) fn beta(&self, t: f64) -> f64 {
        self.beta_min + t * (self.beta_max - self.beta_min)
    }

    /// `B(t)`, the integral of beta from 0 to `t`.
    pub(crate) fn integral(&self, t: f64) -> f64 {
        t * (self.beta_min + 0.5 * t * (self.beta_max - self.beta_min))
    }

    /// The time with the integral `b`, the quadratic `B(t) = b` in the form that does not cancel; none from the end on.
    pub(crate) fn time(&self, b: f64) -> Option<f64> {
        let root = (self.beta_min * self.beta_min + 2.0 * (self.beta_max - self.beta_min) * b).sqrt();
        (b < self.integral(1.0)).then(|| (2.0 * b / (self.beta_min + root)).min(1.0))
    }
}

impl Default for VpLinear {
    /// `beta` from 0.1 to 20, as in score_sde and DDPM.
    fn default() -> Self {
        VpLinear { beta_min: 0.1, beta_max: 20.0 }
    }
}

impl Path for VpLinear {
    fn at(&self, t: f64) -> Level {
        let t = t.clamp(0.0, 1.0);
        Level::decayed(t, self.integral(t))
    }

    fn derivative(&self, t: f64) -> Rate {
        Rate::decaying(self.at(t), self.noise_rate(t))
    }

    /// `B = ln(1 + exp(-lambda))`.
    fn at_log_snr(&self, lambda: f64) -> Level {
        let t = self.time(Level::decay(lambda));
        t.map_or_else(|| self.at(1.0), |t| Level::variance_preserving(t, lambda))
    }

    fn noise_rate(&self, t: f64) -> f64 {
        self.beta(t.clamp(0.0, 1.0))
    }
}
