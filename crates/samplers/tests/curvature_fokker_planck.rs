//! Samplers against the density itself, by the Fokker-Planck equation, where no closed form is known: the reverse process of a law
//! with two modes on the line, started from one normal that is not the marginal there.

use ito_noise::{SampleNoise, Stream};
use ito_samplers::{
    Ancestral, Churn, Ddim, EulerMaruyama, FixedLangevin, Heun, KarrasStochastic, NoiseForm, PredictorCorrector,
    ReverseDiffusion, Sampler, TunableNoise, sample,
};
use ito_schedules::{Grid, Path, Straight, VpLinear};
use ito_sde::Times;
use ito_sde::fokker_planck::{Density1, Equation1, Grid1, Scheme};
use ito_testkit::{Mesh, Mixture, Slope, backward, integrate};
use ndarray::Array2;

const EDGE: f64 = 6.5;

/// The density's Fourier coefficients are compared.
const WAVES: [fn(f64) -> f64; 6] =
    [|x| x.sin(), |x| x.cos(), |x| (2.0 * x).sin(), |x| (2.0 * x).cos(), |x| (3.0 * x).sin(), |x| (3.0 * x).cos()];

/// The law that the reverse processes start from: at log-SNR -2 the marginal has mean -0.13 and deviation 0.81 on the straight path.
fn start() -> Mixture {
    Mixture::new(&[(1.0, 0.9, 0.4)])
}

/// From log-SNR -2 down to log-SNR 3.
fn grid(path: &dyn Path, steps: usize) -> Grid {
    Grid::uniform_log_snr(path, -2.0, 3.0, steps).unwrap()
}

/// The forward SDE, where the density is known: from the data on the variance-preserving path, whose noise rate is positive there. On
/// the straight path it rises from 0, cells are upwind at first, and the order is 2 but for a logarithm: from log-SNR 3.
#[test]
fn the_forward_density_reaches_the_marginal_with_order_two() {
    check_forward(&VpLinear::new(0.1, 20.0).unwrap(), 0.0);
    check_forward(&Straight, grid(&Straight, 1).levels()[1].t);
}

fn check_forward(path: &dyn Path, from: f64) {
    let law = Mixture::two_modes();
    let to = grid(path, 1).levels()[0].t;
    let error = |cells| {
        let space = Grid1::uniform(-EDGE, EDGE, cells).unwrap();
        let marginal = |t| Density1::from_function(&space, |x| law.marginal(path.at(t)).density(x)).unwrap();
        let drift = |t: f64, x: f64| path.derivative(t).alpha / path.at(t).alpha * x;
        let equation = Equation1::new(&space, drift, |t, _| 0.5 * path.noise_rate(t));
        let times = Times::uniform(from, to, cells / 2).unwrap();
        let end = equation.evolve(&marginal(from), &times, Scheme::Exponential).unwrap().density;
        end.l1_distance(&marginal(to)).unwrap()
    };
    let slope = Slope::fit([200, 283, 400].map(|cells| (cells, error(cells))).to_vec());
    println!("forward: {slope}");
    slope.assert("forward density", 2.0, 0.1);
    assert!(slope.errors[2].1 < 1e-3, "{slope}");
}

#[test]
fn stochastic_samplers_follow_the_density_on_the_straight_path() {
    check_path(&Straight);
}

#[test]
fn stochastic_samplers_follow_the_density_on_a_variance_preserving_path() {
    check_path(&VpLinear::new(0.1, 20.0).unwrap());
}

/// With each sampler the order and the largest error allowed at 256 steps, or 96 for order 2.
fn check_path(path: &dyn Path) {
    let reverse = waves(path, 1.0);
    check_order("ancestral", |_| Ancestral, path, &reverse, &[12], 1, 0.0046);
    check_order("Euler-Maruyama", |_| EulerMaruyama, path, &reverse, &[12], 1, 0.0055);
    let tunable = |_| TunableNoise::new(NoiseForm::Relative(1.5)).unwrap();
    check_order("tunable", tunable, path, &waves(path, 1.5), &[7, 7], 2, 0.0003);
    // Its noise is g/h times the forward variance: g = S/N a step of h = 2.5/N in ln s.
    let churn = |steps| KarrasStochastic::new(Churn { total: 1.25, ..Churn::default() }, steps).unwrap();
    check_order("EDM's, churned", churn, path, &waves(path, 0.5_f64.sqrt()), &[12], 1, 0.0025);
    // N corrections by the share 2.5/N of the level's noise, over 5 in log-SNR: twice the variance of the forward noise.
    let corrected =
        |steps: usize| PredictorCorrector::new(ReverseDiffusion, FixedLangevin::new(2.5 / steps as f64, 1).unwrap());
    check_order("corrected", corrected, path, &waves(path, 2.0_f64.sqrt()), &[8, 8], 1, 0.004);
}

fn check_order<S: Sampler<Array2<f64>>>(
    name: &str,
    sampler: impl Fn(usize) -> S,
    path: &dyn Path,
    exact: &[f64; 6],
    normals: &[usize],
    order: u32,
    bound: f64,
) {
    let counts = if order == 1 { [128, 181, 256] } else { [48, 64, 96] };
    let (law, mesh) = (Mixture::two_modes(), Mesh::new(EDGE, 200));
    let error = |steps| {
        let grid = grid(path, steps);
        let known = WAVES.map(|wave| mesh.points().into_iter().map(wave).collect());
        let known = backward(&mut sampler(steps), &law, path, &grid, normals, mesh, known);
        let got = known.map(|known| integrate(|x| start().density(x) * mesh.between(&known, x), -EDGE, EDGE, 200));
        distance(&got, exact)
    };
    let slope = Slope::fit(counts.map(|n| (n, error(n))).to_vec());
    println!("{name}: {slope}");
    slope.assert(name, f64::from(order), 0.1);
    assert!(slope.errors[2].1 < bound, "{name}: {slope}");
}

/// Of the reverse SDE's density at the end, `noise` times the noise of the forward process; the second order of cells and steps is
/// taken off.
fn waves(path: &dyn Path, noise: f64) -> [f64; 6] {
    let [coarse, fine] = [400, 800].map(|cells| {
        let end = reversed(path, noise, cells, cells / 2);
        WAVES.map(|wave| end.expectation(wave))
    });
    let off = distance(&coarse, &fine);
    println!("noise {noise}: cells and steps {off:.1e}");
    assert!(off < 1e-3, "{off}");
    let waves = std::array::from_fn(|k| (4.0 * fine[k] - coarse[k]) / 3.0);
    // Far from what the marginal would have come to.
    let last = Mixture::two_modes().marginal(grid(path, 1).levels()[1]);
    let marginal = WAVES.map(|wave| integrate(|x| last.density(x) * wave(x), -EDGE, EDGE, 200));
    let far = distance(&waves, &marginal);
    assert!(far > 0.1, "{far}");
    waves
}

/// In the time `u` that rises as the path's falls: `dX = (-f X + (1 + c)/2 g^2 s) du + sqrt(c) g dW`, `c` the square of `noise`.
fn reversed(path: &dyn Path, noise: f64, cells: usize, steps: usize) -> Density1 {
    let (law, c) = (Mixture::two_modes(), noise * noise);
    let [from, to] = [0, 1].map(|k| grid(path, 1).levels()[k].t);
    let space = Grid1::uniform(-EDGE, EDGE, cells).unwrap();
    let drift = |u: f64, x: f64| {
        let level = path.at(-u);
        let f = path.derivative(-u).alpha / level.alpha;
        -f * x + 0.5 * (1.0 + c) * path.noise_rate(-u) * law.marginal(level).score(x)
    };
    let equation = Equation1::new(&space, drift, |u, _| 0.5 * c * path.noise_rate(-u));
    let first = Density1::from_function(&space, |x| start().density(x)).unwrap();
    let times = Times::uniform(-from, -to, steps).unwrap();
    equation.evolve(&first, &times, Scheme::Exponential).unwrap().density
}

fn distance<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

const SHARES: [f64; 7] = [0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95];

/// The continuity equation: without noise the cells are upwind, of order 1, and three grids take two orders off.
#[test]
fn deterministic_samplers_carry_quantiles_as_the_flow_carries_the_density() {
    for path in [&Straight as &dyn Path, &VpLinear::new(0.1, 20.0).unwrap()] {
        let [coarse, middle, fine] = [800, 1600, 3200].map(|cells| {
            let end = reversed(path, 0.0, cells, 200);
            SHARES.map(|share| end.quantile(share))
        });
        let exact: [f64; 7] = std::array::from_fn(|k| (8.0 * fine[k] - 6.0 * middle[k] + coarse[k]) / 3.0);
        println!("cells {:.1e}", distance(&fine, &exact));
        let error = |sampler: &mut dyn Sampler<Array2<f64>>, steps| {
            let x = Array2::from_shape_fn((7, 1), |(k, _)| start().quantile(SHARES[k]));
            let end = carried(sampler, path, steps, x);
            distance(&std::array::from_fn(|k| end[[k, 0]]), &exact)
        };
        let slope = Slope::fit([32, 45, 64].map(|n| (n, error(&mut Ddim, n))).to_vec());
        let heun = error(&mut Heun, 128);
        println!("DDIM: {slope}; Heun {heun:.1e}");
        slope.assert("DDIM", 1.0, 0.1);
        assert!(heun < 1e-4, "Heun {heun}");
    }
}

fn carried(sampler: &mut dyn Sampler<Array2<f64>>, path: &dyn Path, steps: usize, x: Array2<f64>) -> Array2<f64> {
    let law = Mixture::two_modes();
    let mut none = SampleNoise::consecutive(Stream::new(5, "test"), 0, 7);
    sample(&law, path, &grid(path, steps), sampler, x, &mut none, &mut |_, _, _| {}).unwrap()
}
