//! A step of persistent contrastive divergence.
use super::at_data::AtData;
use super::{contrast, negatives};
use crate::TrainError;
use crate::config::ChainsConfig;
use ito_networks::Network;
use ito_noise::{SampleNoise, Stream};
use ito_torch::{HostNoise, State};
use tch::{Device, Tensor};

/// One micro-batch: data `y = (x - m) / s`, where the chains stand, and the noise of their moves.
#[derive(Debug)]
pub(crate) struct ContrastTask {
    data: Tensor,
    start: Tensor,
    noise: HostNoise,
    chains: ChainsConfig,
}

impl ContrastTask {
    /// Rows of the data and the states of as many chains, both row by row in the given shape; the moves of row k draw as sample
    /// `first + k`.
    pub(crate) fn new(
        data: Tensor,
        states: &[f32],
        chains: ChainsConfig,
        (seed, first): (u64, u64),
        device: Device,
    ) -> Self {
        let rows = data.size()[0] as usize;
        let noise = SampleNoise::consecutive(Stream::new(seed, "chains/moves"), first, rows);
        let start = Tensor::from_slice(states).view_as(&data).to_device(device);
        ContrastTask { data: data.to_device(device), start, noise: HostNoise(noise), chains }
    }

    /// The loss, [`contrast`] of the data and the chains after their moves, and where the chains are then. The draws are data to the
    /// loss: nothing goes backwards through the moves.
    pub(crate) fn loss(mut self, network: &dyn Network) -> Result<(Tensor, State), TrainError> {
        let energy = AtData(network.as_energy().ok_or_else(not_an_energy)?);
        let ChainsConfig { moves, step, alpha, .. } = self.chains;
        let moved = {
            let _no_grad = tch::no_grad_guard();
            negatives(&energy, State(self.start), step, moves, &mut self.noise)
                .map_err(|e| TrainError::Config(format!("chains.step: {e}")))?
        };
        Ok((contrast(&energy.of(&self.data), &energy.of(&moved.0), alpha), moved))
    }
}

/// Why such a model has no flow.
pub(crate) const AT_DATA: &str =
    "a model of train.objective = \"pcd\" is an energy of clean data: it has no path to noise and back";

pub(crate) fn not_an_energy() -> TrainError {
    let what = "train.objective = \"pcd\" learns an energy: network.kind must be energy or energy-unet";
    TrainError::Config(what.to_owned())
}
