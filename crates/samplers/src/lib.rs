//! Reverse-time samplers over any [`Batch`](ito_state::Batch) and any [`Denoiser`].
//!
//! A sampler is a pure function of the state, the two levels of a step and the noise it is handed. Here the data are
//! normal with mean 1 and deviation 0.5, so the exact denoiser is known, and so is the answer:
//!
//! ```
//! use ito_noise::{SampleNoise, Stream};
//! use ito_samplers::{Denoiser, Heun, sample};
//! use ito_schedules::{Grid, Level, Straight};
//! use ito_state::Noise;
//! use ndarray::Array2;
//!
//! struct Exact; // E[x0 | x] for data N(1, 0.5^2)
//! impl Denoiser<Array2<f64>> for Exact {
//!     fn denoise(&self, x: &Array2<f64>, at: &[Level]) -> Array2<f64> {
//!         let Level { alpha, sigma, .. } = at[0];
//!         x.mapv(|x| 1.0 + alpha * 0.25 / (alpha * alpha * 0.25 + sigma * sigma) * (x - alpha))
//!     }
//! }
//!
//! let mut noise = SampleNoise::consecutive(Stream::new(5, "start"), 0, 1000);
//! let start = noise.normal_like(&Array2::zeros((1000, 1)));
//! let grid = Grid::uniform(&Straight, 1.0, 0.0, 32)?;
//! let x = sample(&Exact, &Straight, &grid, &mut Heun, start, &mut noise, &mut |_, _, _| {})?;
//! assert!((x.mean().unwrap() - 1.0).abs() < 0.1 && (x.std(0.0) - 0.5).abs() < 0.1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod clipped;
mod denoiser;
mod name;
mod ode;
mod recipe;
mod rescaled;
mod sample;
mod sampler;
mod stochastic;

pub mod conditional;
pub mod guidance;
pub mod inversion;
pub mod likelihood;
pub mod particles;

pub use clipped::{Clipped, Clipping, ClippingError};
pub use denoiser::{Counted, Denoiser, Pullback};
pub use name::{Name, UnknownSampler};
pub use ode::{
    Ddim, Deis, DormandPrince, Dpm2, Dpmpp2s, DpmppMultistep, Euler, Heun, Ipndm, Lms, Midpoint, OrderError, Pndm, Rk4,
    UniPc, UniPcVariant,
};
pub use recipe::{Options, Recipe, RecipeError};
pub use rescaled::Rescaled;
pub use sample::sample;
pub use sampler::{Failure, Order, Sampler, Step};
pub use stochastic::{
    Ancestral, AnnealedLangevin, Churn, Corrector, DdimEta, Dpmpp2mSde, Dpmpp3mSde, DpmppSde, EulerMaruyama,
    FixedLangevin, KarrasStochastic, LargeVariance, LearnedRange, NoiseForm, PredictorCorrector, ReverseDiffusion,
    SecondOrder, SnrLangevin, StochasticError, TunableNoise, VarianceRange,
};
