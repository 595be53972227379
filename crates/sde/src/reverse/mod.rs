//! Running a diffusion backward in time.

mod reversed;

pub use reversed::Reversed;
