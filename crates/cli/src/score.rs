//! `ito score`.
use crate::args::ScoreArgs;
use crate::pictures;
use crate::problem::BadArgument;
use crate::progress::Progress;
use crate::runs;
use crate::sample::weights;
use crate::settings::Settings;
use crate::speak::{say, tell, time};
use crate::train::device;
use anyhow::Result;
use ito_training::{RunFolder, Score, Scoring, score};
use std::process::ExitCode;
use std::time::Instant;

/// Prints how likely pictures are under the averaged weights of a run.
pub fn run(args: &ScoreArgs) -> Result<ExitCode> {
    if !(1e-5..=0.1).contains(&args.tolerance) {
        let given = args.tolerance;
        return Err(
            BadArgument(format!("--tolerance {given}: it must lie from 1e-5 to 0.1; smaller is slower, and below it the rounding of the network shows")).into()
        );
    }
    let root = args.run.as_deref().map_or_else(runs::newest, runs::existing)?;
    let folder = RunFolder::open(&root)?;
    let mut settings = Settings::of(&folder.config()?);
    settings.flag("--device", "train.device", args.device.clone())?;
    let config = settings.config()?;
    let given = pictures::any(&args.file, &config)?;
    let device = device(&config)?;
    let scoring = Scoring::new(&config, device)?.tolerance(args.tolerance).seed(args.seed);
    let scoring = if args.exact { scoring } else { scoring.probes(args.probes as usize) };
    let weights = weights(&folder, &config, device)?;
    let begun = Instant::now();
    let progress = Progress::new("picture", 0, Some((given.values.len() / config.interface().size()) as u64));
    let scores = score(&weights, &scoring, &given.values, given.bytes, &|done| progress.at(done, ""));
    progress.close();
    let scores = scores?;
    table(&scores).into_iter().for_each(say);
    tell(format_args!("{} in {}", counted(scores.len()), time(begun.elapsed())));
    Ok(ExitCode::SUCCESS)
}

fn counted(n: usize) -> String {
    if n == 1 { "1 picture".to_owned() } else { format!("{n} pictures") }
}

/// A line a picture, and the mean of several.
fn table(scores: &[Score]) -> Vec<String> {
    let row = |item: &str, nats: [String; 2], bits: [String; 2]| {
        format!("{item:>7}  {:>12} +- {:<9}  {:>9} +- {:<8}", nats[0], nats[1], bits[0], bits[1]).trim_end().to_owned()
    };
    let numbers = |item: &str, [nats, nats_error, bits, bits_error]: [f64; 4]| {
        let nats = [format!("{nats:.3}"), format!("{nats_error:.3}")];
        row(item, nats, [format!("{bits:.5}"), format!("{bits_error:.5}")])
    };
    let words = |words: [&str; 2]| words.map(str::to_owned);
    let mut lines = vec![row("picture", words(["log p, nats", "error"]), words(["bits/dim", "error"]))];
    let each = |s: &Score| [s.density.nats, s.density.error, s.bits.value, s.bits.error];
    lines.extend(scores.iter().enumerate().map(|(k, score)| numbers(&k.to_string(), each(score))));
    if scores.len() > 1 {
        // The spread over the pictures, which holds that of the probes.
        let mean = |of: &dyn Fn(&Score) -> f64| {
            let n = scores.len() as f64;
            let mean = scores.iter().map(of).sum::<f64>() / n;
            let squares = scores.iter().map(|s| (of(s) - mean).powi(2)).sum::<f64>();
            (mean, (squares / (n - 1.0) / n).sqrt())
        };
        let ((nats, nats_error), (bits, bits_error)) = (mean(&|s| s.density.nats), mean(&|s| s.bits.value));
        lines.push(numbers("mean", [nats, nats_error, bits, bits_error]));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use ito_samplers::likelihood::{BitsPerDim, LogDensity};

    #[test]
    fn a_table_has_a_line_a_picture_and_the_mean_with_its_standard_error() {
        let score = |nats: f64| Score {
            density: LogDensity { nats, error: 0.5 },
            bits: BitsPerDim { value: -nats / 100.0, error: 0.005 },
        };
        let lines = table(&[score(100.0), score(-300.0)]);
        let split = |line: &String| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
        assert_eq!(
            lines.iter().map(split).collect::<Vec<_>>(),
            [
                "picture log p, nats +- error bits/dim +- error",
                "0 100.000 +- 0.500 -1.00000 +- 0.00500",
                "1 -300.000 +- 0.500 3.00000 +- 0.00500",
                "mean -100.000 +- 200.000 1.00000 +- 2.00000",
            ]
        );
        assert_eq!(table(&[score(1.0)]).len(), 2);
    }
}
