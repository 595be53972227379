use std::error::Error;
use std::fmt;

use crate::SdeError;

/// What the functions of path measures refuse, with the numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MeasureError {
    /// A number or a size that could not be.
    Number(SdeError),
    /// Two SDEs whose noise differs: their path measures have no density with respect to each other.
    NoiseDiffers {
        /// When.
        time: f64,
        /// The variance per unit of time under which paths are drawn.
        drawn: f64,
        /// That of the other law.
        other: f64,
    },
    /// All weights are zero, so nothing can be estimated.
    NoWeight {
        /// How many there are.
        count: usize,
    },
    /// Two kernels on grids that are not the same.
    GridsDiffer {
        /// Start and spacing of the first.
        first: (f64, f64),
        /// Start and spacing of the second.
        second: (f64, f64),
    },
    /// The power iteration for a stationary law did not settle.
    NotStationary {
        /// The steps that were composed.
        steps: f64,
        /// The largest change of a probability by the last of them.
        change: f64,
    },
}

impl fmt::Display for MeasureError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            MeasureError::Number(error) => error.fmt(f),
            MeasureError::NoiseDiffers { time, drawn, other } => write!(
                f,
                "at time {time} the two laws have noise of rates {drawn} and {other}: only equal noise has weights"
            ),
            MeasureError::NoWeight { count } => write!(f, "all {count} weights are zero"),
            MeasureError::GridsDiffer { first, second } => {
                write!(f, "the grids differ: from {} by {}, and from {} by {}", first.0, first.1, second.0, second.1)
            }
            MeasureError::NotStationary { steps, change } => {
                write!(f, "no stationary law after {steps:e} steps: the last changed a probability by {change:e}")
            }
        }
    }
}

impl Error for MeasureError {}

impl From<SdeError> for MeasureError {
    fn from(error: SdeError) -> Self {
        MeasureError::Number(error)
    }
}
