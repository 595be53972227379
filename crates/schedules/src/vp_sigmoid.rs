use crate::error::within;
use crate::{Level, Path, Rate, ScheduleError};

/// The variance-preserving path whose `alpha^2` is a sigmoid of time,
/// `alpha^2 = (S(end) - S(z)) / (S(end) - S(start))`, `z = start + t (end - start)`, `S` the logistic function of `z/tau`.
///
/// Jabri, Fleet & Chen 2022, arXiv:2212.11972 (there `-3`, `3`, `tau` from 0.7 to 1.1). Exact data at
/// `t = 0` and pure noise at `t = 1`. `alpha^2` is straight at both ends, so `d sigma/dt` is infinite at `t = 0` and
/// `d alpha/dt` at `t = 1`: samplers that step in the path's own time take a DDIM step from there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VpSigmoid {
    /// `start / tau`.
    start: f64,
    /// `end / tau`.
    end: f64,
}

impl VpSigmoid {
    /// `tau` lies in (0.01, 100], `start / tau` in (-30, 30], `end / tau` in (`start / tau`, 30].
    ///
    /// # Errors
    /// [`ScheduleError`] names the parameter that is out of range or not a number.
    pub fn new(start: f64, end: f64, tau: f64) -> Result<Self, ScheduleError> {
        within("tau", tau, 0.01, 100.0)?;
        let (start, end) = (start / tau, end / tau);
        within("start / tau", start, -30.0, 30.0)?;
        within("end / tau", end, start + 1e-3, 30.0)?;
        Ok(VpSigmoid { start, end })
    }

    fn span(&self) -> f64 {
        self.end - self.start
    }
}

impl Default for VpSigmoid {
    /// -3, 3 and `tau = 1`.
    fn default() -> Self {
        VpSigmoid { start: -3.0, end: 3.0 }
    }
}

fn logistic(z: f64) -> f64 {
    (1.0 + (-z).exp()).recip()
}

/// `S(a + width) - S(a)` without cancellation.
fn gain(a: f64, width: f64) -> f64 {
    width.exp_m1() * logistic(a) * logistic(-a - width)
}

impl Path for VpSigmoid {
    fn at(&self, t: f64) -> Level {
        let t = t.clamp(0.0, 1.0);
        let (whole, done) = (gain(self.start, self.span()), t * self.span());
        // Each factor from its own end: the complement of the other cancels where the ends are lopsided.
        let (lost, kept) = (gain(self.start, done), gain(self.start + done, (1.0 - t) * self.span()));
        Level { t, alpha: (kept / whole).sqrt(), sigma: (lost / whole).sqrt() }
    }

    fn derivative(&self, t: f64) -> Rate {
        let Level { t, alpha, sigma } = self.at(t);
        let z = self.start + t * self.span();
        let half = 0.5 * self.span() * logistic(z) * logistic(-z) / gain(self.start, self.span());
        Rate { alpha: -half / alpha, sigma: half / sigma }
    }

    /// With `q = exp(-lambda)`: `exp(w) = 1 + q E (exp(W) - 1) / (S + q E)`, `w = z - start`, `W = end - start`,
    /// `S` and `E` the logistic function of `-start` and `-end`.
    fn at_log_snr(&self, lambda: f64) -> Level {
        let level = Level::variance_preserving(f64::NAN, lambda);
        let (s, e) = (logistic(-self.start), logistic(-self.end));
        // Divided by q where q is large.
        let (q, one) = if lambda > 0.0 { ((-lambda).exp(), 1.0) } else { (1.0, lambda.exp()) };
        let w = (q * e * self.span().exp_m1() / (s * one + q * e)).ln_1p();
        Level { t: (w / self.span()).clamp(0.0, 1.0), ..level }
    }

    /// `-d ln alpha^2 / dt`.
    fn noise_rate(&self, t: f64) -> f64 {
        let t = t.clamp(0.0, 1.0);
        let z = self.start + t * self.span();
        self.span() * logistic(-z) / (((1.0 - t) * self.span()).exp_m1() * logistic(-self.end))
    }
}
