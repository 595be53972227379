use crate::error::within;
use crate::{BetaTable, Level, Path, Rate, ScheduleError};

/// The variance-preserving path with `beta(t) = (sqrt(beta_min) + t (sqrt(beta_max) - sqrt(beta_min)))^2`: the
/// continuous limit of Stable Diffusion's scaled-linear betas.
///
/// `alpha = exp(-B/2)`, `sigma = sqrt(1 - exp(-B))`, and `B`, the integral of beta, is a cubic with one real root, so
/// that the inverse is closed. Rombach et al. 2022, arXiv:2112.10752, as released. Data at `t = 0`, where `d sigma/dt`
/// is infinite; with the default 0.85 and 12, `alpha = 0.067` at `t = 1`, far from pure noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VpScaledLinear {
    root_min: f64,
    root_max: f64,
}

impl VpScaledLinear {
    /// Both rates lie in (0, 700].
    ///
    /// # Errors
    /// [`ScheduleError`] names the rate that is out of range or not a number.
    pub fn new(beta_min: f64, beta_max: f64) -> Result<Self, ScheduleError> {
        within("beta_min", beta_min, 0.0, 700.0)?;
        within("beta_max", beta_max, 0.0, 700.0)?;
        Ok(VpScaledLinear { root_min: beta_min.sqrt(), root_max: beta_max.sqrt() })
    }

    /// The discrete betas of `steps` steps, `linspace(sqrt(beta_min/T), sqrt(beta_max/T), T)^2`.
    ///
    /// # Errors
    /// [`ScheduleError`] for fewer than 2 steps, or so few that a beta reaches 1.
    pub fn table(&self, steps: usize) -> Result<BetaTable, ScheduleError> {
        let scale = (steps as f64).sqrt();
        BetaTable::even(steps, |u| ((self.root_min + u * (self.root_max - self.root_min)) / scale).powi(2))
    }

    fn root(&self, t: f64) -> f64 {
        self.root_min + t * (self.root_max - self.root_min)
    }

    fn integral(&self, t: f64) -> f64 {
        let (a, y) = (self.root_min, self.root(t));
        t * (y * y + y * a + a * a) / 3.0
    }
}

impl Default for VpScaledLinear {
    /// 0.85 and 12: a thousand steps' betas are Stable Diffusion's, from 0.00085 to 0.012.
    fn default() -> Self {
        VpScaledLinear { root_min: 0.85f64.sqrt(), root_max: 12f64.sqrt() }
    }
}

impl Path for VpScaledLinear {
    fn at(&self, t: f64) -> Level {
        let t = t.clamp(0.0, 1.0);
        Level::decayed(t, self.integral(t))
    }

    fn derivative(&self, t: f64) -> Rate {
        Rate::decaying(self.at(t), self.noise_rate(t))
    }

    /// `y^3 = a^3 + 3 (b - a) B` for `y = sqrt(beta)`, and `t = 3 B / (y^2 + y a + a^2)`, which does not cancel.
    fn at_log_snr(&self, lambda: f64) -> Level {
        let (a, b) = (self.root_min, Level::decay(lambda));
        if b >= self.integral(1.0) {
            return self.at(1.0);
        }
        let y = (a * a * a + 3.0 * (self.root_max - a) * b).cbrt();
        Level::variance_preserving((3.0 * b / (y * y + y * a + a * a)).min(1.0), lambda)
    }

    fn noise_rate(&self, t: f64) -> f64 {
        self.root(t.clamp(0.0, 1.0)).powi(2)
    }
}
