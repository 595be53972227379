//! The stochastic samplers where the score is curved, without Monte Carlo: the discrete Kolmogorov equation, backwards, through
//! the sampler's own step, on a law with two modes on the line.

use ito_samplers::{
    Ancestral, Churn, DdimEta, DpmppSde, EulerMaruyama, KarrasStochastic, LargeVariance, NoiseForm, ReverseDiffusion,
    Sampler, TunableNoise,
};
use ito_schedules::{Grid, Path, Straight, VpLinear};
use ito_testkit::{Mesh, Mixture, Slope, backward, integrate};
use ndarray::Array2;

const EDGE: f64 = 6.5;

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

/// With a fixed amount of churn, and from the exact law, adding noise is exact and only the steps of order 2 that remove it err; from
/// any other start the order is 1, which is declared.
#[test]
fn churned_steps_are_of_order_two_from_the_exact_law() {
    for path in [&Straight as &dyn Path, &VpLinear::new(0.1, 20.0).unwrap()] {
        let error = |n| {
            let churn = Churn { total: 1.5, ..Churn::default() };
            error(&mut KarrasStochastic::new(churn, n).unwrap(), path, n, &[12])
        };
        let slope = Slope::fit([48, 64, 96].map(|n| (n, error(n))).to_vec());
        println!("churned: {slope}");
        slope.assert("churned", 2.0, 0.1);
        assert!(slope.errors[2].1 < 5.2e-4, "{slope}");
    }
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
    let mesh = Mesh::new(EDGE, 160);
    let powers = [1, 2, 4];
    let moments = powers.map(|power| mesh.points().iter().map(|x| x.powi(power)).collect());
    let known = backward(sampler, &law, path, &grid, normals, mesh, moments);
    let [first, last] = [0, steps].map(|k| law.marginal(grid.levels()[k]));
    let off = |(power, known): (i32, &Vec<f64>)| {
        let got = integrate(|x| first.density(x) * mesh.between(known, x), -EDGE, EDGE, 200);
        let exact = integrate(|x| last.density(x) * x.powi(power), -EDGE, EDGE, 200);
        ((got - exact) / exact).powi(2)
    };
    powers.into_iter().zip(&known).map(off).sum::<f64>().sqrt()
}
