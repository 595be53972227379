//! Exact laws and order estimators for the tests of the workspace. Not published.
//!
//! The core idea: a [`LinearForm`] is a random vector written as a linear form over independent standard normals, and a
//! `Batch`. On Gaussian data the exact denoiser ([`GaussianData`]) is affine, so any sampler bounded by `Batch` runs on
//! linear forms and returns the exact mean and covariance of its own output: no Monte Carlo, no p-value.
//! What a sampler should have returned is known in closed form too, and [`Slope`] fits the order of the difference.

mod backward;
mod gaussian;
mod gaussian_data;
mod largest;
mod linear_form;
mod mesh;
mod mixture;
mod mixture_nd;
mod normal;
mod slope;
pub mod statistics;
mod strong;
mod weak;

pub use backward::backward;
pub use gaussian::Gaussian;
pub use gaussian_data::GaussianData;
pub use largest::largest;
pub use linear_form::{Fresh, LinearForm};
pub use mesh::Mesh;
pub use mixture::Mixture;
pub use mixture_nd::MixtureNd;
pub use normal::{integrate, normal_cdf, normal_density};
pub use slope::Slope;
pub use strong::{Cells, root_mean_square};
pub use weak::{Circle, Nodes, gauss_hermite};

/// The README's example, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
