//! Every claim of the workspace as an experiment at full size, with report and plots; the program is `ito-verify`.
//!
//! [`experiment`] says how to add one.

mod args;
mod claim;
mod context;
pub mod experiment;
mod experiments;
mod fault;
mod plot;
mod program;
mod report;
mod run;

pub use args::accepts;
pub use claim::{Claim, Relation};
pub use context::Context;
pub use experiment::{Experiment, Findings};
pub use experiments::all;
pub use fault::Fault;
pub use plot::{Curve, Errors, Histogram, Plot};
pub use program::program;
