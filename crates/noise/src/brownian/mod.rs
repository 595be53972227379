//! Brownian motion as a function of time.

mod bridge;
mod error;
#[cfg(test)]
mod exact_law;
mod motion;
mod path;
mod place;
mod tree;

pub use bridge::BrownianBridge;
pub use error::BrownianError;
pub use path::BrownianPath;
