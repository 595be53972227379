//! Stochastic calculus: SDEs, exact transition kernels, reversal in time.
//!
//! An SDE `dX = f(t, X) dt + g(t, X) dW` is a trait over any [`Batch`](ito_state::Batch): its solver never sees `g`, only
//! the product `g dW`, and draws no randomness that it was not handed.
//!
//! ```
//! use ito_noise::{SampleNoise, Stream};
//! use ito_sde::{OrnsteinUhlenbeck, euler_maruyama};
//! use ndarray::Array2;
//!
//! let ou = OrnsteinUhlenbeck::new(1.0, 0.5)?;
//! let mut noise = SampleNoise::consecutive(Stream::new(5, "doc"), 0, 100);
//! let mut x = Array2::<f64>::ones((100, 1));
//! for i in 0..50 {
//!     x = euler_maruyama(&ou, 0.02 * i as f64, 0.02 * (i + 1) as f64, &x, &mut noise);
//! }
//! let exact = ou.transition(1.0)?;
//! assert!((x.mean().unwrap() - exact.decay).abs() < 5.0 * (exact.variance / 100.0).sqrt());
//! # Ok::<(), ito_sde::SdeError>(())
//! ```

mod equation;
mod error;
mod euler_maruyama;
mod ornstein_uhlenbeck;
mod path_diffusion;
mod reversed;

pub use equation::{Additive, Sde};
pub use error::SdeError;
pub use euler_maruyama::euler_maruyama;
pub use ornstein_uhlenbeck::{OrnsteinUhlenbeck, Transition};
pub use path_diffusion::PathDiffusion;
pub use reversed::Reversed;
