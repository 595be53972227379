//! Points as a user sees and gives them: in the data's own units, where the network knows standardised columns.
use crate::gif;
use crate::problem::BadArgument;
use crate::scatter::{self, Window, Words};
use crate::settings::Settings;
use anyhow::Result;
use ito_data::{Examples, Points, Standard};
use ito_training::Config;
use ito_training::config::{DataConfig, Dataset};
use ndarray::ArrayView2;
use ndarray_npy::WriteNpyExt;
use serde::Deserialize;
use std::path::Path;

/// Points of the data that a plot shows.
const SHOWN: usize = 20_000;
/// Times the window of the data that an animation shows: the noise is as wide as the data, and has longer tails.
const AROUND: f64 = 1.25;

/// How the samples of a run of points are shown and written.
pub struct Cloud {
    name: String,
    standard: Standard,
    /// Points of the data, where they are still there.
    data: Vec<[f64; 2]>,
}

/// The standardisation that a run of points remembers.
pub fn standard(config: &DataConfig) -> Option<Standard> {
    let (mean, deviation) = (config.column_means.clone()?, config.column_deviations.clone()?);
    let holds = mean.len() == deviation.len() && deviation.iter().all(|d| *d > 0.0);
    holds.then_some(Standard { mean, deviation })
}

impl Cloud {
    /// Of a run of points; none of a run of pictures.
    pub fn of(config: &Config, examples: Option<&Examples>) -> Option<Cloud> {
        let standard = standard(&config.data)?;
        let mut cloud = Cloud { name: config.data.dataset.name().to_owned(), standard, data: Vec::new() };
        if let Some(examples) = examples {
            let mut values = vec![0.0; examples.len().min(SHOWN) * examples.size()];
            values.chunks_exact_mut(examples.size()).enumerate().for_each(|(k, row)| examples.row_into(k, row));
            cloud.data = cloud.plane(&values);
        }
        if let (Some(file), None) = (&config.data.file, config.data.dataset.toy()) {
            cloud.name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        }
        Some(cloud)
    }

    /// Data and samples side by side.
    pub fn png(&self, values: &[f32]) -> Result<Vec<u8>> {
        scatter::sheet(&self.words(), &self.data, &self.plane(values)).png()
    }

    /// From noise to samples.
    pub fn animation(&self, frames: &[Vec<f32>]) -> Result<Vec<u8>> {
        let frames: Vec<Vec<[f64; 2]>> = frames.iter().map(|frame| self.plane(frame)).collect();
        let seen = if self.data.is_empty() { frames.last().map_or(&[][..], Vec::as_slice) } else { &self.data };
        let (window, words) = (Window::around(seen).grown(AROUND), self.words());
        gif::sheets(frames.len(), |k| Ok(scatter::frame(&frames[k], window, &words.axes)))
    }

    /// An .npy file of float64 `[n, d]`.
    pub fn npy(&self, values: &[f32]) -> Result<Vec<u8>> {
        let points = self.standard.undo(values);
        let mut file = Vec::new();
        ArrayView2::from_shape((points.len(), points.columns), &points.values)?.write_npy(&mut file)?;
        Ok(file)
    }

    /// What the log-density of a standardised point loses to become that of the point, in nats.
    pub fn log_volume(&self) -> f64 {
        self.standard.log_volume()
    }

    /// The first two columns; of a single one, spread over a height that says nothing.
    fn plane(&self, values: &[f32]) -> Vec<[f64; 2]> {
        let points = self.standard.undo(values);
        let spread = |k: usize| (k as f64 * 0.618_033_988_749_894_9).fract() - 0.5;
        let place = |k: usize| match points.row(k) {
            [x] => [*x, 2.0 * self.standard.deviation[0] * spread(k)],
            row => [row[0], row[1]],
        };
        (0..points.len()).map(place).collect()
    }

    fn words(&self) -> Words {
        let columns = self.standard.mean.len();
        let (title, second) = match columns {
            1 => (format!("{}: its one column, spread out", self.name), String::new()),
            2 => (self.name.clone(), "column 1".to_owned()),
            _ => (format!("{}: columns 0 and 1 of {columns}", self.name), "column 1".to_owned()),
        };
        Words { title, axes: ["column 0".to_owned(), second] }
    }
}

/// Whether a path is a file of points by its name.
pub fn is_file(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npy"))
}

/// Where the data are points, a network for them and the settings that suit it, of those that were not given.
pub fn defaults(settings: &mut Settings) -> Result<(), BadArgument> {
    let dataset = settings.value("data.dataset").and_then(|name| Dataset::deserialize(name).ok());
    if !dataset.is_some_and(Dataset::is_points) {
        return Ok(());
    }
    if !settings.is_given("network.kind") {
        settings.flag("points", "network.kind", Some("mlp"))?;
    }
    if !settings.is_given("data.file") {
        // Of a million points, enough.
        settings.unless_given("data.held_out", 0.005);
    }
    // Near data the score is largest, and there pictures are rarely trained.
    settings.unless_given("train.times", "uniform");
    for (key, value) in [("train.minutes", 1.0), ("train.lr", 4e-3), ("train.ema", 0.999)] {
        settings.unless_given(key, value);
    }
    for (key, value) in
        [("train.batch", 512), ("train.held_out_every", 2000), ("checkpoint.every", 2000), ("sample.n", 5000)]
    {
        settings.unless_given(key, value);
    }
    Ok(())
}

/// Refuses data of one kind in the place of the other.
pub fn placed(config: &DataConfig) -> Result<(), BadArgument> {
    let name = config.dataset.name();
    match (&config.folder, &config.file) {
        (Some(folder), _) if config.dataset.is_points() => {
            let what = "is taken for a folder of pictures: points are a file .npy of [n, d]";
            Err(BadArgument(format!("--data {}: {what}", folder.display())))
        }
        (_, Some(file)) if config.dataset != Dataset::Points => {
            let what = "are a data set of their own: leave out";
            Err(BadArgument(format!("--data {}: points {what} --dataset {name}", file.display())))
        }
        _ => Ok(()),
    }
}

/// Points that a user gives, an .npy file of `[n, d]` in the data's own units, as the network knows them.
pub fn file(path: &Path, config: &Config) -> Result<Vec<f32>> {
    let say = |what: String| BadArgument(format!("{}: {what}", path.display()));
    let Some(standard) = standard(&config.data) else {
        return Err(say("the run does not remember the scale of its columns".to_owned()).into());
    };
    if !is_file(path) {
        let what = "points are a file .npy of [n, d], or the number of a point of the data set";
        return Err(say(what.to_owned()).into());
    }
    let points = Points::read(path)?;
    let (found, wanted) = (points.columns, standard.mean.len());
    if found != wanted {
        return Err(say(format!("points of {found} columns, but the run's have {wanted}: give [n, {wanted}]")).into());
    }
    Ok(standard.apply(&points))
}
