//! What can be typed.
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Trains diffusion and flow-matching models, and draws with them.
#[derive(Debug, Parser)]
#[command(name = "ito", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train a model; without arguments the default one, on the bundled digits
    Train(TrainArgs),
    /// Draw pictures with a trained model; without arguments that of the newest run
    Sample(SampleArgs),
}

/// The largest whole number that TOML can hold.
const LARGEST: u64 = i64::MAX as u64;

#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// File of settings: tables data, path, network, train, checkpoint, sample
    #[arg(long, value_name = "FILE.toml")]
    pub config: Option<PathBuf>,
    /// One setting, such as train.lr=1e-3; wins over the file; may be given many times
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// auto, cpu, cuda or cuda:K [setting train.device]
    #[arg(long, value_name = "DEVICE")]
    pub device: Option<String>,
}

#[derive(Debug, Args)]
pub struct TrainArgs {
    #[command(flatten)]
    pub settings: ConfigArgs,
    /// Name of the run, a folder below runs/ [default: the first free of mnist-1, mnist-2, ..]
    #[arg(long, value_name = "NAME", conflicts_with = "out")]
    pub run: Option<String>,
    /// Folder of the run, where it is not to be below runs/
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Go on with a run where it stopped; without --run or --out the newest one below runs/
    #[arg(long)]
    pub resume: bool,
    /// Name of the data set [setting data.dataset]
    #[arg(long, value_name = "NAME")]
    pub dataset: Option<String>,
    /// Folder with the official training files, in place of the bundled 10,000 digits [setting data.folder]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Steps of training in all [setting train.steps]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=LARGEST))]
    pub steps: Option<u64>,
    /// Minutes that training may take, in place of a number of steps [setting train.minutes]
    #[arg(long, value_name = "M", conflicts_with = "steps")]
    pub minutes: Option<f64>,
    /// Pictures a step [setting train.batch]
    #[arg(long, value_name = "B")]
    pub batch: Option<u32>,
    /// Seed of everything random in training [setting train.seed]
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(..=LARGEST))]
    pub seed: Option<u64>,
}

#[derive(Debug, Args)]
pub struct SampleArgs {
    #[command(flatten)]
    pub settings: ConfigArgs,
    /// Name of a run below runs/, or the folder of a run [default: the newest below runs/]
    #[arg(long, value_name = "NAME|DIR")]
    pub run: Option<String>,
    /// How many pictures [setting sample.n]
    #[arg(long, value_name = "N")]
    pub n: Option<u32>,
    /// ddim, heun or ancestral [setting sample.sampler]
    #[arg(long, value_name = "NAME")]
    pub sampler: Option<String>,
    /// Steps from noise to picture [setting sample.steps]
    #[arg(long, value_name = "N")]
    pub steps: Option<u32>,
    /// Where the steps lie: uniform or karras [setting sample.grid]
    #[arg(long, value_name = "NAME")]
    pub grid: Option<String>,
    /// Seed; picture k of a seed is the same whatever else is asked for [setting sample.seed]
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(..=LARGEST))]
    pub seed: Option<u64>,
    /// Pictures a GPU takes at once; changes no picture [setting sample.batch]
    #[arg(long, value_name = "B")]
    pub batch: Option<u32>,
    /// Where the pictures go, side by side [default: sample.png in the run's folder]
    #[arg(long, value_name = "FILE.png")]
    pub out: Option<PathBuf>,
    /// Also write the numbers: float32 [n, channels, height, width] in [-1, 1]
    #[arg(long, value_name = "FILE.npy")]
    pub npy: Option<PathBuf>,
    /// Also write how the first 16 pictures came out of the noise
    #[arg(long, value_name = "FILE.gif")]
    pub animate: Option<PathBuf>,
}
