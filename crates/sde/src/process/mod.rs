//! Ready-made SDEs, with their exact transition laws where they exist.

mod bistable;
mod brownian_with_drift;
mod chi_square;
mod cox_ingersoll_ross;
mod elementwise;
mod geometric_brownian_motion;
mod kubo_oscillator;
mod linear_pull;
mod ornstein_uhlenbeck;
mod path_diffusion;
mod poisson;
mod score_diffusions;
mod sinh_diffusion;
mod transition;

pub use bistable::Bistable;
pub use brownian_with_drift::BrownianWithDrift;
pub use chi_square::NoncentralChiSquare;
pub use cox_ingersoll_ross::{CoxIngersollRoss, SquareRootTransition};
pub use elementwise::Elementwise;
pub use geometric_brownian_motion::GeometricBrownianMotion;
pub use kubo_oscillator::KuboOscillator;
pub use linear_pull::LinearPull;
pub use ornstein_uhlenbeck::OrnsteinUhlenbeck;
pub use path_diffusion::PathDiffusion;
pub use score_diffusions::{SubVariancePreserving, VarianceExploding, VariancePreserving};
pub use sinh_diffusion::SinhDiffusion;
pub use transition::Transition;
