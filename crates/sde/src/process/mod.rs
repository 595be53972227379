//! Ready-made SDEs, with their exact transition laws where they exist.

mod ornstein_uhlenbeck;
mod path_diffusion;

pub use ornstein_uhlenbeck::{OrnsteinUhlenbeck, Transition};
pub use path_diffusion::PathDiffusion;
