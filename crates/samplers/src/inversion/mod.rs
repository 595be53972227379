//! From data back to noise, and interpolation through it.

mod error;
mod interpolate;
mod invert;
mod slerp;

pub use error::InversionError;
pub use interpolate::interpolate;
pub use invert::invert;
pub use slerp::slerp;
