//! Sampling from a density `e^{-E}/Z` whose normaliser never appears: Langevin processes, chains and integrators.
//!
//! | what | item | leaves `e^{-E}` |
//! |---|---|---|
//! | overdamped Langevin SDE, any solver | [`Overdamped`] | in law, as the step vanishes |
//! | unadjusted Langevin (ULA) | [`Unadjusted`] | with a bias of order `h` |
//! | Metropolis-adjusted Langevin (MALA) | [`Metropolis`] | exactly |
//! | annealed Langevin | [`Annealing`] | of each noise level in turn, with the bias of ULA |
//! | underdamped Langevin SDE | [`Underdamped`] | in law, as the step vanishes |
//! | BAOAB | [`Baoab`] | with a bias of order `h^2`; none in the positions of a harmonic well |
//! | strong order 3 | [`Quicsort`] | with a bias of order `h^3` |
//!
//! ```
//! use ito_noise::{SampleNoise, Stream};
//! use ito_sde::langevin::{DoubleWell, Metropolis};
//! use ndarray::Array2;
//!
//! let mut noise = SampleNoise::consecutive(Stream::new(5, "doc"), 0, 500);
//! let chain = Metropolis::new(DoubleWell::new(1.0, 1.0)?, 0.1)?;
//! let mut walkers = chain.start(Array2::<f64>::zeros((500, 1)))?;
//! let acceptance = chain.run(&mut walkers, 200, &mut noise);
//! let square = walkers.position().mapv(|x| x * x).mean().unwrap();
//! assert!(acceptance > 0.8 && (square - 0.833).abs() < 0.15); // by quadrature 0.8327
//! # Ok::<(), ito_sde::SdeError>(())
//! ```

mod annealed;
mod baoab;
mod energy;
mod harmonic_motion;
mod metropolis;
mod mixture;
mod overdamped;
mod potentials;
mod quicsort;
mod unadjusted;
mod underdamped;

pub use annealed::Annealing;
pub use baoab::Baoab;
pub(crate) use energy::row_length;
pub use energy::{Curvature, Energy, FromScore, Potential, Scaled, Sum};
pub use harmonic_motion::PhaseTransition;
pub use metropolis::{Metropolis, Moved, Walkers};
pub use mixture::{Mixture, RowMixture};
pub use overdamped::Overdamped;
pub use potentials::{DoubleWell, Harmonic, Quadratic};
pub use quicsort::Quicsort;
pub use unadjusted::Unadjusted;
pub use underdamped::Underdamped;
