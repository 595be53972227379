//! The prior mismatch against quadrature, and levels of one path on another.

use ito_schedules::{
    Edm, Grid, Level, OutOfRange, Path, Rescaling, Straight, SubVp, Trigonometric, Ve, VpCosine, VpLinear,
    prior_mismatch,
};

/// The integral of `p ln(p/q)` by the trapezoid rule, exact to rounding for a density that vanishes at its ends.
fn quadrature(mean: f64, deviation: f64, prior: f64) -> f64 {
    let log = |x: f64, m: f64, s: f64| -0.5 * ((x - m) / s).powi(2) - s.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln();
    let (n, h) = (4000, deviation * 0.006);
    let term = |k: i32| {
        let x = mean + f64::from(k) * h;
        let p = log(x, mean, deviation);
        p.exp() * (p - log(x, 0.0, prior)) * h
    };
    (-n / 2..=n / 2).map(term).sum()
}

#[test]
fn the_prior_mismatch_is_the_divergence_by_quadrature() {
    for path in [&VpLinear::default() as &dyn Path, &SubVp::default(), &Ve::default(), &Edm::new(5.0).unwrap()] {
        for (mean, deviation) in [(0.0, 1.0), (0.7, 0.5), (-3.0, 2.0)] {
            for prior in [path.at(path.end()).sigma, 1.0] {
                let level = path.at(path.end());
                let spread = (level.alpha * deviation).hypot(level.sigma);
                let expected = quadrature(level.alpha * mean, spread, prior);
                let found = prior_mismatch(path, mean, deviation, prior);
                assert!((found - expected).abs() < 1e-11 * (1.0 + expected), "{found}, not {expected}");
                assert!(found >= 0.0);
            }
        }
    }
}

/// DDPM's linear schedule: alpha^2 = 4.3e-5 at its end, so 1e-5 nats for a mean of 0.7.
#[test]
fn pure_noise_has_no_mismatch_and_the_linear_path_a_little() {
    assert_eq!(prior_mismatch(&Straight, 5.0, 3.0, 1.0), 0.0);
    assert_eq!(prior_mismatch(&VpCosine::default(), 5.0, 3.0, 1.0), 0.0);
    let linear = prior_mismatch(&VpLinear::default(), 0.7, 0.5, 1.0);
    let power = VpLinear::default().at(1.0).alpha.powi(2);
    let small = 0.5 * power * 0.49 + 0.25 * (power * (0.25 - 1.0)).powi(2);
    assert!((linear / small - 1.0).abs() < 1e-4, "{linear} {small}");
}

/// `x_a = factor x_b` has the same data and the same noise.
#[test]
fn a_level_has_its_equal_on_another_path() {
    let sampled: [&dyn Path; 5] =
        [&Straight, &VpLinear::default(), &SubVp::default(), &Edm::default(), &Trigonometric::shifted(4.0).unwrap()];
    for (trained, other) in sampled.into_iter().flat_map(|a| sampled.map(|b| (a, b))) {
        let grid = Grid::uniform_log_snr(other, -8.0, 8.0, 20).unwrap();
        let rescaling = Rescaling::new(trained, grid.levels()).unwrap();
        for &level in grid.levels() {
            let (found, factor) = rescaling.level(level);
            let near = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-12;
            assert!(near(factor * level.alpha, found.alpha) && near(factor * level.sigma, found.sigma), "{level:?}");
            let there = trained.at(found.t);
            assert!((there.log_snr() - level.log_snr()).abs() < 1e-9, "{found:?}");
        }
    }
}

#[test]
fn pure_noise_and_data_have_their_equals() {
    let rescaling = Rescaling::new(&VpCosine::default(), &[Straight.at(1.0), Level::DATA])
        .map(|r| (r.level(Straight.at(1.0)), r.level(Level::DATA)));
    let ((noise, a), (data, b)) = rescaling.unwrap();
    assert_eq!((noise.alpha, noise.sigma, a), (0.0, 1.0, 1.0));
    assert_eq!((data.alpha, data.sigma, b), (1.0, 0.0, 1.0));
}

#[test]
fn levels_the_model_never_saw_are_refused_with_the_numbers() {
    let trained = VpLinear::default();
    let grid = Grid::uniform(&Straight, 1.0, 0.0, 4).unwrap();
    let low = trained.at(1.0).log_snr();
    let refused = Rescaling::new(&trained, grid.levels()).unwrap_err();
    assert_eq!(refused, OutOfRange { t: 1.0, log_snr: f64::NEG_INFINITY, low, high: f64::INFINITY });
    assert!(
        refused.to_string().starts_with("the level at t = 1 has log-SNR -inf, but the model was trained on -10.04")
    );
    // Just beyond, and just within, the noisiest level of score_sde's path, sigma/alpha = 152.17.
    let edm = Edm::new(200.0).unwrap();
    assert!(Rescaling::new(&trained, &[edm.at(152.2)]).is_err() && Rescaling::new(&trained, &[edm.at(152.1)]).is_ok());
    let ve = Ve::default();
    assert!(Rescaling::new(&ve, &[Edm::default().at(0.001)]).is_err());
    assert!(Rescaling::new(&ve, &[Edm::default().at(0.01), Edm::default().at(50.0), Level::DATA]).is_ok());
    assert!(Rescaling::new(&ve, &[Level { t: 0.5, alpha: f64::NAN, sigma: 1.0 }]).is_err());
}

#[test]
fn a_prior_that_is_not_positive_gives_not_a_number() {
    for prior in [-1.0, 0.0, f64::NAN] {
        assert!(prior_mismatch(&VpLinear::default(), 0.0, 1.0, prior).is_nan(), "{prior}");
    }
}
