//! `ito sample`.
use crate::args::SampleArgs;
use crate::grid;
use crate::points::Cloud;
use crate::problem::BadArgument;
use crate::progress::Progress;
use crate::settings::Settings;
use crate::source::Source;
use crate::speak::{say, time};
use crate::told::told;
use crate::train::device;
use crate::{data, files, pictures, samplers, show};
use anyhow::{Context, Result};
use ito_torch::Weights;
use ito_training::{Config, Drawn, Plan, TrainError, between, generate};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tch::Device;

/// Pictures that an animation follows.
const FOLLOWED: usize = 16;

/// Points that an animation follows.
const FOLLOWED_POINTS: usize = 1500;

/// Frames from one picture to another, where their number is not given.
const FRAMES: i64 = 16;

/// Settings that belong to one sampler.
const OPTIONS: [&str; 6] =
    ["sample.eta", "sample.churn", "sample.noise", "sample.tolerance", "sample.snr", "sample.langevin_step"];

/// Settings that belong to a path through a table of betas.
const TABLE: [&str; 6] =
    ["path.betas", "path.beta_start", "path.beta_end", "path.steps", "path.zero_terminal_snr", "sample.grid"];

/// Draws pictures with the averaged weights of a run and writes them.
pub fn sample(args: &SampleArgs) -> Result<ExitCode> {
    if args.list_samplers {
        samplers::list();
        return Ok(ExitCode::SUCCESS);
    }
    let source = Source::of(args)?;
    let config = config(args, &source)?;
    let out = args.out.clone().unwrap_or_else(|| source.out());
    prove_outputs(args, &out)?;
    let device = device(&config)?;
    let interface = config.interface();
    let (shape, size) = (interface.shape.as_slice(), interface.size());
    let ends = args.between.as_ref().map(|ends| ends.iter().map(|end| pictures::one(end, &config)));
    let ends = ends.map(Iterator::collect::<Result<Vec<_>>>).transpose()?;
    let weights = source.weights(&config, device)?;
    let begun = Instant::now();
    let drawn = match ends.as_deref() {
        Some([a, b]) => frames(&config, &weights, device, [&a.values, &b.values], args)?,
        _ => draw(&config, &weights, device, args)?,
    };
    let taken = begun.elapsed();
    let examples = config.data.dataset.is_points().then(|| data::examples(&config.data));
    let cloud = Cloud::of(&config, examples.and_then(Result::ok).as_ref());
    write(&out, &cloud.as_ref().map_or_else(|| show::sheet(&drawn, shape), |cloud| cloud.png(&drawn.values))?)?;
    let item = if cloud.is_some() { "point" } else { "picture" };
    let (n, steps, sampler) = (config.sample.n, config.sample.steps, &config.sample.sampler);
    let evaluations = drawn.evaluations;
    say(format_args!(
        "{n} {item}s in {}, {evaluations} network evaluations a {item} ({sampler}, {steps} steps) -> {}{}",
        time(taken),
        out.display(),
        if cloud.is_none() && n > grid::MOST { format!(" (the first {} of them)", grid::MOST) } else { String::new() }
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
        let numbers = cloud.as_ref().map_or_else(|| show::npy(&drawn.values, shape), |cloud| cloud.npy(&drawn.values));
        write(path, &numbers?)?;
        let shape = shape.iter().map(|n| format!(", {n}")).collect::<String>();
        let unit = if cloud.is_some() { "float64" } else { "float32" };
        let range = if cloud.is_some() { "in the data's own units" } else { "in [-1, 1]" };
        say(format_args!("{unit} [{n}{shape}] {range} -> {}", path.display()));
    }
    let animation = |frames: &[Vec<f32>]| match &cloud {
        Some(cloud) => cloud.animation(frames),
        None => show::animation(frames, shape),
    };
    if let Some(path) = &args.animate {
        if ends.is_some() {
            let frames: Vec<Vec<f32>> = drawn.values.chunks_exact(size).map(<[f32]>::to_vec).collect();
            write(path, &animation(&frames)?)?;
            say(format_args!("from one to the other -> {}", path.display()));
        } else {
            write(path, &animation(&drawn.frames)?)?;
            say(format_args!("the first {} of them, step by step -> {}", n.min(followed(&config)), path.display()));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The run's own settings, then file, `--set`, flags; all proven.
fn config(args: &SampleArgs, source: &Source) -> Result<Config> {
    let own = source.config();
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
    settings.flag("--langevin-step", "sample.langevin_step", args.langevin_step)?;
    settings.flag("--class", "sample.class", args.class.clone())?;
    settings.flag("--guidance", "sample.guidance", args.guidance)?;
    let (low, high) = args.guidance_interval.as_ref().map_or((None, None), |ends| (Some(ends[0]), Some(ends[1])));
    settings.flag("--guidance-interval", "sample.guidance_low", low)?;
    settings.flag("--guidance-interval", "sample.guidance_high", high)?;
    settings.flag("--guidance-rescale", "sample.guidance_rescale", args.guidance_rescale)?;
    if args.between.is_some() {
        // All frames are told the same.
        if own.condition.class {
            settings.unless_given("sample.class", "none");
        }
        // Those of the run are for drawing; the way back needs a sampler without noise.
        settings.unless_given("sample.n", FRAMES);
        settings.unless_given("sample.sampler", "heun");
    }
    if settings.changed("path.name", own) {
        // What stood there of the path, and of its grid, were those of the table that a bare folder is supposed to have.
        TABLE.into_iter().for_each(|key| settings.forget(key));
    }
    if settings.changed("sample.sampler", own) {
        // The run's options are those of its own sampler.
        OPTIONS.into_iter().for_each(|key| settings.forget(key));
    }
    settings.flag("--steps", "sample.steps", args.steps.map(i64::from))?;
    settings.flag("--grid", "sample.grid", args.grid.clone())?;
    settings.flag("--dtype", "sample.dtype", args.dtype.clone())?;
    settings.flag("--last", "sample.last", args.last.clone())?;
    settings.flag("--seed", "sample.seed", args.seed.map(|seed| seed as i64))?;
    settings.flag("--batch", "sample.batch", args.batch.map(i64::from))?;
    settings.flag("--device", "train.device", args.settings.device.clone())?;
    settings.keeps(own, |key| source.may_change(key), "only the table sample and train.device can change now")?;
    let config = settings.config()?;
    config.check()?;
    let noisy = config.at_data_alone() || config.recipe()?.order().noise;
    if args.between.is_some() && noisy {
        let what = format!("{} draws noise, so it has no way back from a picture", config.sample.sampler);
        return Err(BadArgument(format!("--between: {what}; take one that draws none, such as ddim or heun")).into());
    }
    Ok(config)
}

fn followed(config: &Config) -> usize {
    if config.data.dataset.is_points() { FOLLOWED_POINTS } else { FOLLOWED }
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

fn draw(config: &Config, weights: &Weights, device: Device, args: &SampleArgs) -> Result<Drawn> {
    let plan = Plan::new(config, device)?.following(if args.animate.is_some() { followed(config) } else { 0 });
    let plan = told(plan, args, config)?;
    watched(plan.steps_in_all(), |tick| generate(weights, &plan, tick))
}

fn frames(config: &Config, weights: &Weights, device: Device, ends: [&[f32]; 2], args: &SampleArgs) -> Result<Drawn> {
    let plan = told(Plan::new(config, device)?, args, config)?;
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
