//! The chains of persistent contrastive divergence.
use crate::TrainError;
use serde::{Deserialize, Serialize};

/// `train.objective = "pcd"`: where the model's own draws come from. Lengths are in deviations of the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChainsConfig {
    /// How many there are; at least a batch.
    pub count: usize,
    /// Share of them that starts again at noise before a step, in [0, 1]: Du and Mordatch's 0.05.
    pub restart: f64,
    /// Langevin moves a step.
    pub moves: usize,
    /// Size h of a move, `y <- y - h grad U + sqrt(2 h) z`. The draws keep a bias of order h.
    pub step: f64,
    /// What the mean square of the energies costs.
    pub alpha: f64,
}

impl Default for ChainsConfig {
    fn default() -> Self {
        ChainsConfig { count: 4096, restart: 0.05, moves: 20, step: 0.01, alpha: 0.01 }
    }
}

impl ChainsConfig {
    /// Proves the numbers.
    ///
    /// # Errors
    /// [`TrainError::Config`] with the key, its value and the range it must lie in.
    pub(crate) fn check(&self, batch: usize) -> Result<(), TrainError> {
        let ChainsConfig { count, restart, moves, step, alpha } = *self;
        let checks = [
            ((batch..=1 << 20).contains(&count), "count", count as f64, "from train.batch to 1048576"),
            ((0.0..=1.0).contains(&restart), "restart", restart, "in [0, 1]"),
            ((1..=10_000).contains(&moves), "moves", moves as f64, "from 1 to 10000"),
            (step > 0.0 && step <= 1.0, "step", step, "above 0, at most 1"),
            ((0.0..=1e3).contains(&alpha), "alpha", alpha, "from 0 to 1000"),
        ];
        match checks.into_iter().find(|(holds, ..)| !holds) {
            Some((_, key, value, range)) => Err(TrainError::Config(format!("chains.{key} = {value} must be {range}"))),
            None => Ok(()),
        }
    }
}
