//! One-step methods for SDEs, each with its measured orders.

mod euler_maruyama;

pub use euler_maruyama::EulerMaruyama;
