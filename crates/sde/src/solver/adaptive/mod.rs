//! Steps that are chosen as the path is seen.

mod control;
mod error;
mod pathwise;

pub use control::{Adaptive, Solution};
pub use error::AdaptiveError;
pub use pathwise::Pathwise;
