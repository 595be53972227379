//! EDM's stochastic sampler: orders from two kinds of start, on grids even in log-SNR, where the limit of churn is the SDE with a
//! constant share of the forward noise: `S_churn` over the range of `ln s`, here 8, of its variance.

use ito_samplers::{Churn, KarrasStochastic};
use ito_schedules::{Grid, Level, Path, Straight, VpLinear};
use ito_testkit::{Gaussian, GaussianData, Slope};

use crate::common::{data, errors, law, paths, start};

#[test]
fn from_the_marginal_churn_keeps_the_second_order() {
    check(10.0, &|at| data().marginal(at), None, 2.0, 2e-4);
    check(40.0, &|at| data().marginal(at), None, 2.0, 6e-4);
}

#[test]
fn from_any_other_start_churn_is_of_first_order_in_the_mean() {
    check(10.0, &start, Some(1.0), 2.0, 2e-4);
}

#[test]
fn while_churn_is_capped_it_is_of_first_order_from_the_marginal_too() {
    check(0.5 * 1024.0, &|at| data().marginal(at), None, 1.0, 3e-3);
}

/// Near the path's end there is less room than the churn asks for. On one datum every step is exact if what is added belongs to the
/// level that is reached.
#[test]
fn churn_never_raises_the_noise_above_the_path() {
    let datum = GaussianData::new(&[0.7], &[1e-30], 0.0);
    let path = VpLinear::default();
    let grid = Grid::uniform(&path, 0.99, 0.3, 2).unwrap();
    let mut sampler = KarrasStochastic::new(Churn { total: 1e6, ..Churn::default() }, 2).unwrap();
    let made = law(&datum, &path, &grid, &mut sampler, &datum.marginal(grid.levels()[0]));
    let exact = datum.marginal(grid.levels()[2]);
    assert!(made.mean_error(&exact) + made.covariance_error(&exact) < 1e-13, "{made:?} {exact:?}");
}

/// From a thousandth of signal in one step Heun's second slope would be multiplied by 500.
#[test]
fn a_step_from_nearly_pure_noise_is_finite_and_sensible() {
    let from = Straight.at(1.0 - 1e-3);
    let grid = Grid::uniform(&Straight, from.t, 0.3, 1).unwrap();
    let mut sampler = KarrasStochastic::new(Churn::default(), 1).unwrap();
    let made = law(&data(), &Straight, &grid, &mut sampler, &data().marginal(from));
    assert!(made.covariance.diag().iter().all(|c| *c > 0.05 && *c < 1.0), "{made:?}");
}

/// Noise of the scale 2 in one step: the law shows `s^2 + 4 (s^^2 - s^2)` exactly, and none of it above or below the levels named.
#[test]
fn churn_adds_the_scaled_difference_of_variances_between_its_levels_only() {
    let datum = GaussianData::new(&[0.7], &[1e-30], 0.0);
    let (from, to) = (Straight.at(0.5), Straight.at(0.4));
    let grid = Grid::uniform(&Straight, 0.5, 0.4, 1).unwrap();
    let variance = |churn: Churn| {
        let mut sampler = KarrasStochastic::new(churn, 1).unwrap();
        law(&datum, &Straight, &grid, &mut sampler, &datum.marginal(from)).covariance[[0, 0]]
    };
    // On one datum Heun's method is exact: the deviation of y scales by s'/s^.
    let (s, raised, end) = (1.0, 1.3, to.noise_to_signal());
    let scaled: f64 = (s * s + 4.0 * (raised * raised - s * s)) * (end / raised * to.alpha).powi(2);
    let churn = Churn { total: 0.3, scale: 2.0, ..Churn::default() };
    assert!((variance(churn) / scaled - 1.0).abs() < 1e-13, "{} {scaled}", variance(churn));
    let still = to.sigma * to.sigma;
    assert!((variance(Churn { lowest: 1.1, ..churn }) / still - 1.0).abs() < 1e-13);
    assert!((variance(Churn { highest: 0.9, ..churn }) / still - 1.0).abs() < 1e-13);
}

/// The expected order of the mean (`None`: it is exact) and the covariance, and a bound on the latter's error at 512 steps.
fn check(total: f64, start: &dyn Fn(Level) -> Gaussian, mean: Option<f64>, covariance: f64, bound: f64) {
    let level = (total / 8.0).sqrt();
    let build = |n| KarrasStochastic::new(Churn { total, ..Churn::default() }, n).unwrap();
    for (name, path) in paths().into_iter().take(4) {
        let exact = |data: &GaussianData, start: &Gaussian, from, to| data.reverse_with_noise(start, from, to, level);
        let [means, covariances] = errors((name, path.as_ref()), 0, &|n| Box::new(build(n)), &exact, start);
        let slope = Slope::fit(covariances);
        slope.assert(&format!("covariance, {name}"), covariance, 0.1);
        assert!(slope.errors[0].1 < bound, "covariance, {name}: {slope}");
        match mean {
            Some(order) => Slope::fit(means).assert(&format!("mean, {name}"), order, 0.1),
            None => assert!(means.iter().all(|(_, error)| *error < 1e-13), "{name}: {means:?}"),
        }
    }
}
