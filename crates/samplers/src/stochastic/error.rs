use std::error::Error;
use std::fmt;

/// A stochastic sampler that cannot be made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StochasticError {
    /// A parameter is not a number or lies outside of [low, high].
    OutOfRange {
        /// The parameter's name.
        name: &'static str,
        /// What was given; may be NaN.
        value: f64,
        /// The smallest value allowed.
        low: f64,
        /// The largest value allowed.
        high: f64,
    },
    /// A number of steps is 0.
    NoSteps {
        /// Which steps.
        name: &'static str,
    },
}

impl fmt::Display for StochasticError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            StochasticError::OutOfRange { name, value, low, high } => {
                write!(f, "{name} must lie between {low} and {high}, not be {value}")
            }
            StochasticError::NoSteps { name } => write!(f, "{name} must be at least 1, not 0"),
        }
    }
}

impl Error for StochasticError {}

/// The gate of the constructors: [low, high], and NaN is outside.
pub(super) fn within(name: &'static str, value: f64, low: f64, high: f64) -> Result<f64, StochasticError> {
    match value >= low && value <= high {
        true => Ok(value),
        false => Err(StochasticError::OutOfRange { name, value, low, high }),
    }
}

pub(super) fn some(name: &'static str, steps: usize) -> Result<usize, StochasticError> {
    if steps > 0 { Ok(steps) } else { Err(StochasticError::NoSteps { name }) }
}
