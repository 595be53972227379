//! Overdamped Langevin dynamics in a double well against the Fokker-Planck equation of its density.
//!
//! 60 000 paths start in the right well. At three times their histogram is compared with the density that the equation
//! gives, and at the end with the stationary law `exp(-V/D)`. Run it with
//! `cargo run --release -p ito-sde --example double_well`.

use std::error::Error;

use ito_noise::{SampleNoise, Stream};
use ito_sde::fokker_planck::{Density1, Equation1, Grid1, Scheme};
use ito_sde::langevin::{DoubleWell, Energy, Overdamped, Potential};
use ito_sde::solver::Sra1;
use ito_sde::{Times, solve};
use ndarray::{Array2, array};

const PATHS: usize = 60_000;
const DIFFUSION: f64 = 0.4;
const BINS: usize = 24;

fn main() -> Result<(), Box<dyn Error>> {
    let well = DoubleWell::new(1.0, 1.0)?;
    let sde = Overdamped::new(well, DIFFUSION)?;
    let force = |x: f64| well.score(&array![[x]])[[0, 0]];

    let grid = Grid1::uniform(-2.4, 2.4, 480)?;
    let equation = Equation1::steady(&grid, force, |_| DIFFUSION);
    let mut density = Density1::point(&grid, 1.0)?;
    let edges: Vec<f64> = (0..=BINS).map(|i| -2.4 + 4.8 * i as f64 / BINS as f64).collect();

    let mut noise = SampleNoise::consecutive(Stream::new(1, "example/double-well"), 0, PATHS);
    let mut paths = Array2::<f64>::ones((PATHS, 1));
    let times = [0.0, 0.5, 2.0, 20.0_f64];
    for pair in times.windows(2) {
        let steps = ((pair[1] - pair[0]) / 0.02).round() as usize;
        paths = solve(&Sra1, &sde, &Times::uniform(pair[0], pair[1], steps)?, paths, &mut noise);
        density = equation.evolve(&density, &Times::uniform(pair[0], pair[1], 1)?, Scheme::Exponential)?.density;
        show(pair[1], &share(&paths), &density.bins(&edges));
    }

    let rest = equation.stationary(0.0)?;
    let law = Density1::from_function(&grid, |x| (-well.energy(&array![[x]])[0] / DIFFUSION).exp())?.normalised();
    println!("\nthe stationary density is {:.1e} from exp(-V/D) in L1", rest.l1_distance(&law)?);
    Ok(())
}

/// The share of the paths in each bin.
fn share(paths: &Array2<f64>) -> Vec<f64> {
    let mut counts = [0_u32; BINS];
    for x in paths {
        let bin = (x + 2.4) / 4.8 * BINS as f64;
        if bin >= 0.0 && bin < BINS as f64 {
            counts[bin as usize] += 1;
        }
    }
    counts.iter().map(|count| f64::from(*count) / PATHS as f64).collect()
}

fn show(time: f64, paths: &[f64], density: &[f64]) {
    let off: f64 = paths.iter().zip(density).map(|(a, b)| (a - b).abs()).sum();
    println!("\nt = {time}: histogram and density differ by {off:.4} in all");
    for (i, (a, b)) in paths.iter().zip(density).enumerate().filter(|(_, (a, _))| **a > 0.002) {
        let bar = "#".repeat((a * 300.0).round() as usize);
        println!("{:6.2}  {a:.4}  {b:.4}  {bar}", -2.4 + 4.8 * (i as f64 + 0.5) / BINS as f64);
    }
}
