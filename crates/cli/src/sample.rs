//! `ito sample`.
use crate::args::SampleArgs;
use crate::grid;
use crate::problem::BadArgument;
use crate::progress::Progress;
use crate::settings::Settings;
use crate::speak::{say, time};
use crate::train::{damaged, device};
use crate::{files, pictures, runs, samplers, show};
use anyhow::{Context, Result};
use ito_torch::Weights;
use ito_training::{Config, Drawn, Plan, RunFolder, TrainError, between, generate};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tch::Device;

/// Pictures that an animation follows.
const FOLLOWED: usize = 16;

/// Frames from one picture to another, where their number is not given.
const FRAMES: i64 = 16;

/// Settings that belong to one sampler.
const OPTIONS: [&str; 5] = ["sample.eta", "sample.churn", "sample.noise", "sample.tolerance", "sample.snr"];

/// Draws pictures with the averaged weights of a run and writes them.
pub fn sample(args: &SampleArgs) -> Result<ExitCode> {
    if args.list_samplers {
        samplers::list();
        return Ok(ExitCode::SUCCESS);
    }
    let root = args.run.as_deref().map_or_else(runs::newest, runs::existing)?;
    let folder = RunFolder::open(&root)?;
    let config = config(args, &folder.config()?)?;
    let out = args.out.clone().unwrap_or_else(|| root.join("sample.png"));
    prove_outputs(args, &out)?;
    let device = device(&config)?;
    let interface = config.interface();
    let (shape, size) = (interface.shape.as_slice(), interface.size());
    let ends = args.between.as_ref().map(|ends| ends.iter().map(|end| pictures::one(end, &config)));
    let ends = ends.map(Iterator::collect::<Result<Vec<_>>>).transpose()?;
    let weights = weights(&folder, &config, device)?;
    let begun = Instant::now();
    let drawn = match ends.as_deref() {
        Some([a, b]) => frames(&config, &weights, device, [&a.values, &b.values])?,
        _ => draw(&config, &weights, device, if args.animate.is_some() { FOLLOWED } else { 0 })?,
    };
    let taken = begun.elapsed();
    write(&out, &show::png(&drawn.values, shape)?)?;
    let (n, steps, sampler) = (config.sample.n, config.sample.steps, &config.sample.sampler);
    let evaluations = drawn.evaluations;
    say(format_args!(
        "{n} pictures in {}, {evaluations} network evaluations a picture ({sampler}, {steps} steps) -> {}{}",
        time(taken),
        out.display(),
        if n > grid::MOST { format!(" (the first {} of them)", grid::MOST) } else { String::new() }
    ));
    if let Some([a, b]) = ends.as_deref() {
        let off = |end: &[f32], frame: &[f32]| {
            (end.iter().zip(frame).map(|(x, y)| f64::from(x - y).powi(2)).sum::<f64>() / end.len() as f64).sqrt()
        };
        let (first, last) = (&drawn.values[..a.values.len()], &drawn.values[(n - 1) * b.values.len()..]);
        let (first, last) = (off(&a.values, first), off(&b.values, last));
        say(format_args!(
            "the ends came back with an rms error of {first:.2e} and {last:.2e}; more steps make it smaller"
        ));
    }
    if let Some(path) = &args.npy {
        write(path, &show::npy(&drawn.values, shape)?)?;
        let shape = shape.iter().map(|n| format!(", {n}")).collect::<String>();
        say(format_args!("float32 [{n}{shape}] in [-1, 1] -> {}", path.display()));
    }
    if let Some(path) = &args.animate {
        if ends.is_some() {
            let frames: Vec<Vec<f32>> = drawn.values.chunks_exact(size).map(<[f32]>::to_vec).collect();
            write(path, &show::animation(&frames, shape)?)?;
            say(format_args!("from one to the other -> {}", path.display()));
        } else {
            write(path, &show::animation(&drawn.frames, shape)?)?;
            say(format_args!("the first {} of them, step by step -> {}", n.min(FOLLOWED), path.display()));
        }
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
    settings.flag("--eta", "sample.eta", args.eta)?;
    settings.flag("--churn", "sample.churn", args.churn)?;
    settings.flag("--noise", "sample.noise", args.noise)?;
    settings.flag("--tolerance", "sample.tolerance", args.tolerance)?;
    settings.flag("--snr", "sample.snr", args.snr)?;
    if args.between.is_some() {
        // Those of the run are for drawing; the way back needs a sampler without noise.
        settings.unless_given("sample.n", FRAMES);
        settings.unless_given("sample.sampler", "heun");
    }
    if settings.changed("sample.sampler", own) {
        // The run's options are those of its own sampler.
        OPTIONS.into_iter().for_each(|key| settings.forget(key));
    }
    settings.flag("--steps", "sample.steps", args.steps.map(i64::from))?;
    settings.flag("--grid", "sample.grid", args.grid.clone())?;
    settings.flag("--last", "sample.last", args.last.clone())?;
    settings.flag("--seed", "sample.seed", args.seed.map(|seed| seed as i64))?;
    settings.flag("--batch", "sample.batch", args.batch.map(i64::from))?;
    settings.flag("--device", "train.device", args.settings.device.clone())?;
    let may_change = |key: &str| key.starts_with("sample.") || key == "train.device";
    settings.keeps(own, may_change, "only the table sample and train.device can change now")?;
    let config = settings.config()?;
    config.check()?;
    let recipe = config.recipe()?;
    if args.between.is_some() && recipe.order().noise {
        let what = format!("{} draws noise, so it has no way back from a picture", config.sample.sampler);
        return Err(BadArgument(format!("--between: {what}; take one that draws none, such as ddim or heun")).into());
    }
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
pub fn weights(folder: &RunFolder, config: &Config, device: Device) -> Result<Weights> {
    let interface = config.interface();
    let (mut weights, network) = Weights::create(0, device, |scope| config.network.build(&interface, scope));
    network?;
    folder.newest_good(|checkpoint| checkpoint.load_average(&mut weights), &mut |checkpoint, error| {
        damaged(&checkpoint.folder, error)
    })?;
    Ok(weights)
}

fn draw(config: &Config, weights: &Weights, device: Device, follow: usize) -> Result<Drawn> {
    let plan = Plan::new(config, device)?.following(follow);
    watched(plan.steps_in_all(), |tick| generate(weights, &plan, tick))
}

fn frames(config: &Config, weights: &Weights, device: Device, ends: [&[f32]; 2]) -> Result<Drawn> {
    let plan = Plan::new(config, device)?;
    watched(plan.steps_in_all(), |tick| between(weights, plan, ends, tick))
}

/// With a bar; workers report out of order.
fn watched(total: u64, draw: impl FnOnce(&(dyn Fn(u64) + Sync)) -> Result<Drawn, TrainError>) -> Result<Drawn> {
    let progress = Progress::new("step", 0, Some(total));
    let most = AtomicU64::new(0);
    let drawn = draw(&|done| {
        let before = most.fetch_max(done, Ordering::Relaxed);
        progress.at(before.max(done), "");
    });
    progress.close();
    Ok(drawn?)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    files::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
