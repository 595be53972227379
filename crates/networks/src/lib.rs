//! Networks on libtorch tensors and the denoisers they make.
//!
//! * [`Network`]: what a network is; [`Given`], what it may be told beside time.
//! * [`NetworkConfig`]: the networks that a configuration can name.
//! * [`UNet`], [`UNetConfig`]: pictures of any size to pictures, conditioned on time.
//! * [`Preconditioning`]: what stands around a network so that its numbers have unit size.
//! * [`Predictor`]: a network and what it predicts, as a [`Denoiser`](ito_samplers::Denoiser) and, for likelihoods and guidance,
//!   a [`Pullback`](ito_samplers::Pullback). [`Clock`]: the time that the network is told.

mod blocks;
mod clock;
mod config;
mod denoiser;
mod kind;
mod layers;
mod network;
mod precondition;
mod time;
mod unet;

pub use blocks::{Attention, Downsample, ResnetBlock, Upsample};
pub use clock::{Clock, at_clock, clock};
pub use config::{ConfigError, UNetConfig};
pub use denoiser::Predictor;
pub use kind::NetworkConfig;
pub use layers::{Conv, GroupNorm, Linear, Start};
pub use network::{Dropout, Given, Interface, Network};
pub use precondition::{Coefficients, Preconditioning};
pub use time::{TimeEmbedding, TimeFeatures};
pub use unet::UNet;
