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

mod beta_table;
mod edm;
mod error;
mod grid;
mod grid_spacing;
mod grid_table;
mod level;
mod path;
mod polynomial;
mod prediction;
mod prediction_error;
mod prior;
mod rescaling;
mod root;
mod shifted_straight;
mod straight;
mod sub_vp;
mod table_path;
mod trigonometric;
mod ve;
mod vp_cosine;
mod vp_linear;
mod vp_log_linear;
mod vp_scaled_linear;
mod vp_sigmoid;
mod vp_sigmoid_beta;
mod weight;

pub use beta_table::BetaTable;
pub use edm::Edm;
pub use error::{GridError, ScheduleError};
pub use grid::{Grid, LastStep};
pub use grid_table::Spacing;
pub use level::{Level, Rate};
pub use path::Path;
pub use polynomial::Polynomial;
pub use prediction::Prediction;
pub use prediction_error::{Singular, UnknownPrediction};
pub use prior::prior_mismatch;
pub use rescaling::{OutOfRange, Rescaling};
pub use shifted_straight::ShiftedStraight;
pub use straight::Straight;
pub use sub_vp::SubVp;
pub use trigonometric::Trigonometric;
pub use ve::Ve;
pub use vp_cosine::VpCosine;
pub use vp_linear::VpLinear;
pub use vp_log_linear::VpLogLinear;
pub use vp_scaled_linear::VpScaledLinear;
pub use vp_sigmoid::VpSigmoid;
pub use vp_sigmoid_beta::VpSigmoidBeta;
pub use weight::Weight;
