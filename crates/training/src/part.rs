//! A micro-batch under each objective.
use crate::config::{Config, ObjectiveName};
use crate::model::host;
use crate::objective::{Draws, Objective, clean};
use crate::score_matching::ContrastTask;
use crate::{TrainError, config};
use ito_data::Examples;
use ito_networks::Network;
use tch::{Device, Tensor};

/// Rows of the data and what stands beside them.
pub(crate) struct Part<'a> {
    pub(crate) config: &'a Config,
    pub(crate) objective: &'a Objective,
    pub(crate) data: &'a Examples,
    pub(crate) rows: &'a [usize],
    pub(crate) draws: Draws,
    /// Row k draws as sample `first + k`.
    pub(crate) first: u64,
    /// Where the chains of these rows stand; empty without chains.
    pub(crate) chains: &'a [f32],
    /// How far the chains go before the loss.
    pub(crate) moves: usize,
    pub(crate) device: Device,
}

impl Part<'_> {
    /// The mean loss of the rows, a scalar with the graph of the network, and where the chains are then.
    pub(crate) fn loss(&self, network: &dyn Network) -> Result<(Tensor, Vec<f32>), TrainError> {
        let Part { data, rows, draws, first, device, .. } = *self;
        match self.config.train.objective {
            ObjectiveName::Dsm => Ok((self.objective.task(data, rows, draws, first, device).loss(network), Vec::new())),
            ObjectiveName::Ssm => {
                Ok((self.objective.sliced(data, rows, draws, first, device).loss(network), Vec::new()))
            }
            ObjectiveName::Pcd => {
                let config::DataConfig { mean, deviation, .. } = self.config.data;
                let standard = (clean(data, rows) - mean.unwrap_or(0.0)) / deviation.unwrap_or(1.0);
                let chains = config::ChainsConfig { moves: self.moves, ..self.config.chains.clone() };
                let draws = (self.config.train.seed, first);
                let (loss, moved) = ContrastTask::new(standard, self.chains, chains, draws, device).loss(network)?;
                Ok((loss, host(&moved)))
            }
        }
    }
}
