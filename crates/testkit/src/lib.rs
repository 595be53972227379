//! Exact laws and order estimators for the tests of the workspace. Not published.
//!
//! The core idea: a [`LinearForm`] is a random vector written as a linear form over independent standard normals, and a
//! `Batch`. On Gaussian data the exact denoiser ([`GaussianData`]) is affine, so any sampler bounded by `Batch` runs on
//! linear forms and returns the exact mean and covariance of its own output: no Monte Carlo, no p-value.
//! What a sampler should have returned is known in closed form too, and [`Slope`] fits the order of the difference.

mod gaussian;
mod gaussian_data;
mod linear_form;
mod slope;
pub mod statistics;

pub use gaussian::Gaussian;
pub use gaussian_data::GaussianData;
pub use linear_form::{Fresh, LinearForm};
pub use slope::Slope;

/// The README's example, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
