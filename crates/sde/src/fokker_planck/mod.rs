//! The equation of the density, `d_t p = -div(b p) + sum d_ii(D_i p) + s`, on an interval and on a rectangle.
//!
//! [`Equation1`] and [`Equation2`] hold coefficients, grid, sides and source; [`Density1`] and [`Density2`] are averages
//! over cells.
//!
//! | question | answer |
//! |---|---|
//! | the density at a later time | [`Equation1::evolve`] by a [`Scheme`], with a [`Balance`] of its mass |
//! | the density at rest | [`Equation1::stationary`], without time steps |
//! | `E[f(X_T)]` given `X_t = x`, for all `x` | [`Equation1::expectation`], Kolmogorov's backward equation |
//! | the discrete `L*` and `L` | [`Generator1::forward`], [`Generator1::backward`], transposes of each other |
//! | does a density or a score fulfil the equation | [`Equation1::residual`], [`ScoreEquation::residual`] |
//!
//! **Why nothing goes negative.** The fluxes make mass hop between neighbour cells at rates that are never negative, so
//! the generator `A` has no negative entry off its diagonal, and every column sums to minus the rate of leaving. Then
//! `I + A/q` has no negative entry for `q` the fastest rate or above, nor has `exp(h A)`, a sum of its powers with
//! positive weights; `I - h A` is an M-matrix, whose inverse has none; `I + h/2 A`, the explicit half of Crank-Nicolson,
//! has none as long as `h` is at most 2 over the fastest rate. Masses are never subtracted in any of the three, so it
//! holds in floating point too.
//! No rational method above order 1 is positive at every step (Bolley & Crouzeix 1978): order 2 costs the exponential.

mod chain;
mod density;
mod density2;
mod equation;
mod equation2;
mod error;
mod evolve;
mod exponential;
mod flux;
mod generator;
mod generator2;
mod grid;
mod residual;
mod stationary;
mod stationary2;
mod sum;

pub use density::Density1;
pub use density2::{Density2, Grid2};
pub use equation::Equation1;
pub use equation2::Equation2;
pub use error::FokkerPlanckError;
pub use evolve::{Balance, Run, Scheme};
pub use generator::Generator1;
pub use generator2::Generator2;
pub use grid::{Edges, Grid1, Side};
pub use residual::{Residual, ScoreEquation};
