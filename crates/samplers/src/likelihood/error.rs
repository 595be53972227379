use std::error::Error;
use std::fmt;

use ito_schedules::Level;
use ito_sde::ode::OdeError;

/// Why no likelihood was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LikelihoodError {
    /// The solver failed: a tolerance that cannot be met, numbers that are not finite.
    Ode(OdeError),
    /// A level without noise, where the score need not exist.
    AtData {
        /// The level's time.
        t: f64,
    },
    /// A level without data in it.
    PureNoise {
        /// The level's time.
        t: f64,
    },
    /// A log-density is carried from a cleaner level to a noisier one.
    NotNoisier {
        /// Log-SNR of the level it is wanted at.
        from: f64,
        /// Log-SNR of the level of the prior, which should be smaller.
        to: f64,
    },
    /// A quantity that must be finite and above zero is not.
    NotPositive {
        /// The quantity's name.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// Two ends that must be finite and rise do not.
    Range {
        /// Of what.
        name: &'static str,
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
    /// Too few of something.
    TooFew {
        /// Of what.
        name: &'static str,
        /// How many.
        given: usize,
        /// The fewest allowed.
        least: usize,
    },
    /// Entries of a picture that are none of its levels.
    NotLevels {
        /// The first row with such entries.
        row: usize,
        /// How many it has.
        entries: usize,
        /// How many levels there are.
        levels: u32,
    },
    /// The answer is NaN or infinite, so the datum or what the model made of it is.
    NotFinite {
        /// The row.
        row: usize,
        /// What was found.
        value: f64,
    },
}

impl fmt::Display for LikelihoodError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            LikelihoodError::Ode(error) => error.fmt(f),
            LikelihoodError::AtData { t } => {
                write!(
                    f,
                    "t = {t} has no noise (sigma = 0), where the score need not exist: take a level with sigma > 0"
                )
            }
            LikelihoodError::PureNoise { t } => {
                write!(f, "t = {t} is pure noise (alpha = 0): take a level with data in it")
            }
            LikelihoodError::NotNoisier { from, to } => write!(
                f,
                "the prior's level must be noisier than the data's, but its log-SNR is {to}, the data's {from}"
            ),
            LikelihoodError::NotPositive { name, value } => {
                write!(f, "{name} must be finite and above zero, not {value}")
            }
            LikelihoodError::Range { name, low, high } => {
                write!(f, "{name} must be finite and rise, not go from {low} to {high}")
            }
            LikelihoodError::TooFew { name, given, least } => {
                write!(f, "the number of {name} must be at least {least}, not {given}")
            }
            LikelihoodError::NotLevels { row, entries, levels } => write!(
                f,
                "{entries} entries of row {row} are none of the {levels} levels: pictures must be in the units of their levels"
            ),
            LikelihoodError::NotFinite { row, value } => {
                write!(f, "the likelihood of row {row} is {value}: the datum or the model's answer to it is not finite")
            }
        }
    }
}

impl Error for LikelihoodError {}

impl From<OdeError> for LikelihoodError {
    fn from(error: OdeError) -> Self {
        LikelihoodError::Ode(error)
    }
}

pub(super) fn positive(name: &'static str, value: f64) -> Result<f64, LikelihoodError> {
    if value > 0.0 && value.is_finite() { Ok(value) } else { Err(LikelihoodError::NotPositive { name, value }) }
}

pub(super) fn at_least(name: &'static str, given: usize, least: usize) -> Result<usize, LikelihoodError> {
    if given >= least { Ok(given) } else { Err(LikelihoodError::TooFew { name, given, least }) }
}

pub(super) fn rising(name: &'static str, low: f64, high: f64) -> Result<(), LikelihoodError> {
    if low < high && low.is_finite() && high.is_finite() {
        return Ok(());
    }
    Err(LikelihoodError::Range { name, low, high })
}

/// A level with data and noise in it, both factors finite.
pub(super) fn mixed(level: Level) -> Result<(), LikelihoodError> {
    let present = |factor: f64| factor > 0.0 && factor.is_finite();
    match (present(level.sigma), present(level.alpha)) {
        (true, true) => Ok(()),
        (false, _) => Err(LikelihoodError::AtData { t: level.t }),
        (true, false) => Err(LikelihoodError::PureNoise { t: level.t }),
    }
}

/// The gate of every answer, one number a row.
pub(super) fn all_finite(values: impl IntoIterator<Item = f64>) -> Result<(), LikelihoodError> {
    match values.into_iter().enumerate().find(|(_, value)| !value.is_finite()) {
        Some((row, value)) => Err(LikelihoodError::NotFinite { row, value }),
        None => Ok(()),
    }
}
