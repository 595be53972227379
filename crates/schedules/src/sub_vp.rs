use crate::{Level, Path, Rate, ScheduleError, VpLinear};

/// The sub-variance-preserving path with linear `beta`: `alpha = exp(-B/2)`, `sigma = 1 - exp(-B)`, with the `B(t)` of
/// [`VpLinear`].
///
/// Song et al. 2021, arXiv:2011.13456, section 3.4 and appendix C; its variance is below that of the VP path
/// everywhere, and `sigma` starts linearly, so that every rate is finite. Its forward SDE has the same drift and
/// `g^2 = beta (1 - exp(-2 B))`. Data at `t = 0`; with the default rates, `alpha = 0.0066` at `t = 1`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SubVp {
    vp: VpLinear,
}

impl SubVp {
    /// Both rates lie in (0, 700]. The default is 0.1 and 20.
    ///
    /// # Errors
    /// [`ScheduleError`] names the rate that is out of range or not a number.
    pub fn new(beta_min: f64, beta_max: f64) -> Result<Self, ScheduleError> {
        Ok(SubVp { vp: VpLinear::new(beta_min, beta_max)? })
    }
}

impl Path for SubVp {
    fn at(&self, t: f64) -> Level {
        let t = t.clamp(0.0, 1.0);
        let b = self.vp.integral(t);
        Level { t, alpha: (-0.5 * b).exp(), sigma: -(-b).exp_m1() }
    }

    fn derivative(&self, t: f64) -> Rate {
        let Level { t, alpha, .. } = self.at(t);
        let beta = self.vp.beta(t);
        Rate { alpha: -0.5 * beta * alpha, sigma: beta * alpha * alpha }
    }

    /// `sigma/alpha = 2 sinh(B/2)`.
    fn at_log_snr(&self, lambda: f64) -> Level {
        let ratio = (-0.5 * lambda).exp();
        let Some(t) = self.vp.time(2.0 * (0.5 * ratio).asinh()) else { return self.at(1.0) };
        let alpha = (0.5 * ratio + (0.5 * ratio).hypot(1.0)).recip();
        Level { t, alpha, sigma: ratio * alpha }
    }

    fn noise_rate(&self, t: f64) -> f64 {
        let t = t.clamp(0.0, 1.0);
        self.vp.beta(t) * -(-2.0 * self.vp.integral(t)).exp_m1()
    }
}
