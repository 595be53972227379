//! The statistics of an ensemble against the exact law of Euler's scheme; two-sided, false alarms 1e-6 a figure.

use ito_noise::Stream;
use ito_sde::ensemble::{Ensemble, NormalLaw, Report, Start};
use ito_sde::process::{GeometricBrownianMotion, OrnsteinUhlenbeck};
use ito_sde::solver::EulerMaruyama;
use ito_sde::{Sde, Times};
use ito_state::{Real, Tile};
use ito_testkit::statistics::{assert_counts, assert_mean, assert_within};

const PATHS: u64 = 100_000;
const STEPS: usize = 50;

#[test]
fn euler_on_ornstein_uhlenbeck_has_its_exact_law() {
    check_ou(ou_run(Start::Point([1.0_f64])));
    check_ou(ou_run(Start::Point([1.0_f32])));
}

fn ou_run<A: Real + Send + Sync>(start: Start<A, 1>) -> Report<A, 1> {
    let ou = OrnsteinUhlenbeck::new(1.0, 0.5).unwrap();
    let times = Times::uniform(0.0, 1.0, STEPS).unwrap();
    let ensemble = Ensemble::new(&ou, EulerMaruyama, &times, Stream::new(21, "ou")).paths(PATHS);
    let edges: Vec<f64> = (0..40).map(|i| -0.6 + 0.05 * i as f64).collect();
    ensemble.snapshots(&[10, STEPS]).quantiles(&LEVELS).histogram(&edges).keep_states().run(start).unwrap()
}

const LEVELS: [f64; 5] = [0.01, 0.25, 0.5, 0.9, 0.999];
/// Standard normal quantiles of these levels.
const NORMAL: [f64; 5] =
    [-2.326_347_874_040_841, -0.674_489_750_196_081_7, 0.0, 1.281_551_565_544_600_4, 3.090_232_306_167_813_5];

fn check_ou<A: Real>(report: Report<A, 1>) {
    let (h, n) = (1.0 / STEPS as f64, PATHS as f64);
    for snapshot in &report.snapshots {
        // X' = (1 - h) X + sqrt(h) z / 2 keeps the law normal.
        let keep = (1.0 - h).powi(snapshot.step as i32);
        let variance = 0.25 * h * (1.0 - keep * keep) / (1.0 - (1.0 - h).powi(2));
        assert_within("the mean", snapshot.mean[0], keep, (variance / n).sqrt());
        assert_within("the variance", snapshot.covariance[0][0], variance, variance * (2.0 / n).sqrt());
        for ((level, z), quantile) in LEVELS.iter().zip(NORMAL).zip(&snapshot.quantiles[0]) {
            let density = (-0.5 * z * z).exp() / (std::f64::consts::TAU * variance).sqrt();
            let error = (level * (1.0 - level) / n).sqrt() / density;
            assert_within("a quantile", *quantile, keep + z * variance.sqrt(), error);
        }
        let cdf = |i: usize| ito_testkit::normal_cdf((-0.6 + 0.05 * i as f64 - keep) / variance.sqrt());
        let mut probabilities = vec![cdf(0)];
        probabilities.extend((1..40).map(|i| cdf(i) - cdf(i - 1)));
        probabilities.push(1.0 - cdf(39));
        let histogram = &snapshot.histograms[0];
        let counts = [&[histogram.below], &histogram.counts[..], &[histogram.above]].concat();
        assert_counts("the histogram", &counts, &probabilities);
        // Neighbours in a tile, and paths a tile apart, have nothing to do with each other.
        for apart in [1, 2, 8, 16, 32, 64, 128, 1024] {
            let centred: Vec<f64> = snapshot.states.iter().map(|x| x[0].wide() - keep).collect();
            let products: Vec<f64> = (0..centred.len() - apart)
                .filter(|k| k / apart % 2 == 0)
                .map(|k| centred[k] * centred[k + apart] / variance)
                .collect();
            assert_mean(&format!("the correlation of paths {apart} apart"), &products, 0.0);
        }
    }
}

#[test]
fn euler_on_geometric_brownian_motion_has_its_exact_moments() {
    check_gbm(Start::Point([1.0_f64]));
    check_gbm(Start::Point([1.0_f32]));
}

fn check_gbm<A: Real + Send + Sync>(start: Start<A, 1>) {
    let (mu, sigma, h, n) = (0.05, 0.2, 1.0 / STEPS as f64, PATHS as f64);
    let process = GeometricBrownianMotion::new(mu, sigma).unwrap();
    let times = Times::uniform(0.0, 1.0, STEPS).unwrap();
    let report =
        Ensemble::new(&process, EulerMaruyama, &times, Stream::new(22, "gbm")).paths(PATHS).run(start).unwrap();
    // Of the factor of a step, a + b z.
    let (a, b) = (1.0 + mu * h, sigma * h.sqrt());
    let moments = [a, a * a + b * b, a.powi(3) + 3.0 * a * b * b, a.powi(4) + 6.0 * (a * b).powi(2) + 3.0 * b.powi(4)];
    let [m1, m2, m3, m4] = moments.map(|m: f64| m.powi(STEPS as i32));
    let variance = m2 - m1 * m1;
    let fourth = m4 - 4.0 * m1 * m3 + 6.0 * m1 * m1 * m2 - 3.0 * m1.powi(4);
    assert_within("the mean", report.end().mean[0], m1, (variance / n).sqrt());
    let error = ((fourth - variance * variance) / n).sqrt();
    assert_within("the variance", report.end().covariance[0][0], variance, error);
}

#[test]
fn a_normal_start_has_its_mean_and_covariance() {
    let (mean, covariance) = ([1.0, -2.0, 0.5], [[0.5, 0.2, -0.1], [0.2, 0.3, 0.0], [-0.1, 0.0, 2.0]]);
    let law = NormalLaw::new(mean, covariance).unwrap();
    let ou = OrnsteinUhlenbeck::new(1.0, 0.5).unwrap();
    let times = Times::uniform(0.0, 1.0, 2).unwrap();
    let ensemble = Ensemble::new(&ou, EulerMaruyama, &times, Stream::new(23, "start")).paths(PATHS);
    let report = ensemble.snapshots(&[0, 1]).run::<f64, 3, _>(Start::Normal(law)).unwrap();
    // One step of size 1/2: X' = X / 2 + sqrt(1/2) z / 2, z independent of the start.
    for (snapshot, (keep, spread)) in report.snapshots.iter().zip([(1.0, 0.0), (0.5, 0.125)]) {
        let n = PATHS as f64;
        let exact = |i: usize, j: usize| keep * keep * covariance[i][j] + if i == j { spread } else { 0.0 };
        for (i, mean) in mean.iter().enumerate() {
            assert_within("the mean", snapshot.mean[i], keep * mean, (exact(i, i) / n).sqrt());
            for j in 0..3 {
                let error = ((exact(i, i) * exact(j, j) + exact(i, j).powi(2)) / n).sqrt();
                assert_within("the covariance", snapshot.covariance[i][j], exact(i, j), error);
            }
        }
    }
}

/// f32 paths follow the f64 paths of the same normals for 10^4 steps.
///
/// A step rounds `x` twice, 0.4 units of 2^-24 x to 2^-23 x in the root mean square together. The first sum adds `h f(x)`, whose
/// place between two f32 numbers, and so the sign of its error, stays the same until the noise has moved `x` by half of the
/// distance over which `h f` changes by a unit: 1 step for the Ornstein-Uhlenbeck process (`h f = 840 x` units), 36 for
/// geometric Brownian motion (`42 x` units, noise of 0.002 x a step). So a path's errors walk at random in runs of that
/// length, `2^-24 * 0.4 sqrt(4300)` (what the pull has not yet forgotten) and `2^-23 * 0.3 * 36 sqrt(10^4 / 36)`, means of 4096
/// paths 64 times less; only the first few runs, where all paths are near 1, are common to all. Coefficients are rounded by
/// 2^-25, which adds 3e-8. A sum that drifted by half a unit a step would be off by 6e-4.
#[test]
fn sums_in_f32_do_not_drift_over_ten_thousand_steps() {
    let unit = 2.0_f64.powi(-24);
    check_drift(&OrnsteinUhlenbeck::new(1.0, 0.5).unwrap(), unit * 0.4 * 4300_f64.sqrt(), 3.0 * unit);
    let gbm = GeometricBrownianMotion::new(0.05, 0.2).unwrap();
    check_drift(&gbm, 2.0 * unit * 0.3 * (36.0 * 10_000_f64).sqrt(), 3.0 * 36.0 * unit);
}

/// Six deviations of `walk` allowed.
fn check_drift<S>(sde: &S, walk: f64, common: f64)
where
    S: Sde<Tile<f32, 1, 128>> + Sde<Tile<f64, 1, 128>> + Sync,
{
    let times = Times::uniform(0.0, 1.0, 10_000).unwrap();
    let base = || Ensemble::new(sde, EulerMaruyama, &times, Stream::new(24, "drift")).paths(4096).keep_states();
    let single = base().run::<_, 1, Tile<f32, 1, 128>>(Start::Point([1.0_f32])).unwrap();
    let double = base().run::<_, 1, Tile<f64, 1, 128>>(Start::Point([1.0_f64])).unwrap();
    let (single, double) = (single.end(), double.end());
    let differences = single.states.iter().zip(&double.states).map(|(x, y)| f64::from(x[0]) - y[0]);
    let largest = differences.fold(0.0, |largest: f64, d| largest.max(d.abs()));
    assert!(largest < 6.0 * walk + common, "a path is off by {largest:e}, allowed 6 * {walk:e} + {common:e}");
    let mean = (single.mean[0] - double.mean[0]).abs();
    assert!(mean < 6.0 * walk / 64.0 + common, "means differ by {mean:e}, allowed 6 * {walk:e} / 64 + {common:e}");
    // d Var = 2 Cov(x, d), d the difference.
    let variance = double.covariance[0][0];
    let relative = (single.covariance[0][0] / variance - 1.0).abs();
    let allowed = 2.0 * (6.0 * walk / 64.0 + common) / variance.sqrt();
    assert!(relative < allowed, "variances differ by {relative:e} of themselves, allowed {allowed:e}");
}
