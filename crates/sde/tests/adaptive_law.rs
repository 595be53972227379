//! Steps accepted and rejected on one path leave the law alone; two popular short cuts do not, and are seen red here.
//!
//! One row a batch, so that every decision is that of one path: with many rows the decisions average out and hide the bias.

use ito_noise::{BrownianPath, Stream};
use ito_sde::process::{Bistable, GeometricBrownianMotion, OrnsteinUhlenbeck};
use ito_sde::solver::adaptive::{Adaptive, Pathwise};
use ito_sde::solver::{EulerMaruyama, Milstein};
use ito_sde::{NoiseKind, Order, Sde, Solver};
use ito_state::{Batch, Consistent, Noise};
use ito_testkit::statistics::{
    FALSE_ALARM_DEVIATIONS, assert_distribution, assert_mean, assert_normal_variance, mean_and_error,
};
use ndarray::{Array2, array};

fn path(sample: u64) -> BrownianPath {
    BrownianPath::consecutive(Stream::new(17, "adaptive law"), sample, 1, 0.0, 1.0).unwrap()
}

/// Where each of many paths is at t = 1.
fn ends<S, M, N>(
    method: &M,
    sde: &S,
    tolerance: f64,
    paths: u64,
    start: impl Fn(u64) -> f64,
    noise: impl Fn(u64) -> N,
) -> Vec<f64>
where
    M: Pathwise<S, Array2<f64>>,
    N: Consistent<Array2<f64>>,
{
    let run = Adaptive::new(tolerance, tolerance).unwrap();
    let end = |sample| {
        let start = array![[start(sample)]];
        run.solve(method, sde, 0.0, 1.0, start, &mut noise(sample)).unwrap().state[[0, 0]]
    };
    (0..paths).map(end).collect()
}

#[test]
fn an_ornstein_uhlenbeck_process_has_its_exact_law() {
    let ou = OrnsteinUhlenbeck::new(1.0, 1.0).unwrap();
    let x = ends(&EulerMaruyama, &ou, 0.01, 2000, |_| 1.0, path);
    let exact = ou.transition(1.0).unwrap();
    assert_mean("OU", &x, exact.decay);
    assert_normal_variance("OU", &x, exact.decay, exact.variance);
}

/// Deviations, in standard errors, of mean and variance of `ln X(1)` of a geometric Brownian motion from the exact law.
fn deviations_of_gbm<N: Consistent<Array2<f64>>>(tolerance: f64, noise: impl Fn(u64) -> N) -> [f64; 2] {
    let gbm = GeometricBrownianMotion::new(0.3, 1.0).unwrap();
    let logs: Vec<f64> =
        ends(&Milstein, &gbm, tolerance, 1000, |_| 1.0, noise).into_iter().map(|x| x.abs().ln()).collect();
    let [mean, variance] = gbm.log_law(1.0).unwrap();
    let (found, error) = mean_and_error(&logs);
    // The logarithms are normal, so that the variance found from the known mean has the standard error sqrt(2 / n) of it.
    // Wilson & Hilferty's cube root takes off the skewness of chi-square.
    let chi_square: f64 = logs.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / variance;
    let spread = 2.0 / (9.0 * logs.len() as f64);
    [(found - mean) / error, ((chi_square / logs.len() as f64).cbrt() - (1.0 - spread)) / spread.sqrt()]
}

#[test]
fn a_geometric_brownian_motion_has_its_exact_law() {
    for tolerance in [0.01, 0.003] {
        let deviations = deviations_of_gbm(tolerance, path);
        assert!(deviations.iter().all(|d| d.abs() <= FALSE_ALARM_DEVIATIONS), "{tolerance}: {deviations:?}");
    }
}

/// Two wells, noise that grows outward, a drift that is not Lipschitz: started from the stationary law, it stays there.
#[test]
fn a_process_in_two_wells_keeps_its_stationary_law() {
    let sde = Bistable::new(1.0).unwrap();
    let (cdf, quantile) = stationary(&sde);
    let uniform = Stream::new(17, "adaptive law/start");
    let x = ends(&Milstein, &sde, 0.01, 1000, |sample| quantile(uniform.uniform(sample, 0)), path);
    assert_distribution("stationary law", &x, cdf);
}

/// Fresh noise after every rejected step. What is rejected is a large increment more often than a small one, so the
/// accepted ones are too small: the variance comes out far too low, at any tolerance.
struct FreshAfterRejection {
    sample: u64,
    path: BrownianPath,
    asked: u64,
    from: f64,
}

impl FreshAfterRejection {
    fn new(sample: u64) -> Self {
        FreshAfterRejection { sample, path: path(sample), asked: 0, from: f64::NAN }
    }
}

impl Noise<Array2<f64>> for FreshAfterRejection {
    fn normal_like(&mut self, like: &Array2<f64>) -> Array2<f64> {
        self.path.normal_like(like)
    }

    /// Every attempt asks three times: for the whole step and for its halves. One that begins where the last one did
    /// follows a rejection.
    fn increment(&mut self, from: f64, to: f64, like: &Array2<f64>) -> Array2<f64> {
        if self.asked.is_multiple_of(3) {
            if from == self.from {
                self.path = path(self.sample + 1_000_003 * self.asked);
            }
            self.from = from;
        }
        self.asked += 1;
        self.path.increment(from, to, like)
    }

    fn uniform_rows(&mut self, like: &Array2<f64>) -> Vec<f64> {
        self.path.uniform_rows(like)
    }
}

impl Consistent<Array2<f64>> for FreshAfterRejection {}

/// With 4000 paths the variance was 0.68, 0.66 and 0.63 (each +- 0.016) at tolerances 0.02, 0.01 and 0.005, for 1.
#[test]
fn fresh_noise_after_a_rejection_would_be_seen() {
    for tolerance in [0.01, 0.003] {
        let [_, variance] = deviations_of_gbm(tolerance, FreshAfterRejection::new);
        assert!(variance < -FALSE_ALARM_DEVIATIONS, "{tolerance}: the variance is only {variance} standard errors off");
    }
}

/// Euler-Maruyama where the noise is multiplicative, which the gate refuses.
struct Ungated;

impl<X: Batch, S: Sde<X>> Solver<S, X> for Ungated {
    fn orders(&self) -> &'static [(NoiseKind, Order)] {
        Solver::<S, X>::orders(&EulerMaruyama)
    }

    fn step<N: Noise<X> + ?Sized>(&self, sde: &S, from: f64, to: f64, x: &X, noise: &mut N) -> X {
        EulerMaruyama.step(sde, from, to, x, noise)
    }
}

impl<X: Batch, S: Sde<X>> Pathwise<S, X> for Ungated {}

/// Gaines and Lyons' warning: the estimate of Euler-Maruyama is the product of the increments of the halves, small where
/// their squares are, so the squares of accepted steps sum to less than the time. On the exact path `ln X` is too large by
/// 0.094 at tolerance 0.03 and by 0.097 at 0.01, with about ten times the steps; Milstein's error falls.
#[test]
fn euler_maruyama_would_go_to_a_wrong_limit_where_noise_is_multiplicative() {
    let gbm = GeometricBrownianMotion::new(0.3, 1.0).unwrap();
    let paths = 120;
    let exact = |sample: u64| {
        let w: Array2<f64> = path(sample).increment(0.0, 1.0, &array![[0.0]]);
        0.3 - 0.5 + w[[0, 0]]
    };
    let bias = |x: Vec<f64>| {
        let excess: Vec<f64> = x.iter().zip(0..).map(|(x, sample)| x.abs().ln() - exact(sample)).collect();
        mean_and_error(&excess)
    };
    for tolerance in [0.03, 0.01] {
        let (wrong, error) = bias(ends(&Ungated, &gbm, tolerance, paths, |_| 1.0, path));
        assert!((wrong - 0.02) / error > FALSE_ALARM_DEVIATIONS, "{tolerance}: {wrong} +- {error}");
        let (right, error) = bias(ends(&Milstein, &gbm, tolerance, paths, |_| 1.0, path));
        assert!(right.abs() < 0.5 * tolerance + FALSE_ALARM_DEVIATIONS * error, "{tolerance}: {right} +- {error}");
    }
}

/// Distribution function and quantile of the stationary density, by the trapezoidal rule on a fine grid.
fn stationary(sde: &Bistable) -> (impl Fn(f64) -> f64, impl Fn(f64) -> f64) {
    const CELLS: usize = 20_000;
    const END: f64 = 8.0;
    let width = 2.0 * END / CELLS as f64;
    let density: Vec<f64> = (0..=CELLS).map(|i| sde.log_stationary(-END + width * i as f64).unwrap().exp()).collect();
    let mut sums = vec![0.0];
    for pair in density.windows(2) {
        sums.push(sums[sums.len() - 1] + 0.5 * (pair[0] + pair[1]));
    }
    let total = sums[CELLS];
    let table: Vec<f64> = sums.iter().map(|sum| sum / total).collect();
    let inverse = table.clone();
    let cdf = move |x: f64| {
        let place = ((x + END) / width).clamp(0.0, CELLS as f64 - 1e-9);
        let (cell, part) = (place as usize, place.fract());
        table[cell] + part * (table[cell + 1] - table[cell])
    };
    let quantile = move |u: f64| {
        let cell = inverse.partition_point(|p| *p < u).clamp(1, CELLS);
        let (low, high) = (inverse[cell - 1], inverse[cell]);
        -END + width * ((cell - 1) as f64 + (u - low) / (high - low))
    };
    (cdf, quantile)
}
