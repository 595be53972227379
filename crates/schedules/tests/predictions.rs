//! The algebra of predictions.

use ito_schedules::{Path, Prediction, Singular, Straight, VpCosine, VpLinear};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

#[test]
fn every_prediction_gives_the_data_back() {
    let config = Config { rng_seed: RngSeed::Fixed(3), failure_persistence: None, ..Config::default() };
    proptest!(config, |((t, x0, eps) in (0.01..0.99, -2.0..2.0_f64, -3.0..3.0))| {
        for path in [&Straight as &dyn Path, &VpLinear::default(), &VpCosine::default()] {
            let (level, rate) = (path.at(t), path.derivative(t));
            let x = level.alpha * x0 + level.sigma * eps;
            for prediction in Prediction::ALL {
                prop_assert_eq!(prediction.check(level, rate), Ok(()));
                let ((a, b), (c_x, c_p)) = (prediction.target(level, rate), prediction.data(level, rate));
                let found: f64 = c_x * x + c_p * (a * x0 + b * eps);
                // The noise is amplified by sigma/alpha where eps is predicted.
                prop_assert!((found - x0).abs() < 1e-14 * (10.0 + level.noise_to_signal()), "{prediction}: {found} {x0}");
            }
        }
    });
}

#[test]
fn the_velocity_is_the_slope_of_x_along_the_path() {
    let (x0, eps, t, h) = (0.7, -1.3, 0.4, 1e-6);
    for path in [&Straight as &dyn Path, &VpLinear::default(), &VpCosine::default()] {
        let x = |t| path.at(t).alpha * x0 + path.at(t).sigma * eps;
        let (a, b) = Prediction::Velocity.target(path.at(t), path.derivative(t));
        assert!(((x(t + h) - x(t - h)) / (2.0 * h) - (a * x0 + b * eps)).abs() < 1e-8);
    }
}

#[test]
fn v_on_a_variance_preserving_path_is_alpha_x_minus_sigma_v() {
    let level = VpCosine::default().at(0.3);
    let (x, p) = Prediction::V.data(level, VpCosine::default().derivative(0.3));
    assert!((x - level.alpha).abs() < 1e-15 && (p + level.sigma).abs() < 1e-15);
}

#[test]
fn singular_pairs_are_refused_and_all_others_are_not() {
    let paths: [(&dyn Path, &[Prediction], &[Prediction]); 3] = [
        (&Straight, &[Prediction::Eps], &[]),
        (&VpLinear::default(), &[], &[Prediction::Velocity]),
        (&VpCosine::default(), &[Prediction::Eps], &[Prediction::Velocity]),
    ];
    for (path, at_noise, at_data) in paths {
        for (t, singular) in [(1.0, at_noise), (0.0, at_data), (0.5, &[] as &[_])] {
            let (level, rate) = (path.at(t), path.derivative(t));
            for prediction in Prediction::ALL {
                let refused = Singular { prediction, t, alpha: level.alpha, sigma: level.sigma };
                let expected = if singular.contains(&prediction) { Err(refused) } else { Ok(()) };
                assert_eq!(prediction.check(level, rate), expected);
            }
        }
    }
    let (level, rate) = (Straight.at(1.0), Straight.derivative(1.0));
    let told = Prediction::Eps.check(level, rate).unwrap_err().to_string();
    assert_eq!(told, "a prediction of eps is singular at t = 1 (alpha = 0, sigma = 1)");
}

#[test]
fn names_go_both_ways() {
    for prediction in Prediction::ALL {
        assert_eq!(prediction.to_string().parse(), Ok(prediction));
    }
    let unknown = "epsilon".parse::<Prediction>().unwrap_err();
    assert_eq!(unknown.to_string(), "unknown prediction \"epsilon\": it is one of x0, eps, v, velocity");
}
