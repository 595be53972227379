//! Stochastic calculus: SDEs, exact transition kernels, reversal in time.
//!
//! An SDE `dX = f(t, X) dt + g(t, X) dW` is a trait over any [`Batch`](ito_state::Batch): its solver never sees `g`, only
//! the product `g dW`, and draws no randomness that it was not handed.
//!
//! ```
//! use ito_noise::{SampleNoise, Stream};
//! use ito_sde::{Times, process::OrnsteinUhlenbeck, solve, solver::EulerMaruyama};
//! use ndarray::Array2;
//!
//! let ou = OrnsteinUhlenbeck::new(1.0, 0.5)?;
//! let mut noise = SampleNoise::consecutive(Stream::new(5, "doc"), 0, 100);
//! let x = solve(&EulerMaruyama, &ou, &Times::uniform(0.0, 1.0, 50)?, Array2::<f64>::ones((100, 1)), &mut noise);
//! let exact = ou.transition(1.0)?;
//! assert!((x.mean().unwrap() - exact.decay).abs() < 5.0 * (exact.variance / 100.0).sqrt());
//! # Ok::<(), ito_sde::SdeError>(())
//! ```

mod equation;
mod error;
mod method;
mod times;

pub mod calculus;
pub mod ensemble;
pub mod fokker_planck;
pub mod langevin;
pub mod measure;
pub mod ode;
pub mod process;
pub mod reverse;
pub mod solver;

pub use equation::{Additive, Commutative, Diagonal, Isotropic, ScalarNoise, Sde};
pub use error::SdeError;
pub use method::{NoiseKind, Order, Solver, solve};
pub use times::Times;
