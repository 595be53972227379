//! Ito's calculus: the generator, Ito's lemma, Dynkin's formula, the readings of a state-dependent diffusion.

pub(crate) mod differences;

mod dynkin;
mod fick;
mod generator;
mod image;

pub use dynkin::Dynkin;
pub use fick::{Fick, FickInIto};
pub use generator::{generator, generator_by_differences};
pub use image::{Change, Image, Logarithm};
