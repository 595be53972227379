use crate::error::within;
use crate::{Level, Path, Rate, ScheduleError};

/// The variance-preserving path with a log-SNR linear in time, `lambda(t) = high + t (low - high)`.
///
/// Kingma et al. 2021 (variational diffusion models), arXiv:2107.00630, section 3.2 with a linear noise schedule. It
/// has no exact data and no pure noise: the noise at `t = 0` is `sigma = exp(-high/2)`, nearly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VpLogLinear {
    high: f64,
    low: f64,
}

impl VpLogLinear {
    /// The log-SNR at `t = 1`, `low`, lies in (-60, 60], the one at `t = 0`, `high`, in (`low`, 60].
    ///
    /// # Errors
    /// [`ScheduleError`] names the log-SNR that is out of range or not a number.
    pub fn new(low: f64, high: f64) -> Result<Self, ScheduleError> {
        within("low (log-SNR)", low, -60.0, 60.0)?;
        within("high (log-SNR)", high, low + 1e-3, 60.0)?;
        Ok(VpLogLinear { high, low })
    }
}

impl Default for VpLogLinear {
    /// From 13.3 to -5, where the paper's learned schedule starts.
    fn default() -> Self {
        VpLogLinear { high: 13.3, low: -5.0 }
    }
}

impl Path for VpLogLinear {
    fn at(&self, t: f64) -> Level {
        let t = t.clamp(0.0, 1.0);
        Level::variance_preserving(t, (1.0 - t) * self.high + t * self.low)
    }

    fn derivative(&self, t: f64) -> Rate {
        Rate::decaying(self.at(t), self.noise_rate(t))
    }

    fn at_log_snr(&self, lambda: f64) -> Level {
        let lambda = lambda.clamp(self.low, self.high);
        Level::variance_preserving(((self.high - lambda) / (self.high - self.low)).clamp(0.0, 1.0), lambda)
    }

    /// `sigma^2 (high - low)`.
    fn noise_rate(&self, t: f64) -> f64 {
        self.at(t).sigma.powi(2) * (self.high - self.low)
    }
}
