//! libtorch behind [`Batch`](ito_state::Batch), [`Rows`](ito_state::Rows) and [`Noise`](ito_state::Noise): the only room
//! that knows how tensors are made, stored and moved.
//!
//! * [`State`], [`HostNoise`], [`HostBrownian`]: what a solver moves and what it draws.
//! * [`Weights`], [`Scope`]: named tensors of a network, created from a seed, bound to a network, saved and loaded, or
//!   read from somebody else's file.
//! * [`DeviceChoice`]: `auto`, `cpu`, `cuda`, `cuda:1`.
//! * [`dropout_mask`]: which numbers drop out, the same whenever it is asked again.
//! * [`kernels`]: fused layers for evaluating pictures on a CPU.
//! * [`workers`]: fixed micro-batches over threads.
//! * [`recompute`]: gradient checkpointing.
//! * [`fused_adamw`], [`foreach_lerp`]: libtorch functions that tch lacks, through a small C++ shim.

mod device;
mod dropout;
mod foreign;
pub mod kernels;
mod noise;
mod recompute;
mod safetensors_file;
mod scope;
mod shim;
mod state;
mod weights;
pub mod workers;

pub use device::{DeviceChoice, DeviceError};
pub use dropout::dropout_mask;
pub use noise::{HostBrownian, HostNoise};
pub use recompute::{grad_enabled, recompute};
pub use scope::{Init, Scope};
pub use shim::{AdamWStep, ShimError, changes, foreach_lerp, fused_adamw, keep_freed_memory};
pub use state::{State, rows_like};
pub use weights::{Mismatch, Weights, WeightsError};
