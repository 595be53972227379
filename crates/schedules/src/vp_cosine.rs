use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_2, PI};

use crate::error::within;
use crate::{BetaTable, Level, Path, Rate, ScheduleError};

/// The variance-preserving cosine path, `alpha = cos(theta(t)) / cos(theta(0))`, `theta = (t + s)/(1 + s) pi/2`.
///
/// Nichol & Dhariwal 2021, arXiv:2102.09672, equation 17 (`alpha^2` is their alpha bar), in continuous time. Written
/// with the complement `w = pi/2 / (1 + s)` as `alpha = sin((1 - t) w) / sin(w)`, it is exactly 0 at `t = 1` and
/// exactly 1 at `t = 0`; `sigma^2 = sin(t w) sin((2 - t) w) / sin(w)^2` does not cancel at either end.
/// `d sigma/dt` is infinite at `t = 0`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VpCosine {
    /// `pi/2 / (1 + s)`.
    w: f64,
    /// `pi - 2 w`, small and so kept by itself.
    tail: f64,
}

impl VpCosine {
    /// The offset `s` lies in (0, 1]; the paper's is 0.008.
    ///
    /// # Errors
    /// [`ScheduleError`] when the offset is out of range or not a number.
    pub fn new(offset: f64) -> Result<Self, ScheduleError> {
        within("offset", offset, 0.0, 1.0)?;
        Ok(VpCosine::with(offset))
    }

    /// The discrete betas of `steps` steps, `min(1 - alpha^2(i + 1) / alpha^2(i), 0.999)` with times in units of 1/T: the
    /// paper's table, clipped in its last entry. (Ports that divide the index by T twice give 999 zeros; a table
    /// refuses a zero.)
    ///
    /// # Errors
    /// [`ScheduleError`] for fewer than 2 steps.
    pub fn table(&self, steps: usize) -> Result<BetaTable, ScheduleError> {
        BetaTable::of(self, steps, 0.999)
    }

    fn with(offset: f64) -> Self {
        VpCosine { w: FRAC_PI_2 / (1.0 + offset), tail: PI * offset / (1.0 + offset) }
    }
}

impl Default for VpCosine {
    /// The paper's offset, 0.008.
    fn default() -> Self {
        VpCosine::with(0.008)
    }
}

impl Path for VpCosine {
    fn at(&self, t: f64) -> Level {
        let t = t.clamp(0.0, 1.0);
        let top = self.w.sin();
        // sin((2 - t) w), near data through its small complement; near noise so that sigma is exactly 1 at t = 1.
        let far = if t < 0.5 { (self.tail + t * self.w).sin() } else { ((2.0 - t) * self.w).sin() };
        let variance = (t * self.w).sin() * far / (top * top);
        Level { t, alpha: ((1.0 - t) * self.w).sin() / top, sigma: variance.sqrt() }
    }

    fn derivative(&self, t: f64) -> Rate {
        let Level { t, alpha, sigma } = self.at(t);
        let falling = -self.w * ((1.0 - t) * self.w).cos() / self.w.sin();
        Rate { alpha: falling, sigma: -alpha * falling / sigma }
    }

    /// Near noise `alpha = sin((1 - t) w) / sin(w)` is solved by the arc sine; near data `sigma^2` is solved for
    /// `tan(t w)`, so that a small `t` keeps its relative precision.
    fn at_log_snr(&self, lambda: f64) -> Level {
        let level = Level::variance_preserving(f64::NAN, lambda);
        let angle = if level.alpha < FRAC_1_SQRT_2 {
            self.w - (level.alpha * self.w.sin()).asin()
        } else {
            // s = sin(p) sin(2w - p) with u = tan(p): (s + cos 2w) u^2 - sin 2w u + s = 0, the small root.
            let s = (level.sigma * self.w.sin()).powi(2);
            let (sin, cos) = (self.tail.sin(), -self.tail.cos());
            (2.0 * s / (sin + (sin * sin - 4.0 * s * (s + cos)).sqrt())).atan()
        };
        Level { t: (angle / self.w).clamp(0.0, 1.0), ..level }
    }

    fn noise_rate(&self, t: f64) -> f64 {
        2.0 * self.w / ((1.0 - t.clamp(0.0, 1.0)) * self.w).tan()
    }
}
