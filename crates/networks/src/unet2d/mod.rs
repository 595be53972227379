//! diffusers' `UNet2DModel`: its configuration, its names, its numbers.

mod attention;
mod check;
mod config;
mod down;
mod embedding;
mod error;
mod fast;
mod fast_attention;
mod fitting;
#[cfg(test)]
mod gradients;
mod layers;
mod model;
mod modern;
mod names;
mod plan;
mod resample;
mod resnet;
mod serial;
mod step;
mod up;

pub use config::{SampleSize, UNet2dConfig};
pub use error::UNet2dError;
pub use model::UNet2d;
pub use modern::modern_name;
pub use names::{Activation, ClassEmbedding, DownBlock, MidBlock, Resampling, TimeEmbeddingType, TimeShift, UpBlock};
