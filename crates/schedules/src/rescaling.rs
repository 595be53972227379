use std::error::Error;
use std::fmt;

use crate::{Level, Path};

/// Rounding allowed at the ends of a range of log-SNR.
const ROUNDING: f64 = 1e-9;

/// One path in the terms of another: where the signal-to-noise ratios are the same, so is the picture but for a factor,
/// `x_a / alpha_a = x_b / alpha_b`. So a model trained on path `a` denoises on path `b`.
///
/// Karras et al. 2022, arXiv:2206.00364, appendix B.
#[derive(Clone, Copy)]
pub struct Rescaling<'a> {
    trained: &'a dyn Path,
}

impl<'a> Rescaling<'a> {
    /// From the levels another path is sampled at (any order; data itself is left out) to the path `trained`.
    ///
    /// # Errors
    /// [`OutOfRange`] for a level whose log-SNR the trained path does not have: the model was never shown such noise.
    pub fn new(trained: &'a dyn Path, levels: &[Level]) -> Result<Self, OutOfRange> {
        let (low, high) = (trained.at(trained.end()).log_snr(), trained.at(0.0).log_snr());
        let held = |level: &&Level| {
            let lambda = level.log_snr();
            level.sigma == 0.0 || lambda >= low - ROUNDING * low.abs() && lambda <= high + ROUNDING * high.abs()
        };
        match levels.iter().find(|level| !held(level)) {
            Some(level) => Err(OutOfRange { t: level.t, log_snr: level.log_snr(), low, high }),
            None => Ok(Rescaling { trained }),
        }
    }

    /// The trained path's level with the same signal-to-noise ratio, and the factor of `x`: `x_a = factor x_b`. Beyond
    /// the trained path's ends, its nearer end.
    pub fn level(&self, at: Level) -> (Level, f64) {
        let found = self.trained.at_log_snr(at.log_snr());
        // The factor that is not small is the same number, to the last digits.
        let factor = if at.alpha > at.sigma { found.alpha / at.alpha } else { found.sigma / at.sigma };
        (found, factor)
    }
}

impl fmt::Debug for Rescaling<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Rescaling").finish_non_exhaustive()
    }
}

/// A level whose log-SNR the trained path does not have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutOfRange {
    /// The level's time on its own path.
    pub t: f64,
    /// Its log-SNR.
    pub log_snr: f64,
    /// The trained path's lowest log-SNR.
    pub low: f64,
    /// The trained path's highest log-SNR.
    pub high: f64,
}

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let OutOfRange { t, log_snr, low, high } = self;
        write!(
            f,
            "the level at t = {t} has log-SNR {log_snr}, but the model was trained on {low} to {high}; end the grid there"
        )
    }
}

impl Error for OutOfRange {}
