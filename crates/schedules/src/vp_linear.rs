use crate::error::within;
use crate::{Level, Path, Rate, ScheduleError};

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

    fn beta(&self, t: f64) -> f64 {
        self.beta_min + t * (self.beta_max - self.beta_min)
    }

    /// `B(t)`, the integral of beta from 0 to `t`.
    fn integral(&self, t: f64) -> f64 {
        t * (self.beta_min + 0.5 * t * (self.beta_max - self.beta_min))
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
        let b = self.integral(t);
        Level { t, alpha: (-0.5 * b).exp(), sigma: (-(-b).exp_m1()).sqrt() }
    }

    fn derivative(&self, t: f64) -> Rate {
        let Level { t, alpha, sigma } = self.at(t);
        let half = 0.5 * self.beta(t);
        Rate { alpha: -half * alpha, sigma: half * alpha * alpha / sigma }
    }

    /// `B = ln(1 + exp(-lambda))`, and the quadratic `B(t) = B` in the form that does not cancel.
    fn at_log_snr(&self, lambda: f64) -> Level {
        let b = (-lambda).max(0.0) + (-lambda.abs()).exp().ln_1p();
        if b >= self.integral(1.0) {
            return self.at(1.0);
        }
        let root = (self.beta_min * self.beta_min + 2.0 * (self.beta_max - self.beta_min) * b).sqrt();
        Level::variance_preserving((2.0 * b / (self.beta_min + root)).min(1.0), lambda)
    }

    fn noise_rate(&self, t: f64) -> f64 {
        self.beta(t.clamp(0.0, 1.0))
    }
}
