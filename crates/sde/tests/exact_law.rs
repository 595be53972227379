//! SDEs against their exact laws, found without Monte Carlo: Euler-Maruyama runs on linear forms over normals.

use ito_schedules::{Path, Straight, VpCosine, VpLinear};
use ito_sde::process::{
    OrnsteinUhlenbeck, PathDiffusion, SubVariancePreserving, Transition, VarianceExploding, VariancePreserving,
};
use ito_sde::reverse::Reversed;
use ito_sde::solver::{EulerMaruyama, Exact, ExactStep};
use ito_sde::{Isotropic, Sde, SdeError, Solver};
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm, Slope};

#[test]
fn euler_maruyama_reaches_the_ornstein_uhlenbeck_law_at_first_order() {
    let (ou, start) = (OrnsteinUhlenbeck::new(1.3, 0.8).unwrap(), data().marginal(Straight.at(0.0)));
    let exact = ou.transition(1.5).unwrap();
    let expected = Gaussian {
        mean: &start.mean * exact.decay,
        covariance: &start.covariance * exact.decay.powi(2) + Gaussian::isotropic(2, exact.variance.sqrt()).covariance,
    };
    first_order("Ornstein-Uhlenbeck", &ou, &start, (0.0, 1.5), &expected);
}

/// VP linear has drift `-beta x / 2` and `g^2 = beta`, and `beta(0.4) = 8.06`.
#[test]
fn an_euler_maruyama_step_takes_its_coefficients_at_its_start() {
    let path = VpLinear::default();
    let mut noise = Fresh::default();
    let start = noise.draw(&Gaussian::isotropic(1, 3.0));
    let law = EulerMaruyama.step(&PathDiffusion::new(&path), 0.4, 0.5, &start, &mut noise).law();
    let expected = (1.0 - 0.1 * 8.06 / 2.0_f64).powi(2) * 9.0 + 0.1 * 8.06;
    assert!((law.covariance[[0, 0]] - expected).abs() < 1e-14, "{law:?} {expected}");
}

#[test]
fn the_exact_transition_has_the_exact_law_and_composes() {
    for theta in [1.3, 0.0, -0.4, 1e-12] {
        let ou = OrnsteinUhlenbeck::new(theta, 0.8).unwrap();
        let (whole, first, second) = (ou.transition(1.5), ou.transition(0.4), ou.transition(1.1));
        let (whole, first, second) = (whole.unwrap(), first.unwrap(), second.unwrap());
        let mut noise = Fresh::default();
        let start = noise.draw(&data().marginal(Straight.at(0.0)));
        let once = whole.draw(&start, &mut noise).law();
        let middle = first.draw(&start, &mut noise);
        let twice = second.draw(&middle, &mut noise).law();
        assert!(once.mean_error(&twice) < 1e-14 && once.covariance_error(&twice) < 1e-14, "theta = {theta}");
    }
    let no_pull = OrnsteinUhlenbeck::new(0.0, 0.8).unwrap().transition(2.0).unwrap();
    assert_eq!((no_pull.decay, no_pull.variance), (1.0, 0.8 * 0.8 * 2.0));
    // 0.64 (1 - exp(-3.9)) / 2.6, and the stationary 0.64 / 2.6; then 0.64 (exp(1.2) - 1) / 0.8.
    let pulled = OrnsteinUhlenbeck::new(1.3, 0.8).unwrap();
    let away = OrnsteinUhlenbeck::new(-0.4, 0.8).unwrap();
    for (law, decay, variance) in [
        (pulled.transition(1.5), (-1.95_f64).exp(), 0.64 * (1.0 - (-3.9_f64).exp()) / 2.6),
        (pulled.transition(100.0), (-130.0_f64).exp(), 0.246_153_846_153_846_15),
        (away.transition(1.5), 0.6_f64.exp(), 0.8 * (1.2_f64.exp() - 1.0)),
    ] {
        let law = law.unwrap();
        assert!((law.decay / decay - 1.0).abs() < 1e-13 && (law.variance / variance - 1.0).abs() < 1e-13, "{law:?}");
    }
}

#[test]
fn the_diffusion_of_a_path_has_the_marginals_of_the_path_at_first_order() {
    for path in paths() {
        let (start, end) = (data().marginal(path.at(0.0)), data().marginal(path.at(0.9)));
        first_order("path diffusion", &PathDiffusion::new(path.as_ref()), &start, (0.0, 0.9), &end);
    }
}

/// From a time that is not 0, so that the transition laws are more than the marginals of their authors.
#[test]
fn score_diffusions_have_their_transition_laws() {
    let vp = VariancePreserving::new(0.1, 20.0).unwrap();
    transition("variance preserving", &vp, (0.3, 0.8), vp.transition(0.3, 0.8).unwrap());
    let sub = SubVariancePreserving::new(0.1, 20.0).unwrap();
    transition("sub-variance preserving", &sub, (0.05, 0.4), sub.transition(0.05, 0.4).unwrap());
    let ve = VarianceExploding::new(0.01, 50.0).unwrap();
    transition("variance exploding", &ve, (0.2, 0.6), ve.transition(0.2, 0.6).unwrap());
}

fn transition(
    claim: &str,
    sde: &(impl ExactStep<LinearForm> + Isotropic<LinearForm>),
    span: (f64, f64),
    law: Transition,
) {
    let start = data().marginal(Straight.at(0.0));
    let added = Gaussian::isotropic(2, law.variance.sqrt()).covariance;
    let expected =
        Gaussian { mean: &start.mean * law.decay, covariance: &start.covariance * law.decay.powi(2) + added };
    let mut noise = Fresh::default();
    let state = noise.draw(&start);
    let stepped = Exact.step(sde, span.0, span.1, &state, &mut noise).law();
    assert!(stepped.mean_error(&expected) + stepped.covariance_error(&expected) < 1e-14, "{claim}");
    first_order(claim, sde, &start, span, &expected);
}

/// The start is not the marginal, which would hide errors of the mean. The order is fitted from `t = 0.95` to `t = 0.05`; on the
/// straight path the first-order term is 30 times smaller than on the others, and at `t = 0` the second shows through (0.944).
#[test]
fn the_reversed_diffusion_reaches_the_law_of_the_data_at_first_order() {
    for path in paths() {
        let (data, path) = (data(), path.as_ref());
        let forward = PathDiffusion::new(path);
        let score = |t: f64, x: &LinearForm| data.score(x, path.at(t));
        let reversed = Reversed::new(&forward, &score);
        let start = Gaussian::isotropic(2, 1.0);
        let late = data.reverse(&start, path.at(0.95), path.at(0.05));
        first_order("reversed", &reversed, &start, (0.95, 0.05), &late);

        let errors = [64, 256, 1024].map(|steps| {
            let law = solve(&reversed, &data.marginal(path.at(0.95)), (0.95, 0.0), steps);
            law.mean_error(&data.marginal(path.at(0.0))) + law.covariance_error(&data.marginal(path.at(0.0)))
        });
        assert!(errors[1] < errors[0] && errors[2] < errors[1] && errors[2] < 0.01, "{errors:?}");
    }
}

#[test]
fn the_reversed_ornstein_uhlenbeck_process_goes_back_to_its_start() {
    let (ou, start) = (OrnsteinUhlenbeck::new(0.7, 1.1).unwrap(), data().marginal(Straight.at(0.0)));
    // OU for a time is a Gaussian path, with alpha the decay and sigma the root of the variance.
    let level = |t: f64| {
        let exact = ou.transition(t).unwrap();
        ito_schedules::Level { t, alpha: exact.decay, sigma: exact.variance.sqrt() }
    };
    let score = |t: f64, x: &LinearForm| data().score(x, level(t));
    let reversed = Reversed::new(&ou, &score);
    first_order("reversed OU", &reversed, &data().marginal(level(1.2)), (1.2, 0.0), &start);
}

#[test]
fn noise_rates_are_those_that_diffuse() {
    let unit = Fresh::default().draw(&Gaussian::isotropic(1, 1.0));
    let vp = VpLinear::default();
    let path = PathDiffusion::new(&vp);
    let ou = OrnsteinUhlenbeck::new(1.0, 0.3).unwrap();
    let preserving = VariancePreserving::new(0.1, 20.0).unwrap();
    let sub = SubVariancePreserving::new(0.1, 20.0).unwrap();
    let exploding = VarianceExploding::new(0.01, 50.0).unwrap();
    for sde in [&path as &dyn Isotropic<LinearForm>, &ou, &preserving, &sub, &exploding] {
        let variance = sde.diffuse(0.4, &unit, &unit).law().covariance[[0, 0]];
        assert!((variance / sde.noise_rate(0.4) - 1.0).abs() < 1e-14);
    }
}

#[test]
fn impossible_numbers_are_refused() {
    let negative = |name, value| SdeError::Negative { name, value };
    assert_eq!(OrnsteinUhlenbeck::new(1.0, -0.5), Err(negative("sigma", -0.5)));
    assert!(matches!(OrnsteinUhlenbeck::new(f64::NAN, 1.0), Err(SdeError::NotFinite { name: "theta", .. })));
    let refused = OrnsteinUhlenbeck::new(1.0, 1.0).unwrap().transition(-2.0).unwrap_err();
    assert_eq!(refused, negative("time", -2.0));
    assert_eq!(refused.to_string(), "time must not be negative, but is -2");
}

/// The mean and covariance of Euler-Maruyama converge to the expected law at order 1. The mean may be exact, as it is forward on
/// the straight path: its mean moves on a straight line.
fn first_order(claim: &str, sde: &dyn Sde<LinearForm>, start: &Gaussian, span: (f64, f64), expected: &Gaussian) {
    let law = |steps| solve(sde, start, span, steps);
    if law(512).mean_error(expected) > 1e-13 {
        Slope::measure(|steps| law(steps).mean_error(expected)).assert(&format!("mean, {claim}"), 1.0, 0.05);
    }
    Slope::measure(|steps| law(steps).covariance_error(expected)).assert(&format!("covariance, {claim}"), 1.0, 0.05);
}

/// The law that Euler-Maruyama gives in this many equal steps.
fn solve(sde: &dyn Sde<LinearForm>, start: &Gaussian, span: (f64, f64), steps: usize) -> Gaussian {
    let time = |i: usize| span.0 + (span.1 - span.0) * (i as f64 / steps as f64);
    let mut noise = Fresh::default();
    let start = noise.draw(start);
    (0..steps).fold(start, |x, i| EulerMaruyama.step(sde, time(i), time(i + 1), &x, &mut noise)).law()
}

fn data() -> GaussianData {
    GaussianData::new(&[0.7, -0.4], &[0.8, 0.25], 0.6)
}

fn paths() -> [Box<dyn Path>; 3] {
    [Box::new(Straight), Box::new(VpLinear::default()), Box::new(VpCosine::default())]
}
