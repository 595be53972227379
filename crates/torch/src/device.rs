//! Where to compute: what the user asked for and what the machine has.
use crate::shim::load_library;
use std::str::FromStr;
use tch::{Cuda, Device};

/// What the user asked for: `auto`, `cpu`, `cuda` or `cuda:k`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The first CUDA device where there is one, else the CPU.
    Auto,
    /// The CPU.
    Cpu,
    /// CUDA device k, counted from 0.
    Cuda(usize),
}

/// The device asked for is not to be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// The words are no device.
    #[error("`{0}` is no device: give auto, cpu, cuda or cuda:K (K = 0, 1, ..)")]
    Unknown(String),
    /// This libtorch has no CUDA, or the machine has no usable GPU.
    #[error(
        "no CUDA device here ({0}): use --device cpu, or set LIBTORCH to a libtorch with CUDA on a machine with a GPU"
    )]
    NoCuda(String),
    /// Fewer GPUs than that.
    #[error("there is no cuda:{asked}: this machine has {found} CUDA device(s), counted from 0")]
    TooFew {
        /// The index asked for.
        asked: usize,
        /// How many there are.
        found: usize,
    },
}

impl FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        match (text, text.strip_prefix("cuda:").map(str::parse)) {
            ("auto", _) => Ok(DeviceChoice::Auto),
            ("cpu", _) => Ok(DeviceChoice::Cpu),
            ("cuda", _) => Ok(DeviceChoice::Cuda(0)),
            (_, Some(Ok(k))) => Ok(DeviceChoice::Cuda(k)),
            _ => Err(DeviceError::Unknown(text.to_owned())),
        }
    }
}

impl std::fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DeviceChoice::Auto => f.write_str("auto"),
            DeviceChoice::Cpu => f.write_str("cpu"),
            DeviceChoice::Cuda(k) => write!(f, "cuda:{k}"),
        }
    }
}

impl DeviceChoice {
    /// The device itself. Loads libtorch's CUDA library first, since libtorch asks for it only once.
    ///
    /// # Errors
    /// [`DeviceError`] where CUDA was asked for and cannot be had; `auto` then means the CPU.
    pub fn resolve(self) -> Result<Device, DeviceError> {
        match self {
            DeviceChoice::Cpu => Ok(Device::Cpu),
            DeviceChoice::Auto => Ok(cuda(0).unwrap_or(Device::Cpu)),
            DeviceChoice::Cuda(k) => cuda(k),
        }
    }
}

fn cuda(asked: usize) -> Result<Device, DeviceError> {
    load_library(c"libtorch_cuda.so").map_err(|said| DeviceError::NoCuda(said.0))?;
    if !Cuda::is_available() {
        return Err(DeviceError::NoCuda("libtorch finds no usable GPU or driver".to_owned()));
    }
    match Cuda::device_count() as usize {
        found if asked < found => Ok(Device::Cuda(asked)),
        found => Err(DeviceError::TooFew { asked, found }),
    }
}
