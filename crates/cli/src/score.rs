//! `ito score`.
use crate::args::ScoreArgs;
use crate::pictures;
use crate::points::Cloud;
use crate::problem::BadArgument;
use crate::progress::Progress;
use crate::runs;
use crate::settings::Settings;
use crate::source::run_weights as weights;
use crate::speak::{say, tell, time};
use crate::train::device;
use anyhow::Result;
use ito_training::condition::PictureName;
use ito_training::{RunFolder, Score, Scoring, score};
use std::process::ExitCode;
use std::time::Instant;

/// Probes of pictures, where their number is not given.
const PROBES: u32 = 8;

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
    // The run's own classes are for drawing.
    settings.forget("sample.class");
    settings.flag("--class", "sample.class", args.class.map(|class| class.to_string()))?;
    settings.flag("--device", "train.device", args.device.clone())?;
    let config = settings.config()?;
    if config.condition.picture != PictureName::None {
        let what = "the run restores pictures: it has no law of a picture by itself";
        return Err(BadArgument(format!("{}: {what}", root.display())).into());
    }
    let given = pictures::any(&args.file, &config)?;
    let device = device(&config)?;
    let scoring = Scoring::new(&config, device)?.tolerance(args.tolerance).seed(args.seed);
    let cloud = Cloud::of(&config, None);
    let exact = args.exact || cloud.is_some() && args.probes.is_none();
    let scoring = if exact { scoring } else { scoring.probes(args.probes.unwrap_or(PROBES) as usize) };
    let weights = weights(&folder, &config, device)?;
    let item = if cloud.is_some() { "point" } else { "picture" };
    let begun = Instant::now();
    let progress = Progress::new(item, 0, Some((given.values.len() / config.interface().size()) as u64));
    let scores = score(&weights, &scoring, &given.values, given.bytes, &|done| progress.at(done, ""));
    progress.close();
    let mut scores = scores?;
    if let Some(cloud) = &cloud {
        scores.iter_mut().for_each(|score| score.density.nats -= cloud.log_volume());
    }
    let columns = if cloud.is_some() { Columns::Nats } else { Columns::NatsAndBits };
    table(item, &scores, columns).into_iter().for_each(say);
    tell(format_args!("{} in {}", counted(item, scores.len()), time(begun.elapsed())));
    Ok(ExitCode::SUCCESS)
}

fn counted(item: &str, n: usize) -> String {
    if n == 1 { format!("1 {item}") } else { format!("{n} {item}s") }
}

/// What is said of each.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Columns {
    /// Of points.
    Nats,
    /// Of pictures, whose numbers are pixels.
    NatsAndBits,
}

/// A line a picture or point, and the mean of several.
fn table(item: &str, scores: &[Score], columns: Columns) -> Vec<String> {
    let row = |item: &str, nats: [String; 2], bits: [String; 2]| {
        let bits = match columns {
            Columns::Nats => String::new(),
            Columns::NatsAndBits => format!("  {:>9} +- {:<8}", bits[0], bits[1]),
        };
        format!("{item:>7}  {:>12} +- {:<9}{bits}", nats[0], nats[1]).trim_end().to_owned()
    };
    let numbers = |item: &str, [nats, nats_error, bits, bits_error]: [f64; 4]| {
        let nats = [format!("{nats:.3}"), format!("{nats_error:.3}")];
        row(item, nats, [format!("{bits:.5}"), format!("{bits_error:.5}")])
    };
    let words = |words: [&str; 2]| words.map(str::to_owned);
    let mut lines = vec![row(item, words(["log p, nats", "error"]), words(["bits/dim", "error"]))];
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
        let lines = table("picture", &[score(100.0), score(-300.0)], Columns::NatsAndBits);
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
        let points = table("point", &[score(1.0)], Columns::Nats);
        assert_eq!(points.iter().map(split).collect::<Vec<_>>(), ["point log p, nats +- error", "0 1.000 +- 0.500"]);
    }
}
