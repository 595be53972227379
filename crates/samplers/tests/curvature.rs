//! The stochastic samplers where the score is curved, without Monte Carlo: the discrete Kolmogorov equation, backwards, through
//! the sampler's own step, on a law with two modes on the line.

use ito_samplers::{
    Ancestral, DdimEta, DpmppSde, EulerMaruyama, LargeVariance, NoiseForm, ReverseDiffusion, Sampler, Step,
    TunableNoise,
};
use ito_schedules::{Grid, Path, Straight, VpLinear};
use ito_testkit::{Mixture, Nodes, Slope, integrate};
use ndarray::Array2;

const EDGE: f64 = 6.5;
const CELLS: usize = 160;

/// The end's mean, second and fourth moment, from the exact law at log-SNR -3 down to log-SNR 3; with each sampler the largest
/// error allowed at 256 steps, or 96 for order 2.
#[test]
fn weak_orders_hold_where_the_score_is_curved_on_the_straight_path() {
    check_path(&Straight);
}

#[test]
fn weak_orders_hold_where_the_score_is_curved_on_a_variance_preserving_path() {
    check_path(&VpLinear::new(0.1, 20.0).unwrap());
}

fn check_path(path: &dyn Path) {
    check_order("ancestral", &mut Ancestral, path, &[12], 0.012);
    check_order("ddim, eta 0.5", &mut DdimEta::new(0.5).unwrap(), path, &[12], 0.009);
    check_order("large variance", &mut LargeVariance, path, &[12], 0.002);
    check_order("Euler-Maruyama", &mut EulerMaruyama, path, &[12], 0.003);
    check_order("reverse diffusion", &mut ReverseDiffusion, path, &[12], 0.008);
    check_order("dpm++ sde", &mut DpmppSde, path, &[7, 7], 0.0005);
    let tunable = TunableNoise::new(NoiseForm::Relative(1.5));
    check_order("tunable", &mut tunable.unwrap(), path, &[7, 7], 0.0012);
}

fn check_order(name: &str, sampler: &mut dyn Sampler<Array2<f64>>, path: &dyn Path, normals: &[usize], bound: f64) {
    let order = sampler.order().order;
    let counts = if order == 1 { [128, 181, 256] } else { [48, 64, 96] };
    let errors = counts.map(|n| (n, error(sampler, path, n, normals)));
    let slope = Slope::fit(errors.to_vec());
    println!("{name}: {slope}");
    slope.assert(name, f64::from(order), 0.1);
    assert!(errors[2].1 < bound, "{name}: {slope}");
}

/// The root of the sum of the squares of the moments' relative errors.
fn error(sampler: &mut dyn Sampler<Array2<f64>>, path: &dyn Path, steps: usize, normals: &[usize]) -> f64 {
    let law = Mixture::two_modes();
    let grid = Grid::uniform_log_snr(path, -3.0, 3.0, steps).unwrap();
    let mesh: Vec<f64> = (0..=CELLS).map(|k| EDGE * (2.0 * k as f64 / CELLS as f64 - 1.0)).collect();
    let x = Array2::from_shape_vec((mesh.len(), 1), mesh.clone()).unwrap();
    let mut nodes = Nodes::product(normals);
    let powers = [1, 2, 4];
    let mut known = powers.map(|power| mesh.iter().map(|x| x.powi(power)).collect::<Vec<_>>());
    let levels: Vec<_> = grid.steps().collect();
    for &(from, to) in levels.iter().rev() {
        let start = nodes.repeat(&x);
        let end = sampler.step(&Step { model: &law, path, from, to }, &start, &mut nodes).unwrap();
        known = known.map(|known| nodes.mean(&end.mapv(|x| between(&known, x))).column(0).to_vec());
    }
    let [first, last] = [law.marginal(levels[0].0), law.marginal(levels[steps - 1].1)];
    let off = |(power, known): (i32, &Vec<f64>)| {
        let got = integrate(|x| first.density(x) * between(known, x), -EDGE, EDGE, 200);
        let exact = integrate(|x| last.density(x) * x.powi(power), -EDGE, EDGE, 200);
        ((got - exact) / exact).powi(2)
    };
    powers.into_iter().zip(&known).map(off).sum::<f64>().sqrt()
}

/// Lagrange's polynomial through the six nearest points of the mesh; beyond its ends a parabola through wide points.
fn between(values: &[f64], x: f64) -> f64 {
    let place = (x + EDGE) / (2.0 * EDGE) * CELLS as f64;
    let points: Vec<f64> = if place < 0.0 {
        vec![0.0, 10.0, 20.0]
    } else if place > CELLS as f64 {
        [20, 10, 0].map(|k| (CELLS - k) as f64).to_vec()
    } else {
        let first = (place.floor() - 2.0).clamp(0.0, (CELLS - 5) as f64);
        (0..6).map(|k| first + f64::from(k)).collect()
    };
    let basis = |i: f64| points.iter().filter(|j| **j != i).map(|j| (place - j) / (i - j)).product::<f64>();
    points.iter().map(|&i| values[i as usize] * basis(i)).sum()
}
