//! `ito sample`.
use crate::args::SampleArgs;
use crate::grid::{self, Sheet};
use crate::progress::Progress;
use crate::settings::Settings;
use crate::speak::{say, time};
use crate::train::{damaged, device};
use crate::{data, files, gif, npy, runs};
use anyhow::{Context, Result};
use ito_networks::UNet;
use ito_samplers::Name;
use ito_torch::Weights;
use ito_training::{Config, Drawn, Plan, RunFolder, generate};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tch::Device;

/// Pictures that an animation follows.
const FOLLOWED: usize = 16;

/// Draws pictures with the averaged weights of a run and writes them.
pub fn sample(args: &SampleArgs) -> Result<ExitCode> {
    let root = args.run.as_deref().map_or_else(runs::newest, runs::existing)?;
    let folder = RunFolder::open(&root)?;
    let config = config(args, &folder.config()?)?;
    let out = args.out.clone().unwrap_or_else(|| root.join("sample.png"));
    prove_outputs(args, &out)?;
    let device = device(&config)?;
    let picture = data::picture(config.data.dataset);
    let weights = weights(&folder, &config, picture, device)?;
    let begun = Instant::now();
    let drawn = draw(&config, &weights, device, if args.animate.is_some() { FOLLOWED } else { 0 })?;
    let taken = begun.elapsed();
    write(&out, &Sheet::new(&drawn.pictures, picture)?.png()?)?;
    let (n, steps, sampler) = (config.sample.n, config.sample.steps, &config.sample.sampler);
    let evaluations = drawn.evaluations;
    say(format_args!(
        "{n} pictures in {}, {evaluations} network evaluations a picture ({sampler}, {steps} steps) -> {}{}",
        time(taken),
        out.display(),
        if n > grid::MOST { format!(" (the first {} of them)", grid::MOST) } else { String::new() }
    ));
    if let Some(path) = &args.npy {
        write(path, &npy::npy(&drawn.pictures, picture)?)?;
        let [channels, height, width] = picture;
        say(format_args!("float32 [{n}, {channels}, {height}, {width}] in [-1, 1] -> {}", path.display()));
    }
    if let Some(path) = &args.animate {
        write(path, &gif::animation(&drawn.frames, picture)?)?;
        say(format_args!("the first {} of them, step by step -> {}", n.min(FOLLOWED), path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// The run's own settings, then file, `--set`, flags; all proven.
fn config(args: &SampleArgs, own: &Config) -> Result<Config> {
    let mut settings = Settings::of(own);
    if let Some(file) = &args.settings.config {
        settings.file(file)?;
    }
    settings.words(&args.settings.set)?;
    settings.flag("--n", "sample.n", args.n.map(i64::from))?;
    settings.flag("--sampler", "sample.sampler", args.sampler.clone())?;
    settings.flag("--steps", "sample.steps", args.steps.map(i64::from))?;
    settings.flag("--grid", "sample.grid", args.grid.clone())?;
    settings.flag("--seed", "sample.seed", args.seed.map(|seed| seed as i64))?;
    settings.flag("--batch", "sample.batch", args.batch.map(i64::from))?;
    settings.flag("--device", "train.device", args.settings.device.clone())?;
    let may_change = |key: &str| key.starts_with("sample.") || key == "train.device";
    settings.keeps(own, may_change, "only the table sample and train.device can change now")?;
    let config = settings.config()?;
    config.check()?;
    config.sample.sampler.parse::<Name>()?;
    Ok(config)
}

fn prove_outputs(args: &SampleArgs, out: &Path) -> Result<()> {
    let outputs: [(Option<&PathBuf>, _, _); 2] =
        [(args.npy.as_ref(), "--npy", "npy"), (args.animate.as_ref(), "--animate", "gif")];
    files::prove_writable(out, "--out", "png")?;
    outputs
        .into_iter()
        .filter_map(|(path, flag, ending)| Some((path?, flag, ending)))
        .try_for_each(|(path, flag, ending)| files::prove_writable(path, flag, ending))
}

/// The averaged weights of the newest checkpoint that is whole.
fn weights(folder: &RunFolder, config: &Config, picture: [usize; 3], device: Device) -> Result<Weights> {
    let (mut weights, network) = Weights::create(0, device, |scope| UNet::new(&config.network, picture, scope));
    network?;
    folder.newest_good(|checkpoint| checkpoint.load_average(&mut weights), &mut |checkpoint, error| {
        damaged(&checkpoint.folder, error)
    })?;
    Ok(weights)
}

fn draw(config: &Config, weights: &Weights, device: Device, follow: usize) -> Result<Drawn> {
    let plan = Plan::new(config, data::picture(config.data.dataset), device)?.following(follow);
    let progress = Progress::new("step", 0, Some(plan.steps_in_all()));
    // Workers report out of order.
    let most = AtomicU64::new(0);
    let drawn = generate(weights, &plan, &|done| {
        let before = most.fetch_max(done, Ordering::Relaxed);
        progress.at(before.max(done), "");
    });
    progress.close();
    Ok(drawn?)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    files::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
