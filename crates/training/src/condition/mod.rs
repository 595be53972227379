//! What the network is told beside time: the class of an example, numbers that belong to it, a picture made from it.
//!
//! Class and vector are dropped together, sample by sample, with probability `condition.dropout`, so that the network learns the
//! unconditional law too and can be guided. A picture beside x is always there.

mod class;
mod conditions;
mod config;
mod degradation;
mod guidance;
mod masks;
mod plan;
mod told;

pub use class::Classes;
pub use conditions::{ConditionDraws, Conditions};
pub use config::{ConditionConfig, PictureName};
pub use degradation::Degradation;
pub(crate) use guidance::Guidance;
pub use masks::unknown_pixels;
pub(crate) use told::Told;
