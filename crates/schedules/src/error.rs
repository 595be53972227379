use std::error::Error;
use std::fmt;

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
    /// The log-SNR of a table must fall at every step, and stay above -700 but for pure noise.
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
                write!(f, "{name} must be greater than {low} and at most {high}, not {value}")
            }
            ScheduleError::Steps { given, least, most } => {
                write!(f, "a discrete schedule has {least} to {most} steps, not {given}")
            }
            ScheduleError::Beta { index, value, steps } => write!(
                f,
                "every beta must be greater than 0 and less than 1 (the last at most 1), but beta {index} of {steps} is {value}"
            ),
            ScheduleError::NotFalling { index, alpha_bar } => write!(
                f,
                "the log-SNR must fall at every step and stay above -700, but beta {index} leaves alpha_bar = {alpha_bar}"
            ),
            ScheduleError::NotVariancePreserving { t, alpha, sigma } => write!(
                f,
                "a table of betas needs alpha^2 + sigma^2 = 1, but at t = {t} alpha is {alpha} and sigma {sigma}"
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
    /// The grid does not go from noise to data: two neighbours (or the two ends) rise or coincide in time.
    NotFalling {
        /// Time of the earlier, noisier level.
        from: f64,
        /// Time of the later level, which should be smaller.
        to: f64,
    },
}

impl fmt::Display for GridError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            GridError::Steps { given, most } => write!(f, "a grid has 1 to {most} steps, not {given}"),
            GridError::NotFinite { name, value } => write!(f, "{name} must be a finite number, not {value}"),
            GridError::OutOfRange { name, value, low, high } => {
                write!(f, "{name} must lie between {low} and {high} on this path, not {value}")
            }
            GridError::NotFalling { from, to } => {
                write!(f, "a grid goes from noise to data, but time {from} is followed by {to}")
            }
        }
    }
}

impl Error for GridError {}

/// The gate of every schedule constructor: (low, high], and NaN is outside.
pub(crate) fn within(name: &'static str, value: f64, low: f64, high: f64) -> Result<(), ScheduleError> {
    if value > low && value <= high { Ok(()) } else { Err(ScheduleError::OutOfRange { name, value, low, high }) }
}
