use ito_schedules::Level;

/// An estimate and where it was made.
#[derive(Clone, Debug)]
pub(super) struct Estimate<X> {
    pub at: Level,
    pub denoised: X,
}

impl<X> Estimate<X> {
    /// Whether a slope from here to `later` exists: this is the noisier, and not pure noise.
    pub fn precedes(&self, later: Level) -> bool {
        self.at.alpha > 0.0 && self.at.log_snr() < later.log_snr()
    }
}

/// `h = ln(s/s')`.
pub(super) fn span(from: Level, to: Level) -> f64 {
    0.5 * (to.log_snr() - from.log_snr())
}

/// `1 - (1 - e^(-2h)) / (2h)`, `rest = e^(-2h)`: the integral of a line that rises from 0 to 1.
pub(super) fn rising(h: f64, rest: f64) -> f64 {
    1.0 - (1.0 - rest) / (2.0 * h)
}
