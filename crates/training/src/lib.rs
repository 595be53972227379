//! Training: the objective, the optimiser, the averaged weights, the loop, runs on disk, and drawing from them.
//!
//! * [`Config`]: the tables of `config.toml`. [`RunFolder`]: a run on disk.
//! * [`Trainer`]: a run in memory; [`train`]: the loop. [`Checkpoint`]: what it leaves.
//! * [`generate`]: pictures from weights. [`between`]: from one picture to another.
//! * [`score_matching`]: objectives beside the regression.
//! * [`score`]: how likely pictures are.

mod between;
mod checkpoint;
pub mod condition;
pub mod config;
mod error;
mod files;
mod generate;
mod levels;
mod model;
mod objective;
mod optimiser;
mod part;
mod paths;
pub mod pretrained;
mod run;
mod score;
pub mod score_matching;
mod session;
mod trainer;

pub use between::between;
pub use checkpoint::Checkpoint;
pub use config::Config;
pub use error::TrainError;
pub use generate::{Drawn, Plan, generate};
pub use objective::{Draws, Objective, Task};
pub use optimiser::{AdamW, clip_norm, follow, learning_rate};
pub use paths::{BetaName, Betas, PathConfig, PathName};
pub use run::{Line, Metrics, RunFolder};
pub use score::{Score, Scoring, score};
pub use session::{Event, Outcome, train};
pub use trainer::{Report, Trainer};
