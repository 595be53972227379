//! Time run backward: a mixture of two normals, recovered from noise by its exact score.
//!
//! The forward process `dX = -beta/2 X dt + sqrt(beta) dW` turns the mixture into nearly N(0, 1). Started there, the reverse SDE
//! (noise level 1), one with half the noise, and the probability-flow ODE (no noise) all come back to the mixture.
//!
//! `cargo run --release -p ito-sde --example reverse_time_mixture`

use ito_noise::{SampleNoise, Stream};
use ito_schedules::{Path, VpLinear};
use ito_sde::ode::Adaptive;
use ito_sde::process::PathDiffusion;
use ito_sde::reverse::Reversed;
use ito_sde::solver::EulerMaruyama;
use ito_sde::{Times, solve};
use ito_state::{Noise, Pointwise};
use ndarray::Array2;

/// Weight, mean and deviation of each part.
const DATA: [(f64, f64, f64); 2] = [(0.6, -1.5, 0.4), (0.4, 1.0, 0.6)];
const COUNT: usize = 50_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = VpLinear::default();
    let forward = PathDiffusion::new(&path);
    let score = |t: f64, x: &Array2<f64>| {
        let parts = marginal(&path, t);
        x.map_entries(|x| {
            let densities = parts.map(|(w, m, s)| w / s * (-0.5 * ((x - m) / s).powi(2)).exp());
            let pulls = parts.map(|(_, m, s)| (m - x) / (s * s));
            (densities[0] * pulls[0] + densities[1] * pulls[1]) / (densities[0] + densities[1]).max(f64::MIN_POSITIVE)
        })
    };
    let reversed = Reversed::new(&forward, &score);
    let mut noise = SampleNoise::consecutive(Stream::new(5, "example"), 0, COUNT);
    let start = noise.normal_like(&Array2::zeros((COUNT, 1)));
    // Finer near the data, where the score is steepest.
    let times = Times::new((0..300).map(|i| (1.0 - f64::from(i) / 300.0).powi(2)).collect())?;
    let all = solve(&EulerMaruyama, &reversed, &times, start.clone(), &mut noise);
    let half = solve(&EulerMaruyama, &reversed.with_noise(0.5)?, &times, start.clone(), &mut noise);
    let none = Adaptive::new(1e-5, 1e-5)?.solve(&reversed.flow(), 1.0, 1e-5, start)?;

    println!("the flow took {} steps, {} evaluations\n", none.accepted, none.evaluations);
    println!("    x    truth   noise 1  noise 1/2     flow");
    let ends = [&all, &half, &none.state];
    for bin in -6..5 {
        let from = 0.5 * f64::from(bin);
        let truth = probability(from + 0.5) - probability(from);
        let found = ends.map(|x| x.iter().filter(|x| (from..from + 0.5).contains(*x)).count() as f64 / COUNT as f64);
        let bar = "#".repeat((150.0 * truth).round() as usize);
        println!("{:5.2} {truth:8.4} {:9.4} {:10.4} {:8.4}  {bar}", from + 0.25, found[0], found[1], found[2]);
    }
    Ok(())
}

/// The parts at time `t`: normal with mean `alpha m` and variance `alpha^2 s^2 + sigma^2`.
fn marginal(path: &VpLinear, t: f64) -> [(f64, f64, f64); 2] {
    let at = path.at(t);
    DATA.map(|(w, m, s)| (w, at.alpha * m, (at.alpha * s).hypot(at.sigma)))
}

/// The data's distribution function, by the midpoint rule.
fn probability(x: f64) -> f64 {
    let density = |x: f64| DATA.iter().map(|(w, m, s)| w / s * (-0.5 * ((x - m) / s).powi(2)).exp()).sum::<f64>();
    let step = (x + 8.0) / 4000.0;
    (0..4000).map(|i| density(-8.0 + step * (f64::from(i) + 0.5))).sum::<f64>() * step / 2.506_628_274_631_000_7
}
