//! How likely a datum is: densities by the flow, bounds, and estimates from the denoising error, each with its error bar. In nats.
//!
//! | what | item | needs |
//! |---|---|---|
//! | log-density by the flow ODE and its divergence | [`FlowDensity`] | [`Pullback`](crate::Pullback) |
//! | pictures with so many levels: dequantisation, scaling, bits per dimension | [`Pixels`], [`LogDensity`] | |
//! | the variational bound of a DDPM chain, term by term | [`ChainBound`] | [`Denoiser`](crate::Denoiser) |
//! | log-density by the integral of the denoising error over the SNR | [`InformationEstimate`] | [`Denoiser`](crate::Denoiser) |
//! | dimension of the data at a point | [`intrinsic_dimension`] | [`Pullback`](crate::Pullback) |
//!
//! The first and the fourth share no formula, so for an exact denoiser their agreement says that both are right.
//!
//! ```
//! use ito_noise::{SampleNoise, Stream};
//! use ito_samplers::likelihood::FlowDensity;
//! use ito_samplers::{Denoiser, Pullback};
//! use ito_schedules::{Level, Path, Straight};
//! use ndarray::{Array2, array};
//!
//! struct Exact; // E[x0 | x] for data N(1, 0.5^2)
//! fn gain(at: &[Level]) -> f64 {
//!     at[0].alpha * 0.25 / (at[0].alpha.powi(2) * 0.25 + at[0].sigma.powi(2))
//! }
//! impl Denoiser<Array2<f64>> for Exact {
//!     fn denoise(&self, x: &Array2<f64>, at: &[Level]) -> Array2<f64> {
//!         x.mapv(|x| 1.0 + gain(at) * (x - at[0].alpha))
//!     }
//! }
//! impl Pullback<Array2<f64>> for Exact {
//!     fn pullback(&self, x: &Array2<f64>, at: &[Level], v: &Array2<f64>) -> (Array2<f64>, Array2<f64>) {
//!         (self.denoise(x, at), v * gain(at))
//!     }
//! }
//!
//! let mut noise = SampleNoise::consecutive(Stream::new(5, "likelihood"), 0, 1);
//! let flow = FlowDensity::new(&Straight, Straight.at(1e-3), Straight.at(1.0))?;
//! let scores = flow.of_data(&Exact, &array![[0.7]], &mut noise)?;
//! let (variance, two_pi) = (0.25_f64, 2.0 * std::f64::consts::PI);
//! let exact = -0.5 * (two_pi * variance).ln() - 0.3 * 0.3 / (2.0 * variance);
//! assert!((scores.items[0].nats - exact).abs() < 1e-4);
//! # Ok::<(), ito_samplers::likelihood::LikelihoodError>(())
//! ```

mod bits;
mod bound;
mod decoder;
mod dimension;
mod divergence;
mod error;
mod flow_density;
mod information;
mod pixels;
mod tracked;

pub use bits::{BitsPerDim, LogDensity};
pub use bound::{BoundTerms, ChainBound, ReverseVariance};
pub use dimension::{Dimension, intrinsic_dimension};
pub use divergence::{Divergence, Probe};
pub use error::LikelihoodError;
pub use flow_density::{FlowDensity, FlowScores};
pub use information::{InformationEstimate, InformationScores};
pub use pixels::Pixels;
