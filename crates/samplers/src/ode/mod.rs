//! Samplers that follow the probability flow: no noise after the start.

mod ddim;
mod heun;

pub use ddim::Ddim;
pub use heun::Heun;
