//! What a solver may know of the thing it moves.
//!
//! Sampler arithmetic is a linear combination of states with host f64 coefficients, so a solver asks almost nothing of
//! an array library: [`Batch`] is all that an exact law needs, [`Rows`] adds what is not linear, [`Noise`] is where
//! randomness comes from, [`Pointwise`] walks the entries of host arrays, [`Clamp`] cuts them off, [`Phase`] pairs positions with velocities.
//! Implemented here for ndarray's `Array<f64, D>` and `Array<f32, D>`, axis 0 the batch, and for [`Tile`], a batch that fits the cache.
//!
//! ```
//! use ito_noise::{SampleNoise, Stream};
//! use ito_state::{Batch, Noise};
//! use ndarray::{Array2, array};
//!
//! let x = array![[1.0, 2.0], [3.0, 4.0]];
//! let mut noise = SampleNoise::consecutive(Stream::new(5, "doc"), 0, 2);
//! let z: Array2<f64> = noise.normal_like(&x);
//! let moved = Array2::lincomb(&[(0.5, &x), (0.1, &z)]);
//! assert_eq!(moved[[0, 0]], 0.5 * x[[0, 0]] + 0.1 * z[[0, 0]]);
//! ```

mod array;
mod batch;
mod brownian;
mod clamp;
mod noise;
mod phase;
mod tile;
mod tile_noise;

pub use array::Real;
pub use batch::{Batch, Pointwise, Rows};
pub use brownian::Consistent;
pub use clamp::{Clamp, quantile_at};
pub use noise::Noise;
pub use phase::Phase;
pub use tile::Tile;
pub use tile_noise::TileNoise;
