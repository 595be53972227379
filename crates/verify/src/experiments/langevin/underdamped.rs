//! Underdamped motion: what BAOAB and QUICSORT leave at rest, and how close they follow paths.

use ito_noise::{BrownianPath, SampleNoise, Stream};
use ito_sde::langevin::{Baoab, DoubleWell, Harmonic, Quicsort, Underdamped};
use ito_sde::{Solver, Times, solve};
use ito_state::{Batch, Phase, Rows};
use ito_testkit::{Fresh, Gaussian, LinearForm, normal_cdf};
use ndarray::Array2;

use super::{expectation, normaliser, value, well};
use crate::{Claim, Context, Curve, Errors, Findings, Histogram, Plot};

pub(super) fn rest(_: &Context) -> Findings {
    let mut found = Findings::default();
    let heat = 0.7;
    for (k, gamma, h) in [(1.0, 1.0, 0.1), (1.0, 0.3, 1.2), (2.5, 4.0, 0.9)] {
        let sde = Underdamped::new(Harmonic::new(k).unwrap(), gamma, heat).unwrap();
        let [position, velocity] = at_rest(&Baoab, &sde, h);
        let at = format!("k = {k}, gamma = {gamma}, h = {h}");
        found.claim(Claim::within(format!("BAOAB: variance of positions is T/k, {at}"), position, heat / k, 1e-11));
        let expected = heat * (1.0 - h * h * k / 4.0);
        found.claim(Claim::within(
            format!("BAOAB: variance of velocities is T (1 - h^2 k/4), {at}"),
            velocity,
            expected,
            1e-11,
        ));
    }
    let sde = Underdamped::new(Harmonic::new(1.0).unwrap(), 1.5, heat).unwrap();
    let bias = |h: f64| {
        let [position, velocity] = at_rest(&Quicsort, &sde, h);
        (position - heat).abs() + (velocity - heat).abs()
    };
    let errors = Errors::new("QUICSORT", [16.0, 20.0, 24.0, 28.0].map(|n| (4.0 / n, bias(4.0 / n))), 3.0);
    found.claim(Claim::order("order of QUICSORT's bias at rest", &errors));
    found.plot(Plot::orders("Variances at rest in a harmonic well", vec![errors]));

    let (seed, count) = (105, 20_000);
    let sde = Underdamped::new(well(), 1.0, 1.0).unwrap();
    let mut noise = SampleNoise::consecutive(Stream::new(seed, "verify/underdamped"), 0, count);
    let start = Phase { position: Array2::<f64>::zeros((count, 1)), velocity: Array2::zeros((count, 1)) };
    let end = solve(&Quicsort, &sde, &Times::uniform(0.0, 12.0, 150).unwrap(), start, &mut noise);
    let (position, velocity) = (end.position.into_raw_vec_and_offset().0, end.velocity.into_raw_vec_and_offset().0);
    found.claim(Claim::mean("E[x^2] in a double well", &squares(&position), expectation(|x| x * x)).seed(seed));
    found.claim(Claim::distribution("velocities in a double well", &velocity, normal_cdf).seed(seed));
    found.plot(Plot::density(
        "Positions of QUICSORT in a double well, step 0.08",
        Histogram::of(&position, -2.2, 2.2, 60),
        vec![Curve::function("exp(-V)", -2.2, 2.2, |x| (-value(x)).exp() / normaliser())],
    ));
    found
}

/// On one Brownian path a row, whose increments and areas agree at all steps.
pub(super) fn orders(_: &Context) -> Findings {
    let (seed, rows) = (106, 256);
    let sde = Underdamped::new(DoubleWell::new(0.5, 1.0).unwrap(), 1.0, 1.0).unwrap();
    let path = BrownianPath::consecutive(Stream::new(seed, "verify/underdamped-orders"), 0, rows, 0.0, 2.0).unwrap();
    let start = Phase { position: Array2::<f64>::zeros((rows, 1)), velocity: Array2::ones((rows, 1)) };
    let times = |steps: usize| Times::uniform(0.0, 2.0, steps).unwrap();
    let exact = solve(&Quicsort, &sde, &times(1024), start.clone(), &mut path.clone());
    let distance = |end: Phase<Array2<f64>>| {
        let off = Phase::lincomb(&[(1.0, &end), (-1.0, &exact)]);
        (off.dot_rows(&off).iter().sum::<f64>() / rows as f64).sqrt()
    };
    let quicsort = |n: usize| distance(solve(&Quicsort, &sde, &times(n), start.clone(), &mut path.clone()));
    let baoab = |n: usize| distance(solve(&Baoab, &sde, &times(n), start.clone(), &mut path.clone()));
    let points = |error: &dyn Fn(usize) -> f64| [32, 64, 128, 256].map(|n| (2.0 / n as f64, error(n)));
    let third = Errors::new("QUICSORT", points(&quicsort), 3.0);
    let first = Errors::new("BAOAB", points(&baoab), 1.0);

    let mut found = Findings::default();
    found.claim(Claim::order("strong order of QUICSORT in a double well", &third).seed(seed));
    found.claim(Claim::order("strong order of BAOAB in a double well", &first).seed(seed));
    found.plot(Plot::orders("Error along paths in a double well", vec![third, first]));
    found
}

/// Variances of position and velocity after 600 steps.
fn at_rest<M>(method: &M, sde: &Underdamped<Harmonic>, h: f64) -> [f64; 2]
where
    M: Solver<Underdamped<Harmonic>, Phase<LinearForm>, LinearForm>,
{
    let mut noise = Fresh::default();
    let start = Phase {
        position: noise.draw(&Gaussian::isotropic(1, 1.0)),
        velocity: noise.draw(&Gaussian::isotropic(1, 1.0)),
    };
    let end = solve(method, sde, &Times::uniform(0.0, h * 600.0, 600).unwrap(), start, &mut noise);
    [end.position, end.velocity].map(|x| x.law().covariance[[0, 0]])
}

fn squares(values: &[f64]) -> Vec<f64> {
    values.iter().map(|x| x * x).collect()
}
