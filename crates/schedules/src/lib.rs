//! Gaussian paths, time grids and prediction algebra in plain f64, without a dependency.
//!
//! A path mixes data with noise, `x = alpha(t) x0 + sigma(t) eps`. Everywhere in Ito `t = 0` is data and larger `t` is
//! noisier; papers that run the other way are converted at the border. The log-SNR is `lambda = ln(alpha^2 / sigma^2)`,
//! twice the lambda of the DPM-Solver papers.
//!
//! ```
//! use ito_schedules::{Grid, Path, Straight};
//! let grid = Grid::uniform(&Straight, 1.0, 0.0, 4)?;
//! assert_eq!(grid.levels()[1], Straight.at(0.75));
//! # Ok::<(), ito_schedules::GridError>(())
//! ```

mod error;
mod grid;
mod level;
mod path;
mod prediction;
mod straight;
mod vp_cosine;
mod vp_linear;

pub use error::{GridError, ScheduleError};
pub use grid::{Grid, LastStep};
pub use level::{Level, Rate};
pub use path::Path;
pub use prediction::{Prediction, Singular, UnknownPrediction};
pub use straight::Straight;
pub use vp_cosine::VpCosine;
pub use vp_linear::VpLinear;
