use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

use crate::error::within;
use crate::{Level, Path, Rate, ScheduleError};

/// The trigonometric path, `alpha = cos(pi t/2)`, `sigma = sin(pi t/2)`, its log-SNR shifted by a constant if wanted.
///
/// Albergo & Vanden-Eijnden 2023, arXiv:2209.15571 ("GVP" in SiT). Variance-preserving, exact data at `t = 0`, pure
/// noise at `t = 1`, all rates finite. With a shift `s` the noise-to-signal ratio is `s tan(pi t/2)`, so the log-SNR
/// is `-2 ln tan(pi t/2) - 2 ln s`: simple diffusion's shifted cosine, Hoogeboom et al. 2023, arXiv:2301.11093,
/// section 3.1. The shift is a number of the path and not an operation on a grid, so it cannot be applied twice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trigonometric {
    shift: f64,
}

impl Trigonometric {
    /// `sigma/alpha` is multiplied by `shift`, in (0.001, 1000]; 1 is the plain path.
    ///
    /// # Errors
    /// [`ScheduleError`] when the shift is out of range or not a number.
    pub fn shifted(shift: f64) -> Result<Self, ScheduleError> {
        within("shift", shift, 1e-3, 1e3)?;
        Ok(Trigonometric { shift })
    }

    /// Simple diffusion's schedule for square pictures of `size` pixels a side: the log-SNR is shifted by
    /// `2 ln(64 / size)`, so 64 pixels are the plain path.
    ///
    /// # Errors
    /// [`ScheduleError`] for a size of 0 or beyond 64000.
    pub fn for_size(size: u32) -> Result<Self, ScheduleError> {
        within("size", f64::from(size), 0.0, 64e3)?;
        Ok(Trigonometric { shift: f64::from(size) / 64.0 })
    }
}

impl Default for Trigonometric {
    /// No shift.
    fn default() -> Self {
        Trigonometric { shift: 1.0 }
    }
}

impl Path for Trigonometric {
    fn at(&self, t: f64) -> Level {
        let t = t.clamp(0.0, 1.0);
        // The cosine as a sine, so that it is exactly 0 at t = 1.
        let (data, noise) = ((FRAC_PI_2 * (1.0 - t)).sin(), self.shift * (FRAC_PI_2 * t).sin());
        let length = data.hypot(noise);
        Level { t, alpha: data / length, sigma: noise / length }
    }

    fn derivative(&self, t: f64) -> Rate {
        let Level { t, alpha, sigma } = self.at(t);
        let (data, noise) = ((FRAC_PI_2 * (1.0 - t)).sin(), self.shift * (FRAC_PI_2 * t).sin());
        let turning = FRAC_PI_2 * self.shift / (data * data + noise * noise);
        Rate { alpha: -sigma * turning, sigma: alpha * turning }
    }

    fn at_log_snr(&self, lambda: f64) -> Level {
        let t = FRAC_2_PI * ((-0.5 * lambda).exp() / self.shift).atan();
        Level::variance_preserving(t.min(1.0), lambda)
    }
}
