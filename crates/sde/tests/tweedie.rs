//! Tweedie's formulas against Bayes' rule: on Gaussians and mixtures in closed form, on the line by quadrature.

use ito_schedules::{Level, Path, Straight, VpLinear};
use ito_sde::SdeError;
use ito_sde::reverse::{Tweedie, denoising_loss, explicit_loss, sliced_loss};
use ito_testkit::{Fresh, Gaussian, GaussianData, Mixture, MixtureNd, integrate, normal_density};
use ndarray::{Array2, array};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

/// Both are affine in `x`: equal as maps, not only at some points. Along each axis of variance `s^2` the exact posterior mean is
/// `mean + alpha s^2 / (alpha^2 s^2 + sigma^2) (x - alpha mean)`.
#[test]
fn the_posterior_mean_of_gaussian_data_is_the_exact_one() {
    let data = GaussianData::new(&[0.7, -0.4], &[0.8, 0.25], 0.6);
    for at in [VpLinear::default().at(0.3), Straight.at(0.7), Straight.at(0.01)] {
        let x = Fresh::default().draw(&Gaussian::isotropic(2, 1.3));
        let found = Tweedie::at(at).unwrap().mean_of_score(&x, &data.score(&x, at)).law();
        let gain = data.axes().fold(Array2::zeros((2, 2)), |sum: Array2<f64>, (axis, s)| {
            let gain = at.alpha * s * s / ((at.alpha * s).powi(2) + at.sigma.powi(2));
            sum + Array2::from_shape_fn((2, 2), |(i, j)| gain * axis[i] * axis[j])
        });
        let shift = data.mean() - &(gain.dot(data.mean()) * at.alpha);
        let expected = x.affine(&gain, &shift).law();
        assert!(found.mean_error(&expected) < 1e-13 && found.covariance_error(&expected) < 1e-13, "{at:?}");
    }
}

#[test]
fn mean_and_variance_on_the_line_are_those_of_bayes_rule_by_quadrature() {
    let law = Mixture::two_modes();
    for at in [Level { t: 0.0, alpha: 1.0, sigma: 0.8 }, Level { t: 0.5, alpha: 0.6, sigma: 0.5 }] {
        let (tweedie, noisy) = (Tweedie::at(at).unwrap(), law.marginal(at));
        for x in [-2.0, -0.3, 0.2, 1.1] {
            let joint = |x0: f64| law.density(x0) * normal_density((x - at.alpha * x0) / at.sigma);
            let moment = |k: i32| integrate(|x0| x0.powi(k) * joint(x0), -9.0, 9.0, 300);
            let mean = moment(1) / moment(0);
            let found = tweedie.mean_of_score(&array![[x]], &array![[noisy.score(x)]])[[0, 0]];
            assert!((found - mean).abs() < 1e-12, "{x}: {found} {mean}");
            let variance = moment(2) / moment(0) - mean * mean;
            let found = tweedie.covariance_times(&array![[1.0]], &array![[noisy.score_slope(x)]])[[0, 0]];
            assert!((found - variance).abs() < 1e-11, "{x}: {found} {variance}");
        }
    }
    // Y = X + Z is the level with alpha 1.
    assert_eq!(Tweedie::additive(0.8), Tweedie::at(Level { t: 0.4, alpha: 1.0, sigma: 0.8 }));
}

#[test]
fn mean_and_covariance_in_the_plane_are_those_of_the_posterior() {
    let first = Gaussian { mean: array![-1.0, 0.5], covariance: array![[0.5, 0.2], [0.2, 0.3]] };
    let second = Gaussian { mean: array![1.2, -0.4], covariance: Array2::eye(2) * 0.25 };
    let law = MixtureNd::new(vec![(1.0, first), (2.0, second)]);
    let config = Config { cases: 48, rng_seed: RngSeed::Fixed(8), failure_persistence: None, ..Config::default() };
    proptest!(config, |(alpha in 0.1..1.5_f64, sigma in 0.1..1.5_f64, x in -2.0..2.0_f64, y in -2.0..2.0_f64)| {
        let at = Level { t: 0.5, alpha, sigma };
        let (tweedie, noisy, x) = (Tweedie::at(at).unwrap(), law.marginal(at), array![[x, y]]);
        let point = x.row(0).to_owned();
        let exact = law.posterior(at, &point).moments();
        let mean = tweedie.mean_of_score(&x, &noisy.score_rows(&x));
        let covariance = tweedie.covariance_times(&Array2::eye(2), &noisy.score_slope(&point));
        let found = Gaussian { mean: mean.row(0).to_owned(), covariance };
        prop_assert!(found.mean_error(&exact) < 1e-10 && found.covariance_error(&exact) < 1e-10, "{found:?} {exact:?}");
    });
}

#[test]
fn score_mean_and_noise_give_each_other() {
    let config = Config { cases: 64, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..Config::default() };
    proptest!(config, |(alpha in 0.05..2.0_f64, sigma in 0.05..2.0_f64, x in -3.0..3.0_f64, score in -3.0..3.0_f64)| {
        let tweedie = Tweedie::at(Level { t: 0.5, alpha, sigma }).unwrap();
        let (x, score) = (array![[x]], array![[score]]);
        let (mean, noise) = (tweedie.mean_of_score(&x, &score), tweedie.noise_of_score(&score));
        let apart = |a: &Array2<f64>, b: &Array2<f64>| (a - b)[[0, 0]].abs() / (1.0 + a[[0, 0]].abs());
        prop_assert!(apart(&tweedie.noise_of_mean(&x, &mean), &noise) < 1e-11);
        prop_assert!(apart(&tweedie.mean_of_noise(&x, &noise), &mean) < 1e-11);
        prop_assert!(apart(&tweedie.score_of_mean(&x, &mean), &score) < 1e-9);
        prop_assert!(apart(&tweedie.score_of_noise(&noise), &score) < 1e-13);
        // x = alpha E[x0] + sigma E[eps].
        let again = alpha * mean[[0, 0]] + sigma * noise[[0, 0]];
        prop_assert!((again - x[[0, 0]]).abs() < 1e-12);
    });
}

/// The models `theta s + (1 - theta) (-x)` of the score `s` of a noisy mixture, one for each `theta`. The three objectives differ by
/// what `theta` does not change, so their differences between two models agree, and all are least at the right one.
#[test]
fn the_three_objectives_of_score_matching_have_one_gradient_that_vanishes_at_the_score() {
    let (law, at) = (Mixture::two_modes(), Level { t: 0.5, alpha: 0.7, sigma: 0.6 });
    let noisy = law.marginal(at);
    let model = |theta: f64, x: f64| theta * noisy.score(x) - (1.0 - theta) * x;
    let one = |x: f64| array![[x]];
    let objectives = |theta: f64| {
        let explicit = |x: f64| explicit_loss(&one(model(theta, x)), &one(noisy.score(x)))[0];
        let sliced = |x: f64| {
            let slope = theta * noisy.score_slope(x) - (1.0 - theta);
            // Both directions of the line together have E[v v^T] = 1.
            0.5 * [1.0, -1.0]
                .map(|v| sliced_loss(&one(model(theta, x)), &one(v), &one(v * slope))[0])
                .iter()
                .sum::<f64>()
        };
        let denoising = |x0: f64| {
            let given = |eps: f64| {
                let x = at.alpha * x0 + at.sigma * eps;
                denoising_loss(&one(model(theta, x)), &one(eps), at.sigma).unwrap()[0] * normal_density(eps)
            };
            integrate(given, -8.0, 8.0, 24)
        };
        [
            integrate(|x| explicit(x) * noisy.density(x), -8.0, 8.0, 100),
            integrate(|x| sliced(x) * noisy.density(x), -8.0, 8.0, 100),
            integrate(|x0| denoising(x0) * law.density(x0), -6.0, 6.0, 80),
        ]
    };
    let [below, right, above] = [0.5, 1.0, 1.3].map(objectives);
    for k in 0..3 {
        assert!(((below[k] - right[k]) - (below[0] - right[0])).abs() < 1e-10, "{k}: {below:?} {right:?}");
        assert!(((above[k] - right[k]) - (above[0] - right[0])).abs() < 1e-10, "{k}: {above:?} {right:?}");
        // Quadratic in theta: the gradient at 1 from two differences.
        let gradient = ((above[k] - right[k]) / 0.3 * 0.5 + (right[k] - below[k]) / 0.5 * 0.3) / 0.8;
        assert!(gradient.abs() < 1e-10 && below[k] - right[k] > 0.01, "{k}: {gradient}");
    }
    assert_eq!(right[0], 0.0);
    assert_eq!(denoising_loss(&one(1.0), &one(1.0), 0.0), Err(SdeError::NotPositive { name: "sigma", value: 0.0 }));
}

#[test]
fn levels_without_noise_or_without_data_are_refused() {
    let at = |alpha, sigma| Tweedie::at(Level { t: 0.0, alpha, sigma });
    assert_eq!(at(1.0, 0.0), Err(SdeError::NotPositive { name: "sigma", value: 0.0 }));
    assert_eq!(at(0.0, 1.0), Err(SdeError::NotPositive { name: "alpha", value: 0.0 }));
    assert_eq!(Tweedie::additive(-1.0), Err(SdeError::NotPositive { name: "sigma", value: -1.0 }));
    assert!(matches!(at(f64::NAN, 1.0), Err(SdeError::NotFinite { name: "alpha", .. })));
}
