use std::error::Error;
use std::fmt;

use crate::Level;

/// A schedule's parameter that no schedule can have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ScheduleError {
    /// The parameter `name` must lie in (low, high].
    OutOfRange {
        /// The parameter's name.
        name: &'static str,
        /// What was given; may be NaN.
        value: f64,
        /// The end that is excluded.
        low: f64,
        /// The end that is included.
        high: f64,
    },
    /// A discrete schedule cannot have this many steps.
    Steps {
        /// The number asked for.
        given: usize,
        /// The smallest number allowed.
        least: usize,
        /// The largest number allowed.
        most: usize,
    },
    /// A beta of a table must lie in (0, 1); only the last may be 1.
    Beta {
        /// Its index, from 0.
        index: usize,
        /// What it is; may be NaN.
        value: f64,
        /// The number of betas.
        steps: usize,
    },
    /// `ln alpha_bar` of a table must fall at every step, by 1e-12 of itself at least, and stay above -700 but for pure
    /// noise.
    NotFalling {
        /// The step, from 0.
        index: usize,
        /// `alpha_bar` after it.
        alpha_bar: f64,
    },
    /// A table of betas needs `alpha^2 + sigma^2 = 1`.
    NotVariancePreserving {
        /// The time where it fails.
        t: f64,
        /// The data's factor there.
        alpha: f64,
        /// The noise's factor there.
        sigma: f64,
    },
}

impl fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            ScheduleError::OutOfRange { name, value, low, high } => {
                let (low, high, value) = (Shown(*low), Shown(*high), Shown(*value));
                write!(f, "{name} must be greater than {low} and at most {high}, not {value}")
            }
            ScheduleError::Steps { given, least, most } => {
                write!(f, "a discrete schedule has {least} to {most} steps, not {given}")
            }
            ScheduleError::Beta { index, value, steps } => write!(
                f,
                "every beta must be greater than 0 and less than 1 (the last at most 1), but beta {index} of {steps} is {}",
                Shown(*value)
            ),
            ScheduleError::NotFalling { index, alpha_bar } => write!(
                f,
                "ln(alpha_bar) must fall by 1e-12 of itself at every step and stay above -700, but beta {index} leaves alpha_bar = {}",
                Shown(*alpha_bar)
            ),
            ScheduleError::NotVariancePreserving { t, alpha, sigma } => write!(
                f,
                "a table of betas needs alpha^2 + sigma^2 = 1, but at t = {} alpha is {} and sigma {}",
                Shown(*t),
                Shown(*alpha),
                Shown(*sigma)
            ),
        }
    }
}

impl Error for ScheduleError {}

/// Why a grid could not be made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GridError {
    /// The number of steps is 0 or beyond the most a grid can have.
    Steps {
        /// The number asked for.
        given: usize,
        /// The largest number allowed.
        most: usize,
    },
    /// A parameter is NaN or infinite.
    NotFinite {
        /// The parameter's name.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// A parameter lies outside of [low, high]; the path's own ends bound a log-SNR or a sigma.
    OutOfRange {
        /// The parameter's name.
        name: &'static str,
        /// What was given.
        value: f64,
        /// The smallest value allowed.
        low: f64,
        /// The largest value allowed.
        high: f64,
    },
    /// The grid does not go from noise to data: two neighbours (or the two ends) rise or coincide, in time
    /// or in noise.
    NotFalling {
        /// Time of the earlier, noisier level.
        from: f64,
        /// Time of the later level, which should be smaller.
        to: f64,
        /// The log-SNRs of the two, of which the later should be larger.
        log_snr: [f64; 2],
    },
    /// Two neighbours fall, but so little that a step between them is lost in rounding.
    TooClose {
        /// Time of the earlier, noisier level.
        from: f64,
        /// Time of the later level.
        to: f64,
        /// The log-SNRs of the two.
        log_snr: [f64; 2],
    },
    /// A level's signal-to-noise ratio leaves f64, and it is neither exact data nor exact noise.
    LogSnr {
        /// The level's time.
        t: f64,
        /// Its log-SNR.
        log_snr: f64,
        /// The largest size allowed.
        most: f64,
    },
}

impl GridError {
    pub(crate) fn not_falling(from: Level, to: Level) -> GridError {
        GridError::NotFalling { from: from.t, to: to.t, log_snr: [from.log_snr(), to.log_snr()] }
    }
}

impl fmt::Display for GridError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            GridError::Steps { given, most } => write!(f, "a grid has 1 to {most} steps, not {given}"),
            GridError::NotFinite { name, value } => write!(f, "{name} must be a finite number, not {}", Shown(*value)),
            GridError::OutOfRange { name, value, low, high } => {
                let (low, high, value) = (Shown(*low), Shown(*high), Shown(*value));
                write!(f, "{name} must lie between {low} and {high}, not {value}")
            }
            GridError::NotFalling { from, to, log_snr: [before, after] } => write!(
                f,
                "a grid goes from noise to data, but time {} (log-SNR {}) is followed by {} (log-SNR {})",
                Shown(*from),
                Shown(*before),
                Shown(*to),
                Shown(*after)
            ),
            GridError::TooClose { from, to, log_snr: [before, after] } => write!(
                f,
                "neighbours on a grid differ by 1e-12 of the log-SNR and 1e-14 of the time at least, but time {} (log-SNR {}) is followed by {} (log-SNR {})",
                Shown(*from),
                Shown(*before),
                Shown(*to),
                Shown(*after)
            ),
            GridError::LogSnr { t, log_snr, most } => write!(
                f,
                "the log-SNR of a grid's levels lies between -{most} and {most} but at exact data or noise, and at time {} it is {}",
                Shown(*t),
                Shown(*log_snr)
            ),
        }
    }
}

impl Error for GridError {}

/// A number in a message: with an exponent where its digits would be many.
pub(crate) struct Shown(pub(crate) f64);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let plain = self.0 == 0.0 || !self.0.is_finite() || (1e-4..=1e6).contains(&self.0.abs());
        if plain { write!(f, "{}", self.0) } else { write!(f, "{:e}", self.0) }
    }
}

/// The gate of every schedule constructor: (low, high], and NaN is outside.
pub(crate) fn within(name: &'static str, value: f64, low: f64, high: f64) -> Result<(), ScheduleError> {
    if value > low && value <= high { Ok(()) } else { Err(ScheduleError::OutOfRange { name, value, low, high }) }
}
