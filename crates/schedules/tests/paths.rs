//! Values of single paths, and their refusals. What all paths promise is in `catalogue.rs`.

use ito_schedules::{Path, ScheduleError, Straight, VpCosine, VpLinear, VpSigmoid};

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
fn vp_paths_rise_infinitely_fast_at_data_and_the_straight_one_does_not() {
    assert_eq!(VpLinear::default().derivative(0.0).sigma, f64::INFINITY);
    assert_eq!(VpCosine::default().derivative(0.0).sigma, f64::INFINITY);
    assert_eq!(Straight.derivative(0.0).sigma, 1.0);
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

/// Both factors keep their digits where the other one is 1: a log-SNR of 716 has an inverse with noise.
#[test]
fn the_inverse_is_not_data_where_there_is_noise() {
    let path = VpLinear::default();
    let level = path.at(1e-310);
    let back = path.at_log_snr(level.log_snr());
    assert!(back.t > 0.0 && level.log_snr() > 710.0, "{back:?}");
    close(back.sigma, level.sigma, 1e-12);
    close(back.log_snr(), level.log_snr(), 1e-15);
}

/// No jump where the halves meet, and the digits of the closed form: the log-SNR is
/// `ln((exp(end - z) - 1)/(exp(z - start) - 1)) + (z - end) + ln((1 + exp(start)) / (1 + exp(end))) + (end - start)`.
#[test]
fn the_lopsided_sigmoid_keeps_its_digits() {
    for (start, end) in [(0.0, 30.0), (-29.9, 0.0), (-29.9, 30.0), (20.0, 29.0)] {
        let path = VpSigmoid::new(start, end, 1.0).unwrap();
        for t in [1e-6, 0.1, 0.3, 0.4999, 0.5, 0.5001, 0.8, 0.999] {
            let (done, left) = (t * (end - start), (1.0 - t) * (end - start));
            // S(end) - S(z) over S(z) - S(start), with S(b) - S(a) = (exp(b - a) - 1) S(a) S(-b).
            let ratio = left.exp_m1().ln() - done.exp_m1().ln() + (-end.exp().ln_1p()) + start.exp().ln_1p();
            let expected = ratio + done;
            let found = path.at(t).log_snr();
            assert!((found - expected).abs() < 1e-12, "({start}, {end}) at {t}: {found}, not {expected}");
        }
    }
}

fn close(value: f64, expected: f64, relative: f64) {
    assert!((value / expected - 1.0).abs() <= relative, "{value} is not {expected}");
}
