//! Samplers that draw noise on the way.

mod ancestral;
mod annealed;
mod ddim_eta;
mod dpmpp_2m_sde;
mod dpmpp_3m_sde;
mod dpmpp_sde;
mod error;
mod euler_maruyama;
mod extrapolation;
mod karras;
mod langevin;
mod large_variance;
mod learned_range;
mod predictor_corrector;
mod reverse_diffusion;
mod transition;
mod tunable;

pub use ancestral::Ancestral;
pub use annealed::AnnealedLangevin;
pub use ddim_eta::DdimEta;
pub use dpmpp_2m_sde::{Dpmpp2mSde, SecondOrder};
pub use dpmpp_3m_sde::Dpmpp3mSde;
pub use dpmpp_sde::DpmppSde;
pub use error::StochasticError;
pub use euler_maruyama::EulerMaruyama;
pub use karras::{Churn, KarrasStochastic};
pub use langevin::{Corrector, FixedLangevin, SnrLangevin};
pub use large_variance::LargeVariance;
pub use learned_range::{LearnedRange, VarianceRange};
pub use predictor_corrector::PredictorCorrector;
pub use reverse_diffusion::ReverseDiffusion;
pub use tunable::{NoiseForm, TunableNoise};
