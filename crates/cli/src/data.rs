//! The data that a configuration names.
use anyhow::{Result, bail};
use ito_data::{Examples, mnist};
use ito_training::config::{DataConfig, Dataset};

/// All of them, in memory.
pub fn examples(config: &DataConfig) -> Result<Examples> {
    let examples = match (config.dataset, &config.folder) {
        (Dataset::Mnist, None) => Examples::from(mnist::bundled()?),
        (Dataset::Mnist, Some(folder)) => Examples::from(mnist::folder(folder)?),
    };
    if let Some(expected) = config.shape.as_deref().filter(|shape| *shape != examples.shape()) {
        let found = examples.shape();
        bail!("{}: rows of shape {found:?}; they should be {expected:?}, as when the run began", origin(config));
    }
    Ok(examples)
}

/// Where they come from, for people.
pub fn origin(config: &DataConfig) -> String {
    match (config.dataset, &config.folder) {
        (Dataset::Mnist, None) => "mnist (bundled)".to_owned(),
        (Dataset::Mnist, Some(folder)) => format!("mnist in {}", folder.display()),
    }
}
