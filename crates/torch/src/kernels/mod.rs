//! Kernels of our own for evaluating networks of pictures on a CPU, where no gradient is wanted.
//!
//! libtorch's convolutions reach about half of what a core can do for the 32 to 128 channels of a small U-Net, and every normalisation,
//! activation, sum and copy around them goes through memory once more. Here one call does all of a layer, one sample after the
//! other: no row knows of another, so its bits depend neither on the batch nor on the number of threads, and each call runs on the
//! thread that makes it. Pictures are ordinary f32 tensors `[B, C, H, W]`.
//!
//! The C++ is compiled once for each [`Level`]; which one runs is found out at run time.

mod attention;
mod calls;
mod convolution;
mod level;
mod pack;
mod scratch;

pub use attention::attention;
pub use convolution::{After, Before, Convolution, Norm};
pub use level::Level;
pub use pack::{Products, Reach};
