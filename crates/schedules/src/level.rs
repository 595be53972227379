/// A point of a Gaussian path `x = alpha x0 + sigma eps`. A level crosses crate borders, a bare `t` does not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Time in [0, `Path::end`]: 0 is data (or the path's cleanest level), the end is the noisiest.
    pub t: f64,
    /// Factor of the data.
    pub alpha: f64,
    /// Factor of the noise.
    pub sigma: f64,
}

impl Level {
    /// Data without noise, the end of every path: `x = x0`.
    pub const DATA: Level = Level { t: 0.0, alpha: 1.0, sigma: 0.0 };

    /// `lambda = ln(alpha^2 / sigma^2)`: infinite at data (`sigma = 0`), minus infinity at pure noise (`alpha = 0`).
    pub fn log_snr(self) -> f64 {
        2.0 * (self.alpha / self.sigma).ln()
    }

    /// `alpha^2 / sigma^2`, the signal-to-noise ratio: infinite at data, 0 at pure noise. Finite for a log-SNR below 709.
    pub fn snr(self) -> f64 {
        (self.alpha / self.sigma).powi(2)
    }

    /// `sigma / alpha`, the noise level of EDM and k-diffusion: infinite at pure noise.
    pub fn noise_to_signal(self) -> f64 {
        self.sigma / self.alpha
    }

    /// The level of a variance-preserving path (`alpha^2 + sigma^2 = 1`) at a log-SNR, each factor to full precision.
    pub(crate) fn variance_preserving(t: f64, lambda: f64) -> Level {
        // The larger factor lies in [sqrt(1/2), 1]; the smaller one is that times their ratio, which does not overflow.
        let ratio = (-0.5 * lambda.abs()).exp();
        let larger = (1.0 + ratio * ratio).sqrt().recip();
        let (alpha, sigma) = if lambda > 0.0 { (larger, ratio * larger) } else { (ratio * larger, larger) };
        Level { t, alpha, sigma }
    }

    /// The level of a variance-preserving path where the signal's power has decayed by `exp(-b)`, `b >= 0`.
    pub(crate) fn decayed(t: f64, b: f64) -> Level {
        Level { t, alpha: (-0.5 * b).exp(), sigma: (-(-b).exp_m1()).sqrt() }
    }

    /// The `b` of [`Level::decayed`] at a log-SNR, `ln(1 + exp(-lambda))`.
    pub(crate) fn decay(lambda: f64) -> f64 {
        (-lambda).max(0.0) + (-lambda.abs()).exp().ln_1p()
    }
}

/// How fast a path moves: `d alpha / dt` and `d sigma / dt`, per unit of the path's own time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// `d alpha / dt`.
    pub alpha: f64,
    /// `d sigma / dt`.
    pub sigma: f64,
}

impl Rate {
    /// The rates of a variance-preserving path with noise rate `beta`: `alpha' = -beta alpha / 2`, and
    /// `alpha alpha' + sigma sigma' = 0`.
    pub(crate) fn decaying(level: Level, beta: f64) -> Rate {
        let Level { alpha, sigma, .. } = level;
        Rate { alpha: -0.5 * beta * alpha, sigma: 0.5 * beta * alpha * alpha / sigma }
    }
}
