use std::error::Error;
use std::fmt;

use crate::SdeError;

/// Why an SDE was not solved with steps of the method's own choice, and where. `row` is the row of the batch that was worst.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AdaptiveError {
    /// What was asked for makes no sense.
    Refused(SdeError),
    /// As many steps as allowed, accepted and rejected together, and still not there.
    MaxSteps {
        /// The steps allowed.
        limit: usize,
        /// The time reached.
        t: f64,
    },
    /// The tolerance asks for a step below the shortest one.
    StepTooSmall {
        /// The time reached.
        t: f64,
        /// The step that failed, signed.
        step: f64,
        /// Its error as a multiple of the tolerance.
        error: f64,
        /// The row.
        row: usize,
    },
    /// The state is NaN or infinite, even after the shortest step.
    NotFinite {
        /// The time reached with finite numbers, or the start.
        t: f64,
        /// The row.
        row: usize,
    },
}

impl fmt::Display for AdaptiveError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            AdaptiveError::Refused(error) => error.fmt(f),
            AdaptiveError::MaxSteps { limit, t } => write!(f, "{limit} steps were not enough: they reach t = {t}"),
            AdaptiveError::StepTooSmall { t, step, error, row } => write!(
                f,
                "at t = {t} a step of {step:.1e} has {error:.1e} times the error allowed (row {row}), and may not be shortened"
            ),
            AdaptiveError::NotFinite { t, row } => write!(f, "row {row} is not a finite number after t = {t}"),
        }
    }
}

impl Error for AdaptiveError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        if let AdaptiveError::Refused(error) = self { Some(error) } else { None }
    }
}

impl From<SdeError> for AdaptiveError {
    fn from(error: SdeError) -> Self {
        AdaptiveError::Refused(error)
    }
}
