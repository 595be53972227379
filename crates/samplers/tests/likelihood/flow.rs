use ito_samplers::Pullback;
use ito_samplers::likelihood::{Divergence, FlowDensity, FlowScores, LikelihoodError, Probe};
use ito_schedules::{Level, Path, Straight, VpLinear};
use ito_sde::ode::OdeError;
use ito_state::{Noise, Rows};
use ito_testkit::{GaussianData, Mixture};
use ndarray::{Array1, Array2, Array4, array};

use crate::common::*;

/// 3.8 is `sigma/alpha = 0.15`, 12 is 0.0025.
const LOG_SNRS: [f64; 2] = [3.8, 12.0];

/// Against the flow in closed form, `x_T = alpha_T m + sqrt(v_T/v) (x - alpha m)` along every axis, so that the prior's own error
/// is in it. Largest error at a tolerance of 1e-8: 3.0e-8 nats.
#[test]
fn on_turned_gaussian_data_it_is_the_closed_form_on_every_path_for_every_prior() {
    for (name, path) in paths() {
        for lambda in LOG_SNRS {
            let (from, to) = (path.at_log_snr(lambda), path.at(path.end()));
            for prior in [to.sigma, 1.3 * to.sigma] {
                let flow = FlowDensity::new(path.as_ref(), from, to).unwrap().prior(prior).unwrap();
                let scores = solve(flow.tolerance(1e-8, 1e-8).unwrap(), &turned(), &points());
                for (row, item) in scores.items.iter().enumerate() {
                    let (latent, log_det) = carried(&turned(), &points().row(row).to_owned(), from, to);
                    let exact = log_prior(&latent, prior) + log_det;
                    assert!((item.nats - exact).abs() < 1e-7, "{name}, {lambda}: {} {exact}", item.nats);
                    assert!((&scores.latent.row(row) - &latent).iter().all(|d| d.abs() < 1e-6), "{name}, {lambda}");
                    assert_eq!(item.error, 0.0);
                }
            }
        }
    }
}

/// One axis, centred, and the prior's variance `alpha^2 s^2 + sigma^2`: then the answer is the data's own law, `v = alpha^2 s^2 + sigma^2`.
#[test]
fn with_the_law_of_the_noisiest_level_as_prior_it_is_the_density_of_the_data() {
    for (name, path) in paths() {
        for deviation in [0.05, 1.0, 3.0_f64] {
            let data = GaussianData::new(&[0.0], &[deviation * deviation], 0.0);
            let (from, to) = (path.at_log_snr(9.0), path.at(path.end()));
            let prior = (to.alpha * deviation).hypot(to.sigma);
            let x0 = array![[0.0], [deviation], [-2.5 * deviation]];
            let flow = FlowDensity::new(path.as_ref(), from, to).unwrap().prior(prior).unwrap();
            let flow = flow.tolerance(1e-8, 1e-8).unwrap();
            for (row, item) in flow.of_data(&data, &x0, &mut noise(3)).unwrap().items.iter().enumerate() {
                let exact = log_gaussian(&data, unscaled(from), &x0.row(row).to_owned());
                assert!((item.nats - exact).abs() < 1e-6, "{name}, {deviation}: {} {exact}", item.nats);
            }
        }
    }
}

/// The prior is taken out at the latent and the mixture's own law at the noisiest level put in. Largest error at a tolerance of 1e-8: 1.1e-8 nats.
#[test]
fn on_mixtures_it_is_the_marginal_density_on_every_path() {
    for (name, path) in paths() {
        for lambda in LOG_SNRS {
            let (from, to) = (path.at_log_snr(lambda), path.at(path.end()));
            let flow = FlowDensity::new(path.as_ref(), from, to).unwrap().tolerance(1e-8, 1e-8).unwrap();
            let line = Mixture::two_modes();
            let x = array![[-1.5], [0.0], [1.3], [2.6]];
            let scores = solve(flow, &line, &x);
            for row in 0..4 {
                let z = scores.latent[[row, 0]];
                let end = line.marginal(to).log_density(z) - log_prior(&array![z], to.sigma);
                let exact = line.marginal(from).log_density(x[[row, 0]]);
                let found = scores.items[row].nats + end;
                assert!((found - exact).abs() < 1e-7, "line, {name}, {lambda}: {found} {exact}");
            }
            let scores = solve(flow, &plane(), &plane_points());
            for row in 0..4 {
                let (x, z) = (plane_points().row(row).to_owned(), scores.latent.row(row).to_owned());
                let end = plane().marginal(to).log_density(&z) - log_prior(&z, to.sigma);
                let (found, exact) = (scores.items[row].nats + end, plane().marginal(from).log_density(&x));
                assert!((found - exact).abs() < 1e-7, "plane, {name}, {lambda}: {found} {exact}");
            }
        }
    }
}

/// Rows of shape 1 x 3 x 2 whose entries are independent: the sum of the entries' log-densities. The Jacobian is diagonal, so Rademacher
/// probes have no spread.
#[test]
fn pictures_of_any_shape_are_scored_exactly_and_by_probes() {
    let law = Mixture::two_modes();
    let x = Array4::from_shape_fn((2, 1, 3, 2), |(row, _, i, j)| 0.5 * i as f64 - 0.9 * j as f64 + row as f64 - 0.8);
    let from = Straight.at_log_snr(8.0);
    let exact = FlowDensity::new(&Straight, from, Straight.at(1.0)).unwrap().max_steps(1000);
    let exact = exact.tolerance(1e-8, 1e-8).unwrap();
    let probe = Divergence::Hutchinson { probe: Probe::Rademacher, count: 2 };
    for (flow, pullbacks) in [(exact, 6), (exact.divergence(probe).unwrap(), 2)] {
        let scores = flow.of_data(&Entries(law.clone()), &x, &mut noise(2)).unwrap();
        assert_eq!(scores.pullbacks, pullbacks * scores.evaluations);
        for (item, row) in scores.items.iter().zip(x.outer_iter()) {
            let noisy = law.marginal(unscaled(from));
            let expected: f64 = row.iter().map(|x| noisy.log_density(*x)).sum();
            assert!((item.nats - expected).abs() < 1e-6 && item.error < 1e-10, "{item:?} {expected}");
        }
    }
}

#[test]
fn f32_states_are_scored_to_their_rounding() {
    let law = Mixture::two_modes();
    let x = array![[-1.5_f32, 0.3], [1.0, 1.4]];
    let from = Straight.at_log_snr(6.0);
    let flow = FlowDensity::new(&Straight, from, Straight.at(1.0)).unwrap().tolerance(1e-4, 1e-4).unwrap();
    let scores = flow.of_data(&Entries(law.clone()), &x, &mut noise(2)).unwrap();
    for (item, row) in scores.items.iter().zip(x.outer_iter()) {
        let noisy = law.marginal(unscaled(from));
        let expected: f64 = row.iter().map(|x| noisy.log_density(f64::from(*x))).sum();
        assert!((item.nats - expected).abs() < 2e-4, "{item:?} {expected}");
    }
}

/// On Gaussian data the integral of a held probe `z` is `<z, M z>` with `M = 1/2 log(V_T / V)` (on a variance-preserving path): so a probe that is redrawn within the
/// solve, or another for each item's mean, does not pass. And the steps are those of the exact divergence but for a few:
/// the limit makes a redrawn probe fail at once, not crawl.
#[test]
fn a_probe_is_drawn_once_and_held_during_the_solve() {
    let (path, count) = (VpLinear::default(), 5);
    let (from, to) = (path.at_log_snr(6.0), path.at(1.0));
    let flow = FlowDensity::new(&path, from, to).unwrap().tolerance(1e-8, 1e-8).unwrap();
    let exact = solve(flow, &turned(), &points());
    let probed = flow.divergence(Divergence::Hutchinson { probe: Probe::Normal, count }).unwrap();
    let scores = solve(probed.max_steps(1000), &turned(), &points());
    let mut same = noise(4);
    let probes: Vec<Array2<f64>> = (0..count).map(|_| same.normal_like(&points())).collect();
    for row in 0..4 {
        let (latent, _) = carried(&turned(), &points().row(row).to_owned(), from, to);
        let values: Vec<f64> = probes.iter().map(|z| stretch(&turned(), &z.row(row).to_owned(), from, to)).collect();
        let mean = values.iter().sum::<f64>() / count as f64;
        let spread = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (count * (count - 1)) as f64;
        let item = scores.items[row];
        let expected = log_prior(&latent, to.sigma) + mean;
        assert!((item.nats - expected).abs() < 1e-6, "{} {expected}", item.nats);
        assert!((item.error - spread.sqrt()).abs() < 1e-6, "{} {}", item.error, spread.sqrt());
    }
    assert!(scores.evaluations < 2 * exact.evaluations, "{} {}", scores.evaluations, exact.evaluations);
}

/// 400 probes: within 5.5 standard errors of the exact divergence in 8 comparisons (false alarm 3e-7 for normal errors), and the
/// error within a quarter of that of the law, `2 |M|^2` and for Rademacher without the diagonal (its own spread is 4 %).
#[test]
fn probes_of_both_laws_agree_with_the_exact_divergence_within_their_error() {
    let (from, to) = (Straight.at_log_snr(6.0), Straight.at(1.0));
    let flow = FlowDensity::new(&Straight, from, to).unwrap().max_steps(1000);
    let exact = solve(flow, &turned(), &points());
    let units = Array2::<f64>::eye(3);
    let m = |i: usize, j: usize| {
        let at = |v: Array1<f64>| stretch(&turned(), &v, from, to);
        let (a, b) = (units.row(i).to_owned(), units.row(j).to_owned());
        if i == j { at(a) } else { 0.25 * (at(&a + &b) - at(&a - &b)) }
    };
    // What is probed is the flow of `x / r`; the scale is added exactly.
    let scale = (to.alpha.hypot(to.sigma) / from.alpha.hypot(from.sigma)).ln();
    for probe in [Probe::Rademacher, Probe::Normal] {
        let probed = flow.divergence(Divergence::Hutchinson { probe, count: 400 }).unwrap();
        let mut variance = 0.0;
        for i in 0..3 {
            for j in 0..3 {
                let seen = m(i, j) - if i == j { scale } else { 0.0 };
                variance += if i == j && probe == Probe::Rademacher { 0.0 } else { 2.0 * seen * seen };
            }
        }
        let scores = solve(probed, &turned(), &points());
        for (item, exact) in scores.items.iter().zip(&exact.items) {
            assert!((item.nats - exact.nats).abs() < 5.5 * item.error, "{item:?} {exact:?}");
            let ratio = item.error / (variance / 400.0).sqrt();
            assert!((0.75..1.25).contains(&ratio), "{probe:?}: {ratio}");
        }
    }
}

/// The error of three dimensions together is at most 4.2 tolerances.
#[test]
fn the_error_follows_the_tolerance() {
    let (from, to) = (Straight.at_log_snr(8.0), Straight.at(1.0));
    for tolerance in [1e-4, 1e-6, 1e-8, 1e-10] {
        let flow = FlowDensity::new(&Straight, from, to).unwrap().tolerance(tolerance, tolerance).unwrap();
        let scores = solve(flow, &turned(), &points());
        for (row, item) in scores.items.iter().enumerate() {
            let exact = log_gaussian(&turned(), from, &points().row(row).to_owned());
            assert!((item.nats - exact).abs() < 10.0 * tolerance, "{tolerance}: {} {exact}", item.nats);
        }
    }
}

#[test]
fn what_cannot_be_scored_is_refused_with_its_numbers() {
    let (data, noisy, end) = (Level::DATA, Straight.at(0.01), Straight.at(1.0));
    let new = |from, to| FlowDensity::new(&Straight, from, to).map(|_| ());
    assert_eq!(new(data, end), Err(LikelihoodError::AtData { t: 0.0 }));
    assert_eq!(new(end, end), Err(LikelihoodError::PureNoise { t: 1.0 }));
    assert!(matches!(new(noisy, Straight.at(0.005)), Err(LikelihoodError::NotNoisier { .. })));
    let flow = FlowDensity::new(&Straight, noisy, end).unwrap();
    let one = Divergence::Hutchinson { probe: Probe::Normal, count: 1 };
    let refused = flow.divergence(one).map(|_| ());
    assert_eq!(refused, Err(LikelihoodError::TooFew { name: "probes", given: 1, least: 2 }));
    assert!(matches!(flow.tolerance(0.0, 1e-5).map(|_| ()), Err(LikelihoodError::NotPositive { name: "rtol", .. })));
    assert!(matches!(flow.prior(f64::NAN).map(|_| ()), Err(LikelihoodError::NotPositive { .. })));
    let law = Entries(Mixture::two_modes());
    let run = |flow: FlowDensity, x: f64| flow.of_data(&law, &array![[x]], &mut noise(1)).map(|_| ());
    let few = run(flow.max_steps(3), 0.3);
    assert!(matches!(few, Err(LikelihoodError::Ode(OdeError::MaxSteps { limit: 3, .. }))), "{few:?}");
    assert!(matches!(run(flow, f64::NAN), Err(LikelihoodError::Ode(OdeError::NotFinite { row: 0, .. }))));
    let tight = run(flow.tolerance(1e-16, 1e-16).unwrap().max_steps(500), 0.3).unwrap_err();
    assert!(matches!(tight, LikelihoodError::Ode(_)), "{tight}");
}

fn solve<X: Rows>(flow: FlowDensity, model: &dyn Pullback<X>, x: &X) -> FlowScores<X>
where
    ito_noise::SampleNoise: Noise<X>,
{
    flow.at_level(model, x, &mut noise(x.row_count())).unwrap()
}

/// Where the exact flow takes `x`, and the logarithm of the determinant of its derivative.
fn carried(data: &GaussianData, x: &Array1<f64>, from: Level, to: Level) -> (Array1<f64>, f64) {
    let off = x - &(data.mean() * from.alpha);
    data.axes().fold((data.mean() * to.alpha, 0.0), |(end, log_det), (axis, s)| {
        let stretch = deviation(s, to) / deviation(s, from);
        (end + &axis * (stretch * axis.dot(&off)), log_det + stretch.ln())
    })
}

/// `<z, M z>`, `M = 1/2 log(V_T / V)`.
fn stretch(data: &GaussianData, z: &Array1<f64>, from: Level, to: Level) -> f64 {
    data.axes().map(|(axis, s)| axis.dot(z).powi(2) * (deviation(s, to) / deviation(s, from)).ln()).sum()
}

fn deviation(s: f64, at: Level) -> f64 {
    (at.alpha * s).hypot(at.sigma)
}
