//! A configuration as JSON, and what of it TOML cannot say.
use super::UNet2dError;
use super::config::UNet2dConfig;
use super::names::{Resampling, nearest};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// The class in diffusers.
const CLASS: &str = "UNet2DModel";
/// Null where others have a default: spelled out in TOML.
const NONE: &str = "none";
const OR_NONE: [&str; 3] = ["attention_head_dim", "mid_block_type", "norm_num_groups"];

/// Ito's own keys that only training knows.
const TRAINING: [&str; 2] = ["zero_init", "checkpointing"];

/// Every key of a [`UNet2dConfig`].
const KEYS: [&str; 31] = [
    "sample_size",
    "in_channels",
    "out_channels",
    "center_input_sample",
    "time_embedding_type",
    "time_embedding_dim",
    "freq_shift",
    "flip_sin_to_cos",
    "down_block_types",
    "mid_block_type",
    "up_block_types",
    "block_out_channels",
    "layers_per_block",
    "mid_block_scale_factor",
    "downsample_padding",
    "downsample_type",
    "upsample_type",
    "dropout",
    "act_fn",
    "attention_head_dim",
    "norm_num_groups",
    "attn_norm_num_groups",
    "norm_eps",
    "resnet_time_scale_shift",
    "add_attention",
    "class_embed_type",
    "num_class_embeds",
    "num_train_timesteps",
    "skip_scale",
    "zero_init",
    "checkpointing",
];

impl UNet2dConfig {
    /// Reads a `config.json`. Keys that start with `_` are diffusers' notes about the file and say nothing about the network; keys
    /// that are left out have diffusers' defaults.
    ///
    /// # Errors
    /// [`UNet2dError`] that names the first key that is unknown or has a value that no network is made of.
    pub fn from_json(text: &str) -> Result<UNet2dConfig, UNet2dError> {
        let all: Map<String, Value> = serde_json::from_str(text).map_err(|e| UNet2dError::Json(e.to_string()))?;
        if let Some(class) = all.get("_class_name").filter(|class| *class != CLASS) {
            let why = format!("only {CLASS} is read here");
            return Err(UNet2dError::Value { key: "_class_name".to_owned(), value: class.to_string(), why });
        }
        let known: Map<String, Value> = all.into_iter().filter(|(key, _)| !key.starts_with('_')).collect();
        for (key, value) in &known {
            if !KEYS.contains(&key.as_str()) {
                return Err(UNet2dError::UnknownKey { key: key.clone(), nearest: nearest(key, &KEYS) });
            }
            // Each key beside the defaults of all others: so an error is that key's.
            read(Map::from_iter([(key.clone(), value.clone())])).map_err(|why| UNet2dError::Value {
                key: key.clone(),
                value: value.to_string(),
                why,
            })?;
        }
        let config = read(known).map_err(UNet2dError::Json)?;
        config.check_alone()?;
        Ok(config)
    }

    /// A `config.json` that Python's `UNet2DModel.from_pretrained` loads, if there are no [`UNet2dConfig::own_keys`]; `zero_init` and
    /// `checkpointing` are left out, since they say nothing about the function.
    pub fn to_json(&self) -> String {
        let Ok(Value::Object(mut map)) = serde_json::to_value(self) else { unreachable!("a struct is an object") };
        map.retain(|key, _| !TRAINING.contains(&key.as_str()));
        for key in KEYS.into_iter().filter(|key| *key != "skip_scale" && !TRAINING.contains(key)) {
            let value = map.entry(key).or_insert(Value::Null);
            if OR_NONE.contains(&key) && value == NONE {
                *value = Value::Null;
            }
        }
        map.insert("_class_name".to_owned(), CLASS.into());
        format!("{:#}\n", Value::Object(map))
    }
}

fn read(map: Map<String, Value>) -> Result<UNet2dConfig, String> {
    serde_json::from_value(Value::Object(map)).map_err(|e| e.to_string())
}

/// Null is `conv`, as diffusers reads it.
pub(super) fn conv_if_null<'de, D: Deserializer<'de>>(from: D) -> Result<Resampling, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(Resampling::Conv))
}

/// `Option<usize>`, none as null or `"none"`.
pub(super) mod number_or_none {
    use super::NONE;
    use serde::de::{Error, Unexpected};
    use serde::{Deserialize, Deserializer, Serializer};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Raw {
        Number(usize),
        Word(String),
        Other(serde::de::IgnoredAny),
    }

    pub fn serialize<S: Serializer>(value: &Option<usize>, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(n) => to.serialize_u64(*n as u64),
            None => to.serialize_str(NONE),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
        match Option::<Raw>::deserialize(from)? {
            None => Ok(None),
            Some(Raw::Number(n)) => Ok(Some(n)),
            Some(Raw::Word(word)) if word == NONE => Ok(None),
            Some(Raw::Word(word)) => Err(Error::invalid_value(Unexpected::Str(&word), &"a whole number or \"none\"")),
            Some(Raw::Other(_)) => Err(Error::custom("it must be a whole number from 0 on, or none")),
        }
    }
}

/// `Option<MidBlock>`, none as null or `"none"`.
pub(super) mod block_or_none {
    use super::super::names::MidBlock;
    use super::NONE;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(value: &Option<MidBlock>, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(block) => block.serialize(to),
            None => to.serialize_str(NONE),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<MidBlock>, D::Error> {
        match Option::<String>::deserialize(from)? {
            Some(word) if word != NONE => MidBlock::try_from(word).map(Some).map_err(Error::custom),
            _ => Ok(None),
        }
    }
}
