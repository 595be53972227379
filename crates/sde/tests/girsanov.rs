//! Weights between the laws of two drifts, of a potential along a path, and rare events by them.

use ito_noise::{SampleNoise, Stream};
use ito_sde::langevin::{DoubleWell, Harmonic, Overdamped};
use ito_sde::measure::{
    Estimate, Girsanov, GridKernel, IsotropicKernel, Kernel, MeasureError, Steered, draw_path, feynman_kac,
    log_probability,
};
use ito_sde::process::OrnsteinUhlenbeck;
use ito_sde::{SdeError, Times};
use ito_state::Rows;
use ito_testkit::Slope;
use ito_testkit::statistics::{assert_mean, assert_variance, assert_within};
use ndarray::{Array2, array};

/// The definition: the logarithm of the ratio of the two laws' densities of one path.
#[test]
fn the_weight_is_the_ratio_of_the_probabilities_of_the_path() {
    let (drawn, other, times) = (harmonic(), double_well(), Times::new(vec![0.0, 0.1, 0.3, 0.35]).unwrap());
    let mut noise = SampleNoise::consecutive(Stream::new(1, "girsanov/ratio"), 0, 50);
    let path = draw_path(&drawn, &times, Array2::<f64>::ones((50, 3)), &mut noise);
    let weights = Girsanov::new(&drawn, &other).log_weights(&times, &path).unwrap();
    let (p, q) = (log_probability(&drawn, &times, &path).unwrap(), log_probability(&other, &times, &path).unwrap());
    for (k, weight) in weights.iter().enumerate() {
        assert!((weight - (q[k] - p[k])).abs() < 1e-11, "{weight} {}", q[k] - p[k]);
    }
}

/// A path walked back in time has the weight of the ratio too.
#[test]
fn the_weight_holds_in_falling_time() {
    let (drawn, other, times) = (harmonic(), double_well(), Times::new(vec![0.5, 0.4, 0.15]).unwrap());
    let mut noise = SampleNoise::consecutive(Stream::new(1, "girsanov/back"), 0, 20);
    let path = draw_path(&drawn, &times, Array2::<f64>::ones((20, 1)), &mut noise);
    let weights = Girsanov::new(&drawn, &other).log_weights(&times, &path).unwrap();
    let (p, q) = (log_probability(&drawn, &times, &path).unwrap(), log_probability(&other, &times, &path).unwrap());
    assert!((0..20).all(|k| (weights[k] - (q[k] - p[k])).abs() < 1e-11), "{weights:?}");
}

/// Between constant drifts `w = u W - u^2 t/2`, `u = (c_Q - c_P)/g`: normal with mean `-u^2 t/2` and variance `u^2 t`.
#[test]
fn the_weight_between_constant_drifts_is_a_shifted_normal() {
    let (count, g, times) = (20_000, 0.8, Times::uniform(0.0, 1.5, 7).unwrap());
    let brownian = OrnsteinUhlenbeck::new(0.0, g).unwrap();
    let pushed = |c: f64| Steered { sde: brownian, control: move |_: f64, x: &Array2<f64>| x.fill_like(c) };
    let (drawn, other) = (pushed(0.3), pushed(0.9));
    let mut noise = SampleNoise::consecutive(Stream::new(2, "girsanov/constant"), 0, count);
    let (end, weights) = Girsanov::new(&drawn, &other).walk(&times, Array2::zeros((count, 1)), &mut noise).unwrap();
    let u = 0.6 / g;
    for (x, weight) in end.iter().zip(&weights) {
        let w = (x - 0.3 * 1.5) / g;
        assert!((weight - (u * w - u * u * 1.5 / 2.0)).abs() < 1e-12);
    }
    assert_mean("log-weight", &weights, -u * u * 1.5 / 2.0);
    assert_variance("log-weight", &weights, -u * u * 1.5 / 2.0, u * u * 1.5);
}

/// `E_P[e^w] = 1` and `E_P[e^w x^2] = E_Q[x^2]`; what is expected under `Q` comes from its composed kernels on a grid.
/// False alarm 1e-6 each.
#[test]
fn weighted_paths_of_one_drift_stand_for_the_other() {
    let (count, steps) = (40_000, 32);
    let (drawn, other, times) = (harmonic(), double_well(), Times::uniform(0.0, 1.0, steps).unwrap());
    let mut noise = SampleNoise::consecutive(Stream::new(3, "girsanov/walk"), 0, count);
    let start = Array2::<f64>::from_elem((count, 1), 0.5);
    let (end, weights) = Girsanov::new(&drawn, &other).walk(&times, start, &mut noise).unwrap();

    let one = Estimate::plain(&weights, &vec![1.0; count]).unwrap();
    assert_within("E[e^w]", one.value, 1.0, one.error);
    assert!(one.error < 0.02 && one.effective > 2000.0, "{one:?}");

    let squares: Vec<f64> = end.iter().map(|x| x * x).collect();
    let expected = second_moment(&other, 0.5, &times);
    let plain = Estimate::plain(&weights, &squares).unwrap();
    assert_within("plain", plain.value, expected, plain.error);
    let ratio = Estimate::self_normalised(&weights, &squares).unwrap();
    assert_within("self-normalised", ratio.value, expected, ratio.error);
    let unweighted = Estimate::mean(&squares).unwrap();
    assert!((unweighted.value - expected).abs() > 20.0 * unweighted.error, "the two laws differ");
}

/// `P(W_1 > 4) = 3.167e-5` (the complementary error function) from 20000 steered paths, where plain paths see none or one.
#[test]
fn a_rare_event_comes_with_an_error_bar_that_covers() {
    let (count, exact) = (20_000, 3.167_124_183_311_992e-5);
    let brownian = OrnsteinUhlenbeck::new(0.0, 1.0).unwrap();
    let steered = Steered { sde: brownian, control: |_: f64, x: &Array2<f64>| x.fill_like(4.0) };
    let times = Times::uniform(0.0, 1.0, 8).unwrap();
    let mut noise = SampleNoise::consecutive(Stream::new(4, "girsanov/rare"), 0, count);
    let walk = Girsanov::new(&steered, &brownian).walk(&times, Array2::zeros((count, 1)), &mut noise);
    let (end, weights) = walk.unwrap();
    let above: Vec<f64> = end.iter().map(|x| f64::from(u8::from(*x > 4.0))).collect();
    let estimate = Estimate::plain(&weights, &above).unwrap();
    assert_within("P(W > 4)", estimate.value, exact, estimate.error);
    assert!(estimate.error < 0.02 * exact, "{estimate:?}");
}

/// Cameron and Martin: `E exp(-1/2 theta^2 int_0^T W^2 dt) = cosh(theta T)^(-1/2)`. The steps are composed on a grid, no draw.
#[test]
fn feynman_kac_weights_reach_the_formula_of_cameron_and_martin_at_second_order() {
    let (theta, end) = (1.5_f64, 1.0);
    let brownian = OrnsteinUhlenbeck::new(0.0, 1.0).unwrap();
    let potential =
        |_: f64, x: &Array2<f64>| x.column(0).iter().map(|v| theta * theta * v * v / 2.0).collect::<Vec<_>>();
    let error = |doublings: i32| {
        let h = end * 0.5_f64.powi(doublings);
        let times = Times::uniform(0.0, h, 1).unwrap();
        let kernel = IsotropicKernel::new::<Array2<f64>>(&brownian, 0.0, h).unwrap();
        let log = |x: f64, y: f64| {
            let path = [array![[x]], array![[y]]];
            kernel.log_density(&path[0], &path[1])[0] + feynman_kac(potential, &times, &path).unwrap()[0]
        };
        let one = GridKernel::new(-6.0, 6.0, 241, log).unwrap();
        let all = (0..doublings).fold(one, |kernel, _| kernel.then(&kernel).unwrap());
        let found = all.density(120).iter().sum::<f64>() * 0.05;
        (1 << doublings, (found - (theta * end).cosh().powf(-0.5)).abs())
    };
    Slope::fit([3, 4, 5, 6].map(error).to_vec()).assert("Feynman-Kac", 2.0, 0.1);
}

#[test]
fn laws_without_weights_are_refused() {
    let (drawn, times) = (harmonic(), Times::uniform(0.0, 1.0, 2).unwrap());
    let hotter = Overdamped::new(Harmonic::new(1.0).unwrap(), 0.8).unwrap();
    let path = vec![Array2::<f64>::zeros((1, 1)); 3];
    let refused = Girsanov::new(&drawn, &hotter).log_weights(&times, &path).unwrap_err();
    assert_eq!(refused, MeasureError::NoiseDiffers { time: 0.0, drawn: 1.0, other: 1.6 });
    assert!(refused.to_string().contains("rates 1 and 1.6"), "{refused}");
    let still = Overdamped::new(Harmonic::new(1.0).unwrap(), 0.0).unwrap();
    let refused = Girsanov::new(&still, &still).log_weights(&times, &path);
    assert!(matches!(refused, Err(MeasureError::Number(SdeError::NotPositive { name: "the noise rate", .. }))));
    let refused = Girsanov::new(&drawn, &drawn).log_weights(&times, &path[..2]);
    assert!(matches!(refused, Err(MeasureError::Number(SdeError::Dimension { expected: 3, found: 2, .. }))));
}

fn harmonic() -> Overdamped<Harmonic> {
    Overdamped::new(Harmonic::new(1.0).unwrap(), 0.5).unwrap()
}

fn double_well() -> Overdamped<DoubleWell> {
    Overdamped::new(DoubleWell::new(0.6, 1.0).unwrap(), 0.5).unwrap()
}

/// `E[x^2]` at the last time, of the Euler-Maruyama chain itself.
fn second_moment(sde: &Overdamped<DoubleWell>, start: f64, times: &Times) -> f64 {
    let h = times.as_slice()[1];
    let kernel = IsotropicKernel::new::<Array2<f64>>(sde, 0.0, h).unwrap();
    let log = |x: f64, y: f64| kernel.log_density(&array![[x]], &array![[y]])[0];
    let grid = GridKernel::new(-3.0, 3.0, 241, log).unwrap();
    let points = grid.points();
    let first: Vec<f64> = points.iter().map(|y| log(start, *y).exp()).collect();
    let last = (1..times.steps()).fold(first, |density, _| grid.push(&density).unwrap());
    let sum = |power: i32| -> f64 { points.iter().zip(&last).map(|(x, p)| x.powi(power) * p).sum() };
    assert!((sum(0) * 0.025 - 1.0).abs() < 1e-9, "no mass is lost");
    sum(2) / sum(0)
}
