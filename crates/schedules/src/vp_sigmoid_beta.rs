use crate::error::within;
use crate::{BetaTable, Level, Path, Rate, ScheduleError};

/// Half the width of the sigmoid's argument, -6 to 6.
const HALF: f64 = 6.0;

/// The variance-preserving path whose noise rate is a sigmoid,
/// `beta(t) = beta_min + (beta_max - beta_min) / (1 + exp(6 - 12 t))`: the continuous limit of diffusers' `sigmoid` betas
/// (GeoDiff, Xu et al. 2022, arXiv:2203.02923).
///
/// `alpha = exp(-B/2)`, `sigma = sqrt(1 - exp(-B))`, `B(t) = beta_min t + (beta_max - beta_min)/12
/// ln(1 + (exp(12 t) - 1) / (1 + exp(6)))`. Not [`crate::VpSigmoid`], whose `alpha^2` is the sigmoid. Data at `t = 0`,
/// where `d sigma/dt` is infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VpSigmoidBeta {
    beta_min: f64,
    beta_max: f64,
}

impl VpSigmoidBeta {
    /// Both rates lie in (0, 700].
    ///
    /// # Errors
    /// [`ScheduleError`] names the rate that is out of range or not a number.
    pub fn new(beta_min: f64, beta_max: f64) -> Result<Self, ScheduleError> {
        within("beta_min", beta_min, 0.0, 700.0)?;
        within("beta_max", beta_max, 0.0, 700.0)?;
        Ok(VpSigmoidBeta { beta_min, beta_max })
    }

    /// The discrete betas of `steps` steps, `sigmoid(linspace(-6, 6, T)) (beta_max - beta_min)/T + beta_min/T`.
    ///
    /// # Errors
    /// [`ScheduleError`] for fewer than 2 steps, or so few that a beta reaches 1.
    pub fn table(&self, steps: usize) -> Result<BetaTable, ScheduleError> {
        BetaTable::even(steps, |u| self.noise_rate(u) / steps as f64)
    }

    fn integral(&self, t: f64) -> f64 {
        let soft = ((2.0 * HALF * t).exp_m1() / (1.0 + HALF.exp())).ln_1p() / (2.0 * HALF);
        self.beta_min * t + (self.beta_max - self.beta_min) * soft
    }
}

impl Default for VpSigmoidBeta {
    /// 0.1 and 20: a thousand steps' betas lie between 0.0001 and 0.02.
    fn default() -> Self {
        VpSigmoidBeta { beta_min: 0.1, beta_max: 20.0 }
    }
}

impl Path for VpSigmoidBeta {
    fn at(&self, t: f64) -> Level {
        let t = t.clamp(0.0, 1.0);
        Level::decayed(t, self.integral(t))
    }

    fn derivative(&self, t: f64) -> Rate {
        Rate::decaying(self.at(t), self.noise_rate(t))
    }

    /// `B(t) = ln(1 + exp(-lambda))` has no closed solution: Newton's steps, kept in a bracket by bisection.
    fn at_log_snr(&self, lambda: f64) -> Level {
        let b = Level::decay(lambda);
        if b >= self.integral(1.0) {
            return self.at(1.0);
        }
        let rate = |t: f64| (self.integral(t), self.noise_rate(t));
        Level::variance_preserving(crate::root::rising(rate, b, 1.0), lambda)
    }

    fn noise_rate(&self, t: f64) -> f64 {
        let share = (1.0 + (HALF - 2.0 * HALF * t.clamp(0.0, 1.0)).exp()).recip();
        self.beta_min + (self.beta_max - self.beta_min) * share
    }
}
