use std::error::Error;
use std::fmt;

/// A condition that cannot be sampled under, with the numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ConditionalError {
    /// The deviation of a measurement's noise is negative, infinite or NaN.
    Deviation {
        /// What was given.
        tau: f64,
    },
    /// A posterior whose estimate is taken as certain needs a measurement that is not.
    Certain,
    /// A measurement with an entry that is infinite, NaN, or too large to be squared.
    NotFinite {
        /// In which row, from 0.
        row: usize,
    },
    /// A tolerance outside of (0, 1).
    Tolerance {
        /// What was given.
        given: f64,
    },
    /// Something that is done at least once was asked for no times.
    Zero {
        /// What.
        name: &'static str,
    },
}

impl fmt::Display for ConditionalError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            ConditionalError::Deviation { tau } => {
                write!(f, "the deviation tau of a measurement's noise is finite and at least 0, not {tau}")
            }
            ConditionalError::Certain => {
                f.write_str("tau = 0 with an estimate taken as certain divides by zero: give tau > 0 or a spread")
            }
            ConditionalError::NotFinite { row } => {
                write!(f, "row {row} of the measurement is not finite: give numbers, and 0 where nothing is measured")
            }
            ConditionalError::Tolerance { given } => {
                write!(f, "the relative tolerance of a linear solve lies between 0 and 1, not at {given}")
            }
            ConditionalError::Zero { name } => write!(f, "{name} must be at least 1, not 0"),
        }
    }
}

impl Error for ConditionalError {}
