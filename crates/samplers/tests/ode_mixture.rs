//! The deterministic samplers where the score is curved: on a law with two modes on the line the exact flow is the quantile map.

mod ode;

use ito_noise::{SampleNoise, Stream};
use ito_samplers::{Sampler, sample};
use ito_schedules::{Grid, Level, Path};
use ito_testkit::{Mixture, Slope};
use ndarray::Array2;
use ode::{NAMES, build, full, paths};

const SHARES: [f64; 7] = [0.03, 0.2, 0.4, 0.55, 0.65, 0.8, 0.97];

/// On a grid away from the ends, uniform in log-SNR from -4 to 6; here the midpoint rule is of order 2 on all paths.
#[test]
fn every_order_holds_where_the_score_is_curved() {
    for name in NAMES {
        let sampler: Box<dyn Sampler<Array2<f64>>> = build(name);
        let order = f64::from(sampler.order().order);
        // Kutta's errors are all rounding (of the quantiles) at 1024 steps.
        let counts = if name == "rk4" { [64, 90, 128] } else { [512, 724, 1024] };
        for (kind, path) in paths() {
            let grid = |n| Grid::uniform_log_snr(path.as_ref(), -4.0, 6.0, n).unwrap();
            let slope = Slope::fit(counts.map(|n| (n, error(name, path.as_ref(), &grid(n)))).to_vec());
            slope.assert(&format!("{name} on {kind}"), order, 0.1);
        }
    }
}

/// The root of the mean square over the seven points, at 64 steps.
#[test]
fn over_the_full_range_the_points_end_at_the_quantiles_of_the_data() {
    for name in NAMES {
        for (kind, path) in paths() {
            let error = error(name, path.as_ref(), &full(path.as_ref(), 64));
            let bound = match name {
                "euler" if kind == "VE" => 0.3,
                "euler" | "dpm++1m" => 0.05,
                _ => 0.01,
            };
            assert!(error < bound, "{name}, {kind}: {error}");
        }
    }
}

fn error(name: &str, path: &dyn Path, grid: &Grid) -> f64 {
    let law = Mixture::two_modes();
    let at = |level: Level| Array2::from_shape_fn((SHARES.len(), 1), |(k, _)| law.marginal(level).quantile(SHARES[k]));
    let (from, to) = ode::ends(grid);
    let mut noise = SampleNoise::consecutive(Stream::new(5, "test"), 0, SHARES.len());
    let end = sample(&law, path, grid, build(name).as_mut(), at(from), &mut noise, &mut |_, _, _| {}).unwrap();
    let square: f64 = (&end - &at(to)).iter().map(|d| d * d).sum();
    (square / SHARES.len() as f64).sqrt()
}
