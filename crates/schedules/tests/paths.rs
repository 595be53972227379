//! Paths: values, derivatives, ends, and the inverse.

use ito_schedules::{Path, ScheduleError, Straight, VpCosine, VpLinear};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

#[test]
fn all_paths_end_at_exact_data() {
    for path in paths() {
        let data = path.at(0.0);
        assert_eq!((data.t, data.alpha, data.sigma), (0.0, 1.0, 0.0));
        assert_eq!(data.log_snr(), f64::INFINITY);
    }
}

#[test]
fn straight_and_cosine_paths_start_at_exact_noise() {
    for path in [&Straight as &dyn Path, &VpCosine::default(), &VpCosine::new(0.3).unwrap()] {
        let noise = path.at(1.0);
        assert_eq!((noise.alpha, noise.sigma, noise.log_snr()), (0.0, 1.0, f64::NEG_INFINITY));
    }
}

/// Values in f64 of `sqrt(exp(19.9 t^2 / 2 + 0.1 t) - 1)`, score_sde's VP as EDM writes it.
#[test]
fn vp_linear_has_the_noise_levels_of_edm() {
    for (t, sigma) in [(1e-5, 0.001000497627), (1e-3, 0.010485992787), (1.0, 152.166970283946)] {
        close(VpLinear::default().at(t).noise_to_signal(), sigma, 1e-9);
    }
}

/// The products of `1 - beta_i` in f64 for T = 1000: `alpha_bar(t) / alpha_bar(0)` at 500/1000 and 999/1000.
#[test]
fn vp_cosine_has_the_table_of_nichol_and_dhariwal() {
    for (t, alpha_bar) in [(0.5, 4.93843590440638e-1), (0.999, 2.42876690703485e-6)] {
        close(VpCosine::default().at(t).alpha.powi(2), alpha_bar, 2e-12);
    }
}

#[test]
fn vp_paths_preserve_variance() {
    for path in [&VpLinear::default() as &dyn Path, &VpCosine::default()] {
        (0..=100).map(|i| path.at(i as f64 / 100.0)).for_each(|l| close(l.alpha.powi(2) + l.sigma.powi(2), 1.0, 1e-15));
    }
}

#[test]
fn derivatives_are_those_of_the_levels() {
    for path in paths() {
        for i in 1..100 {
            let (t, h) = (i as f64 / 100.0, 1e-5);
            let (before, after, rate) = (path.at(t - h), path.at(t + h), path.derivative(t));
            let central = |a: f64, b: f64| (b - a) / (2.0 * h);
            assert!((central(before.alpha, after.alpha) - rate.alpha).abs() < 1e-7, "alpha at {t}");
            assert!((central(before.sigma, after.sigma) - rate.sigma).abs() < 1e-5, "sigma at {t}");
        }
    }
}

#[test]
fn vp_paths_rise_infinitely_fast_at_data_and_the_straight_one_does_not() {
    assert_eq!(VpLinear::default().derivative(0.0).sigma, f64::INFINITY);
    assert_eq!(VpCosine::default().derivative(0.0).sigma, f64::INFINITY);
    assert_eq!(Straight.derivative(0.0).sigma, 1.0);
}

/// The closed forms of the VP paths against the trait's general formula.
#[test]
fn the_forward_noise_rate_is_that_of_the_marginals() {
    for path in paths() {
        for t in [0.01, 0.2, 0.5, 0.9] {
            let (level, rate) = (path.at(t), path.derivative(t));
            let general = 2.0 * level.sigma * rate.sigma - 2.0 * rate.alpha / level.alpha * level.sigma.powi(2);
            close(path.noise_rate(t), general, 1e-12);
        }
        assert!(path.noise_rate(0.0).is_finite());
    }
}

/// The level's own factors hold to 1e-12 everywhere; through `t` the log-SNR is as good as one ulp of a `t` near 1 allows.
#[test]
fn at_log_snr_inverts_the_log_snr() {
    for path in paths() {
        let lowest = path.at(1.0).log_snr().max(-30.0);
        for i in 0..=1200 {
            let lambda = -30.0 + 0.05 * i as f64;
            if lambda < lowest {
                assert_eq!(path.at_log_snr(lambda), path.at(1.0));
                continue;
            }
            let level = path.at_log_snr(lambda);
            assert!((level.log_snr() - lambda).abs() < 1e-12, "{lambda}: {}", level.log_snr());
            let ulp = if level.t > 0.5 { 2.0 * f64::EPSILON / (1.0 - level.t) } else { 0.0 };
            let back = path.at(level.t).log_snr();
            assert!((back - lambda).abs() < 1e-12 + 2.0 * ulp, "{lambda}: {back}");
        }
    }
}

#[test]
fn beyond_the_ends_is_the_nearer_end() {
    for path in paths() {
        assert_eq!((path.at(-1.0), path.at(2.0)), (path.at(0.0), path.at(1.0)));
        let (data, noise) = (path.at_log_snr(f64::INFINITY), path.at_log_snr(f64::NEG_INFINITY));
        assert_eq!((data, noise), (path.at(0.0), path.at(1.0)));
    }
}

#[test]
fn log_snr_falls_strictly_for_all_parameters() {
    let config = Config { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..Config::default() };
    let case = (1e-3..700.0, 1e-3..700.0, 1e-4..1.0, 0.0..0.999, 1e-6..1e-3);
    proptest!(config, |((beta_min, beta_max, offset, t, step) in case)| {
        let (linear, cosine) = (VpLinear::new(beta_min, beta_max).unwrap(), VpCosine::new(offset).unwrap());
        for path in [&Straight as &dyn Path, &linear, &cosine] {
            let (cleaner, noisier) = (path.at(t).log_snr(), path.at(t + step).log_snr());
            prop_assert!(noisier < cleaner, "{noisier} {cleaner}");
        }
    });
}

#[test]
fn impossible_parameters_are_named_with_their_number() {
    let refused = VpLinear::new(-1.0, 20.0).unwrap_err();
    assert_eq!(refused, ScheduleError::OutOfRange { name: "beta_min", value: -1.0, low: 0.0, high: 700.0 });
    assert_eq!(refused.to_string(), "beta_min must be greater than 0 and at most 700, not -1");
    for (beta_min, beta_max) in [(0.1, f64::NAN), (0.1, f64::INFINITY), (0.0, 20.0), (0.1, 701.0)] {
        assert!(VpLinear::new(beta_min, beta_max).is_err(), "{beta_min} {beta_max}");
    }
    assert!([0.0, -0.1, 1.1, f64::NAN].into_iter().all(|offset| VpCosine::new(offset).is_err()));
}

fn paths() -> Vec<Box<dyn Path>> {
    let linear = [VpLinear::default(), VpLinear::new(5.0, 5.0).unwrap(), VpLinear::new(12.0, 1.0).unwrap()];
    let cosine = [VpCosine::default(), VpCosine::new(1.0).unwrap(), VpCosine::new(1e-4).unwrap()];
    let boxed = linear.into_iter().map(|path| Box::new(path) as Box<dyn Path>);
    boxed.chain(cosine.into_iter().map(|path| Box::new(path) as _)).chain([Box::new(Straight) as _]).collect()
}

fn close(value: f64, expected: f64, relative: f64) {
    assert!((value / expected - 1.0).abs() <= relative, "{value} is not {expected}");
}
