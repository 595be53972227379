//! Loss weights: one weight of the data's error, all others by the algebra.

use ito_schedules::{Edm, Level, Path, Prediction, Rate, ScheduleError, Straight, SubVp, VpCosine, VpLinear, Weight};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

fn weights() -> [Weight; 7] {
    [
        Weight::UNIFORM_X0,
        Weight::UNIFORM_EPS,
        Weight::min_snr(5.0).unwrap(),
        Weight::edm(0.5).unwrap(),
        Weight::sigmoid(-1.0).unwrap(),
        Weight::p2(1.0, 1.0).unwrap(),
        Weight::p2(0.3, 2.5).unwrap(),
    ]
}

/// The identity that makes it one loss, with the weight, the target and the data as they are.
#[test]
fn the_weighted_error_of_every_prediction_is_that_of_the_data() {
    let config = Config { rng_seed: RngSeed::Fixed(5), failure_persistence: None, ..Config::default() };
    proptest!(config, |((t, x0, eps, error) in (0.01..0.99, -2.0..2.0_f64, -3.0..3.0_f64, 0.1..1.0_f64))| {
        for path in [&Straight as &dyn Path, &VpLinear::default(), &VpCosine::default(), &SubVp::default(), &Edm::default()] {
            let t = t * path.end();
            let (level, rate) = (path.at(t), path.derivative(t));
            let x = level.alpha * x0 + level.sigma * eps;
            for (weight, prediction) in weights().into_iter().flat_map(|w| Prediction::ALL.map(|p| (w, p))) {
                let (a, b) = prediction.target(level, rate);
                // A network wrong by `error` in the data, and by what x holds it to in the noise.
                let wrong = (x0 + error, (x - level.alpha * (x0 + error)) / level.sigma);
                let p_error = a * (wrong.0 - x0) + b * (wrong.1 - eps);
                let (left, right) = (weight.of(prediction, level, rate) * p_error * p_error, weight.x0(level) * error * error);
                prop_assert!((left / right - 1.0).abs() < 1e-8, "{weight:?} {prediction} at {level:?}: {left} {right}");
            }
        }
    });
}

/// Hang et al.'s weights for gamma = 5, where diffusers' users took the larger, or forgot the 1 of v.
#[test]
fn min_snr_has_its_published_weights() {
    let (weight, path) = (Weight::min_snr(5.0).unwrap(), VpCosine::default());
    for t in [0.05, 0.2, 0.25, 0.5, 0.9] {
        let (level, rate) = (path.at(t), path.derivative(t));
        let snr = level.snr();
        for (prediction, expected) in [
            (Prediction::Eps, snr.min(5.0) / snr),
            (Prediction::X0, snr.min(5.0)),
            (Prediction::V, snr.min(5.0) / (snr + 1.0)),
            (Prediction::F { data_deviation: 1.0 }, snr.min(5.0) / (snr + 1.0)),
        ] {
            let found = weight.of(prediction, level, rate);
            assert!((found / expected - 1.0).abs() < 1e-13, "{prediction} at {t}: {found}, not {expected}");
        }
    }
}

/// EDM's weight is `1 / c_out^2`, so 1 in the space of its network; the velocity's is `w / (alpha' - alpha sigma'/sigma)^2`.
#[test]
fn edm_and_velocity_have_their_published_weights() {
    for sigma in [0.002, 0.3, 80.0] {
        let (level, rate) = (Edm::default().at(sigma), Edm::default().derivative(sigma));
        let (weight, d) = (Weight::edm(0.5).unwrap(), 0.5);
        let expected = (sigma * sigma + d * d) / (sigma * d).powi(2);
        assert!((weight.x0(level) / expected - 1.0).abs() < 1e-14);
        let one = weight.of(Prediction::F { data_deviation: d }, level, rate);
        assert!((one - 1.0).abs() < 1e-14, "{one}");
    }
    let (level, rate) = (VpCosine::default().at(0.3), VpCosine::default().derivative(0.3));
    let found = Weight::UNIFORM_X0.of(Prediction::Velocity, level, rate);
    let expected = (rate.alpha - level.alpha * rate.sigma / level.sigma).powi(-2);
    assert!((found / expected - 1.0).abs() < 1e-13);
}

/// A soft min-SNR, P2 with k = gamma = 1, and `L_simple`, as their papers write them for eps.
#[test]
fn sigmoid_p2_and_simple_are_as_published_for_eps() {
    let path = VpLinear::default();
    for t in [0.01, 0.3, 0.9] {
        let (level, rate) = (path.at(t), path.derivative(t));
        let (snr, lambda) = (level.snr(), level.log_snr());
        for (weight, expected) in [
            (Weight::sigmoid(2.0).unwrap(), (1.0 + (lambda - 2.0).exp()).recip()),
            (Weight::p2(1.0, 0.5).unwrap(), (1.0 + snr).powf(-0.5)),
            (Weight::UNIFORM_EPS, 1.0),
        ] {
            let found = weight.of(Prediction::Eps, level, rate);
            assert!((found / expected - 1.0).abs() < 1e-12, "{weight:?} at {t}: {found}, not {expected}");
        }
    }
}

#[test]
fn weights_are_numbers_at_both_ends() {
    let ends = [(Straight.at(0.0), Straight.derivative(0.0)), (Straight.at(1.0), Straight.derivative(1.0))];
    for (weight, (level, rate)) in weights().into_iter().flat_map(|w| ends.map(|end| (w, end))) {
        assert!(weight.x0(level) >= 0.0, "{weight:?} {level:?}");
        for prediction in [Prediction::V, Prediction::Velocity, Prediction::F { data_deviation: 0.5 }] {
            let found = weight.of(prediction, level, rate);
            assert!(found.is_finite() && found >= 0.0, "{weight:?} {prediction} {level:?}: {found}");
        }
    }
    let (Level { sigma, .. }, Rate { .. }) = ends[0];
    assert_eq!(sigma, 0.0);
}

#[test]
fn impossible_weights_are_refused() {
    let refused = Weight::min_snr(0.0).unwrap_err();
    assert_eq!(refused, ScheduleError::OutOfRange { name: "gamma", value: 0.0, low: 0.0, high: 1e6 });
    assert!(Weight::edm(f64::NAN).is_err() && Weight::sigmoid(f64::INFINITY).is_err());
    assert!(Weight::p2(0.0, 1.0).is_err() && Weight::p2(1.0, -1.0).is_err());
}
