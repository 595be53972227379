//! Samplers that must be another one at the end of their range.

use ito_noise::{SampleNoise, Stream};
use ito_samplers::{
    Ancestral, Ddim, DdimEta, DpmppSde, LargeVariance, LearnedRange, NoiseForm, Sampler, TunableNoise, VarianceRange,
    sample,
};
use ito_schedules::{Grid, Level, Path, VpCosine};
use ito_state::Noise;
use ito_testkit::{GaussianData, Mixture};
use ndarray::{Array2, Axis};

use crate::common::{law, paths};

#[test]
fn ddim_with_eta_one_is_ancestral_and_with_eta_zero_is_ddim() {
    same(&mut DdimEta::new(1.0).unwrap(), &mut Ancestral);
    same(&mut DdimEta::new(0.0).unwrap(), &mut Ddim);
}

#[test]
fn the_tunable_sde_with_the_forward_noise_is_the_two_stage_sde_solver() {
    same(&mut TunableNoise::new(NoiseForm::Relative(1.0)).unwrap(), &mut DpmppSde);
}

#[test]
fn a_learned_range_has_the_small_variance_at_share_zero_and_the_large_one_at_share_one() {
    same(&mut LearnedRange::new(&Share([0.0, 0.0])), &mut Ancestral);
    same(&mut LearnedRange::new(&Share([1.0, 1.0])), &mut LargeVariance);
}

/// Column 0 has the share 0 and column 1 the share 0.25, in a single step from the same state.
#[test]
fn a_learned_range_interpolates_the_logarithm_of_the_variance_entry_by_entry() {
    let path = VpCosine::default();
    let grid = Grid::uniform(&path, 0.6, 0.5, 1).unwrap();
    let (from, to) = (grid.levels()[0], grid.levels()[1]);
    let [mean, small, mixed] = [Share([f64::NEG_INFINITY; 2]), Share([0.0, 0.0]), Share([0.0, 0.25])]
        .map(|share| run(&mut LearnedRange::new(&share), &path, &grid));
    let ratio = (&mixed - &mean) / (&small - &mean);
    let expected = [1.0, (from.sigma / to.sigma).powf(0.25)];
    for (column, expected) in ratio.axis_iter(Axis(1)).zip(expected) {
        assert!(column.iter().all(|ratio| (ratio / expected - 1.0).abs() < 1e-9), "{column} {expected}");
    }
}

/// For one datum the variance of a step is the sampler's own: `1 - (alpha/alpha')^2`, which is beta, down to a beta of 1e-8.
#[test]
fn the_large_variance_is_beta_on_a_variance_preserving_path() {
    let datum = GaussianData::new(&[0.7], &[1e-30], 0.0);
    for (from_t, to_t) in [(1.0, 0.999), (0.5, 0.499), (0.001, 0.0005), (0.5, 0.5 - 1e-9)] {
        let path = ito_schedules::VpLinear::default();
        let grid = Grid::uniform(&path, from_t, to_t, 1).unwrap();
        let start = ito_testkit::Gaussian::isotropic(1, 0.0);
        let made = law(&datum, &path, &grid, &mut LargeVariance, &start).covariance[[0, 0]];
        let integral = |t: f64| 0.1 * t + 19.9 * t * t / 2.0;
        let beta = -(integral(to_t) - integral(from_t)).exp_m1();
        assert!((made / beta - 1.0).abs() < 1e-6, "{from_t} to {to_t}: {made} {beta}");
    }
}

#[test]
fn the_large_variance_is_exact_for_standard_normal_data_on_variance_preserving_paths() {
    let data = GaussianData::new(&[0.0, 0.0], &[1.0, 1.0], 0.0);
    for (name, path) in paths().into_iter().skip(1).take(2) {
        let grid = Grid::uniform(path.as_ref(), 1.0, 0.1, 5).unwrap();
        let start = ito_testkit::Gaussian::isotropic(2, 1.0);
        let made = law(&data, path.as_ref(), &grid, &mut LargeVariance, &start);
        assert!(made.covariance_error(&start) < 1e-12, "{name}: {made:?}");
    }
}

/// Whole trajectories from pure noise to data, to 1e-12.
fn same(one: &mut dyn Sampler<Array2<f64>>, other: &mut dyn Sampler<Array2<f64>>) {
    for (name, path) in paths() {
        let grid = Grid::uniform(path.as_ref(), 1.0, 0.0, 12).unwrap();
        let difference = run(one, path.as_ref(), &grid) - run(other, path.as_ref(), &grid);
        assert!(difference.iter().all(|d| d.abs() < 1e-12), "{name}: {difference}");
    }
}

fn run(sampler: &mut dyn Sampler<Array2<f64>>, path: &dyn Path, grid: &Grid) -> Array2<f64> {
    let mut noise = SampleNoise::consecutive(Stream::new(5, "test/limits"), 0, 6);
    let start = noise.normal_like(&Array2::zeros((6, 2)));
    sample(&Mixture::two_modes(), path, grid, sampler, start, &mut noise, &mut |_, _, _| {}).unwrap()
}

/// A known share for every column; at minus infinity the deviation is 0.
struct Share([f64; 2]);

impl VarianceRange<Array2<f64>> for Share {
    fn deviation(&self, x: &Array2<f64>, _at: &[Level], small: f64, large: f64) -> Array2<f64> {
        let of = |v: f64| small * (v * (large / small).ln()).exp();
        Array2::from_shape_fn(x.raw_dim(), |(_, column)| of(self.0[column]))
    }
}
