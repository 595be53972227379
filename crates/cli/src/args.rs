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
    Sample(Box<SampleArgs>),
    /// Say how likely pictures are under a trained model: log p with its standard error, and bits a number
    Score(ScoreArgs),
    /// Write a run's averaged network as a folder that Python's diffusers loads; network.kind = "unet2d" only
    Export(ExportArgs),
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
    /// Name of the data set: mnist; or moons, swiss-roll, checkerboard, spirals or mixture, laws in the plane [setting data.dataset]
    #[arg(long, value_name = "NAME")]
    pub dataset: Option<String>,
    /// File of points, float32 or float64 [n, d] [setting data.file]; or the folder with the official training files, in place of
    /// the bundled 10,000 digits [setting data.folder]
    #[arg(long, value_name = "FILE.npy|DIR")]
    pub data: Option<PathBuf>,
    /// Tell the network the class of each example, so that one can be asked for [setting condition.class]
    #[arg(long)]
    pub conditional: bool,
    /// File of numbers that belong to each example, float32 or float64 [n, m]; the network is told them [setting data.vectors]
    #[arg(long, value_name = "FILE.npy")]
    pub vectors: Option<PathBuf>,
    /// Learn to restore pictures: super-resolution or inpainting [setting condition.picture]
    #[arg(long, value_name = "NAME")]
    pub picture: Option<String>,
    /// Of super-resolution: how many times smaller the given picture is [setting condition.factor]
    #[arg(long, value_name = "K")]
    pub factor: Option<u32>,
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
    #[arg(long, value_name = "NAME|DIR", conflicts_with = "model")]
    pub run: Option<String>,
    /// Folder of a UNet2DModel as diffusers saves it, in place of a run: a pipeline, whose path, prediction and clipping are used, or
    /// config.json and weights alone, supposed to be DDPM's unless --set path.name, train.prediction and train.clock say otherwise
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
    /// How many pictures [setting sample.n]
    #[arg(long, value_name = "N")]
    pub n: Option<u32>,
    /// Name of the sampler, such as ddim, heun or ancestral [setting sample.sampler]
    #[arg(long, value_name = "NAME")]
    pub sampler: Option<String>,
    /// Of ddim: how much of the noise of ancestral it draws, in [0, 1] [setting sample.eta]
    #[arg(long, value_name = "ETA")]
    pub eta: Option<f64>,
    /// Of edm: how much noise it adds over all steps, S_churn [setting sample.churn]
    #[arg(long, value_name = "S")]
    pub churn: Option<f64>,
    /// Of sde: times the noise of the forward process [setting sample.noise]
    #[arg(long, value_name = "TIMES")]
    pub noise: Option<f64>,
    /// Of dopri5: relative and absolute tolerance [setting sample.tolerance]
    #[arg(long, value_name = "TOL")]
    pub tolerance: Option<f64>,
    /// Of pc: signal-to-noise ratio of its corrector [setting sample.snr]
    #[arg(long, value_name = "RATIO")]
    pub snr: Option<f64>,
    /// Of langevin and mala, which draw from a model of train.objective = pcd: size of a move, in squared deviations of the data
    /// [setting sample.langevin_step]
    #[arg(long, value_name = "H")]
    pub langevin_step: Option<f64>,
    /// Of a run with classes: 7, or several in turn such as 0,1,2, or all, or none [default: all] [setting sample.class]
    #[arg(long, value_name = "CLASS")]
    pub class: Option<String>,
    /// Away from what the model draws unconditionally: 1 for no guidance, 2 for clearer and less varied pictures; two evaluations
    /// where there is one [setting sample.guidance]
    #[arg(long, value_name = "W", allow_negative_numbers = true)]
    pub guidance: Option<f64>,
    /// Guided only where noise / signal is above LOW and at most HIGH [settings sample.guidance_low, sample.guidance_high]
    #[arg(long, num_args = 2, value_names = ["LOW", "HIGH"])]
    pub guidance_interval: Option<Vec<f64>>,
    /// How much of the spread that guidance takes is given back, from 0 to 1 [setting sample.guidance_rescale]
    #[arg(long, value_name = "PHI")]
    pub guidance_rescale: Option<f64>,
    /// Of a run with vectors: what every sample is told, such as 0.3,1.2 [default: those of the held-out examples]
    #[arg(long, value_name = "NUMBERS", allow_hyphen_values = true, conflicts_with = "vectors")]
    pub vector: Option<String>,
    /// The same for each sample: row k mod m of float32 or float64 [m, numbers]
    #[arg(long, value_name = "FILE.npy")]
    pub vectors: Option<PathBuf>,
    /// Of a run that restores pictures: the picture to restore, a .png or .npy file, of super-resolution the small one; or the number
    /// of one of the run's data set, degraded as in training [default: pictures of the held-out part]
    #[arg(long, value_name = "FILE|K")]
    pub given: Option<String>,
    /// Of inpainting: what of the given picture is to be painted, white; what is black stays
    #[arg(long, value_name = "FILE.png", requires = "given")]
    pub mask: Option<PathBuf>,
    /// List the samplers: order, evaluations of the network a step, whether they draw noise; needs no run
    #[arg(long)]
    pub list_samplers: bool,
    /// Draw the way from one picture to another through their noise: each a .png of one picture, an .npy file, or the number of
    /// one of the run's data set; --n frames [default: 16], by a sampler that draws no noise [default: heun]
    #[arg(long, num_args = 2, value_names = ["A", "B"])]
    pub between: Option<Vec<String>>,
    /// Steps from noise to picture [setting sample.steps]
    #[arg(long, value_name = "N")]
    pub steps: Option<u32>,
    /// Where the steps lie: uniform, karras, log-snr, quadratic or cosine; of a table of betas also leading, linspace or trailing
    /// [setting sample.grid]
    #[arg(long, value_name = "NAME")]
    pub grid: Option<String>,
    /// What the network computes in: own, the dtype of its weights, or bf16, faster and coarser [setting sample.dtype]
    #[arg(long, value_name = "NAME")]
    pub dtype: Option<String>,
    /// What becomes of the noise at the end: to-zero, to-sigma-min or tweedie [setting sample.last]
    #[arg(long, value_name = "NAME")]
    pub last: Option<String>,
    /// Seed; on the CPU picture k of a seed is the same whatever else is asked for [setting sample.seed]
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(..=LARGEST))]
    pub seed: Option<u64>,
    /// Pictures a GPU takes at once; on the CPU it changes nothing [setting sample.batch]
    #[arg(long, value_name = "B")]
    pub batch: Option<u32>,
    /// Where the pictures go, side by side [default: sample.png in the run's folder]
    #[arg(long, value_name = "FILE.png")]
    pub out: Option<PathBuf>,
    /// Also write the numbers: float32 [n, channels, height, width] in [-1, 1]; of points float64 [n, d] in the data's own units
    #[arg(long, value_name = "FILE.npy")]
    pub npy: Option<PathBuf>,
    /// Also write how the first 16 pictures, or 1500 points, came out of the noise
    #[arg(long, value_name = "FILE.gif")]
    pub animate: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Name of a run below runs/, or the folder of a run [default: the newest below runs/]
    #[arg(long, value_name = "NAME|DIR")]
    pub run: Option<String>,
    /// The folder to write: a new one, an empty one, or an earlier export
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The network alone, which UNet2DModel.from_pretrained loads, without what it was trained on
    #[arg(long)]
    pub bare: bool,
}

#[derive(Debug, Args)]
pub struct ScoreArgs {
    /// A .png of one picture of the run's size, an .npy file of float32 [n, channels, height, width] in [-1, 1], or the number of
    /// one picture of the run's data set; of a run of points an .npy file of [n, d] in their own units
    #[arg(value_name = "FILE")]
    pub file: String,
    /// Name of a run below runs/, or the folder of a run [default: the newest below runs/]
    #[arg(long, value_name = "NAME|DIR")]
    pub run: Option<String>,
    /// Of a run with classes: under the law of this class [default: under the unconditional law]
    #[arg(long, value_name = "CLASS")]
    pub class: Option<usize>,
    /// Random probes of the divergence: the standard error falls with their root [default: 8; of points the divergence itself]
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(2..=10_000))]
    pub probes: Option<u32>,
    /// The divergence itself in place of probes: as many backward passes a step as a picture has numbers
    #[arg(long, conflicts_with = "probes")]
    pub exact: bool,
    /// Seed of the probes and of what is added to bytes; picture k of a file draws the same whatever else is in it
    #[arg(long, value_name = "S", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=LARGEST))]
    pub seed: u64,
    /// Tolerance of the flow from picture to noise, relative and absolute
    #[arg(long, value_name = "TOL", default_value_t = 1e-4)]
    pub tolerance: f64,
    /// auto, cpu, cuda or cuda:K [setting train.device]
    #[arg(long, value_name = "DEVICE")]
    pub device: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train;
    use clap::error::ErrorKind;
    use std::path::Path;

    #[test]
    fn the_command_lines_of_the_readme_are_accepted() {
        let readme = include_str!("../../../README.md");
        let of = |command: &str| readme.lines().filter(|line| line.starts_with(command)).collect::<Vec<_>>();
        let (train, sample) = (of("cargo xtask train"), of("cargo xtask sample"));
        assert!(train.len() > 3 && sample.len() > 1, "{train:?} {sample:?}");
        train.into_iter().chain(sample).chain(of("cargo xtask score")).for_each(accepted);
    }

    fn accepted(line: &str) {
        let args = std::iter::once("ito".to_owned()).chain(words(line).into_iter().skip(2));
        match Cli::try_parse_from(args) {
            Ok(Cli { command: Command::Train(args) }) if !args.resume => {
                // A digit is 28 x 28; the folder of the run is not asked for where nothing is resumed.
                let config = train::config(&args, Path::new("")).unwrap_or_else(|e| panic!("{line}: {e:#}"));
                config.check().unwrap_or_else(|e| panic!("{line}: {e}"));
                config.network.check(&config.interface()).unwrap_or_else(|e| panic!("{line}: {e}"));
            }
            Ok(_) => {}
            Err(help) if help.kind() == ErrorKind::DisplayHelp => {}
            Err(error) => panic!("{line}: {error}"),
        }
    }

    /// The words that a shell makes of a line: single quotes honoured, a comment left out.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
        for c in line.chars().chain([' ']) {
            match c {
                '\'' => quoted = !quoted,
                '#' if !quoted && word.is_empty() => break,
                ' ' if !quoted => words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty())),
                // zsh takes them for a pattern of file names, and finds none.
                '[' | ']' | '*' | '?' if !quoted => panic!("{c} stands outside of quotes in {line}"),
                _ => word.push(c),
            }
        }
        assert!(!quoted, "a quote is open in {line}");
        words
    }

    #[test]
    #[should_panic(expected = "[ stands outside of quotes")]
    fn a_line_that_zsh_refuses_is_found() {
        accepted("cargo xtask train --set network.channels=[48,144]");
    }

    #[test]
    #[should_panic(expected = "network.head_dim = 24 does not divide")]
    fn a_line_with_a_network_that_cannot_be_is_found() {
        accepted("cargo xtask train --set 'network.channels=[48,160]' # wide");
    }
}
