//! Reversal in time: every noise level keeps the marginals, on Gaussians without Monte Carlo, on mixtures by quantiles and by draws.

use ito_noise::{SampleNoise, Stream};
use ito_schedules::{Level, Path, Straight, VpCosine, VpLinear};
use ito_sde::ode::{Adaptive, Method, Rk4, VectorField, continuity_residual};
use ito_sde::process::{Elementwise, GeometricBrownianMotion, PathDiffusion};
use ito_sde::reverse::{Reversed, ReversedSde};
use ito_sde::solver::{EulerMaruyama, Milstein, Sra1};
use ito_sde::{Commutative, Isotropic, Sde, SdeError, Times, solve};
use ito_state::Noise;
use ito_testkit::statistics::assert_distribution;
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm, Mixture, Slope, normal_cdf};
use ndarray::{Array1, Array2};

const LEVELS: [f64; 4] = [0.0, 0.5, 1.0, 1.5];

/// The start is not the marginal, which would hide errors of the mean; where it goes is known for every level, see [`exact`].
#[test]
fn every_noise_level_reaches_the_exact_law_of_gaussian_data_at_first_order() {
    let data = data();
    for path in paths() {
        let path = path.as_ref();
        let forward = PathDiffusion::new(path);
        let score = |t: f64, x: &LinearForm| data.score(x, path.at(t));
        for lambda in LEVELS {
            let reversed = Reversed::new(&forward, &score).with_noise(lambda).unwrap();
            let start = Gaussian::isotropic(2, 1.0);
            let expected = exact(&data, &start, lambda, path.at(0.95), path.at(0.05));
            let law = |steps| {
                let mut noise = Fresh::default();
                let start = noise.draw(&start);
                solve(&EulerMaruyama, &reversed, &Times::uniform(0.95, 0.05, steps).unwrap(), start, &mut noise).law()
            };
            let laws = [256, 362, 512].map(|n| (n, law(n)));
            let slope = |error: fn(&Gaussian, &Gaussian) -> f64| {
                Slope::fit(laws.iter().map(|(n, law)| (*n, error(law, &expected))).collect())
            };
            slope(Gaussian::mean_error).assert(&format!("mean at noise level {lambda}"), 1.0, 0.1);
            slope(Gaussian::covariance_error).assert(&format!("covariance at noise level {lambda}"), 1.0, 0.1);
        }
    }
}

/// Started from the marginal, stopped on the way: what is left is the error of the steps, and it vanishes at their order.
#[test]
fn every_noise_level_leaves_the_marginals_of_gaussian_data_alone() {
    let (data, path) = (data(), VpLinear::default());
    let forward = PathDiffusion::new(&path);
    let score = |t: f64, x: &LinearForm| data.score(x, path.at(t));
    for (lambda, to) in LEVELS.into_iter().flat_map(|lambda| [0.7, 0.4, 0.05].map(|t| (lambda, t))) {
        let reversed = Reversed::new(&forward, &score).with_noise(lambda).unwrap();
        let error = |steps: usize| {
            let mut noise = Fresh::default();
            let start = noise.draw(&data.marginal(path.at(0.95)));
            let times = Times::uniform(0.95, to, steps).unwrap();
            let law = solve(&EulerMaruyama, &reversed, &times, start, &mut noise).law();
            law.covariance_error(&data.marginal(path.at(to))) + law.mean_error(&data.marginal(path.at(to)))
        };
        let slope = Slope::fit([192, 256, 384].map(|n| (n, error(n))).to_vec());
        slope.assert(&format!("noise level {lambda} down to {to}"), 1.0, 0.1);
    }
}

#[test]
fn the_probability_flow_reaches_the_exact_law_of_gaussian_data_at_fourth_order() {
    let data = data();
    for path in paths() {
        let path = path.as_ref();
        let forward = PathDiffusion::new(path);
        let score = |t: f64, x: &LinearForm| data.score(x, path.at(t));
        let flow = Reversed::new(&forward, &score).flow();
        // Up and down: the flow has no direction of its own.
        for (from, to) in [(0.9, 0.1), (0.1, 0.9)] {
            let start = Gaussian::isotropic(2, 0.8);
            let expected = data.flow(&start, path.at(from), path.at(to));
            let error = |steps: usize| {
                let times = Times::uniform(from, to, steps).unwrap();
                let end = times.pairs().fold(Fresh::default().draw(&start), |x, (a, b)| Rk4.step(&flow, a, b, &x));
                end.law().covariance_error(&expected) + end.law().mean_error(&expected)
            };
            Slope::fit([96, 128, 192].map(|n| (n, error(n))).to_vec()).assert("Runge-Kutta", 4.0, 0.1);
        }
    }
}

/// What is left of the noise is known by type: a reversed SDE takes the methods for additive noise, here one of weak order 2, and may
/// be shared by threads.
#[test]
fn methods_for_additive_noise_take_the_reversed_diffusion() {
    let (data, path) = (data(), VpLinear::default());
    let forward = PathDiffusion::new(&path);
    let score = |t: f64, x: &LinearForm| data.score(x, path.at(t));
    let start = Gaussian::isotropic(2, 1.0);
    for lambda in [0.5, 1.0] {
        let reversed = ReversedSde::new(&forward, &score).with_noise(lambda).unwrap();
        std::thread::scope(|scope| scope.spawn(|| reversed.noise_rate(0.5)).join()).unwrap();
        let expected = exact(&data, &start, lambda, path.at(0.9), path.at(0.1));
        let error = |steps: usize| {
            let mut noise = Fresh::default();
            let x = noise.draw(&start);
            let law = solve(&Sra1, &reversed, &Times::uniform(0.9, 0.1, steps).unwrap(), x, &mut noise).law();
            law.covariance_error(&expected) + law.mean_error(&expected)
        };
        let slope = Slope::fit([128, 181, 256].map(|n| (n, error(n))).to_vec());
        slope.assert(&format!("SRA1 at noise level {lambda}"), 2.0, 0.1);
    }
}

/// On the line the flow keeps every quantile a quantile: the sharpest test there is, to the solver's tolerance.
#[test]
fn the_probability_flow_carries_quantiles_of_a_mixture_to_quantiles() {
    let law = Mixture::two_modes();
    for path in paths() {
        let path = path.as_ref();
        let forward = PathDiffusion::new(path);
        let score = |t: f64, x: &Array2<f64>| x.mapv(|x| law.marginal(path.at(t)).score(x));
        let flow = Reversed::new(&forward, &score).flow();
        let probabilities = [1e-4, 0.03, 0.2, 0.5, 0.59, 0.61, 0.8, 0.97, 0.9999];
        let quantiles = |t: f64| column(&probabilities.map(|p| law.marginal(path.at(t)).quantile(p)));
        let solver = Adaptive::new(1e-11, 1e-11).unwrap();
        for (from, to) in [(0.95, 0.02), (0.02, 0.95)] {
            let end = solver.solve(&flow, from, to, quantiles(from)).unwrap().state;
            let apart = (&end - &quantiles(to)).iter().fold(0.0, |worst: f64, d| worst.max(d.abs()));
            assert!(apart < 1e-8, "{from} to {to}: {apart:e}");
        }
    }
}

/// 20 000 paths in 200 steps for each level; Kolmogorov's test with false alarm 1e-6, which sees 0.019 of distribution function.
#[test]
fn every_noise_level_recovers_a_mixture_from_noise() {
    let (law, path, count) = (Mixture::two_modes(), VpLinear::default(), 20_000);
    let forward = PathDiffusion::new(&path);
    for (k, lambda) in [0.5, 1.0, 1.5].into_iter().enumerate() {
        let times = quadratic_times(0.98, 0.005, 200);
        // One marginal a step, not one a path and step.
        let marginals: Vec<(f64, Mixture)> = times.as_slice().iter().map(|t| (*t, law.marginal(path.at(*t)))).collect();
        let score = |t: f64, x: &Array2<f64>| {
            let (_, marginal) = marginals.iter().find(|(at, _)| *at == t).expect("a time of the grid");
            x.mapv(|x| marginal.score(x))
        };
        let reversed = Reversed::new(&forward, &score).with_noise(lambda).unwrap();
        let mut noise = SampleNoise::consecutive(Stream::new(30 + k as u64, "reverse"), 0, count);
        let start = draw(&law.marginal(path.at(0.98)), count, &mut noise);
        let end = solve(&EulerMaruyama, &reversed, &times, start, &mut noise);
        let last = law.marginal(path.at(0.005));
        assert_distribution(&format!("noise level {lambda}"), end.as_slice().unwrap(), |x| last.cdf(x));
    }
}

/// Geometric Brownian motion from a lognormal start has lognormal laws: `ln X_t ~ N(m(t), v(t))`.
#[test]
fn the_probability_flow_of_multiplicative_noise_is_exact_on_lognormal_laws() {
    let (gbm, law) = (GeometricBrownianMotion::new(0.3, 0.6).unwrap(), Lognormal);
    let score = |t: f64, x: &Array2<f64>| x.mapv(|x| law.score(t, x));
    let flow = ReversedSde::diagonal(&gbm, &score).flow();
    let normals = [-2.5, -1.0, 0.0, 0.4, 2.0];
    let solver = Adaptive::new(1e-11, 1e-11).unwrap();
    for (from, to) in [(1.5, 0.0), (0.0, 1.5)] {
        let end = solver.solve(&flow, from, to, column(&normals.map(|z| law.at(from, z)))).unwrap().state;
        for (found, z) in end.iter().zip(normals) {
            assert!((found / law.at(to, z) - 1.0).abs() < 1e-8, "{from} to {to} at {z}: {found}");
        }
    }
}

#[test]
fn every_noise_level_reverses_multiplicative_noise() {
    let (gbm, law, count) = (GeometricBrownianMotion::new(0.3, 0.6).unwrap(), Lognormal, 20_000);
    let score = |t: f64, x: &Array2<f64>| x.mapv(|x| law.score(t, x));
    for (k, lambda) in [0.5, 1.0, 1.5].into_iter().enumerate() {
        let reversed = ReversedSde::diagonal(&gbm, &score).with_noise(lambda).unwrap();
        let mut noise = SampleNoise::consecutive(Stream::new(40 + k as u64, "reverse/gbm"), 0, count);
        let start = noise.normal_like(&Array2::zeros((count, 1))).mapv(|z| law.at(1.5, z));
        let end = solve(&Milstein, &reversed, &Times::uniform(1.5, 0.0, 400).unwrap(), start, &mut noise);
        let values: Vec<f64> = end.iter().map(|x| (x.ln() - law.mean(0.0)) / law.variance(0.0).sqrt()).collect();
        assert_distribution(&format!("noise level {lambda}"), &values, normal_cdf);
    }
}

/// Whatever the level, `-d_t p = d_x(b p) + 1/2 d_xx(lambda^2 g^2 p)` for the drift `b` of the reversed SDE: its Fokker-Planck
/// equation in falling time, of which the forward density is a solution. And the flow's continuity equation.
#[test]
fn the_forward_density_solves_the_equation_of_every_reversed_sde() {
    let (drift, diffusion) = (|_t: f64, x: f64| 0.4 - 0.5 * x, |_t: f64, x: f64| 0.5 + 0.3 * x.sin());
    let sde = Elementwise::new(drift, diffusion, |_t, x: f64| 0.3 * x.cos());
    // Any smooth density at one time; the forward equation says how it moves.
    let law = Mixture::two_modes();
    let score = |_t: f64, x: &Array2<f64>| x.mapv(|x| law.score(x));
    let reversed = ReversedSde::diagonal(&sde, &score);
    let first = |f: &dyn Fn(f64) -> f64, x: f64| {
        let h = 2e-3;
        (8.0 * (f(x + h) - f(x - h)) - (f(x + 2.0 * h) - f(x - 2.0 * h))) / (12.0 * h)
    };
    let fokker_planck = |b: &dyn Fn(f64) -> f64, share: f64, x: f64| {
        let spread = |x: f64| 0.5 * share * diffusion(0.0, x).powi(2) * law.density(x);
        -first(&|x| b(x) * law.density(x) - first(&spread, x), x)
    };
    for x in [-2.1, -1.0, 0.2, 1.4] {
        let forward = fokker_planck(&|x| drift(0.0, x), 1.0, x);
        for lambda in LEVELS {
            let reversed = reversed.with_noise(lambda).unwrap();
            let b = |x: f64| -reversed.drift(0.0, &column(&[x]))[[0, 0]];
            let backward = fokker_planck(&b, lambda * lambda, x);
            assert!((forward + backward).abs() < 1e-7, "{lambda} at {x}: {forward} {backward}");
        }
        let flow = |_t: f64, x: &[f64]| vec![reversed.flow().velocity(0.0, &column(x))[[0, 0]]];
        let moving = |t: f64, x: &[f64]| law.density(x[0]) + t * fokker_planck(&|x| drift(0.0, x), 1.0, x[0]);
        let residual = continuity_residual(&moving, &flow, 0.0, &[x], 2e-3).unwrap();
        assert!(residual.abs() < 1e-7, "{x}: {residual}");
    }
}

#[test]
fn the_reversed_noise_and_its_rate_and_slope_carry_the_level() {
    let gbm = GeometricBrownianMotion::new(0.3, 0.6).unwrap();
    let score = |_t: f64, x: &Array2<f64>| x.clone();
    let reversed = ReversedSde::diagonal(&gbm, &score).with_noise(0.5).unwrap();
    let (x, w) = (column(&[1.7]), column(&[2.0]));
    assert!((reversed.diffuse(0.4, &x, &w)[[0, 0]] - 0.5 * 0.6 * 1.7 * 2.0).abs() < 1e-15);
    // g dg/dx of g = lambda sigma x.
    assert!((reversed.diffuse_slope(0.4, &x, &w)[[0, 0]] - (0.5_f64 * 0.6).powi(2) * 1.7 * 2.0).abs() < 1e-15);
    let path = VpLinear::default();
    let forward = PathDiffusion::new(&path);
    let reversed = Reversed::new(&forward, &score).with_noise(0.5).unwrap();
    assert!((Isotropic::<Array2<f64>>::noise_rate(&reversed, 0.4) - 0.25 * path.noise_rate(0.4)).abs() < 1e-14);
}

#[test]
fn impossible_noise_levels_are_refused() {
    let (path, score) = (VpLinear::default(), |_t: f64, x: &Array2<f64>| x.clone());
    let forward = PathDiffusion::new(&path);
    let reversed = Reversed::new(&forward, &score);
    let refused = reversed.with_noise(-0.1).err();
    assert_eq!(refused, Some(SdeError::Negative { name: "the noise level", value: -0.1 }));
    assert!(matches!(reversed.with_noise(f64::NAN), Err(SdeError::NotFinite { name: "the noise level", .. })));
}

/// Where noise level `lambda` takes the law `start`, along each axis `x' = alpha' mean + k (x - alpha mean) + N(0, v' - k^2 v)` with
/// `k = (alpha/alpha')^(lambda^2) (v'/v)^((1 + lambda^2)/2)`: integrate `d ln k/dt = alpha'/alpha + (1 + lambda^2)/2 g^2/v` with
/// `dv/dt = 2 (alpha'/alpha) v + g^2`. The flow at 0, Bayes' rule at 1.
fn exact(data: &GaussianData, start: &Gaussian, lambda: f64, from: Level, to: Level) -> Gaussian {
    let (mut matrix, mut added) = (Array2::<f64>::zeros((2, 2)), Array2::<f64>::zeros((2, 2)));
    for (axis, deviation) in data.axes() {
        let variance = |at: Level| (at.alpha * deviation).powi(2) + at.sigma.powi(2);
        let square = lambda * lambda;
        let k = (from.alpha / to.alpha).powf(square) * (variance(to) / variance(from)).powf(0.5 * (1.0 + square));
        let onto = Array2::from_shape_fn((2, 2), |(i, j)| axis[i] * axis[j]);
        matrix += &(&onto * k);
        added += &(&onto * (variance(to) - k * k * variance(from)));
    }
    let shift: Array1<f64> = data.mean() * to.alpha - matrix.dot(data.mean()) * from.alpha;
    start.affine(&matrix, &shift, &added)
}

struct Lognormal;

impl Lognormal {
    fn mean(&self, t: f64) -> f64 {
        0.2 + (0.3 - 0.5 * 0.36) * t
    }
    fn variance(&self, t: f64) -> f64 {
        0.25 + 0.36 * t
    }
    /// The point `z` deviations from the mean of the logarithm.
    fn at(&self, t: f64, z: f64) -> f64 {
        (self.mean(t) + z * self.variance(t).sqrt()).exp()
    }
    fn score(&self, t: f64, x: f64) -> f64 {
        -(1.0 + (x.ln() - self.mean(t)) / self.variance(t)) / x
    }
}

fn draw(law: &Mixture, count: usize, noise: &mut SampleNoise) -> Array2<f64> {
    let normals = noise.normal_like(&Array2::<f64>::zeros((count, 1)));
    let uniforms = noise.uniform_rows(&normals);
    let values = uniforms.iter().zip(&normals).map(|(u, z)| law.draw(*u, *z)).collect();
    Array2::from_shape_vec((count, 1), values).unwrap()
}

/// Finer where data is near.
fn quadratic_times(from: f64, to: f64, steps: usize) -> Times {
    let root = |i: usize| from.sqrt() + (to.sqrt() - from.sqrt()) * i as f64 / steps as f64;
    Times::new((0..=steps).map(|i| root(i).powi(2)).collect()).unwrap()
}

fn column(values: &[f64]) -> Array2<f64> {
    Array2::from_shape_vec((values.len(), 1), values.to_vec()).unwrap()
}

fn data() -> GaussianData {
    GaussianData::new(&[0.7, -0.4], &[0.8, 0.25], 0.6)
}

fn paths() -> [Box<dyn Path>; 3] {
    [Box::new(Straight), Box::new(VpLinear::default()), Box::new(VpCosine::default())]
}
