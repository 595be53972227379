//! What is drawn from: a run, or somebody else's model.
use crate::args::SampleArgs;
use crate::runs;
use crate::speak::tell;
use crate::train::damaged;
use anyhow::Result;
use ito_torch::Weights;
use ito_training::pretrained::Pretrained;
use ito_training::{Config, PathName, RunFolder};
use std::path::{Path, PathBuf};
use tch::{Device, Kind};

/// A run or a model in a folder of diffusers.
pub enum Source {
    /// A run.
    Run(RunFolder, Box<Config>),
    /// A folder of diffusers.
    Model(Box<Pretrained>),
}

impl Source {
    /// What the arguments name; says on stderr what was found out about a model.
    pub fn of(args: &SampleArgs) -> Result<Source> {
        let Some(folder) = &args.model else {
            let folder = RunFolder::open(&args.run.as_deref().map_or_else(runs::newest, runs::existing)?)?;
            let config = folder.config()?;
            return Ok(Source::Run(folder, Box::new(config)));
        };
        let model = Pretrained::open(folder)?;
        describe(folder, &model);
        Ok(Source::Model(Box::new(model)))
    }

    /// Its own configuration.
    pub fn config(&self) -> &Config {
        match self {
            Source::Run(_, config) => config,
            Source::Model(model) => &model.config,
        }
    }

    /// Where a grid goes if nothing else is said: into the run, but never into somebody else's folder.
    pub fn out(&self) -> PathBuf {
        match self {
            Source::Run(folder, _) => folder.root().join("sample.png"),
            Source::Model(_) => PathBuf::from("sample.png"),
        }
    }

    /// Whether a key may have another value than here: how pictures are drawn, and what a bare folder leaves open.
    pub fn may_change(&self, key: &str) -> bool {
        let open = key.starts_with("path.") || ["train.prediction", "train.clock"].contains(&key);
        let bare = matches!(self, Source::Model(model) if model.scheduler.is_none());
        key.starts_with("sample.") || key == "train.device" || bare && open
    }

    /// The weights on a device: the averaged ones of the newest checkpoint that is whole, or the model's.
    pub fn weights(&self, config: &Config, device: Device) -> Result<Weights> {
        match self {
            Source::Run(folder, _) => run_weights(folder, config, device),
            Source::Model(model) => {
                let weights = model.weights()?;
                // A processor has no arithmetic of f16; f32 holds every number of it.
                let half = device == Device::Cpu && weights.tensors().first().is_some_and(|w| w.kind() == Kind::Half);
                Ok(weights.map(|w| if half { w.to_kind(Kind::Float) } else { w.to_device(device) }))
            }
        }
    }
}

/// The averaged weights of the newest checkpoint that is whole.
pub fn run_weights(folder: &RunFolder, config: &Config, device: Device) -> Result<Weights> {
    let interface = config.interface();
    let (mut weights, network) = Weights::create(0, device, |scope| config.network.build(&interface, scope));
    network?;
    folder.newest_good(|checkpoint| checkpoint.load_average(&mut weights), &mut |checkpoint, error| {
        damaged(&checkpoint.folder, error)
    })?;
    Ok(weights)
}

fn describe(folder: &Path, model: &Pretrained) {
    let (config, place) = (&model.config, folder.display());
    let path = match config.path.name {
        PathName::Table => format!("a table of {} betas", config.path.timesteps().unwrap_or_default()),
        _ => "the straight path".to_owned(),
    };
    let said = toml::Value::try_from(config.train.prediction).map_or_else(|_| String::new(), |name| name.to_string());
    match &model.scheduler {
        Some(file) => tell(format_args!("model    {place}: {path}, prediction {said}, as {} says", file.display())),
        None => tell(format_args!(
            "model    {place}: no scheduler_config.json, so DDPM's is supposed: {path}, linear from 0.0001 to 0.02, prediction {said}, \
             estimates cut to [-1, 1]; --set path.name, train.prediction, train.clock and sample.clip say otherwise"
        )),
    }
    if !model.unused.is_empty() {
        tell(format_args!("         not used: {}", model.unused.join(", ")));
    }
}
