//! Reading a folder.
use super::Scheduler;
use crate::{Config, TrainError};
use ito_networks::{NetworkConfig, SampleSize, UNet2dConfig, modern_name};
use ito_torch::Weights;
use serde_json::{Map, Value};
use std::fs;
use std::path::{Path, PathBuf};

/// How many classes an exported network knows. diffusers passes over keys with an underscore.
pub(super) const CLASSES: &str = "_classes";

/// A model in a folder of diffusers: bare, `config.json` and `diffusion_pytorch_model.safetensors`, or a pipeline, with
/// `model_index.json`, the two in `unet/`, and `scheduler/scheduler_config.json`. Old pipelines have all files in one folder.
#[derive(Debug)]
pub struct Pretrained {
    /// What a run that trained this would have in its `config.toml`.
    pub config: Config,
    /// The file that says path, prediction and clipping; none: those of DDPM are supposed.
    pub scheduler: Option<PathBuf>,
    /// `key = value` of what that file says of sampling and Ito has no counterpart for.
    pub unused: Vec<String>,
    weights: PathBuf,
}

impl Pretrained {
    /// Reads everything but the weights.
    ///
    /// # Errors
    /// [`TrainError::Run`] that names the file, and the key or value that makes no model.
    pub fn open(folder: &Path) -> Result<Pretrained, TrainError> {
        if !folder.is_dir() {
            return Err(wrong(folder, "no such folder"));
        }
        pipeline(&folder.join("model_index.json"))?;
        let unet =
            [folder.join("unet"), folder.to_owned()].into_iter().find(|place| place.join("config.json").is_file());
        let Some(unet) = unet else {
            let what =
                "no model here: neither config.json nor unet/config.json, which diffusers' save_pretrained writes";
            return Err(wrong(folder, what));
        };
        let mut config = Config::default();
        let places = ["scheduler/scheduler_config.json", "scheduler_config.json"].map(|name| folder.join(name));
        let found = places.into_iter().find(|path| path.is_file());
        let scheduler = match &found {
            Some(path) => Scheduler::from_json(&text(path)?).map_err(|what| wrong(path, what))?,
            None => Scheduler::default(),
        };
        scheduler.settle(&mut config);
        let file = unet.join("config.json");
        network(&file, &mut config)?;
        config.network.check(&config.interface()).map_err(|e| wrong(&file, e))?;
        let sound = config.path.build().and_then(|path| config.train.prediction.on(&*path, &config));
        sound.and(config.clipping()).map_err(|e| wrong(found.as_deref().unwrap_or(folder), e))?;
        let weights = weights(&unet)?;
        Ok(Pretrained { config, scheduler: found, unused: scheduler.unused, weights })
    }

    /// The weights, in the dtype of the file. Old names of attention are today's.
    ///
    /// # Errors
    /// [`TrainError::Weights`] lists every missing and surplus name and other shape.
    pub fn weights(&self) -> Result<Weights, TrainError> {
        let (asked, network) = Weights::outline(|scope| self.config.network.build(&self.config.interface(), scope));
        drop(network?);
        Ok(asked.read(&self.weights, modern_name)?)
    }
}

/// The parts of a pipeline: a `UNet2DModel` and a scheduler, nothing else.
fn pipeline(index: &Path) -> Result<(), TrainError> {
    if !index.is_file() {
        return Ok(());
    }
    let parts: Map<String, Value> =
        serde_json::from_str(&text(index)?).map_err(|e| wrong(index, format!("no JSON object ({e})")))?;
    let class = |part: &Value| part.get(1).and_then(Value::as_str).map(str::to_owned);
    for (name, part) in parts.iter().filter(|(name, _)| !name.starts_with('_')) {
        let what = match (name.as_str(), class(part)) {
            ("scheduler", _) | (_, None) => continue,
            ("unet", Some(class)) if class == "UNet2DModel" => continue,
            ("unet", Some(class)) => only(&class),
            (name, Some(class)) => {
                format!(
                    "the pipeline has a part {name:?} ({class}), and only unet and scheduler are read: a model of pictures themselves"
                )
            }
        };
        return Err(wrong(index, what));
    }
    Ok(())
}

fn only(class: &str) -> String {
    let why = if class.contains("Condition") { ", text-to-image networks among others" } else { "" };
    format!("the network is a {class}, and only UNet2DModel is read{why}: there is no counterpart here")
}

/// The network, and the shape of its data.
fn network(path: &Path, config: &mut Config) -> Result<(), TrainError> {
    let text = text(path)?;
    let keys: Map<String, Value> =
        serde_json::from_str(&text).map_err(|e| wrong(path, format!("no JSON object ({e})")))?;
    if let Some(class) = keys.get("_class_name").and_then(Value::as_str).filter(|class| *class != "UNet2DModel") {
        return Err(wrong(path, only(class)));
    }
    let unet = UNet2dConfig::from_json(&text).map_err(|e| wrong(path, e))?;
    let sides = match unet.sample_size {
        Some(SampleSize::Side(side)) => [side, side],
        Some(SampleSize::Sides(sides)) => sides,
        None => {
            let what =
                "sample_size is missing, the height and width of its pictures: add it, such as \"sample_size\": 32";
            return Err(wrong(path, what));
        }
    };
    if unet.in_channels != unet.out_channels {
        let (seen, said) = (unet.in_channels, unet.out_channels);
        let what = format!(
            "in_channels = {seen} and out_channels = {said} differ: networks that see more than the noisy picture, or predict a variance too, are not read"
        );
        return Err(wrong(path, what));
    }
    if unet.class_embed_type.is_some() {
        return Err(wrong(path, "class_embed_type is not null: only classes by a table, num_class_embeds, are read"));
    }
    if let Some(rows) = unet.num_class_embeds {
        // An export says that its last row is "no class"; elsewhere every row is a class.
        let told = keys.get(CLASSES).and_then(Value::as_u64).map(|classes| classes as usize);
        config.condition.class = true;
        config.condition.classes = Some(told.filter(|classes| *classes <= rows).unwrap_or(rows));
    }
    config.data.shape = Some(vec![unet.out_channels, sides[0], sides[1]]);
    config.network = NetworkConfig::Unet2d(unet);
    Ok(())
}

/// The file of weights, or the index of its parts.
fn weights(folder: &Path) -> Result<PathBuf, TrainError> {
    const NAME: &str = "diffusion_pytorch_model";
    let plain = folder.join(format!("{NAME}.safetensors"));
    if plain.is_file() {
        return Ok(plain);
    }
    let entries = fs::read_dir(folder).map_err(TrainError::io(folder))?;
    let mut names: Vec<String> = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    let of = |ending: &str| names.iter().find(|name| name.starts_with(NAME) && name.ends_with(ending));
    // In parts, or of another dtype than f32: `diffusion_pytorch_model.fp16.safetensors`.
    if let Some(name) = of(".safetensors.index.json").or(of(".safetensors")) {
        return Ok(folder.join(name));
    }
    let what = match of(".bin") {
        Some(name) => format!(
            "{name} is a pickle, a program that runs when it is read, and no such file is read here: in Python, \
             UNet2DModel.from_pretrained(FOLDER).save_pretrained(OTHER) writes {NAME}.safetensors"
        ),
        None => format!("no weights here: {NAME}.safetensors is missing"),
    };
    Err(wrong(folder, what))
}

fn text(path: &Path) -> Result<String, TrainError> {
    let bytes = fs::read(path).map_err(TrainError::io(path))?;
    String::from_utf8(bytes).map_err(|_| wrong(path, "no text in UTF-8"))
}

fn wrong(path: &Path, what: impl ToString) -> TrainError {
    TrainError::Run { path: path.to_owned(), what: what.to_string() }
}
