//! The forms of the tunable noise: the law each tends to, by quadrature, and the order.

use ito_samplers::{NoiseForm, TunableNoise};
use ito_schedules::{Grid, Path};
use ito_testkit::{Gaussian, GaussianData, Slope, integrate};
use ndarray::array;
use std::f64::consts::PI;

use crate::common::{law, paths};

#[test]
fn the_tunable_sde_is_of_second_order_for_every_form() {
    check(NoiseForm::Constant(0.2), &|_, _| 0.2);
    check(NoiseForm::Sigma(0.8), &|_, sigma| 0.8 * sigma);
    check(NoiseForm::Linear(0.8), &|t, _| 0.8 * t);
    check(NoiseForm::Decreasing(0.6), &|t, _| 0.25 * (0.6 * (PI * (1.0 - t)).cos() + 1.0).powi(2));
    check(NoiseForm::IncreasingDecreasing(0.9), &|t, _| 0.9 * (PI * t).sin().powi(2));
}

/// Data of mean `m` and variance `s^2`: with `v = alpha^2 s^2 + sigma^2` and noise of the rate `d(t, sigma)`, the exact SDE takes
/// `x - alpha m` to `k` times it, `k = sqrt(v'/v) exp(- int d/v dt)`, and adds what keeps the marginal. The error is that of the mean plus that of the variance.
fn check(form: NoiseForm, rate: &dyn Fn(f64, f64) -> f64) {
    let (m, s2) = (0.7, 0.3);
    let data = GaussianData::new(&[m], &[s2], 0.0);
    for (name, path) in linear_paths() {
        let run = |n: usize| {
            let grid = Grid::uniform(path.as_ref(), 0.95 * path.end(), 0.05 * path.end(), n).unwrap();
            let (from, to) = (grid.levels()[0], grid.levels()[n]);
            let start = Gaussian {
                mean: array![from.alpha * m + 0.8 * from.sigma],
                covariance: array![[1.2 * from.sigma * from.sigma]],
            };
            let made = law(&data, path.as_ref(), &grid, &mut TunableNoise::new(form).unwrap(), &start);
            let v = |t: f64| path.at(t).alpha.powi(2) * s2 + path.at(t).sigma.powi(2);
            let drift = |t: f64| rate(t / path.end(), path.at(t).sigma) / v(t);
            let k = (v(to.t) / v(from.t)).sqrt() * (-integrate(drift, to.t, from.t, 100)).exp();
            let mean = to.alpha * m + k * (start.mean[0] - from.alpha * m);
            let variance = v(to.t) + k * k * (start.covariance[[0, 0]] - v(from.t));
            (made.mean[0] - mean).abs() + (made.covariance[[0, 0]] - variance).abs()
        };
        let slope = Slope::fit([512, 1024].map(|n| (n, run(n))).to_vec());
        slope.assert(&format!("{form:?}, {name}"), 2.0, 0.1);
        assert!(slope.errors[0].1 < 3e-4 * path.at(path.end()).sigma.powi(2), "{form:?}, {name}: {slope}");
    }
}

/// Every form leaves the marginal as it is: from pure noise, where some rates are large against the time left, to data.
#[test]
fn every_form_reaches_the_data_from_pure_noise() {
    let data = GaussianData::new(&[0.7], &[0.3], 0.0);
    let forms = [
        NoiseForm::Relative(0.5),
        NoiseForm::Constant(1.0),
        NoiseForm::Sigma(1.0),
        NoiseForm::Linear(1.0),
        NoiseForm::Decreasing(1.0),
        NoiseForm::IncreasingDecreasing(1.0),
    ];
    for (name, path) in linear_paths().filter(|(_, path)| path.end() == 1.0) {
        for form in forms {
            let grid = Grid::uniform(path.as_ref(), path.end(), 0.0, 64).unwrap();
            let start = Gaussian::isotropic(1, grid.levels()[0].sigma);
            let made = law(&data, path.as_ref(), &grid, &mut TunableNoise::new(form).unwrap(), &start);
            let (mean, deviation) = (made.mean[0] - 0.7, made.covariance[[0, 0]].sqrt() / 0.3_f64.sqrt() - 1.0);
            // A constant rate is infinite against the noise that is left near data: there it errs most.
            let bound = if form == NoiseForm::Constant(1.0) { 0.1 } else { 0.012 };
            assert!(mean.abs() < 0.004 && deviation.abs() < bound, "{form:?}, {name}: {mean} {deviation}");
        }
    }
}

/// SiT's forms are made for noise that falls as `t` does: on VE, where it falls geometrically, their rates are beyond all measure
/// against what is left.
fn linear_paths() -> impl Iterator<Item = (&'static str, Box<dyn Path>)> {
    paths().into_iter().filter(|(name, _)| *name != "VE")
}
