use std::error::Error;
use std::fmt;

/// Why there is no such Brownian motion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BrownianError {
    /// A clock, or a bridge, does not run from a finite time to a later one.
    Clock {
        /// Where it was to start.
        from: f64,
        /// Where it was to end.
        to: f64,
    },
    /// An end of a bridge is NaN or infinite.
    NotFinite {
        /// Which end.
        name: &'static str,
        /// What was given.
        value: f64,
    },
}

impl fmt::Display for BrownianError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            BrownianError::Clock { from, to } => {
                write!(f, "a clock runs from a finite time to a later one, not from {from} to {to}")
            }
            BrownianError::NotFinite { name, value } => {
                write!(f, "the bridge's {name} must be a finite number, not {value}")
            }
        }
    }
}

impl Error for BrownianError {}

/// The width of a clock.
pub(super) fn clock(from: f64, to: f64) -> Result<f64, BrownianError> {
    let width = to - from;
    if width > 0.0 && width.is_finite() { Ok(width) } else { Err(BrownianError::Clock { from, to }) }
}
