use std::error::Error;
use std::fmt;

/// Guidance that cannot be given, with the numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GuidanceError {
    /// A number outside of [low, high], infinite, or NaN.
    OutOfRange {
        /// What the number is.
        name: &'static str,
        /// What was given.
        value: f64,
        /// The smallest value allowed.
        low: f64,
        /// The largest value allowed.
        high: f64,
    },
    /// An interval of noise levels that holds none.
    EmptyInterval {
        /// Its lower end, in sigma/alpha.
        low: f64,
        /// Its upper end.
        high: f64,
    },
    /// Guidance or a class was asked of a model that knows no classes.
    NotConditional {
        /// The class asked for.
        class: usize,
    },
    /// The model knows the classes `0..classes` only.
    NoSuchClass {
        /// The class asked for.
        class: usize,
        /// How many there are, at least one.
        classes: usize,
    },
    /// A sum of scores without a term.
    NoModels,
}

impl fmt::Display for GuidanceError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            GuidanceError::OutOfRange { name, value, low, high } => {
                write!(f, "{name} must be a finite number from {low} to {high}, not {value}")
            }
            GuidanceError::EmptyInterval { low, high } => {
                write!(f, "no noise level sigma/alpha is above {low} and at most {high}: give 0 <= low < high")
            }
            GuidanceError::NotConditional { class } => {
                write!(f, "class {class} was asked of a model without classes: guidance needs a conditional model")
            }
            GuidanceError::NoSuchClass { class, classes } => {
                write!(
                    f,
                    "there is no class {class}: the model knows {classes}, numbered 0 to {}",
                    classes.saturating_sub(1)
                )
            }
            GuidanceError::NoModels => f.write_str("a sum of scores needs at least one model"),
        }
    }
}

impl Error for GuidanceError {}

/// The gate of every number: finite and in [low, high].
pub(super) fn within(name: &'static str, value: f64, low: f64, high: f64) -> Result<(), GuidanceError> {
    let fits = value.is_finite() && value >= low && value <= high;
    if fits { Ok(()) } else { Err(GuidanceError::OutOfRange { name, value, low, high }) }
}

/// The gate of every weight: any number of sensible size, negative ones (which repel) included.
pub(super) fn weight(value: f64) -> Result<(), GuidanceError> {
    within("the guidance weight", value, -1e6, 1e6)
}
