//! The adaptive sampler: its error follows the tolerances, on Gaussian data against the exact flow and on a law with two modes
//! against the quantile map; what it refuses.

mod ode;

use ito_noise::{SampleNoise, Stream};
use ito_samplers::{Counted, Denoiser, DormandPrince, Failure, Sampler, Step};
use ito_schedules::{Level, Path, Straight, Ve};
use ito_sde::SdeError;
use ito_sde::ode::OdeError;
use ito_testkit::{Gaussian, Mixture, Slope, largest};
use ndarray::{Array2, array};
use ode::{data, paths};

/// From the path's noisiest level to its cleanest in one step, between two levels, and up to the noisiest level.
#[test]
fn the_error_is_proportional_to_the_tolerance_on_gaussian_data() {
    for (kind, path) in paths() {
        let path = path.as_ref();
        let (noisiest, noisy, clean) = (path.at(path.end()), path.at_log_snr(-3.0), path.at_log_snr(6.0));
        let (data, points) = (data(), array![[1.3, -0.6], [-0.4, 0.9]]);
        for (from, to) in [(noisiest, path.at(0.0)), (noisy, clean), (clean, noisy), (clean, noisiest)] {
            let start = data.marginal(from).mean + &points * from.sigma.max(0.3);
            let flown = |k: usize| {
                let point = Gaussian { mean: start.row(k).to_owned(), covariance: Array2::zeros((2, 2)) };
                data.flow(&point, from, to).mean
            };
            let exact = Array2::from_shape_fn((2, 2), |(k, j)| flown(k)[j]);
            let scale = to.alpha.hypot(to.sigma);
            proportional(&format!("{kind}, {} to {}", from.t, to.t), &data, path, (from, &start), (to, &exact), scale);
        }
    }
}

#[test]
fn the_error_is_proportional_to_the_tolerance_on_two_modes() {
    let (law, shares) = (Mixture::two_modes(), [0.03, 0.2, 0.4, 0.55, 0.65, 0.8, 0.97]);
    let at = |level: Level| Array2::from_shape_fn((shares.len(), 1), |(k, _)| law.marginal(level).quantile(shares[k]));
    for (kind, path) in paths() {
        let (from, to) = (path.at(path.end()), path.at(0.0));
        proportional(&format!("modes, {kind}"), &law, path.as_ref(), (from, &at(from)), (to, &at(to)), 1.0);
    }
}

/// With `rtol = atol` from 1e-4 to 1e-10 the largest error stays below eight times the tolerance, in units of `sqrt(alpha^2 +
/// sigma^2)`, and falls as its power 0.8 to 1.2.
fn proportional(
    claim: &str,
    model: &dyn Denoiser<Array2<f64>>,
    path: &dyn Path,
    (from, start): (Level, &Array2<f64>),
    (to, exact): (Level, &Array2<f64>),
    scale: f64,
) {
    let error = |tolerance: f64| {
        let mut solver = DormandPrince::new(tolerance, tolerance).unwrap();
        let end = solver.step(&Step { model, path, from, to }, start, &mut noise()).unwrap();
        largest((&end - exact).iter().map(|d| d.abs())) / scale
    };
    let tolerances = [1e-4, 1e-6, 1e-8, 1e-10];
    let errors: Vec<f64> = tolerances.iter().map(|t| error(*t)).collect();
    assert!(errors.iter().zip(tolerances).all(|(error, tolerance)| *error < 8.0 * tolerance), "{claim}: {errors:?}");
    // The inverse tolerance, in steps of 100, as if a number of steps.
    let slope = Slope::fit(errors.iter().enumerate().map(|(k, error)| (100_usize.pow(k as u32 + 2), *error)).collect());
    slope.assert(claim, 1.0, 0.2);
}

/// Six evaluations an inner step, and the few of a start and an end.
#[test]
fn a_whole_trajectory_at_1e_5_takes_few_evaluations() {
    let counted = data();
    let counted = Counted::new(&counted);
    let step = Step { model: &counted, path: &Straight, from: Straight.at(1.0), to: Level::DATA };
    DormandPrince::new(1e-5, 1e-5).unwrap().step(&step, &array![[1.3, -0.6]], &mut noise()).unwrap();
    assert!((20..=60).contains(&counted.evaluations()), "{}", counted.evaluations());
}

#[test]
fn a_path_that_ends_above_data_is_solved_to_its_end_and_estimated_from_there() {
    let (path, data) = (Ve::new(0.05, 80.0).unwrap(), data());
    let (from, cleanest) = (path.at(1.0), path.at(0.0));
    let solve = |to, x: &Array2<f64>, from| {
        let step = Step { model: &data, path: &path, from, to };
        DormandPrince::new(1e-8, 1e-8).unwrap().step(&step, x, &mut noise()).unwrap()
    };
    let start = array![[100.0, -60.0]];
    let near = solve(cleanest, &start, from);
    let estimate = data.denoise(&near, &[cleanest]);
    let (whole, last) = (solve(Level::DATA, &start, from), solve(Level::DATA, &near, cleanest));
    assert!((&whole - &estimate).iter().all(|d| d.abs() < 1e-12), "{whole} {estimate}");
    assert!((&last - &estimate).iter().all(|d| d.abs() < 1e-12), "{last} {estimate}");
}

#[test]
fn tolerances_that_cannot_be_met_are_an_error_with_the_time_on_the_path() {
    let step = Step { model: &Rough, path: &Straight, from: Straight.at(0.9), to: Straight.at(0.1) };
    let failed = DormandPrince::new(1e-13, 1e-13).unwrap().max_steps(2000).step(&step, &array![[1.0]], &mut noise());
    let Err(Failure::Ode(OdeError::MaxSteps { limit: 2000, t } | OdeError::StepTooSmall { t, .. })) = failed else {
        panic!("{failed:?}")
    };
    assert!((0.1..=0.9).contains(&t), "{t}");
}

#[test]
fn a_model_that_gives_no_number_is_an_error_with_the_row() {
    let step = Step { model: &Broken, path: &Straight, from: Straight.at(0.9), to: Straight.at(0.1) };
    let failed = DormandPrince::new(1e-5, 1e-5).unwrap().step(&step, &array![[1.0], [2.0]], &mut noise());
    assert!(
        matches!(failed, Err(Failure::Ode(OdeError::NotFinite { row: 1, t })) if (t - 0.9).abs() < 1e-12),
        "{failed:?}"
    );
}

#[test]
fn tolerances_are_positive_numbers() {
    for (rtol, atol) in [(0.0, 1e-5), (1e-5, -1.0), (f64::NAN, 1e-5), (1e-5, f64::INFINITY)] {
        let refused: Result<DormandPrince, SdeError> = DormandPrince::new(rtol, atol);
        assert!(refused.is_err(), "{rtol} {atol}");
    }
}

/// An estimate with jumps everywhere, as of rounded numbers.
struct Rough;

impl Denoiser<Array2<f64>> for Rough {
    fn denoise(&self, x: &Array2<f64>, at: &[Level]) -> Array2<f64> {
        x.mapv(|x| (1e4 * at[0].alpha * x).round() / 1e4)
    }
}

/// NaN in the second row.
struct Broken;

impl Denoiser<Array2<f64>> for Broken {
    fn denoise(&self, x: &Array2<f64>, _at: &[Level]) -> Array2<f64> {
        Array2::from_shape_fn(x.raw_dim(), |(row, _)| if row == 1 { f64::NAN } else { 0.0 })
    }
}

fn noise() -> SampleNoise {
    SampleNoise::consecutive(Stream::new(5, "test"), 0, 2)
}
