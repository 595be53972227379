//! Laws of whole paths: transition kernels, actions, changes of measure, and estimates with error bars from their weights.
//!
//! | what | item |
//! |---|---|
//! | the kernel `N(x + f h, g^2 h)` of a step | [`IsotropicKernel`], [`DiagonalKernel`] |
//! | kernels on a grid: Chapman-Kolmogorov, stationary law | [`GridKernel`] |
//! | log-probability of a path | [`log_probability`], [`onsager_machlup_ito`], [`onsager_machlup_stratonovich`] |
//! | weights between two drifts | [`Girsanov`], [`Steered`] |
//! | weights of a potential along a path | [`feynman_kac`] |
//! | weights from one density to another | [`Ladder`] |
//! | estimates from weights | [`Estimate`] |
//! | the bound of a Markov chain's likelihood | [`NoisingChain`] |
//!
//! A rare event: paths are steered to it, and weights say what they count for.
//!
//! ```
//! use ito_noise::{SampleNoise, Stream};
//! use ito_sde::{Times, process::OrnsteinUhlenbeck};
//! use ito_sde::measure::{Estimate, Girsanov, Steered};
//! use ito_state::Rows;
//! use ndarray::Array2;
//!
//! let brownian = OrnsteinUhlenbeck::new(0.0, 1.0)?;
//! let steered = Steered { sde: brownian, control: |_, x: &Array2<f64>| x.fill_like(4.0) };
//! let mut noise = SampleNoise::consecutive(Stream::new(5, "doc"), 0, 2000);
//! let start = Array2::zeros((2000, 1));
//! let (end, weights) = Girsanov::new(&steered, &brownian).walk(&Times::uniform(0.0, 1.0, 8)?, start, &mut noise)?;
//! let above: Vec<f64> = end.iter().map(|x| if *x > 4.0 { 1.0 } else { 0.0 }).collect();
//! let chance = Estimate::plain(&weights, &above)?;
//! assert!((chance.value - 3.167e-5).abs() < 4.0 * chance.error && chance.error < 2e-6);
//! # Ok::<(), ito_sde::measure::MeasureError>(())
//! ```

mod elbo;
mod error;
mod estimate;
mod feynman_kac;
mod girsanov;
mod grid;
mod kernel;
mod ladder;
mod onsager_machlup;
mod path;

pub use elbo::NoisingChain;
pub use error::MeasureError;
pub use estimate::Estimate;
pub use feynman_kac::feynman_kac;
pub use girsanov::{Girsanov, Steered};
pub use grid::GridKernel;
pub use kernel::{DiagonalKernel, IsotropicKernel, Kernel, normal_log_density};
pub use ladder::Ladder;
pub use onsager_machlup::{onsager_machlup_ito, onsager_machlup_stratonovich};
pub use path::{draw_path, log_probability};
