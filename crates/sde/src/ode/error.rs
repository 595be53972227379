use std::error::Error;
use std::fmt;

use crate::SdeError;

/// Why an ODE was not solved, and where. `row` is the row of the batch that was worst.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OdeError {
    /// What was asked for makes no sense.
    Refused(SdeError),
    /// As many steps as allowed, accepted and rejected together, and still not there.
    MaxSteps {
        /// The steps allowed.
        limit: usize,
        /// The time reached.
        t: f64,
    },
    /// The tolerance asks for a step that hardly moves the time: a singularity, or a tolerance below rounding.
    StepTooSmall {
        /// The time reached.
        t: f64,
        /// The step that is too small, signed.
        step: f64,
        /// The error of the step before it as a multiple of the tolerance.
        error: f64,
        /// The row.
        row: usize,
    },
    /// The state or its velocity is NaN or infinite.
    NotFinite {
        /// The time reached with finite numbers, or the start.
        t: f64,
        /// The row.
        row: usize,
    },
    /// The field is not Lipschitz here, so more than one solution may pass through this point.
    NotUnique {
        /// The time.
        t: f64,
        /// The mean of the row's entries: the point itself in one dimension.
        x: f64,
        /// The one-sided Lipschitz quotient at the smallest scale, per unit of time; it grows without bound.
        lipschitz: f64,
        /// The row.
        row: usize,
    },
}

impl fmt::Display for OdeError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            OdeError::Refused(error) => error.fmt(f),
            OdeError::MaxSteps { limit, t } => write!(f, "{limit} steps were not enough: they reach t = {t}"),
            OdeError::StepTooSmall { t, step, error, row } => write!(
                f,
                "at t = {t} the steps have shrunk to {step:.1e}, too small to move on; the last error, of row {row}, was \
                 {error:.1e} times the tolerance"
            ),
            OdeError::NotFinite { t, row } => {
                write!(f, "row {row} or its velocity is not a finite number after t = {t}")
            }
            OdeError::NotUnique { t, x, lipschitz, row } => write!(
                f,
                "the solution through x = {x} at t = {t} (row {row}) need not be unique: the field's Lipschitz quotient there \
                 is {lipschitz:.1e} and grows without bound"
            ),
        }
    }
}

impl Error for OdeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        if let OdeError::Refused(error) = self { Some(error) } else { None }
    }
}

impl From<SdeError> for OdeError {
    fn from(error: SdeError) -> Self {
        OdeError::Refused(error)
    }
}
