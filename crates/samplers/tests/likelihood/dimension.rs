use ito_samplers::likelihood::{Divergence, LikelihoodError, Probe, intrinsic_dimension};
use ito_schedules::{Level, Path, Straight};
use ito_state::Noise;
use ito_testkit::{GaussianData, Mixture};
use ndarray::{Array1, Array2, Array4, array};

use crate::common::*;

/// `k` dimensions of deviation 1 in 5, turned, of deviation 1e-6 in the others; at scales from 0.3 down, against the closed form, and at the
/// last against `k` itself.
#[test]
fn on_gaussian_subspaces_it_is_the_closed_form_and_tends_to_their_dimension() {
    for (name, path) in paths() {
        for k in 0..=5 {
            let variances: Vec<f64> = (0..5).map(|i| if i < k { 1.0 } else { 1e-12 }).collect();
            let data = GaussianData::new(&[0.3, -0.2, 0.0, 0.5, 1.0], &variances, 0.7);
            // On the subspace, two of its own deviations along each axis from the mean.
            let start = data.mean().clone();
            let on = data.axes().fold(start, |x, (axis, s)| x + axis * (2.0 * s));
            let x0 = Array2::from_shape_fn((2, 5), |(row, i)| if row == 0 { on[i] } else { data.mean()[i] });
            for scale in [0.3, 0.05, 1e-3_f64] {
                let at = path.at_log_snr(-2.0 * scale.ln());
                let found = intrinsic_dimension(&data, &x0, at, Divergence::Exact, &mut noise(2)).unwrap();
                for (row, item) in found.iter().enumerate() {
                    let exact = closed(&data, &x0.row(row).to_owned(), at);
                    assert!((item.value - exact).abs() < 1e-9, "{name}, {k}: {} {exact}", item.value);
                    assert!(scale > 1e-3 || (item.value - k as f64).abs() < 1e-4, "{name}, {k}: {}", item.value);
                    assert_eq!(item.error, 0.0);
                }
            }
        }
    }
}

/// `d + sigma^2 (div s + |s|^2)` with the scores of the mixtures themselves, which know nothing of a denoiser.
#[test]
fn on_mixtures_it_is_the_formula_of_the_score() {
    for (name, path) in paths() {
        for lambda in [-1.0, 2.0, 6.0] {
            let at = path.at_log_snr(lambda);
            let line = Mixture::two_modes();
            let x0 = array![[-1.5], [-0.2], [1.3]];
            let found = intrinsic_dimension(&line, &x0, at, Divergence::Exact, &mut noise(3)).unwrap();
            for (item, x0) in found.iter().zip(&x0) {
                let (law, x) = (line.marginal(at), at.alpha * x0);
                let exact = 1.0 + at.sigma.powi(2) * (law.score_slope(x) + law.score(x).powi(2));
                assert!((item.value - exact).abs() < 1e-9, "{name}, {lambda}: {} {exact}", item.value);
            }
            let found = intrinsic_dimension(&plane(), &plane_points(), at, Divergence::Exact, &mut noise(4)).unwrap();
            for (item, x0) in found.iter().zip(plane_points().rows()) {
                let (law, x) = (plane().marginal(at), x0.to_owned() * at.alpha);
                let score = law.score(&x);
                let exact = 2.0 + at.sigma.powi(2) * (law.score_slope(&x).diag().sum() + score.dot(&score));
                assert!((item.value - exact).abs() < 1e-9, "{name}, {lambda}: {} {exact}", item.value);
            }
        }
    }
}

/// The rate at which noise thins the density: by differences of `log rho` in the logarithm of the scale.
#[test]
fn it_is_the_dimension_plus_the_slope_of_the_density_in_the_scale() {
    let (law, x0, step) = (plane(), plane_points(), 1e-4_f64);
    let at = Straight.at_log_snr(3.0);
    let found = intrinsic_dimension(&law, &x0, at, Divergence::Exact, &mut noise(4)).unwrap();
    for (item, x0) in found.iter().zip(x0.rows()) {
        let rho = |by: f64| {
            let scale = Level { t: 0.0, alpha: 1.0, sigma: at.sigma / at.alpha * by.exp() };
            law.marginal(scale).log_density(&x0.to_owned())
        };
        let exact = 2.0 + (rho(step) - rho(-step)) / (2.0 * step);
        assert!((item.value - exact).abs() < 1e-6, "{} {exact}", item.value);
    }
}

/// With the probes known, the estimate and its error are too.
#[test]
fn probes_give_the_mean_of_their_own_forms_and_its_error() {
    let (data, at, count) = (turned(), Straight.at(0.2), 7);
    let divergence = Divergence::Hutchinson { probe: Probe::Normal, count };
    let exact = intrinsic_dimension(&data, &points(), at, Divergence::Exact, &mut noise(4)).unwrap();
    let found = intrinsic_dimension(&data, &points(), at, divergence, &mut noise(4)).unwrap();
    let mut same = noise(4);
    let probes: Vec<Array2<f64>> = (0..count).map(|_| same.normal_like(&points())).collect();
    let gain = |s: f64| (at.alpha * s).powi(2) / variance(s, at);
    let trace: f64 = data.axes().map(|(_, s)| gain(s)).sum();
    for row in 0..4 {
        let form = |z: &Array2<f64>| data.axes().map(|(axis, s)| gain(s) * axis.dot(&z.row(row)).powi(2)).sum::<f64>();
        let values: Vec<f64> = probes.iter().map(form).collect();
        let mean = values.iter().sum::<f64>() / count as f64;
        let spread = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (count * (count - 1)) as f64;
        assert!((found[row].value - exact[row].value - (mean - trace)).abs() < 1e-12);
        assert!((found[row].error - spread.sqrt()).abs() < 1e-12);
    }
}

#[test]
fn pictures_of_any_shape_have_the_sum_of_their_entries_dimensions() {
    let (law, at) = (Mixture::two_modes(), Straight.at(0.1));
    let x0 = Array4::from_shape_fn((2, 1, 2, 3), |(row, _, i, j)| 0.6 * i as f64 - 0.7 * j as f64 + row as f64);
    let probe = Divergence::Hutchinson { probe: Probe::Rademacher, count: 2 };
    for divergence in [Divergence::Exact, probe] {
        let found = intrinsic_dimension(&Entries(law.clone()), &x0, at, divergence, &mut noise(2)).unwrap();
        for (item, row) in found.iter().zip(x0.outer_iter()) {
            let one = |x: &f64| {
                let (noisy, x) = (law.marginal(at), at.alpha * x);
                1.0 + at.sigma.powi(2) * (noisy.score_slope(x) + noisy.score(x).powi(2))
            };
            let exact: f64 = row.iter().map(one).sum();
            assert!((item.value - exact).abs() < 1e-10 && item.error < 1e-12, "{item:?} {exact}");
        }
    }
}

#[test]
fn levels_without_noise_or_data_are_refused() {
    let ask = |at, divergence| intrinsic_dimension(&turned(), &points(), at, divergence, &mut noise(4)).unwrap_err();
    assert_eq!(ask(Level::DATA, Divergence::Exact), LikelihoodError::AtData { t: 0.0 });
    assert_eq!(ask(Straight.at(1.0), Divergence::Exact), LikelihoodError::PureNoise { t: 1.0 });
    let one = Divergence::Hutchinson { probe: Probe::Normal, count: 1 };
    assert_eq!(ask(Straight.at(0.5), one), LikelihoodError::TooFew { name: "probes", given: 1, least: 2 });
    let nan = array![[f64::NAN, 0.0, 0.0]];
    let refused = intrinsic_dimension(&turned(), &nan, Straight.at(0.5), Divergence::Exact, &mut noise(1)).unwrap_err();
    assert!(matches!(refused, LikelihoodError::NotFinite { row: 0, .. }), "{refused}");
}

fn closed(data: &GaussianData, x0: &Array1<f64>, at: Level) -> f64 {
    let off = x0 - data.mean();
    let axis = |(axis, s): (Array1<f64>, f64)| {
        let v = variance(s, at);
        (at.alpha * s).powi(2) / v + (at.sigma * at.alpha * axis.dot(&off) / v).powi(2)
    };
    data.axes().map(axis).sum()
}

fn variance(s: f64, at: Level) -> f64 {
    (at.alpha * s).powi(2) + at.sigma.powi(2)
}
