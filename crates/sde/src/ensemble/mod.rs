//! Many independent paths on all cores.
//!
//! Paths run in tiles that stay in the cache for all their steps, tiles in fixed blocks spread over the current rayon pool,
//! and statistics are taken on the way: memory does not grow with the steps. Path `k` is sample `k` of the stream, alone or among
//! a million; every figure has the same bits on any number of threads.
//!
//! ```
//! use ito_noise::Stream;
//! use ito_sde::ensemble::{Ensemble, Start};
//! use ito_sde::{Times, process::OrnsteinUhlenbeck, solver::EulerMaruyama};
//!
//! let ou = OrnsteinUhlenbeck::new(1.0, 0.5)?;
//! let times = Times::uniform(0.0, 1.0, 100)?;
//! let report = Ensemble::new(&ou, EulerMaruyama, &times, Stream::new(5, "paths"))
//!     .paths(10_000)
//!     .snapshots(&[50, 100])
//!     .quantiles(&[0.05, 0.5, 0.95])
//!     .run(Start::Point([1.0_f32]))?;
//! let exact = ou.transition(1.0)?;
//! assert!((report.end().mean[0] - exact.decay).abs() < 5.0 * (exact.variance / 10_000.0).sqrt() + 0.01);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod paths;
mod report;
mod start;
mod tally;

pub use error::EnsembleError;
pub use paths::Ensemble;
pub use report::{Histogram, Report, Snapshot};
pub use start::{NormalLaw, Start};
