//! `ito train`.
use crate::args::TrainArgs;
use crate::points::{self, Cloud};
use crate::problem::BadArgument;
use crate::settings::Settings;
use crate::show::size;
use crate::signals::Signals;
use crate::speak::{say, tell, time};
use crate::watch::{SAMPLES, Watcher, show};
use crate::{data, runs};
use anyhow::{Context, Result};
use ito_networks::{Interface, NetworkConfig, UNet2dConfig};
use ito_torch::{DeviceChoice, workers};
use ito_training::{Config, Outcome, RunFolder, TrainError, Trainer};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use tch::Device;

/// Merges the settings, makes or opens the run, trains, and says what to type next.
pub fn train(args: &TrainArgs) -> Result<ExitCode> {
    let root = root(args)?;
    let mut config = config(args, &root)?;
    let device = device(&config)?;
    data::settle(&mut config.data)?;
    let examples = data::examples(&config.data)?;
    let cloud = Cloud::of(&config, Some(&examples));
    let mut trainer = Trainer::new(config, examples, device)?;
    // Only now, so that bad values leave nothing behind.
    let folder = if args.resume { reopen(&root, &mut trainer)? } else { create(&root, &trainer)? };
    if trainer.finished() {
        return finished_before(&root, &trainer, cloud.as_ref());
    }
    announce(&root, &trainer);
    let signals = Signals::listen().context("cannot listen for Ctrl-C")?;
    let begun = Instant::now();
    let shape = trainer.shape().to_vec();
    let mut watcher = Watcher::new(&root, &trainer, &shape, cloud);
    let outcome = ito_training::train(&mut trainer, &folder, &signals.stop, &mut |event| watcher.see(&event));
    watcher.progress.close();
    let step = trainer.steps_done();
    match outcome? {
        Outcome::Finished => {
            let held_out = watcher.held_out.map_or(String::new(), |loss| format!(", held-out loss {loss:.4}"));
            let picture = root.join(SAMPLES);
            tell(format_args!("{step} steps in {}{held_out} -> {}", time(begun.elapsed()), picture.display()));
            say(format_args!("next: cargo xtask sample {}", runs::flag(&root, "--run")));
            Ok(ExitCode::SUCCESS)
        }
        Outcome::Stopped => {
            tell(format_args!("stopped after step {step}; everything is saved"));
            say(format_args!("next: cargo xtask train --resume {}", runs::flag(&root, "--out")));
            Ok(ExitCode::from(signals.exit_code()))
        }
    }
}

fn root(args: &TrainArgs) -> Result<PathBuf> {
    match (&args.run, &args.out) {
        (Some(name), _) => Ok(runs::named(name)?),
        (None, Some(folder)) => Ok(folder.clone()),
        (None, None) if args.resume => runs::newest(),
        (None, None) => {
            let points = args.data.as_deref().is_some_and(points::is_file).then_some("points");
            Ok(runs::fresh(args.dataset.as_deref().or(points).unwrap_or("mnist")))
        }
    }
}

/// Moves of a Langevin walk, where their number is not given.
const WALK: i64 = 1000;

/// Learning rate of an energy that draws while it learns.
const CHAINS_LR: f64 = 5e-4;

/// Defaults or the run's own, then file, `--set`, flags; all proven.
pub fn config(args: &TrainArgs, root: &Path) -> Result<Config> {
    let own = if args.resume { RunFolder::open(root)?.config()? } else { Config::default() };
    let mut settings = Settings::of(&own);
    if let Some(file) = &args.settings.config {
        settings.file(file)?;
    }
    settings.words(&args.settings.set)?;
    let number = |n: Option<u64>| n.map(|n| n as i64);
    settings.flag("--dataset", "data.dataset", args.dataset.clone())?;
    let data = args.data.as_deref().map(|place| absolute("--data", place)).transpose()?;
    if args.data.as_deref().is_some_and(points::is_file) {
        settings.flag("--data", "data.dataset", args.dataset.is_none().then_some("points"))?;
        settings.flag("--data", "data.file", data)?;
    } else {
        settings.flag("--data", "data.folder", data)?;
    }
    settings.flag(
        "--vectors",
        "data.vectors",
        args.vectors.as_deref().map(|file| absolute("--vectors", file)).transpose()?,
    )?;
    settings.flag("--conditional", "condition.class", args.conditional.then_some(true))?;
    settings.flag("--picture", "condition.picture", args.picture.clone())?;
    settings.flag("--factor", "condition.factor", args.factor.map(i64::from))?;
    settings.flag("--steps", "train.steps", number(args.steps))?;
    settings.flag("--minutes", "train.minutes", args.minutes)?;
    settings.flag("--minutes", "train.steps", args.minutes.map(|_| 0))?;
    settings.flag("--batch", "train.batch", args.batch.map(i64::from))?;
    settings.flag("--seed", "train.seed", number(args.seed))?;
    settings.flag("--device", "train.device", args.settings.device.clone())?;
    if !args.resume {
        points::defaults(&mut settings)?;
        fit(&mut settings)?;
    }
    if !args.resume && settings.config()?.at_data_alone() {
        // There is no path to walk down.
        settings.unless_given("sample.sampler", "langevin");
        settings.unless_given("sample.steps", WALK);
        // Where the energy grows faster than the chains can follow, they run away.
        settings.unless_given("train.lr", CHAINS_LR);
    }
    let config = settings.config()?;
    points::placed(&config.data)?;
    if args.resume {
        // Where the numbers lie may change, but not that there are some.
        let may_change = |key: &str| may_change(key) || key == "data.vectors" && own.data.vectors.is_some();
        settings.keeps(&own, may_change, "a run keeps its data, path, network, seed, batch and objective")?;
        if own.train.steps > 0 && (config.train.steps == 0 || config.train.minutes != own.train.minutes) {
            let what = format!("the number of steps was fixed at the start, {}", own.train.steps);
            return Err(BadArgument(format!("--minutes, --resume: {what}; --steps N changes it")).into());
        }
    }
    prove(&config)?;
    Ok(config)
}

/// The defaults of diffusers' network are for large colored pictures; here they fit the data.
fn fit(settings: &mut Settings) -> Result<()> {
    let config = settings.config()?;
    if let NetworkConfig::Unet2d(_) = config.network {
        let interface = config.interface();
        let classes = if config.condition.class { config.data.dataset.classes() } else { 0 };
        settings.by_default(NetworkConfig::Unet2d(UNet2dConfig::fitting(&Interface { classes, ..interface })));
    }
    Ok(())
}

/// Which keys a run may change when it goes on.
fn may_change(key: &str) -> bool {
    let kept_keys = [
        "train.seed",
        "train.prediction",
        "train.preconditioning",
        "train.times",
        "train.objective",
        "train.batch",
        "train.micro_batch",
        "chains.count",
    ];
    let kept_tables = ["data.", "path.", "network.", "condition."];
    let kept = kept_keys.contains(&key) || kept_tables.iter().any(|table| key.starts_with(table));
    !kept || key == "data.folder" || key == "data.file"
}

/// What would else come to light only at the first sample grid.
fn prove(config: &Config) -> Result<()> {
    config.check()?;
    if !config.at_data_alone() {
        config.recipe()?;
    }
    let path = config.path.build()?;
    config.path.grid(&*path, config.sample.grid, config.sample.last, config.sample.steps)?;
    Ok(())
}

/// The folder of the data as the run remembers it: valid from everywhere.
fn absolute(flag: &str, folder: &Path) -> Result<String> {
    let whole = std::path::absolute(folder).with_context(|| format!("{flag} {}", folder.display()))?;
    let text = whole.to_str().map(str::to_owned);
    Ok(text.ok_or_else(|| BadArgument(format!("{flag} {}: the path must be UTF-8", folder.display())))?)
}

/// The device, with libtorch's own threads off on the CPU: ours share the work.
pub fn device(config: &Config) -> Result<Device> {
    let device = config.train.device.parse::<DeviceChoice>()?.resolve()?;
    if device == Device::Cpu {
        tch::set_num_threads(1);
        ito_torch::keep_freed_memory();
    }
    Ok(device)
}

fn create(root: &Path, trainer: &Trainer) -> Result<RunFolder> {
    RunFolder::create(root, trainer.config()).context("cannot make the run's folder")
}

fn reopen(root: &Path, trainer: &mut Trainer) -> Result<RunFolder> {
    let folder = RunFolder::reopen(root)?;
    if !folder.all_checkpoints()?.is_empty() {
        let load = |checkpoint: &_| trainer.load(checkpoint);
        folder.newest_good(load, &mut |checkpoint, error| damaged(&checkpoint.folder, error))?;
    }
    let (done, asked) = (trainer.steps_done(), trainer.config().train.steps);
    if asked > 0 && asked < done {
        return Err(BadArgument(format!("train.steps = {asked} (--steps): the run has done {done} already")).into());
    }
    if folder.config()? != *trainer.config() {
        folder.write_config(trainer.config())?;
    }
    Ok(folder)
}

/// Names a checkpoint that is passed over.
pub fn damaged(folder: &Path, error: &TrainError) {
    tell(format_args!("warning: {} is damaged and passed over: {error}", folder.display()));
}

/// A run that was done before; draws the last grid if the end came before it.
fn finished_before(root: &Path, trainer: &Trainer, cloud: Option<&Cloud>) -> Result<ExitCode> {
    let step = trainer.steps_done();
    tell(format_args!("{} is finished: all {step} steps are done; --steps N trains on", root.display()));
    let place = root.join(SAMPLES);
    if !place.exists() {
        show(&place, &trainer.draw()?, trainer.shape(), cloud)?;
    }
    say(format_args!("next: cargo xtask sample {}", runs::flag(root, "--run")));
    Ok(ExitCode::SUCCESS)
}

fn announce(root: &Path, trainer: &Trainer) {
    let config = trainer.config();
    let device = match trainer.device() {
        Device::Cpu => {
            let shares = config.train.batch.div_ceil(config.train.micro_batch);
            format!("cpu, {} of {} threads (train.micro_batch)", workers::available().min(shares), workers::available())
        }
        Device::Cuda(k) => format!("cuda:{k}"),
        other => format!("{other:?}"),
    };
    let length = match config.train.steps {
        0 => format!("{} minutes", config.train.minutes),
        steps => format!("{steps} steps in all"),
    };
    let data = data::origin(&config.data);
    match trainer.steps_done() {
        0 => tell(format_args!("run      {}", root.display())),
        step if config.train.steps == 0 => tell(format_args!("run      {}, resuming at step {step}", root.display())),
        step => tell(format_args!("run      {}, resuming at step {step} of {}", root.display(), config.train.steps)),
    }
    let item = if config.data.dataset.is_points() { "points" } else { "pictures" };
    tell(format_args!("data     {data}: {} {item} of {}", trainer.examples(), size(trainer.shape())));
    let mismatch = trainer.prior_mismatch();
    let mismatch = if mismatch < 1e-12 { "0".to_owned() } else { format!("{mismatch:.1e}") };
    tell(format_args!(
        "prior    {mismatch} nats a number from pure noise at the noisiest time (0: nothing of the data is left)"
    ));
    tell(format_args!("network  {} parameters", trainer.weights().count()));
    tell(format_args!("compute  {device}; {length}, {} {item} a step", config.train.batch));
    tell("Ctrl-C finishes the step, saves, and says how to go on");
}
