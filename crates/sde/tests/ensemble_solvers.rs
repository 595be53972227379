//! Any solver moves an ensemble: the same bits on any threads and tiles, and the right moments.

use ito_noise::{Stream, Vectors};
use ito_sde::ensemble::{Ensemble, Start};
use ito_sde::process::{GeometricBrownianMotion, OrnsteinUhlenbeck};
use ito_sde::solver::{Exact, ExponentialEuler, Milstein, PlatenWeak2, Sra1, Sriw1, StochasticHeun, Stratonovich};
use ito_sde::{Solver, Times};
use ito_state::Tile;

const PATHS: u64 = 40_000;

#[test]
fn every_solver_of_multiplicative_noise_moves_an_ensemble() {
    let gbm = GeometricBrownianMotion::new(0.05, 0.2).unwrap();
    let mean = 0.05_f64.exp();
    let deviation = mean * (0.04_f64.exp_m1()).sqrt();
    check("Milstein", &gbm, Milstein, mean, deviation);
    check("SRIW1", &gbm, Sriw1, mean, deviation);
    check("Platen", &gbm, PlatenWeak2, mean, deviation);
    check("exact", &gbm, Exact, mean, deviation);
    check("stochastic Heun", &Stratonovich::of_ito(gbm), StochasticHeun, mean, deviation);
}

#[test]
fn every_solver_of_additive_noise_moves_an_ensemble() {
    let ou = OrnsteinUhlenbeck::new(1.0, 0.5).unwrap();
    let law = ou.transition(1.0).unwrap();
    check("SRA1", &ou, Sra1, law.decay, law.variance.sqrt());
    check("exponential Euler", &ou, ExponentialEuler, law.decay, law.variance.sqrt());
}

/// 32 steps. Beside the sampling error (false-alarm rate 1e-6) each claim allows the bias of a method of weak order 1.
fn check<S, M>(what: &str, sde: &S, method: M, mean: f64, deviation: f64)
where
    S: Sync,
    M: Copy + Sync + Solver<S, Tile<f64, 1, 32>> + Solver<S, Tile<f64, 1, 128>>,
{
    let times = Times::uniform(0.0, 1.0, 32).unwrap();
    let ensemble = || Ensemble::new(sde, method, &times, Stream::new(9, "solvers")).paths(PATHS);
    let on = |threads: usize| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let start = || Start::Point([1.0_f64]);
    let wide =
        on(1).install(|| ensemble().run_tiled::<128, _, _, Tile<f64, 1, 128>>(Vectors::widest(), start()).unwrap());
    let narrow = on(3).install(|| ensemble().run_tiled::<32, _, _, Tile<f64, 1, 32>>(Vectors::PLAIN, start()).unwrap());
    assert_eq!(wide, narrow, "{what}: tiles, threads or vectors show");
    // E X of Milstein is (1 + mu h)^n, 4e-5 below e^mu.
    let bias = 5e-5;
    let error = deviation / (PATHS as f64).sqrt();
    let off = (wide.end().mean[0] - mean).abs();
    assert!(off <= 4.8916 * error + bias, "{what}: the mean is off by {off}, {error} is its standard error");
    // Of a variance: sqrt(2/n), 1.15 times that for this lognormal law; methods of weak order 1 add up to 1.5 %.
    let ratio = wide.end().covariance[0][0] / (deviation * deviation);
    let allowed = 4.8916 * 1.15 * (2.0 / PATHS as f64).sqrt() + 0.015;
    assert!((ratio - 1.0).abs() <= allowed, "{what}: the variance is {ratio} times what it should be");
}
