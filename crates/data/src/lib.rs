//! Datasets: decoders to host arrays, and the order in which a training run meets them.
//!
//! A dataset is read whole into memory as bytes ([`Images`]), cut once into a train and a held-out part ([`Split`]) and walked in
//! shuffled epochs ([`Order`]). Cut and order are pure functions of a seed, so a run can go on at any position.
//!
//! ```
//! use ito_data::{Order, Split, mnist};
//!
//! let digits = mnist::bundled()?;
//! let split = Split::new(digits.len(), 0.05, 0)?;
//! let mut order = Order::new(0, split.train.len());
//! let mut picture = vec![0.0; 28 * 28];
//! digits.scaled_into(split.train[order.index(123_456)] as usize, &mut picture);
//! # Ok::<(), ito_data::DataError>(())
//! ```

pub mod idx;
pub mod mnist;
pub mod toy;

mod error;
mod examples;
mod images;
mod order;
mod points;
mod split;
mod standard;

pub use error::DataError;
pub use examples::Examples;
pub use images::Images;
pub use order::Order;
pub use points::{Points, PointsFault};
pub use split::Split;
pub use standard::Standard;
pub use toy::Toy;
