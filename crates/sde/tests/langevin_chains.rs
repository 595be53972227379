//! Langevin chains: the stationary law, the bias of discretisation, and Metropolis' correction of it.

use ito_noise::{SampleNoise, Stream};
use ito_sde::langevin::{DoubleWell, Energy, Harmonic, Metropolis, Mixture, Overdamped, Potential, Unadjusted};
use ito_sde::measure::GridKernel;
use ito_sde::solver::EulerMaruyama;
use ito_sde::{Isotropic, Sde, SdeError, Solver};
use ito_state::Noise;
use ito_testkit::statistics::{assert_distribution, assert_within};
use ito_testkit::{Fresh, Gaussian, LinearForm, Slope, normal_cdf};
use ndarray::{Array2, array};

/// The linear recursion `v' = (1 - h k)^2 v + 2 h` rests at `1/(k (1 - h k/2))`.
#[test]
fn the_unadjusted_chain_has_its_known_bias_on_a_gaussian() {
    for (k, h) in [(1.0, 0.1), (2.5, 0.3), (0.4, 1.9), (1.0, 1.5)] {
        let (chain, mut noise) = (Unadjusted::new(Harmonic::new(k).unwrap(), h).unwrap(), Fresh::default());
        let start = noise.draw(&Gaussian::isotropic(1, 3.0));
        let variance = chain.run(start, 400, &mut noise).law().covariance[[0, 0]];
        let expected = 1.0 / (k * (1.0 - h * k / 2.0));
        assert!((variance / expected - 1.0).abs() < 1e-12, "k = {k}, h = {h}: {variance} {expected}");
        assert!(variance * k > 1.01, "e^(-E) has less, 1/k");
    }
}

#[test]
fn a_move_of_the_unadjusted_chain_is_a_step_of_euler_maruyama() {
    let (h, start) = (0.05, array![[0.4, -1.3], [1.1, 0.2]]);
    let noise = SampleNoise::consecutive(Stream::new(3, "langevin/ula"), 0, 2);
    let move_ = Unadjusted::new(well(), h).unwrap().advance(&start, &mut noise.clone());
    let sde = Overdamped::new(well(), 1.0).unwrap();
    let step: Array2<f64> = EulerMaruyama.step(&sde, 0.0, h, &start, &mut noise.clone());
    assert!((&move_ - &step).iter().all(|d| d.abs() < 1e-15), "{move_} {step}");
}

/// No draw: the stationary law of the chain on a grid, against `e^{-E}`.
#[test]
fn the_bias_of_the_unadjusted_chain_falls_like_the_step() {
    let moment = |h: f64| {
        let slope = |x: f64| well().gradient(&array![[x]])[[0, 0]];
        let kernel = GridKernel::new(-2.6, 2.6, 261, |x, y| normal_log(y - x + h * slope(x), 2.0 * h)).unwrap();
        second_moment(&kernel.points(), &kernel.stationary(1e-13).unwrap())
    };
    let exact = exact_moment();
    let errors = [64, 80, 100, 128].map(|n| (n, (moment(1.0 / n as f64) - exact).abs()));
    Slope::fit(errors.to_vec()).assert("E[x^2] of the unadjusted chain", 1.0, 0.1);
}

/// `D` is the `k_B T` of the stationary law `exp(-V/D)`.
#[test]
fn the_diffusion_is_the_temperature() {
    for diffusion in [0.25, 1.0, 3.0] {
        let sde = Overdamped::new(Harmonic::new(2.0).unwrap(), diffusion).unwrap();
        assert_eq!(Isotropic::<LinearForm>::noise_rate(&sde, 0.0), 2.0 * diffusion, "what it says of its noise");
        let (mut noise, h) = (Fresh::default(), 1e-2);
        let start = noise.draw(&Gaussian::isotropic(1, 1.0));
        let end: LinearForm = (0..800)
            .fold(start, |x, i| EulerMaruyama.step(&sde, h * f64::from(i), h * f64::from(i + 1), &x, &mut noise));
        let (variance, expected) = (end.law().covariance[[0, 0]], diffusion / 2.0 / (1.0 - h));
        assert!((variance / expected - 1.0).abs() < 1e-12, "D = {diffusion}: {variance} {expected}");
    }
}

#[test]
fn overdamped_motion_in_a_harmonic_well_is_an_ornstein_uhlenbeck_process() {
    let sde = Overdamped::new(Harmonic::new(1.3).unwrap(), 0.6).unwrap();
    let (ou, mut noise) = (sde.ornstein_uhlenbeck().unwrap(), Fresh::default());
    let start = noise.draw(&Gaussian::isotropic(2, 1.5));
    let step = |sde: &dyn Sde<LinearForm>| EulerMaruyama.step(sde, 0.2, 0.5, &start, &mut noise.clone()).law();
    assert!(step(&sde).covariance_error(&step(&ou)) < 1e-15);
}

/// `pi(x) q(x -> y) a(x -> y)` is symmetric; `q` written out anew, `a` read from the chain itself.
#[test]
fn metropolis_is_in_detailed_balance() {
    let (h, count) = (0.08, 41);
    let points: Vec<f64> = (0..count).map(|i| -1.8 + 3.6 * i as f64 / (count - 1) as f64).collect();
    let (from, to): (Vec<f64>, Vec<f64>) = points.iter().flat_map(|x| points.iter().map(|y| (*x, *y))).unzip();
    let column = |v: &[f64]| Array2::from_shape_vec((v.len(), 1), v.to_vec()).unwrap();
    let flow = |x: &[f64], y: &[f64]| -> Vec<f64> {
        let energy = well();
        let mean = column(x) - h * energy.gradient(&column(x));
        let mut towards = Aimed { normals: (column(y) - &mean) / (2.0_f64 * h).sqrt() };
        let chain = Metropolis::new(energy, h).unwrap();
        let moved = chain.advance(&mut chain.start(column(x)).unwrap(), &mut towards);
        let logs = energy.energy(&column(x)).into_iter().enumerate();
        logs.map(|(i, e)| (normal_log(y[i] - mean[[i, 0]], 2.0 * h) - e).exp() * moved.probability[i]).collect()
    };
    let (forth, back) = (flow(&from, &to), flow(&to, &from));
    let largest = forth.iter().fold(0.0, |a: f64, b| a.max(*b));
    for (i, (forth, back)) in forth.iter().zip(&back).enumerate() {
        assert!((forth - back).abs() < 1e-13 * largest, "{} -> {}: {forth} {back}", from[i], to[i]);
    }
}

/// 20000 walkers, a step at which the unadjusted chain fails the same test; false alarm 1e-6.
#[test]
fn metropolis_reaches_the_density_itself() {
    let (count, mixture) = (20_000, Mixture::new(&[(1.0, -1.0, 0.5), (2.0, 1.0, 0.7)]).unwrap());
    let mut noise = SampleNoise::consecutive(Stream::new(7, "langevin/mala"), 0, count);
    let chain = Metropolis::new(&mixture, 0.5).unwrap();
    let mut walkers = chain.start(Array2::<f64>::zeros((count, 1))).unwrap();
    let acceptance = chain.run(&mut walkers, 150, &mut noise);
    let cdf = |x: f64| normal_cdf((x + 1.0) / 0.5) / 3.0 + 2.0 * normal_cdf((x - 1.0) / 0.7) / 3.0;
    assert_distribution("metropolis", &walkers.position().iter().copied().collect::<Vec<_>>(), cdf);
    assert!((0.6..0.9).contains(&acceptance), "{acceptance}");

    let unadjusted = Unadjusted::new(&mixture, 0.5).unwrap();
    let biased = unadjusted.run(Array2::<f64>::zeros((count, 1)), 150, &mut noise);
    let result =
        std::panic::catch_unwind(|| assert_distribution("unadjusted", &biased.into_raw_vec_and_offset().0, cdf));
    assert!(result.is_err(), "the test sees a bias");
}

/// The probability of acceptance that is reported is the one with which proposals are accepted; false alarm 1e-6.
#[test]
fn as_many_are_accepted_as_are_reported() {
    let count = 50_000;
    let mut noise = SampleNoise::consecutive(Stream::new(11, "langevin/accepted"), 0, count);
    let chain = Metropolis::new(well(), 0.2).unwrap();
    let mut walkers = chain.start(Array2::<f64>::ones((count, 1))).unwrap();
    let moved = chain.advance(&mut walkers, &mut noise);
    let accepted = moved.accepted.iter().filter(|a| **a).count() as f64;
    let variance: f64 = moved.probability.iter().map(|p| p * (1.0 - p)).sum();
    assert_within("accepted", accepted, moved.acceptance() * count as f64, variance.sqrt());
    let moved_rows = walkers.position().iter().filter(|x| **x != 1.0).count();
    assert_eq!(moved_rows as f64, accepted, "a row moves exactly if it is accepted");
}

/// A wall of infinite energy, and beyond it NaN: `0 * NaN` must not reach the rows that stay.
#[test]
fn proposals_beyond_the_numbers_are_refused() {
    struct Walled;
    impl Potential<Array2<f64>> for Walled {
        fn gradient(&self, x: &Array2<f64>) -> Array2<f64> {
            x.mapv(|v| if v > 1.0 { f64::NAN } else { 0.0 })
        }
    }
    impl Energy<Array2<f64>> for Walled {
        fn energy(&self, x: &Array2<f64>) -> Vec<f64> {
            let beyond = |v: f64| if v > 1.5 { f64::NAN } else { f64::INFINITY };
            x.column(0)
                .iter()
                .map(|v| {
                    if *v > 1.0 {
                        beyond(*v)
                    } else if *v < -1.0 {
                        -f64::INFINITY
                    } else {
                        0.0
                    }
                })
                .collect()
        }
    }
    let count = 400;
    let mut noise = SampleNoise::consecutive(Stream::new(1, "langevin/wall"), 0, count);
    let chain = Metropolis::new(Walled, 0.3).unwrap();
    let mut walkers = chain.start(Array2::zeros((count, 1))).unwrap();
    let acceptance = chain.run(&mut walkers, 50, &mut noise);
    assert!(walkers.position().iter().all(|x| x.abs() <= 1.0), "no row is beyond the walls");
    assert!(acceptance > 0.2 && acceptance < 0.8, "{acceptance}");
    assert!(walkers.position().iter().any(|x| *x > 0.8) && walkers.position().iter().any(|x| *x < -0.8));

    let refused = chain.start(array![[0.0], [2.0]]).map(|_| ());
    assert!(matches!(refused, Err(SdeError::NotFinite { name: "the energy of a start", .. })));
}

#[test]
fn chains_run_in_f32() {
    let count = 4000;
    let mut noise = SampleNoise::consecutive(Stream::new(5, "langevin/f32"), 0, count);
    let chain = Metropolis::new(Harmonic::new(1.0).unwrap(), 0.5).unwrap();
    let mut walkers = chain.start(Array2::<f32>::zeros((count, 1))).unwrap();
    chain.run(&mut walkers, 60, &mut noise);
    let values: Vec<f64> = walkers.position().iter().map(|x| f64::from(*x)).collect();
    assert_distribution("f32", &values, normal_cdf);
}

#[test]
fn impossible_chains_are_refused() {
    let well = well();
    assert_eq!(Unadjusted::new(well, -0.1), Err(SdeError::NotPositive { name: "the step", value: -0.1 }));
    assert_eq!(Metropolis::new(well, 0.0), Err(SdeError::NotPositive { name: "the step", value: 0.0 }));
    assert!(matches!(Metropolis::new(well, f64::NAN), Err(SdeError::NotFinite { .. })));
    assert_eq!(Overdamped::new(well, -1.0), Err(SdeError::Negative { name: "the diffusion", value: -1.0 }));
}

/// Hands out these normals.
struct Aimed {
    normals: Array2<f64>,
}

impl Noise<Array2<f64>> for Aimed {
    fn normal_like(&mut self, _like: &Array2<f64>) -> Array2<f64> {
        self.normals.clone()
    }

    fn uniform_rows(&mut self, like: &Array2<f64>) -> Vec<f64> {
        vec![0.5; like.nrows()]
    }
}

fn well() -> DoubleWell {
    DoubleWell::new(1.0, 1.0).unwrap()
}

fn exact_moment() -> f64 {
    let points: Vec<f64> = (0..2001).map(|i| -4.0 + 0.004 * f64::from(i)).collect();
    let density: Vec<f64> = points.iter().map(|x| (-(x * x - 1.0).powi(2)).exp()).collect();
    second_moment(&points, &density)
}

fn second_moment(points: &[f64], density: &[f64]) -> f64 {
    let sum = |power: i32| -> f64 { points.iter().zip(density).map(|(x, p)| x.powi(power) * p).sum() };
    sum(2) / sum(0)
}

fn normal_log(off: f64, variance: f64) -> f64 {
    -off * off / (2.0 * variance) - (2.0 * std::f64::consts::PI * variance).ln() / 2.0
}
