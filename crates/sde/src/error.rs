use std::error::Error;
use std::fmt;

/// A number that no stochastic process can have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SdeError {
    /// A coefficient is NaN or infinite.
    NotFinite {
        /// The coefficient's name.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// A quantity that cannot be negative is.
    Negative {
        /// The quantity's name.
        name: &'static str,
        /// What was given.
        value: f64,
    },
}

impl fmt::Display for SdeError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            SdeError::NotFinite { name, value } => write!(f, "{name} must be a finite number, not {value}"),
            SdeError::Negative { name, value } => write!(f, "{name} must not be negative, but is {value}"),
        }
    }
}

impl Error for SdeError {}

pub(crate) fn finite(name: &'static str, value: f64) -> Result<(), SdeError> {
    if value.is_finite() { Ok(()) } else { Err(SdeError::NotFinite { name, value }) }
}

pub(crate) fn not_negative(name: &'static str, value: f64) -> Result<(), SdeError> {
    finite(name, value)?;
    if value >= 0.0 { Ok(()) } else { Err(SdeError::Negative { name, value }) }
}
