//! What a run has learned, apart from its weights: how a network becomes a denoiser.
use crate::config::DtypeName;
use crate::{Config, TrainError};
use ito_networks::{Clock, Given, Interface, Network, NetworkConfig, Preconditioning, Predictor};
use ito_noise::{SampleNoise, Stream};
use ito_schedules::{Level, Path, Prediction};
use ito_torch::{HostNoise, State, Weights, workers};
use tch::{Device, Kind, Tensor};

/// Pictures that one CPU worker evaluates at once. Sample k always stands in row k mod 16 of micro-batch k div 16, whatever
/// else is asked for, so its bits depend on nothing but its seed and number.
const MICRO_BATCH: usize = 16;
/// The same of points: a few hundred are the work of one picture.
const MICRO_BATCH_OF_POINTS: usize = 256;

/// A configuration, proven and built.
pub(crate) struct Model {
    pub(crate) network: NetworkConfig,
    pub(crate) interface: Interface,
    pub(crate) clock: Clock,
    pub(crate) path: Box<dyn Path>,
    pub(crate) prediction: Prediction,
    pub(crate) preconditioning: Preconditioning,
    pub(crate) device: Device,
    pub(crate) dtype: DtypeName,
}

impl Model {
    /// The model of a run.
    ///
    /// # Errors
    /// [`TrainError`] for settings that make no run.
    pub(crate) fn new(config: &Config, device: Device) -> Result<Model, TrainError> {
        config.check()?;
        let path = config.path.build()?;
        Ok(Model {
            network: config.network.clone(),
            interface: config.interface(),
            clock: config.clock(),
            prediction: config.train.prediction.on(&*path, config)?,
            preconditioning: config.preconditioning()?,
            path,
            device,
            dtype: config.sample.dtype,
        })
    }

    /// One network a worker, for so many jobs.
    ///
    /// # Errors
    /// [`TrainError`] for a network that cannot be, or not in that dtype.
    pub(crate) fn networks(&self, weights: &Weights, jobs: usize) -> Result<Vec<Box<dyn Network>>, TrainError> {
        let count = if self.device == Device::Cpu { workers::available().min(jobs) } else { 1 };
        let network = |weights: &Weights| weights.bind(|scope| self.network.build(&self.interface, scope));
        if self.dtype == DtypeName::Own {
            return Ok((0..count).map(|_| network(weights)).collect::<Result<Vec<_>, _>>()?);
        }
        let rounded = weights.map(|w| w.to_kind(Kind::BFloat16));
        let networks = (0..count).map(|_| network(&rounded)).collect::<Result<Vec<_>, _>>()?;
        if networks.iter().any(|network| network.dtype() != Kind::BFloat16) {
            let what = "sample.dtype = \"bf16\": this kind of network computes in f32 alone; unet2d and mlp take both";
            return Err(TrainError::Config(what.to_owned()));
        }
        Ok(networks)
    }

    /// Rows of a micro-batch: always the same on the CPU, as many as asked for elsewhere.
    pub(crate) fn rows(&self, asked: usize) -> usize {
        match (self.device, self.interface.shape.len()) {
            (Device::Cpu, 1) => MICRO_BATCH_OF_POINTS,
            (Device::Cpu, _) => MICRO_BATCH,
            _ => asked,
        }
    }

    /// Numbers of a row.
    pub(crate) fn size(&self) -> usize {
        self.interface.size()
    }

    /// The denoiser of a network that is told so.
    pub(crate) fn predictor<'a>(&'a self, network: &'a dyn Network, given: &'a Given) -> Predictor<'a> {
        Predictor {
            network,
            dtype: network.dtype(),
            clock: self.clock,
            given,
            preconditioning: self.preconditioning,
            prediction: self.prediction,
            path: &*self.path,
        }
    }

    /// The noise of the samples `first`, `first + 1`, ..
    pub(crate) fn noise(&self, seed: u64, name: &str, first: u64, rows: usize) -> HostNoise {
        HostNoise(SampleNoise::consecutive(Stream::new(seed, name), first, rows))
    }

    /// Rows of zeros.
    pub(crate) fn zeros(&self, rows: usize) -> State {
        let shape: Vec<i64> =
            std::iter::once(rows).chain(self.interface.shape.iter().copied()).map(|n| n as i64).collect();
        State(Tensor::zeros(shape, (Kind::Float, self.device)))
    }

    /// Mean and deviation of a start at a level. At pure noise 0 and 1; at a level with data in it those of Gaussian data with
    /// the mean and deviation that the preconditioning knows, else those of the noise alone.
    pub(crate) fn start(&self, Level { alpha, sigma, .. }: Level) -> (f64, f64) {
        match self.preconditioning {
            Preconditioning::Edm { mean, deviation } => (alpha * mean, (alpha * deviation).hypot(sigma)),
            Preconditioning::None | Preconditioning::UnitNoise | Preconditioning::Ve => (0.0, sigma),
        }
    }
}

/// All numbers of a state.
pub(crate) fn host(x: &State) -> Vec<f32> {
    let flat = x.0.to_device(Device::Cpu).to_kind(Kind::Float).flatten(0, -1);
    Vec::try_from(flat).expect("a vector of f32")
}
