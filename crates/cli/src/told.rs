//! What samples are told, from the command line.
use crate::args::SampleArgs;
use crate::problem::BadArgument;
use crate::{data, pictures, show};
use anyhow::{Context, Result};
use ito_data::Points;
use ito_training::condition::{Conditions, Degradation};
use ito_training::{Config, Plan};
use std::path::Path;

/// The plan with the numbers and the picture that were typed; what was not comes from the held-out part of the data.
pub fn told(plan: Plan, args: &SampleArgs, config: &Config) -> Result<Plan> {
    let picture = Conditions::new(config)?.picture;
    let mut plan = match (&args.given, picture) {
        (Some(given), Some(degradation)) => restoring(plan, given, args.mask.as_deref(), degradation, config)?,
        (Some(given), None) => {
            let what = "the run's network is told no picture: train one with --picture";
            return Err(bad(format!("--given {given}: {what}")));
        }
        (None, None) if args.vector.is_some() || args.vectors.is_some() => plan,
        (None, _) if plan.wants_examples() => plan.told_held_out(config, &data::examples(&config.data)?)?,
        (None, _) => plan,
    };
    if let Some(text) = &args.vector {
        plan = plan.told_vectors(&vector(text)?)?;
    }
    if let Some(file) = &args.vectors {
        plan = plan.told_vectors(&Points::read(file)?)?;
    }
    Ok(plan)
}

fn restoring(plan: Plan, given: &str, mask: Option<&Path>, degradation: Degradation, config: &Config) -> Result<Plan> {
    let [channels, height, width] = show::picture(&config.interface().shape)?;
    let one = |size| -> Result<Vec<f32>> { Ok(pictures::one_of(given, size, config)?.values) };
    match (degradation, mask, given.parse::<usize>()) {
        (Degradation::SuperResolution { .. }, Some(mask), _) => {
            let what = "a mask is for inpainting, but the run is of super-resolution";
            Err(bad(format!("--mask {}: {what}", mask.display())))
        }
        (_, None, Ok(k)) => {
            let examples = data::examples(&config.data)?;
            pictures::counted(k, &examples, config)?;
            Ok(plan.told_rows(&examples, &[k]))
        }
        (Degradation::SuperResolution { factor }, None, Err(_)) => {
            Ok(plan.told_low_resolution(&one([channels, height / factor, width / factor])?)?)
        }
        (Degradation::Inpainting, None, Err(_)) => {
            let what = "--mask FILE.png says what of it is to be painted, white, and what stays, black";
            Err(bad(format!("--given {given}: {what}")))
        }
        (Degradation::Inpainting, Some(mask), _) => {
            Ok(plan.told_masked(&one([channels, height, width])?, &unknown(mask, [height, width])?)?)
        }
    }
}

/// Which pixels of a mask are white.
fn unknown(path: &Path, [height, width]: [usize; 2]) -> Result<Vec<bool>> {
    let mask = pictures::file(path, [1, height, width]).with_context(|| format!("--mask {}", path.display()))?;
    let unknown: Vec<bool> = mask.values.iter().map(|&value| value > 0.0).collect();
    if unknown.contains(&true) {
        return Ok(unknown);
    }
    Err(bad(format!("--mask {}: no pixel is white, so nothing is to be painted", path.display())))
}

fn vector(text: &str) -> Result<Points> {
    let numbers = text.split(',').map(|number| number.trim().parse::<f64>().ok().filter(|number| number.is_finite()));
    match numbers.collect::<Option<Vec<f64>>>() {
        Some(values) => Ok(Points { columns: values.len(), values }),
        None => Err(bad(format!("--vector {text}: give finite numbers with commas between, such as 0.3,1.2"))),
    }
}

fn bad(sentence: String) -> anyhow::Error {
    BadArgument(sentence).into()
}
