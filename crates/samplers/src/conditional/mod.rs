//! Sampling given a part of the data: inpainting, and linear measurements with Gaussian noise.

mod conjugate_gradients;
mod error;
mod measurement;
mod posterior;
mod repaint;

pub use error::ConditionalError;
pub use measurement::{Linear, Mask, Measurement};
pub use posterior::{Posterior, Spread};
pub use repaint::Repaint;
