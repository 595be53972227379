//! The data that a configuration names.
use crate::points::standard;
use crate::problem::BadArgument;
use anyhow::{Result, bail};
use ito_data::{Examples, Points, Standard, mnist};
use ito_noise::Stream;
use ito_training::config::{DataConfig, Dataset};
use std::path::Path;

/// Points of a law in the plane.
const DRAWN: usize = 1_000_000;

/// All of them, in memory.
pub fn examples(config: &DataConfig) -> Result<Examples> {
    let examples = match (config.dataset, &config.folder) {
        (Dataset::Mnist, None) => Examples::from(mnist::bundled()?),
        (Dataset::Mnist, Some(folder)) => Examples::from(mnist::folder(folder)?),
        _ => {
            let points = points(config)?;
            let standard = match standard(config) {
                // Another file than the run began with says so below.
                Some(known) if known.mean.len() == points.columns => known,
                _ => Standard::of(&points)?,
            };
            Examples::points(points.columns, standard.apply(&points))
        }
    };
    let examples = match &config.vectors {
        None => examples,
        Some(file) => {
            let (vectors, n) = (Points::read(file)?, examples.len());
            if vectors.len() != n {
                let (rows, origin) = (vectors.len(), origin(config));
                let what = format!("has {rows} rows, but {origin} has {n} examples: give one row for each");
                return Err(BadArgument(format!("{} {what}", file.display())).into());
            }
            examples.with_vectors(vectors)
        }
    };
    if let Some(expected) = config.shape.as_deref().filter(|shape| *shape != examples.shape()) {
        let found = examples.shape();
        bail!("{}: rows of shape {found:?}; they should be {expected:?}, as when the run began", origin(config));
    }
    Ok(examples)
}

/// What only the data say: how a run of points scales its columns.
pub fn settle(config: &mut DataConfig) -> Result<()> {
    if config.dataset.is_points() && standard(config).is_none() {
        let Standard { mean, deviation } = Standard::of(&points(config)?)?;
        (config.column_means, config.column_deviations) = (Some(mean), Some(deviation));
    }
    Ok(())
}

fn points(config: &DataConfig) -> Result<Points> {
    match (config.dataset.toy(), &config.file) {
        (Some(toy), _) => Ok(toy.draw(Stream::new(0, "data/points"), 0, DRAWN)),
        (None, Some(file)) => Ok(Points::read(file)?),
        (None, None) => {
            let what = "data.dataset = \"points\" needs the file of the points: --data FILE.npy [setting data.file]";
            Err(BadArgument(what.to_owned()).into())
        }
    }
}

/// Where they come from, for people.
pub fn origin(config: &DataConfig) -> String {
    match (config.dataset, &config.folder) {
        (Dataset::Mnist, None) => "mnist (bundled)".to_owned(),
        (Dataset::Mnist, Some(folder)) => format!("mnist in {}", folder.display()),
        (Dataset::Points, _) => format!("points in {}", config.file.as_deref().unwrap_or(Path::new("")).display()),
        (law, _) => format!("{} (drawn)", law.name()),
    }
}
