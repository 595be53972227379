//! One-step methods for SDEs, each with its measured orders.
//!
//! Orders of convergence, as strong / weak. An empty field is not declared: the compiler refuses what does not implement the
//! trait the method asks for ([`Additive`](crate::Additive) for [`Sra1`], [`Commutative`](crate::Commutative) for [`Milstein`],
//! [`PlatenWeak2`] and [`Sriw1`]). A process with additive noise that is `Commutative` too, as all with one noise an entry here
//! are, goes through the latter with at least the orders of diagonal noise.
//!
//! | method | additive | scalar, diagonal | general | reading |
//! |---|---|---|---|---|
//! | [`EulerMaruyama`] | 1 / 1 | 1/2 / 1 | 1/2 / 1 | Ito |
//! | [`Milstein`] | | 1 / 1 | | Ito |
//! | [`PlatenWeak2`] | | 1 / 2 | | Ito |
//! | [`Sra1`] | 3/2 / 2 | | | Ito |
//! | [`Sriw1`] | | 3/2 / 3/2 | | Ito |
//! | [`StochasticHeun`] | 1 / 2 | 1 / 1 | 1/2 / 1 | Stratonovich |
//! | [`NinomiyaNinomiya`] | - / 2 | - / 2 | - / 2 | Stratonovich |
//! | [`ExponentialEuler`], [`DriftImplicitEuler`] | 1 / 1 | 1/2 / 1 | 1/2 / 1 | Ito, stiff linear pull |
//! | [`SquareRootImplicit`] | | 1 / 1 | | Cox-Ingersoll-Ross |
//! | [`Exact`] | - / exact | - / exact | - / exact | where the process knows; on the path too where it says so |
//!
//! With [`adaptive`] they choose their steps by the error.

pub mod adaptive;

mod euler_maruyama;
mod exact;
mod milstein;
mod ninomiya;
mod platen_weak2;
mod semi_linear;
mod square_root_implicit;
mod sra1;
mod sriw1;
mod stochastic_heun;
mod stratonovich;

pub use euler_maruyama::EulerMaruyama;
pub use exact::{Exact, ExactStep};
pub use milstein::Milstein;
pub use ninomiya::NinomiyaNinomiya;
pub use platen_weak2::PlatenWeak2;
pub use semi_linear::{DriftImplicitEuler, ExponentialEuler, SemiLinear};
pub use square_root_implicit::SquareRootImplicit;
pub use sra1::Sra1;
pub use sriw1::Sriw1;
pub use stochastic_heun::StochasticHeun;
pub use stratonovich::{Corrected, Stratonovich, ito_stratonovich_correction};
