//! What every solver keeps besides its order: the limit without noise, stiffness, dimensions, number types, falling time.

mod support;

use ito_noise::{SampleNoise, Stream};
use ito_schedules::Straight;
use ito_sde::langevin::{Harmonic, Overdamped};
use ito_sde::process::{
    BrownianWithDrift, CoxIngersollRoss, Elementwise, GeometricBrownianMotion, KuboOscillator, LinearPull,
    OrnsteinUhlenbeck, PathDiffusion, SinhDiffusion,
};
use ito_sde::reverse::ReversedSde;
use ito_sde::solver::{
    DriftImplicitEuler, EulerMaruyama, Exact, ExponentialEuler, Milstein, NinomiyaNinomiya, PlatenWeak2,
    SquareRootImplicit, Sra1, Sriw1, StochasticHeun, Stratonovich, ito_stratonovich_correction,
};
use ito_sde::{Sde, Solver, Times, solve};
use ito_state::{Noise, Phase};
use ito_testkit::statistics::assert_within;
use ito_testkit::{Cells, Fresh, Gaussian, LinearForm, Nodes, root_mean_square};
use ndarray::{Array1, Array2, array};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use support::linear_system;

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, rng_seed: RngSeed::Fixed(11), ..ProptestConfig::default() })]

    /// With `sigma = 0` on `dX = mu X dt`: Euler's `1 + z`, Heun's `1 + z + z^2/2`, Runge-Kutta's fourth order, the exact flow.
    #[test]
    fn without_noise_each_method_is_its_ode_method(mu in -1.5..1.5_f64, steps in 1_usize..20, dim in 1_usize..5, seed: u64) {
        let gbm = GeometricBrownianMotion::new(mu, 0.0).unwrap();
        let z = mu / steps as f64;
        let heun = 1.0 + z + 0.5 * z * z;
        let classic = heun + z.powi(3) / 6.0 + z.powi(4) / 24.0;
        multiplies_by(&EulerMaruyama, &gbm, 1.0 + z, steps, dim, seed);
        multiplies_by(&Milstein, &gbm, 1.0 + z, steps, dim, seed);
        multiplies_by(&PlatenWeak2, &gbm, heun, steps, dim, seed);
        multiplies_by(&Sriw1, &gbm, heun, steps, dim, seed);
        multiplies_by(&StochasticHeun, &Stratonovich(gbm), heun, steps, dim, seed);
        multiplies_by(&NinomiyaNinomiya, &Stratonovich(gbm), classic, steps, dim, seed);
        multiplies_by(&Exact, &gbm, z.exp(), steps, dim, seed);
        let ou = OrnsteinUhlenbeck::new(-mu, 0.0).unwrap();
        multiplies_by(&Sra1, &ou, heun, steps, dim, seed);
        multiplies_by(&ExponentialEuler, &ou, z.exp(), steps, dim, seed);
        if z < 0.9 {
            multiplies_by(&DriftImplicitEuler, &ou, 1.0 / (1.0 - z), steps, dim, seed);
        }
    }

    /// Every entry of diagonal noise is its own equation: a batch of rows and columns is the same numbers one by one.
    #[test]
    fn entries_do_not_see_each_other(dim in 1_usize..5, rows in 1_usize..4, seed: u64, steps in 1_usize..6) {
        let sde = SinhDiffusion::new(0.3, 0.5).unwrap();
        let like = Array2::<f64>::zeros((rows, dim));
        let start = Array2::from_shape_fn((rows, dim), |(i, j)| 0.3 * i as f64 - 0.2 * j as f64);
        let mut cells = Cells::draw(0.0, 1.0, steps, &like, &mut SampleNoise::consecutive(Stream::new(seed, "entries"), 0, rows));
        let times = Times::uniform(0.0, 1.0, steps).unwrap();
        let together = solve(&Sriw1, &sde, &times, start.clone(), &mut cells);
        for ((i, j), value) in together.indexed_iter() {
            let mut alone = Entry { of: cells.clone(), like: like.clone(), at: (i, j) };
            let single = solve(&Sriw1, &sde, &times, array![[start[[i, j]]]], &mut alone);
            prop_assert_eq!(single[[0, 0]], *value);
        }
    }

    #[test]
    fn the_two_readings_go_into_each_other(x in -2.0..2.0_f64, mu in -1.0..1.0_f64, sigma in 0.0..1.5_f64) {
        let (sde, x) = (GeometricBrownianMotion::new(mu, sigma).unwrap(), array![[x]]);
        let correction = ito_stratonovich_correction(&sde, 0.0, &x);
        prop_assert!((correction[[0, 0]] - 0.5 * sigma * sigma * x[[0, 0]]).abs() < 1e-14);
        let Stratonovich(read) = Stratonovich::of_ito(sde);
        let back = Stratonovich(read).into_ito();
        prop_assert!((Sde::drift(&read, 0.0, &x)[[0, 0]] - (mu - 0.5 * sigma * sigma) * x[[0, 0]]).abs() < 1e-14);
        prop_assert!((Sde::drift(&back, 0.0, &x)[[0, 0]] - mu * x[[0, 0]]).abs() < 1e-14);
    }
}

/// The correction of scalar noise sums over all coordinates: `B^2 x / 2` for `g = B x`.
#[test]
fn the_correction_of_scalar_noise_is_half_the_square_of_its_matrix() {
    let (sde, x) = (linear_system::scalar(), array![[0.7, -1.2]]);
    let expected = x.dot(&sde.0.b[0].dot(&sde.0.b[0]).t()) * 0.5;
    let found = ito_stratonovich_correction(&sde, 0.0, &x);
    assert!((&found - &expected).iter().all(|e| e.abs() < 1e-15), "{found} {expected}");
    // One Wiener process a row in the shape of a column: what the Kubo oscillator loses in Ito's reading.
    let kubo = KuboOscillator::new(0.0, 0.8).unwrap();
    let at = Phase { position: array![[0.7]], velocity: array![[-1.2]] };
    assert_eq!(ito_stratonovich_correction(&kubo, 0.0, &at), Sde::drift(&kubo, 0.0, &at));
}

/// `h r = 100`: Euler multiplies by -99 a step.
#[test]
fn a_stiff_pull_does_not_blow_up_and_reaches_its_stationary_law() {
    let (rate, sigma, h) = (1000.0, 3.0, 0.1);
    let ou = OrnsteinUhlenbeck::new(rate, sigma).unwrap();
    let variance = |law: Gaussian| (law.mean[0].abs(), law.covariance[[0, 0]]);
    let stationary = sigma * sigma / (2.0 * rate);
    let (mean, exponential) = variance(stiff(&ExponentialEuler, &ou, h));
    assert!(mean < 1e-100 && (exponential / stationary - 1.0).abs() < 1e-12, "{mean} {exponential}");
    let (mean, exact) = variance(stiff(&Exact, &ou, h));
    assert!(mean < 1e-100 && (exact / stationary - 1.0).abs() < 1e-12, "{mean} {exact}");
    let (mean, implicit) = variance(stiff(&DriftImplicitEuler, &ou, h));
    let damped = sigma * sigma / (2.0 * rate + rate * rate * h);
    assert!(mean < 1e-38 && (implicit / damped - 1.0).abs() < 1e-12, "{mean} {implicit}");
    let (mean, explicit) = variance(stiff(&EulerMaruyama, &ou, h));
    assert!(mean > 1e35 && explicit > 1e70, "{mean} {explicit}");
}

/// `dX = (mu - r X) dt + sigma dW`: mean `mu / r + (x - mu / r) exp(-r t)`, the variance of an Ornstein-Uhlenbeck process, at any step.
#[test]
fn an_exponential_step_is_exact_where_the_rest_is_constant() {
    for (rate, h) in [(2.0, 0.3), (1000.0, 0.1), (-0.7, 1.0), (0.0, 0.5_f64)] {
        let sde = LinearPull::new(rate, BrownianWithDrift::new(0.9, 0.6).unwrap()).unwrap();
        let mut nodes = Nodes::product(&[8]);
        let starts = nodes.repeat(&array![[1.7]]);
        let ends = ExponentialEuler.step(&sde, 0.0, h, &starts, &mut nodes);
        let mean = nodes.mean(&ends)[[0, 0]];
        let variance = nodes.mean(&ends.mapv(|x| (x - mean).powi(2)))[[0, 0]];
        let law = OrnsteinUhlenbeck::new(rate, 0.6).unwrap().transition(h).unwrap();
        let expected = 1.7 * law.decay + if rate == 0.0 { 0.9 * h } else { 0.9 / rate * (1.0 - law.decay) };
        assert!(
            (mean / expected - 1.0).abs() < 1e-12 && (variance / law.variance - 1.0).abs() < 1e-12,
            "{rate} {h}: {mean} {expected}"
        );
    }
}

/// A stiff pull with a nonlinear rest and multiplicative noise stays where it should: near 0, with variance `g(0)^2 / 2r`.
#[test]
fn a_stiff_nonlinear_equation_stays_bounded() {
    let rest = Elementwise::new(|_, x: f64| x.sin(), |_, x: f64| 1.0 + 0.5 * x.cos(), |_, x: f64| -0.5 * x.sin());
    let sde = LinearPull::new(1000.0, rest).unwrap();
    let mut noise = SampleNoise::consecutive(Stream::new(3, "stiff"), 0, 20_000);
    let times = Times::uniform(0.0, 2.0, 20).unwrap();
    let start = || Array2::from_elem((20_000, 1), 5.0);
    let square = |x: &Array2<f64>| x.mapv(|x| x * x).mean().unwrap();
    let end = square(&solve(&ExponentialEuler, &sde, &times, start(), &mut noise));
    let expected = 1.5 * 1.5 / 2000.0;
    assert_within("variance", end, expected, 0.003 * expected + expected * (2.0 / 20_000.0_f64).sqrt());
    assert!(square(&solve(&DriftImplicitEuler, &sde, &times, start(), &mut noise)) < expected);
    let explicit = square(&solve(&EulerMaruyama, &sde, &times, start(), &mut noise));
    assert!(explicit > 1e60 || explicit.is_nan());
}

/// `kappa theta` below `sigma^2 / 4`, starts at zero, long steps: nothing is negative where it must not be, nothing is NaN.
#[test]
fn the_square_root_process_never_gives_nan() {
    for (kappa, theta, sigma, steps) in
        [(1.0, 0.02, 1.0, 8), (2.0, 0.5, 1.0, 8), (0.1, 1.0, 3.0, 200), (5.0, 1.0, 1.0, 1)]
    {
        let sde = CoxIngersollRoss::new(kappa, theta, sigma).unwrap();
        let mut noise = SampleNoise::consecutive(Stream::new(4, "square root"), 0, 2000);
        let times = Times::uniform(0.0, 4.0, steps).unwrap();
        let start = Array2::from_shape_fn((2000, 1), |(k, _)| k as f64 * 1e-3);
        let implicit = solve(&SquareRootImplicit, &sde, &times, start.clone(), &mut noise);
        assert!(implicit.iter().all(|x| x.is_finite() && *x >= 0.0));
        assert!(4.0 * kappa * theta <= sigma * sigma || implicit.iter().all(|x| *x > 0.0));
        for explicit in [
            solve(&EulerMaruyama, &sde, &times, start.clone(), &mut noise),
            solve(&Milstein, &sde, &times, start.clone(), &mut noise),
            solve(&Sriw1, &sde, &times, start, &mut noise),
        ] {
            assert!(explicit.iter().all(|x| x.is_finite()));
        }
    }
}

#[test]
fn f32_states_follow_f64_states() {
    let sde = SinhDiffusion::new(0.3, 0.5).unwrap();
    let times = Times::uniform(0.0, 1.0, 50).unwrap();
    let noise = || SampleNoise::consecutive(Stream::new(9, "f32"), 0, 100);
    let wide = solve(&Sriw1, &sde, &times, Array2::<f64>::ones((100, 3)), &mut noise());
    let narrow = solve(&Sriw1, &sde, &times, Array2::<f32>::ones((100, 3)), &mut noise());
    let worst = wide.iter().zip(&narrow).map(|(a, b)| (a - f64::from(*b)).abs() / a.abs().max(1.0)).fold(0.0, f64::max);
    assert!(worst < 2e-4, "{worst}");
}

/// An SDE that is written for falling time: the drift with its sign, noise of variance `|dt|`; exact steps agree with fine ones.
#[test]
fn falling_time_takes_the_drift_with_its_sign_and_the_noise_without() {
    let times = Times::uniform(1.0, 0.0, 4000).unwrap();
    let fine = |method: &dyn Fn(&Times, &mut Fresh) -> LinearForm| method(&times, &mut Fresh::default()).law();
    let ou = OrnsteinUhlenbeck::new(1.3, 0.8).unwrap();
    let point = Fresh::default().draw(&Gaussian { mean: Array1::ones(1), covariance: Array2::zeros((1, 1)) });
    let stepped = fine(&|times, noise| solve(&EulerMaruyama, &ou, times, point.clone(), noise));
    let once = Exact.step(&ou, 1.0, 0.0, &point, &mut Fresh::default()).law();
    assert!((stepped.mean[0] / once.mean[0] - 1.0).abs() < 1e-3 && once.mean[0] > 3.0, "{stepped:?} {once:?}");
    assert!((stepped.covariance[[0, 0]] / once.covariance[[0, 0]] - 1.0).abs() < 2e-3, "{stepped:?} {once:?}");
}

/// `dX = X dW` written for falling time keeps its mean: Heun's step by quadrature.
#[test]
fn the_readings_agree_in_falling_time() {
    let gbm = GeometricBrownianMotion::new(0.0, 1.0).unwrap();
    let read = Stratonovich::of_ito_falling(gbm);
    // One step of h: E X' is 1 + O(h^2), and 1 + 2 O(h) with the correction of rising time.
    for h in [0.1, 0.05] {
        let mut nodes = Nodes::product(&[8]);
        let start = nodes.repeat(&array![[1.0]]);
        let end = StochasticHeun.step(&read, 1.0, 1.0 - h, &start, &mut nodes);
        let mean = nodes.mean(&end)[[0, 0]];
        assert!((mean - 1.0).abs() < h * h, "{h}: {mean}");
    }
    let x = array![[0.7_f64]];
    let Stratonovich(corrected) = read;
    let back = Stratonovich(corrected).into_ito_falling();
    assert!((Sde::drift(&corrected, 0.0, &x)[[0, 0]] - 0.35).abs() < 1e-15);
    assert!(Sde::drift(&back, 0.0, &x)[[0, 0]].abs() < 1e-15);
}

/// Reversed by entry, its score known: Heun in Stratonovich's reading and Milstein go the same path, nearer with more steps.
#[test]
fn a_reversed_diagonal_sde_goes_the_same_way_in_both_readings() {
    let gbm = GeometricBrownianMotion::new(0.1, 0.5).unwrap();
    // ln X(t) is normal with mean -0.025 t and variance 0.2 + 0.25 t.
    let score = |t: f64, x: &Array2<f64>| x.mapv(|x| (-1.0 - (x.ln() + 0.025 * t) / (0.2 + 0.25 * t)) / x);
    let reversed = ReversedSde::diagonal(&gbm, &score);
    let distance = |steps: usize| {
        let times = Times::uniform(1.0, 0.0, steps).unwrap();
        let noise = || SampleNoise::consecutive(Stream::new(12, "readings"), 0, 500);
        let start = Array2::from_shape_fn((500, 1), |(k, _)| 0.6 + k as f64 * 2e-3);
        let ito = solve(&Milstein, &reversed, &times, start.clone(), &mut noise());
        let read = solve(&StochasticHeun, &Stratonovich::of_ito_falling(reversed), &times, start, &mut noise());
        root_mean_square(&ito, &read)
    };
    let (coarse, fine) = (distance(100), distance(400));
    assert!(fine < 0.4 * coarse && fine < 0.02, "{coarse} {fine}");
}

#[test]
fn what_is_for_rising_time_alone_is_nan_in_falling_time() {
    let (x, mut noise) = (array![[0.5_f64]], SampleNoise::consecutive(Stream::new(1, "falling"), 0, 1));
    let sinh = SinhDiffusion::new(0.3, 0.5).unwrap();
    assert!(Exact.step(&sinh, 1.0, 0.5, &x, &mut noise)[[0, 0]].is_nan());
    let cir = CoxIngersollRoss::new(1.0, 1.0, 0.5).unwrap();
    assert!(SquareRootImplicit.step(&cir, 1.0, 0.5, &x, &mut noise)[[0, 0]].is_nan());
}

#[test]
fn an_empty_step_leaves_the_state_alone() {
    let (x, mut noise) = (array![[0.5]], SampleNoise::consecutive(Stream::new(1, "empty"), 0, 1));
    let sde = SinhDiffusion::new(0.3, 0.5).unwrap();
    assert_eq!(PlatenWeak2.step(&sde, 0.5, 0.5, &x, &mut noise), x);
    assert_eq!(Sriw1.step(&sde, 0.5, 0.5, &x, &mut noise), x);
}

/// Additive noise commutes: Milstein is Euler-Maruyama there.
#[test]
fn milstein_takes_additive_processes() {
    let x = array![[0.5]];
    let noise = || SampleNoise::consecutive(Stream::new(1, "additive"), 0, 1);
    let langevin = Overdamped::new(Harmonic::new(2.0).unwrap(), 0.5).unwrap();
    let euler = EulerMaruyama.step(&langevin, 0.0, 0.1, &x, &mut noise());
    assert_eq!(Milstein.step(&langevin, 0.0, 0.1, &x, &mut noise()), euler);
    let path = PathDiffusion::new(&Straight);
    let euler = EulerMaruyama.step(&path, 0.2, 0.3, &x, &mut noise());
    assert_eq!(Milstein.step(&path, 0.2, 0.3, &x, &mut noise()), euler);
}

#[test]
fn brownian_motion_with_drift_is_exact_in_one_step_of_any_method() {
    let sde = BrownianWithDrift::new(0.7, 1.3).unwrap();
    let start = Array2::<f64>::zeros((50, 2));
    let mut noise = SampleNoise::consecutive(Stream::new(2, "drift"), 0, 50);
    let cells = Cells::draw(0.0, 2.0, 4, &start, &mut noise);
    let w = cells.clone().increment(0.0, 2.0, &start);
    let expected = w * 1.3 + 0.7 * 2.0;
    let times = Times::uniform(0.0, 2.0, 4).unwrap();
    for found in [
        solve(&Exact, &sde, &times, start.clone(), &mut cells.clone()),
        solve(&EulerMaruyama, &sde, &times, start.clone(), &mut cells.clone()),
        solve(&Sra1, &sde, &times, start.clone(), &mut cells.clone()),
        solve(&Sriw1, &sde, &times, start.clone(), &mut cells.clone()),
        solve(&PlatenWeak2, &sde, &times, start.clone(), &mut cells.clone()),
        solve(&StochasticHeun, &Stratonovich(sde), &times, start.clone(), &mut cells.clone()),
    ] {
        assert!((&found - &expected).iter().all(|e| e.abs() < 1e-13));
    }
}

fn stiff<M: Solver<OrnsteinUhlenbeck, LinearForm>>(method: &M, ou: &OrnsteinUhlenbeck, h: f64) -> Gaussian {
    let mut noise = Fresh::default();
    let start = noise.draw(&Gaussian { mean: Array1::ones(1), covariance: Array2::eye(1) });
    solve(method, ou, &Times::uniform(0.0, 20.0 * h, 20).unwrap(), start, &mut noise).law()
}

fn multiplies_by<S, M>(method: &M, sde: &S, factor: f64, steps: usize, dim: usize, seed: u64)
where
    M: Solver<S, Array2<f64>>,
{
    let start = Array2::from_shape_fn((3, dim), |(i, j)| 1.0 + i as f64 - 0.4 * j as f64);
    let mut noise = SampleNoise::consecutive(Stream::new(seed, "no noise"), 0, 3);
    let end = solve(method, sde, &Times::uniform(0.0, 1.0, steps).unwrap(), start.clone(), &mut noise);
    let expected = start * factor.powi(steps as i32);
    assert!(
        (&end - &expected).iter().all(|e| e.abs() < 1e-11 * factor.abs().powi(steps as i32).max(1.0)),
        "{end} {expected}"
    );
}

/// One entry of a noise.
struct Entry {
    of: Cells,
    like: Array2<f64>,
    at: (usize, usize),
}

impl Noise<Array2<f64>> for Entry {
    fn normal_like(&mut self, _like: &Array2<f64>) -> Array2<f64> {
        unreachable!("increments alone are asked for")
    }
    fn increment_with_area(&mut self, from: f64, to: f64, _like: &Array2<f64>) -> (Array2<f64>, Array2<f64>) {
        let (w, h) = self.of.increment_with_area(from, to, &self.like);
        (array![[w[self.at]]], array![[h[self.at]]])
    }
    fn uniform_rows(&mut self, _like: &Array2<f64>) -> Vec<f64> {
        unreachable!("increments alone are asked for")
    }
}
