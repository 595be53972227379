//! Samples Gaussian data with its exact denoiser and compares the first two moments with the data's.
//!
//! `cargo run -p ito-samplers --example gaussian`

use ito_noise::{SampleNoise, Stream};
use ito_samplers::{Counted, Denoiser, Name, sample};
use ito_schedules::{Grid, Level, Path, Straight};
use ito_state::Noise;
use ndarray::Array2;

const COUNT: usize = 20_000;
const MEAN: f64 = 1.0;
const DEVIATION: f64 = 0.5;

/// `E[x0 | x]` of `N(MEAN, DEVIATION^2)`.
struct Exact;

impl Denoiser<Array2<f64>> for Exact {
    fn denoise(&self, x: &Array2<f64>, at: &[Level]) -> Array2<f64> {
        let Level { alpha, sigma, .. } = at[0];
        let gain = alpha * DEVIATION.powi(2) / (alpha * alpha * DEVIATION.powi(2) + sigma * sigma);
        x.mapv(|x| MEAN + gain * (x - alpha * MEAN))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("data              mean {MEAN:.4}  deviation {DEVIATION:.4}");
    for name in Name::ALL {
        for steps in [8, 32, 128] {
            let grid = Grid::uniform(&Straight, 1.0, 0.0, steps)?;
            let mut noise = SampleNoise::consecutive(Stream::new(5, "example"), 0, COUNT);
            let start = noise.normal_like(&Array2::zeros((COUNT, 1))) * Straight.at(1.0).sigma;
            let model = Counted::new(&Exact);
            let mut sampler = name.build();
            let x = sample(&model, &Straight, &grid, sampler.as_mut(), start, &mut noise, &mut |_, _, _| {})?;
            let (mean, deviation, evaluations) = (x.mean().unwrap_or(f64::NAN), x.std(0.0), model.evaluations());
            println!("{name:17} mean {mean:.4}  deviation {deviation:.4}  {evaluations:3} evaluations");
        }
    }
    Ok(())
}
