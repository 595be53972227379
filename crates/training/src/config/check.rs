//! The proofs of a configuration that no type gives.
use crate::TrainError;
use crate::condition::{ConditionConfig, Conditions};
use crate::config::{Config, ObjectiveName, TrainConfig};
use crate::score_matching::{Walk, not_an_energy};
use ito_networks::NetworkConfig;

impl Config {
    /// Proves the values that no type proves.
    ///
    /// # Errors
    /// [`TrainError::Config`] with the key, its value and the range it must lie in.
    pub fn check(&self) -> Result<(), TrainError> {
        let TrainConfig { batch, micro_batch, lr, beta1, beta2, ema, minutes, clip, weight_decay, .. } = self.train;
        let limit = self.train.non_finite_limit;
        let positive = |x: f64| x > 0.0 && x.is_finite();
        let checks = [
            ((0.0..=0.5).contains(&self.data.held_out), "data.held_out", self.data.held_out, "in [0, 0.5]"),
            ((1..=65_536).contains(&batch), "train.batch", batch as f64, "from 1 to 65536"),
            (micro_batch <= 65_536, "train.micro_batch", micro_batch as f64, "from 0 to 65536"),
            (positive(lr), "train.lr", lr, "above 0"),
            (positive(clip), "train.clip", clip, "above 0"),
            (minutes > 0.0 && minutes <= 1e6, "train.minutes", minutes, "above 0, at most 1e6"),
            (limit > 0, "train.non_finite_limit", limit as f64, "at least 1"),
            ((0.0..1.0).contains(&beta1), "train.beta1", beta1, "in [0, 1)"),
            ((0.0..1.0).contains(&beta2), "train.beta2", beta2, "in [0, 1)"),
            ((0.0..1.0).contains(&ema), "train.ema", ema, "in [0, 1)"),
            ((0.0..1.0).contains(&weight_decay), "train.weight_decay", weight_decay, "in [0, 1)"),
            ((1..=1_000_000).contains(&self.sample.n), "sample.n", self.sample.n as f64, "from 1 to 1000000"),
            ((1..=65_536).contains(&self.sample.batch), "sample.batch", self.sample.batch as f64, "from 1 to 65536"),
            ((1..=100_000).contains(&self.sample.steps), "sample.steps", self.sample.steps as f64, "from 1 to 100000"),
        ];
        match checks.into_iter().find(|(holds, ..)| !holds) {
            Some((_, key, value, range)) => Err(TrainError::Config(format!("{key} = {value} must be {range}"))),
            None => Conditions::new(self).and_then(|_| self.check_objective()),
        }
    }

    /// Whether sampler, network and what it is told go with the objective.
    fn check_objective(&self) -> Result<(), TrainError> {
        if self.at_data_alone() {
            self.chains.check(self.train.batch)?;
        }
        Walk::of(self)?;
        let twice = match &self.network {
            NetworkConfig::Energy(_) | NetworkConfig::EnergyUnet(_) | NetworkConfig::Mlp(_) => true,
            NetworkConfig::Unet(_) | NetworkConfig::Unet2d(_) => false,
        };
        match self.train.objective {
            ObjectiveName::Dsm => Ok(()),
            ObjectiveName::Ssm if twice => Ok(()),
            ObjectiveName::Ssm => {
                let what =
                    "train.objective = \"ssm\" differentiates the network twice, which fused attention does not allow";
                Err(TrainError::Config(format!("{what}: network.kind must be mlp, energy or energy-unet")))
            }
            ObjectiveName::Pcd if !self.network.is_energy() => Err(not_an_energy()),
            ObjectiveName::Pcd if self.condition != ConditionConfig::default() => {
                let what = "train.objective = \"pcd\" learns the law of all data";
                Err(TrainError::Config(format!("{what}: the table condition must say nothing")))
            }
            ObjectiveName::Pcd => Ok(()),
        }
    }
}
