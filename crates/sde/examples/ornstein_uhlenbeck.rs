//! The Ornstein-Uhlenbeck process `dX = -theta X dt + sigma dW` against its exact law, mean and variance, for three methods.
//!
//! `cargo run --release -p ito-sde --example ornstein_uhlenbeck`

use ito_noise::{SampleNoise, Stream};
use ito_sde::process::OrnsteinUhlenbeck;
use ito_sde::solver::{EulerMaruyama, Exact, Sra1};
use ito_sde::{SdeError, Solver, Times, solve};
use ndarray::Array2;

const PATHS: usize = 200_000;
const TIME: f64 = 2.0;

fn main() -> Result<(), SdeError> {
    let ou = OrnsteinUhlenbeck::new(1.5, 0.8)?;
    let exact = ou.transition(TIME)?;
    println!("from X = 1 at t = 0 to t = {TIME}: mean {:.5}, variance {:.5}", exact.decay, exact.variance);
    println!("{PATHS} paths, mean and variance less the exact ones; standard errors in brackets\n");
    println!("{:<16}{:>6}{:>24}{:>24}", "method", "steps", "mean", "variance");
    for steps in [4, 8, 16, 32] {
        row("Euler-Maruyama", &EulerMaruyama, &ou, steps)?;
    }
    for steps in [4, 8, 16, 32] {
        row("SRA1", &Sra1, &ou, steps)?;
    }
    row("exact", &Exact, &ou, 1)
}

/// The error of the mean falls with the order of the method until the standard error hides it.
fn row<M>(name: &str, method: &M, ou: &OrnsteinUhlenbeck, steps: usize) -> Result<(), SdeError>
where
    M: Solver<OrnsteinUhlenbeck, Array2<f64>>,
{
    let mut noise = SampleNoise::consecutive(Stream::new(5, "example"), 0, PATHS);
    let start = Array2::ones((PATHS, 1));
    let end = solve(method, ou, &Times::uniform(0.0, TIME, steps)?, start, &mut noise);

    let (mean, variance) = (end.sum() / PATHS as f64, end.var(1.0));
    let (mean_error, variance_error) = ((variance / PATHS as f64).sqrt(), variance * (2.0 / PATHS as f64).sqrt());
    let exact = ou.transition(TIME)?;
    let (mean, variance) = (mean - exact.decay, variance - exact.variance);
    println!("{name:<16}{steps:>6}{mean:>14.5} ({mean_error:.5}){variance:>14.5} ({variance_error:.5})");
    Ok(())
}
