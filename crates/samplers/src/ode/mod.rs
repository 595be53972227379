//! Samplers that follow the probability flow: no noise after the start.

mod ddim;
mod deis;
mod dormand_prince;
mod dpm2;
mod dpm_solver_2s;
mod dpm_solver_multistep;
mod euler;
mod heun;
pub(crate) mod history;
mod ipndm;
mod lms;
mod midpoint;
mod noise_history;
mod order;
mod pndm;
mod rk4;
mod unipc;
pub(crate) mod weights;

pub use ddim::Ddim;
pub use deis::Deis;
pub use dormand_prince::DormandPrince;
pub use dpm_solver_2s::Dpmpp2s;
pub use dpm_solver_multistep::DpmppMultistep;
pub use dpm2::Dpm2;
pub use euler::Euler;
pub use heun::Heun;
pub use ipndm::Ipndm;
pub use lms::Lms;
pub use midpoint::Midpoint;
pub use order::OrderError;
pub use pndm::Pndm;
pub use rk4::Rk4;
pub use unipc::{UniPc, UniPcVariant};
