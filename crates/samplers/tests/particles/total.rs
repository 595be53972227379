//! Exponents that do not sum to 1: the proposal must follow the width of the target, or a few particles carry all the weight.

use ito_noise::{SampleNoise, Stream};
use ito_samplers::particles::{FeynmanKac, Particles, Resample, Sampled};
use ito_schedules::{Grid, LastStep, Level, Path, Straight, VpCosine, VpLinear};
use ito_state::Noise;
use ito_testkit::{GaussianData, Mixture, Slope};
use ndarray::Array2;

use super::backward::Weighted;
use super::draws::STUDENT_49;
use super::{Terms, exact_moments, exact_ratio, log_target, run};

/// From pure noise on steps even in time, most of which lie at much noise: the errors of mean, variance and normaliser together fall with
/// first order, to so much at 128 steps.
#[test]
fn totals_other_than_one_are_reached_from_pure_noise_on_even_steps() {
    let (two, wide) = (Mixture::two_modes(), Mixture::new(&[(0.5, -1.0, 0.7), (0.5, 1.2, 0.5)]));
    check_even_steps(vec![(2.0, &two)], 0.0, 0.06);
    check_even_steps(vec![(2.0, &two)], 1.0, 0.06);
    check_even_steps(vec![(0.5, &two)], 0.0, 0.012);
    check_even_steps(vec![(0.5, &two)], 1.0, 0.02);
    check_even_steps(vec![(1.0, &two), (1.0, &wide)], 0.0, 0.05);
}

/// The last step is to `sum_i w_i D_i / W`, with the rate of the weights held, whether the grid ends in data or in Tweedie's estimate.
#[test]
fn totals_other_than_one_are_reached_down_to_data() {
    let (two, wide) = (Mixture::two_modes(), Mixture::new(&[(0.5, -1.0, 0.7), (0.5, 1.2, 0.5)]));
    for (terms, bound) in
        [(vec![(2.0, &two)], 0.08), (vec![(0.5, &two)], 0.02), (vec![(1.0, &two), (1.0, &wide)], 0.08)]
    {
        let errors = [64, 128].map(|steps| {
            let grid = Grid::uniform(&Straight, 1.0, 0.0, steps).unwrap();
            let got = of_the_flow(&terms, &grid);
            let noisy = Grid::new(grid.levels()[..steps].to_vec()).unwrap();
            assert_eq!(of_the_flow(&terms, &noisy.ending(LastStep::Tweedie).unwrap()), got);
            let ends = [grid.levels()[0], Level::DATA];
            let (mean, variance) = exact_moments(&terms, Level::DATA);
            [got.mean - mean, got.variance - variance, got.log_ratio - exact_ratio(&terms, &ends)]
        });
        println!("{errors:.5?}");
        for (coarse, fine) in errors[0].iter().zip(errors[1]) {
            assert!(fine.abs() < bound && fine.abs() < 0.6 * coarse.abs(), "{errors:?}");
        }
    }
}

fn check_even_steps(terms: Terms, noise: f64, bound: f64) {
    let errors = [64, 128].map(|steps| {
        let grid = Grid::uniform(&Straight, 1.0, 0.1, steps).unwrap();
        let ends = [grid.levels()[0], grid.levels()[steps]];
        let (mean, variance) = exact_moments(&terms, ends[1]);
        let got = by_quadrature(&terms, noise, &grid);
        let errors = [got.mean - mean, got.variance - variance, got.log_ratio - exact_ratio(&terms, &ends)];
        (steps, errors.iter().map(|e| e * e).sum::<f64>().sqrt())
    });
    let slope = Slope::fit(errors.to_vec());
    println!("{:?}, noise {noise}: {slope}", terms.iter().map(|(w, _)| w).collect::<Vec<_>>());
    slope.assert("totals other than 1", 1.0, 0.1);
    assert!(errors[1].1 < bound, "{noise}: {slope}");
}

fn by_quadrature(terms: &Terms, noise: f64, grid: &Grid) -> Weighted {
    if noise == 0.0 { of_the_flow(terms, grid) } else { run(terms.clone(), noise, grid.levels()) }
}

/// Without noise a particle's end and weight are functions of its start: the integral over starts, evenly.
fn of_the_flow(terms: &Terms, grid: &Grid) -> Weighted {
    let (rows, edge) = (3000, 6.0);
    let x = Array2::from_shape_fn((rows, 1), |(row, _)| edge * (2.0 * (row as f64 + 0.5) / rows as f64 - 1.0));
    let density = log_target(terms, grid.levels()[0]);
    let start = Particles { log_weights: x.iter().map(|x| density(*x)).collect(), x };
    let mass: f64 = start.log_weights.iter().map(|log| log.exp()).sum();
    let sampler = FeynmanKac::new(terms.clone(), 0.0, Resample::Never, 2).unwrap();
    let end = sampler.sample(grid, start, &mut noise_of(rows)).unwrap().particles;
    let over =
        |f: &dyn Fn(f64) -> f64| end.x.iter().zip(&end.log_weights).map(|(x, log)| f(*x) * log.exp()).sum::<f64>();
    let total = over(&|_| 1.0);
    let mean = over(&|x| x) / total;
    Weighted { log_ratio: (total / mass).ln(), mean, variance: over(&|x| (x - mean).powi(2)) / total }
}

/// `Z` of `N(0, rho^2)^W` goes as `rho^(d (1 - W))`: every weight is that ratio to rounding, with noise or without, wherever it starts.
#[test]
fn particles_of_standard_normal_data_keep_equal_weights() {
    let data = GaussianData::new(&[0.0, 0.0], &[1.0, 1.0], 0.0);
    for terms in [vec![2.0], vec![0.5], vec![1.0, 1.5], vec![0.9, -0.4]] {
        let total: f64 = terms.iter().sum();
        for (path, noise) in [(&Straight as &dyn Path, 1.0), (&VpCosine::default(), 0.0), (&VpLinear::default(), 0.7)] {
            let grid = Grid::uniform(path, 1.0, 0.1, 20).unwrap();
            let [first, last] = [grid.levels()[0], grid.levels()[20]];
            let models = terms.iter().map(|w| (*w, &data)).collect();
            let sampler = FeynmanKac::new(models, noise, Resample::Below(0.999), 2).unwrap();
            let mut white = noise_of(8);
            let start: Array2<f64> = white.normal_like(&Array2::zeros((8, 2)));
            let end = sampler.sample(&grid, Particles::equal(start), &mut white).unwrap();
            let radius = |level: Level| level.alpha.hypot(level.sigma);
            let exact = 2.0 * (1.0 - total) * (radius(last) / radius(first)).ln();
            assert!(
                end.particles.log_weights.iter().all(|log| (log - exact).abs() < 1e-10),
                "{total}, {noise}: {end:?}"
            );
            assert_eq!(end.resampled, 0);
        }
    }
}

/// 50 groups of 400 from pure noise against what the same steps come to by quadrature, within 5.7 standard errors (1e-6 each).
#[test]
fn real_particles_reach_totals_other_than_one_within_their_error_bars() {
    let (two, wide) = (Mixture::two_modes(), Mixture::new(&[(0.5, -1.0, 0.7), (0.5, 1.2, 0.5)]));
    for terms in [vec![(2.0, &two)], vec![(0.5, &two)], vec![(1.0, &two), (1.0, &wide)]] {
        check_draws(&terms, 0.0, Resample::Never);
        check_draws(&terms, 1.0, Resample::Below(0.7));
    }
}

fn check_draws(terms: &Terms, noise: f64, resample: Resample) {
    const STEPS: usize = 32;
    let (groups, size) = (50, 400);
    let total: f64 = terms.iter().map(|(w, _)| w).sum();
    let grid = Grid::uniform(&Straight, 1.0, 0.1, STEPS).unwrap();
    let sampler = FeynmanKac::new(terms.clone(), noise, resample, groups).unwrap();
    let mut white = noise_of(groups * size);
    let start: Array2<f64> = white.normal_like(&Array2::zeros((groups * size, 1)));
    let end = sampler.sample(&grid, Particles::equal(start / total.sqrt()), &mut white).unwrap();
    let Weighted { log_ratio, mean, variance } = by_quadrature(terms, noise, &grid);
    let near = |what: &str, (value, error): (f64, f64), exact: f64| {
        println!("W = {total}, noise {noise}, {what}: {value:.4} +- {error:.4}, exact {exact:.4}");
        assert!((value - exact).abs() < STUDENT_49 * error, "{what}: {value} +- {error}, {exact}");
        assert!(error < 0.04, "{what}: {error}");
    };
    near("mean", moment(&end, size, |x| x), mean);
    near("variance", moment(&end, size, |x| (x - mean).powi(2)), variance);
    near("normaliser", (end.log_normaliser.value, end.log_normaliser.error), log_ratio);
    let effective = end.particles.effective() / (groups * size) as f64;
    println!("effective {effective:.3}");
    assert!(effective > 0.1, "{effective}");
}

/// A weighted mean with the error of the ratio of sums, over the groups.
fn moment(end: &Sampled<Array2<f64>>, size: usize, value: impl Fn(f64) -> f64) -> (f64, f64) {
    let (x, weights) = (&end.particles.x, end.particles.weights());
    let mean: f64 = weights.iter().zip(x).map(|(w, x)| w * value(*x)).sum();
    let off: Vec<f64> = weights.iter().zip(x).map(|(w, x)| w * (value(*x) - mean)).collect();
    (mean, off.chunks(size).map(|group| group.iter().sum::<f64>().powi(2)).sum::<f64>().sqrt())
}

/// 0.7 + 0.2 - 0.4 is 0.5 but for rounding, and 2a - 1 is nearly nothing.
#[test]
fn a_total_that_is_off_by_rounding_moves_nothing() {
    let two = Mixture::two_modes();
    let end = |weights: &[f64], noise| {
        let sampler = FeynmanKac::new(weights.iter().map(|w| (*w, &two)).collect(), noise, Resample::Never, 2).unwrap();
        let grid = Grid::uniform_log_snr(&Straight, -6.0, 4.0, 200).unwrap();
        let mut white = noise_of(40);
        let start: Array2<f64> = white.normal_like(&Array2::zeros((40, 1)));
        sampler.sample(&grid, Particles::equal(start), &mut white).unwrap().particles
    };
    for noise in [0.0, 1.0] {
        let (one, three) = (end(&[0.5], noise), end(&[0.7, 0.2, -0.4], noise));
        let apart = |a: f64, b: f64| (a - b).abs() < 1e-9 * (1.0 + a.abs());
        assert!(one.x.iter().zip(&three.x).all(|(a, b)| apart(*a, *b)), "{one:?} {three:?}");
        assert!(one.log_weights.iter().zip(&three.log_weights).all(|(a, b)| apart(*a, *b)), "{one:?} {three:?}");
    }
}

fn noise_of(rows: usize) -> SampleNoise {
    SampleNoise::consecutive(Stream::new(5, "totals"), 0, rows)
}
