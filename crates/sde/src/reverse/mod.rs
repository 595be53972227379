//! Running a diffusion backward in time, and what a score says of the data.

mod forward;
mod probability_flow;
mod reversed;
mod score_matching;
mod tweedie;

pub use forward::{ByEntry, ByRate, Reversible};
pub use probability_flow::ProbabilityFlow;
pub use reversed::{Reversed, ReversedSde};
pub use score_matching::{denoising_loss, explicit_loss, sliced_loss};
pub use tweedie::Tweedie;
