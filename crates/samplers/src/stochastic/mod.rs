//! Samplers that draw noise on the way.

mod ancestral;

pub use ancestral::Ancestral;
