use std::error::Error;
use std::fmt;

/// What an ensemble refuses, with the numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EnsembleError {
    /// There are no paths to run.
    NoPaths,
    /// No snapshot is asked for.
    NoSnapshots,
    /// A snapshot is asked for at a step that the time grid does not have.
    SnapshotOutOfRange {
        /// The step asked for.
        step: usize,
        /// The last one.
        last: usize,
    },
    /// A coordinate of the start is NaN or infinite.
    StartNotFinite {
        /// Which coordinate.
        coordinate: usize,
        /// What was given.
        value: f64,
    },
    /// The covariance of the start is not symmetric or has a negative direction.
    NotACovariance {
        /// The row at which this shows.
        row: usize,
        /// The entry, or the negative variance that is left.
        value: f64,
    },
    /// The edges of a histogram do not rise strictly, are not finite, or are fewer than two.
    Edges {
        /// How many there are.
        count: usize,
        /// The first that is wrong.
        index: usize,
        /// It; NaN if there are fewer than two.
        value: f64,
    },
    /// A quantile outside [0, 1].
    Quantile {
        /// What was asked for.
        value: f64,
    },
}

impl fmt::Display for EnsembleError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            EnsembleError::NoPaths => write!(f, "an ensemble needs at least one path"),
            EnsembleError::NoSnapshots => write!(f, "an ensemble needs at least one snapshot"),
            EnsembleError::SnapshotOutOfRange { step, last } => {
                write!(f, "a snapshot after step {step}, but the last step is {last}")
            }
            EnsembleError::StartNotFinite { coordinate, value } => {
                write!(f, "coordinate {coordinate} of the start must be a finite number, not {value}")
            }
            EnsembleError::NotACovariance { row, value } => {
                write!(f, "the covariance of the start is not symmetric and non-negative: row {row} has {value}")
            }
            EnsembleError::Edges { count, index, value } => write!(
                f,
                "a histogram needs at least two finite edges that rise strictly: number {index} of {count} is {value}"
            ),
            EnsembleError::Quantile { value } => write!(f, "a quantile must lie between 0 and 1, not {value}"),
        }
    }
}

impl Error for EnsembleError {}
