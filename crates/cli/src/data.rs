//! The data set that a configuration names.
use anyhow::{Result, bail};
use ito_data::{Images, mnist};
use ito_training::config::{DataConfig, Dataset};

/// Channels, height and width of a picture of the data set.
pub fn picture(dataset: Dataset) -> [usize; 3] {
    match dataset {
        Dataset::Mnist => [1, 28, 28],
    }
}

/// All pictures, in memory.
pub fn images(config: &DataConfig) -> Result<Images> {
    let images = match (config.dataset, &config.folder) {
        (Dataset::Mnist, None) => mnist::bundled()?,
        (Dataset::Mnist, Some(folder)) => mnist::folder(folder)?,
    };
    let (found, expected) = ([images.channels, images.height, images.width], picture(config.dataset));
    if found != expected {
        bail!("{}: pictures of {found:?} (channels, height, width); they should be {expected:?}", origin(config));
    }
    Ok(images)
}

/// Where they come from, for people.
pub fn origin(config: &DataConfig) -> String {
    match (config.dataset, &config.folder) {
        (Dataset::Mnist, None) => "mnist (bundled)".to_owned(),
        (Dataset::Mnist, Some(folder)) => format!("mnist in {}", folder.display()),
    }
}
