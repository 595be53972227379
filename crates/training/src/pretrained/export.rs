//! Writing a folder.
use super::folder::CLASSES;
use super::written::scheduler;
use crate::{Config, TrainError, files};
use ito_networks::{NetworkConfig, SampleSize, UNet2dConfig};
use ito_torch::Weights;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

const UNET: &str = "UNet2DModel";
const WEIGHTS: &str = "diffusion_pytorch_model.safetensors";
/// Where a folder says who wrote it; diffusers passes over keys with an underscore.
const MARK: &str = "_exported_by";
/// Every name in a folder that is written here.
const NAMES: [&str; 5] = ["model_index.json", "unet", "scheduler", "config.json", WEIGHTS];

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// `model_index.json`, `unet/` and `scheduler/`: `DDPMPipeline.from_pretrained` loads it.
    Pipeline,
    /// `config.json` and the weights alone: `UNet2DModel.from_pretrained` loads it, and knows nothing of path and prediction.
    Bare,
}

/// Writes a run's network with these weights as a folder of diffusers, whole or not at all: it is made beside and renamed. An earlier
/// export in the folder gives way.
///
/// # Errors
/// [`TrainError::Config`] for a network that is no `UNet2DModel`, or a run that no scheduler describes; [`TrainError::Run`] for a
/// folder with something else in it; [`TrainError::Io`].
pub fn export(config: &Config, weights: &Weights, folder: &Path, layout: Layout) -> Result<(), TrainError> {
    let network = unet(config)?;
    let schedule = match layout {
        Layout::Pipeline => Some(scheduler(config)?),
        Layout::Bare => None,
    };
    free(folder)?;
    let place = std::path::absolute(folder).map_err(TrainError::io(folder))?;
    let beside = |what: &str| {
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        place.with_file_name(format!(".{name}.{what}-{}", std::process::id()))
    };
    let (new, old) = (beside("exporting"), beside("old"));
    let written = write(&new, &network, weights, schedule).and_then(|()| files::replace(&new, &place, &old));
    if written.is_err() {
        let _ = files::clear(&new);
    }
    written
}

/// The network's own file, with the size of its pictures.
fn unet(config: &Config) -> Result<String, TrainError> {
    let NetworkConfig::Unet2d(unet) = &config.network else {
        let what = "this run's network is none of diffusers': train one with network.kind = \"unet2d\"";
        return Err(TrainError::Config(what.to_owned()));
    };
    if unet.skip_scale != 1.0 {
        let what = format!("network.skip_scale = {} has no counterpart in diffusers: it takes 1", unet.skip_scale);
        return Err(TrainError::Config(what));
    }
    let [_, height, width] = config.interface().picture("unet2d")?;
    let size = if height == width { SampleSize::Side(height) } else { SampleSize::Sides([height, width]) };
    let text = UNet2dConfig { sample_size: Some(size), ..unet.clone() }.to_json();
    let mut keys: Map<String, Value> = serde_json::from_str(&text).expect("what was just written");
    keys.insert(MARK.to_owned(), mark());
    if let classes @ 1.. = config.interface().classes {
        keys.insert(CLASSES.to_owned(), classes.into());
    }
    Ok(format!("{:#}\n", Value::Object(keys)))
}

fn mark() -> Value {
    format!("Ito {}", env!("CARGO_PKG_VERSION")).into()
}

/// Nothing is there, or an export and nothing else.
fn free(folder: &Path) -> Result<(), TrainError> {
    if !folder.exists() {
        return Ok(());
    }
    let refused = |what: String| TrainError::Run { path: folder.to_owned(), what };
    if !folder.is_dir() {
        return Err(refused("this is a file; give a folder".to_owned()));
    }
    let entries = fs::read_dir(folder).map_err(TrainError::io(folder))?.flatten();
    let names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let foreign = names.iter().find(|name| !NAMES.contains(&name.as_str()));
    if let Some(name) = foreign {
        return Err(refused(format!(
            "holds {name}, which is no part of an export: give another folder, or an empty one"
        )));
    }
    let own = |path: PathBuf| {
        let keys: Option<Map<String, Value>> = fs::read(path).ok().and_then(|text| serde_json::from_slice(&text).ok());
        keys.is_some_and(|keys| keys.get(MARK).and_then(Value::as_str).is_some_and(|by| by.starts_with("Ito ")))
    };
    if names.is_empty() || own(folder.join("config.json")) || own(folder.join("unet").join("config.json")) {
        return Ok(());
    }
    Err(refused("holds a model that Ito did not export: give another folder, or an empty one".to_owned()))
}

fn write(
    folder: &Path,
    network: &str,
    weights: &Weights,
    schedule: Option<(&'static str, Value)>,
) -> Result<(), TrainError> {
    files::clear(folder)?;
    let unet = if schedule.is_some() { folder.join("unet") } else { folder.to_owned() };
    fs::create_dir_all(&unet).map_err(TrainError::io(&unet))?;
    files::write(&unet.join("config.json"), network)?;
    weights.save(&unet.join(WEIGHTS), HashMap::from([("format".to_owned(), "pt".to_owned())]))?;
    files::sync(&unet)?;
    if let Some((class, mut keys)) = schedule {
        let place = folder.join("scheduler");
        fs::create_dir(&place).map_err(TrainError::io(&place))?;
        keys["_class_name"] = class.into();
        files::write(&place.join("scheduler_config.json"), &format!("{keys:#}\n"))?;
        files::sync(&place)?;
        let index = json!({
            "_class_name": "DDPMPipeline",
            MARK: mark(),
            "scheduler": ["diffusers", class],
            "unet": ["diffusers", UNET],
        });
        files::write(&folder.join("model_index.json"), &format!("{index:#}\n"))?;
    }
    files::sync(folder)
}
