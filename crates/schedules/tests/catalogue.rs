//! What every path promises, over random parameters: the inverse, the rates, the forward SDE, the order of its levels.

use ito_schedules::{
    BetaTable, Edm, Path, Polynomial, ShiftedStraight, Straight, SubVp, Trigonometric, Ve, VpCosine, VpLinear,
    VpLogLinear, VpScaledLinear, VpSigmoid, VpSigmoidBeta,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

/// A number in [0, 1) becomes a parameter between two others, evenly in its logarithm.
fn between(u: f64, low: f64, high: f64) -> f64 {
    low * (high / low).powf(u)
}

/// Every path once, its parameters chosen by three numbers in [0, 1).
fn paths(u: [f64; 3]) -> Vec<(&'static str, Box<dyn Path>)> {
    let rates = (between(u[0], 1e-2, 20.0), between(u[1], 0.1, 40.0));
    let table =
        BetaTable::of(&VpSigmoidBeta::new(rates.0, rates.1).unwrap(), 2 + (u[2] * 60.0) as usize, 0.999).unwrap();
    let start = -0.1 - 6.0 * u[0];
    vec![
        ("straight", Box::new(Straight)),
        ("shifted straight", Box::new(ShiftedStraight::new(between(u[0], 0.05, 20.0)).unwrap())),
        ("polynomial", Box::new(Polynomial::new(between(u[1], 0.3, 5.0)).unwrap())),
        ("trigonometric", Box::new(Trigonometric::shifted(between(u[2], 0.05, 20.0)).unwrap())),
        ("vp linear", Box::new(VpLinear::new(rates.0, rates.1).unwrap())),
        ("vp scaled linear", Box::new(VpScaledLinear::new(rates.0, rates.1).unwrap())),
        ("vp sigmoid beta", Box::new(VpSigmoidBeta::new(rates.0, rates.1).unwrap())),
        ("vp sigmoid", Box::new(VpSigmoid::new(start, start + 0.2 + 6.0 * u[1], between(u[2], 0.5, 2.0)).unwrap())),
        ("vp sigmoid", Box::new(VpSigmoid::new(-0.1 - 29.0 * u[0], 0.1 + 29.0 * u[1], 1.0).unwrap())),
        ("vp sigmoid", Box::new(VpSigmoid::new(0.1, 0.5 + 29.0 * u[1], 1.0).unwrap())),
        ("vp log linear", Box::new(VpLogLinear::new(-10.0 * u[0], 1.0 + 15.0 * u[1]).unwrap())),
        ("vp cosine", Box::new(VpCosine::new(between(u[2], 1e-4, 1.0)).unwrap())),
        ("sub-vp", Box::new(SubVp::new(rates.0, rates.1).unwrap())),
        ("ve", Box::new(Ve::new(between(u[0], 1e-3, 1.0), between(u[1], 2.0, 200.0)).unwrap())),
        ("edm", Box::new(Edm::new(between(u[1], 1.0, 500.0)).unwrap())),
        ("table", Box::new(table.clone())),
        ("table to pure noise", Box::new(table.zero_terminal_snr().unwrap())),
    ]
}

/// `d lambda / dt`.
fn slope(path: &dyn Path, t: f64) -> f64 {
    let (level, rate) = (path.at(t), path.derivative(t));
    2.0 * (rate.alpha / level.alpha - rate.sigma / level.sigma)
}

fn check(seed: u64, claim: impl Fn(&str, &dyn Path, f64) -> Result<(), TestCaseError>) {
    let config = Config { cases: 512, rng_seed: RngSeed::Fixed(seed), failure_persistence: None, ..Config::default() };
    proptest!(config, |((u, t) in ([0.0..1.0, 0.0..1.0, 0.0..1.0_f64], 1e-6..0.999_f64))| {
        for (name, path) in paths(u) {
            claim(name, path.as_ref(), t * path.end())?;
        }
    });
}

/// To 1e-12 of t, beside what rounding the log-SNR itself costs: some units in its last place, over its slope.
#[test]
fn time_to_log_snr_and_back_is_the_same_time() {
    check(1, |name, path, t| {
        let lambda = path.at(t).log_snr();
        let back = path.at_log_snr(lambda).t;
        let rounding = 16.0 * f64::EPSILON * (1.0 + lambda.abs()) / slope(path, t).abs();
        prop_assert!((back - t).abs() <= 1e-12 * t + rounding, "{name}: {t} came back as {back}, allowed {rounding}");
        Ok(())
    });
}

/// The level's factors carry the log-SNR to 1e-12, and its time leads back to it, but for one rounding of that time.
#[test]
fn log_snr_to_time_and_back_is_the_same_log_snr() {
    check(2, |name, path, t| {
        let (low, high) = (path.at(path.end()).log_snr().max(-30.0), path.at(0.0).log_snr().min(30.0));
        let lambda = low + (high - low) * t / path.end();
        let level = path.at_log_snr(lambda);
        prop_assert!((level.log_snr() - lambda).abs() < 1e-12, "{name}: {lambda} {}", level.log_snr());
        let back = path.at(level.t).log_snr();
        let rounding = 16.0 * f64::EPSILON * (1.0 + level.t * slope(path, level.t).abs());
        prop_assert!((back - lambda).abs() <= 1e-12 + rounding, "{name}: {lambda} {back} at {}", level.t);
        let through = path.at(level.t);
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-12 + rounding;
        prop_assert!(
            near(through.alpha, level.alpha) && near(through.sigma, level.sigma),
            "{name}: {level:?} {through:?}"
        );
        Ok(())
    });
}

#[test]
fn log_snr_falls_strictly_in_time() {
    check(3, |name, path, t| {
        for step in [1e-6, 1e-3, 0.1] {
            let (a, b) = (path.at(t).log_snr(), path.at((t + step * path.end()).min(path.end())).log_snr());
            prop_assert!(b < a, "{name}: {a} then {b} at {t}, {step}");
        }
        prop_assert!(slope(path, t) < 0.0, "{name}: {}", slope(path, t));
        Ok(())
    });
}

/// Central differences of the factors' logarithms, to their own error.
#[test]
fn derivatives_are_those_of_the_levels() {
    check(4, |name, path, t| {
        let h = 1e-5 * t.min(path.end() - t);
        let (before, level, after, rate) = (path.at(t - h), path.at(t), path.at(t + h), path.derivative(t));
        let central = |a: f64, b: f64| (b - a) / (2.0 * h);
        let alpha = (central(before.alpha, after.alpha) - rate.alpha).abs();
        let sigma = (central(before.sigma, after.sigma) - rate.sigma).abs();
        // Truncation (h/t)^2 of the slope and rounding of the factors over h; a table's second derivative jumps.
        let kinks = if name.starts_with("table") { 1e-3 } else { 1e-7 };
        let allowed = |rate: f64, value: f64| kinks * (rate.abs() + value / t) + 4.0 * f64::EPSILON * value / h;
        prop_assert!(alpha <= allowed(rate.alpha, level.alpha), "{name}: alpha at {t}: {alpha} {rate:?}");
        prop_assert!(sigma <= allowed(rate.sigma, level.sigma), "{name}: sigma at {t}: {sigma} {rate:?}");
        Ok(())
    });
}

/// The mean and the variance of the forward SDE `dX = f X dt + g dW` obey `m' = f m`, `v' = 2 f v + g^2`.
#[test]
fn the_forward_sde_has_the_marginals_of_the_path() {
    check(5, |name, path, t| {
        let (level, rate) = (path.at(t), path.derivative(t));
        let (f, g2) = (path.drift_rate(t), path.noise_rate(t));
        let near = |a: f64, b: f64, scale: f64| (a - b).abs() <= 1e-11 * scale;
        prop_assert!(near(f * level.alpha, rate.alpha, rate.alpha.abs()), "{name}: drift {f} at {t}");
        let (grown, lost) = (2.0 * level.sigma * rate.sigma, 2.0 * f * level.sigma.powi(2));
        prop_assert!(near(lost + g2, grown, grown.abs() + lost.abs()), "{name}: noise {g2} at {t}, {grown} {lost}");
        prop_assert!(g2 > 0.0, "{name}: {g2}");
        Ok(())
    });
}

#[test]
fn beyond_the_ends_is_the_nearer_end_and_nothing_is_not_a_number() {
    for (name, path) in paths([0.3, 0.6, 0.5]) {
        let (clean, noisy) = (path.at(0.0), path.at(path.end()));
        assert_eq!((path.at(-1.0), path.at(2.0 * path.end())), (clean, noisy), "{name}");
        for (lambda, end) in [(f64::INFINITY, clean), (f64::NEG_INFINITY, noisy), (700.0, clean), (-700.0, noisy)] {
            let found = path.at_log_snr(lambda);
            let near = (found.alpha - end.alpha).abs() < 1e-15 && (found.sigma - end.sigma).abs() < 1e-15;
            assert!(near && (found.t - end.t).abs() < 1e-6, "{name}: {lambda} gives {found:?}, not {end:?}");
        }
        for t in [0.0, path.end()] {
            let (level, rate) = (path.at(t), path.derivative(t));
            let numbers = [level.alpha, level.sigma, rate.alpha, rate.sigma, path.noise_rate(t), path.drift_rate(t)];
            assert!(numbers.iter().all(|v| !v.is_nan()), "{name}: {numbers:?}");
            assert!((level.alpha == 0.0) == path.noise_rate(t).is_infinite(), "{name}: {numbers:?}");
        }
    }
}

#[test]
fn all_but_two_paths_begin_at_exact_data() {
    for (name, path) in paths([0.3, 0.6, 0.5]) {
        let level = path.at(0.0);
        let noisy = ["ve", "vp log linear"].contains(&name);
        assert_eq!((level.alpha, level.sigma) == (1.0, 0.0), !noisy, "{name}: {level:?}");
    }
}

/// Pure noise is exact: no eps-prediction there.
#[test]
fn the_paths_that_end_in_pure_noise_do_so_exactly() {
    let pure = [
        "straight",
        "shifted straight",
        "polynomial",
        "trigonometric",
        "vp cosine",
        "vp sigmoid",
        "table to pure noise",
    ];
    for (name, path) in paths([0.3, 0.6, 0.5]) {
        let level = path.at(path.end());
        assert_eq!(
            (level.alpha == 0.0, level.sigma == 1.0),
            (pure.contains(&name), pure.contains(&name)),
            "{name}: {level:?}"
        );
    }
}
