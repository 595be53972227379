use std::error::Error;
use std::fmt;

use crate::Failure;

/// Why data could not be taken back to noise, or two of them not joined.
#[derive(Clone, Debug, PartialEq)]
pub enum InversionError {
    /// The sampler draws noise: its steps have no way back.
    DrawsNoise,
    /// An interpolation has both ends at least.
    Frames {
        /// The number of frames asked for.
        given: usize,
    },
    /// A step failed.
    Step(Failure),
}

impl fmt::Display for InversionError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            InversionError::DrawsNoise => f.write_str(
                "data are taken back to noise by samplers that draw none (such as ddim and heun): this one draws noise",
            ),
            InversionError::Frames { given } => {
                write!(f, "an interpolation has at least 2 frames, its ends, not {given}")
            }
            InversionError::Step(failure) => failure.fmt(f),
        }
    }
}

impl Error for InversionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        if let InversionError::Step(failure) = self { Some(failure) } else { None }
    }
}

impl From<Failure> for InversionError {
    fn from(failure: Failure) -> Self {
        InversionError::Step(failure)
    }
}
