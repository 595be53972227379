//! The keys of a scheduler_config.json: which there are, whose they are, and their defaults.
use serde_json::{Map, Value, json};

/// The schedulers of diffusers whose models are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Ddpm,
    Ddim,
    Pndm,
    Dpm,
    Euler,
    EulerAncestral,
    Heun,
    UniPc,
    FlowMatch,
}

impl Class {
    const ALL: [(&'static str, Class); 9] = [
        ("DDPMScheduler", Class::Ddpm),
        ("DDIMScheduler", Class::Ddim),
        ("PNDMScheduler", Class::Pndm),
        ("DPMSolverMultistepScheduler", Class::Dpm),
        ("EulerDiscreteScheduler", Class::Euler),
        ("EulerAncestralDiscreteScheduler", Class::EulerAncestral),
        ("HeunDiscreteScheduler", Class::Heun),
        ("UniPCMultistepScheduler", Class::UniPc),
        ("FlowMatchEulerDiscreteScheduler", Class::FlowMatch),
    ];

    pub(super) fn named(name: &str) -> Result<Class, String> {
        let found = Class::ALL.into_iter().find(|(own, _)| *own == name);
        let names = || Class::ALL.map(|(own, _)| own).join(", ");
        found.map(|(_, class)| class).ok_or_else(|| format!("the scheduler {name:?} is not read here; {} are", names()))
    }

    pub(super) fn name(self) -> &'static str {
        Class::ALL.into_iter().find(|(_, class)| *class == self).map_or("", |(name, _)| name)
    }

    /// Whether the class takes a key at all; diffusers passes over those of other classes.
    fn takes(self, key: &str) -> bool {
        use Class::*;
        match key {
            "num_train_timesteps" => true,
            "shift" | "invert_sigmas" | "stochastic_sampling" => self == FlowMatch,
            "use_dynamic_shifting" | "shift_terminal" => matches!(self, FlowMatch | UniPc),
            "use_karras_sigmas" | "use_exponential_sigmas" | "use_beta_sigmas" => {
                matches!(self, Dpm | Euler | Heun | UniPc | FlowMatch)
            }
            _ if self == FlowMatch => false,
            "variance_type" => matches!(self, Ddpm | Dpm),
            "clip_sample" | "clip_sample_range" => matches!(self, Ddpm | Ddim | Heun),
            "thresholding" | "dynamic_thresholding_ratio" | "sample_max_value" => {
                matches!(self, Ddpm | Ddim | Dpm | UniPc)
            }
            "rescale_betas_zero_snr" => !matches!(self, Pndm | Heun),
            "set_alpha_to_one" => matches!(self, Ddim | Pndm),
            "solver_order" | "use_flow_sigmas" => matches!(self, Dpm | UniPc),
            "algorithm_type" | "use_lu_lambdas" | "lambda_min_clipped" => self == Dpm,
            "final_sigmas_type" => matches!(self, Dpm | Euler | UniPc),
            "timestep_type" => self == Euler,
            "sigma_min" | "sigma_max" => matches!(self, Euler | UniPc),
            _ => true,
        }
    }

    /// What the class takes where a key is not given.
    fn default_of(self, key: &str) -> Value {
        match (key, self) {
            ("num_train_timesteps", _) => json!(1000),
            ("beta_start", Class::Heun) => json!(0.00085),
            ("beta_end", Class::Heun) => json!(0.012),
            ("beta_start", _) => json!(1e-4),
            ("beta_end", _) => json!(0.02),
            ("beta_schedule", _) => json!("linear"),
            ("variance_type", Class::Ddpm) => json!("fixed_small"),
            ("clip_sample", Class::Ddpm | Class::Ddim) => json!(true),
            ("prediction_type", _) => json!("epsilon"),
            ("dynamic_thresholding_ratio", _) => json!(0.995),
            ("clip_sample_range" | "sample_max_value" | "shift", _) => json!(1.0),
            ("timestep_spacing", Class::Ddpm | Class::Ddim | Class::Pndm) => json!("leading"),
            ("timestep_spacing", _) => json!("linspace"),
            ("steps_offset", _) => json!(0),
            ("solver_order", _) => json!(2),
            ("algorithm_type", _) => json!("dpmsolver++"),
            ("final_sigmas_type", _) => json!("zero"),
            ("timestep_type", _) => json!("discrete"),
            ("set_alpha_to_one", Class::Ddim) => json!(true),
            _ => Value::Null,
        }
    }
}

/// Every key that one of the classes takes, and two of old files.
const KNOWN: [&str; 51] = [
    "num_train_timesteps",
    "beta_start",
    "beta_end",
    "beta_schedule",
    "trained_betas",
    "variance_type",
    "clip_sample",
    "clip_sample_range",
    "prediction_type",
    "thresholding",
    "dynamic_thresholding_ratio",
    "sample_max_value",
    "timestep_spacing",
    "steps_offset",
    "rescale_betas_zero_snr",
    "set_alpha_to_one",
    "skip_prk_steps",
    "solver_order",
    "algorithm_type",
    "solver_type",
    "lower_order_final",
    "euler_at_final",
    "use_karras_sigmas",
    "use_exponential_sigmas",
    "use_beta_sigmas",
    "use_lu_lambdas",
    "use_flow_sigmas",
    "flow_shift",
    "final_sigmas_type",
    "lambda_min_clipped",
    "use_dynamic_shifting",
    "time_shift_type",
    "interpolation_type",
    "sigma_min",
    "sigma_max",
    "timestep_type",
    "predict_x0",
    "disable_corrector",
    "solver_p",
    "shift_terminal",
    "shift",
    "base_shift",
    "max_shift",
    "base_image_seq_len",
    "max_image_seq_len",
    "invert_sigmas",
    "stochastic_sampling",
    "timestep_values",
    "tensor_format",
    "num_inference_steps",
    "timesteps",
];

/// The keys of one file.
pub(super) struct Keys {
    pub(super) class: Class,
    given: Map<String, Value>,
}

impl Keys {
    /// Reads the text; keys that start with `_` are diffusers' notes about the file.
    pub(super) fn read(text: &str) -> Result<Keys, String> {
        // Python writes infinite numbers as JSON does not know them.
        let text = text.replace(": -Infinity", ": null").replace(": Infinity", ": null");
        let all: Map<String, Value> = serde_json::from_str(&text).map_err(|e| format!("no JSON object ({e})"))?;
        let class = match all.get("_class_name") {
            Some(Value::String(name)) => Class::named(name)?,
            _ => return Err("the key \"_class_name\" is missing, which says whose keys these are".to_owned()),
        };
        let given: Map<String, Value> = all.into_iter().filter(|(key, _)| !key.starts_with('_')).collect();
        if let Some(key) = given.keys().find(|key| !KNOWN.contains(&key.as_str())) {
            let nearest = KNOWN.iter().min_by_key(|known| strsim::levenshtein(known, key)).unwrap_or(&"");
            return Err(format!("unknown key {key:?}: no scheduler has it; the nearest is {nearest:?}"));
        }
        Ok(Keys { class, given })
    }

    /// The value of a key; null where the class does not take it.
    pub(super) fn value(&self, key: &str) -> Value {
        if !self.class.takes(key) {
            return Value::Null;
        }
        self.given.get(key).cloned().unwrap_or_else(|| self.class.default_of(key))
    }

    pub(super) fn number(&self, key: &str) -> Result<f64, String> {
        self.value(key).as_f64().ok_or_else(|| self.wrong(key, "a number"))
    }

    pub(super) fn count(&self, key: &str) -> Result<usize, String> {
        let count = self.value(key).as_u64().and_then(|n| usize::try_from(n).ok());
        count.ok_or_else(|| self.wrong(key, "a whole number from 0 up"))
    }

    /// Null is no.
    pub(super) fn flag(&self, key: &str) -> Result<bool, String> {
        match self.value(key) {
            Value::Null => Ok(false),
            Value::Bool(flag) => Ok(flag),
            _ => Err(self.wrong(key, "true or false")),
        }
    }

    /// One of some words, by its place.
    pub(super) fn word<T: Copy>(&self, key: &str, words: &[(&str, T)]) -> Result<T, String> {
        let value = self.value(key);
        let found = words.iter().find(|(word, _)| value.as_str() == Some(word));
        let one_of = || format!("one of {}", words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", "));
        found.map(|(_, meant)| *meant).ok_or_else(|| self.wrong(key, &one_of()))
    }

    pub(super) fn wrong(&self, key: &str, right: &str) -> String {
        format!("{key} = {} of a {} must be {right}", self.value(key), self.class.name())
    }
}
