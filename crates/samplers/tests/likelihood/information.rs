use ito_samplers::Pullback;
use ito_samplers::likelihood::{Divergence, FlowDensity, InformationEstimate, LikelihoodError, LogDensity, Probe};
use ito_schedules::{Edm, Level, Path, Straight};
use ito_testkit::{GaussianData, Mixture};
use ndarray::{Array2, Array3, array};

use crate::common::*;

/// The draws then have no spread at all: what is left is the reference's own log-density.
#[test]
fn on_data_that_are_the_reference_it_is_exact() {
    for (name, path) in paths() {
        let data = GaussianData::new(&[0.0, 0.0], &[0.49, 0.49], 0.3);
        let estimate = InformationEstimate::new(8).unwrap().reference(0.7).unwrap();
        let x0 = array![[0.0, 0.0], [0.7, -1.4], [3.0, 2.0]];
        let scores = estimate.of_data(&data, path.as_ref(), &x0, &mut noise(3)).unwrap();
        for (item, x0) in scores.items.iter().zip(x0.rows()) {
            let exact = log_gaussian(&data, Level::DATA, &x0.to_owned());
            assert!((item.nats - exact).abs() < 1e-9 && item.error < 1e-9, "{name}: {item:?} {exact}");
        }
        assert_eq!(scores.evaluations, 16);
    }
}

/// Within 5.2 standard errors (2e-7 each for normal errors, 66 comparisons) and the cut's 2e-3: the law's curvature times `e^-high` on the thin
/// axis, and the path's own lower end.
#[test]
fn it_is_the_closed_form_on_gaussian_data_and_mixtures_within_its_error() {
    for (name, path) in paths() {
        let estimate = InformationEstimate::new(3000).unwrap();
        let scores = estimate.of_data(&turned(), path.as_ref(), &points(), &mut noise(4)).unwrap();
        for (item, x0) in scores.items.iter().zip(points().rows()) {
            within(name, item, log_gaussian(&turned(), Level::DATA, &x0.to_owned()), 0.3);
        }
        let line = Mixture::two_modes();
        let x0 = array![[-1.5], [-0.2], [1.3]];
        let scores = estimate.of_data(&line, path.as_ref(), &x0, &mut noise(3)).unwrap();
        for (item, x0) in scores.items.iter().zip(&x0) {
            within(name, item, line.log_density(*x0), 0.08);
        }
        let fewer = InformationEstimate::new(1500).unwrap();
        let scores = fewer.of_data(&plane(), path.as_ref(), &plane_points(), &mut noise(4)).unwrap();
        for (item, x0) in scores.items.iter().zip(plane_points().rows()) {
            within(name, item, plane().log_density(&x0.to_owned()), 0.13);
        }
    }
}

/// The second estimate knows neither the flow nor a Jacobian. Exact and by probes, on turned Gaussian data and the oblique mixture.
#[test]
fn it_agrees_with_the_flow_within_standard_errors() {
    let probes = Divergence::Hutchinson { probe: Probe::Rademacher, count: 100 };
    for divergence in [Divergence::Exact, probes] {
        agree(&turned(), &points(), divergence);
        agree(&plane(), &plane_points(), divergence);
    }
}

fn agree<M: Pullback<Array2<f64>>>(model: &M, x0: &Array2<f64>, divergence: Divergence) {
    let flow = FlowDensity::new(&Straight, Straight.at_log_snr(13.0), Straight.at(1.0)).unwrap();
    let flow = flow.divergence(divergence).unwrap().of_data(model, x0, &mut noise(4)).unwrap();
    let estimate = InformationEstimate::new(1500).unwrap();
    let second = estimate.of_data(model, &Straight, x0, &mut noise(4)).unwrap();
    for (flow, second) in flow.items.iter().zip(&second.items) {
        let both = LogDensity { error: flow.error.hypot(second.error), ..*second };
        within("flow", &both, flow.nats, 0.5);
    }
}

/// 200 estimates of one item from 100 draws each: their own spread is 5 % known, and the mean standard error within a fifth of it.
#[test]
fn the_standard_error_is_the_spread_of_repeated_estimates() {
    let x0 = Array2::from_elem((200, 1), 0.4);
    let scores = InformationEstimate::new(100).unwrap();
    let scores = scores.of_data(&Mixture::two_modes(), &Straight, &x0, &mut noise(200)).unwrap();
    let mean = scores.items.iter().map(|item| item.nats).sum::<f64>() / 200.0;
    let spread = (scores.items.iter().map(|item| (item.nats - mean).powi(2)).sum::<f64>() / 199.0).sqrt();
    let stated = (scores.items.iter().map(|item| item.error.powi(2)).sum::<f64>() / 200.0).sqrt();
    assert!((0.8..1.25).contains(&(stated / spread)), "{stated} {spread}");
    within(
        "mean",
        &LogDensity { nats: mean, error: spread / 200.0_f64.sqrt() },
        Mixture::two_modes().log_density(0.4),
        0.02,
    );
}

/// Cut to a range where the data and the reference differ, the cut shows; the logistic law and the reference do not change the answer.
#[test]
fn the_range_is_stated_and_other_laws_of_the_log_snr_change_the_error_alone() {
    let (line, x0) = (Mixture::two_modes(), array![[0.4], [-1.0]]);
    for (location, scale, reference) in [(1.0, 1.5, 1.0), (-1.0, 3.0, 1.6), (2.0, 2.0, 0.8)] {
        let estimate = InformationEstimate::new(4000).unwrap().logistic(location, scale).unwrap();
        let scores = estimate.reference(reference).unwrap().of_data(&line, &Straight, &x0, &mut noise(2)).unwrap();
        assert_eq!((scores.low, scores.high), (-14.0, 14.0));
        scores.items.iter().zip(&x0).for_each(|(item, x0)| within("law", item, line.log_density(*x0), 0.05));
    }
    let bounded = InformationEstimate::new(10).unwrap().of_data(&line, &Edm::default(), &x0, &mut noise(2)).unwrap();
    assert!((bounded.low + 2.0 * 80.0_f64.ln()).abs() < 1e-12, "{bounded:?}");
}

/// The logistic law beside the range, far beside it, or within it and thin: the error bar knows what was not seen. Alone, such laws see one end of
/// the range and state a hundredth of their error.
#[test]
fn a_law_of_the_log_snr_that_misses_the_data_has_a_large_error_and_no_wrong_one() {
    let (line, x0) = (Mixture::two_modes(), array![[0.4]]);
    let cases = [
        (-5.0, 0.6),
        (-10.0, 0.6),
        (-20.0, 1.0),
        (-60.0, 1.0),
        (20.0, 0.6),
        (40.0, 1.0),
        (-1e5, 1.0),
        (1e5, 1.0),
        (8.0, 0.01),
    ];
    for (location, scale) in cases {
        let estimate = InformationEstimate::new(20_000).unwrap().logistic(location, scale).unwrap();
        let scores = estimate.of_data(&line, &Straight, &x0, &mut noise(1)).unwrap();
        println!("{location}, {scale}: {:?}", scores.items[0]);
        within("far law", &scores.items[0], line.log_density(0.4), 0.1);
        assert!(scores.items[0].error > 0.005, "{:?}", scores.items[0]);
    }
}

/// 36 scales above the law's centre its function is 1 less two roundings: drawn from the other tail, all draws near the lower end are
/// told apart.
#[test]
fn a_law_far_below_the_range_keeps_its_digits() {
    let (line, x0) = (Mixture::two_modes(), array![[0.4]]);
    let cut = InformationEstimate::new(20_000).unwrap().range(-1.0, 14.0).unwrap();
    let of = |estimate: InformationEstimate| estimate.of_data(&line, &Straight, &x0, &mut noise(1)).unwrap().items[0];
    let (near, far) = (of(cut), of(cut.logistic(-37.0, 1.0).unwrap()));
    println!("{near:?} {far:?}");
    within("far below", &LogDensity { error: near.error.hypot(far.error), ..far }, near.nats, 0.1);
}

#[test]
fn items_of_any_shape_and_precision_are_the_sum_of_their_entries() {
    let law = Mixture::two_modes();
    let x0 = Array3::from_shape_fn((2, 2, 2), |(row, i, j)| 0.8 * i as f32 - 0.9 * j as f32 + row as f32 - 0.6);
    let scores = InformationEstimate::new(3000).unwrap();
    let scores = scores.of_data(&Entries(law.clone()), &Straight, &x0, &mut noise(2)).unwrap();
    for (item, row) in scores.items.iter().zip(x0.outer_iter()) {
        within("f32", item, row.iter().map(|x| law.log_density(f64::from(*x))).sum(), 0.1);
    }
}

#[test]
fn settings_without_sense_are_refused() {
    let few = LikelihoodError::TooFew { name: "draws", given: 1, least: 2 };
    assert_eq!(InformationEstimate::new(1), Err(few));
    let some = InformationEstimate::new(10).unwrap();
    let range = |low, high| some.range(low, high).unwrap_err();
    assert!(matches!(range(1.0, 1.0), LikelihoodError::Range { low: 1.0, high: 1.0, .. }));
    assert!(matches!(range(0.0, f64::INFINITY), LikelihoodError::Range { .. }));
    assert!(matches!(some.logistic(f64::NAN, 1.0).unwrap_err(), LikelihoodError::Range { .. }));
    assert!(matches!(some.logistic(0.0, 0.0).unwrap_err(), LikelihoodError::NotPositive { .. }));
    assert!(matches!(some.reference(-1.0).unwrap_err(), LikelihoodError::NotPositive { value: -1.0, .. }));
    let beyond = some.range(-30.0, -20.0).unwrap();
    let refused = beyond.of_data(&Mixture::two_modes(), &Edm::default(), &array![[0.0]], &mut noise(1)).unwrap_err();
    assert!(matches!(refused, LikelihoodError::Range { .. }), "{refused}");
    let nan = some.of_data(&Mixture::two_modes(), &Straight, &array![[f64::NAN]], &mut noise(1)).unwrap_err();
    assert!(matches!(nan, LikelihoodError::NotFinite { row: 0, .. }), "{nan}");
}

fn within(claim: &str, item: &LogDensity, exact: f64, largest: f64) {
    let off = (item.nats - exact).abs();
    assert!(off < 5.2 * item.error + 2e-3, "{claim}: {item:?} {exact}");
    assert!(item.error < largest, "{claim}: {item:?}");
}
