use crate::error::within;
use crate::{Level, Path, Rate, ScheduleError};

/// The polynomial path of flow matching, `alpha = (1 - t)^n`, `sigma = 1 - (1 - t)^n`.
///
/// Meta's `PolynomialConvexScheduler` (`alpha = s^n` with `s = 1 - t`): the data's factor is the power, and the two
/// factors add up to 1. `n = 1` is [`crate::Straight`]. Exact data at `t = 0` and pure noise at `t = 1`, where
/// `d alpha/dt` is infinite if `n < 1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Polynomial {
    n: f64,
}

impl Polynomial {
    /// The power lies in (0.1, 20].
    ///
    /// # Errors
    /// [`ScheduleError`] when it is out of range or not a number.
    pub fn new(n: f64) -> Result<Self, ScheduleError> {
        within("n", n, 0.1, 20.0)?;
        Ok(Polynomial { n })
    }
}

impl Path for Polynomial {
    fn at(&self, t: f64) -> Level {
        let t = t.clamp(0.0, 1.0);
        let log = self.n * (-t).ln_1p();
        Level { t, alpha: log.exp(), sigma: -log.exp_m1() }
    }

    fn derivative(&self, t: f64) -> Rate {
        let slope = self.n * (1.0 - t.clamp(0.0, 1.0)).powf(self.n - 1.0);
        Rate { alpha: -slope, sigma: slope }
    }

    /// `1 - t = (1 + sigma/alpha)^(-1/n)`.
    fn at_log_snr(&self, lambda: f64) -> Level {
        let ratio = (-0.5 * lambda).exp();
        let t = -(-ratio.ln_1p() / self.n).exp_m1();
        let sigma = (1.0 + (0.5 * lambda).exp()).recip();
        Level { t: t.min(1.0), alpha: (1.0 + ratio).recip(), sigma }
    }

    /// `-n / (1 - t)`.
    fn drift_rate(&self, t: f64) -> f64 {
        -self.n / (1.0 - t.clamp(0.0, 1.0))
    }

    /// `2 n sigma / (1 - t)`.
    fn noise_rate(&self, t: f64) -> f64 {
        -2.0 * self.drift_rate(t) * self.at(t).sigma
    }
}
