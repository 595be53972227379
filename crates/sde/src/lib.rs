//! Stochastic calculus in pure Rust, in f64 and f32: every process, solver and law is held against an exact one by a test, and
//! every order is measured.
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
//!
//! | module | what is in it |
//! |---|---|
//! | [`process`] | ready-made SDEs with their exact transitions, and [`Elementwise`](process::Elementwise) for those of your own |
//! | [`solver`] | one-step methods, each with its orders for each kind of noise; adaptive steps on a Brownian path |
//! | [`ode`] | ordinary differential equations, flows, log-densities along them |
//! | [`calculus`] | the generator, Ito's lemma, Dynkin's formula, Fick's reading |
//! | [`reverse`] | the SDE run backward in time, the probability-flow ODE, all noise levels between; Tweedie |
//! | [`langevin`] | sampling from an energy or a score |
//! | [`fokker_planck`] | the equation of the density, solved in one and two dimensions |
//! | [`measure`] | probabilities of whole paths: kernels, actions, Girsanov's weights, importance sampling, the ELBO |
//! | [`ensemble`] | many independent paths on all cores |
//!
//! Time runs as in the equation at hand; where a module speaks of data, t = 0 is data and larger t is noisier.

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
pub use method::{NoiseKind, Order, Solver, solve, solve_checked};
pub use times::Times;
