//! Ordinary differential equations `dX/dt = u(t, X)` and their flows, in either direction of time.

mod adaptive;
mod continuity;
mod dormand_prince;
mod error;
mod field;
mod flow;
mod log_density;
mod method;
mod uniqueness;

pub use adaptive::{Adaptive, Solution};
pub use continuity::continuity_residual;
pub use dormand_prince::DormandPrince;
pub use error::OdeError;
pub use field::VectorField;
pub use flow::{Flow, LinearFlow};
pub use log_density::divergence_by_differences;
pub use method::{Euler, Heun, Method, Rk4, solve};
