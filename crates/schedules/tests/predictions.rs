//! The algebra of predictions.

use ito_schedules::{
    Edm, Grid, LastStep, Path, Prediction, Singular, Straight, SubVp, Ve, VpCosine, VpLinear, VpSigmoid,
};
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
        (&Straight, &[Prediction::Eps, Prediction::Score], &[Prediction::Score]),
        (&VpLinear::default(), &[], &[Prediction::Velocity, Prediction::Score]),
        (&VpCosine::default(), &[Prediction::Eps, Prediction::Score], &[Prediction::Velocity, Prediction::Score]),
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
    assert_eq!(unknown.to_string(), "unknown prediction \"epsilon\": it is one of x0, eps, v, velocity, score, f");
}

fn all_paths() -> [Box<dyn Path>; 7] {
    [
        Box::new(Straight),
        Box::new(VpLinear::default()),
        Box::new(VpCosine::default()),
        Box::new(VpSigmoid::default()),
        Box::new(SubVp::default()),
        Box::new(Ve::default()),
        Box::new(Edm::new(3.0).unwrap()),
    ]
}

/// All 36 pairs on every path, at random levels: the converted prediction is the other's target.
#[test]
fn any_prediction_becomes_any_other() {
    let config = Config { rng_seed: RngSeed::Fixed(4), failure_persistence: None, ..Config::default() };
    proptest!(config, |((t, x0, eps, d) in (0.01..0.99, -2.0..2.0_f64, -3.0..3.0_f64, 0.1..3.0))| {
        let mut all = Prediction::ALL;
        all[5] = Prediction::F { data_deviation: d };
        for path in all_paths() {
            let t = t * path.end();
            let (level, rate) = (path.at(t), path.derivative(t));
            let x = level.alpha * x0 + level.sigma * eps;
            let value = |p: Prediction| p.target(level, rate).0 * x0 + p.target(level, rate).1 * eps;
            for (from, to) in all.into_iter().flat_map(|from| all.map(|to| (from, to))) {
                let (c_x, c_p) = from.convert(to, level, rate);
                let (terms, expected) = ((c_x * x, c_p * value(from)), value(to));
                // The result may be a small difference of large terms, and eps amplifies by sigma/alpha.
                let scale = terms.0.abs() + terms.1.abs() + expected.abs();
                let allowed = 1e-13 * scale * (1.0 + level.noise_to_signal() + level.noise_to_signal().recip());
                prop_assert!((terms.0 + terms.1 - expected).abs() <= allowed, "{from} to {to} at {level:?}");
            }
        }
    });
}

#[test]
fn f_is_the_network_inside_of_edms_denoiser() {
    let (d, y, f) = (0.5, 1.3, -0.4);
    let path = Edm::default();
    for sigma in [0.002, 0.5, 80.0] {
        let (level, rate) = (path.at(sigma), path.derivative(sigma));
        let (c_x, c_p) = Prediction::F { data_deviation: d }.data(level, rate);
        let total = sigma * sigma + d * d;
        let expected = d * d / total * y + sigma * d / total.sqrt() * f;
        assert!((c_x * y + c_p * f - expected).abs() < 1e-14, "{sigma}");
    }
}

/// The one prediction that is regular at data, at pure noise and between, with x0 and v.
#[test]
fn f_v_and_x0_are_regular_from_data_to_pure_noise() {
    for prediction in [Prediction::X0, Prediction::V, Prediction::F { data_deviation: 0.5 }] {
        for path in all_paths() {
            assert_eq!(prediction.check_between(path.as_ref(), 0.0, path.end()), Ok(()));
        }
    }
    let none = Prediction::F { data_deviation: 0.0 };
    assert!(none.check(Straight.at(0.5), Straight.derivative(0.5)).is_err());
}

/// Multiples of each other need no x: a score is an eps even where neither determines the data.
#[test]
fn a_score_is_an_eps_even_at_pure_noise() {
    let (level, rate) = (Straight.at(1.0), Straight.derivative(1.0));
    assert_eq!(Prediction::Score.convert(Prediction::Eps, level, rate), (0.0, -1.0));
    assert_eq!(Prediction::V.convert(Prediction::X0, level, rate), (0.0, -1.0));
    assert!(!Prediction::Eps.convert(Prediction::X0, level, rate).1.is_finite());
    let (level, rate) = (Straight.at(0.0), Straight.derivative(0.0));
    assert_eq!(Prediction::X0.convert(Prediction::X0, level, rate), (0.0, 1.0));
    assert!(!Prediction::X0.convert(Prediction::Eps, level, rate).1.is_finite());
}

#[test]
fn a_prediction_is_refused_on_a_grid_with_a_singular_level() {
    let whole = Grid::uniform(&Straight, 1.0, 0.0, 4).unwrap();
    assert_eq!(Prediction::Eps.check_grid(&Straight, &whole).unwrap_err().t, 1.0);
    assert_eq!(Prediction::Velocity.check_grid(&Straight, &whole), Ok(()));
    let late = Grid::uniform(&Straight, 0.999, 0.0, 4).unwrap();
    assert_eq!(Prediction::Eps.check_grid(&Straight, &late), Ok(()));
    // A model is not asked at data, so the VP paths' infinite rate there does not matter.
    let path = VpLinear::default();
    let grid = Grid::uniform(&path, 1.0, 0.0, 4).unwrap().ending(LastStep::ToZero).unwrap();
    assert_eq!(Prediction::Velocity.check_grid(&path, &grid), Ok(()));
    assert_eq!(Prediction::Velocity.check_between(&path, 0.0, 1.0).unwrap_err().t, 0.0);
}

#[test]
fn a_data_deviation_that_is_not_positive_is_refused() {
    for d in [-0.5, 0.0, f64::NAN, f64::INFINITY] {
        let refused =
            Prediction::F { data_deviation: d }.check(Straight.at(0.5), Straight.derivative(0.5)).unwrap_err();
        assert!(refused.to_string().ends_with(&format!("not {d}")), "{refused}");
    }
}
