//! The scheduler_config.json that says what a run was trained on.
use crate::config::{ClockName, GridName, PreconditioningName, PredictionName};
use crate::{BetaName, Betas, Config, PathName, TrainError};
use ito_schedules::BetaTable;
use serde_json::{Map, Value, json};

/// Timesteps of a path that is no table: those of its clock.
const STEPS: usize = 1000;

/// Class and keys.
///
/// # Errors
/// [`TrainError::Config`] for a run that no scheduler of diffusers describes, with the setting that would have to be another.
pub(super) fn scheduler(config: &Config) -> Result<(&'static str, Value), TrainError> {
    let Config { path, train, .. } = config;
    demand(train.preconditioning == PreconditioningName::None, "train.preconditioning = \"none\"")?;
    demand(path.t_max == 1.0, "path.t_max = 1")?;
    if path.name == PathName::Straight {
        demand(path.shift.unwrap_or(1.0) == 1.0, "path.shift = 1")?;
        demand(
            train.prediction == PredictionName::Velocity,
            "train.prediction = \"velocity\" on path.name = \"straight\"",
        )?;
        demand(train.clock == Some(ClockName::Thousand), "train.clock = \"thousand\" on path.name = \"straight\"")?;
        let keys = json!({ "num_train_timesteps": STEPS, "shift": 1.0 });
        return Ok(("FlowMatchEulerDiscreteScheduler", keys));
    }
    demand(train.clock == Some(ClockName::Timestep), "train.clock = \"timestep\"")?;
    let prediction = match train.prediction {
        PredictionName::Eps => "epsilon",
        PredictionName::X0 => "sample",
        PredictionName::V => "v_prediction",
        _ => return Err(refused("train.prediction = \"eps\", \"x0\" or \"v\"")),
    };
    let mut keys = betas(config)?;
    keys.insert("prediction_type".to_owned(), prediction.into());
    let sample = &config.sample;
    let spacing = match sample.grid {
        GridName::Leading => "leading",
        GridName::Linspace => "linspace",
        // The other grids start at the noisiest level too.
        _ => "trailing",
    };
    keys.insert("timestep_spacing".to_owned(), spacing.into());
    let large = sample.sampler == "ddpm_large";
    keys.insert("variance_type".to_owned(), if large { "fixed_large" } else { "fixed_small" }.into());
    keys.insert("clip_sample".to_owned(), sample.clip.is_some().into());
    keys.insert("clip_sample_range".to_owned(), sample.clip.unwrap_or(1.0).into());
    keys.insert("thresholding".to_owned(), sample.threshold.is_some().into());
    if let Some(share) = sample.threshold {
        keys.insert("dynamic_thresholding_ratio".to_owned(), share.into());
        keys.insert("sample_max_value".to_owned(), sample.threshold_max.unwrap_or(1.0).into());
    }
    Ok(("DDPMScheduler", Value::Object(keys)))
}

/// The table by its name, or beta by beta.
fn betas(config: &Config) -> Result<Map<String, Value>, TrainError> {
    let mut path = config.path.clone();
    path.settle();
    let named = match &path.betas {
        Some(Betas::Named(name)) => Some(match name {
            BetaName::Linear => "linear",
            BetaName::ScaledLinear => "scaled_linear",
            BetaName::Cosine => "squaredcos_cap_v2",
            BetaName::Sigmoid => "sigmoid",
        }),
        _ => None,
    };
    let listed = match (&path.betas, path.name) {
        (Some(Betas::Listed(betas)), _) => Some(betas.clone()),
        (_, PathName::Table) => None,
        _ => {
            // eps says nothing of data at pure noise, so there Nichol and Dhariwal's bound stays.
            let most = if config.train.prediction == PredictionName::Eps { 0.999 } else { 1.0 };
            let table = BetaTable::of(&*path.build()?, STEPS, most);
            Some(table.map_err(|_| refused("a path with alpha^2 + sigma^2 = 1, or the straight one"))?.betas().to_vec())
        }
    };
    let mut keys = Map::new();
    let steps = listed.as_ref().map_or(path.timesteps().unwrap_or(STEPS), Vec::len);
    keys.insert("num_train_timesteps".to_owned(), steps.into());
    keys.insert("beta_schedule".to_owned(), named.unwrap_or("linear").into());
    let ends = [("beta_start", path.beta_start), ("beta_end", path.beta_end)];
    keys.extend(ends.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.into()))));
    keys.insert("trained_betas".to_owned(), listed.into());
    keys.insert("rescale_betas_zero_snr".to_owned(), path.zero_terminal_snr.unwrap_or(false).into());
    Ok(keys)
}

fn demand(holds: bool, setting: &str) -> Result<(), TrainError> {
    if holds { Ok(()) } else { Err(refused(setting)) }
}

fn refused(setting: &str) -> TrainError {
    TrainError::Config(format!(
        "no scheduler of diffusers says what this run was trained on: it takes {setting}; the network alone can be exported with --bare"
    ))
}
