use std::error::Error;
use std::fmt;

/// What a constructor of this crate refuses, with the numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SdeError {
    /// A coefficient is NaN or infinite.
    NotFinite {
        /// The coefficient's name.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// A quantity that must be above zero is not.
    NotPositive {
        /// The quantity's name.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// Something that needs entries has none.
    Empty {
        /// What.
        name: &'static str,
    },
    /// A grid that must strictly rise or strictly fall does not.
    NotMonotone {
        /// The entry that breaks the order.
        index: usize,
        /// The entry before it.
        before: f64,
        /// The entry.
        after: f64,
    },
    /// Two sizes that must agree do not.
    Dimension {
        /// Of what.
        name: &'static str,
        /// The size it must have.
        expected: usize,
        /// The size it has.
        found: usize,
    },
    /// More of something than memory holds.
    TooMany {
        /// Of what.
        name: &'static str,
        /// How many.
        count: usize,
    },
    /// A state is NaN or infinite after a step.
    Diverged {
        /// The number of the step, from 0.
        step: usize,
        /// The time after it.
        t: f64,
        /// The first such row.
        row: usize,
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
            SdeError::NotPositive { name, value } => write!(f, "{name} must be above zero, but is {value}"),
            SdeError::Empty { name } => write!(f, "{name} is empty"),
            SdeError::NotMonotone { index, before, after } => write!(
                f,
                "entry {index} of the grid, {after} after {before}, breaks its order: it must strictly rise or strictly fall"
            ),
            SdeError::Dimension { name, expected, found } => write!(f, "{name} must have size {expected}, not {found}"),
            SdeError::TooMany { name, count } => write!(f, "{count} {name} are more than memory holds"),
            SdeError::Diverged { step, t, row } => {
                write!(
                    f,
                    "row {row} is not finite at t = {t}, after step {step}: take smaller steps, or mend the coefficients"
                )
            }
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

pub(crate) fn positive(name: &'static str, value: f64) -> Result<(), SdeError> {
    finite(name, value)?;
    if value > 0.0 { Ok(()) } else { Err(SdeError::NotPositive { name, value }) }
}
