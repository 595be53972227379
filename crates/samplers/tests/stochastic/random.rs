//! Orders on random data, paths, ranges and amounts of noise.

use ito_samplers::{DdimEta, NoiseForm, Sampler, TunableNoise};
use ito_schedules::Grid;
use ito_testkit::{GaussianData, LinearForm, Slope};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

use crate::common::{law, paths, start};

/// From 256 to 512 steps, uniform in log-SNR between random ends; the slope within 0.15, since the steps are twice those of the
/// other tests, and the tail of higher orders with them.
#[test]
fn ddim_and_the_tunable_sde_have_their_orders_for_any_data_and_any_noise() {
    let config = Config { cases: 24, rng_seed: RngSeed::Fixed(4), failure_persistence: None, ..Config::default() };
    let data = (-1.0..1.0, -1.0..1.0, 0.1..1.5, 0.1..1.5, 0.0..3.0);
    proptest!(config, |(case in data, path in 0usize..6, low in -8.0..-4.0, high in 4.0..8.0, noise in 0.1..1.0)| {
        let (m0, m1, v0, v1, angle) = case;
        let data = GaussianData::new(&[m0, m1], &[v0, v1], angle);
        let (name, path) = &paths()[path];
        let ddim = || Box::new(DdimEta::new(noise).unwrap()) as Box<dyn Sampler<LinearForm>>;
        let tunable = || Box::new(TunableNoise::new(NoiseForm::Relative(noise)).unwrap()) as Box<dyn Sampler<LinearForm>>;
        for (build, order) in [(&ddim as &dyn Fn() -> Box<dyn Sampler<LinearForm>>, 1.0), (&tunable, 2.0)] {
            let error = |n: usize| {
                let grid = Grid::uniform_log_snr(path.as_ref(), low, high, n).unwrap();
                let start = start(grid.levels()[0]);
                let made = law(&data, path.as_ref(), &grid, build().as_mut(), &start);
                let exact = data.reverse_with_noise(&start, grid.levels()[0], grid.levels()[n], noise);
                made.mean_error(&exact) + made.covariance_error(&exact)
            };
            let slope = Slope::fit([256, 512].map(|n| (n, error(n))).to_vec());
            prop_assert!((slope.value - order).abs() < 0.15, "{name}, {noise}: {slope}");
        }
    });
}
