use crate::error::within;
use crate::{Level, Path, Rate, ScheduleError};

/// The straight path at a shifted time, `sigma = s t / (1 + (s - 1) t)`, `alpha = 1 - sigma`: the resolution shift of
/// flow matching.
///
/// `sigma/alpha` is `s` times that of [`crate::Straight`]: more of the time goes to the noisy part for `s > 1`. Esser
/// et al. 2024 (Stable Diffusion 3), arXiv:2403.03206, equation 23. The shift is a number of the path, applied where a
/// level is made; a grid on the path is in its unshifted time, so nothing can be shifted twice. (diffusers'
/// `FlowMatchEulerDiscreteScheduler` keeps its smallest sigma after the shift and shifts it again: 8.93e-3 instead of
/// 2.99e-3 for `t = 0.001`, `s = 3`.)
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShiftedStraight {
    shift: f64,
}

impl ShiftedStraight {
    /// `sigma/alpha` is multiplied by `shift`, in (0.001, 1000]; 3 in Stable Diffusion 3.
    ///
    /// # Errors
    /// [`ScheduleError`] when the shift is out of range or not a number.
    pub fn new(shift: f64) -> Result<Self, ScheduleError> {
        within("shift", shift, 1e-3, 1e3)?;
        Ok(ShiftedStraight { shift })
    }

    /// The same by its logarithm, `sigma = exp(mu) / (exp(mu) + 1/t - 1)`; `mu` in (-6.9, 6.9].
    ///
    /// # Errors
    /// [`ScheduleError`] when `mu` is out of range or not a number.
    pub fn exponential(mu: f64) -> Result<Self, ScheduleError> {
        within("mu", mu, -6.9, 6.9)?;
        Ok(ShiftedStraight { shift: mu.exp() })
    }

    /// The dynamic shift of FLUX.1 for a picture of `tokens` tokens: `mu` linear in the number, 0.5 at 256 and 1.15 at
    /// 4096.
    ///
    /// # Errors
    /// [`ScheduleError`] for 0 tokens or more than 32768.
    pub fn for_tokens(tokens: u32) -> Result<Self, ScheduleError> {
        within("tokens", f64::from(tokens), 0.0, 32768.0)?;
        ShiftedStraight::exponential(0.5 + (f64::from(tokens) - 256.0) * (1.15 - 0.5) / (4096.0 - 256.0))
    }
}

impl Path for ShiftedStraight {
    fn at(&self, t: f64) -> Level {
        let t = t.clamp(0.0, 1.0);
        let (data, noise) = (1.0 - t, self.shift * t);
        Level { t, alpha: data / (data + noise), sigma: noise / (data + noise) }
    }

    fn derivative(&self, t: f64) -> Rate {
        let t = t.clamp(0.0, 1.0);
        let rate = self.shift / (1.0 - t + self.shift * t).powi(2);
        Rate { alpha: -rate, sigma: rate }
    }

    fn at_log_snr(&self, lambda: f64) -> Level {
        let odds = (0.5 * lambda).exp();
        let t = (1.0 + self.shift * odds).recip();
        Level { t, alpha: (1.0 + odds.recip()).recip(), sigma: (1.0 + odds).recip() }
    }
}
