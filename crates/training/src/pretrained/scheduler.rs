//! What a scheduler_config.json says of a model, and how it is to be drawn from.
use super::keys::{Class, Keys};
use crate::config::{ClockName, GridName, LastName, PreconditioningName, PredictionName, SampleConfig};
use crate::{BetaName, Betas, Config, PathConfig, PathName};

/// What a `scheduler_config.json` says: the path, the prediction and the clock of the model; the range of its estimates, and a
/// sampler, which are only a start for `[sample]`.
///
/// Every key that a scheduler of diffusers has is known. Used are those of the table of betas, of the prediction, of clipping and
/// thresholding, and, where Ito has the same, those of the sampler: `variance_type`, `solver_order`, `algorithm_type`,
/// `timestep_spacing`, `use_karras_sigmas`, `use_exponential_sigmas`, `final_sigmas_type`.
#[derive(Debug, Clone, PartialEq)]
pub struct Scheduler {
    /// The path.
    pub path: PathConfig,
    /// What the network predicts.
    pub prediction: PredictionName,
    /// The time that it is told.
    pub clock: ClockName,
    /// Sampler, grid, last step and clipping.
    pub sample: SampleConfig,
    /// `key = value` of what changes pictures and has no counterpart here.
    pub unused: Vec<String>,
}

impl Default for Scheduler {
    /// A DDPMScheduler's: linear betas from 0.0001 to 0.02 in 1000 steps, the noise predicted, estimates cut to [-1, 1].
    fn default() -> Self {
        Scheduler::from_json(r#"{"_class_name": "DDPMScheduler"}"#).expect("DDPM's own defaults")
    }
}

impl Scheduler {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// A sentence that names an unknown key or scheduler, or a value that is no model of Ito's.
    pub fn from_json(text: &str) -> Result<Scheduler, String> {
        let keys = Keys::read(text)?;
        let sample = sample(&keys)?;
        let unused = unused(&keys);
        if keys.class == Class::FlowMatch {
            refuse(&keys, "num_train_timesteps", keys.count("num_train_timesteps")? != 1000, "1000")?;
            refuse(&keys, "invert_sigmas", keys.flag("invert_sigmas")?, "false")?;
            let path = PathConfig::default();
            return Ok(Scheduler {
                path,
                prediction: PredictionName::Velocity,
                clock: ClockName::Thousand,
                sample,
                unused,
            });
        }
        refuse(
            &keys,
            "use_flow_sigmas",
            keys.flag("use_flow_sigmas")?,
            "false; a FlowMatchEulerDiscreteScheduler says it",
        )?;
        if keys.class == Class::Euler {
            keys.word("timestep_type", &[("discrete", ())])?;
        }
        let predictions =
            [("epsilon", PredictionName::Eps), ("sample", PredictionName::X0), ("v_prediction", PredictionName::V)];
        let prediction = keys.word("prediction_type", &predictions)?;
        Ok(Scheduler { path: table(&keys)?, prediction, clock: ClockName::Timestep, sample, unused })
    }

    /// Writes it into a configuration; how many are drawn, in how many steps and from which seed stays.
    pub fn settle(&self, config: &mut Config) {
        config.path = self.path.clone();
        config.path.settle();
        config.train.prediction = self.prediction;
        config.train.preconditioning = PreconditioningName::None;
        config.train.clock = Some(self.clock);
        let SampleConfig { n, steps, seed, batch, every, .. } = config.sample;
        config.sample = SampleConfig { n, steps, seed, batch, every, ..self.sample.clone() };
    }
}

fn refuse(keys: &Keys, key: &str, wrong: bool, right: &str) -> Result<(), String> {
    if wrong { Err(keys.wrong(key, right)) } else { Ok(()) }
}

fn table(keys: &Keys) -> Result<PathConfig, String> {
    let steps = keys.count("num_train_timesteps")?;
    let listed = match keys.value("trained_betas") {
        serde_json::Value::Null => None,
        serde_json::Value::Array(values) if values.len() == steps => values.iter().map(|v| v.as_f64()).collect(),
        _ => None,
    };
    if listed.is_none() && !keys.value("trained_betas").is_null() {
        return Err(keys.wrong("trained_betas", &format!("null or {steps} numbers, as many as num_train_timesteps")));
    }
    let names = [
        ("linear", BetaName::Linear),
        ("scaled_linear", BetaName::ScaledLinear),
        ("squaredcos_cap_v2", BetaName::Cosine),
        ("sigmoid", BetaName::Sigmoid),
    ];
    let betas = match listed {
        Some(betas) => Betas::Listed(betas),
        None => Betas::Named(keys.word("beta_schedule", &names)?),
    };
    let ends = matches!(betas, Betas::Named(BetaName::Linear | BetaName::ScaledLinear | BetaName::Sigmoid));
    let end = |key| if ends { keys.number(key).map(Some) } else { Ok(None) };
    Ok(PathConfig {
        name: PathName::Table,
        steps: matches!(betas, Betas::Named(_)).then_some(steps),
        beta_start: end("beta_start")?,
        beta_end: end("beta_end")?,
        betas: Some(betas),
        zero_terminal_snr: keys.flag("rescale_betas_zero_snr")?.then_some(true),
        ..PathConfig::default()
    })
}

fn sample(keys: &Keys) -> Result<SampleConfig, String> {
    let spacings = [("leading", GridName::Leading), ("linspace", GridName::Linspace), ("trailing", GridName::Trailing)];
    let grid = match (keys.flag("use_karras_sigmas")?, keys.flag("use_exponential_sigmas")?, keys.class) {
        (true, ..) => GridName::Karras,
        (_, true, _) => GridName::LogSnr,
        (.., Class::FlowMatch) => GridName::Uniform,
        _ => keys.word("timestep_spacing", &spacings)?,
    };
    let ends = [("zero", LastName::ToZero), ("sigma_min", LastName::ToSigmaMin)];
    let last = if keys.value("final_sigmas_type").is_null() {
        LastName::ToZero
    } else {
        keys.word("final_sigmas_type", &ends)?
    };
    let mut sample = SampleConfig { sampler: sampler(keys)?.to_owned(), grid, last, ..SampleConfig::default() };
    if keys.flag("thresholding")? {
        sample.threshold = Some(keys.number("dynamic_thresholding_ratio")?);
        sample.threshold_max = Some(keys.number("sample_max_value")?);
    } else if keys.flag("clip_sample")? {
        sample.clip = Some(keys.number("clip_sample_range")?);
    }
    Ok(sample)
}

fn sampler(keys: &Keys) -> Result<&'static str, String> {
    if !keys.value("variance_type").is_null() {
        let right = "fixed_small, fixed_small_log, fixed_large or fixed_large_log: networks that also predict a variance are not read";
        let small = keys.word(
            "variance_type",
            &[("fixed_small", true), ("fixed_small_log", true), ("fixed_large", false), ("fixed_large_log", false)],
        );
        let small = small.map_err(|_| keys.wrong("variance_type", right))?;
        if keys.class == Class::Ddpm {
            return Ok(if small { "ancestral" } else { "ddpm_large" });
        }
    }
    match keys.class {
        Class::Ddpm | Class::EulerAncestral => Ok("ancestral"),
        Class::Ddim | Class::Euler | Class::FlowMatch => Ok("ddim"),
        Class::Pndm => Ok("pndm"),
        Class::Heun => Ok("edm"),
        Class::UniPc => by_order(keys, ["unipc1", "unipc2", "unipc3"]),
        Class::Dpm => {
            let kinds =
                [("dpmsolver++", false), ("dpmsolver", false), ("sde-dpmsolver++", true), ("sde-dpmsolver", true)];
            let noisy = keys.word("algorithm_type", &kinds)?;
            by_order(
                keys,
                if noisy { ["ancestral", "dpm++2m_sde", "dpm++3m_sde"] } else { ["ddim", "dpm++2m", "dpm++3m"] },
            )
        }
    }
}

fn by_order(keys: &Keys, names: [&'static str; 3]) -> Result<&'static str, String> {
    let order = keys.count("solver_order")?;
    order.checked_sub(1).and_then(|k| names.get(k)).copied().ok_or_else(|| keys.wrong("solver_order", "1, 2 or 3"))
}

/// Choices of sampling that change pictures and are not made here.
fn unused(keys: &Keys) -> Vec<String> {
    use serde_json::json;
    let neutral = [
        ("steps_offset", json!(0)),
        ("set_alpha_to_one", json!(true)),
        ("use_beta_sigmas", json!(false)),
        ("use_lu_lambdas", json!(false)),
        ("lambda_min_clipped", json!(null)),
        ("sigma_min", json!(null)),
        ("sigma_max", json!(null)),
        ("shift", json!(1.0)),
        ("shift_terminal", json!(null)),
        ("use_dynamic_shifting", json!(false)),
        ("stochastic_sampling", json!(false)),
    ];
    let same = |a: &serde_json::Value, b: &serde_json::Value| {
        a.is_null() || a == b || a.as_f64().is_some_and(|a| Some(a) == b.as_f64())
    };
    let chosen = neutral.into_iter().map(|(key, neutral)| (key, keys.value(key), neutral));
    chosen
        .filter(|(_, value, neutral)| !same(value, neutral))
        .map(|(key, value, _)| format!("{key} = {value}"))
        .collect()
}
