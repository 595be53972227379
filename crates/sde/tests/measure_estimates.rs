//! Estimates from weights: their values, their error bars, and normalisers by annealing.

use ito_noise::{SampleNoise, Stream};
use ito_sde::SdeError;
use ito_sde::langevin::{DoubleWell, Energy, Harmonic};
use ito_sde::measure::{Estimate, Ladder, MeasureError};
use ito_state::{Batch, Noise};
use ito_testkit::statistics::assert_within;
use ndarray::Array2;

#[test]
fn equal_weights_give_the_plain_mean() {
    let values = [1.0, 4.0, -2.0, 7.0];
    let mean = Estimate::mean(&values).unwrap();
    assert!((mean.value - 2.5).abs() < 1e-15 && (mean.effective - 4.0).abs() < 1e-12, "{mean:?}");
    assert!((mean.error - (45.0_f64 / 3.0 / 4.0).sqrt()).abs() < 1e-14, "{mean:?}");
    let weighted = Estimate::plain(&[2.0_f64.ln(); 4], &values).unwrap();
    assert!((weighted.value - 5.0).abs() < 1e-14 && (weighted.error - 2.0 * mean.error).abs() < 1e-14);
    let ratio = Estimate::self_normalised(&[700.0; 4], &values).unwrap();
    assert!((ratio.value - 2.5).abs() < 1e-14, "a common factor drops out: {ratio:?}");
    // Weights 1 and 3 on 0 and 1: 3/4, and sqrt(1 (3/4)^2 + 9 (1/4)^2) / 4.
    let uneven = Estimate::self_normalised(&[0.0, 3.0_f64.ln()], &[0.0, 1.0]).unwrap();
    assert!((uneven.value - 0.75).abs() < 1e-15 && (uneven.error - 1.125_f64.sqrt() / 4.0).abs() < 1e-15, "{uneven:?}");
}

#[test]
fn logarithms_of_weights_may_be_beyond_the_numbers() {
    let estimate = Estimate::log_mean(&[-5000.0, -5000.0 + 3.0_f64.ln(), f64::NEG_INFINITY]).unwrap();
    assert!((estimate.value - (-5000.0 + (4.0_f64 / 3.0).ln())).abs() < 1e-12, "{estimate:?}");
    assert!((estimate.effective - 16.0 / 10.0).abs() < 1e-12, "{estimate:?}");
}

/// 2000 estimates with 500 draws each: their error bars cover the truth as often as 95 % should, to within 4.9 deviations of a
/// count; false alarm 1e-6.
#[test]
fn error_bars_cover_as_often_as_they_say() {
    let (batches, draws) = (2000, 500);
    let mut noise = SampleNoise::consecutive(Stream::new(9, "measure/cover"), 0, batches);
    let z = noise.normal_like(&Array2::<f64>::zeros((batches, draws)));
    // Draws of N(0, 1) weighted for N(1/2, 1): mean 1/2, and mean weight 1.
    let covers = |estimate: fn(&[f64], &[f64]) -> Estimate, truth: f64| {
        let hit = |row: &[f64]| {
            let logs: Vec<f64> = row.iter().map(|z| 0.5 * z - 0.125).collect();
            let found = estimate(&logs, row);
            (found.value - truth).abs() < 1.959_964 * found.error
        };
        let hits = z.outer_iter().filter(|row| hit(row.as_slice().unwrap())).count() as f64;
        assert_within("covered", hits, 0.95 * batches as f64, (0.95 * 0.05 * batches as f64).sqrt());
    };
    covers(|w, v| Estimate::plain(w, v).unwrap(), 0.5);
    covers(|w, v| Estimate::self_normalised(w, v).unwrap(), 0.5);
    covers(|w, _| Estimate::log_mean(w).unwrap(), 0.0);
}

/// From `N(0, 1/k)` to a double well, whose `Z` is known by quadrature; false alarm 1e-6 each.
#[test]
fn a_ladder_finds_the_normaliser_of_a_double_well() {
    let (wide, steep, shallow) = (harmonic(0.7), well(2.0), well(0.5));
    let ladder = Ladder::uniform(20, 0.05, 3).unwrap();
    check_ladder("adjusted", 0.7, &steep, |x, noise| ladder.climb_adjusted(&wide, &steep, x, noise).unwrap(), 0.05);
    let (near, small) = (harmonic(1.5), Ladder::uniform(20, 0.01, 3).unwrap());
    check_ladder(
        "unadjusted",
        1.5,
        &shallow,
        |x, noise| small.climb_unadjusted(&near, &shallow, x, noise).unwrap(),
        0.02,
    );
}

/// One rung is plain importance sampling, and large steps with their large bias only cost accuracy.
#[test]
fn a_coarse_ladder_is_unbiased_too() {
    let (wide, steep, narrow) = (harmonic(0.7), well(2.0), harmonic(3.0));
    let plain = Ladder::uniform(1, 0.1, 1).unwrap();
    check_ladder("one rung", 0.7, &steep, |x, noise| plain.climb_adjusted(&wide, &steep, x, noise).unwrap(), 0.1);
    let coarse = Ladder::new(vec![0.0, 0.3, 1.0], 0.3, 2).unwrap();
    check_ladder("coarse", 0.7, &narrow, |x, noise| coarse.climb_unadjusted(&wide, &narrow, x, noise).unwrap(), 0.1);
}

#[test]
fn impossible_estimates_are_refused() {
    let one = [1.0, 1.0];
    assert!(matches!(Estimate::mean(&[1.0]), Err(MeasureError::Number(SdeError::Empty { .. }))));
    assert!(matches!(
        Estimate::plain(&[0.0; 3], &one),
        Err(MeasureError::Number(SdeError::Dimension { expected: 3, found: 2, .. }))
    ));
    assert!(matches!(Estimate::plain(&[0.0, f64::NAN], &one), Err(MeasureError::Number(SdeError::NotFinite { .. }))));
    assert!(matches!(Estimate::log_mean(&[0.0, f64::INFINITY]), Err(MeasureError::Number(SdeError::NotFinite { .. }))));
    assert!(matches!(
        Estimate::plain(&[0.0; 2], &[1.0, f64::NAN]),
        Err(MeasureError::Number(SdeError::NotFinite { .. }))
    ));
    assert_eq!(Estimate::log_mean(&[f64::NEG_INFINITY; 2]), Err(MeasureError::NoWeight { count: 2 }));
}

#[test]
fn impossible_ladders_are_refused() {
    let refused = |rungs: &[f64]| Ladder::new(rungs.to_vec(), 0.1, 1).unwrap_err();
    assert!(matches!(refused(&[0.0]), SdeError::Empty { .. }));
    assert_eq!(refused(&[0.1, 1.0]), SdeError::NotMonotone { index: 0, before: 0.0, after: 0.1 });
    assert_eq!(refused(&[0.0, 0.6, 0.5, 1.0]), SdeError::NotMonotone { index: 2, before: 0.6, after: 0.5 });
    assert_eq!(refused(&[0.0, 0.6]), SdeError::NotMonotone { index: 1, before: 1.0, after: 0.6 });
    assert!(matches!(refused(&[0.0, f64::NAN, 1.0]), SdeError::NotFinite { .. }));
    assert!(matches!(Ladder::uniform(5, -0.1, 1), Err(SdeError::NotPositive { value: -0.1, .. })));
    assert!(matches!(Ladder::uniform(5, 0.1, 0), Err(SdeError::Empty { .. })));
    assert!(matches!(Ladder::uniform(0, 0.1, 1), Err(SdeError::Empty { .. })));
}

fn harmonic(stiffness: f64) -> Harmonic {
    Harmonic::new(stiffness).unwrap()
}

fn well(barrier: f64) -> DoubleWell {
    DoubleWell::new(barrier, 1.0).unwrap()
}

/// `log(Z_to/Z_from)` and the second moment, from draws of `N(0, 1/stiffness)`, with error bars that cover and are as small as
/// `precision`.
fn check_ladder(
    claim: &str,
    stiffness: f64,
    to: &impl Energy<Array2<f64>>,
    climb: impl Fn(Array2<f64>, &mut SampleNoise) -> (Array2<f64>, Vec<f64>),
    precision: f64,
) {
    let count = 8000;
    let mut noise = SampleNoise::consecutive(Stream::new(13, "measure/ladder"), 0, count);
    let z = noise.normal_like(&Array2::<f64>::zeros((count, 1)));
    let (end, weights) = climb(Array2::lincomb(&[(stiffness.powf(-0.5), &z)]), &mut noise);

    let points = Array2::from_shape_fn((8001, 1), |(i, _)| 1e-3 * (i as f64 - 4000.0));
    let energies = to.energy(&points);
    let moment = |power: i32| -> f64 {
        points.iter().zip(&energies).map(|(x, energy)| x.powi(power) * (-energy).exp() * 1e-3).sum()
    };
    let exact = moment(0).ln() - (2.0 * std::f64::consts::PI / stiffness).ln() / 2.0;
    let found = Estimate::log_mean(&weights).unwrap();
    assert_within(&format!("log Z, {claim}"), found.value, exact, found.error);
    assert!(found.error < precision, "{claim}: {found:?}");

    let squares: Vec<f64> = end.iter().map(|x| x * x).collect();
    let found = Estimate::self_normalised(&weights, &squares).unwrap();
    assert_within(&format!("E[x^2], {claim}"), found.value, moment(2) / moment(0), found.error);
}
