//! Networks on libtorch tensors and the denoisers they make.
//!
//! * [`Network`]: what a network is; [`Given`], what it may be told beside time.
//! * [`NetworkConfig`]: the networks that a configuration can name.
//! * [`UNet`], [`UNetConfig`]: pictures of any size to pictures, conditioned on time.
//! * [`UNet2d`], [`UNet2dConfig`]: diffusers' `UNet2DModel`, key for key and name for name.
//! * [`Energy`]: a scalar whose gradient is what the network says, made of any other network.
//! * [`Mlp`], [`MlpConfig`]: points to points, with [`FourierFeatures`] where detail is fine.
//! * [`Preconditioning`]: what stands around a network so that its numbers have unit size.
//! * [`Predictor`]: a network and what it predicts, as a [`Denoiser`](ito_samplers::Denoiser) and, for likelihoods and guidance,
//!   a [`Pullback`](ito_samplers::Pullback). [`Clock`]: the time that the network is told.

mod blocks;
mod checkpointed;
mod class;
mod clock;
mod condition;
mod config;
mod denoiser;
mod energy;
mod fourier;
mod kind;
mod layers;
mod mlp;
mod network;
mod precondition;
mod time;
mod unet;
mod unet2d;

pub use blocks::{Attention, Downsample, Products, ResnetBlock, Upsample};
pub use class::ClassPredictor;
pub use clock::{Clock, at_clock, clock};
pub use condition::ConditionEmbedding;
pub use config::{ConfigError, UNetConfig};
pub use denoiser::Predictor;
pub use energy::Energy;
pub use fourier::FourierFeatures;
pub use kind::NetworkConfig;
pub use layers::{Conv, GroupNorm, Linear, Start};
pub use mlp::{Mlp, MlpConfig};
pub use network::{Dropout, Given, Interface, Network};
pub use precondition::{Coefficients, Preconditioning};
pub use time::{TimeEmbedding, TimeFeatures};
pub use unet::UNet;
pub use unet2d::{
    Activation, ClassEmbedding, DownBlock, MidBlock, Resampling, SampleSize, TimeEmbeddingType, TimeShift, UNet2d,
    UNet2dConfig, UNet2dError, UpBlock, modern_name,
};
