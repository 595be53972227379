//! Models in the folders of diffusers: a `UNet2DModel` and, in a pipeline, the scheduler that says what it was trained on.
//!
//! [`Pretrained`] reads one, as an ordinary [`Config`](crate::Config) and weights; [`export`] writes one that Python's
//! `UNet2DModel.from_pretrained` and `DDPMPipeline.from_pretrained` load; [`Scheduler`] is a `scheduler_config.json`.

mod export;
mod folder;
mod keys;
mod scheduler;
mod written;

pub use export::{Layout, export};
pub use folder::Pretrained;
pub use scheduler::Scheduler;
