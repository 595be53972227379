//! Objectives for energies and scores beside the regression.
//!
//! Denoising score matching through an energy is the ordinary regression: the network says a gradient, so its loss goes backwards
//! through one. [`sliced`] score matching and [`contrast`]ive divergence with persistent [`Chains`] are here.

mod at_data;
mod chains;
mod contrast_task;
mod contrastive;
mod sliced;
mod sliced_task;
mod walk;

pub use chains::Chains;
pub(crate) use contrast_task::{AT_DATA, ContrastTask, not_an_energy};
pub use contrastive::{contrast, negatives};
pub use sliced::{sliced, sliced_with_variance_reduced};
pub(crate) use walk::Walk;
